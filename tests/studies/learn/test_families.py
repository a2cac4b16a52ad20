"""Families of distributions told from samples, and intervals that cover the truth."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.quantities import distributions as q
from zhizao.quantities.distributions import DistributionKind
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.fitting.families import fit_family, quantiles

SAMPLES = {
    "exponential": lambda rng, n: rng.exponential(3600, n),
    "lognormal": lambda rng, n: rng.lognormal(8, 0.6, n),
    "gamma": lambda rng, n: rng.gamma(4, 900, n),
    "normal": lambda rng, n: rng.normal(300, 60, n),
    "uniform": lambda rng, n: rng.uniform(100, 300, n),
    "triangular": lambda rng, n: rng.triangular(48, 60, 96, n),
    "weibull": lambda rng, n: 1000 * rng.weibull(2.0, n),
    "constant": lambda rng, n: 77.0 + 0.0 * rng.random(n),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_tells_its_family_its_mean_and_its_spread(name: str) -> None:
    sample = SAMPLES[name](np.random.default_rng(5), 4000)
    found = fit_family(sample)
    assert found.distribution.kind is DistributionKind(name)
    assert q.mean(found.distribution) == pytest.approx(sample.mean(), rel=0.01)
    assert q.variance(found.distribution) ** 0.5 == pytest.approx(sample.std(), rel=0.1, abs=1e-9)
    assert found.error == pytest.approx(sample.std() / 4000**0.5, rel=0.01, abs=1e-9)


def test_a_sample_of_two_heaps_is_told_by_its_quantiles() -> None:
    rng = np.random.default_rng(5)
    sample = np.concatenate([rng.normal(100, 5, 500), rng.normal(1000, 5, 500)])
    found = fit_family(sample).distribution
    assert found.kind is DistributionKind.EMPIRICAL
    assert q.mean(found) == pytest.approx(sample.mean(), rel=0.01)
    assert quantiles(np.full(5, 60.0)) == q.Distribution.constant(60.0)


@pytest.mark.parametrize("outlier", [600.0, 4_000.0, 40_000.0])
def test_one_outlier_counts_as_one_observation(outlier: float) -> None:
    rng = np.random.default_rng(5)
    sample = np.concatenate([rng.normal(200, 10, 900), rng.normal(400, 10, 900), [outlier]])
    for found in (quantiles(sample), fit_family(sample).distribution):
        assert q.mean(found) == pytest.approx(sample.mean(), rel=0.05)
        assert q.variance(found) ** 0.5 == pytest.approx(sample.std(), rel=0.05)
        assert len(found.values) <= 24
        body = sum(v < 450 for v in found.values)
        assert body >= 20  # the others keep their shape


def test_a_long_tail_keeps_its_spread() -> None:
    sample = np.random.default_rng(7).lognormal(5, 1.5, 3000)
    found = quantiles(sample)
    assert q.mean(found) == pytest.approx(sample.mean(), rel=0.001)
    assert q.variance(found) ** 0.5 == pytest.approx(sample.std(), rel=0.05)


def test_values_that_are_written_alike_are_one() -> None:
    sample = np.concatenate([np.full(50, 100.0), np.full(50, 100.001), np.full(50, 200.0), [90_000.0]])
    found = quantiles(sample)
    assert found.kind is DistributionKind.DISCRETE
    assert found.values == (100.0, 200.0, 90_000.0)
    assert q.mean(found) == pytest.approx(sample.mean(), rel=0.01)


def test_a_handful_of_times_keeps_their_mean_and_one_is_a_constant_of_unknown_error() -> None:
    assert q.mean(fit_family(np.array([60.0, 120.0, 300.0])).distribution) == pytest.approx(160, rel=1e-3)
    assert fit_family(np.array([60.0])) == (q.Distribution.constant(60.0), 60.0, 60.0)


def test_intervals_have_the_figures_of_their_tables() -> None:
    assert intervals.of_mean(10.0, 1.0, 10) == pytest.approx((10 - 2.262, 10 + 2.262), abs=1e-3)
    assert intervals.of_rate(10, 2.0) == pytest.approx((4.795 / 2, 18.39 / 2), abs=1e-3)  # Garwood's table
    assert intervals.of_rate(0, 1.0) == pytest.approx((0.0, 3.689), abs=1e-3)
    assert intervals.of_share(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert intervals.of_share(0, 0) == (0.0, 1.0)
