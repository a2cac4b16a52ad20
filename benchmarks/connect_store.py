"""Spool and store beside the plain libraries: rows a second in, an hour of 100 of 1,000 tags, bytes a sample.

    python -m benchmarks.connect_store [postgresql://USER@HOST/DATABASE]

The server of PostgreSQL must run on this machine: the processor time of its backend is read as well.

7 million samples (1,000 tags, 1 Hz, 7,000 s) go through a spool into a store. The plain peers are a table of
SQLite with a unique key and `executemany`, and tables of DuckDB and PostgreSQL with the columns as they are;
for PostgreSQL also COPY alone, as text and as binary, without a key or an index.
With a URL PostgreSQL is measured too, in the schemas `zhizao` and `plain`, which are dropped first. Processor
time of the whole machine counts: run it alone. The table is benchmarks/results/connect_store.md.
"""

from __future__ import annotations

import os
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


def server_s(backend: int) -> float:
    """Processor time that a backend of PostgreSQL has taken, in s."""
    fields = Path(f"/proc/{backend}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def appended(insert: Callable[[pl.DataFrame], object], folder: Path, backend: int | None) -> dict[str, float]:
    """Rows a second: by the clock, and per CPU second of either side; reading the spool does not count."""
    wall = client = 0.0
    server = server_s(backend) if backend else 0.0
    for part in samples(folder):
        began, busy = time.perf_counter(), time.process_time()
        insert(part)
        wall += time.perf_counter() - began
        client += time.process_time() - busy
    rows = TAGS * SECONDS
    found = {"append": rows / wall, "client": rows / client}
    return found | {"server": rows / (server_s(backend) - server)} if backend else found


def backend_of(base: psycopg.Connection) -> int:
    return base.info.backend_pid


def bytes_kept(url: str, schema: str) -> float:
    """Bytes a sample of all tables of a schema, with indexes."""
    size = (
        "SELECT sum(pg_total_relation_size(c.oid))::float8 FROM pg_class c JOIN pg_namespace n "
        "ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relkind = 'r'"
    )
    with psycopg.connect(url, autocommit=True) as base:
        found = base.execute(size, (schema,)).fetchone()
    assert found is not None
    return float(found[0]) / (TAGS * SECONDS)


def writer_of(url: str) -> int:
    """The backend of the one other connection to the database."""
    with psycopg.connect(url) as base:
        found = base.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert len(found) == 1, "somebody else is connected"
    return int(found[0][0])


def own(url: str, folder: Path) -> dict[str, float]:
    store = open_store(url)
    found = appended(store.append, folder, writer_of(url) if url.startswith("postgresql") else None)
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as base:
            base.execute("VACUUM ANALYZE")  # as autovacuum does in the course of an hour
        found["kept"] = bytes_kept(url, "zhizao")
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

    found = appended(insert, folder, None)
    query = (
        "SELECT tag, time_bucket(INTERVAL 1 MINUTE, time) AS minute, avg(number) FROM sample "
        f"WHERE time >= '{END - timedelta(hours=1)}' "
        f"AND tag IN ({', '.join(repr(tag) for tag in ASKED)}) GROUP BY 1, 2"
    )
    found["hour"] = ms(lambda: base.execute(query).fetchall())
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

        found = appended(insert, folder, backend_of(base))
        base.execute("TRUNCATE staging")
        base.execute("VACUUM ANALYZE sample")
        found["kept"] = bytes_kept(url, "plain")
        query = (
            "SELECT tag, date_trunc('minute', time), avg(number) FROM sample "
            "WHERE time >= %s AND tag = ANY(%s) GROUP BY 1, 2"
        )
        asked = (END - timedelta(hours=1), ASKED)
        found["hour"] = ms(lambda: base.execute(query, asked).fetchall())
        base.execute("DROP SCHEMA plain CASCADE")
        return found


def copy_text(url: str, folder: Path) -> dict[str, float]:
    def insert(base: psycopg.Connection, part: pl.DataFrame) -> None:
        data = BytesIO()
        part.write_csv(data, include_header=False)
        with base.cursor() as cursor, cursor.copy("COPY sample FROM STDIN (FORMAT csv)") as copy:
            copy.write(data.getvalue())

    return copied(url, folder, insert)


def copy_binary(url: str, folder: Path) -> dict[str, float]:
    types = ["text", "int8", "int8", "text", "timestamptz", "timestamptz", "float8", "text", "int8"]

    def insert(base: psycopg.Connection, part: pl.DataFrame) -> None:
        with base.cursor() as cursor, cursor.copy("COPY sample FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(types)
            for row in part.rows():
                copy.write_row(row)

    return copied(url, folder, insert)


def copied(
    url: str, folder: Path, insert: Callable[[psycopg.Connection, pl.DataFrame], None]
) -> dict[str, float]:
    """COPY into a table without a key, an index or a partition: repetitions would be kept twice."""
    with psycopg.connect(url, autocommit=True) as base:
        columns = COLUMNS.format("text", "timestamptz").removesuffix(
            ", PRIMARY KEY (source, epoch, sequence)"
        )
        base.execute(
            f"CREATE SCHEMA plain; SET search_path = plain; CREATE TABLE sample ({columns})".encode()
        )
        found = appended(lambda part: insert(base, part), folder, backend_of(base))
        found["kept"] = bytes_kept(url, "plain")
        base.execute("DROP SCHEMA plain CASCADE")
        return found


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
            "COPY as text into PostgreSQL": lambda: copy_text(url, folder),
            "COPY as binary into PostgreSQL": lambda: copy_binary(url, folder),
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
        "client": "rows per CPU second here",
        "server": "and of the server",
        "kept": "bytes a sample kept",
        "hour": "hour of 100 tags, ms",
        "last": "last of 100 tags, ms",
        "archive": "rows/s to the archive",
        "bytes": "bytes a sample archived",
        "hour archived": "hour from the archive, ms",
    }
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    lines = [
        "# Spool and store\n",
        "Made by `python -m benchmarks.connect_store`: 7 million samples of 1,000 tags at 1 Hz, durable at\n"
        "every commit of 100,000. The question: one-minute means of the last hour of 100 tags. Median of 9.\n"
        "Plain SQLite: 100,000 rows. Bytes kept: tables and indexes of PostgreSQL before archiving.\n",
        f"Load of the machine at the end (1, 5, 15 min; {os.cpu_count()} cores): {load}.\n",
        f"| | {' | '.join(heads.values())} |",
        f"| --- |{' --- |' * len(heads)}",
    ]
    for label, values in found.items():
        cells = [
            f"{values[key]:,.{1 if key in ('bytes', 'kept') else 0}f}" if key in values else ""
            for key in heads
        ]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
