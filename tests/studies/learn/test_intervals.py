"""Intervals of what a log teaches: never of no width, and wide enough for what was hardly ever seen."""

from __future__ import annotations

import math

import polars as pl
import pytest

from tests.studies.learn.logs import records, row
from zhizao.studies.learn import learn
from zhizao.studies.learn.fitting import intervals


def test_a_mean_of_equal_observations_has_an_interval_of_what_rounding_hides() -> None:
    assert intervals.of_mean(600.0, 0.0, 40) == (599.5, 600.5)


def test_people_who_are_hardly_ever_all_at_work_may_be_one_more() -> None:
    rare = (0.0, 0.5, 0.3, 0.15, 0.049, 0.001)  # 4 do for 99.9 % of the time; 5 were seen
    low, high = intervals.of_capacity(4, rare, 400)
    assert low < 4 < 5 < high
    assert high > 6  # 400 observations would not show a sixth
    often = (0.0, 0.2, 0.3, 0.5)
    assert intervals.of_capacity(3, often, 400) == (2.5, 3.5)


def test_shares_of_nothing_hold_what_was_found() -> None:
    assert intervals.of_capacity(1, (), 0) == (0.5, 1.5)


def test_no_interval_of_a_learned_plant_has_zero_width() -> None:
    rows = [
        row(f"{d}.{k}", "cut", 24 * d + 8 + k, 24 * d + 8.5 + k, personnel=f"person {(d + k) % 4}")
        for d in range(56)
        for k in range(6)
    ]
    rows += [
        row(f"{d}.0", "cut", 24 * d + 14, 24 * d + 15, activity="failure", personnel=None) for d in range(56)
    ]
    found = learn(records(rows)).evidence.drop_nulls(["low", "high"])
    assert found.filter(pl.col("what").str.contains("personnel|failures|units|takes")).height >= 5
    assert found.filter(pl.col("low") >= pl.col("high"))["what"].to_list() == []


@pytest.mark.parametrize("share", [0.7, 0.97])
def test_a_rule_is_unknown_without_due_dates_unless_it_explains_nearly_all(share: float) -> None:
    """Lots wait in pairs at a machine; in so many of the pairs the one that came first goes first."""
    rows = []
    for i in range(200):
        at = 6 * i
        first = math.floor((i + 1) * share) > math.floor(i * share)
        order = ("a", "b") if first else ("b", "a")
        rows += [row(f"{i}x", "mill", at, at + 3)]
        rows += [row(f"{i}{name}", "cut", at + k / 2, at + k / 2 + 0.5) for k, name in enumerate("ab")]
        rows += [row(f"{i}{name}", "mill", at + 3 + k, at + 4 + k) for k, name in enumerate(order)]
    evidence = learn(records(rows)).evidence
    (value,) = evidence.filter(pl.col("what") == "work_centers.at mill.dispatch")["value"]
    assert value == ("fifo" if share > 0.9 else "unknown (fifo assumed)")
