"""Spool and store beside the plain libraries: rows a second in, an hour of 100 of 1,000 tags, bytes a sample.

    python -m benchmarks.connect_store [postgresql://USER@HOST/DATABASE]

7 million samples (1,000 tags, 1 Hz, 7,000 s) go through a spool into a store. The plain peers are a table of
SQLite with a unique key and `executemany`, and tables of DuckDB and PostgreSQL with the columns as they are.
With a URL PostgreSQL is measured too, in the schemas `zhizao` and `plain`, which are dropped first. Processor
time of the whole machine counts: run it alone. The table is benchmarks/results/connect_store.md.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
import polars as pl
import psycopg

from zhizao.connect.store import Spool, Store, drain, open_store
from zhizao.records import SAMPLES

TABLE = Path(__file__).parent / "results" / "connect_store.md"
TAGS, SECONDS, CHUNK = 1_000, 7_000, 100
START = datetime(2026, 3, 1, 6, tzinfo=UTC)
END = START + timedelta(seconds=SECONDS)
ASKED = [f"line {k % 10}/unit {k}/Value" for k in range(0, TAGS, TAGS // 100)]
REPEATS = 9
COLUMNS = (
    "source {0}, epoch bigint, sequence bigint, tag {0}, time {1}, received {1}, number double precision, "
    "text {0}, status bigint, PRIMARY KEY (source, epoch, sequence)"
)


def chunks() -> Iterator[pl.DataFrame]:
    """Analog values (random walks, 2 decimals), counters, and a tenth of states as text; jitter of 5 ms."""
    random = np.random.default_rng(1)
    names = pl.Series([f"line {k % 10}/unit {k}/Value" for k in range(TAGS)])
    state = np.full(TAGS, 50.0)
    kind = np.arange(TAGS) % 10  # 0: state, 1 and 2: counter, else analog
    start_us = int(START.timestamp()) * 1_000_000
    for begin in range(0, SECONDS, CHUNK):
        steps = random.normal(0, 0.05, (CHUNK, TAGS))
        steps[:, (kind == 1) | (kind == 2)] = (
            random.random((CHUNK, int(((kind == 1) | (kind == 2)).sum()))) < 0.1
        )
        walk = state + np.cumsum(steps, axis=0)
        state = walk[-1]
        jitter = random.integers(0, 5_000, (CHUNK, TAGS)) // 1_000 * 1_000
        times = start_us + (begin + np.arange(CHUNK)[:, None]) * 1_000_000 + jitter
        running = np.where(
            (np.arange(begin, begin + CHUNK)[:, None] // 60 + np.arange(TAGS)) % 7 > 0, "Running", "Idle"
        )
        is_state = np.broadcast_to(kind == 0, walk.shape).ravel()
        yield pl.DataFrame(
            {
                "tag": pl.concat([names] * CHUNK),
                "time": pl.Series(times.ravel()).cast(SAMPLES["time"]),
                "number": pl.Series(np.round(walk, 2).ravel()).zip_with(
                    ~pl.Series(is_state), pl.Series([None] * walk.size, dtype=pl.Float64)
                ),
                "text": pl.Series(running.ravel()).zip_with(
                    pl.Series(is_state), pl.Series([None] * walk.size, dtype=pl.String)
                ),
                "status": pl.Series(np.zeros(walk.size, dtype=np.uint32)),
            }
        )


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def ms(action: Callable[[], object]) -> float:
    """The median of several calls, in ms, after one that warms up."""
    action()
    return 1e3 * median(timed(action) for _ in range(REPEATS))


def spooled(folder: Path) -> tuple[Spool, float]:
    spool = Spool(folder / "spool", source="edge 1")
    seconds = sum(timed(lambda part=part: spool.append(part)) for part in chunks())
    return spool, seconds


def hour(store: Store) -> pl.DataFrame:
    return store.query(ASKED, END - timedelta(hours=1), END, every=timedelta(minutes=1))


def samples(folder: Path) -> Iterator[pl.DataFrame]:
    """All samples as a spool hands them on, without committing them."""
    spool, after = Spool(folder / "spool", source="edge 1"), None
    while len(part := spool.waiting(100_000, after=after)):
        after = part.select("epoch", "sequence").row(-1)
        yield part
    spool.close()


def own(url: str, folder: Path) -> dict[str, float]:
    store = open_store(url)
    parts = samples(folder)
    found = {"append": TAGS * SECONDS / sum(timed(lambda part=part: store.append(part)) for part in parts)}
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as base:
            base.execute("VACUUM ANALYZE zhizao.sample")  # as autovacuum does in the course of an hour
    found["hour"] = ms(lambda: hour(store))
    found["last"] = ms(lambda: store.last(ASKED))
    moved = timed(lambda: store.archive(folder / url[:6], END + timedelta(hours=1)))
    size = sum(path.stat().st_size for path in (folder / url[:6]).rglob("*.parquet"))
    found |= {
        "archive": TAGS * SECONDS / moved,
        "bytes": size / (TAGS * SECONDS),
        "hour archived": ms(lambda: hour(store)),
    }
    store.close()
    return found


def plain_sqlite(folder: Path) -> dict[str, float]:
    base = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute(f"CREATE TABLE sample ({COLUMNS.format('TEXT', 'INTEGER')})")
    part = next(samples(folder)).with_columns(pl.col("time", "received").to_physical())
    rows = part.rows()

    def insert() -> None:
        base.execute("BEGIN")
        base.executemany(f"INSERT OR IGNORE INTO sample VALUES ({', '.join('?' * 9)})", rows)
        base.execute("COMMIT")

    found = {"append": len(rows) / timed(insert)}
    base.close()
    return found


def plain_duckdb(folder: Path) -> dict[str, float]:
    base = duckdb.connect(str(folder / "plain.duckdb"))
    base.execute(f"CREATE TABLE sample ({COLUMNS.format('VARCHAR', 'TIMESTAMPTZ')})")

    def insert(part: pl.DataFrame) -> None:
        base.register("part", part.to_arrow(compat_level=pl.CompatLevel.oldest()))
        base.execute("INSERT INTO sample SELECT * FROM part ON CONFLICT DO NOTHING")

    seconds = sum(timed(lambda part=part: insert(part)) for part in samples(folder))
    query = (
        "SELECT tag, time_bucket(INTERVAL 1 MINUTE, time) AS minute, avg(number) FROM sample "
        f"WHERE time >= '{END - timedelta(hours=1)}' "
        f"AND tag IN ({', '.join(repr(tag) for tag in ASKED)}) GROUP BY 1, 2"
    )
    found = {"append": TAGS * SECONDS / seconds, "hour": ms(lambda: base.execute(query).fetchall())}
    base.close()
    return found


def plain_postgres(url: str, folder: Path) -> dict[str, float]:
    with psycopg.connect(url, autocommit=True) as base:
        base.execute("CREATE SCHEMA plain; SET search_path = plain")
        base.execute(f"CREATE TABLE sample ({COLUMNS.format('text', 'timestamptz')})".encode())
        base.execute("CREATE INDEX ON sample (tag, time)")
        base.execute("CREATE TABLE staging (LIKE sample)")

        def insert(part: pl.DataFrame) -> None:
            data = BytesIO()
            part.write_csv(data, include_header=False)
            with base.transaction(), base.cursor() as cursor:
                cursor.execute("TRUNCATE staging")
                with cursor.copy("COPY staging FROM STDIN (FORMAT csv)") as copy:
                    copy.write(data.getvalue())
                cursor.execute("INSERT INTO sample SELECT * FROM staging ON CONFLICT DO NOTHING")

        seconds = sum(timed(lambda part=part: insert(part)) for part in samples(folder))
        base.execute("VACUUM ANALYZE sample")
        query = (
            "SELECT tag, date_trunc('minute', time), avg(number) FROM sample "
            "WHERE time >= %s AND tag = ANY(%s) GROUP BY 1, 2"
        )
        asked = (END - timedelta(hours=1), ASKED)
        return {"append": TAGS * SECONDS / seconds, "hour": ms(lambda: base.execute(query, asked).fetchall())}


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spool, seconds = spooled(folder)
        spool.close()
        found = {"spool": {"append": TAGS * SECONDS / seconds}}
        print(found, flush=True)
        runs: dict[str, Callable[[], dict[str, float]]] = {
            "store on DuckDB": lambda: own(f"duckdb:///{folder}/own.duckdb", folder),
            "store on PostgreSQL": lambda: own(url, folder),
            "plain SQLite": lambda: plain_sqlite(folder),
            "plain PostgreSQL": lambda: plain_postgres(url, folder),
            "plain DuckDB": lambda: plain_duckdb(folder),
        }
        if url:
            with psycopg.connect(url, autocommit=True) as base:
                base.execute("DROP SCHEMA IF EXISTS zhizao CASCADE; DROP SCHEMA IF EXISTS plain CASCADE")
        else:
            runs = {label: run for label, run in runs.items() if "PostgreSQL" not in label}
        for label, run in runs.items():
            found[label] = run()
            print(label, {key: round(value, 1) for key, value in found[label].items()}, flush=True)
            TABLE.write_text(table(found), encoding="utf-8")
        spool = Spool(folder / "spool", source="edge 1")
        store = open_store(f"duckdb:///{folder}/drained.duckdb")
        found["drain: spool to store on DuckDB"] = {
            "append": TAGS * SECONDS / timed(lambda: drain(spool, store, limit=100_000))
        }
        store.close()
        TABLE.write_text(table(found), encoding="utf-8")


def table(found: dict[str, dict[str, float]]) -> str:
    heads = {
        "append": "rows/s in",
        "hour": "hour of 100 tags, ms",
        "last": "last of 100 tags, ms",
        "archive": "rows/s to the archive",
        "bytes": "bytes a sample archived",
        "hour archived": "hour from the archive, ms",
    }
    lines = [
        "# Spool and store\n",
        "Made by `python -m benchmarks.connect_store`: 7 million samples of 1,000 tags at 1 Hz, durable at\n"
        "every commit of 100,000. The question: one-minute means of the last hour of 100 tags. Median of 9.\n"
        "Plain SQLite: 100,000 rows.\n",
        f"| | {' | '.join(heads.values())} |",
        f"| --- |{' --- |' * len(heads)}",
    ]
    for label, values in found.items():
        cells = [f"{values[key]:,.{1 if key == 'bytes' else 0}f}" if key in values else "" for key in heads]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
