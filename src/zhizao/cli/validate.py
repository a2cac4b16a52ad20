"""`zhizao validate`: a plant against an event log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, rules_beside
from zhizao.cli.logs import import_log
from zhizao.cli.options import Columns, Json, ReportFile, Seed
from zhizao.cli.output import between, cell, hand_over, say, show_frame, show_table
from zhizao.cli.progress import compile_once, progress, tell
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.kpi.analysis import Interval
    from zhizao.plant import Plant
    from zhizao.records import Records
    from zhizao.studies.validate import Distance, Terms, ValidateResult
    from zhizao.workflows import RollingResult

Checked = Annotated[
    Path | None, typer.Argument(metavar="PLANT", help="Plant file (YAML).", show_default=False)
]
Log = Annotated[
    Path | None,
    typer.Argument(
        metavar="LOG", help="Event log: CSV, Excel, Parquet, XES or OCEL 2.0.", show_default=False
    ),
]


@guarded
def validate(
    plant_file: Checked = None,
    log_file: Log = None,
    rolling: Annotated[
        Path | None,
        typer.Option(
            metavar="LOG",
            help="Rolling origin: learn from the log up to each origin, and validate against what followed.",
            show_default=False,
        ),
    ] = None,
    origins: Annotated[
        str, typer.Option(help="Origins of --rolling: their number, or dates separated by commas.")
    ] = "4",
    replications: Annotated[int, typer.Option(help="Number of replications.")] = 20,
    releases: Annotated[
        Literal["own", "log"],
        typer.Option(help="Releases in the twin: from its own orders, or as in the log."),
    ] = "own",
    days: Annotated[
        float | None,
        typer.Option(help="Follow-up time of each lot, in days.", show_default="from the log"),
    ] = None,
    past: Annotated[
        Path | None,
        typer.Option(metavar="LOG", help="Earlier log that the baseline resamples.", show_default=False),
    ] = None,
    columns: Columns = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Validate a plant against a log, with a noise floor and a resampling baseline.

    Use a log that the plant was not learned from, or split one log with --rolling. Ctrl-C keeps the origins
    of --rolling finished so far.

    \b
    Examples:
      zhizao validate plant.yaml log.csv
      zhizao validate plant.yaml may.csv --past april.csv --releases log --report check.html
      zhizao validate --rolling log.csv
      zhizao validate --rolling log.csv --origins 2026-03-02,2026-04-06
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.validate import Releases, Terms
    from zhizao.studies.validate import validate as study

    check_outputs({"--report": report}, (plant_file, log_file, rolling, past, columns))
    terms = Terms(days, Releases(releases))
    if rolling is not None:
        _refuse(plant_file, past)
        records = import_log(rolling, columns).records
        rolled = _rolled(records, origins, replications, seed, terms)
        hand_over(rolled, report, as_json, show_rolling)
        return
    plant_file, log_file = _both(plant_file, log_file)
    plant = load_plant(plant_file)
    records = import_log(log_file, columns).records
    before = None if past is None else import_log(past, columns).records
    compile_once()
    tell(f"simulating {replications} replications to compare with {records.lots.height} lots ...")
    with rules_beside(plant_file), progress("validating") as on_progress:
        result = study(
            plant,
            records,
            replications=replications,
            seed=seed,
            past=before,
            terms=terms,
            progress=on_progress,
        )
    hand_over(result, report, as_json, show_validation)


def _refuse(plant_file: Path | None, past: Path | None) -> None:
    """A rolling origin has its plants and its past in the one log."""
    if plant_file is not None or past is not None:
        named = plant_file if plant_file is not None else f"--past {past}"
        raise InputError(f"--rolling learns from its own log; found {named} as well")


def _both(plant_file: Path | None, log_file: Path | None) -> tuple[Path, Path]:
    if plant_file is None or log_file is None:
        raise InputError("give a plant file and a log, or only --rolling LOG")
    return plant_file, log_file


def _rolled(records: Records, origins: str, replications: int, seed: int, terms: Terms) -> RollingResult:
    """Learn and validate at each moment, and say at which."""
    from zhizao.studies.learn import learn
    from zhizao.workflows import validate_rolling

    def learned(past: Records) -> Plant:
        tell(f"learning from {past.lots.height} lots until {past.end:%Y-%m-%d %H:%M}, and validating ...")
        return learn(past, seed=seed).plant

    asked = moments(origins)
    compile_once()
    with progress("validating") as on_progress:
        return validate_rolling(
            records,
            learned,
            origins=asked,
            replications=replications,
            seed=seed,
            terms=terms,
            progress=on_progress,
        )


def moments(text: str) -> int | tuple[datetime, ...]:
    """A number of origins, or their dates."""
    if text.strip().isdigit():
        return int(text)
    try:
        return tuple(datetime.fromisoformat(part.strip()) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--origins {text}: expected a number, or dates such as 2026-03-02,2026-04-06T12:00"
        ) from None


def show_validation(result: ValidateResult) -> None:
    """Print the verdict, the distances and the hours of work."""
    say([result.verdict, *result.notes])
    _show(f"{result.lots} lots of the log, {result.replications} runs of the twin", result.distances)
    say([f"baseline: {result.baseline}"])
    show_frame("Hours of work", result.work_centers)


def show_rolling(result: RollingResult) -> None:
    """Print the distances at each origin, those of all together and the verdict."""
    for origin in result.origins:
        title = (
            f"{origin.at:%Y-%m-%d %H:%M}: learned from {origin.training_lots} lots, "
            f"validated against {origin.result.lots}"
        )
        _show(title, origin.result.distances)
    _show(f"Mean over {len(result.origins)} origins", result.distances)
    say([result.verdict, *result.notes])


def _show(title: str, distances: Mapping[str, Distance]) -> None:
    rows = [
        (name, *_figure(d.twin), cell(d.baseline), *_figure(d.over_baseline), cell(d.noise))
        for name, d in distances.items()
    ]
    heads = (
        "distance",
        "twin",
        "95 % interval",
        "baseline",
        "twin - baseline",
        "95 % interval",
        "noise floor",
    )
    show_table(title, heads, rows)


def _figure(interval: Interval) -> tuple[str, str]:
    return cell(interval.mean), between(interval.low, interval.high, "1")
