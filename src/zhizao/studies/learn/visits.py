"""Rows of a log joined into visits: one lot at one operation on one work center, whatever the number of
reports.

A factory reports one job in several rows (set-up, one row per shift); a plant has one operation. Rows
of a lot that follow one another at the same operation and work center are one visit, unless the work
center turned to another lot in between or stood free for longer than `MERGE_GAP_S` of open time would
explain.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, takewhile
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records import Activity, Records
from zhizao.studies.learn.week import DAY_S, HOUR_S, Opening

MERGE_GAP_S = 16 * HOUR_S  # a night between two reports of one job
Row = dict[str, Any]
Turns = dict[str, tuple[npt.NDArray[np.float64], list[str]]]  # starts and lots, by work center

_READ = ("lot", "product", "operation", "work_center", "unit", "start", "end", "pieces_scrap")
REPEAT = r" #\d+$"  # what tells repeats of an operation in one route apart
WORK = (Activity.SETUP.value, Activity.PROCESS.value, Activity.INSPECT.value)


@dataclass(frozen=True, slots=True)
class Visit:
    """One lot at one operation; times in s since the Monday 00:00 before the log, work without pauses."""

    lot: str
    operation: str
    work_center: str
    unit: str
    start_s: float
    end_s: float
    setup_s: float
    work_s: float
    running: bool  # its last row has no end


@dataclass(frozen=True, slots=True)
class Trace:
    """What one lot went through."""

    lot: str
    product: str
    pieces: int
    visits: tuple[Visit, ...]

    @property
    def release_s(self) -> float:
        """First start."""
        return self.visits[0].start_s

    @property
    def last_s(self) -> float:
        """Last moment at which the lot was seen."""
        return max(v.end_s for v in self.visits)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A log as traces, with its own clock: `origin` is a Monday 00:00, all times in s from there."""

    origin: datetime
    start_s: float
    end_s: float
    traces: tuple[Trace, ...]
    rows: pl.DataFrame  # lot, operation, work_center, unit, activity, start_s, end_s, pieces…

    @property
    def visits(self) -> tuple[Visit, ...]:
        """All visits, lot by lot."""
        return tuple(v for trace in self.traces for v in trace.visits)


@dataclass(frozen=True, slots=True)
class Repairs:
    """When each unit was down, sorted; a repair that falls into a job is no work on it, nor is a day off."""

    by_unit: dict[str, list[tuple[float, float]]]
    days_off: tuple[int, ...]

    def during(self, unit: str, start_s: float, end_s: float) -> list[tuple[float, float]]:
        """Repairs of a unit that touch a span, and days off within it."""
        own = self.by_unit.get(unit, [])
        first = bisect_left(own, (start_s, start_s))
        down = [
            (a, b)
            for a, b in takewhile(lambda span: span[0] < end_s, own[max(first - 1, 0) :])
            if b > start_s
        ]
        days = ((day * DAY_S, (day + 1) * DAY_S) for day in self.days_off)
        return down + [(a, b) for a, b in days if start_s <= a and b <= end_s]


@dataclass(frozen=True, slots=True)
class _Context:
    """What joining the rows of a lot needs to know of everything else."""

    turned: Turns
    pauses: dict[str, Opening]
    repairs: Repairs


def read_history(
    records: Records,
    origin: datetime,
    *,
    pauses: dict[str, Opening] | None = None,
    days_off: tuple[int, ...] = (),
) -> History:
    """Traces of all lots of a log; a row without an end ends at the last moment the lot was seen.

    Hours in which work rests (`pauses`, by work center) and days off are not counted as work.
    """
    rows = _rows(records, origin)
    context = _Context(_other_lots(rows), pauses or {}, Repairs(_repairs(records, origin), days_off))
    pieces = _pieces(records)
    traces = []
    sorted_rows = rows.sort("lot", "start_s", "end_s").iter_rows(named=True)
    for lot, own in groupby(sorted_rows, key=lambda r: r["lot"]):
        reports = list(own)
        product = next((r["product"] for r in reports if r["product"] is not None), "product")
        traces.append(Trace(lot, product, pieces.get(lot, 1), tuple(_join(reports, context))))
    clock = [(moment - origin).total_seconds() for moment in (records.start, records.end)]
    traces.sort(key=lambda t: (t.release_s, t.lot))
    return History(origin, clock[0], clock[1], tuple(traces), rows)


