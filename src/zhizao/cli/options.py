"""Arguments and options that commands share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

PlantFile = Annotated[Path, typer.Argument(metavar="PLANT", help="Plant file (YAML).", show_default=False)]
PlantOrLog = Annotated[
    Path, typer.Argument(metavar="FILE", help="Plant file (YAML), or an event log.", show_default=False)
]
LogFile = Annotated[
    Path,
    typer.Argument(
        metavar="LOG", help="Event log: CSV, Excel, Parquet, XES or OCEL 2.0.", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE.html", help="Write a page that stands alone.", show_default=False),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same result to the bit.")]
Days = Annotated[
    float | None,
    typer.Option(
        "--days",
        help="Length of the window after the warm-up, in days.",
        show_default="13 weeks, or until a table of orders is done",
    ),
]
Replications = Annotated[
    int | None,
    typer.Option("--replications", help="Independent replications.", show_default="20"),
]
Uncertainty = Annotated[
    int | None,
    typer.Option(
        "--uncertainty",
        metavar="N",
        help="Resample the plant's parameters N times (20 is fair) from the uncertainty in the file, "
        "and run each with all replications: intervals then include parameter uncertainty as well as "
        "simulation noise.",
        show_default=False,
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="PLAN.parquet|.csv",
        help="Follow this plan: rows of an event log that say when each operation is to start, and where.",
        show_default=False,
    ),
]
StateFile = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="STATE.yaml",
        help="Start from this state of the plant instead of its start; say --days too.",
        show_default=False,
    ),
]
Backend = Annotated[
    Literal["threads", "ray"],
    typer.Option("--backend", help="Who runs the replications: this process, or a Ray cluster."),
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        metavar="DIR",
        help="Keep each replication here when it is done; asked again, go on from there.",
        show_default=False,
    ),
]


def several(flag: str, metavar: str, said: str, without: str | bool = False) -> Any:
    """An option that may be given again; `without`: what is shown for none."""
    return typer.Option(flag, metavar=metavar, help=f"{said}; may be given again.", show_default=without)


Kpi = Annotated[
    str,
    typer.Option(
        "--of", metavar="KPI", help="Id of a KPI, such as throughput; lead_time is short for its mean."
    ),
]
Relevance = Annotated[
    float,
    typer.Option(metavar="SHARE", help="Relative change from which a difference is better or worse."),
]
Interest = Annotated[
    float, typer.Option(metavar="SHARE", help="Interest a year for the net present value (assumed).")
]
Years = Annotated[float, typer.Option(metavar="N", help="Years of use for the net present value (assumed).")]
Columns = Annotated[
    Path | None,
    typer.Option(
        "--columns",
        metavar="MAP.json",
        help="Which column of the log holds what (JSON or YAML); guessed and shown without it.",
        show_default=False,
    ),
]
SaveColumns = Annotated[
    Path | None,
    typer.Option(
        "--save-columns", metavar="MAP.json", help="Write the column map that was used.", show_default=False
    ),
]
