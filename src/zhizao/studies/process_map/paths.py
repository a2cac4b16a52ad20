"""Visits of lots, and what follows what (a directly-follows graph), from an event log.

A visit is the set-up, work and inspection of one lot at one place in a row. Lots count from their first
visit, if they were released within the records; how a lot goes on after the records is not known.
Source: van der Aalst 2016, *Process Mining*, 2nd ed., 5.2 (directly-follows relation).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from zhizao.records import Records, with_events

START, END = "(start)", "(end)"
"""Where lots come from and go to."""
_WORK = ("setup", "process", "inspect")
_HOUR_US = 3.6e9


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """What lots did.

    `places`: place, visits, work_h (median of a visit). `steps`: source, target, count, wait_h, wait_mean_h
    and wait_p90_h (median, mean and 90th percentile from the end of one visit to the start of the next; null
    at start and end).
    `ways`: way (places in order), lots.
    """

    lots: int
    places: pl.DataFrame
    steps: pl.DataFrame
    ways: pl.DataFrame


def paths_of(records: Records, level: str, products: tuple[str, ...] = ()) -> Paths:
    """Places, steps and ways of the lots that were released within the records.

    Parameters
    ----------
    level : the column that names a place: `operation` or `work_center`.
    products : lots of these products alone; none: of all.
    """
    lots = _followed(records, products)
    visits = _visits(with_events(records), lots, level)
    steps = _steps(visits, lots)
    places = (
        visits.group_by("place")
        .agg(visits=pl.len(), work_h=pl.col("work_h").median())
        .sort("visits", "place", descending=[True, False])
    )
    return Paths(visits["lot"].n_unique(), places, steps, _ways(visits, lots))


def _followed(records: Records, products: tuple[str, ...]) -> pl.DataFrame:
    """Lots that begin within the records: lot, ended."""
    lots = records.lots.filter(pl.col("release").is_null() | (pl.col("release") >= records.start))
    if products:
        lots = lots.filter(pl.col("product").is_in(products))
    return lots.select("lot", ended=pl.col("completed").is_not_null())


def _visits(records: Records, lots: pl.DataFrame, level: str) -> pl.DataFrame:
    """One row per visit: lot, place, start, end, work_h; in the order of each lot."""
    events = records.events
    assert events is not None
    rows = (
        events.lazy()
        .filter(pl.col("activity").cast(pl.String).is_in(_WORK) & pl.col(level).is_not_null())
        .join(lots.lazy().select("lot"), on="lot", how="semi")
        .select("lot", "start", "end", place=pl.col(level), kind=pl.col("activity").cast(pl.String))
        .sort("lot", "start", "end", maintain_order=True)
    )
    place_before, kind_before = (pl.col(name).shift().over("lot") for name in ("place", "kind"))
    again = (pl.col("kind") != "inspect") & kind_before.is_in(["process", "inspect"])
    fresh = pl.col("place").ne_missing(place_before) | again
    work_h = (pl.col("end") - pl.col("start")).dt.total_microseconds() / _HOUR_US
    return (
        rows.with_columns(number=fresh.cast(pl.Int32).cum_sum().over("lot"), work_h=work_h)
        .group_by("lot", "number", maintain_order=True)
        .agg(
            pl.col("place").first(),
            pl.col("start").min(),
            pl.when(pl.col("end").null_count() == 0).then(pl.col("end").max()).alias("end"),
            pl.when(pl.col("end").null_count() == 0).then(pl.col("work_h").sum()).alias("work_h"),
        )
        .collect()
    )


def _steps(visits: pl.DataFrame, lots: pl.DataFrame) -> pl.DataFrame:
    """What follows what; the last visit leads to the end only where the lot is known to have ended."""
    ended = visits.join(lots, on="lot", how="left")
    following = [pl.col(name).shift(-1).over("lot").alias(f"{name}_after") for name in ("place", "start")]
    pairs = ended.with_columns(*following)
    wait_h = (pl.col("start_after") - pl.col("end")).dt.total_microseconds() / _HOUR_US
    inner = pairs.filter(pl.col("place_after").is_not_null()).select(
        source="place", target="place_after", wait_h=wait_h
    )
    nothing = pl.lit(None, pl.Float64)
    first = visits.group_by("lot", maintain_order=True).first()
    begin = first.select(source=pl.lit(START), target="place", wait_h=nothing)
    last = ended.group_by("lot", maintain_order=True).last().filter("ended")
    done = last.select(source="place", target=pl.lit(END), wait_h=nothing)
    return (
        pl.concat([begin, inner, done])
        .group_by("source", "target")
        .agg(
            count=pl.len(),
            wait_h=pl.col("wait_h").median(),
            wait_mean_h=pl.col("wait_h").sort().mean(),  # in one order: equal records give equal bits
            wait_p90_h=pl.col("wait_h").quantile(0.9, "linear"),
        )
        .sort("count", "source", "target", descending=[True, False, False])
    )


def _ways(visits: pl.DataFrame, lots: pl.DataFrame) -> pl.DataFrame:
    """Whole ways of the lots that ended, the most frequent first."""
    ended = visits.join(lots.filter("ended"), on="lot", how="semi")
    return (
        ended.group_by("lot", maintain_order=True)
        .agg(way="place")
        .group_by("way")
        .agg(lots=pl.len())
        .sort("lots", pl.col("way").list.join(" > "), descending=[True, False])
    )
