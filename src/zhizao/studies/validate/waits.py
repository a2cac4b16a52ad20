"""Hours of waiting by work center: from the end of the work before to the start there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from zhizao.kpi.analysis import replication_interval
from zhizao.studies.validate.cohort import HOUR_S, Cohort

_KINDS = {"work_center": pl.String, **dict.fromkeys(("log_h", "twin_h", "twin_low", "twin_high"), pl.Float64)}


def waits_h(log: Cohort) -> dict[str, float]:
    """Mean hours that a lot waits before its work at each work center, by the calendar.

    What a lot waits for its first work is not in it: its release is not known. A row counts as a visit where
    the lot was elsewhere or idle before; rows that overlap the work before have waited for nothing.
    """
    rows = pl.DataFrame(
        {
            "lot": log.lot,
            "start": log.start_s,
            "end": log.end_s,
            "work_center": pl.Series(log.work_center, dtype=pl.String),
        }
    )
    before = pl.col("end").cum_max().shift(1).over("lot")
    visits = (
        rows.with_columns(
            wait_h=(pl.col("start") - before).clip(0.0) / HOUR_S,
            arrives=(pl.col("work_center") != pl.col("work_center").shift(1).over("lot"))
            | (pl.col("start") > before),
        )
        .filter(pl.col("arrives") & pl.col("wait_h").is_not_null())
        .group_by("work_center")
        .agg(pl.col("wait_h").mean())
    )
    return {str(name): float(hours) for name, hours in visits.iter_rows()}


def waits_by_center(real: Cohort, twins: Sequence[Cohort]) -> pl.DataFrame:
    """Mean wait by work center: work_center, log_h, twin_h with twin_low and twin_high; longest first.

    A work center that one of the two never waits at is null there; the interval is over the replications.
    """
    log, runs = waits_h(real), [waits_h(twin) for twin in twins]
    rows = []
    for name in sorted(log.keys() | {name for run in runs for name in run}):
        twin = replication_interval([run[name] for run in runs if name in run] or [np.nan])
        rows.append((name, log.get(name), twin.mean, twin.low, twin.high))
    frame = pl.DataFrame(rows, schema=_KINDS, orient="row")
    known = frame.with_columns(pl.col("twin_h", "twin_low", "twin_high").fill_nan(None))
    longest = pl.max_horizontal("log_h", "twin_h")
    return known.sort(longest, descending=True, nulls_last=True, maintain_order=True)
