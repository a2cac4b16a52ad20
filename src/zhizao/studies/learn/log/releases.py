"""Releases of lots that a log does not have, from their due dates.

Where an order is due a fixed time after it comes, no lot can start earlier than that time before its due
date, and those that do not wait start just then. So if many lots of a product start at the same, the
longest, time before they are due, this is the allowance, and all its lots were released that long before.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from zhizao.records import Records
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.log.visits import WORK, Floats

FEW = 50  # lots of a product that this takes
MANY = 0.05  # share of them that start at the longest time before they are due
EARLIER = 0.002  # share of them that may start earlier still: entered by hand
SOME = 3  # lots that do so, where other products have the same allowance
KNOWN = 0.05  # share of lots that start after their release, from which the log has releases of its own


def find_releases(records: Records) -> tuple[Records, list[Finding]]:
    """The records with releases of the lots whose due dates tell them, and the findings.

    A log with releases of its own, or without due dates, is given back.
    """
    assert records.events is not None  # a history is read from them
    kind = pl.col("activity").cast(pl.String)
    work = records.events.filter(kind.is_in(WORK)).drop_nulls(["lot", "start"])
    made = pl.col("product").drop_nulls().first()
    began = work.group_by("lot").agg(began=pl.col("start").min(), made=made)
    lots = records.lots.join(began, on="lot", how="left", maintain_order="left")
    slack = _resolution_s(work)
    apart = lots.select((_seconds("began", "release") > slack).mean()).item()
    if apart is not None and apart > KNOWN:
        return records, []
    lots = lots.with_columns(ahead=_seconds("due", "began"), product=pl.coalesce("product", "made"))
    allowed, findings = _allowances(lots.drop_nulls(["ahead", "product"]), slack)
    if not allowed:
        return records, []
    allowance = pl.col("product").replace_strict(allowed, default=None, return_dtype=pl.Float64)
    release = pl.col("due") - pl.duration(microseconds=(allowance * 1e6).round(0).cast(pl.Int64))
    lots = lots.with_columns(release=pl.coalesce(pl.min_horizontal(release, "began"), "release"))
    return replace(records, lot_table=lots.select(records.lots.columns)), findings


def _seconds(later: str, earlier: str) -> pl.Expr:
    return (pl.col(later) - pl.col(earlier)).dt.total_microseconds() / 1e6


def _allowances(lots: pl.DataFrame, slack: float) -> tuple[dict[str, float], list[Finding]]:
    """Time (s) from release to due date of the products that show it; that of another product is taken where
    a few lots start just then and none earlier."""
    ahead = {str(name): np.sort(own["ahead"].to_numpy())[::-1] for (name,), own in lots.group_by("product")}
    found = {}
    for product, times in ahead.items():
        longest = float(times[int(EARLIER * len(times))])
        if len(times) >= FEW and _share(times, longest, slack) >= MANY:
            found[product] = longest
    for product in ahead.keys() - found.keys():
        for longest in sorted(set(found.values())):
            times = ahead[product]
            at_once = _share(times, longest, slack) * len(times)
            if at_once >= SOME and np.mean(times > longest + slack) <= EARLIER:
                found[product] = longest
                break
    return found, [
        Finding(
            f"orders.{product}.release",
            f"{hours(longest)} before the due date",
            len(ahead[product]),
            f"inferred: {_share(ahead[product], longest, slack):.1%} of the lots start that long before they "
            "are due, and none earlier",
        )
        for product, longest in sorted(found.items())
    ]


def _share(times: Floats, longest: float, slack: float) -> float:
    return float(np.mean(np.abs(times - longest) <= slack))


def _resolution_s(work: pl.DataFrame) -> float:
    """Time within which two moments of the log are one: two seconds, or more where it is to the minute."""
    whole = work.select((pl.col("start").dt.second() == 0).all()).item()
    return 61.0 if whole else 2.0
