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
from zhizao.connect.store.chunks import CHUNK, HOUR_US, packed, unpacked
from zhizao.connect.store.question import USABLE, Question, parts
from zhizao.connect.store.tables import TABLES
from zhizao.quantities.errors import ConnectError

if TYPE_CHECKING:
    import psycopg

_WRITER = 0x7A68697A616F  # "zhizao": the advisory lock of whoever writes
_US = timedelta(microseconds=1)
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)

_PARTITIONED = ("2000-01", "2100-01")
"""Months with a partition of their own; a clock that was never set writes to the partition `chunk_other`."""

_DAY_US = 24 * HOUR_US

_CHECKS_CLIENT = 14_00_00
"""Version of the server from which a long statement ends when its client is gone."""

_CHECK_MS = 500
"""How often it looks: as long at most does a writer that was killed keep the next one waiting."""

_GOOD = 32
"""Samples of a tag, on average, from which a batch is made to chunks at once; fewer wait for others."""

_RECENT = 100_000
"""Recent rows from which they are made to chunks, in the commit that makes them so many."""


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
        self._recent = 0  # rows of the table `recent`, but for those that other processes insert

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
        """Insert rows by COPY."""
        data = BytesIO()
        _without_nul(rows).write_csv(data, include_header=False, quote_style="non_numeric")
        into = f"COPY {table} ({', '.join(rows.columns)}) FROM STDIN (FORMAT csv)"
        with self._open().cursor() as cursor, cursor.copy(into.encode()) as copy:
            copy.write(data.getvalue())

    def keep(self, rows: pl.DataFrame) -> None:
        """Insert rows: as chunks if they make good ones, else as they are until enough have come."""
        if len(rows) >= _GOOD * rows["tag"].n_unique():
            self._load_chunks(rows)
            return
        self.load("recent", rows)
        self._recent += len(rows)
        if self._recent >= _RECENT:
            self._load_chunks(self.select(f"SELECT {', '.join(ROWS)} FROM recent", ROWS))
            self.run("DELETE FROM recent")  # and no TRUNCATE: who reads an older snapshot still sees them
            self._recent = 0

    def rows(self, question: Question) -> pl.DataFrame:
        """Give the rows of a question."""
        return self._rows(question, list(ROWS))

    def parts(self, question: Question) -> pl.DataFrame:
        """Aggregate the usable numbers of a question, here and not in the server: it is handed few rows."""
        return parts(self._rows(question, ["tag", "time_us", "number", "status"]).lazy(), question)

    def lasts(self, question: Question) -> pl.DataFrame:
        """Give the usable rows of a question."""
        return self.rows(question).filter(pl.col("status") < USABLE)

    def newest(self, tags: Sequence[int]) -> pl.DataFrame:
        """Give the newest rows of each tag: one step into each index per tag."""
        numbers = f"(VALUES {', '.join(f'({tag})' for tag in tags)}) AS t (id)"
        found = [self._chunks(f"{numbers}, LATERAL ({_newest('chunk', 'last_us')}) AS c", list(ROWS))]
        columns = ", ".join(f"r.{name}" for name in ROWS)
        recent = f"SELECT {columns} FROM {numbers}, LATERAL ({_newest('recent', 'time_us')}) AS r"
        found.append(self.select(recent, ROWS))
        newest = pl.col("time_us") == pl.col("time_us").max().over("tag")
        return pl.concat(found).filter(newest)

    @property
    def spans(self) -> str:
        """Chunks, and recent rows by themselves."""
        return (
            "(SELECT tag, first_us, last_us, count FROM chunk UNION ALL "
            "SELECT tag, time_us, time_us, 1 FROM recent) AS span"
        )

    def split(self, at_us: int) -> None:
        """Replace each chunk across a time by two."""
        across = f"first_us < {at_us} AND last_us >= {at_us} AND last_us < {_hour_after(at_us)}"
        rows = self._chunks(f"chunk c WHERE {across}", list(ROWS))
        if len(rows):
            self.run(f"DELETE FROM chunk WHERE {across}")
            before = pl.col("time_us") < at_us
            self._load_chunks(rows.filter(before))
            self._load_chunks(rows.filter(~before))

    def remove(self, start_us: int, end_us: int) -> None:
        """Delete recent rows and chunks."""
        self.run(f"DELETE FROM recent WHERE time_us >= {start_us} AND time_us < {end_us}")
        self.run(f"DELETE FROM chunk WHERE last_us >= {start_us} AND last_us < {end_us}")

    def close(self) -> None:
        """Close the connection."""
        import psycopg

        with self._lock:
            self._months.clear()
            if self._base is not None:
                with suppress(psycopg.Error):
                    self._base.close()
                self._base = None

    def _rows(self, question: Question, columns: list[str]) -> pl.DataFrame:
        """Give columns of the rows of a question, recent ones and those of chunks."""
        tags, start, end = ", ".join(map(str, question.tags)), question.start_us, question.end_us
        chunks = self._chunks(
            f"chunk c WHERE tag IN ({tags}) AND last_us >= {start} AND last_us < {_hour_after(end)} "
            f"AND first_us < {end}",
            columns,
        )
        query = f"SELECT {', '.join(columns)} FROM recent WHERE {question.where}"
        recent = self.select(query, {name: ROWS[name] for name in columns})
        return pl.concat([chunks.filter(question.inside), recent])

    def _chunks(self, source: str, columns: list[str]) -> pl.DataFrame:
        """Give columns of all rows of chunks `c` of a FROM clause, in the binary form of the protocol."""
        chosen = ["tag", "count", *(name for name in columns if name != "tag")]
        query = f"SELECT {', '.join(f'c.{name}' for name in chosen)} FROM {source}"
        with self._open().cursor(binary=True) as cursor:
            found = cursor.execute(query.encode()).fetchall()
        return unpacked(found, chosen).select(columns)

    def _load_chunks(self, rows: pl.DataFrame) -> None:
        chunks = packed(_without_nul(rows))
        self._make_room([chunk[3] for chunk in chunks])
        into = f"COPY chunk ({', '.join(CHUNK)}) FROM STDIN (FORMAT binary)"
        with self._open().cursor() as cursor, cursor.copy(into.encode()) as copy:
            copy.set_types(list(CHUNK.values()))
            for chunk in chunks:
                copy.write_row(chunk)

    def _make_room(self, times_us: list[int]) -> None:
        """Make the monthly partitions that chunks with these last times need."""
        low, high = (_month_us(month) for month in _PARTITIONED)
        days = {time // _DAY_US for time in times_us if low <= time < high}
        months = {f"{_BEGAN + timedelta(days=day):%Y-%m}" for day in days}
        for month in sorted(months - self._months):
            self.run(
                f"CREATE TABLE IF NOT EXISTS chunk_{month.replace('-', '_')} PARTITION OF chunk "
                f"FOR VALUES FROM ({_month_us(month)}) TO ({_month_us(_next(month))})"
            )
            self._months.add(month)

    def _open(self) -> psycopg.Connection:
        if self._base is None:
            import psycopg

            self._base = psycopg.connect(self._url, autocommit=True, connect_timeout=10)
            self._base.execute("SET client_encoding = 'UTF8'")
            self._base.execute("SET synchronous_commit = on")  # a commit is on the disk when it returns
            if self._base.info.server_version >= _CHECKS_CLIENT:
                self._base.execute(f"SET client_connection_check_interval = {_CHECK_MS}")
            with self._base.transaction():
                self._base.execute(f"SELECT pg_advisory_xact_lock({_WRITER})")
                self._base.execute("SET client_min_messages = warning")
                self._base.execute(TABLES)
            self._recent = self.select("SELECT count(*) AS n FROM recent", {"n": pl.Int64}).item()
        return self._base

    def _scrubbed(self, error: Exception) -> str:
        text = str(error).strip().replace("\n", " ")
        return text.replace(self._password, "***") if self._password else text


def _without_nul(rows: pl.DataFrame) -> pl.DataFrame:
    """Put U+2400 where a text has NUL, which PostgreSQL does not keep."""
    return rows.with_columns(pl.col(pl.String).str.replace_all("\0", "\N{SYMBOL FOR NULL}", literal=True))


def _newest(table: str, time: str) -> str:
    return f"SELECT * FROM {table} WHERE tag = t.id ORDER BY {time} DESC FETCH FIRST 1 ROW WITH TIES"


def _hour_after(time_us: int) -> int:
    """Give the first full hour that is not before a time."""
    return -(-time_us // HOUR_US) * HOUR_US


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
