"""Batches in a log: rows whose time is one time of their unit."""

from __future__ import annotations

import numpy as np
import polars as pl


def batch_of(rows: pl.DataFrame) -> pl.Series:
    """Number of the batch of each row (of rows that are `placed`); null for a row that is in none.

    Rows of one batch have its name and their unit in common; a log without names shows a batch as rows of
    one unit with the very same start and end.
    """
    span = ("start", "end")
    named = pl.col("batch").is_not_null()
    some = rows.with_row_index("row").filter(named | pl.struct(span).is_duplicated())
    common = [pl.when(~named).then(pl.col(name)) for name in span]
    first = some.select(pl.col("row").min().over("work_center", "unit", "batch", *common)).to_series()
    number = np.full(rows.height, -1)
    number[some["row"].to_numpy()] = first.to_numpy()
    return pl.Series("batch_of", number).replace(-1, None)


def in_batch(of_batch: pl.Expr, alone: pl.Expr) -> pl.Expr:
    """A value over the rows of a batch (column `batch_of`), or that of a row that is in none."""
    return pl.when(pl.col("batch_of").is_null()).then(alone).otherwise(of_batch.over("batch_of"))


LOTS_IN_BATCH = in_batch(pl.len(), pl.lit(1))
"""Rows that share the time of their unit."""
