"""Edge and host as processes of their own, for tests that kill them; an outbox and a sink in SQLite.

`python peers.py edge|host PORT FOLDER` runs until it is killed. The edge makes samples as fast as asked for.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from zhizao.connect.sparkplug import EdgeNode, EdgeSettings, HostSettings, PrimaryHost
from zhizao.records.endpoint import Endpoint
from zhizao.records.samples import SAMPLES, values

COLUMNS = tuple(SAMPLES)
_TABLE = (
    "create table if not exists samples (source text, epoch integer, sequence integer, tag text,"
    " time integer, received integer, number real, text text, status integer,"
    " primary key (source, epoch, sequence))"
)


def opened(file: Path) -> sqlite3.Connection:
    """A database that survives the death of its process, used by one thread at a time."""
    database = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=10)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    database.execute(_TABLE)
    return database


def frame(rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    kinds = {name: pl.Int64 if name in ("time", "received") else kind for name, kind in SAMPLES.items()}
    return pl.DataFrame(rows, schema=kinds, orient="row").select(
        pl.col(name).cast(kind) for name, kind in SAMPLES.items()
    )


def plain(samples: pl.DataFrame) -> list[tuple[object, ...]]:
    return samples.with_columns(pl.col("time", "received").cast(pl.Int64)).select(COLUMNS).rows()


class SqliteOutbox:
    """The outbox of a test: what `connect/store` offers, in a few lines."""

    def __init__(self, file: Path, source: str = "press shop") -> None:
        self.source = source
        self._lock = threading.Lock()
        self._database = opened(file)
        self._database.execute("create table if not exists numbered (epoch integer, next integer)")
        row = self._database.execute("select epoch, next from numbered").fetchone()
        self.epoch: int = row[0] if row else time.time_ns() // 1000
        self.next: int = row[1] if row else 0
        if row is None:
            self._database.execute("insert into numbered values (?, 0)", (self.epoch,))

    def append(self, values: pl.DataFrame) -> None:
        now = time.time_ns() // 1000
        with self._lock:
            rows = [
                (self.source, self.epoch, self.next + at, row[0], row[1], now, *row[2:])
                for at, row in enumerate(values.with_columns(pl.col("time").cast(pl.Int64)).iter_rows())
            ]
            self._database.execute("begin")
            self._database.executemany("insert into samples values (?,?,?,?,?,?,?,?,?)", rows)
            self.next += len(rows)
            self._database.execute("update numbered set next = ?", (self.next,))
            self._database.execute("commit")

    def waiting(self, limit: int, *, after: tuple[int, int] | None = None) -> pl.DataFrame:
        with self._lock:
            query = (
                "select * from samples where source=? and (epoch, sequence) > (?, ?) order by 2, 3 limit ?"
            )
            key = (self.source, *(after or (-1, -1)), limit)
            return frame(self._database.execute(query, key).fetchall())

    def committed(self, epoch: int, sequence: int) -> None:
        with self._lock:
            query = "delete from samples where source = ? and (epoch, sequence) <= (?, ?)"
            self._database.execute(query, (self.source, epoch, sequence))


class SqliteSink:
    """The store of a test: keeps a key once, and says how often one came again."""

    def __init__(self, file: Path) -> None:
        self._database = opened(file)
        self.again = 0

    def append(self, samples: pl.DataFrame) -> None:
        before = self._database.total_changes
        self._database.execute("begin")
        self._database.executemany("insert or ignore into samples values (?,?,?,?,?,?,?,?,?)", plain(samples))
        self._database.execute("commit")
        self.again += len(samples) - (self._database.total_changes - before)

    def rows(self) -> pl.DataFrame:
        """All samples in the order in which they were kept."""
        return frame(self._database.execute("select * from samples order by rowid").fetchall())


class ListSink:
    """A sink in memory, for what is not about disks."""

    def __init__(self) -> None:
        self.frames: list[pl.DataFrame] = []

    def append(self, samples: pl.DataFrame) -> None:
        self.frames.append(samples)

    def rows(self) -> pl.DataFrame:
        return pl.concat(self.frames) if self.frames else frame([])


def edge_settings(port: int, folder: Path) -> EdgeSettings:
    return EdgeSettings(
        Endpoint("127.0.0.1", port), "works", "press shop", folder / "memory.json", primary_host="main"
    )


def produce(outbox: SqliteOutbox, rate: int) -> None:
    """Append samples for ever: the number of the n-th is n, so that a checker can know it."""
    while True:
        began = time.monotonic()
        stamp = datetime.now(UTC)
        first, chunk = outbox.next, rate // 20
        outbox.append(
            values([(f"press/{n % 50}", stamp, float(n), None, 0) for n in range(first, first + chunk)])
        )
        time.sleep(max(0.05 - (time.monotonic() - began), 0.001))


def main(role: str, port: int, folder: Path, rate: int) -> None:
    """Run one role until killed."""
    if role == "edge":
        outbox = SqliteOutbox(folder / "outbox.db")
        if rate:
            threading.Thread(target=produce, args=(outbox, rate), daemon=True).start()
        asyncio.run(EdgeNode(edge_settings(port, folder), outbox).run())
    else:
        sink = SqliteSink(folder / "store.db")
        asyncio.run(PrimaryHost(HostSettings(Endpoint("127.0.0.1", port), "main"), sink).run())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 0)
