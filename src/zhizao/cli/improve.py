"""`zhizao improve`: where AI and other measures pay."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, rules_beside, written
from zhizao.cli.logs import PLANT_FILES, import_log
from zhizao.cli.options import (
    Backend,
    Checkpoint,
    Columns,
    Interest,
    Json,
    MeasureFiles,
    PlantOrLog,
    ReportFile,
    Seed,
    Years,
    money_of,
    share_of,
)
from zhizao.cli.output import cell, hand_over, say, show_table
from zhizao.cli.progress import compile_once, computed_by, progress, tell

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.records import Records
    from zhizao.workflows.improve import ImproveResult

Goals = Literal["profit", "throughput", "unit-cost", "unit-energy", "lead-time", "defects", "on-time"]


GoalOption = Annotated[
    Goals | None,
    typer.Option(
        help="What is to get better.",
        show_default="profit where prices are known, else throughput, else lead-time",
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(metavar="MONEY", help="Most that the measures may cost once, as 250k or 2M."),
]
AtMost = Annotated[int | None, typer.Option(metavar="N", min=1, help="Most measures to take together.")]
Seconds = Annotated[float | None, typer.Option(metavar="S", help="Time limit.", show_default="300")]
Minutes = Annotated[
    float | None, typer.Option(metavar="M", help="Time limit in minutes.", show_default=False)
]
Window = Annotated[
    float | None,
    typer.Option(
        help="Length of the window after the warm-up, in days.",
        show_default="as long as the time allows, up to 13 weeks",
    ),
]
MoneyFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE.yaml", help="Prices and costs by id, as in a plant file.", show_default=False),
]
Library = Annotated[
    bool | None,
    typer.Option(
        "--library/--own",
        help="Search the library too (see `zhizao measures`), or the plant file's measures alone.",
        show_default="the library if the plant has no measures of its own",
    ),
]
RuleFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.py",
        help="Search a dispatch rule too (AI dispatching), and write it here.",
        show_default=False,
    ),
]
TableFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE.csv", help="Write the ranked list for a spreadsheet.", show_default=False),
]


@guarded
def improve(
    file: PlantOrLog,
    goal: GoalOption = None,
    budget: Budget = None,
    at_most: AtMost = None,
    years: Years = 5.0,
    interest: Interest = "8 %",
    seconds: Seconds = None,
    minutes: Minutes = None,
    days: Window = None,
    money: MoneyFile = None,
    library: Library = None,
    measures: MeasureFiles = None,
    rule: RuleFile = None,
    columns: Columns = None,
    seed: Seed = 1,
    backend: Backend = "threads",
    checkpoint: Checkpoint = None,
    table: TableFile = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Find the measures that pay: search their combinations, rank the best, and prove them by fresh runs.

    FILE is a plant, or an event log from which a plant is learned first. Gains are measured against the plant
    as it is, with common random numbers. Ctrl-C keeps the best found so far.

    \b
    Examples:
      zhizao improve plant.yaml
      zhizao improve log.csv --money prices.yaml --minutes 5
      zhizao improve plant.yaml --measures inspection.yaml
      zhizao improve plant.yaml --budget 2M --at-most 5 --minutes 2
      zhizao improve plant.yaml --goal unit-energy --years 8 --interest "6 %" --report improve.html
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.compare import Appraisal
    from zhizao.workflows.improve import Goal
    from zhizao.workflows.improve import improve as study

    begun = time.monotonic()
    check_outputs(
        {"--report": report, "--table": table, "--rule": rule}, (file, money, columns, *(measures or ()))
    )
    limit = _limit(seconds, minutes)
    appraisal = Appraisal(share_of("--interest", interest), years)
    most = money_of("--budget", budget)
    plant = _with_measures(_plant_or_log(file, columns), measures or [])
    limit = max(limit - (time.monotonic() - begun), 1.0)  # what was read, and loaded, counts too
    compile_once()
    with rules_beside(file), computed_by(backend, checkpoint), progress("improving") as on_progress:
        result = study(
            plant,
            money=money,
            library=library,
            rule=rule,
            goal=None if goal is None else Goal(goal),
            budget=most,
            at_most=at_most,
            days=days,
            seconds=limit,
            appraisal=appraisal,
            seed=seed,
            progress=on_progress,
        )
    if table is not None:
        written("--table", table, result.table().write_csv)
        tell(f"table: {table}")
    hand_over(result, report, as_json, show_improvement)


def _limit(seconds: float | None, minutes: float | None) -> float:
    """The time limit in s."""
    from zhizao.quantities import InputError

    if seconds is not None and minutes is not None:
        raise InputError("--seconds and --minutes: found both; give one of them")
    return 60 * minutes if minutes is not None else 300.0 if seconds is None else seconds


def _plant_or_log(file: Path, columns: Path | None) -> Plant | Records:
    """A plant file, or the records of a log."""
    from zhizao.quantities import InputError

    if file.suffix.lower() not in PLANT_FILES:
        log = import_log(file, columns)
        tell(f"learning from {log.records.lots.height} lots ...")
        return log.records
    if columns is not None:
        raise InputError(f"{file}: is a plant file; --columns needs an event log")
    return load_plant(file)


def _with_measures(plant: Plant | Records, files: list[Path]) -> Plant | Records:
    from zhizao.plant import Plant, with_measure_files
    from zhizao.quantities import InputError

    if files and not isinstance(plant, Plant):
        raise InputError("--measures: needs a plant file; found an event log")
    return with_measure_files(plant, files) if isinstance(plant, Plant) else plant


SHOWN = 10
"""Proposals that are printed; JSON, page and table have them all."""


def show_improvement(result: ImproveResult) -> None:
    """Print the answer, the ranked list and what to mind."""
    from zhizao.workflows.improve.page import change_row, measure_rows, without_empty, worth_row

    say([result.plant.name, result.answer, *result.notes])
    ranked = list(enumerate(result.proposals[:SHOWN], 1))
    _show("Measures", without_empty(measure_rows(result)))
    _show("Ranked list", without_empty([worth_row(result, rank, one) for rank, one in ranked]))
    _show("What each changes", without_empty([change_row(result, rank, one) for rank, one in ranked]))
    if len(result.proposals) > SHOWN:
        say([f"{len(result.proposals) - SHOWN} more in --json, --table and --report"])


def _show(title: str, rows: list[dict[str, str]]) -> None:
    """Rows as a table."""
    if rows:
        heads = list(rows[0])
        show_table(title, heads, [[cell(row[name]) for name in heads] for row in rows], right=3)
