"""Flow of lots and orders through the plant: lead times, work in process, tardiness."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
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
_AT_ONCE = 4_000_000  # lots whose orders are gathered at a time: names of orders take memory


def _none() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Flow elements of the plant; lots count that were completed within the window.

    Arrays are in the order of the table of lots; `limit_broken` has scrapped lots too. `raw_s` and
    `raw_lead_s` are the working time and the lead time summed over the same lots: those whose every step
    the log can hold.
    """

    completed: float = nan  # lots
    lead_s: Floats = field(default_factory=_none)
    tardiness_s: Floats = field(default_factory=_none)  # of lots with a due date; 0: on time
    limit_broken: Floats = field(default_factory=_none)  # 1 for a lot that broke a queue limit, else 0
    wip_lot_s: float = nan  # integral of the number of lots in the plant over the window
    raw_s: float = nan
    raw_lead_s: float = nan
    aoet_s: float = nan  # actual order execution time, summed over the orders that were finished
    order_pq: float = nan  # produced quantity of these orders
    order_aubt_s: float = nan  # busy and set-up time of units for these orders


def flow_of_plant(records: Records, plant: Plant | None) -> Flow:
    """Flow elements from the lots, and from the event log where there is one."""
    lots = completed_lots(records)
    lead = lots.select("lead_s").collect().to_series()
    due = lots.select("due", "completed").drop_nulls().collect()
    work = lot_work_seconds(records, plant)
    raw, raw_lead = _raw(lots, work, records)
    aoet, order_pq, order_aubt = _orders(records, work)
    return Flow(
        completed=float(lead.len()),
        lead_s=lead.drop_nulls().to_numpy(),
        tardiness_s=np.maximum(seconds(due, "due", "completed"), 0.0),
        limit_broken=_limit_broken(records),
        wip_lot_s=_wip_lot_s(records),
        raw_s=raw,
        raw_lead_s=raw_lead,
        aoet_s=aoet,
        order_pq=order_pq,
        order_aubt_s=order_aubt,
    )


def sold_lots(records: Records) -> pl.LazyFrame:
    """Lots of products that are sold: none of them goes into stock as a part of others."""
    lots = scan_lots(records)
    stocked = pl.col("status").cast(pl.String) == LotStatus.STOCKED.value
    parts = lots.filter(stocked).select(pl.col("product").unique()).collect().to_series()
    return lots.filter(~pl.col("product").is_in(parts, nulls_equal=True)) if parts.len() else lots


def completed_lots(records: Records) -> pl.LazyFrame:
    """Lots completed within the window, with `lead_s`, completion minus release.

    Lots that went into stock as parts are not among them.
    """
    lead = (pl.col("completed") - pl.col("release")).dt.total_microseconds() / 1e6
    completed = scan_lots(records).filter(
        pl.col("status") == LotStatus.COMPLETED.value,
        pl.col("completed") > records.start,
        pl.col("completed") <= records.end,
    )
    return completed.with_columns(lead_s=lead)


def by_completion(records: Records) -> pl.LazyFrame:
    """Completed lots whose lead time is known, in order of completion."""
    return completed_lots(records).filter(pl.col("lead_s").is_not_null()).sort("completed", "lot")


def _limit_broken(records: Records) -> Floats:
    """Of the lots that left within the window, completed or scrapped."""
    left = pl.col("completed").is_between(records.start, records.end, closed="right")
    breaks = scan_lots(records).filter(left).select(pl.col("limit_breaks").drop_nulls() > 0)
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
        pl.col("completed") > records.start,
        pl.col("completed") <= records.end,
    )
    aoet_s = (pl.col("completed") - pl.col("release")).dt.total_microseconds() / 1e6
    return done.select(aoet_s.alias("aoet_s"), "pq", "busy_s", "no_rows").collect()
