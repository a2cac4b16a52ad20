"""The Gaussian process beside plain linear algebra on the whole covariance matrix."""

import numpy as np
import pytest

from zhizao.solvers.subsets.kernel import INTERCEPT, Kernel, default_kernel, transform
from zhizao.solvers.subsets.observations import Data
from zhizao.solvers.subsets.surrogate import _likelihood, condition

K = 5


def kernel() -> Kernel:
    return Kernel(np.array([0.3, 0.5, 0.1, 0.7, 0.2]), 1.0, 0.4, 0.2, 0.05, 0.3, 0.02)


def observed() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Subset, replication and value; several replications hold the same subsets, others do not."""
    rng = np.random.default_rng(3)
    subsets = np.concatenate([[1, 5, 9, 30] * 2, [1, 5, 9, 30, 7], rng.permutation(32)[:9], [30]])
    replications = np.repeat([0, 1, 2, 3, 4], [4, 4, 5, 9, 1])
    return subsets, replications, rng.standard_normal(len(subsets))


def observation_covariance(one: Kernel) -> np.ndarray:
    """Of all observations, without any aggregation."""
    at, replications, _ = observed()
    same = replications[:, None] == replications
    smooth = covariance(one)[np.ix_(at, at)] - INTERCEPT
    noise = same * (one.share * smooth + one.common) + one.noise * np.eye(len(at))
    return smooth + INTERCEPT + noise


def covariance(one: Kernel) -> np.ndarray:
    """Of all subsets, term by term over the Walsh basis."""
    subsets = np.arange(1 << K)
    walsh = 1.0 - 2.0 * (np.bitwise_count(subsets[:, None] & subsets) % 2)
    weight = {0: INTERCEPT, 1: one.w1, 2: one.w2}
    variance = []
    for term in subsets:
        taken = [i for i in range(K) if term >> i & 1]
        size = weight.get(len(taken), one.w3)
        variance.append(size * np.prod(one.theta[taken]))
    return walsh @ np.diag(variance) @ walsh.T


def test_the_transform_is_the_sum_over_walsh_functions():
    values = np.random.default_rng(1).standard_normal((3, 1 << K))
    subsets = np.arange(1 << K)
    walsh = 1.0 - 2.0 * (np.bitwise_count(subsets[:, None] & subsets) % 2)
    np.testing.assert_allclose(transform(values), values @ walsh, atol=1e-12)


def test_posterior_is_that_of_the_whole_matrix():
    one, (at, _, values) = kernel(), observed()
    model = condition(K, one, Data.of(K, *observed()))
    every = covariance(one)
    gain = every[:, at] @ np.linalg.inv(observation_covariance(one))
    expected = every - gain @ every[at]
    np.testing.assert_allclose(model.mean(), gain @ values, atol=1e-8)
    np.testing.assert_allclose(model.covariance(np.arange(1 << K)), expected, atol=1e-8)
    np.testing.assert_allclose(model.deviation(np.arange(1 << K)), np.sqrt(np.diag(expected)), atol=1e-7)


def test_likelihood_is_that_of_the_whole_matrix_up_to_its_constant():
    matrix, values = observation_covariance(kernel()), observed()[2]
    expected = -0.5 * (values @ np.linalg.solve(matrix, values) + np.linalg.slogdet(matrix)[1])
    assert _likelihood(kernel(), Data.of(K, *observed()))[0] == pytest.approx(expected)


def test_the_slope_of_the_likelihood_is_that_of_differences():
    seen, vector = Data.of(K, *observed()), default_kernel(K).vector() + 0.1
    slope = _likelihood(Kernel.of(vector), seen)[1]
    for i in range(len(vector)):
        step = np.zeros(len(vector))
        step[i] = 1e-5
        above = _likelihood(Kernel.of(vector + step), seen)[0]
        below = _likelihood(Kernel.of(vector - step), seen)[0]
        assert slope[i] == pytest.approx((above - below) / 2e-5, rel=1e-4, abs=1e-5)


def test_left_out_residuals_are_those_of_a_fit_without_the_subset():
    """With one observation of each subset and independent noise, leaving one out is exact."""
    one = Kernel(np.array([0.3, 0.5, 0.1, 0.7, 0.2]), 1.0, 0.4, 0.2, 1e-9, 1e-9, 0.02)
    subsets, rng = np.array([0, 3, 8, 17, 30]), np.random.default_rng(1)
    numbers, values = np.arange(5), rng.standard_normal(5)
    found = condition(K, one, Data.of(K, subsets, numbers, values)).left_out()
    for i in range(5):
        keep = numbers != i
        rest = condition(K, one, Data.of(K, subsets[keep], numbers[keep], values[keep]))
        spread = np.sqrt(rest.deviation(subsets[[i]])[0] ** 2 + 0.02)
        assert found[i] == pytest.approx((values[i] - rest.mean()[subsets[i]]) / spread, rel=1e-5)


def test_deviations_out_of_reach_are_bounded_from_above_and_the_others_are_exact(monkeypatch):
    monkeypatch.setattr("zhizao.solvers.subsets.surrogate._COARSE", 3)
    model, every = condition(K, kernel(), Data.of(K, *observed())), np.arange(1 << K)
    exact, short = model.deviation(every), np.linspace(-1, 2, 1 << K)
    found = model.deviation(every, short)
    assert (found >= exact - 1e-9).all()
    reached = (found > short) | (short < 0)
    np.testing.assert_allclose(found[reached], exact[reached], atol=1e-7)
    assert not reached.all()
