"""Kanban loops and fork-join queues, against their exact answers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.engine.shops import MIN, lead_times, op, order, records, shop
from tests.published.estimates import agree
from zhizao.engine import LogLevel
from zhizao.plant import Plant, read_plant

CHAIRS = Path(__file__).resolve().parents[2] / "examples" / "plants" / "assembly-kanban.yaml"


def test_a_kanban_line_has_the_fill_rate_of_its_queue() -> None:
    """Buzacott & Shanthikumar (1993, ch. 4): open orders for frames are an M/M/1 queue."""
    load, cards = 9 / 12, 4
    found = records(read_plant(CHAIRS), 5000.0, log=LogLevel.LOTS)
    sold = found.lots.filter(pl.col("status").cast(pl.String) == "completed")
    assert sold["product"].unique().to_list() == ["chair"]
    waits = lead_times(found.__class__(found.start, found.end, sold)) / MIN
    agree(waits == 0.0, 1 - load**cards)
    agree(waits, load ** (cards + 1) / (1 - load) * 12)


@pytest.mark.parametrize("cards", [1, 3])
def test_a_kanban_loop_that_is_always_asked_makes_what_a_closed_loop_makes(cards: int) -> None:
    """Gordon & Newell (1967, doi 10.1287/opre.15.2.254), as under CONWIP: a card comes back at once."""

    def g(n: int) -> float:
        return sum(9.0**i * 12.0 ** (n - i) for i in range(n + 1))

    plant = shop(
        [{"id": "x"}, {"id": "y"}, {"id": "z"}],
        routes={
            "r": [op("build", "z", takes="0 s", parts={"part": 1})],
            "s": [op("a", "x", takes="exponential(9 min)"), op("b", "y", takes="exponential(12 min)")],
        },
        products={"p": {"route": "r", "lot": 1}, "part": {"route": "s", "stock": {"kanban": cards}}},
        orders=[order("all", pieces=60_000)],
        release={"conwip": cards + 5},  # of the orders always some wait for a part
    )
    days = 400.0
    found = records(plant, days, log=LogLevel.LOTS)
    made = found.lots.filter(pl.col("product") == "part")["completed"].is_not_null().sum()
    expected = g(cards - 1) / g(cards) * days * 1440.0
    assert made == pytest.approx(expected, abs=4 * expected**0.5)


def forked() -> Plant:
    """Every order is split into two parts, which are made side by side and joined again."""
    return shop(
        [{"id": "x"}, {"id": "y"}, {"id": "gate"}, {"id": "bench"}],
        routes={
            "r": [
                op("fork", "gate", takes="0 s", makes={"left": 1, "right": 1}),
                op("join", "bench", takes="0 s", parts={"left": 1, "right": 1}),
            ],
            "left": [op("make-left", "x", takes="exponential(9 min)")],
            "right": [op("make-right", "y", takes="exponential(9 min)")],
        },
        products={"p": {"route": "r"}, "left": {"route": "left"}, "right": {"route": "right"}},
        orders=[{"product": "p", "every": "exponential(12 min)"}],
    )


def test_two_parts_made_side_by_side_are_together_as_flatto_and_hahn_say() -> None:
    """Nelson & Tantawi (1988, doi 10.1109/12.2213), eq. 7: (12 - load) / 8 times the time of one M/M/1 queue.

    It lies between the bounds of one queue alone and of two that know nothing of each other (3 / 2).
    """
    load, alone = 9 / 12, 1 / (1 / 9 - 1 / 12)
    found = records(forked(), 2500.0, log=LogLevel.LOTS)
    sold = found.lots.filter(pl.col("product") == "p")
    exact = (12 - load) / 8 * alone
    assert alone < exact < 1.5 * alone
    agree(lead_times(found.__class__(found.start, found.end, sold)) / MIN, exact)