def _rows(records: Records, origin: datetime) -> pl.DataFrame:
    if records.events is None:
        raise LogError("the records have no events; a plant is learned from an event log")
    kind = pl.col("activity").cast(pl.String)
    rows = records.events.filter(pl.col("lot").is_not_null() & kind.is_in(WORK))
    if rows.is_empty():
        raise LogError(
            "the log has no set-up, process or inspection row of a lot: there is nothing to learn from"
        )
    rows = rows.select(*_READ, kind.alias("activity"))
    seconds = [((pl.col(c) - origin).dt.total_microseconds() / 1e6).alias(f"{c}_s") for c in ("start", "end")]
    rows = rows.with_columns(*seconds, running=pl.col("end").is_null())
    seen = pl.max_horizontal(pl.col("end_s").max(), pl.col("start_s").max()).over("lot")
    return rows.with_columns(
        end_s=pl.max_horizontal(pl.col("end_s").fill_null(seen), "start_s"),
        operation=pl.col("operation").fill_null(pl.col("work_center")),
    ).sort("start_s", "end_s", "lot")


def _repairs(records: Records, origin: datetime) -> dict[str, list[tuple[float, float]]]:
    assert records.events is not None  # checked by _rows
    down = records.events.filter(pl.col("activity").cast(pl.String) == Activity.FAILURE.value)
    down = down.drop_nulls(["start", "end"]).sort("start", "end")
    found: dict[str, list[tuple[float, float]]] = {}
    for unit, start, end in down.select("unit", "start", "end").iter_rows():
        found.setdefault(unit, []).append(((start - origin).total_seconds(), (end - origin).total_seconds()))
    return found


def _pieces(records: Records) -> dict[str, int]:
    known = records.lots.drop_nulls("pieces").filter(pl.col("pieces") > 0)
    return dict(zip(known["lot"], known["pieces"], strict=True))


def _other_lots(rows: pl.DataFrame) -> Turns:
    """Starts of rows by work center, with their lots, to see what came between two reports."""
    found = {}
    for (center,), own in rows.group_by("work_center", maintain_order=True):
        found[str(center)] = (own["start_s"].to_numpy(), own["lot"].to_list())
    return found


def _join(rows: list[Row], context: _Context) -> list[Visit]:
    visits: list[list[Row]] = []
    for row in rows:
        if visits and _continues(visits[-1], row, context.turned):
            visits[-1].append(row)
        else:
            visits.append([row])
    return [_visit(own, context.pauses.get(own[0]["work_center"]), context.repairs) for own in visits]


def _continues(visit: list[Row], row: Row, turned: Turns) -> bool:
    last = visit[-1]
    if (last["operation"], last["work_center"]) != (row["operation"], row["work_center"]):
        return False
    end = max(r["end_s"] for r in visit)
    if row["start_s"] <= end:
        return True
    if row["start_s"] - end > MERGE_GAP_S:
        return False
    starts, lots = turned[row["work_center"]]
    between = range(np.searchsorted(starts, end), np.searchsorted(starts, row["start_s"]))
    return all(lots[i] == row["lot"] for i in between)


def _visit(rows: list[Row], pauses: Opening | None, repairs: Repairs) -> Visit:
    first = rows[0]
    setups = [(r["start_s"], r["end_s"]) for r in rows if r["activity"] == Activity.SETUP.value]
    work = [(r["start_s"], r["end_s"]) for r in rows]
    down = repairs.during(first["unit"], first["start_s"], max(r["end_s"] for r in rows))
    if pauses is not None:
        setups, work, down = _without(pauses, setups), _without(pauses, work), _without(pauses, down)
    setup_s = covered_s(setups)
    return Visit(
        lot=first["lot"],
        operation=first["operation"],
        work_center=first["work_center"],
        unit=first["unit"],
        start_s=first["start_s"],
        end_s=max(r["end_s"] for r in rows),
        setup_s=setup_s,
        work_s=covered_s(work) - setup_s - common_s(work, down),
        running=any(r["running"] for r in rows),
    )


def _without(pauses: Opening, intervals: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Intervals on a clock that stands still while work rests."""
    clock = pauses.open_until(np.array(intervals).reshape(-1, 2))
    return [(float(a), float(b)) for a, b in clock]


def common_s(a: list[tuple[float, float]], b: list[tuple[float, float]]) -> float:
    """Time that two sets of intervals have in common."""
    return covered_s(a) + covered_s(b) - covered_s(a + b)


def covered_s(intervals: list[tuple[float, float]]) -> float:
    """Length of the union of intervals."""
    total, reach = 0.0, -np.inf
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reach))
        reach = max(reach, end)
    return total
