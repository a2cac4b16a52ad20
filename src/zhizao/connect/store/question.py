"""What a store is asked: values of tags over time, as they are or aggregated in buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

USABLE = 1 << 31
"""Status codes from here on are bad (OPC UA part 4, 7.39.1: severity in the two highest bits)."""

PARTS: dict[str, type[pl.DataType]] = {
    "tag": pl.Int32,
    "bucket": pl.Int64,
    "count": pl.Int64,
    "total": pl.Float64,
    "lowest": pl.Float64,
    "highest": pl.Float64,
}
"""Aggregates of the usable numbers of a tag in a bucket; those that are not needed may be null."""


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
    every_us: int = 0
    how: How = How.MEAN

    @property
    def where(self) -> str:
        """The condition on a row, in SQL."""
        tags = ", ".join(map(str, self.tags))
        return f"tag IN ({tags}) AND time_us >= {self.start_us} AND time_us < {self.end_us}"

    @property
    def inside(self) -> pl.Expr:
        """The condition on the time of a row."""
        return pl.col("time_us").is_between(self.start_us, self.end_us, closed="left")

    @property
    def bucket(self) -> str:
        """The start of the bucket of a row, also before 1970, in SQL."""
        every = self.every_us
        return f"time_us - ((time_us % {every} + {every}) % {every})"

    @property
    def bucketed(self) -> pl.Expr:
        """The start of the bucket of a row, also before 1970."""
        every = pl.lit(self.every_us, pl.Int64)
        return pl.col("time_us") - ((pl.col("time_us") % every + every) % every)


def parts(rows: pl.LazyFrame, question: Question) -> pl.DataFrame:
    """Aggregate the rows of a question (`tag`, `time_us`, `number`, `status`) to `PARTS`."""
    number = pl.col("number")
    return (
        rows.filter(question.inside, number.is_not_null(), pl.col("status") < USABLE)
        .group_by("tag", bucket=question.bucketed)
        .agg(count=pl.len().cast(pl.Int64), total=number.sum(), lowest=number.min(), highest=number.max())
        .select(*PARTS)
        .collect()
    )
