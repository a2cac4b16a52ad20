"""The visits of a log as one table, with what the log tells of their lots: the form in which causes are
looked for, column by column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.records import Records
from zhizao.studies.learn.visits import History

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

MANY = 20  # lots that went a way in the least time it takes, from which it is believed
ROUND_S = 0.5  # moments nearer than this are one moment


def jobs(history: History, records: Records) -> pl.DataFrame:
    """All visits in the order of `history.table`, with its columns and those below.

    product, pieces, priority, due_s, release_s : of the lot (null where the log does not tell).
    ready_s : when all earlier visits of the lot had ended, and the least time that the way from the work
        center before takes anyone; before its first visit its release.
    batch : the lots that were worked on together have one number, a lot by itself none.
    """
    product = pl.col("product").drop_nulls().first().over("lot").fill_null("product")
    table = history.table.with_columns(product)
    table = table.join(_lots(history, records), on="lot", how="left", maintain_order="left")
    reach = pl.col("end_s").cum_max().shift(1).over("lot")
    table = table.with_columns(ready_s=reach.fill_null(pl.col("release_s")) + _way_s(table, reach))
    return table.with_columns(batch=_batches(table, history, records))


def _way_s(table: pl.DataFrame, reach: pl.Expr) -> pl.Series:
    """Time that the way from the work center before takes: the least wait there ever was, if it was the wait
    of so many that it cannot be chance."""
    way = ["before", "work_center"]
    wait = pl.when(pl.col("start_s") >= pl.col("reach")).then(pl.col("start_s") - pl.col("reach"))
    found = table.select(
        "work_center", "start_s", reach=reach, before=pl.col("work_center").shift(1).over("lot")
    )
    found = found.with_columns(wait=wait).with_columns(least=pl.col("wait").min().over(way))
    at_least = (pl.col("wait") <= pl.col("least") + ROUND_S).sum().over(way)
    sure = (at_least >= MANY) & (pl.col("least") > ROUND_S) & pl.col("wait").is_not_null()
    return found.select(pl.when(sure).then("least").otherwise(0.0)).to_series()


def _batches(table: pl.DataFrame, history: History, records: Records) -> pl.Series:
    """Number of the batch, as the log names it; where it names none, work on one unit from the same moment to
    the same moment is one batch."""
    assert records.events is not None  # a history has been read from them
    together = pl.struct("unit", "end_s", (pl.col("start_s") + pl.col("setup_s")).round(0))
    if records.events["batch"].null_count() < records.events.height:
        end_s = ((pl.col("end") - history.origin).dt.total_microseconds() / 1e6).alias("end_s")
        named = (
            records.events.drop_nulls("batch")
            .select("lot", "unit", end_s, name="batch")
            .unique(["lot", "unit", "end_s"])
        )
        table = table.join(named, on=["lot", "unit", "end_s"], how="left", maintain_order="left")
        together = pl.struct("name")
    else:
        table = table.with_columns(name=pl.lit(""))
    alone = (pl.len().over(together) == 1) | pl.col("running") | pl.col("name").is_null()
    return table.select(pl.when(~alone).then(together.rank("dense").cast(pl.Int64))).to_series()


def _lots(history: History, records: Records) -> pl.DataFrame:
    """Lots with what the log tells of them; a release after the first start is none."""
    own = history.table.group_by("lot", maintain_order=True).agg(first_s=pl.col("start_s").min())
    sizes = pl.DataFrame(
        {"lot": list(history.told), "pieces": [told[0] for told in history.told.values()]},
        schema={"lot": pl.String, "pieces": pl.Int64},
    )
    own = own.join(sizes, on="lot", how="left", maintain_order="left").with_columns(
        pl.col("pieces").fill_null(1)
    )
    moment = [
        ((pl.col(c) - history.origin).dt.total_microseconds() / 1e6).alias(f"{c}_s")
        for c in ("release", "due")
    ]
    told = records.lots.select("lot", pl.col("priority").cast(pl.Float64), *moment).unique(
        "lot", keep="first"
    )
    known = own.join(told, on="lot", how="left", maintain_order="left")
    early = pl.col("release_s") <= pl.col("first_s") + ROUND_S
    return known.with_columns(release_s=pl.when(early).then("release_s")).drop("first_s")


def firsts(table: pl.DataFrame) -> pl.DataFrame:
    """One row for each batch (the one that has the set-up, if any) and for each lot by itself."""
    if table["batch"].null_count() == table.height:
        return table
    order = table.sort("setup_s", descending=True, maintain_order=True)
    return order.filter(pl.col("batch").is_null() | (pl.int_range(pl.len()).over("batch") == 0))


def codes(table: pl.DataFrame, *columns: str) -> tuple[Numbers, pl.DataFrame]:
    """Number of the combination of values in each row, and the combinations by number."""
    kinds = table.select(columns).unique(maintain_order=True).sort(columns).with_row_index("kind")
    found = table.select(columns).join(kinds, on=columns, how="left", nulls_equal=True, maintain_order="left")
    return found["kind"].to_numpy().astype(np.int64), kinds.drop("kind")
