"""Processes under load that the fault tests kill: a writer into a spool, a consumer into a store.

    python -m tests.connect.store.load write SPOOL HISTORY
    python -m tests.connect.store.load consume SPOOL URL ARCHIVE

Value `k` has the number k, and a tag and a time that follow from k. The history is a file of lines
`begin FIRST COUNT` and `done FIRST COUNT`.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from zhizao.connect.store import Spool, Store, drain, open_store
from zhizao.quantities.errors import ConnectError
from zhizao.records import SAMPLES

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=10)
TAGS = 50
BACKLOG = 5_000  # samples that may wait: the writer is faster than any consumer
LIVE = timedelta(hours=6)  # older samples go to the archive


def load(first: int, count: int) -> pl.DataFrame:
    """Values `first` to `first + count - 1`."""
    k = pl.int_range(first, first + count, dtype=pl.Int64, eager=True)
    return pl.select(
        tag=pl.lit("unit ") + (k % TAGS).cast(pl.String),
        time=pl.lit(START).cast(SAMPLES["time"]) + k * pl.lit(STEP),
        number=k.cast(pl.Float64),
        text=pl.lit(None, pl.String),
        status=pl.lit(0, pl.UInt32),
    )


def write(spool_path: Path, history: Path) -> None:
    random_ = random.Random()
    spool = Spool(spool_path, source="edge 1")
    lines = history.read_text(encoding="ascii").split("\n") if history.exists() else []
    begun = [line.split() for line in lines if line.startswith("begin") and line.count(" ") == 2]
    first = int(begun[-1][1]) + int(begun[-1][2]) if begun else 0
    with history.open("a", encoding="ascii", buffering=1) as to:
        while True:
            count = random_.choice((1, 10, 100, 1000))
            to.write(f"begin {first} {count}\n")
            spool.append(load(first, count))
            to.write(f"done {first} {count}\n")
            first += count
            while spool.depth() > BACKLOG:
                time.sleep(0.002)


def consume(spool_path: Path, url: str, archive: Path) -> None:
    spool, store = Spool(spool_path, source="edge 1"), None
    while True:
        try:
            store = store or open_store(url)
            drain(spool, store, limit=700, most=7000)
            if random.random() < 0.2:
                retire(store, archive)
        except ConnectError:
            time.sleep(0.05)


def retire(store: Store, archive: Path) -> None:
    """Archive what is old, by the time of the newest sample."""
    newest = store.last([f"unit {k}" for k in range(TAGS)])["time"].max()
    if isinstance(newest, datetime):
        store.archive(archive, newest - LIVE)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        consume(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
