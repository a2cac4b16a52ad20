"""Flow of lots and orders through the plant: lead times, work in process, tardiness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from math import nan
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.kpi.batches import LOTS_IN_BATCH, batch_of
from zhizao.kpi.clocks import Floats, open_intervals, open_seconds
from zhizao.kpi.states import pauses, placed, seconds_from
from zhizao.records.schema import Activity, LotStatus, Records, scan_lots

if TYPE_CHECKING:
    from zhizao.plant.model import Plant

_WORK = (Activity.PROCESS.value, Activity.INSPECT.value)
# Made once: to build an expression takes as long as to evaluate it over some hundred lots.
_COMPLETED = pl.col("status") == LotStatus.COMPLETED.value
_STOCKED = pl.col("status").cast(pl.String) == LotStatus.STOCKED.value
_LATE_S = ((pl.col("completed") - pl.col("due")).dt.total_microseconds() / 1e6).alias("late_s")
_LEAD_S = ((pl.col("completed") - pl.col("release")).dt.total_microseconds() / 1e6).alias("lead_s")
_AT_ONCE = 4_000_000  # lots whose orders are gathered at a time: names of orders take memory


@dataclass(frozen=True, eq=False)
class Flow:
    """Flow elements of the plant; lots count that were completed within the window.

    Each is computed when it is first asked for. Arrays are in the order of the table of lots.
    """

    records: Records
    plant: Plant | None

    @cached_property
    def _completed(self) -> pl.DataFrame:
        return completed_lots(self.records).select("lead_s", _LATE_S).collect()

    @property
    def completed(self) -> float:
        """Lots completed."""
        return float(self._completed.height)

    @cached_property
    def lead_s(self) -> Floats:
        """Lead times, where they are known."""
        return self._completed["lead_s"].drop_nulls().to_numpy()

    @cached_property
    def tardiness_s(self) -> Floats:
        """Tardiness of lots with a due date; 0: on time."""
        late = self._completed["late_s"].drop_nulls().to_numpy()
        return np.asarray(np.maximum(late, 0.0), dtype=np.float64)

    @cached_property
    def limit_broken(self) -> Floats:
        """1 for a lot that broke a queue limit, else 0; scrapped lots too."""
        return _limit_broken(self.records)

    @cached_property
    def wip_lot_s(self) -> float:
        """Integral of the number of lots in the plant over the window."""
        return _wip_lot_s(self.records)

    @cached_property
    def _work(self) -> pl.DataFrame | None:
        return lot_work_seconds(self.records, self.plant)

    @cached_property
    def _raw(self) -> tuple[float, float]:
        return _raw(completed_lots(self.records), self._work, self.records)

    @property
    def raw_s(self) -> float:
        """Working time, summed over the lots whose every step the log can hold."""
        return self._raw[0]

    @property
    def raw_lead_s(self) -> float:
        """Lead time, summed over the same lots as `raw_s`."""
        return self._raw[1]

    @cached_property
    def _orders(self) -> tuple[float, float, float]:
        return _orders(self.records, self._work)

    @property
    def aoet_s(self) -> float:
        """Actual order execution time, summed over the orders that were finished."""
        return self._orders[0]

    @property
    def order_pq(self) -> float:
        """Produced quantity of these orders."""
        return self._orders[1]

    @property
    def order_aubt_s(self) -> float:
        """Busy and set-up time of units for these orders."""
        return self._orders[2]


def sold_lots(records: Records) -> pl.LazyFrame:
    """Lots of products that are sold: none of them goes into stock as a part of others."""
    lots = scan_lots(records)
    if isinstance(records.lot_table, pl.DataFrame) and not _any_stocked(records.lot_table):
        return lots
    parts = lots.filter(_STOCKED).select(pl.col("product").unique()).collect().to_series()
    return lots.filter(~pl.col("product").is_in(parts, nulls_equal=True)) if parts.len() else lots


def _any_stocked(lots: pl.DataFrame) -> bool:
    return bool((lots["status"].cast(pl.String) == LotStatus.STOCKED.value).any())


def completed_lots(records: Records) -> pl.LazyFrame:
    """Lots completed within the window, with `lead_s`, completion minus release.

    Lots that went into stock as parts are not among them.
    """
    return scan_lots(records).filter(_COMPLETED, left_within(records)).with_columns(_LEAD_S)


def left_within(records: Records) -> pl.Expr:
    """Whether a lot was completed or scrapped after the start of the window, up to its end."""
    return _left_between(records.start, records.end)


@lru_cache(maxsize=64)
def _left_between(start: datetime, end: datetime) -> pl.Expr:
    return (pl.col("completed") > start) & (pl.col("completed") <= end)


def by_completion(records: Records) -> pl.LazyFrame:
    """Completed lots whose lead time is known, in order of completion."""
    return completed_lots(records).filter(pl.col("lead_s").is_not_null()).sort("completed", "lot")


def _limit_broken(records: Records) -> Floats:
    """Of the lots that left within the window, completed or scrapped."""
    breaks = scan_lots(records).filter(left_within(records)).select(pl.col("limit_breaks").drop_nulls() > 0)
    return breaks.collect().to_series().cast(pl.Float64).to_numpy()


def seconds(frame: pl.DataFrame, start: str, end: str) -> Floats:
    """Seconds from one column of times to another."""
    return frame.select((pl.col(end) - pl.col(start)).dt.total_microseconds() / 1e6).to_series().to_numpy()


def _wip_lot_s(records: Records) -> float:
    """Integral of WIP; unknown when no lot has a release."""
    lots = scan_lots(records).filter(pl.col("release").is_not_null())
    inside = lots.select(
        pl.min_horizontal(pl.col("completed").fill_null(records.end), pl.lit(records.end)).alias("until"),
        pl.max_horizontal("release", pl.lit(records.start)).alias("since"),
    ).collect()
    if not inside.height:
        return nan if scan_lots(records).select(pl.len()).collect().item() else 0.0
    return float(np.maximum(seconds(inside, "since", "until"), 0.0).sum())


# ---------------------------------------------------------------- working time of lots
def lot_work_seconds(records: Records, plant: Plant | None) -> pl.DataFrame | None:
    """Working time of each lot, `work_s` (process and inspect), and its part of the time of units, `unit_s`.

    That has set-up too, and lots of a batch share it evenly: for its unit it is one time. A row that spans a
    closed shift of a center whose work pauses counts only the open hours. None without an event log.
    """
    if records.events is None:
        return None
    kinds = [*_WORK, Activity.SETUP.value]
    rows = placed(records.events).filter(
        pl.col("activity").is_in(kinds), pl.col("lot").is_not_null(), pl.col("end").is_not_null()
    )
    if not rows.height:
        return None
    active = rows.with_columns(active_s=pl.Series(_active_seconds(rows, records.start, plant)))
    setup = pl.col("activity") == Activity.SETUP.value
    active = active.with_columns(batch_of(active)).with_columns(share_s=pl.col("active_s") / LOTS_IN_BATCH)
    return active.group_by("lot", maintain_order=True).agg(
        pl.col("active_s").filter(~setup).sum().alias("work_s"),
        pl.col("share_s").sum().alias("unit_s"),
    )


def _active_seconds(rows: pl.DataFrame, start: datetime, plant: Plant | None) -> Floats:
    low, high = (rows.select(seconds_from(pl.col(c), start)).to_series().to_numpy() for c in ("start", "end"))
    active = np.asarray(high - low, dtype=np.float64)
    if plant is None:
        return active
    first, last = rows.select(pl.col("start").min(), pl.col("end").max()).row(0)
    shift = (first - start).total_seconds()
    for calendar, here in _rows_by_calendar(rows["work_center"], plant).items():
        opened = open_intervals(plant.calendars[calendar], first, last) + shift
        active[here] = open_seconds(opened, high[here]) - open_seconds(opened, low[here])
    return active


def _rows_by_calendar(places: pl.Series, plant: Plant) -> dict[str, NDArray[np.uint32]]:
    """Rows whose work pauses off shift, by the calendar of their work center."""
    names = {
        center.id: center.calendar
        for center in plant.work_centers
        if center.calendar is not None and pauses(center)
    }
    if not names:
        return {}
    calendars = places.replace_strict(names, default=None, return_dtype=pl.String).rename("calendar")
    rows = calendars.to_frame().with_row_index("row").drop_nulls()
    parts = rows.partition_by("calendar", as_dict=True)
    return {str(name): part["row"].to_numpy() for (name,), part in parts.items()}


def _raw(lots: pl.LazyFrame, work: pl.DataFrame | None, records: Records) -> tuple[float, float]:
    """Working and lead time of the lots that were released after the log began."""
    if work is None or records.events is None:
        return nan, nan
    begin = records.events["start"].min()
    since = lots.filter(pl.col("release") >= begin).select("lot", "lead_s").collect()
    whole = since.join(work, on="lot", how="inner", maintain_order="left")
    if not whole.height:
        return nan, nan
    return float(whole["work_s"].sum()), float(whole["lead_s"].sum())


def _orders(records: Records, work: pl.DataFrame | None) -> tuple[float, float, float]:
    """Execution time, quantity and unit time of the orders whose last lot left within the window."""
    lots = sold_lots(records).with_columns(of=pl.coalesce("order", "lot"))
    shares = 1 + int(lots.select(pl.len()).collect().item()) // _AT_ONCE
    which = pl.col("of").hash() % shares
    parts = [_orders_done(lots.filter(which == share), work, records) for share in range(shares)]
    done = pl.concat(parts)
    if not done.height:
        return nan, nan, nan
    unseen = bool(done["no_rows"].any())
    aoet, pq, busy = (float(done[name].to_numpy().sum()) for name in ("aoet_s", "pq", "busy_s"))
    return aoet, pq, nan if unseen else busy


def _orders_done(lots: pl.LazyFrame, work: pl.DataFrame | None, records: Records) -> pl.DataFrame:
    """Of some lots the orders that ended within the window: `aoet_s`, `pq`, `busy_s`, `no_rows`."""
    busy = pl.lit(None, dtype=pl.Float64)
    if work is not None:
        lots, busy = lots.join(work.lazy(), on="lot", how="left", maintain_order="left"), pl.col("unit_s")
    orders = lots.group_by("of", maintain_order=True).agg(
        pl.col("completed").is_null().any().alias("open"),
        pl.col("release").min(),
        pl.col("completed").max(),
        (pl.col("pieces_good") + pl.col("pieces_scrap").fill_null(0)).sum().alias("pq"),
        busy.sum().alias("busy_s"),
        (pl.col("pieces_good").is_null() | pl.col("release").is_null()).any().alias("unknown"),
        busy.is_null().any().alias("no_rows"),
    )
    done = orders.filter(
        ~pl.col("open"),
        ~pl.col("unknown"),
        left_within(records),
    )
    aoet_s = (pl.col("completed") - pl.col("release")).dt.total_microseconds() / 1e6
    return done.select(aoet_s.alias("aoet_s"), "pq", "busy_s", "no_rows").collect()
