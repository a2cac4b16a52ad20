"""`zhizao monitor`: alarms on many sensors, at a measured false-alarm rate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress

if TYPE_CHECKING:
    from zhizao.studies.monitor import MonitorResult

TimeColumn = Annotated[
    str | None,
    typer.Option(
        "--time", metavar="COLUMN", help="Column of times.", show_default="time, timestamp, date or datetime"
    ),
]


@guarded
def monitor(
    normal: Annotated[
        list[Path],
        typer.Argument(
            metavar="NORMAL...", help="Tables of normal operation: CSV or Parquet.", show_default=False
        ),
    ],
    watch: Annotated[
        list[Path] | None,
        typer.Option("--watch", metavar="TABLE", help="Table to watch; repeatable.", show_default=False),
    ] = None,
    onset: Annotated[
        int | None,
        typer.Option(
            "--onset",
            metavar="ROW",
            help="Row of the watched tables at which a known fault begins, from 1.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        Literal["pca", "dpca", "cva", "pooled"],
        typer.Option(help="PCA, PCA with lags, canonical variate analysis, or the last two together."),
    ] = "pooled",
    lags: Annotated[int, typer.Option(help="Samples that a statistic looks at, the newest included.")] = 2,
    false_alarms: Annotated[float, typer.Option(help="Share of normal rows that may give an alarm.")] = 0.01,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="NAME", help="Sensor; repeatable.", show_default="all columns of numbers"
        ),
    ] = None,
    time: TimeColumn = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Monitor a process with many sensors: train on normal rows, measure false alarms, watch tables.

    One table of normal rows is divided in time: half to fit, a quarter to set the limit, a quarter to measure
    false alarms. Of several tables, the halves of the last one set the limit and measure.

    \b
    Examples:
      zhizao monitor normal.csv
      zhizao monitor normal.csv --watch today.csv --report monitoring.html
      zhizao monitor normal.csv more-normal.csv --watch fault.csv --onset 161 --method cva
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.monitor import MonitorOptions
    from zhizao.studies.monitor import monitor as study

    watched = watch or []
    check_outputs({"--report": report}, (*normal, *watched))
    options = MonitorOptions(method, lags, false_alarms, onset, tuple(columns or ()), time)
    with progress("monitoring") as on_progress:
        result = study(normal, watched, options=options, seed=seed, progress=on_progress)
    hand_over(result, report, as_json, _show)


def _show(result: MonitorResult) -> None:
    say([result.title, *result.notes])
    if result.watched:
        show_frame("Watched tables", result.table())
    show_frame("Evidence for a measure", result.evidence())
