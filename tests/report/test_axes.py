"""Ticks are round and lie within the chart."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from zhizao.report.axes import Scale, number_ticks, time_ticks


def test_ticks_are_round_numbers() -> None:
    assert number_ticks(0, 10).labels == ("0", "2", "4", "6", "8", "10")
    assert number_ticks(-0.03, 0.05).labels == ("\u22120.02", "0.00", "0.02", "0.04")
    assert number_ticks(0, 24000).labels == ("0", "5\u202f000", "10\u202f000", "15\u202f000", "20\u202f000")


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(3, 10))
def test_ticks_lie_within_the_scale(low: float, span: float, about: int) -> None:
    high = low + span
    if high <= low:
        return
    ticks = number_ticks(low, high, about=about)
    assert len(ticks.at) == len(ticks.labels) <= 2 * about + 2
    slack = span * 1e-6 + abs(low) * 1e-12
    assert all(low - slack <= at <= high + slack for at in ticks.at)


def test_a_day_is_ticked_in_hours_and_a_quarter_in_mondays() -> None:
    start = datetime(2026, 1, 5, 6)
    hours = time_ticks(start, start + timedelta(hours=24))
    assert hours.labels == ("06:00", "12:00", "18:00", "6 Jan", "06:00")
    weeks = time_ticks(datetime(2026, 1, 7), datetime(2026, 4, 1))
    assert weeks.labels[:2] == ("19 Jan", "2 Feb")


@given(st.integers(1, 5 * 365 * 1440))
def test_time_ticks_are_few_and_within_the_window(minutes: int) -> None:
    start = datetime(2026, 1, 5, 7, 13)
    ticks = time_ticks(start, start + timedelta(minutes=minutes))
    assert len(ticks.at) <= 8
    assert all(0 <= at <= minutes * 60 for at in ticks.at)


def test_a_scale_runs_both_ways() -> None:
    up = Scale(0, 10, 200, 100)
    assert (up(0), up(5), up(10)) == (200, 150, 100)
