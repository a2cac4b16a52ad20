"""Questions to a store: values of tags over time, aggregated in buckets, from live rows and the archive."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from zhizao.connect.store.base import ROWS, Base
from zhizao.connect.store.question import USABLE, How, Question, parts
from zhizao.records.samples import SAMPLES

POINTS = {name: SAMPLES[name] for name in ("tag", "time", "number", "text", "status")}
"""What a question for values answers."""

_ORDER = ("time_us", "origin", "sequence")


def answer(base: Base, question: Question, archived: pl.LazyFrame | None) -> pl.DataFrame:
    """Answer a question from live rows and rows of the archive (`ROWS`), by number of tag."""
    if not question.every_us:
        return (
            _both(base.rows(question), archived, question)
            .sort("tag", *_ORDER)
            .select("tag", "time_us", *list(POINTS)[2:])
        )
    if question.how is How.LAST:
        return _last_of_buckets(base, question, archived)
    found = [base.parts(question)] if archived is None else [base.parts(question), parts(archived, question)]
    return _joined(pl.concat(found), question.how)


def newest(base: Base, tags: Sequence[int]) -> pl.DataFrame:
    """Give the newest live rows of each tag that has one, good or bad; several if their times are equal."""
    return base.newest(tags)


def _both(rows: pl.DataFrame, archived: pl.LazyFrame | None, question: Question) -> pl.DataFrame:
    if archived is None:
        return rows
    return pl.concat([rows, archived.filter(question.inside).select(*ROWS).collect()])


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
    usable = None if archived is None else archived.filter(pl.col("status") < USABLE)
    return (
        _both(base.lasts(question), usable, question)
        .sort("tag", *_ORDER)
        .group_by("tag", bucket=question.bucketed, maintain_order=True)
        .last()
        .select("tag", pl.col("bucket").alias("time_us"), "number", "text", "status")
    )
