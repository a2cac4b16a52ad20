"""`zhizao validate`: whether the twin does what the factory did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, rules_beside
from zhizao.cli.logs import import_log
from zhizao.cli.options import Columns, Json, LogFile, PlantFile, ReportFile, Seed
from zhizao.cli.output import between, cell, hand_over, say, show_frame, show_table
from zhizao.cli.progress import compile_once

if TYPE_CHECKING:
    from zhizao.studies.validate import ValidateResult


@guarded
def validate(
    plant_file: PlantFile,
    log_file: LogFile,
    replications: Annotated[int, typer.Option(help="Runs of the twin, each with its own luck.")] = 20,
    days: Annotated[
        float | None,
        typer.Option(help="Days for which each lot is followed.", show_default="what the log allows"),
    ] = None,
    past: Annotated[
        Path | None,
        typer.Option(
            metavar="LOG", help="An earlier log: the baseline draws whole lots from it.", show_default=False
        ),
    ] = None,
    columns: Columns = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Hold a plant's twin against a log: distances beside what chance alone and the past give.

    Best against a log that the plant was not learned from.

    \b
    zhizao validate plant.yaml log.csv
    zhizao validate plant.yaml may.csv --past april.csv --report check.html
    """  # noqa: D301  the sign keeps the lines below it apart
    from zhizao.studies.validate import validate as study

    check_outputs({"--report": report}, (plant_file, log_file, past, columns))
    plant = load_plant(plant_file)
    log = import_log(log_file, columns)
    before = None if past is None else import_log(past, columns).records
    compile_once()
    with rules_beside(plant_file):
        result = study(
            plant, log.records, replications=replications, seed=seed, follow_up_days=days, past=before
        )
    hand_over(result, report, as_json, show_validation)


def show_validation(result: ValidateResult) -> None:
    """Print the verdict, the distances and the hours of work."""
    say([result.verdict])
    rows = [
        (row["distance"], cell(row["mean"]), between(row["low"], row["high"], "1"), cell(row["noise_floor"]),
         cell(row["baseline"]))
        for row in result.table().iter_rows(named=True)
    ]  # fmt: skip
    title = f"{result.lots} lots of the log, {result.replications} runs of the twin"
    show_table(title, ("distance", "twin", "95 % interval", "noise floor", "baseline"), rows)
    say([f"baseline: {result.baseline}"])
    show_frame("Hours of work", result.work_centers)
