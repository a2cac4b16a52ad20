"""`zhizao map`: the ways of lots as a graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, rules_beside
from zhizao.cli.logs import PLANT_FILES, import_log
from zhizao.cli.options import Columns, Days, Json, ReportFile, Seed
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import compile_once, progress
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.studies.process_map import ProcessMapResult

_SHOWN = 25  # steps, the most frequent


@guarded
def map_(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="An event log, a plant file, or both.", show_default=False),
    ],
    level: Annotated[
        Literal["operation", "work_center"], typer.Option(help="What is a place on the map.")
    ] = "operation",
    product: Annotated[
        list[str] | None,
        typer.Option(help="Lots of this product alone; may be repeated.", show_default="all"),
    ] = None,
    replications: Annotated[int, typer.Option(min=1, help="Runs of the twin.")] = 5,
    days: Days = None,
    columns: Columns = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Map the process: which place follows which, how often and after how long.

    Of a log, of a plant's twin, or of both beside each other.

    \b
    Examples:
      zhizao map log.csv --report map.html
      zhizao map log.csv plant.yaml --level work_center
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.process_map import process_map

    check_outputs({"--report": report}, (*files, columns))
    log_file, plant_file = _by_kind(files)
    records = None if log_file is None else import_log(log_file, columns).records
    plant = None if plant_file is None else load_plant(plant_file)
    if plant is not None:
        compile_once()
    with rules_beside(plant_file), progress("mapping") as on_progress:
        result = process_map(
            records,
            plant,
            level=level,
            products=tuple(product or ()),
            days=days,
            replications=replications,
            seed=seed,
            progress=on_progress,
        )
    hand_over(result, report, as_json, show_map)


def _by_kind(files: list[Path]) -> tuple[Path | None, Path | None]:
    """The log and the plant file among the files."""
    plants = [file for file in files if file.suffix.lower() in PLANT_FILES]
    logs = [file for file in files if file not in plants]
    if len(plants) > 1 or len(logs) > 1:
        raise InputError("map: found several files of one kind; give one log, one plant file, or one of each")
    return next(iter(logs), None), next(iter(plants), None)


def show_map(result: ProcessMapResult) -> None:
    """Print the answer and the most frequent steps."""
    say([*result.key_points()[:2], *result.notes])
    first = next(iter(result.paths))
    steps = result.table().sort(f"{first}_count", descending=True, nulls_last=True)
    shown = steps.head(_SHOWN).select(
        "source", "target", *(name for name in steps.columns if name.endswith(("_per_lot", "_h")))
    )
    show_frame(f"The {shown.height} most frequent of {steps.height} steps", shown, right=3)
