"""Arguments and options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from zhizao.quantities.units import Dimension

PlantFile = Annotated[Path, typer.Argument(metavar="PLANT", help="Plant file (YAML).", show_default=False)]
PlantOrLog = Annotated[
    Path, typer.Argument(metavar="FILE", help="Plant file (YAML) or event log.", show_default=False)
]
LogFile = Annotated[
    Path,
    typer.Argument(
        metavar="LOG", help="Event log: CSV, Excel, Parquet, XES or OCEL 2.0.", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report", metavar="FILE.html", help="Write a self-contained HTML report.", show_default=False
    ),
]
MeasureOut = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="MEASURE.yaml",
        help="File of the measure, for `zhizao compare --measures` and `zhizao improve --measures`.",
        show_default=False,
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Seed of the random numbers; equal seeds give identical results.")
]
Days = Annotated[
    float | None,
    typer.Option(
        "--days",
        help="Length of the window after the warm-up, in days.",
        show_default="13 weeks, or until all orders of a table are done",
    ),
]
Replications = Annotated[
    int | None,
    typer.Option("--replications", help="Number of replications.", show_default="20"),
]
Uncertainty = Annotated[
    int | None,
    typer.Option(
        "--uncertainty",
        metavar="N",
        help="Resample the parameters N times (20 is a good start) from the `uncertainty` of the plant file; "
        "intervals then include parameter uncertainty as well as simulation noise.",
        show_default=False,
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="PLAN.parquet|.csv",
        help="Plan to follow, as written by `zhizao schedule -o`.",
        show_default=False,
    ),
]
OrdersFile = Annotated[
    Path | None,
    typer.Option(
        "--orders",
        metavar="ORDERS.csv",
        help="Orders in place of those of the plant file: order, product, pieces, release, due, priority.",
        show_default="those of the plant file",
    ),
]
StateFile = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="STATE.yaml",
        help="Plant state to start from; needs --days.",
        show_default=False,
    ),
]
Backend = Annotated[
    Literal["threads", "ray"],
    typer.Option("--backend", help="Run replications on threads of this process, or on a Ray cluster."),
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        metavar="DIR",
        help="Save finished replications here, and resume from them.",
        show_default=False,
    ),
]


def several(flag: str, metavar: str, said: str, without: str | bool = False) -> Any:
    """An option that may be repeated; `without`: the default that is shown."""
    return typer.Option(flag, metavar=metavar, help=f"{said}; repeatable.", show_default=without)


MeasureFiles = Annotated[
    list[Path] | None,
    several(
        "--measures",
        "FILE",
        "File of measures that are added to those of the plant, as `zhizao inspect evaluate --as-measure` "
        "writes it",
    ),
]
Kpi = Annotated[
    str,
    typer.Option("--of", metavar="KPI", help="KPI by id, such as throughput; lead_time means its mean."),
]
Relevance = Annotated[
    float,
    typer.Option(metavar="SHARE", help="Smallest relative change that counts as better or worse."),
]
Interest = Annotated[
    str,
    typer.Option(
        metavar="SHARE", help="Annual interest rate for the net present value, as 0.08 or '8 %' (assumed)."
    ),
]
Years = Annotated[
    float, typer.Option(metavar="N", help="Service life in years for the net present value (assumed).")
]
Columns = Annotated[
    Path | None,
    typer.Option(
        "--columns",
        metavar="MAP.json",
        help="Column map of the log (JSON or YAML).",
        show_default="guessed, and shown",
    ),
]
SaveColumns = Annotated[
    Path | None,
    typer.Option(
        "--save-columns",
        metavar="MAP.json",
        help="Write the column map in use, to edit it.",
        show_default=False,
    ),
]


def share_of(flag: str, text: str) -> float:
    """A share given as `0.08` or `8 %`.

    Raises
    ------
    InputError
        It is none, or it is negative or above 1.
    """
    from zhizao.quantities.units import SHARE

    return _read(flag, text, SHARE)


def time_of(flag: str, text: str) -> float:
    """A length of time given as `8 h`, in seconds.

    Raises
    ------
    InputError
        It is none, or it is negative.
    """
    from zhizao.quantities.units import TIME

    return _read(flag, text, TIME)


def power_of(flag: str, text: str | None) -> float | None:
    """A power given as `500 kW`, in kW.

    Raises
    ------
    InputError
        It is none, or it is negative.
    """
    from zhizao.quantities.units import POWER

    return None if text is None else _read(flag, text, POWER)


def money_of(flag: str, text: str | None) -> float | None:
    """An amount of money given as `250000`, `250k` or `2M`.

    Raises
    ------
    InputError
        It is none, or it is negative.
    """
    from zhizao.quantities.units import MONEY

    return None if text is None else _read(flag, text, MONEY)


def _read(flag: str, text: str, dimension: Dimension) -> float:
    from zhizao.quantities import InputError, QuantityError
    from zhizao.quantities.units import parse_quantity

    try:
        return parse_quantity(text.strip(), dimension)
    except QuantityError as error:
        raise InputError(f"{flag}: {error}") from None
