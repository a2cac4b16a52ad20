"""Quantities in text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhizao.quantities import UnitError, format_quantity, parse_quantity
from zhizao.quantities.units import (
    COUNT,
    DIMENSIONS,
    EMISSION,
    ENERGY_PRICE,
    LENGTH,
    MONEY_RATE,
    POWER,
    SHARE,
    TIME,
    Dimension,
    about_quantity,
)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("2.5 min", TIME, 150.0),
        ("0.2min", TIME, 12.0),
        ("250 ms", TIME, 0.25),
        ("2 wk", TIME, 1209600.0),
        ("+5 d", TIME, 432000.0),
        ("0", TIME, 0.0),
        ("35 mm", LENGTH, 0.035),
        ("450 W", POWER, 0.45),
        ("90/h", MONEY_RATE, 90.0),
        ("1.5 /min", MONEY_RATE, 90.0),
        ("1.2/kWh", ENERGY_PRICE, 1.2),
        ("0.58 kg/kWh", EMISSION, 0.58),
        ("2 %", SHARE, 0.02),
        ("0.02", SHARE, 0.02),
    ],
)
def test_a_quantity_is_read_into_base_units(text: str, dimension: Dimension, value: float) -> None:
    assert parse_quantity(text, dimension) == value


@pytest.mark.parametrize(
    ("text", "dimension", "words"),
    [
        ("5", TIME, "which has no unit; write a time such as '2.5 min' \\(units: s, min, h, d, wk, ms\\)"),
        ("5 kW", TIME, "which is a power"),
        ("5 mins", TIME, "unknown unit 'mins'.*did you mean 'min'"),
        ("-3 min", TIME, "negative"),
        ("1.1", SHARE, "at most 1"),
        ("1e999 s", TIME, "too large"),
        ("nan s", TIME, "found 'nan s'"),
        ("", TIME, "found ''"),
        ("9" * 5000 + " s", TIME, "found '999"),
        ("٣ min", TIME, "found"),
    ],
)
def test_what_is_no_quantity_is_refused_with_what_would_be_right(
    text: str, dimension: Dimension, words: str
) -> None:
    with pytest.raises(UnitError, match=words):
        parse_quantity(text, dimension)


@given(st.sampled_from(DIMENSIONS), st.floats(0.0, 1.0) | st.floats(0.0, 1.7e308))
def test_a_written_quantity_reads_back_to_the_same_bits(dimension: Dimension, value: float) -> None:
    value = min(value, dimension.highest)
    assert parse_quantity(format_quantity(value, dimension), dimension) == value


@pytest.mark.parametrize(
    ("seconds", "text"), [(150.0, "2.5 min"), (2700.0, "45 min"), (144000.0, "40 h"), (0.1, "0.1 s")]
)
def test_a_quantity_is_written_in_the_unit_that_makes_it_short(seconds: float, text: str) -> None:
    assert format_quantity(seconds, TIME) == text


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (0.0, TIME, "0 s"),
        (0.01234, TIME, "0.0123 s"),
        (59.99, TIME, "60 s"),
        (1075.0, TIME, "17.9 min"),
        (3600.0, TIME, "1 h"),
        (-3 * 86400.0, TIME, "-3 d"),
        (123456.0 * 86400.0, TIME, "123000 d"),
        (5.8412, COUNT, "5.84"),
    ],
)
def test_a_quantity_for_people_has_three_digits_in_its_largest_unit(
    value: float, dimension: Dimension, text: str
) -> None:
    assert about_quantity(value, dimension) == text
