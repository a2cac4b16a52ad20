"""Intervals against published numbers, rules against plain twins."""

from __future__ import annotations

from dataclasses import astuple
from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhizao.kpi.analysis import (
    batch_means,
    mean_interval,
    mser5,
    paired_difference,
    replicated_difference,
    replication_interval,
)

# Law, Simulation Modeling and Analysis, chapter 4: ten observations, 90 % interval 1.34 +- 0.24.
LAW = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09]
# Student 1908, Biometrika 6: hours of sleep gained with two drugs, same patients (Cushny and Peebles).
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_the_interval_of_laws_ten_observations() -> None:
    interval = mean_interval(LAW, confidence=0.9)
    assert interval.mean == pytest.approx(1.34, abs=0.005)
    assert interval.half_width == pytest.approx(0.24, abs=0.005)


def test_the_paired_interval_of_students_sleep_data() -> None:
    change = paired_difference(DRUG_1, DRUG_2).absolute
    assert (change.mean, change.low, change.high) == pytest.approx((1.58, 0.7001142, 2.4598858), abs=1e-6)
    assert change.excludes(0.0)


def test_a_relative_change_around_a_mean_that_may_be_zero_is_unbounded() -> None:
    relative = paired_difference(DRUG_1, DRUG_2).relative
    assert (relative.low, relative.high) == (-inf, inf)
    assert relative.mean == pytest.approx(2.33 / 0.75 - 1)


def test_fiellers_interval_holds_the_ratios_that_a_t_test_does_not_reject() -> None:
    rng = np.random.default_rng(1)
    before = rng.normal(100, 10, 12)
    after = 0.9 * before + rng.normal(0, 3, 12)
    relative = paired_difference(before, after).relative
    for bound in (
        relative.low,
        relative.high,
    ):
        # At a bound the t interval of (after - ratio x before) just touches 0.
        rest = mean_interval(after - (1 + bound) * before)
        assert min(abs(rest.low), abs(rest.high)) == pytest.approx(0, abs=1e-9)
    assert relative.low < relative.mean < relative.high


def test_common_random_numbers_pay() -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 10, 20)
    change = paired_difference(100 + noise, 101 + noise).absolute
    assert change.half_width == pytest.approx(0, abs=1e-9)
    assert change.mean == pytest.approx(1)


def test_pairs_must_be_pairs() -> None:
    with pytest.raises(ValueError, match="3 before and 2 after"):
        paired_difference([1, 2, 3], [1, 2])


def test_replications_that_could_not_know_a_kpi_are_left_out() -> None:
    assert mean_interval([1.0, float("nan"), 3.0]).n == 2
    nothing = mean_interval([float("nan")])
    assert nothing.n == 0
    assert isnan(nothing.mean)
    one = mean_interval([5.0])
    assert one.mean == 5.0
    assert isnan(one.low)


