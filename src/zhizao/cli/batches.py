"""`zhizao batches`: quality of batches, predicted from their trajectories."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress

if TYPE_CHECKING:
    from zhizao.studies.monitor import BatchResult

_SHOWN = 40


@guarded
def batches(
    samples: Annotated[
        Path,
        typer.Argument(metavar="SAMPLES", help="Trajectories: CSV or Parquet.", show_default=False),
    ],
    quality: Annotated[
        Path, typer.Argument(metavar="QUALITY", help="Known quality by batch.", show_default=False)
    ],
    target: Annotated[
        str, typer.Option("--target", metavar="COLUMN", help="Column of the quality.", show_default=False)
    ],
    batch: Annotated[str, typer.Option(metavar="COLUMN", help="Column of the batch.")] = "batch",
    time: Annotated[
        str | None,
        typer.Option("--time", metavar="COLUMN", help="Column that is no sensor.", show_default=False),
    ] = None,
    current: Annotated[
        Path | None,
        typer.Option(
            "--current",
            metavar="RUNNING.csv",
            help="Batches under way, with the same columns; --time is then the time since the start.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Predict the quality of batches from their trajectories, with intervals.

    \b
    Examples:
      zhizao batches batches.csv quality.csv --target purity
      zhizao batches batches.csv quality.csv --target purity --time minute --report quality.html
      zhizao batches batches.csv quality.csv --target purity --time minute --current running.csv
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.monitor import batch_quality

    check_outputs({"--report": report}, (samples, quality, current))
    with progress("predicting") as on_progress:
        result = batch_quality(
            samples, quality, target, batch=batch, time=time, current=current, seed=seed, progress=on_progress
        )
    hand_over(result, report, as_json, _show)


def _show(result: BatchResult) -> None:
    say([result.title, *result.notes])
    if result.under_way is not None:
        show_frame("Batches under way", result.running_table())
        show_frame("Error by time since the start, in cross-validation", result.stages_table())
    frame = result.table()
    show_frame("Predicted quality by batch", frame.tail(_SHOWN))
    if frame.height > _SHOWN:
        say([f"{frame.height - _SHOWN} more batches are in --json and --report."])
