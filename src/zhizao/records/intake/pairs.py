"""Rows that report a start or an end, joined into rows that have both."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.records.checks import rows_finding
from zhizao.records.findings import Finding
from zhizao.records.intake.lifecycle import lifecycle_of
from zhizao.records.intake.zones import true_moment

_KEYS = ("lot", "operation", "instance", "activity")
_OWN = ("row", "start", "end", "start_shift", "end_shift", "transition", "i")
"""Columns of the row, not of its activity."""
_TIME = pl.Datetime("us")
_PLACES = ("unit", "work_center", "personnel")


def join_pairs(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Finding]]:
    """Join the starts and ends of a log in which each row has one time (`end`) and says which (`lifecycle`).

    At one moment starts come before ends, whatever the order of rows. The end of an activity belongs to
    the earliest open start of the same lot, operation and instance, on the same resource if there is one. A
    start without an end is still running; an end without a start has none.
    """
    marked = frame.with_columns(transition=lifecycle_of(frame["lifecycle"]))
    order = (true_moment("end", frame.columns), pl.col("transition") == "complete", pl.col("row"))
    marked = marked.sort(order, maintain_order=True)
    other = marked.filter(pl.col("transition").is_null() | (pl.col("transition") == "other")).height
    marked = marked.filter(pl.col("transition").is_in(["start", "complete"])).with_row_index("i")
    begun, ended, alone = _match(marked)
    begun_rows = _as_starts(marked[begun])
    rows = marked[ended].with_columns(begun_rows.select(pl.col("^start(_shift)?$")))
    filled = [
        rows[name].fill_null(begun_rows[name]) if name not in _OWN else rows[name] for name in rows.columns
    ]
    left = marked[alone]
    starts = _as_starts(left.filter(pl.col("transition") == "start"))
    ends = left.filter(pl.col("transition") == "complete").with_columns(start=pl.lit(None, _TIME))
    joined = pl.concat([pl.DataFrame(filled), starts, ends], how="diagonal").sort("row")
    joined = joined.drop("transition", "i")
    findings = [
        rows_finding("other transitions", "rows that are neither a start nor an end", other, frame.height,
                     done="left out: pauses stay within the work", remedy="none needed"),
        rows_finding("ends without a start", "ends whose start is not in the log", ends.height, frame.height,
                     done="the start is estimated", remedy="export starts and ends of the same time"),
    ]  # fmt: skip
    return joined, [f for f in findings if f is not None]


def _as_starts(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose one time is a start."""
    shifted = "end_shift" in rows.columns
    rows = rows.with_columns(start=pl.col("end"), end=pl.lit(None, _TIME))
    if not shifted:
        return rows
    return rows.with_columns(start_shift=pl.col("end_shift"), end_shift=pl.lit(None, pl.Int64))


def _match(marked: pl.DataFrame) -> tuple[list[int], list[int], list[int]]:
    """Row numbers of starts and of their ends, and of rows that stay alone."""
    nothing = pl.lit(None, pl.String)
    keys = [pl.col(n).cast(pl.String).fill_null("") if n in marked.columns else pl.lit("") for n in _KEYS]
    places = [pl.col(n).cast(pl.String) for n in _PLACES if n in marked.columns] or [nothing]
    rows = marked.select(
        "i",
        pl.concat_str(keys, separator="\0").cast(pl.Categorical).to_physical().alias("key"),
        pl.coalesce(*places).alias("place"),
        begins=pl.col("transition") == "start",
    ).sort("key", "i")
    regular = pl.Series(_in_turn(rows["key"].to_numpy(), rows["begins"].to_numpy()))
    begun, ended, alone = _queue(rows.filter(~regular))
    begun += rows.filter(regular & rows["begins"])["i"].to_list()
    ended += rows.filter(regular & ~rows["begins"])["i"].to_list()
    return begun, ended, alone


def _in_turn(keys: npt.NDArray[np.uint32], begins: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Rows of keys (sorted) whose rows are a start and an end in turn: each has its partner beside it."""
    if not len(keys):
        return np.zeros(0, dtype=bool)
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    sizes = np.diff(np.append(first, len(keys)))
    turn = (np.arange(len(keys)) - np.repeat(first, sizes)) % 2 == 0
    odd = np.logical_or.reduceat(turn != begins, first) | (sizes % 2 == 1)
    return np.repeat(~odd, sizes)


def _queue(rows: pl.DataFrame) -> tuple[list[int], list[int], list[int]]:
    """First in, first out within a lot's operation, the same resource before others."""
    open_: defaultdict[int, list[tuple[str | None, int]]] = defaultdict(list)
    begun: list[int] = []
    ended: list[int] = []
    alone: list[int] = []
    for key, place, begins, i in rows.select("key", "place", "begins", "i").iter_rows():
        waiting = open_[key]
        if begins:
            waiting.append((place, i))
        elif not waiting:
            alone.append(i)
        else:
            chosen = next((n for n, (own, _) in enumerate(waiting) if own == place), 0)
            begun.append(waiting.pop(chosen)[1])
            ended.append(i)
    return begun, ended, alone + [i for waiting in open_.values() for _, i in waiting]
