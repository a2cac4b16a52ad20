"""How busy each work center was in the time of the log."""

from __future__ import annotations

import numpy as np
import polars as pl

from zhizao.studies.learn.log.spans import union, within
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.causes import Causes

SCHEMA = {
    "work_center": pl.String, "units": pl.Int64, "open_h_per_week": pl.Float64, "busy": pl.Float64,
    "visits": pl.Int64,
}  # fmt: skip


def how_busy(history: History, causes: Causes, openings: dict[str, Opening]) -> pl.DataFrame:
    """A row for each work center, the busiest first: units, open hours of a week, and share of the open time
    of its units with set-ups and work; lots of a batch count once."""
    visits = dict(history.table.group_by("work_center").len().iter_rows())
    log = np.array([history.start_s, history.end_s])
    rows = []
    for name, units in causes.units.items():
        opening = openings[name]
        own = history.rows.filter(pl.col("work_center") == name).unique(["unit", "start_s", "end_s"])
        if own["unit"].n_unique() == units:
            spans = [union(u["start_s"].to_numpy(), u["end_s"].to_numpy()) for _, u in own.group_by("unit")]
            spent = sum(within(each, opening).total_s for each in spans)
        else:
            begun, ended = (opening.open_until(own[c].to_numpy()) for c in ("start_s", "end_s"))
            spent = float((ended - begun).sum())
        there = float(np.diff(opening.open_until(log))[0]) * units
        busy = min(spent / there, 1.0) if there > 0 else 0.0
        rows.append((name, units, opening.hours, busy, visits[name]))
    rows.sort(key=lambda row: (-row[3], row[0]))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(pl.col("busy").round(4))
