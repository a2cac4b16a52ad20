"""Queues with two classes of lots, against the formulas of priority queues."""

from __future__ import annotations

import polars as pl

from tests.engine.shops import MIN, lead_times, op, records, shop
from tests.published.estimates import agree
from zhizao.engine import LogLevel


def two_classes(preempt: str, hot_min: float, other_min: float) -> None:
    """A quarter of a unit's time goes to hot lots, half of it to others; 10 min a lot, all exponential."""
    plant = shop(
        [{"id": "m", "preempt": preempt}],
        routes={"r": [op("a", "m", takes="exponential(10 min)")]},
        products={"p": {"route": "r"}, "h": {"route": "r"}},
        orders=[
            {"product": "h", "every": "exponential(40 min)", "hot": True},
            {"product": "p", "every": "exponential(20 min)"},
        ],
    )
    found = records(plant, 2500.0, log=LogLevel.LOTS)
    for product, exact in (("h", hot_min), ("p", other_min)):
        lots = found.lots.filter(pl.col("product") == product)
        agree(lead_times(found.__class__(found.start, found.end, lots)) / MIN, exact)


def test_hot_lots_that_interrupt_others_take_as_long_as_if_they_were_alone() -> None:
    """Conway, Maxwell & Miller (1967, sec. 8-6), preemptive resume: 10 / 0.75, and 10 / (0.75 x 0.25)."""
    two_classes("resume", 10 / 0.75, 10 / (0.75 * 0.25))


def test_hot_lots_that_wait_for_the_work_in_hand_take_as_long_as_cobham_says() -> None:
    """Cobham (1954, doi 10.1287/opre.2.1.70): waits of 7.5 / 0.75 and 7.5 / (0.75 x 0.25)."""
    two_classes("never", 10 + 7.5 / 0.75, 10 + 7.5 / (0.75 * 0.25))
