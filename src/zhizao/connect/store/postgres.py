"""A store on PostgreSQL: for several processes, and for those who ask by SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from threading import RLock
from typing import TYPE_CHECKING

import polars as pl

from zhizao.connect.store.base import ROWS, Schema
from zhizao.quantities.errors import ConnectError

if TYPE_CHECKING:
    import psycopg

_WRITER = 0x7A68697A616F  # "zhizao": the advisory lock of whoever writes
_US = timedelta(microseconds=1)
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)

_PARTITIONED = ("2000-01", "2100-01")
"""Months with a partition of their own; a clock that was never set writes to the partition `sample_other`."""

_TABLES = """
CREATE SCHEMA IF NOT EXISTS zhizao;
SET search_path = zhizao;
CREATE TABLE IF NOT EXISTS tag (id integer PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS origin (
    id integer PRIMARY KEY, source text NOT NULL, epoch bigint NOT NULL, UNIQUE (source, epoch));
CREATE TABLE IF NOT EXISTS held (
    origin integer NOT NULL, first bigint NOT NULL, last bigint NOT NULL, PRIMARY KEY (origin, first));
CREATE TABLE IF NOT EXISTS archived (
    name text PRIMARY KEY, first_us bigint NOT NULL, last_us bigint NOT NULL, count bigint NOT NULL);
CREATE TABLE IF NOT EXISTS sample (
    tag integer NOT NULL, time_us bigint NOT NULL, origin integer NOT NULL, sequence bigint NOT NULL,
    received_us bigint NOT NULL, number double precision, text text, status bigint NOT NULL)
    PARTITION BY RANGE (time_us);
CREATE TABLE IF NOT EXISTS sample_other PARTITION OF sample DEFAULT;
CREATE INDEX IF NOT EXISTS sample_tag_time ON sample (tag, time_us) INCLUDE (number, status);
CREATE OR REPLACE VIEW samples AS
    SELECT o.source, o.epoch, s.sequence, t.name AS tag, to_timestamp(s.time_us / 1e6) AS time,
        to_timestamp(s.received_us / 1e6) AS received, s.number, s.text, s.status
    FROM sample s JOIN tag t ON t.id = s.tag JOIN origin o ON o.id = s.origin;
"""


class PostgresBase:
    """The tables of a store in the schema `zhizao` of a PostgreSQL database (`Base`).

    A connection that was lost is made anew by the next transaction.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._name, self._password = _without_password(url)
        self._lock = RLock()
        self._base: psycopg.Connection | None = None
        self._months: set[str] = set()

    @property
    def name(self) -> str:
        """The URL without password."""
        return self._name

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[None]:
        """Do all or nothing: one writer at a time by an advisory lock, readers on one snapshot."""
        import psycopg

        with self._lock:
            try:
                base = self._open()
                base.execute("BEGIN" if write else "BEGIN ISOLATION LEVEL REPEATABLE READ")
                if write:
                    base.execute(f"SELECT pg_advisory_xact_lock({_WRITER})")
                yield
                base.execute("COMMIT")
            except psycopg.Error as error:
                self.close()
                raise ConnectError(f"{self._name}: {self._scrubbed(error)}") from None
            except BaseException:
                self.close()  # the server rolls back what a closed connection began
                raise

    def select(self, query: str, schema: Schema) -> pl.DataFrame:
        """Give the rows of a query, by COPY."""
        with self._open().cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
            data = b"".join(bytes(part) for part in copy)
        if not data:
            return pl.DataFrame(schema=schema)
        return pl.read_csv(BytesIO(data), has_header=False, schema=dict(schema), infer_schema=False)

    def run(self, statement: str) -> None:
        """Run a statement."""
        self._open().execute(statement.encode())

    def load(self, table: str, rows: pl.DataFrame) -> None:
        """Insert rows by COPY; PostgreSQL keeps no NUL in a text: U+2400 stands for it."""
        data = BytesIO()
        texts = pl.col(pl.String).str.replace_all("\0", "\N{SYMBOL FOR NULL}", literal=True)
        rows.with_columns(texts).write_csv(data, include_header=False, quote_style="non_numeric")
        into = f"COPY {table} ({', '.join(rows.columns)}) FROM STDIN (FORMAT csv)"
        with self._open().cursor() as cursor, cursor.copy(into.encode()) as copy:
            copy.write(data.getvalue())

    def make_room(self, rows: pl.DataFrame) -> None:
        """Make the monthly partitions that rows of `sample` need."""
        day_us = 24 * 3600 * 1_000_000
        days = rows.select(day=pl.col("time_us") // day_us).unique()["day"]
        low, high = (_month_us(month) for month in _PARTITIONED)
        inside = days.filter((days * day_us >= low) & (days * day_us < high)).to_list()
        for month in sorted({f"{_BEGAN + timedelta(days=day):%Y-%m}" for day in inside} - self._months):
            until = _month_us(_next(month))
            self.run(
                f"CREATE TABLE IF NOT EXISTS sample_{month.replace('-', '_')} PARTITION OF sample "
                f"FOR VALUES FROM ({_month_us(month)}) TO ({until})"
            )
            self._months.add(month)

    def newest(self, tags: Sequence[int]) -> str:
        """Give the query for the newest row of each tag: one step into the index per tag."""
        columns = ", ".join(f"s.{name}" for name in ROWS)
        numbers = ", ".join(f"({tag})" for tag in tags)
        return (
            f"SELECT {columns} FROM (VALUES {numbers}) AS t (id), LATERAL (SELECT * FROM sample "
            f"WHERE tag = t.id ORDER BY time_us DESC, origin DESC, sequence DESC LIMIT 1) AS s"
        )

    def close(self) -> None:
        """Close the connection."""
        import psycopg

        with self._lock:
            self._months.clear()
            if self._base is not None:
                with suppress(psycopg.Error):
                    self._base.close()
                self._base = None

    def _open(self) -> psycopg.Connection:
        if self._base is None:
            import psycopg

            self._base = psycopg.connect(self._url, autocommit=True, connect_timeout=10)
            self._base.execute("SET client_encoding = 'UTF8'")
            self._base.execute("SET synchronous_commit = on")  # a commit is on the disk when it returns
            with self._base.transaction():
                self._base.execute(f"SELECT pg_advisory_xact_lock({_WRITER})")
                self._base.execute("SET client_min_messages = warning")
                self._base.execute(_TABLES)
        return self._base

    def _scrubbed(self, error: Exception) -> str:
        text = str(error).strip().replace("\n", " ")
        return text.replace(self._password, "***") if self._password else text


def _without_password(url: str) -> tuple[str, str]:
    """Give the URL with *** for the password, and the password ("" if the URL has none)."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        raise ConnectError(
            "found a URL of PostgreSQL that cannot be read; give "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %XX for special characters"
        ) from None
    password = str(parts.get("password") or "")
    user = f"{parts['user']}{':***' if password else ''}@" if "user" in parts else ""
    port = f":{parts['port']}" if "port" in parts else ""
    return f"postgresql://{user}{parts.get('host', '')}{port}/{parts.get('dbname', '')}", password


def _month_us(month: str) -> int:
    return (datetime.fromisoformat(f"{month}-01T00:00:00+00:00") - _BEGAN) // _US


def _next(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"
