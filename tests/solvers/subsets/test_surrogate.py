"""The Gaussian process beside plain linear algebra on the whole covariance matrix."""

import numpy as np
import pytest

from zhizao.solvers.subsets.surrogate import (
    INTERCEPT,
    Data,
    Kernel,
    _likelihood,
    condition,
    default_kernel,
    signs,
    transform,
)

K = 5


def kernel() -> Kernel:
    return Kernel(np.array([0.3, 0.5, 0.1, 0.7, 0.2]), 1.0, 0.4, 0.2, 0.05, 0.3, 0.02)


def data() -> Data:
    rng = np.random.default_rng(3)
    return Data(rng.integers(1 << K, size=30), rng.integers(4, size=30), rng.standard_normal(30))


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


def test_posterior_mean_and_variance_are_those_of_the_whole_matrix():
    one, seen = kernel(), data()
    model = condition(K, one, seen)
    every = covariance(one)
    at = seen.subsets
    same = seen.replications[:, None] == seen.replications
    smooth = every[np.ix_(at, at)] - INTERCEPT
    observed = smooth + INTERCEPT + same * (one.share * smooth + one.common) + one.noise * np.eye(30)
    gain = every[:, at] @ np.linalg.inv(observed)
    np.testing.assert_allclose(model.mean(), gain @ seen.values, atol=1e-8)
    drawn = model.samples(20_000, np.random.default_rng(2))
    expected = np.diag(every - gain @ every[at])
    np.testing.assert_allclose(drawn.mean(axis=0), model.mean(), atol=5 * np.sqrt(expected.max() / 20_000))
    np.testing.assert_allclose(drawn.var(axis=0), expected, rtol=0.06)


def test_the_slope_of_the_likelihood_is_that_of_differences():
    seen, vector = data(), default_kernel(K).vector() + 0.1
    x, same = signs(seen.subsets, K), (seen.replications[:, None] == seen.replications).astype(float)
    slope = _likelihood(Kernel.of(vector), x, same, seen.values)[1]
    for i in range(len(vector)):
        step = np.zeros(len(vector))
        step[i] = 1e-5
        above = _likelihood(Kernel.of(vector + step), x, same, seen.values)[0]
        below = _likelihood(Kernel.of(vector - step), x, same, seen.values)[0]
        assert slope[i] == pytest.approx((above - below) / 2e-5, rel=1e-4, abs=1e-5)
