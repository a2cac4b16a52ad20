"""A store in one DuckDB file: for one process, and a plant of some thousand tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, cast

import polars as pl

from zhizao.connect.store.base import ROWS, Schema
from zhizao.connect.store.question import PARTS, USABLE, How, Question
from zhizao.quantities.errors import ConnectError

if TYPE_CHECKING:
    import duckdb

_TABLES = """
CREATE TABLE IF NOT EXISTS tag (id INTEGER, name VARCHAR);
CREATE TABLE IF NOT EXISTS origin (id INTEGER, source VARCHAR, epoch BIGINT);
CREATE TABLE IF NOT EXISTS held (origin INTEGER, first BIGINT, last BIGINT);
CREATE TABLE IF NOT EXISTS sample (
    tag INTEGER, time_us BIGINT, origin INTEGER, sequence BIGINT, received_us BIGINT,
    number DOUBLE, text VARCHAR, status BIGINT);
CREATE TABLE IF NOT EXISTS archived (name VARCHAR, first_us BIGINT, last_us BIGINT, count BIGINT);
CREATE OR REPLACE VIEW samples AS
    SELECT o.source, o.epoch, s.sequence, t.name AS tag, make_timestamp(s.time_us) AS time,
        make_timestamp(s.received_us) AS received, s.number, s.text, s.status
    FROM sample s JOIN tag t ON t.id = s.tag JOIN origin o ON o.id = s.origin;
"""


class DuckBase:
    """The tables of a store in a DuckDB file (`Base`)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        self._base: duckdb.DuckDBPyConnection | None = None

    @property
    def name(self) -> str:
        """The URL."""
        return f"duckdb:///{self._path}"

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[None]:  # noqa: ARG002 - one process writes and reads
        """Do all or nothing; DuckDB flushes its log to the disk at every commit."""
        import duckdb

        with self._lock:
            try:
                self._open().execute("BEGIN")
                yield
                self._open().execute("COMMIT")
            except duckdb.Error as error:
                self.close()
                raise ConnectError(f"{self.name}: {error}") from error
            except BaseException:
                self.close()  # the next transaction opens the file again
                raise

    def select(self, query: str, schema: Schema) -> pl.DataFrame:
        """Give the rows of a query."""
        found = cast(pl.DataFrame, pl.from_arrow(self._open().sql(query).to_arrow_table()))
        return found.select(pl.col(name).cast(kind) for name, kind in schema.items())

    def run(self, statement: str) -> None:
        """Run a statement."""
        self._open().execute(statement)

    def load(self, table: str, rows: pl.DataFrame) -> None:
        """Insert rows from an Arrow table."""
        base = self._open()
        base.register("incoming", rows.to_arrow(compat_level=pl.CompatLevel.oldest()))
        try:
            base.execute(f"INSERT INTO {table} ({', '.join(rows.columns)}) SELECT * FROM incoming")
        finally:
            base.unregister("incoming")

    def keep(self, rows: pl.DataFrame) -> None:
        """Insert rows; DuckDB keeps minimum and maximum per row group, and has no partitions."""
        self.load("sample", rows)

    def rows(self, question: Question) -> pl.DataFrame:
        """Give the rows of a question."""
        return self.select(f"SELECT {', '.join(ROWS)} FROM sample WHERE {question.where}", ROWS)

    def parts(self, question: Question) -> pl.DataFrame:
        """Aggregate the usable numbers of a question."""
        return self.select(
            f"SELECT tag, {question.bucket} AS bucket, count(*) AS count, {_aggregates(question.how)} "
            f"FROM sample WHERE {question.where} AND number IS NOT NULL AND status < {USABLE} GROUP BY 1, 2",
            PARTS,
        )

    def lasts(self, question: Question) -> pl.DataFrame:
        """Give the newest usable row of each bucket."""
        return self.select(
            f"SELECT DISTINCT ON (tag, {question.bucket}) {', '.join(ROWS)} FROM sample "
            f"WHERE {question.where} AND status < {USABLE} "
            f"ORDER BY tag, {question.bucket}, time_us DESC, origin DESC, sequence DESC",
            ROWS,
        )

    def newest(self, tags: Sequence[int]) -> pl.DataFrame:
        """Give the newest rows of each tag: two scans, there is no index."""
        chosen = f"WHERE tag IN ({', '.join(map(str, tags))})"
        newest = f"SELECT tag, max(time_us) AS time_us FROM sample {chosen} GROUP BY tag"
        columns = ", ".join(f"s.{name}" for name in ROWS)
        return self.select(
            f"SELECT {columns} FROM sample s JOIN ({newest}) m ON m.tag = s.tag AND m.time_us = s.time_us",
            ROWS,
        )

    @property
    def spans(self) -> str:
        """Every row by itself."""
        return "(SELECT tag, time_us AS first_us, time_us AS last_us, 1 AS count FROM sample) AS span"

    def split(self, at_us: int) -> None:
        """Do nothing: a row has one time."""

    def remove(self, start_us: int, end_us: int) -> None:
        """Delete rows."""
        self.run(f"DELETE FROM sample WHERE time_us >= {start_us} AND time_us < {end_us}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._base is not None:
                self._base.close()
                self._base = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._base is None:
            import duckdb

            self._base = duckdb.connect(str(self._path))
            self._base.execute(_TABLES)
        return self._base


def _aggregates(how: How) -> str:
    """Give the aggregates of a part; those that `how` does not need are null, and cost nothing."""
    needed = {
        "total": "sum(number)" if how in {How.MEAN, How.SUM} else "NULL",
        "lowest": "min(number)" if how is How.MIN else "NULL",
        "highest": "max(number)" if how is How.MAX else "NULL",
    }
    return ", ".join(f"CAST({what} AS double precision) AS {name}" for name, what in needed.items())
