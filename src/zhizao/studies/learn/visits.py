"""Rows of a log joined into visits: one lot at one operation on one work center, whatever the number of
reports.

A factory reports one job in several rows (set-up, one row per shift); a plant has one operation. Rows
of a lot that follow one another at the same operation and work center are one visit, unless the work
center turned to another lot in between or stood free for longer than `MERGE_GAP_S` of open time would
explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records import Activity, Records
from zhizao.studies.learn.week import DAY_S, HOUR_S, Opening

Floats = npt.NDArray[np.float64]

MERGE_GAP_S = 16 * HOUR_S  # a night between two reports of one job

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


@dataclass(frozen=True, eq=False)
class History:
    """A log as traces, with its own clock: `origin` is a Monday 00:00, all times in s from there."""

    origin: datetime
    start_s: float
    end_s: float
    traces: tuple[Trace, ...]
    rows: pl.DataFrame  # lot, operation, work_center, unit, activity, start_s, end_s, pieces…

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """All visits, lot by lot."""
        return tuple(v for trace in self.traces for v in trace.visits)


def read_history(
    records: Records,
    origin: datetime,
    *,
    pauses: dict[str, Opening] | None = None,
    days_off: tuple[int, ...] = (),
) -> History:
    """Traces of all lots of a log; a row without an end ends at the last moment the lot was seen.

    Hours in which work rests (`pauses`, by work center), days off and repairs are not counted as work.
    """
    rows = _rows(records, origin)
    rests = pauses or {}
    clocks = {name: _Clock(rests.get(name), days_off) for name in rows["work_center"].unique()}
    visits = _visits(_on_the_clock(_joined(rows), clocks), _repairs(records, origin), clocks)
    clock = [(moment - origin).total_seconds() for moment in (records.start, records.end)]
    return History(origin, clock[0], clock[1], _traces(visits, _pieces(records)), rows)


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


def _repairs(records: Records, origin: datetime) -> dict[str, Floats]:
    """When each unit was down, one row per repair (start, end in s), sorted and without overlap."""
    assert records.events is not None  # checked by _rows
    down = records.events.filter(pl.col("activity").cast(pl.String) == Activity.FAILURE.value)
    down = down.drop_nulls(["unit", "start", "end"]).select(
        "unit", *((pl.col(c) - origin).dt.total_microseconds() / 1e6 for c in ("start", "end"))
    )
    down = down.sort("unit", "start", "end").with_columns(
        start=pl.max_horizontal("start", pl.col("end").cum_max().shift(1).over("unit"))
    )
    return {
        str(unit): own.select("start", "end").to_numpy()
        for (unit,), own in down.filter(pl.col("end") > pl.col("start")).group_by("unit")
    }


def _pieces(records: Records) -> dict[str, int]:
    known = records.lots.drop_nulls("pieces").filter(pl.col("pieces") > 0)
    return dict(zip(known["lot"], known["pieces"], strict=True))


def _joined(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, lot by lot, with the number of the visit each belongs to."""
    by_lot = rows.with_columns(turned=_turned(rows)).sort("lot", "start_s", "end_s", maintain_order=True)
    place = pl.struct("lot", "operation", "work_center")
    by_lot = by_lot.with_columns(stay=place.rle_id())
    reach = pl.col("end_s").cum_max().shift(1).over("stay")
    turned = pl.col("turned").is_between(reach, "start_s", closed="left").fill_null(False)
    apart = (pl.col("start_s") > reach) & (turned | (pl.col("start_s") - reach > MERGE_GAP_S))
    return by_lot.with_columns(visit=(reach.is_null() | apart).cum_sum())


def _turned(rows: pl.DataFrame) -> pl.Series:
    """The last start of another lot on the same work center before each row, in the order of the rows."""
    run = pl.col("lot").rle_id().over("work_center")
    before = pl.col("start_s").shift(1).over("work_center")
    found = rows.select("work_center", "lot", "start_s").with_columns(run=run, before=before)
    return found.select(pl.col("before").first().over("work_center", "run"))["before"]


