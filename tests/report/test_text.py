"""Numbers read as people write them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from zhizao.report.text import cell, duration, escape, number, quantity, signed_percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12345.678, "12\u202f346"),
        (123.45, "123"),
        (12.345, "12.3"),
        (1.2345, "1.23"),
        (0.012345, "0.0123"),
        (0.0, "0"),
        (-4.5, "\u22124.50"),
        (1_000_000, "1\u202f000\u202f000"),
        (0.0000012345, "1.23×10⁻⁶"),
        (float("nan"), "–"),
        (float("inf"), "–"),
        (None, "–"),
    ],
)
def test_a_number_has_three_digits_that_mean_something(value: float | None, text: str) -> None:
    assert number(value) == text


def test_a_share_is_shown_in_per_cent() -> None:
    assert quantity(0.0523, "share") == ("5.23", "%")
    assert quantity(3.2, "1") == ("3.20", "")
    assert quantity(None, "kWh") == ("–", "kWh")


def test_a_change_has_its_sign() -> None:
    assert signed_percent(0.127) == "+12.7"
    assert signed_percent(-0.004) == "\u22120.4"
    assert signed_percent(25.5) == "+2\u202f550"
    assert signed_percent(float("-inf")) == "\u2212∞"


def test_a_duration_has_its_natural_unit() -> None:
    assert [duration(s) for s in (45, 750, 11520, 360000)] == ["45.0 s", "12.5 min", "3.20 h", "4.17 d"]


def test_any_value_of_a_frame_can_be_shown() -> None:
    shown = [
        cell(v) for v in (None, True, "袋", datetime(2026, 1, 5, 8), timedelta(hours=3), [1, 2.5], {"a": 1})
    ]
    assert shown == ["–", "yes", "袋", "2026-01-05 08:00", "3.00 h", "1, 2.50", "a: 1"]


def test_text_from_a_log_cannot_become_markup() -> None:
    assert escape('<img src=x onerror="x">\x00\ud800') == "&lt;img src=x onerror=&quot;x&quot;&gt;  "
