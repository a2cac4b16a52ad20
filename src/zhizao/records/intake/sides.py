"""A row's missing side: the start of a log that has only ends, or the end of one that has only starts.

After Chapela-Campa and Dumas, "Repairing Activity Start Times to Improve Business Process Simulation" (2022):
work starts when the lot is there and the resource is free, that is at the later of the lot's last end and the
resource's last end. The wait so found is the least that fits the log, the work the most. Where that is longer
than `LONGEST` medians of the operation (a night, a weekend lies between), or nothing came before, the
operation's median stands in.
"""

from __future__ import annotations

import polars as pl

LONGEST = 5.0


def estimate_sides(frame: pl.DataFrame, missing: str) -> tuple[pl.DataFrame, int]:
    """Fill nulls of `missing` (`start` or `end`) from the other side; gives the number of rows filled.

    An end is found like a start on a clock that runs backward: when the lot or the resource begins what
    comes next. Rows that end at one moment on one unit are a batch: they have one start.
    """
    known = "end" if missing == "start" else "start"
    sign = 1 if missing == "start" else -1
    wanted = pl.col(missing).is_null() & pl.col(known).is_not_null()
    count = frame.filter(wanted).height
    if not count:
        return frame, 0
    moment = pl.col(known).dt.epoch("us") * sign
    rows = frame.with_columns(_at=moment, _place=pl.coalesce("unit", "work_center")).sort(
        "_at", "row", nulls_last=True
    )
    rows = _with_last(rows, "_place", "_free")
    rows = rows.with_columns(_there=pl.col("_at").shift(1).over("lot"))
    rows = rows.with_columns(_long=pl.col("_at") - pl.max_horizontal("_there", "_free"))
    measured = (
        pl.when(wanted).then("_long").otherwise((pl.col("end") - pl.col("start")).dt.total_microseconds())
    )
    positive = measured.filter(measured > 0)
    usual = pl.coalesce(positive.median().over("operation"), positive.median(), 0)
    long = (
        pl.when(pl.col("_long").is_null() | (pl.col("_long") > LONGEST * usual))
        .then(usual)
        .otherwise("_long")
    )
    side = (pl.col("_at") - long.round().cast(pl.Int64)) * sign
    rows = rows.with_columns(
        pl.when(wanted).then(side.cast(pl.Datetime("us"))).otherwise(missing).alias(missing)
    )
    return rows.drop("_at", "_place", "_free", "_there", "_long").sort("row"), count


def _with_last(rows: pl.DataFrame, place: str, name: str) -> pl.DataFrame:
    """The latest earlier moment on the same resource, for rows sorted by moment."""
    moments = rows.select(place, "_at").drop_nulls().unique(maintain_order=True)
    moments = moments.with_columns(pl.col("_at").shift(1).over(place).alias(name))
    return rows.join(moments, on=[place, "_at"], how="left", maintain_order="left")
