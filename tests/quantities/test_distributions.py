"""Distributions: text, moments, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from scipy import stats

from tests.strategies import distributions
from zhizao.quantities import (
    Distribution,
    DistributionError,
    DistributionKind,
    UnitError,
    mean,
    parse_distribution,
    scaled,
    variance,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 min", Distribution.constant(300.0)),
        ("exponential(40 h)", Distribution.exponential(144000.0)),
        ("lognormal(45 min, cv 0.8)", Distribution.lognormal(2700.0, cv=0.8)),
        ("lognormal(45 min, sd 36 min)", Distribution.lognormal(2700.0, cv=0.8)),
        ("weibull(shape 2, scale 3 h)", Distribution(DistributionKind.WEIBULL, (2.0, 10800.0))),
        ("triangular(0.8 min, 1.0 min, 1.6 min)", Distribution.triangular(48.0, 60.0, 96.0)),
        ("normal(5 min, cv 20 %)", Distribution.normal(300.0, sd=60.0)),
        ("erlang(3, 10 min)", Distribution(DistributionKind.ERLANG, (3.0, 200.0))),
        ("beta(1 min, 9 min, alpha 2, beta 3)", Distribution(DistributionKind.BETA, (2.0, 3.0, 60.0, 540.0))),
        ("discrete(2 min: 0.8, 1 min: 0.2)", Distribution.discrete({60.0: 0.2, 120.0: 0.8})),
        ("empirical(4 min, 3 min)", Distribution.empirical([180.0, 240.0])),
    ],
)
def test_a_distribution_is_read_from_its_text(text: str, expected: Distribution) -> None:
    assert parse_distribution(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("expnential(4 h)", "did you mean 'exponential'"),
        ("exponential(0)", "mean must be above 0"),
        ("lognormal(45 min, 0.8)", r"write it like lognormal\(45 min, cv 0.8\)"),
        ("gamma(3 min, cvv 1)", "did you mean 'cv'"),
        ("beta(1 min, 9 min, mean 3 min, cv 4)", "a cv below 1.155"),
        ("triangular(1 s, 5 s, 3 s)", "low <= mode <= high"),
        ("uniform(3 s, 3 s)", "low must be below high"),
        ("erlang(2.5, 3 s)", "whole number"),
        ("discrete(1 s: 0)", "one weight above 0"),
        ("empirical(3 s)", "two or more"),
        ("empirical()", "empty parameter"),
        ("lognormal(mu 800, sigma 1)", "finite mean"),
        ("weibull(3 h, cv 1e9)", "a cv between"),
    ],
)
def test_an_impossible_distribution_is_refused_with_what_would_be_right(text: str, words: str) -> None:
    with pytest.raises(DistributionError, match=words):
        parse_distribution(text)


def test_a_parameter_without_its_unit_is_refused() -> None:
    with pytest.raises(UnitError, match="no unit"):
        parse_distribution("lognormal(45, cv 0.8)")


@settings(deadline=None)
@given(distributions())
def test_a_written_distribution_reads_back_to_the_same_bits(distribution: Distribution) -> None:
    assert parse_distribution(str(distribution)) == distribution


@pytest.mark.parametrize(
    ("distribution", "reference"),
    [
        (Distribution.uniform(2.0, 7.0), stats.uniform(2, 5)),
        (Distribution.triangular(1.0, 2.0, 5.0), stats.triang(0.25, 1, 4)),
        (Distribution.gamma(6.0, cv=0.5), stats.gamma(4, scale=1.5)),
        (Distribution.erlang(3, 6.0), stats.gamma(3, scale=2)),
        (Distribution(DistributionKind.WEIBULL, (1.7, 4.0)), stats.weibull_min(1.7, scale=4)),
        (Distribution(DistributionKind.LOGNORMAL, (1.2, 0.5)), stats.lognorm(0.5, scale=math.exp(1.2))),
        (Distribution.normal(5.0, sd=4.0), stats.truncnorm(-1.25, math.inf, 5, 4)),
        (Distribution(DistributionKind.BETA, (2.0, 3.0, 1.0, 9.0)), stats.beta(2, 3, 1, 8)),
    ],
)
def test_moments_agree_with_scipy(distribution: Distribution, reference: Any) -> None:
    assert mean(distribution) == pytest.approx(float(reference.mean()), rel=1e-12)
    assert variance(distribution) == pytest.approx(float(reference.var()), rel=1e-10)


def test_mean_and_cv_give_a_distribution_with_that_mean_and_cv() -> None:
    for made in (
        Distribution.gamma(600.0, cv=0.5),
        Distribution.weibull(600.0, cv=0.5),
        Distribution.lognormal(600.0, cv=0.5),
        Distribution.beta(60.0, 2000.0, mean=600.0, cv=0.5),
    ):
        assert mean(made) == pytest.approx(600.0)
        assert variance(made) == pytest.approx(300.0**2)


def test_an_empirical_distribution_is_linear_between_its_values() -> None:
    """Half uniform on 0..1, half uniform on 1..4: mean 1.5, E[x^2] = (1/3 + 7) / 2."""
    made = Distribution.empirical([4.0, 0.0, 1.0])
    assert mean(made) == 1.5
    assert variance(made) == pytest.approx((1 / 3 + 7) / 2 - 1.5**2)


@settings(deadline=None)
@given(distributions())
def test_a_scaled_distribution_has_a_scaled_mean_and_the_same_cv(distribution: Distribution) -> None:
    after = scaled(distribution, 1.7)
    assert after.kind is distribution.kind
    assert mean(after) == pytest.approx(1.7 * mean(distribution))
    assert variance(after) == pytest.approx(1.7**2 * variance(distribution), rel=1e-6, abs=1e-9)
