"""The visits of a log as one table, with what the log tells of their lots: the form in which causes are
looked for, column by column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.records import Records
from zhizao.studies.learn.log.visits import History

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
    reach, began = history.ready_s, np.isinf(history.ready_s)
    ready = np.where(
        began, table["release_s"].fill_null(np.nan).to_numpy(), reach + _way_s(table, reach, began)
    )
    table = table.with_columns(ready_s=pl.Series(ready, dtype=pl.Float64).fill_nan(None))
    return table.with_columns(batch=_batches(table, history, records))


def _way_s(table: pl.DataFrame, reach: Floats, began: Flags) -> Floats:
    """Time that the way from the work center before takes: the least wait there ever was, if it was the wait
    of so many that it cannot be chance."""
    here, centers = codes(table, "work_center")
    way = np.roll(here, 1) * centers.height + here
    wait = np.where(began, -1.0, table["start_s"].to_numpy() - reach)
    least = np.full(centers.height**2, np.inf)
    np.minimum.at(least, way[wait >= 0], wait[wait >= 0])
    near = (wait >= 0) & (wait <= least[way] + ROUND_S)
    sure = (np.bincount(way[near], minlength=len(least)) >= MANY) & (least > ROUND_S)
    found: Floats = np.where(sure[way] & (wait >= 0), least[way], 0.0)
    return found


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
    moment = [
        ((pl.col(c) - history.origin).dt.total_microseconds() / 1e6).alias(f"{c}_s")
        for c in ("release", "due")
    ]
    told = records.lots.select("lot", "pieces", pl.col("priority").cast(pl.Float64), *moment).unique(
        "lot", keep="first"
    )
    known = own.join(told, on="lot", how="left", maintain_order="left")
    early = pl.col("release_s") <= pl.col("first_s") + ROUND_S
    pieces = pl.when(pl.col("pieces") > 0).then("pieces").otherwise(1)
    return known.with_columns(release_s=pl.when(early).then("release_s"), pieces=pieces).drop("first_s")


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
