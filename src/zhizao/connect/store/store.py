"""One store for samples: each kept once, asked for by tag and time, on DuckDB or PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from zhizao.connect.store import archive
from zhizao.connect.store.ask import POINTS, answer, newest
from zhizao.connect.store.base import ROWS, Base
from zhizao.connect.store.held import HELD, extended, fresh, missing
from zhizao.connect.store.question import How, Question
from zhizao.quantities.errors import ConnectError, nearest_name
from zhizao.records.samples import SAMPLES

_NEVER_NULL = ("source", "epoch", "sequence", "tag", "time", "received", "status")
_TAG: dict[str, type[pl.DataType]] = {"id": pl.Int32, "name": pl.String}
_ORIGIN: dict[str, type[pl.DataType]] = {"id": pl.Int32, "source": pl.String, "epoch": pl.Int64}
_US = timedelta(microseconds=1)
_TRIES = 3
"""Readings of an archive whose files another process replaces meanwhile; the next one sees the new list."""

_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


class Store:
    """Samples of all tags; `open_store` makes one from a URL.

    Every sample is kept once, by its key (source, epoch, sequence), however often and in whatever order it
    arrives: the ranges of sequences that are held stand in the same database, and change in the same
    transaction as the rows.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._tags: dict[str, int] = {}
        self._origins: dict[tuple[str, int], int] = {}
        with base.transaction(write=True):
            self._read_ids()

    def __repr__(self) -> str:
        return f"Store({self._base.name!r})"

    def append(self, samples: pl.DataFrame) -> int:
        """Keep samples (`records.SAMPLES`) that are not kept yet; durable on return.

        Returns
        -------
        The number of new rows. All or none of a call are kept.

        Raises
        ------
        ConnectError
            If the database is not reached, or a column is missing or holds a null that it must not hold.
        """
        checked = _checked(samples, self._base.name)
        if checked.is_empty():
            return 0
        try:
            with self._base.transaction(write=True):
                return self._append(checked)
        except BaseException:
            self._tags, self._origins = {}, {}  # numbers given in a transaction that failed
            raise

    def committed(self) -> pl.DataFrame:
        """Give (source, epoch, sequence): up to which sequence, without a gap, samples are kept."""
        held, origins = self._held()
        whole = held.filter(pl.col("first") == 0)
        found = origins.join(whole, left_on="id", right_on="origin", how="inner")
        return found.select("source", "epoch", sequence="last").sort("source", "epoch")

    def gaps(self) -> pl.DataFrame:
        """Give (source, epoch, first, last): sequences that are missing below the highest one kept."""
        held, origins = self._held()
        found = origins.join(missing(held), left_on="id", right_on="origin", how="inner")
        return found.select("source", "epoch", "first", "last").sort("source", "epoch", "first")

    def query(
        self,
        tags: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        every: timedelta | None = None,
        how: How = How.MEAN,
    ) -> pl.DataFrame:
        """Give values of tags from `start` to before `end`; archived ones too.

        Parameters
        ----------
        every : width of buckets, which begin at multiples of it since 1970 (UTC); None: every sample.
        how : how the values of a bucket become one; values with a bad status are left out. A bucket without
            a usable value has no row.

        Returns
        -------
        Columns `tag`, `time` (of the sample, or of the start of the bucket), `number`, `text`, `status`,
        by tag and time. A tag that the store does not know has no rows.
        """
        every_us = 0 if every is None else every // _US
        if every is not None and every_us < 1:
            raise ValueError(f"every: found {every}; give 1 µs or more")
        span = (_us(start), _us(end))
        for _ in range(_TRIES):
            with suppress(FileNotFoundError), self._base.transaction(write=False):
                return self._query(list(tags), span, every_us, How(how))
        raise self._file_lost()

    def last(self, tags: Sequence[str]) -> pl.DataFrame:
        """Give the newest sample of each tag, good or bad; a tag without one has no row."""
        for _ in range(_TRIES):
            with suppress(FileNotFoundError), self._base.transaction(write=False):
                return self._last(list(tags))
        raise self._file_lost()

    def archive(self, folder: str | Path, older_than: datetime, *, keep: timedelta | None = None) -> int:
        """Move samples with a time before `older_than` into Parquet files, one a day.

        A file is whole on the disk before its rows leave the database, in the transaction that lists the
        file; what is not listed is not read, and removed by the next call. Appends wait meanwhile.

        Parameters
        ----------
        folder : holds `YYYY-MM/YYYY-MM-DD.NUMBER.parquet`; the same for all calls.
        keep : archived days that ended earlier than this before `older_than` are deleted; None: none.

        Returns
        -------
        The number of samples that were moved.
        """
        moved = archive.move(self._base, Path(folder).resolve(), _us(older_than))
        if keep is not None:
            archive.forget(self._base, _us(older_than - keep))
        archive.sweep(self._base, Path(folder).resolve())
        return moved

    def close(self) -> None:
        """Close the connection."""
        self._base.close()

    # ---------------------------------------------------------------- inside

    def _query(self, tags: list[str], span: tuple[int, int], every_us: int, how: How) -> pl.DataFrame:
        numbers = self._numbers(tags)
        if not numbers:
            return pl.DataFrame(schema=POINTS)
        found = answer(
            self._base,
            Question(list(numbers.values()), *span, every_us, how),
            archive.scan(self._base, numbers, *span),
        )
        return _points(found, numbers)

    def _last(self, tags: list[str]) -> pl.DataFrame:
        numbers = self._numbers(tags)
        if not numbers:
            return pl.DataFrame(schema=POINTS)
        live = newest(self._base, list(numbers.values()))
        complete = live["tag"].n_unique() == len(numbers)
        since = int(live["time_us"].to_numpy().min()) if complete else None
        archived = archive.scan(self._base, numbers, since, None)
        parts = [live] if archived is None else [live, archived.select(*ROWS).collect()]
        order = ("tag", "time_us", "origin", "sequence")
        found = pl.concat(parts).sort(*order).group_by("tag", maintain_order=True).last()
        return _points(found, numbers)

    def _file_lost(self) -> ConnectError:
        return ConnectError(f"{self._base.name}: a file that the archive lists is not there; bring it back")

    def _append(self, samples: pl.DataFrame) -> int:
        rows = self._numbered(samples)
        spans = rows.group_by("origin").agg(
            low=pl.col("sequence").min() - 1, high=pl.col("sequence").max() + 1
        )
        touched = " OR ".join(
            f"(origin = {origin} AND last >= {low} AND first <= {high})" for origin, low, high in spans.rows()
        )
        held = self._base.select(f"SELECT origin, first, last FROM held WHERE {touched}", HELD)
        new = fresh(rows.with_columns(pl.col("origin").cast(pl.Int64)), held)
        if new.is_empty():
            return 0
        by_tag = new.sort("tag", "time_us", "sequence")  # neighbours in the index, and compressed better
        self._base.keep(by_tag.select(*ROWS))
        self._base.run(f"DELETE FROM held WHERE {touched}")
        self._base.load("held", extended(held, new.select("origin", "sequence")))
        return len(new)

    def _numbered(self, samples: pl.DataFrame) -> pl.DataFrame:
        """Give samples as rows of the table, with numbers for tags and origins; new ones get a number."""
        names = samples["tag"].unique().to_list()
        keys = samples.select("source", "epoch").unique().rows()
        if not (self._tags.keys() >= set(names) and self._origins.keys() >= set(keys)):
            self._read_ids()
            self._add_ids(sorted(set(names) - self._tags.keys()), sorted(set(keys) - self._origins.keys()))
        origins = _frame([(self._origins[key], *key) for key in keys], _ORIGIN)
        tags = _frame([(self._tags[name], name) for name in names], _TAG)
        return (
            samples.join(tags.rename({"id": "tag_id"}), left_on="tag", right_on="name", how="left")
            .join(origins.rename({"id": "origin"}), on=["source", "epoch"], how="left")
            .select(
                pl.col("tag_id").alias("tag"),
                pl.col("time").to_physical().alias("time_us"),
                "origin",
                "sequence",
                pl.col("received").to_physical().alias("received_us"),
                "number",
                "text",
                pl.col("status").cast(pl.Int64),
            )
        )

    def _read_ids(self) -> None:
        tags = self._base.select("SELECT id, name FROM tag", _TAG)
        origins = self._base.select("SELECT id, source, epoch FROM origin", _ORIGIN)
        self._tags = dict(zip(tags["name"], tags["id"], strict=True))
        self._origins = {(source, epoch): number for number, source, epoch in origins.rows()}

    def _add_ids(self, names: list[str], keys: list[tuple[str, int]]) -> None:
        tags = [(number, name) for number, name in enumerate(names, max(self._tags.values(), default=0) + 1)]
        start = max(self._origins.values(), default=0) + 1
        origins = [(number, *key) for number, key in enumerate(keys, start)]
        if tags:
            self._base.load("tag", _frame(tags, _TAG))
        if origins:
            self._base.load("origin", _frame(origins, _ORIGIN))
        self._tags |= {name: number for number, name in tags}
        self._origins |= {(source, epoch): number for number, source, epoch in origins}

    def _held(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        with self._base.transaction(write=False):
            held = self._base.select("SELECT origin, first, last FROM held ORDER BY 1, 2", HELD)
            origins = self._base.select("SELECT id, source, epoch FROM origin", _ORIGIN)
        return held, origins.with_columns(pl.col("id").cast(pl.Int64))

    def _numbers(self, tags: Sequence[str]) -> dict[str, int]:
        if not self._tags.keys() >= set(tags):
            self._read_ids()
        return {name: self._tags[name] for name in dict.fromkeys(tags) if name in self._tags}


def open_store(url: str) -> Store:
    """Open the store at a URL; tables that are missing are made.

    Parameters
    ----------
    url : `duckdb:///PATH`, or `postgresql://USER@HOST/DATABASE`. The password of PostgreSQL
        stands in the URL, in `PGPASSWORD` or in `.pgpass`; no message and no log shows it.

    Raises
    ------
    ConnectError
        If the URL is none of these, or the database cannot be opened.
    """
    kind, separator, rest = url.partition("://")
    if kind == "duckdb" and separator and rest.startswith("/") and len(rest) > 1:
        from zhizao.connect.store.duck import DuckBase

        return Store(DuckBase(Path(rest[1:])))
    if kind in {"postgresql", "postgres"} and separator:
        from zhizao.connect.store.postgres import PostgresBase

        return Store(PostgresBase(url))
    hint = nearest_name(kind, ("duckdb", "postgresql"))
    raise ConnectError(
        f"found a URL of kind {kind if separator else ''!r}; give duckdb:///PATH or postgresql://USER@HOST/DATABASE"
        + (f"; did you mean {hint!r}?" if hint else "")
    )


def _checked(samples: pl.DataFrame, where: str) -> pl.DataFrame:
    lacking = [name for name in SAMPLES if name not in samples.columns]
    if lacking:
        raise ConnectError(f"{where}: found no column {', '.join(lacking)}; give {', '.join(SAMPLES)}")
    try:
        typed = samples.select(pl.col(name).cast(kind) for name, kind in SAMPLES.items())
    except pl.exceptions.PolarsError as error:
        raise ConnectError(f"{where}: {error}; give samples as `records.SAMPLES` has them") from error
    for name in _NEVER_NULL:
        if typed[name].null_count():
            raise ConnectError(f"{where}: found a null in column {name}; every sample has a {name}")
    return typed


def _frame(rows: Sequence[tuple[int | str, ...]], schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")


def _us(moment: datetime) -> int:
    """Give a moment in µs since 1970; without a zone it is UTC."""
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _BEGAN) // _US


def _points(found: pl.DataFrame, numbers: dict[str, int]) -> pl.DataFrame:
    names = pl.DataFrame(
        {"tag": list(numbers.values()), "name": list(numbers)}, schema={"tag": pl.Int32, "name": pl.String}
    )
    return (
        found.join(names, on="tag", how="left")
        .select(
            tag="name",
            time=pl.col("time_us").cast(POINTS["time"]),
            number="number",
            text="text",
            status=pl.col("status").cast(pl.UInt32),
        )
        .sort("tag", "time", maintain_order=True)
    )
