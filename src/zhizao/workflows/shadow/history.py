"""The event log of a live plant, from the store: what `zhizao learn` makes the next twin of."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from zhizao.connect.store import open_store
from zhizao.connect.tags import TagReader
from zhizao.quantities import InputError
from zhizao.records import EVENTS
from zhizao.workflows.shadow.site import Site

_PART = timedelta(days=1)  # of values that are in memory at a time
_NEXT = timedelta(microseconds=1)


def event_log(site: Site, since: datetime | None = None, until: datetime | None = None) -> pl.DataFrame:
    """Read what a plant did from the samples of its site, archived ones too.

    Parameters
    ----------
    site : the site; its store must not be in use by a service if it is a file of DuckDB.
    since : local time of the plant; None: the time that the site replays, before the newest sample. Samples
        of as long before are read too: a tag that does not change is not sent again.
    until : likewise; None: up to the newest sample.

    Returns
    -------
    Rows in the form of an event log (`records.EVENTS`), by start: what ended in this time, and what was not
    done at its end and has no end.

    Raises
    ------
    InputError
        The store cannot be opened, or has nothing of that time.
    """
    rules = site.rules()
    tags = list(rules.meanings)
    store = open_store(site.store_url)
    try:
        newest = store.last(tags)["time"].max()
        if not isinstance(newest, datetime):
            raise InputError(f"{site.store_url}: found no value of a tag of this plant; has `run` kept any?")
        end = newest + _NEXT if until is None else until.replace(tzinfo=site.time_zone) + _NEXT
        before = timedelta(seconds=site.replay)
        first = newest - before if since is None else since.replace(tzinfo=site.time_zone)
        at = first - before
        reader, parts = TagReader(rules, site.time_zone), [pl.DataFrame(schema=dict(EVENTS))]
        read = first.astimezone(site.time_zone).replace(tzinfo=None)
        while at < end:
            to = min(at + _PART, end)
            reader.feed(store.query(tags, at, to).sort("time", maintain_order=True))
            moment = (to - _NEXT).astimezone(site.time_zone).replace(tzinfo=None)
            reader.read(moment)
            rows = reader.events(ended_after=read)
            parts.append(rows.filter(pl.col("end").is_not_null() if to < end else pl.lit(True)))
            reader.forget(moment - _PART)
            read, at = max(read, moment), to
    finally:
        store.close()
    if reader.read_until is None or reader.read_from is None or (since is not None and newest < first):
        raise InputError(
            f"{site.store_url}: found no value from {since} to {until}; the newest is of {newest}"
        )
    return pl.concat(parts).sort("start", maintain_order=True)
