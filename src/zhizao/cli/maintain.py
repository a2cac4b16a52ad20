"""`zhizao maintain`: remaining life, failure models and rules of failure, from records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, written
from zhizao.cli.options import Json, ReportFile, Seed, share_of
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress, tell

if TYPE_CHECKING:
    from zhizao.studies.maintain import LifeResult

app = typer.Typer(
    no_args_is_help=True,
    help="Predictive maintenance from records: remaining life, failures, rules.",
    rich_markup_mode=None,
)
_SHOWN = 20


@app.callback()
def _group() -> None:
    """Predictive maintenance from records: remaining life, failures, rules."""


@app.command(short_help="Predict the remaining life of units from sensor histories.")
@guarded
def life(
    histories: Annotated[
        Path,
        typer.Argument(
            metavar="HISTORIES",
            help="Units run to failure: one row per unit and time (CSV or Parquet).",
            show_default=False,
        ),
    ],
    current: Annotated[
        Path | None,
        typer.Option(
            "--current",
            metavar="CURRENT.csv",
            help="Units in service, with the same columns; each is predicted at its last row.",
            show_default=False,
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", metavar="COLUMN", help="Column of units.", show_default="unit, machine"),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option("--time", metavar="COLUMN", help="Column of times.", show_default="cycle, time"),
    ] = None,
    cap: Annotated[
        float,
        typer.Option(help="Longest remaining life told apart from longer ones, in the unit of the times."),
    ] = 125.0,
    level: Annotated[str, typer.Option(metavar="SHARE", help="Level of the intervals.")] = "0.9",
    alarm: Annotated[float, typer.Option(help="Predicted life at which an alarm is raised.")] = 30.0,
    notice: Annotated[float, typer.Option(help="Shortest lead time of an alarm that is of use.")] = 1.0,
    step: Annotated[
        str | None,
        typer.Option("--step", metavar="TIME", help="One unit of the times, as '1 h'.", show_default=False),
    ] = None,
    plant: Annotated[
        Path | None,
        typer.Option("--plant", metavar="PLANT", help="Plant of the measure.", show_default=False),
    ] = None,
    work_center: Annotated[
        str | None,
        typer.Option(
            "--as-measure",
            metavar="WORK_CENTER",
            help="Write predictive maintenance at a work center as a measure (with --plant, --step and -o).",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="MEASURE.yaml",
            help="File of the measure, for `zhizao compare --measures` and `zhizao improve --measures`.",
            show_default=False,
        ),
    ] = None,
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
    from zhizao.plant import measures_text
    from zhizao.quantities import InputError, QuantityError
    from zhizao.quantities.units import TIME, parse_quantity
    from zhizao.studies.maintain import as_measure

    try:
        time_s = parse_quantity(step.strip(), TIME)
    except QuantityError as error:
        raise InputError(f"--step: {error}") from None
    measure = as_measure(result, load_plant(plant), work_center, time_s=time_s)
    text = measures_text([measure])
    written("-o", output, lambda path: path.write_text(text, encoding="utf-8", newline="\n"))
    tell(f"measure: {output}")


def _show_life(result: LifeResult) -> None:
    say([result.title, *result.notes])
    if result.units:
        show_frame("Remaining life of units in service", result.table().head(_SHOWN))
        if len(result.units) > _SHOWN:
            say([f"{len(result.units) - _SHOWN} more units are in --json and --report."])
    show_frame("Errors on units held out, by predicted life", result.errors(), right=0)
