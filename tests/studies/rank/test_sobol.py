"""Sobol indices against functions whose indices are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.studies.rank.sobol import indices, influences


def test_indices_of_a_sum_and_a_product() -> None:
    """y = a + b·w with a, b = ±1 and w uniform in -1..1: V = 1 + 1/3, of which b and w only interact."""
    a, b = np.array([-1.0, 1.0]), np.array([-1.0, 1.0])
    w = np.linspace(-1, 1, 20001)
    outcome = a[:, None, None] + b[None, :, None] * w[None, None, :]
    found = indices(outcome, 3)
    assert found[0] == pytest.approx([0.75, 0, 0], abs=1e-3)
    assert found[1] == pytest.approx([0.75, 0.25, 0.25], abs=1e-3)


def test_nothing_that_varies_has_no_indices() -> None:
    assert np.isnan(indices(np.ones((2, 3)), 2)).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_intervals_hold_the_truth_mostly(seed: int) -> None:
    """y = a + w, so the first-order and total indices of w are 1/4 each."""
    generator = np.random.default_rng(seed)
    inside = 0
    for _ in range(20):
        w = generator.uniform(-1, 1, 64)
        found = influences(np.array([-1.0, 1.0])[:, None] + w, ("a", "weights"), seed)
        inside += found[1].first_low <= 0.25 <= found[1].first_high
    assert inside >= 14  # of 20 intervals of 90 %
