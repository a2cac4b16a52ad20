"""What a store needs of a database: the same few statements on DuckDB and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import polars as pl

from zhizao.connect.store.question import Question

ROWS: dict[str, type[pl.DataType]] = {
    "tag": pl.Int32,
    "time_us": pl.Int64,
    "origin": pl.Int32,
    "sequence": pl.Int64,
    "received_us": pl.Int64,
    "number": pl.Float64,
    "text": pl.String,
    "status": pl.Int64,
}
"""Columns of the table `sample`: tags and origins by number, times in µs since 1970 (UTC)."""

Schema = Mapping[str, type[pl.DataType]]


class Base(Protocol):
    """A database with the tables of a store; one transaction at a time.

    What a database or a connection raises becomes a `ConnectError`; the next transaction connects anew.
    """

    @property
    def name(self) -> str:
        """The URL without password."""

    def transaction(self, *, write: bool) -> AbstractContextManager[None]:
        """Do all or nothing, on one snapshot; no two transactions that write at the same time."""

    def select(self, query: str, schema: Schema) -> pl.DataFrame:
        """Give the rows of a query."""

    def run(self, statement: str) -> None:
        """Run a statement."""

    def load(self, table: str, rows: pl.DataFrame) -> None:
        """Insert rows; their columns are those of the table."""

    def keep(self, rows: pl.DataFrame) -> None:
        """Insert rows of samples (`ROWS`), which come by tag and time."""

    def rows(self, question: Question) -> pl.DataFrame:
        """Give the rows (`ROWS`) of a question."""

    def parts(self, question: Question) -> pl.DataFrame:
        """Aggregate the usable numbers of a question to `PARTS`."""

    def lasts(self, question: Question) -> pl.DataFrame:
        """Give the usable rows (`ROWS`) of a question: at least the newest of each bucket."""

    def newest(self, tags: Sequence[int]) -> pl.DataFrame:
        """Give the newest rows (`ROWS`) of each tag; several if their times are equal."""

    @property
    def spans(self) -> str:
        """A table of SQL with `tag`, `first_us`, `last_us` and `count` of rows, for what is not split."""

    def split(self, at_us: int) -> None:
        """See to it that none of the `spans` begins before a time and ends at it or later."""

    def remove(self, start_us: int, end_us: int) -> None:
        """Delete rows from `start_us` to before `end_us`, both split."""

    def close(self) -> None:
        """Close the connection."""