@dataclass(frozen=True, slots=True)
class _Clock:
    """Working time: it stands still while work in hand rests and on days off."""

    opening: Opening | None
    days_off: tuple[int, ...]

    def at(self, at_s: Floats) -> Floats:
        """Working seconds from time 0 to each moment."""
        if not len(at_s):
            return at_s
        shown: Floats = self._open_until(at_s)
        for day in self.days_off:
            begin = day * DAY_S
            rest = self._open_until(np.array([begin, begin + DAY_S]))
            shown = shown - np.clip(self._open_until(at_s) - rest[0], 0.0, rest[1] - rest[0])
        return shown

    def _open_until(self, at_s: Floats) -> Floats:
        return at_s if self.opening is None else self.opening.open_until(at_s)


def _on_the_clock(rows: pl.DataFrame, clocks: dict[str, _Clock]) -> pl.DataFrame:
    """With `from_s` and `to_s`: start and end on the clock of the work center."""
    shown = {}
    for name, column in (("from_s", "start_s"), ("to_s", "end_s")):
        at = rows[column].to_numpy()
        shown[name] = np.empty(len(at))
        for center, clock in clocks.items():
            own = (rows["work_center"] == center).to_numpy()
            shown[name][own] = clock.at(at[own])
    return rows.with_columns(pl.Series(name, values) for name, values in shown.items())


def _visits(rows: pl.DataFrame, repairs: dict[str, Floats], clocks: dict[str, _Clock]) -> pl.DataFrame:
    """One row per visit; where its rows overlap the time counts once."""
    setup = pl.col("activity") == Activity.SETUP.value
    reach = pl.col("to_s").cum_max().shift(1).over("visit").fill_null(-np.inf)
    before = pl.when(setup).then("to_s").cum_max().shift(1).over("visit").fill_null(-np.inf)
    rows = rows.with_columns(
        fresh_s=pl.min_horizontal("to_s", pl.max_horizontal("from_s", reach)),
        setup_s=pl.when(setup).then(pl.col("to_s") - pl.max_horizontal("from_s", before)).otherwise(0.0),
    )
    rows = rows.with_columns(down_s=_down_s(rows, repairs, clocks))
    return rows.group_by("visit", maintain_order=True).agg(
        pl.col("lot", "operation", "work_center", "unit", "start_s").first(),
        pl.col("end_s").max(),
        pl.col("setup_s").clip(lower_bound=0.0).sum(),
        (pl.col("to_s") - pl.col("fresh_s") - pl.col("down_s")).sum().alias("spent_s"),
        pl.col("running").any(),
        pl.col("product").drop_nulls().first(),
    ).with_columns(work_s=pl.col("spent_s") - pl.col("setup_s"))  # fmt: skip


def _down_s(rows: pl.DataFrame, repairs: dict[str, Floats], clocks: dict[str, _Clock]) -> pl.Series:
    """Working time of each row in which its unit was under repair."""
    down = np.zeros(rows.height)
    start, end = rows["fresh_s"].to_numpy(), rows["to_s"].to_numpy()
    for unit, spans in repairs.items():
        own = (rows["unit"] == unit).fill_null(False).to_numpy()
        if own.any():
            clock = clocks[rows["work_center"][int(np.argmax(own))]]
            edges = clock.at(spans.reshape(-1))
            level = np.repeat(np.concatenate([[0.0], np.cumsum(edges[1::2] - edges[::2])]), 2)[1:-1]
            down[own] = np.interp(end[own], edges, level) - np.interp(start[own], edges, level)
    return pl.Series(down)


def _traces(visits: pl.DataFrame, pieces: dict[str, int]) -> tuple[Trace, ...]:
    columns = [visits[name].to_list() for name in Visit.__slots__]
    made = map(Visit, *columns)
    products = iter(visits["product"].to_list())
    traces = []
    for lot, own in groupby(zip(made, products, strict=True), key=lambda pair: pair[0].lot):
        pairs = list(own)
        product = next((name for _, name in pairs if name is not None), "product")
        traces.append(Trace(lot, product, pieces.get(lot, 1), tuple(visit for visit, _ in pairs)))
    traces.sort(key=lambda t: (t.release_s, t.lot))
    return tuple(traces)
