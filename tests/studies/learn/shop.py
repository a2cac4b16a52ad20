"""The machine shop's log, split at a date as if the later lots were not known."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from zhizao.records import Records


def split(full: Records, origin: datetime) -> tuple[Records, Records]:
    """Lots released before `origin` and the others, each with all that was seen of them."""
    assert full.events is not None
    first = full.events.group_by("lot").agg(at=pl.col("start").min())
    early = first.filter(pl.col("at") < origin)["lot"].to_list()
    past = _only(full, pl.col("lot").is_in(early))
    # each lot of this log was followed for 21 days: the last one's follow-up ends after its last row
    later = _only(full, ~pl.col("lot").is_in(early))
    return past, Records(later.start, datetime(2012, 3, 1), later.lots, later.events)


def _only(full: Records, which: pl.Expr) -> Records:
    assert full.events is not None
    events = full.events.filter(which)
    start, end = events["start"].min(), events["end"].max()
    assert isinstance(start, datetime)
    assert isinstance(end, datetime)
    return Records(start, end, full.lots.filter(which), events)
