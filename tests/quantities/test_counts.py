"""The mean of a draw that is rounded to a whole number of at least 1."""

from __future__ import annotations

import math

import pytest

from tests.engine.shops import records, shop
from zhizao.quantities import mean
from zhizao.quantities.counts import NEVER_FAR, mean_count
from zhizao.quantities.distribution_text import parse_distribution
from zhizao.quantities.units import COUNT

FORMS = (
    "uniform(0, 4)",
    "triangular(0, 1, 7)",
    "exponential(1.5)",
    "gamma(2, cv 1)",
    "erlang(2, 3)",
    "weibull(2, cv 1.5)",
    "lognormal(2, cv 1)",
    "normal(2, sd 2)",
    "beta(0, 5, mean 1, cv 1)",
    "empirical(0, 0.2, 1, 6)",
)


def test_the_mean_of_a_rounded_exponential_is_a_geometric_sum() -> None:
    """1 + e^(-1.5 a) + e^(-2.5 a) + … for the rate a."""
    rate = 1 / 1.5
    expected = 1 + math.exp(-1.5 * rate) / (1 - math.exp(-rate))
    assert mean_count(parse_distribution("exponential(1.5)", COUNT)) == pytest.approx(expected, rel=1e-9)


def test_the_mean_of_a_rounded_uniform_is_by_hand() -> None:
    """From 0 to 4: 1 below 1.5, 2 below 2.5, 3 below 3.5, and 4."""
    expected = (1 * 1.5 + 2 + 3 + 4 * 0.5) / 4
    assert mean_count(parse_distribution("uniform(0, 4)", COUNT)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_orders_of_the_twin_have_the_mean_count(form: str) -> None:
    pieces = parse_distribution(form, COUNT)
    plant = shop(
        orders=[{"product": "p", "every": "10 s", "pieces": form}],
        products={"p": {"route": "r", "lot": 10_000}},
    )
    lots = records(plant, days=3.0).lots
    sizes = lots["pieces"].to_numpy() if "pieces" in lots.columns else lots["pieces_in"].to_numpy()
    error = sizes.std() / math.sqrt(len(sizes))
    assert len(sizes) > 20_000
    assert abs(sizes.mean() - mean_count(pieces)) < 4 * error


@pytest.mark.parametrize("form", ["20", "discrete(1: 3, 9: 1)"])
def test_what_is_whole_keeps_its_mean(form: str) -> None:
    pieces = parse_distribution(form, COUNT)
    assert mean_count(pieces) == mean(pieces)


@pytest.mark.parametrize("form", FORMS)
def test_rounding_large_counts_moves_them_by_less_than_one_percent(form: str) -> None:
    from zhizao.quantities.distributions import scaled

    pieces = parse_distribution(form, COUNT)
    large = scaled(pieces, 0.999 * NEVER_FAR / mean(pieces))
    assert mean_count(large) == pytest.approx(mean(large), rel=0.01)
