"""Batches in a log: rows whose time is one time of their unit."""

from __future__ import annotations

import polars as pl


def same_batch() -> list[pl.Expr]:
    """What rows of one batch have in common, for `over` on rows that are `placed`.

    That is the unit and the name of the batch; a log without names shows a batch as rows of one unit with the
    very same start and end.
    """
    span = [pl.when(pl.col("batch").is_null()).then(pl.col(name)) for name in ("start", "end")]
    return [pl.col("work_center"), pl.col("unit"), pl.col("batch"), *span]
