"""The way of samples from their sources into the store, and from there to whoever reads them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from zhizao.connect.store import Store
from zhizao.connect.store.ask import POINTS
from zhizao.records.samples import Outbox
from zhizao.workflows.shadow.site import Site

_BATCH = 50_000  # samples of one transaction


class Intake:
    """Keeps samples in a store, and hands those that are new to a reader, each once.

    Its methods may be called from several threads.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.kept = 0
        """Samples that were new to the store since the start."""
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, int], int] = {(s, e): last for s, e, last in store.committed().rows()}
        self._new: deque[pl.DataFrame] = deque()

    def append(self, samples: pl.DataFrame) -> None:
        """Keep samples; durable on return."""
        with self._lock:
            self.kept += self.store.append(samples)
            for origin, rows in samples.partition_by("source", "epoch", as_dict=True).items():
                key = (str(origin[0]), int(origin[1]))
                seen = self._seen.get(key, -1)
                fresh = rows.filter(pl.col("sequence") > seen).unique("sequence", maintain_order=True)
                if len(fresh):
                    self._seen[key] = max(seen, int(fresh["sequence"].to_numpy().max()))
                    self._new.append(fresh)

    def drain(self, outbox: Outbox) -> int:
        """Keep what waits in an outbox, which forgets it afterwards."""
        moved = 0
        while len(batch := outbox.waiting(_BATCH)):
            self.append(batch)
            outbox.committed(*batch.select("epoch", "sequence").row(-1))
            moved += len(batch)
        return moved

    def take(self) -> list[pl.DataFrame]:
        """Give what is new since the last call, in the order in which it was kept."""
        with self._lock:
            taken = list(self._new)
            self._new.clear()
        return taken

    def last(self, tags: Sequence[str]) -> datetime | None:
        """Give the time of the newest value of tags; None if the store has none."""
        with self._lock:
            found = self.store.last(tags)["time"].max()
        assert found is None or isinstance(found, datetime)
        return found

    def values(self, tags: Sequence[str], span: timedelta) -> pl.DataFrame:
        """Give values of tags from so long before the newest of them on, in the order of their times.

        Values of one moment are in the order of their tags: the state of a unit comes behind its counters.
        """
        until = self.last(tags)
        if until is None:
            return pl.DataFrame(schema=POINTS)
        with self._lock:
            found = self.store.query(tags, until - span, until + timedelta(microseconds=1))
        return found.sort("time", maintain_order=True)

    def archive(self, site: Site) -> None:
        """Move old samples to the archive, as the site file says."""
        rules = site.retention
        keep = None if rules.keep is None else timedelta(seconds=rules.keep)
        older = datetime.now(UTC) - timedelta(seconds=rules.live)
        with self._lock:
            self.store.archive(site.at(rules.archive), older, keep=keep)

    def gaps(self) -> pl.DataFrame:
        """Give the samples that are missing (see `Store.gaps`)."""
        with self._lock:
            return self.store.gaps()


def gaps_in_words(gaps: pl.DataFrame) -> list[str]:
    """Name samples that are missing (`Store.gaps`)."""
    return [
        f"{source}: {last - first + 1} samples have not come (epoch {epoch}, {first} to {last})"
        for source, epoch, first, last in gaps.rows()
    ]
