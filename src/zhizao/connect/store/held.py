"""Which sequences a store holds, as ranges: what makes a repeated delivery harmless.

Ranges are exact whatever the order of arrival, and few as long as little is missing: one per (source, epoch)
and one more per gap. They replace a unique index over all samples.
"""

from __future__ import annotations

import polars as pl

HELD: dict[str, type[pl.DataType]] = {"origin": pl.Int64, "first": pl.Int64, "last": pl.Int64}
"""Sequences of one origin (source and epoch) from `first` to `last`, both included."""


def fresh(batch: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Give the rows of a batch (`origin`, `sequence`, …) that no range covers, each key once, by key.

    Parameters
    ----------
    batch : samples as they came: in any order, some perhaps repeated.
    held : ranges (`HELD`) that do not overlap.
    """
    once = batch.unique(["origin", "sequence"], keep="first").sort("origin", "sequence")
    starts = held.sort("origin", "first").with_columns(sequence=pl.col("first"))
    found = once.join_asof(starts, on="sequence", by="origin", strategy="backward", check_sortedness=False)
    covered = pl.col("last").is_not_null() & (pl.col("sequence") <= pl.col("last"))
    return found.filter(~covered).select(batch.columns)


def extended(held: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Give the ranges that cover `held` and the sequences of `rows`, joined where they touch."""
    singles = rows.select("origin", first="sequence", last="sequence")
    both = pl.concat([held.select(*HELD), singles]).sort("origin", "first")
    reach = pl.col("last").cum_max().shift(1).over("origin")
    begins = (pl.col("first") > reach + 1).fill_null(value=True)
    return (
        both.with_columns(run=begins.cum_sum())
        .group_by("origin", "run")
        .agg(pl.col("first").min(), pl.col("last").max())
        .sort("origin", "first")
        .select(*HELD)
    )


def missing(held: pl.DataFrame) -> pl.DataFrame:
    """Give the ranges that no range covers: from 0 to the last sequence of each origin."""
    before = pl.col("last").shift(1).over("origin").fill_null(-1)
    return (
        held.sort("origin", "first")
        .select("origin", first=before + 1, last=pl.col("first") - 1)
        .filter(pl.col("first") <= pl.col("last"))
    )