# ---------------------------------------------------------------- MSER-5
def _plain_mser5(series: list[float]) -> int:
    means = [sum(series[i : i + 5]) / 5 for i in range(0, len(series) - 4, 5)]
    errors = []
    for cut in range(len(means) // 2 + 1):
        rest = means[cut:]
        mean = sum(rest) / len(rest)
        errors.append(sum((x - mean) ** 2 for x in rest) / len(rest) ** 2)
    return 5 * errors.index(min(errors))


@given(st.lists(st.integers(0, 50).map(float), min_size=10, max_size=120))
def test_mser5_is_its_definition(series: list[float]) -> None:
    cut, plain = mser5(series), _plain_mser5(series)
    if cut != plain:  # equal errors may be reported apart by rounding
        padded = [_error(series, c) for c in (cut, plain)]
        assert padded[0] == pytest.approx(padded[1])


def _error(series: list[float], cut: int) -> float:
    means = np.array(series[: len(series) // 5 * 5]).reshape(-1, 5).mean(axis=1)[cut // 5 :]
    return float(means.var() / len(means))


def test_mser5_cuts_off_a_plant_that_starts_empty() -> None:
    rng = np.random.default_rng(3)
    warm_up = 10 * (1 - np.exp(-np.arange(1000) / 30))
    assert 60 <= mser5(warm_up + rng.normal(0, 0.5, 1000)) <= 200


def test_mser5_leaves_a_steady_series_alone() -> None:
    assert mser5([7.3] * 100) == 0
    assert mser5([1.0, 2.0]) == 0


def test_mser5_ends_at_half_when_the_series_never_settles() -> None:
    assert mser5(np.exp(np.arange(100) / 10.0)[::-1]) == 50


def test_a_step_is_cut_off_exactly() -> None:
    assert mser5([100.0] * 20 + [1.0] * 80) == 20


# ---------------------------------------------------------------- runs
def test_batch_means_leave_out_the_first_values_that_fill_no_batch() -> None:
    assert batch_means([99, 1, 2, 3, 4, 5, 6], 3).tolist() == [1.5, 3.5, 5.5]
    with pytest.raises(ValueError, match="3 values"):
        batch_means([1, 2, 3], 4)


# ---------------------------------------------------------------- skewed means
SHOP = [0.1, 0.2, 0.2, 0.3, 2.0]


def test_the_interval_of_a_skewed_sample_is_that_of_willink_above_and_of_student_below() -> None:
    """Willink's bounds from his formula, term by term, for a sample of five."""
    n, mean, s = 5, 0.56, np.std(SHOP, ddof=1)
    third = n / ((n - 1) * (n - 2)) * sum((x - mean) ** 3 for x in SHOP)
    a = third / (6 * np.sqrt(n) * s**3)
    t = 2.7764451052
    high = mean - s / np.sqrt(n) * (np.cbrt(1 + 6 * a * (-t - a)) - 1) / (2 * a)
    found = replication_interval(SHOP)
    assert found.high == pytest.approx(high)
    assert found.high > mean_interval(SHOP).high
    assert found.low == mean_interval(SHOP).low


def test_a_sample_mirrored_has_the_interval_mirrored() -> None:
    found, mirrored = replication_interval(SHOP), replication_interval([-x for x in SHOP])
    assert (-mirrored.high, -mirrored.low) == pytest.approx((found.low, found.high))


@pytest.mark.parametrize("values", [[1.0, 2.0], [3.0, 3.0, 3.0], [1.0], [1.0, 2.0, 3.0]])
def test_without_skewness_the_interval_is_students(values: list[float]) -> None:
    assert astuple(replication_interval(values)) == pytest.approx(astuple(mean_interval(values)), nan_ok=True)


@pytest.mark.parametrize(("shape", "least"), [(0.7, 0.93), (4.0, 0.94), (1000.0, 0.94)])
def test_the_mean_of_twenty_gamma_variables_is_covered(shape: float, least: float) -> None:
    """Skewness 2.4, 1 and 0: Student's t covers 91.5 %, 93.9 % and 95 %."""
    rng = np.random.default_rng(11)
    draws = rng.gamma(shape, 1 / shape, (3000, 20))
    covered = np.mean([not replication_interval(draw).excludes(1.0) for draw in draws])
    assert least < covered < 0.97


def test_a_difference_over_replications_is_no_shorter_than_the_paired_one() -> None:
    rng = np.random.default_rng(4)
    before = rng.gamma(1.0, 10.0, 12)
    after = before * rng.uniform(0.6, 0.9, 12)
    plain, wide = paired_difference(before, after), replicated_difference(before, after)
    for a, b in zip(astuple(plain), astuple(wide), strict=True):
        assert b[1] <= a[1]
        assert b[2] >= a[2]
        assert b[0] == a[0]


def test_an_interval_is_cut_to_what_there_can_be() -> None:
    assert astuple(mean_interval([0.9, 1.0]).within(0.0, 1.0))[2] == 1.0
    assert mean_interval([0.0, 0.01]).within(0.0, 1.0).low == 0.0
    assert mean_interval([1.5, 1.6]).within(0.0, 1.0).high == pytest.approx(1.55)  # never below its mean
