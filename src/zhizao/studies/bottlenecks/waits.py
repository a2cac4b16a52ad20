"""How long lots wait before each work center."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from zhizao.records import Activity, Records, scan_lots

_WORK = [Activity.SETUP.value, Activity.PROCESS.value, Activity.INSPECT.value]


class Wait(NamedTuple):
    """Mean wait before a work center, in h: of a visit, and summed over all visits of a lot of the plant."""

    per_visit_h: float
    per_lot_h: float


def waits(records: Records) -> dict[str, Wait]:
    """Mean hours from the end of the step before (or the release) to the start here, by work center.

    Transport, extra delays and hours off shift are in it: it is what the lot feels. Rows whose step before
    lies ahead of the window are left out.
    """
    if records.events is None:
        return {}
    rows = records.events.filter(pl.col("activity").cast(pl.String).is_in(_WORK)).sort("start")
    rows = rows.with_columns(
        before=pl.col("end").shift(1).over("lot"), first=pl.int_range(pl.len()).over("lot") == 0
    )
    rows = rows.join(scan_lots(records).select("lot", "release").collect(), on="lot", how="left")
    since = pl.when(pl.col("first")).then(pl.col("release")).otherwise(pl.col("before"))
    wait_h = (pl.col("start") - since).dt.total_microseconds() / 3.6e9
    inside = rows.filter(~pl.col("first") | (pl.col("release") >= records.start))
    works = pl.col("activity").cast(pl.String) != Activity.SETUP.value
    found = inside.group_by("work_center").agg(
        wait_h.clip(lower_bound=0.0).sum().alias("hours"),
        works.sum().alias("visits"),
    )
    lots = max(inside["lot"].n_unique(), 1)
    return {
        center: Wait(hours / visits, hours / lots) for center, hours, visits in found.iter_rows() if visits
    }
