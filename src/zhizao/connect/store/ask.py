"""Questions to a store: values of tags over time, aggregated in buckets, from live rows and the archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from zhizao.connect.store.base import ROWS, Base
from zhizao.records.samples import SAMPLES

USABLE = 1 << 31
"""Status codes from here on are bad (OPC UA part 4, 7.39.1: severity in the two highest bits)."""

_TIME = SAMPLES["time"]
POINTS = {name: SAMPLES[name] for name in ("tag", "time", "number", "text", "status")}
"""What a question for values answers."""

_PARTS: dict[str, type[pl.DataType]] = {
    "tag": pl.Int32,
    "bucket": pl.Int64,
    "count": pl.Int64,
    "total": pl.Float64,
    "lowest": pl.Float64,
    "highest": pl.Float64,
}
_ORDER = ("time_us", "origin", "sequence")


class How(StrEnum):
    """How the values of a bucket become one."""

    MEAN = "mean"  # of the samples, each with the same weight
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    LAST = "last"  # the newest, number or text


@dataclass(frozen=True)
class Question:
    """Values of tags from `start_us` to before `end_us`; `every_us` 0: as they are, else in buckets."""

    tags: Sequence[int]
    start_us: int
    end_us: int
    every_us: int
    how: How

    @property
    def where(self) -> str:
        """The condition on a row."""
        tags = ", ".join(map(str, self.tags))
        return f"tag IN ({tags}) AND time_us >= {self.start_us} AND time_us < {self.end_us}"

    @property
    def bucket(self) -> str:
        """The start of the bucket of a row, also before 1970."""
        every = self.every_us
        return f"time_us - ((time_us % {every} + {every}) % {every})"


def answer(base: Base, question: Question, archived: pl.LazyFrame | None) -> pl.DataFrame:
    """Answer a question from live rows and rows of the archive (`ROWS`), by number of tag."""
    if not question.every_us:
        rows = base.select(f"SELECT {', '.join(ROWS)} FROM sample WHERE {question.where}", ROWS)
        return (
            _both(rows, archived, question).sort("tag", *_ORDER).select("tag", "time_us", *list(POINTS)[2:])
        )
    if question.how is How.LAST:
        return _last_of_buckets(base, question, archived)
    live = base.select(
        f"SELECT tag, {question.bucket} AS bucket, count(*) AS count, {_aggregates(question.how)} "
        f"FROM sample WHERE {question.where} AND number IS NOT NULL AND status < {USABLE} GROUP BY 1, 2",
        _PARTS,
    )
    parts = [live] if archived is None else [live, _parts(archived, question)]
    return _joined(pl.concat(parts), question.how)


def newest(base: Base, tags: Sequence[int]) -> pl.DataFrame:
    """Give the newest live rows of each tag that has one, good or bad; several if their times are equal."""
    return base.select(base.newest(tags), ROWS)


def _both(rows: pl.DataFrame, archived: pl.LazyFrame | None, question: Question) -> pl.DataFrame:
    if archived is None:
        return rows
    inside = pl.col("time_us").is_between(question.start_us, question.end_us, closed="left")
    return pl.concat([rows, archived.filter(inside).select(*ROWS).collect()])


def _bucketed(question: Question) -> pl.Expr:
    every = pl.lit(question.every_us, pl.Int64)
    return pl.col("time_us") - ((pl.col("time_us") % every + every) % every)


def _parts(archived: pl.LazyFrame, question: Question) -> pl.DataFrame:
    number = pl.col("number")
    inside = pl.col("time_us").is_between(question.start_us, question.end_us, closed="left")
    return (
        archived.filter(inside, number.is_not_null(), pl.col("status") < USABLE)
        .group_by("tag", bucket=_bucketed(question))
        .agg(count=pl.len().cast(pl.Int64), total=number.sum(), lowest=number.min(), highest=number.max())
        .select(*_PARTS)
        .collect()
    )


def _aggregates(how: How) -> str:
    """Give the aggregates of a part; those that `how` does not need are null, and cost nothing."""
    needed = {
        "total": "sum(number)" if how in {How.MEAN, How.SUM} else "NULL",
        "lowest": "min(number)" if how is How.MIN else "NULL",
        "highest": "max(number)" if how is How.MAX else "NULL",
    }
    return ", ".join(f"CAST({what} AS double precision) AS {name}" for name, what in needed.items())


def _joined(parts: pl.DataFrame, how: How) -> pl.DataFrame:
    """Join parts of a bucket that was partly archived when it was asked for."""
    count, total = pl.col("count").sum(), pl.col("total").sum()
    value = {
        How.MEAN: total / count,
        How.SUM: total,
        How.COUNT: count.cast(pl.Float64),
        How.MIN: pl.col("lowest").min(),
        How.MAX: pl.col("highest").max(),
    }[how]
    found = parts.group_by("tag", time_us="bucket").agg(number=value).sort("tag", "time_us")
    return found.with_columns(text=pl.lit(None, pl.String), status=pl.lit(0, pl.Int64))


def _last_of_buckets(base: Base, question: Question, archived: pl.LazyFrame | None) -> pl.DataFrame:
    rows = base.select(
        f"SELECT DISTINCT ON (tag, {question.bucket}) {', '.join(ROWS)} FROM sample "
        f"WHERE {question.where} AND status < {USABLE} "
        f"ORDER BY tag, {question.bucket}, time_us DESC, origin DESC, sequence DESC",
        ROWS,
    )
    usable = None if archived is None else archived.filter(pl.col("status") < USABLE)
    return (
        _both(rows, usable, question)
        .sort("tag", *_ORDER)
        .group_by("tag", bucket=_bucketed(question), maintain_order=True)
        .last()
        .select("tag", pl.col("bucket").alias("time_us"), "number", "text", "status")
    )
