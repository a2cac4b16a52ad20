"""What a chart shows: WIP, throughput, lead times and states over the window of some records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.kpi.elements import unit_states, window_s
from zhizao.kpi.flow import by_completion
from zhizao.kpi.states import seconds_from
from zhizao.records.schema import Records, UnitState, scan_lots

if TYPE_CHECKING:
    from zhizao.plant.model import Plant


def wip_over_time(records: Records, *, points: int = 400) -> pl.DataFrame:
    """Lots in the plant at `points` equally spaced moments: `time`, `wip`.

    A lot counts from its release up to, not including, the moment of completion or scrapping.
    """
    lots = scan_lots(records).filter(pl.col("release").is_not_null())
    times = lots.select(seconds_from(pl.col(name), records.start) for name in ("release", "completed"))
    into, out = (np.sort(column.drop_nulls().to_numpy()) for column in times.collect())
    grid = np.linspace(0.0, window_s(records), points)
    wip = np.searchsorted(into, grid, side="right") - np.searchsorted(out, grid, side="right")
    offset = pl.Series((grid * 1e6).astype(np.int64)).cast(pl.Duration("us"))
    return pl.DataFrame({"offset": offset, "wip": wip.astype(np.int64)}).select(
        (pl.lit(records.start, dtype=pl.Datetime("us")) + pl.col("offset")).alias("time"), "wip"
    )


def lead_times(records: Records) -> pl.DataFrame:
    """Lead times in order of completion, as MSER-5 reads them: `completed`, `lot`, `product`, `lead_s`."""
    return by_completion(records).select("completed", "lot", "product", "lead_s").collect()


def state_shares(records: Records, plant: Plant | None = None, *, off: bool = False) -> pl.DataFrame:
    """Share of time that the units of each work center spent in each state: `work_center`, `state`, `share`.

    Shares of one work center add up to 1; off-shift time is left out unless `off`.
    """
    states = unit_states(records, plant)
    if states is None:
        return pl.DataFrame(schema={"work_center": pl.String, "state": pl.String, "share": pl.Float64})
    if not off:
        states = states.filter(pl.col("state") != UnitState.OFF.value)
    total = pl.col("seconds").sum().over("work_center")
    shares = states.group_by("work_center", "state", maintain_order=True).agg(pl.col("seconds").sum())
    return shares.filter(total > 0).select(
        "work_center", pl.col("state").cast(pl.String), (pl.col("seconds") / total).alias("share")
    )
