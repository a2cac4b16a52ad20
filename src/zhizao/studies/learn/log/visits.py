"""Rows of a log joined into visits: one lot at one operation on one work center, whatever the number of
reports.

A factory reports one job in several rows (set-up, one row per shift); a plant has one operation. Rows
of a lot that follow one another at the same operation and work center are one visit, unless the work
center turned to another lot in between or stood free for longer than `MERGE_GAP_S` of open time would
explain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records import Activity, Records
from zhizao.studies.learn.log.week import HOUR_S, WEEK_H, Opening

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TOLD = 0.05  # share of lots that start later than their release, if releases are more than first rows
MERGE_GAP_S = 16 * HOUR_S  # a night between two reports of one job

_READ = ("lot", "product", "operation", "work_center", "unit", "start", "end", "pieces_in", "pieces_scrap")
Step = tuple[str, str]  # operation and work center
Told = tuple[int, float | None, float | None, str | None]  # pieces, release and due date (s), status of a lot

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
    arrived_s: float | None = None  # release as the log tells it, not after the first start
    due_s: float | None = None
    status: str | None = None  # as in the table of lots; None where the log does not tell

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
    """A log as visits of lots, with its own clock: `origin` is a Monday 00:00, all times in s from there."""

    origin: datetime
    start_s: float
    end_s: float
    rows: pl.DataFrame  # lot, operation, work_center, unit, activity, start_s, end_s, pieces…
    table: pl.DataFrame  # a row per visit, lot by lot: the fields of `Visit`, and the product
    told: dict[str, Told]  # of lots

    @cached_property
    def listed(self) -> tuple[Visit, ...]:
        """All visits in the order of the table."""
        return tuple(map(Visit, *(self.table[name].to_list() for name in Visit.__slots__)))

    @cached_property
    def traces(self) -> tuple[Trace, ...]:
        """Every lot with its visits, in the order of release."""
        traces = []
        for lot, own in groupby(zip(self.listed, self.table["product"].to_list(), strict=True), _lot_of):
            visits, products = zip(*own, strict=True)
            product = next((name for name in products if name is not None), "product")
            pieces, arrived, due, status = self.told.get(lot, (1, None, None, None))
            if arrived is not None and arrived > visits[0].start_s + 1.0:
                arrived = None  # a release after the first start is none
            traces.append(Trace(lot, product, pieces, visits, arrived, due, status))
        traces.sort(key=lambda t: (t.release_s, t.lot))
        apart = sum(t.arrived_s is not None and t.release_s - t.arrived_s >= 1.0 for t in traces)
        if apart < TOLD * len(traces):
            return tuple(replace(t, arrived_s=None) for t in traces)  # made of first rows: nobody told them
        return tuple(traces)

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """All visits, lot by lot in the order of release."""
        return tuple(v for trace in self.traces for v in trace.visits)

    @cached_property
    def ready_s(self) -> Floats:
        """When all earlier visits of its lot had ended, for each visit of the table; -inf for the first."""
        return reached_before(self.table["end_s"].to_numpy(), first_of_run(self.table["lot"]))

    @cached_property
    def waits_s(self) -> Floats:
        """Wait of each visit of the table since all earlier ones of its lot had ended; NaN for the first."""
        wait = np.maximum(self.table["start_s"].to_numpy() - self.ready_s, 0.0)
        return np.where(np.isinf(self.ready_s), np.nan, wait)

    @cached_property
    def last_release_s(self) -> float:
        """When the last lot was seen first."""
        return float(self.table.group_by("lot").agg(pl.col("start_s").min())["start_s"].to_numpy().max())


def _lot_of(pair: tuple[Visit, str | None]) -> str:
    return pair[0].lot


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
    clocks = {name: _clock(rests.get(name), days_off) for name in rows["work_center"].unique()}
    told = _told(records, origin)
    timed = _on_the_clock(_joined(rows, told), clocks)
    repairs = _on_the_clock(_repairs(records, origin), clocks)
    clock = [(moment - origin).total_seconds() for moment in (records.start, records.end)]
    return History(origin, clock[0], clock[1], rows, _visits(timed, repairs), told)


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


def _repairs(records: Records, origin: datetime) -> pl.DataFrame:
    """When units were down. Where the log names the lots that were hit, only those lost time by it."""
    assert records.events is not None  # checked by _rows
    down = records.events.filter(pl.col("activity").cast(pl.String) == Activity.FAILURE.value)
    down = down.drop_nulls(["work_center", "unit", "start", "end"])
    if down["lot"].null_count() < down.height:
        down = down.drop_nulls("lot")
    seconds = [((pl.col(c) - origin).dt.total_microseconds() / 1e6).alias(f"{c}_s") for c in ("start", "end")]
    down = down.select("lot", "unit", "work_center", *seconds).sort("unit", "start_s", "end_s")
    reach = pl.col("end_s").cum_max().shift(1).over("unit", "lot")
    down = down.with_columns(start_s=pl.max_horizontal("start_s", reach))
    return down.filter(pl.col("end_s") > pl.col("start_s"))


def _told(records: Records, origin: datetime) -> dict[str, Told]:
    known = records.lots.select(
        "lot",
        pl.when(pl.col("pieces") > 0).then("pieces").otherwise(1),
        *((pl.col(c) - origin).dt.total_microseconds() / 1e6 for c in ("release", "due")),
        pl.col("status").cast(pl.String),
    )
    return {lot: (pieces, release, due, status) for lot, pieces, release, due, status in known.iter_rows()}


def _joined(rows: pl.DataFrame, told: dict[str, Told]) -> pl.DataFrame:
    """The rows, lot by lot, with the number of the visit each belongs to."""
    by_lot = rows.with_columns(turned=_turned(rows)).sort("lot", "start_s", "end_s", maintain_order=True)
    stay = first_of_run(*(by_lot[name] for name in ("lot", "operation", "work_center")))
    start, reach = by_lot["start_s"].to_numpy(), reached_before(by_lot["end_s"].to_numpy(), stay)
    turned = by_lot["turned"].to_numpy()
    apart = (start > reach) & (((turned >= reach) & (turned < start)) | (start - reach > MERGE_GAP_S))
    apart |= _done_again(by_lot, told) & (stay < np.arange(len(stay)))
    return by_lot.with_columns(visit=pl.Series(apart).cum_sum())  # a new stay reaches back to nothing


def _done_again(by_lot: pl.DataFrame, told: dict[str, Told]) -> Flags:
    """Rows that begin the operation anew: with the row before, more pieces than the lot has."""
    pieces = by_lot["lot"].replace_strict({lot: own[0] for lot, own in told.items()}, default=1)
    work = pl.col("activity") != Activity.SETUP.value
    own = pl.when(work).then("pieces_in").otherwise(0).fill_null(0)
    before = own.shift(1).fill_null(0)
    again = (before > 0) & ((before + own > pieces) | (before >= pieces))
    return by_lot.select(again=again)["again"].fill_null(False).to_numpy()


def _turned(rows: pl.DataFrame) -> pl.Series:
    """The last start of another lot on the same work center before each row, in the order of the rows."""
    order = rows["work_center"].arg_sort()  # stable, so in the order of starts within a work center
    center, lot, start = (rows[name].gather(order) for name in ("work_center", "lot", "start_s"))
    first, begin = first_of_run(center, lot), first_of_run(center)
    found = np.empty(rows.height)
    found[order.to_numpy()] = np.where(first > begin, start.to_numpy()[first - 1], -np.inf)
    return pl.Series(found)


def first_of_run(*columns: pl.Series) -> Indices:
    """For each row the first of the run of rows, in order, that are alike in these columns."""
    new = np.zeros(len(columns[0]), bool)
    for column in columns:
        codes = column.cast(pl.Categorical).to_physical().to_numpy()
        new[1:] |= codes[1:] != codes[:-1]
    return np.maximum.accumulate(np.where(new, np.arange(len(new)), 0))


def reached_before(values: Floats, first: Indices) -> Floats:
    """The greatest value of the rows before each row, back to the `first` of its run (-inf: none)."""
    found = np.concatenate([[-np.inf], values[:-1]])
    here, step = np.arange(len(values)), 1
    found[first == here] = -np.inf
    while step <= int((here - first).max(initial=0)):  # each round looks twice as far back
        near = here - step > first
        found[near] = np.maximum(found[near], found[here[near] - step])
        step *= 2
    return found


def _clock(rest: Opening | None, days_off: tuple[int, ...]) -> Opening | None:
    """Working time of a work center, which stands still while work in hand rests and on days off (None:
    never)."""
    if rest is None and not days_off:
        return None
    return replace(rest or Opening(np.ones(WEEK_H, bool)), off=days_off)


def _on_the_clock(rows: pl.DataFrame, clocks: dict[str, Opening | None]) -> pl.DataFrame:
    """With `from_s` and `to_s`: start and end on the clock of the work center."""
    shown = {}
    for name, column in (("from_s", "start_s"), ("to_s", "end_s")):
        at = rows[column].to_numpy()
        shown[name] = np.empty(len(at))
        for center, clock in clocks.items():
            own = (rows["work_center"] == center).to_numpy()
            shown[name][own] = at[own] if clock is None else clock.open_until(at[own])
    return rows.with_columns(pl.Series(name, values) for name, values in shown.items())


def _visits(rows: pl.DataFrame, repairs: pl.DataFrame) -> pl.DataFrame:
    """One row per visit; where its rows overlap the time counts once, and repairs count as neither set-up nor
    work."""
    first = first_of_run(rows["visit"].cast(pl.String))
    setup = (rows["activity"] == Activity.SETUP.value).to_numpy()
    begin, end = rows["from_s"].to_numpy(), rows["to_s"].to_numpy()
    fresh = np.minimum(end, np.maximum(begin, reached_before(end, first)))
    before = reached_before(np.where(setup, end, -np.inf), first)
    down = _down_s(rows, fresh, repairs)
    at_setup = np.maximum(end - np.maximum(begin, before) - down, 0.0)
    times = {"setup_s": np.where(setup, at_setup, 0.0), "spent_s": end - fresh - down}
    rows = rows.with_columns(*(pl.Series(name, column) for name, column in times.items()))
    return rows.group_by("visit", maintain_order=True).agg(
        pl.col("lot", "operation", "work_center", "unit", "start_s").first(),
        pl.col("end_s").max(),
        pl.col("setup_s", "spent_s").sum(),
        pl.col("running").any(),
        pl.col("product").drop_nulls().first(),
    ).with_columns(work_s=pl.col("spent_s") - pl.col("setup_s"))  # fmt: skip


def _down_s(rows: pl.DataFrame, start: Floats, repairs: pl.DataFrame) -> Floats:
    """Working time of each row, from `start` on, in which its unit was under repair (with its lot on it, if
    the log says so)."""
    down = np.zeros(rows.height)
    if repairs.is_empty():
        return down
    if repairs["lot"].null_count() == 0:
        own = rows.select("lot", "unit", "to_s", start=pl.Series(start)).with_row_index("row")
        hit = own.join(repairs.select("lot", "unit", down="from_s", up="to_s"), on=["lot", "unit"])
        lost = pl.min_horizontal("to_s", "up") - pl.max_horizontal("start", "down")
        lost_s = hit.group_by("row").agg(s=lost.clip(lower_bound=0.0).sum())
        down[lost_s["row"].to_numpy()] = lost_s["s"].to_numpy()
        return down
    end = rows["to_s"].to_numpy()
    for (unit,), spans in repairs.group_by("unit", maintain_order=True):
        here = (rows["unit"] == unit).fill_null(False).to_numpy()
        edges = spans.select("from_s", "to_s").to_numpy().reshape(-1)
        level = np.repeat(np.concatenate([[0.0], np.cumsum(edges[1::2] - edges[::2])]), 2)[1:-1]
        down[here] = np.interp(end[here], edges, level) - np.interp(start[here], edges, level)
    return down
