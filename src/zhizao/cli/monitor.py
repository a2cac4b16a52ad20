"""`zhizao monitor`: alarms on many sensors, at a measured false-alarm rate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, written_measure
from zhizao.cli.options import Json, MeasureOut, ReportFile, Seed, share_of, time_of
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress, tell

if TYPE_CHECKING:
    from zhizao.studies.monitor import MonitorResult, Stated

TimeColumn = Annotated[
    str | None,
    typer.Option(
        "--time", metavar="COLUMN", help="Column of times.", show_default="time, timestamp, date or datetime"
    ),
]


Step = Annotated[
    str | None,
    typer.Option(
        "--step", metavar="TIME", help="Sampling interval of tables without times.", show_default=False
    ),
]
MeasuredPlant = Annotated[
    Path | None,
    typer.Option("--plant", metavar="PLANT", help="Plant of the measure.", show_default=False),
]
MeasuredOperation = Annotated[
    str | None,
    typer.Option(
        "--as-measure",
        metavar="OPERATION",
        help="Write process control at an operation as a measure (with --plant, --noticed-after, "
        "--by-faults and -o).",
        show_default=False,
    ),
]
NoticedAfter = Annotated[
    str | None,
    typer.Option(
        "--noticed-after",
        metavar="TIME",
        help="After how long such faults are noticed today, as '8 h'.",
        show_default=False,
    ),
]
ByFaults = Annotated[
    str | None,
    typer.Option(
        "--by-faults",
        metavar="SHARE",
        help="Share of the operation's defective pieces that such faults cause.",
        show_default=False,
    ),
]
CheckTime = Annotated[
    str | None,
    typer.Option(
        "--check",
        metavar="TIME",
        help="Time for which a false alarm stops a unit.",
        show_default="10 min, assumed",
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
    step: Step = None,
    plant: MeasuredPlant = None,
    operation: MeasuredOperation = None,
    noticed_after: NoticedAfter = None,
    by_faults: ByFaults = None,
    check: CheckTime = None,
    output: MeasureOut = None,
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
      zhizao monitor normal.csv --watch fault.csv --onset 161 --plant plant.yaml --as-measure press \\
        --noticed-after '8 h' --by-faults 0.4 -o measure.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.monitor import MonitorOptions
    from zhizao.studies.monitor import monitor as study

    watched = watch or []
    check_outputs({"--report": report, "-o": output}, (*normal, *watched, plant))
    stated = _stated(operation, noticed_after, by_faults, check, (plant, output))
    step_s = None if step is None else time_of("--step", step)
    options = MonitorOptions(method, lags, false_alarms, onset, tuple(columns or ()), time, step_s)
    with progress("monitoring") as on_progress:
        result = study(normal, watched, options=options, seed=seed, progress=on_progress)
    if stated is not None and plant is not None and output is not None:
        _write_measure(result, plant, stated, output)
    hand_over(result, report, as_json, _show)


def _stated(
    operation: str | None,
    noticed_after: str | None,
    by_faults: str | None,
    check: str | None,
    files: tuple[Path | None, Path | None],
) -> Stated | None:
    """What is stated for a measure; None where no measure is asked for."""
    from zhizao.quantities import InputError
    from zhizao.studies.monitor import Stated

    given = {
        "--as-measure OPERATION": operation,
        "--noticed-after TIME (after how long such faults are noticed today)": noticed_after,
        "--by-faults SHARE (share of the operation's defective pieces that such faults cause)": by_faults,
        "--plant PLANT": files[0],
        "-o FILE": files[1],
    }
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == len(given) and check is None:
        return None
    if operation is None or noticed_after is None or by_faults is None or missing:
        raise InputError(f"--as-measure: no table of samples says this; state also {', '.join(missing)}")
    after, share = time_of("--noticed-after", noticed_after), share_of("--by-faults", by_faults)
    if check is None:
        return Stated(operation, after, share)
    return Stated(operation, after, share, time_of("--check", check))


def _write_measure(result: MonitorResult, plant: Path, stated: Stated, output: Path) -> None:
    from zhizao.studies.monitor import as_measure, worth_of

    measure, worth = as_measure(result, load_plant(plant), stated), worth_of(result, stated)
    written_measure(output, measure)
    tell(f"defective pieces no longer made: {worth.reduction:.1%} ({worth.low:.1%} to {worth.high:.1%})")


def _show(result: MonitorResult) -> None:
    say([result.title, *result.notes])
    if result.watched:
        show_frame("Watched tables", result.table())
    show_frame("Evidence for a measure", result.evidence())
