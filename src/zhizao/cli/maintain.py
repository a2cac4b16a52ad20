"""`zhizao maintain`: remaining life, failure models and rules of failure, from records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, written_measure
from zhizao.cli.options import Json, MeasureOut, ReportFile, Seed, several, share_of, time_of
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress

if TYPE_CHECKING:
    from zhizao.studies.maintain import FailureResult, LifeResult, RulesResult

app = typer.Typer(
    no_args_is_help=True,
    help="Predictive maintenance from records: remaining life, failures, rules.",
    rich_markup_mode=None,
)
_SHOWN = 20

Histories = Annotated[
    Path,
    typer.Argument(
        metavar="HISTORIES",
        help="Units run to failure: one row per unit and time (CSV or Parquet).",
        show_default=False,
    ),
]
Current = Annotated[
    Path | None,
    typer.Option(
        "--current",
        metavar="CURRENT.csv",
        help="Units in service, with the same columns; each is predicted at its last row.",
        show_default=False,
    ),
]
UnitColumn = Annotated[
    str | None,
    typer.Option("--unit", metavar="COLUMN", help="Column of units.", show_default="unit, machine"),
]
TimeColumn = Annotated[
    str | None,
    typer.Option("--time", metavar="COLUMN", help="Column of times.", show_default="cycle, time"),
]
Step = Annotated[
    str | None,
    typer.Option("--step", metavar="TIME", help="One unit of the times, as '1 h'.", show_default=False),
]
MeasuredPlant = Annotated[
    Path | None,
    typer.Option("--plant", metavar="PLANT", help="Plant of the measure.", show_default=False),
]
MeasuredCenter = Annotated[
    str | None,
    typer.Option(
        "--as-measure",
        metavar="WORK_CENTER",
        help="Write predictive maintenance at a work center as a measure (with --plant, --step and -o).",
        show_default=False,
    ),
]
Replaced = Annotated[
    Path | None,
    typer.Option(
        "--replacements",
        metavar="REPLACEMENTS.csv",
        help="Replacements, with the same columns; one that is no failure is preventive.",
        show_default=False,
    ),
]
Machines = Annotated[
    Path | None,
    typer.Option(
        "--machines",
        metavar="MACHINES.csv",
        help="Machines; other columns are covariates of the life.",
        show_default=False,
    ),
]
Repair = Annotated[
    str | None,
    typer.Option(
        "--repair",
        metavar="TIME",
        help="Repair time (assumed), as '4 h': prints `failures` for a plant file.",
        show_default=False,
    ),
]
Preventive = Annotated[
    str | None,
    typer.Option(
        "--preventive",
        metavar="TIME",
        help="Downtime of a preventive replacement (assumed): judges replacement by age (with --repair).",
        show_default=False,
    ),
]
ReplacedCenter = Annotated[
    str | None,
    typer.Option(
        "--as-measure",
        metavar="WORK_CENTER",
        help="Write replacement by age at a work center as a measure (also: --plant, --preventive, -o).",
        show_default=False,
    ),
]


@app.callback()
def _group() -> None:
    """Predictive maintenance from records: remaining life, failures, rules."""


@app.command(short_help="Predict the remaining life of units from sensor histories.")
@guarded
def life(
    histories: Histories,
    current: Current = None,
    unit: UnitColumn = None,
    time: TimeColumn = None,
    cap: Annotated[
        float,
        typer.Option(help="Longest remaining life, in the unit of the times; longer ones count as this."),
    ] = 125.0,
    level: Annotated[str, typer.Option(metavar="SHARE", help="Level of the intervals.")] = "0.9",
    alarm: Annotated[float, typer.Option(help="Predicted life at which an alarm is raised.")] = 30.0,
    notice: Annotated[float, typer.Option(help="Shortest lead time of an alarm that is of use.")] = 1.0,
    step: Step = None,
    plant: MeasuredPlant = None,
    work_center: MeasuredCenter = None,
    output: MeasureOut = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Predict the remaining life of units in service, with intervals calibrated on units held out.

    The last row of each unit in HISTORIES is its failure. Alarms are judged on units held out.

    \b
    Examples:
      zhizao maintain life pumps.csv
      zhizao maintain life pumps.csv --current in-service.csv --cap 60 --alarm 15
      zhizao maintain life pumps.csv --step '1 d' --plant plant.yaml --as-measure press -o measure.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.quantities import InputError
    from zhizao.studies.maintain import LifeAim, remaining_life

    check_outputs({"--report": report, "-o": output}, (histories, current, plant))
    given = [one is not None for one in (work_center, output, plant, step)]
    if any(given) and not all(given):
        raise InputError(
            "--as-measure WORK_CENTER, --plant PLANT, --step TIME and -o FILE: found only some of them; "
            "give all four, or none"
        )
    aim = LifeAim(unit, time, cap, share_of("--level", level), alarm, notice)
    with progress("learning") as on_progress:
        result = remaining_life(histories, current, aim=aim, seed=seed, progress=on_progress)
    if work_center is not None and plant is not None and output is not None and step is not None:
        _write_measure(result, plant, work_center, step, output)
    hand_over(result, report, as_json, _show_life)


def _write_measure(result: LifeResult, plant: Path, work_center: str, step: str, output: Path) -> None:
    from zhizao.studies.maintain import as_measure

    measure = as_measure(result, load_plant(plant), work_center, time_s=time_of("--step", step))
    written_measure(output, measure)


def _show_life(result: LifeResult) -> None:
    say([result.title, *result.notes])
    if result.units:
        show_frame("Remaining life of units in service", result.table().head(_SHOWN))
        if len(result.units) > _SHOWN:
            say([f"{len(result.units) - _SHOWN} more units are in --json and --report."])
    show_frame("Errors on units held out, by predicted life", result.errors(), right=0)


@app.command(short_help="Fit times between failures by component, from maintenance records.")
@guarded
def failures(
    records: Annotated[
        Path,
        typer.Argument(metavar="FAILURES", help="Failures: machine, time, component.", show_default=False),
    ],
    replacements: Replaced = None,
    machines: Machines = None,
    fitted_on: Annotated[
        str,
        typer.Option(metavar="SHARE", help="First share of the time, from which the rest is forecast."),
    ] = "2/3",
    level: Annotated[str, typer.Option(metavar="SHARE", help="Level of the forecast intervals.")] = "0.9",
    repair: Repair = None,
    preventive: Preventive = None,
    plant: MeasuredPlant = None,
    work_center: ReplacedCenter = None,
    output: MeasureOut = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Fit times between failures by component; forecast the last part of the records from the first.

    Preventive replacements censor. Forecasts assume no form of the life, and are compared with what happened.

    \b
    Examples:
      zhizao maintain failures failures.csv
      zhizao maintain failures failures.csv --replacements replaced.csv --machines machines.csv
      zhizao maintain failures failures.csv --replacements replaced.csv --repair '4 h'
      zhizao maintain failures failures.csv --repair '8 h' --preventive '1 h'
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.quantities import InputError
    from zhizao.studies.maintain import FailureAim, failure_models

    check_outputs({"--report": report, "-o": output}, (records, replacements, machines, plant))
    if preventive is not None and repair is None:
        raise InputError("--preventive: found no --repair; give both times")
    given = [one is not None for one in (work_center, plant, output)]
    if any(given) and not (all(given) and preventive is not None):
        raise InputError(
            "--as-measure WORK_CENTER, --plant PLANT, --preventive TIME and -o FILE: found only "
            "some of them; give all four, or none but --preventive"
        )
    aim = FailureAim(
        2 / 3 if fitted_on == "2/3" else share_of("--fitted-on", fitted_on),
        share_of("--level", level),
        None if repair is None else time_of("--repair", repair),
        None if preventive is None else time_of("--preventive", preventive),
    )
    with progress("fitting") as on_progress:
        result = failure_models(records, replacements, machines, aim=aim, seed=seed, progress=on_progress)
    if work_center is not None and plant is not None and output is not None:
        _write_replacement(result, plant, work_center, output)
    hand_over(result, report, as_json, lambda found: _show_failures(found, repair))


def _write_replacement(result: FailureResult, plant: Path, work_center: str, output: Path) -> None:
    from zhizao.studies.maintain import replacement_measure

    written_measure(output, replacement_measure(result, load_plant(plant), work_center))


def _show_failures(result: FailureResult, repair: str | None) -> None:
    say([result.title, *result.notes])
    lives = result.table()
    show_frame("Time between failures", lives.drop("between", "scale_low", "scale_high"))
    if result.forecasts().height:
        show_frame("Forecast against the records", result.forecasts())
    if result.effects:
        show_frame("Covariates of the life", result.covariates(), right=2)
    if result.replacements:
        show_frame("Age replacement", result.age_replacements())
    if repair is not None:
        say(result.plant_text(repair).splitlines())


@app.command(short_help="Find rules of failure in words, judged on rows held out.")
@guarded
def rules(
    table: Annotated[
        Path,
        typer.Argument(metavar="TABLE", help="One row per piece or moment.", show_default=False),
    ],
    target: Annotated[
        str,
        typer.Option("--target", metavar="COLUMN", help="Column of failures: 1 or 0.", show_default=False),
    ],
    without: Annotated[
        list[str] | None,
        several("--without", "COLUMN", "Column that rules must not read, such as what is written afterwards"),
    ] = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Find when failures happen, in rules of at most two conditions, and count those that no rule covers.

    Conditions are thresholds on columns, or on products, differences and ratios of two, and classes.

    \b
    Examples:
      zhizao maintain rules parts.csv --target failed
      zhizao maintain rules parts.csv --target failed --without part --without repaired_by
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.maintain import RulesAim, failure_rules

    check_outputs({"--report": report}, (table,))
    with progress("searching") as on_progress:
        result = failure_rules(
            table, target, aim=RulesAim(tuple(without or ())), seed=seed, progress=on_progress
        )
    hand_over(result, report, as_json, _show_rules)


def _show_rules(result: RulesResult) -> None:
    say([result.title, *result.notes])
    if result.rules:
        columns = ("fails_when", "rows", "failures", "precision", "precision_low", "precision_high", "recall")
        show_frame("Rules, judged on rows held out", result.table().select(columns))
