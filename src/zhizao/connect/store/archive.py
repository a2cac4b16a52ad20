"""Old samples in Parquet files, one a day, that the database lists.

A file is read if, and only if, the database lists it. It is listed after it stands whole on the disk, in the
transaction that deletes its rows and strikes the files that it replaces: whatever is killed, a sample is in
one place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from zhizao.connect.store.base import Base
from zhizao.connect.store.question import Question
from zhizao.connect.store.spool import sync_folder
from zhizao.records.samples import SAMPLES

if TYPE_CHECKING:
    import pyarrow as pa

_DAY_US = 24 * 3600 * 1_000_000
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)

_GROUP_ROWS = 1 << 20
"""Rows of a row group at most: it is what is held in memory at once, and what a reader skips by its tags."""

_LISTED: dict[str, type[pl.DataType]] = {
    "name": pl.String,
    "first_us": pl.Int64,
    "last_us": pl.Int64,
    "count": pl.Int64,
}
_COUNTS: dict[str, type[pl.DataType]] = {"tag": pl.Int32, "count": pl.Int64}


def move(base: Base, folder: Path, before_us: int) -> int:
    """Move live rows with a time before `before_us` into files; give their number.

    A day that has a file already gets one new file with the rows of both.
    """
    with base.transaction(write=False):
        days = base.select(
            f"SELECT DISTINCT {_day('first_us')} AS day FROM {base.spans} "
            f"WHERE first_us < {before_us} ORDER BY 1",
            {"day": pl.Int64},
        )["day"].to_list()
    return sum(_move_day(base, folder, day, min(before_us, (day + 1) * _DAY_US)) for day in days)


def forget(base: Base, before_us: int) -> None:
    """Strike files whose last sample is older than `before_us` from the list; `sweep` deletes them."""
    with base.transaction(write=True):
        base.run(f"DELETE FROM archived WHERE last_us < {before_us}")


def sweep(base: Base, folder: Path) -> None:
    """Delete files of the folder that no list names: replaced, forgotten, or of a call that was killed."""
    with base.transaction(write=True):  # so that nobody writes a file that is not listed yet
        listed = set(base.select("SELECT name, first_us, last_us, count FROM archived", _LISTED)["name"])
        for path in folder.glob("????-??/????-??-??.*.parquet*"):
            if path.as_posix() not in listed:
                path.unlink(missing_ok=True)


def scan(
    base: Base, numbers: dict[str, int], start_us: int | None, end_us: int | None
) -> pl.LazyFrame | None:
    """Give archived rows (`ROWS`) of tags, of files that reach into a span; None if there is no such file."""
    conditions = [] if start_us is None else [f"last_us >= {start_us}"]
    conditions += [] if end_us is None else [f"first_us < {end_us}"]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    files = base.select(f"SELECT name, first_us, last_us, count FROM archived{where}", _LISTED)["name"]
    if files.is_empty():
        return None
    origins = base.select(
        "SELECT id, source, epoch FROM origin", {"id": pl.Int32, "source": pl.String, "epoch": pl.Int64}
    )
    return (
        pl.scan_parquet(files.to_list())
        .filter(pl.col("tag").cast(pl.String).is_in(list(numbers)))
        .with_columns(pl.col("source", "tag").cast(pl.String))
        .join(origins.lazy(), on=["source", "epoch"], how="left")
        .select(
            pl.col("tag").replace_strict(numbers, return_dtype=pl.Int32),
            time_us=pl.col("time").to_physical(),
            origin="id",
            sequence="sequence",
            received_us=pl.col("received").to_physical(),
            number="number",
            text="text",
            status=pl.col("status").cast(pl.Int64),
        )
    )


def _day(column: str) -> str:
    """The day of a time in SQL, also before 1970."""
    return f"(({column} - (({column} % {_DAY_US} + {_DAY_US}) % {_DAY_US})) / {_DAY_US})"


def _move_day(base: Base, folder: Path, day: int, before_us: int) -> int:
    start = day * _DAY_US
    with base.transaction(write=True):
        base.split(before_us)
        old = base.select(
            f"SELECT name, first_us, last_us, count FROM archived "
            f"WHERE first_us >= {start} AND first_us < {start + _DAY_US}",
            _LISTED,
        )
        path = _free_name(folder, day)
        first, last, count = _write(path, _groups(base, (start, before_us), old["name"].to_list()))
        for name in old["name"]:
            base.run(f"DELETE FROM archived WHERE name = {_quoted(name)}")
        row = pl.DataFrame([(path.as_posix(), first, last, count)], schema=_LISTED, orient="row")
        base.load("archived", row)
        base.remove(start, before_us)
    return count - int(old["count"].sum())


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _free_name(folder: Path, day: int) -> Path:
    date = _BEGAN + timedelta(days=day)
    month = folder / f"{date:%Y-%m}"
    month.mkdir(parents=True, exist_ok=True)
    sync_folder(folder)
    taken = [int(path.name.split(".")[1]) for path in month.glob(f"{date:%Y-%m-%d}.*.parquet*")]
    return month / f"{date:%Y-%m-%d}.{max(taken, default=0) + 1}.parquet"


def _groups(base: Base, span: tuple[int, int], old: list[str]) -> Iterator[pl.DataFrame]:
    """Give the samples of a day by tag and time, as many tags at once as make a row group."""
    query = (
        f"SELECT tag, CAST(sum(count) AS bigint) AS count FROM {base.spans} "
        f"WHERE first_us >= {span[0]} AND last_us < {span[1]} GROUP BY 1"
    )
    names = base.select("SELECT id, name FROM tag", {"id": pl.Int32, "name": pl.String})
    live = (
        base.select(query, _COUNTS).join(names, left_on="tag", right_on="id").select("name", "tag", "count")
    )
    files = [pl.scan_parquet(path).with_columns(pl.col("source", "tag").cast(pl.String)) for path in old]
    kept = [file.group_by(name="tag").agg(more=pl.len().cast(pl.Int64)).collect() for file in files]
    stored = pl.concat([*kept, pl.DataFrame(schema={"name": pl.String, "more": pl.Int64})])
    counts = (
        live.join(stored.group_by("name").agg(pl.col("more").sum()), on="name", how="full", coalesce=True)
        .sort("name")
        .with_columns(total=pl.col("count").fill_null(0) + pl.col("more").fill_null(0))
        .with_columns(group=(pl.col("total").cum_sum() - 1) // _GROUP_ROWS)
    )
    for group in counts.partition_by("group", maintain_order=True):
        parts = [file.filter(pl.col("tag").is_in(group["name"].to_list())).collect() for file in files]
        tags = group["tag"].drop_nulls().to_list()
        if tags:
            parts.append(_named(base, base.rows(Question(tags, *span)), names))
        yield pl.concat(parts).sort("tag", "time", "epoch", "sequence")


def _named(base: Base, rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    origins = base.select(
        "SELECT id, source, epoch FROM origin", {"id": pl.Int32, "source": pl.String, "epoch": pl.Int64}
    )
    return (
        rows.join(names, left_on="tag", right_on="id")
        .join(origins, left_on="origin", right_on="id")
        .select(
            "source",
            "epoch",
            "sequence",
            tag="name",
            time=pl.col("time_us").cast(SAMPLES["time"]),
            received=pl.col("received_us").cast(SAMPLES["received"]),
            number="number",
            text="text",
            status=pl.col("status").cast(pl.UInt32),
        )
    )


def _write(path: Path, groups: Iterator[pl.DataFrame]) -> tuple[int, int, int]:
    """Write a file, whole and durable; give its first and last time and the number of its rows."""
    import pyarrow.parquet as pq

    beside = path.with_name(path.name + ".part")
    lows: list[int] = []
    highs: list[int] = []
    count = 0
    with pq.ParquetWriter(
        beside,
        _arrow_schema(),
        compression="zstd",
        compression_level=9,
        use_dictionary=["source", "tag", "text", "status", "received", "number"],
        column_encoding={
            "time": "DELTA_BINARY_PACKED",
            "sequence": "DELTA_BINARY_PACKED",
            "epoch": "DELTA_BINARY_PACKED",
        },
    ) as writer:
        for group in groups:
            times = group["time"].to_physical()
            lows.append(int(times.min()))  # type: ignore[arg-type]
            highs.append(int(times.max()))  # type: ignore[arg-type]
            count += len(group)
            table: pa.Table = group.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(_arrow_schema())
            writer.write_table(table, row_group_size=_GROUP_ROWS)
    with beside.open("rb+") as written:
        os.fsync(written.fileno())
    beside.replace(path)
    sync_folder(path.parent)
    return min(lows), max(highs), count


def _arrow_schema() -> pa.Schema:
    empty = pl.DataFrame(schema=SAMPLES).to_arrow(compat_level=pl.CompatLevel.oldest())
    return empty.schema
