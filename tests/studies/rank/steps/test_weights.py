"""Weights from data: they sum to one, and each does what it says."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.studies.rank.spec import Weighting
from zhizao.studies.rank.steps.weights import weighted_by

GENERATOR = np.random.default_rng(3)
COMMON = GENERATOR.normal(size=200)
PARTS = np.column_stack([COMMON + k * GENERATOR.normal(size=200) for k in (0.3, 0.6, 2.0)])
GIVEN = np.array([2.0, 1.0, 1.0])


@pytest.mark.parametrize("how", list(Weighting))
def test_weights_sum_to_one(how: Weighting) -> None:
    found = weighted_by(PARTS, GIVEN, how)
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()


def test_given_and_equal() -> None:
    assert weighted_by(PARTS, GIVEN, Weighting.GIVEN) == pytest.approx([0.5, 0.25, 0.25])
    assert weighted_by(PARTS, GIVEN, Weighting.EQUAL) == pytest.approx([1 / 3] * 3)


def test_the_first_component_weighs_what_has_most_in_common() -> None:
    found = weighted_by(PARTS, GIVEN, Weighting.PCA)
    assert found[2] == found.min()
    assert found == pytest.approx(weighted_by(-PARTS, GIVEN, Weighting.PCA))


def test_entropy_weighs_what_tells_units_apart() -> None:
    alike = np.column_stack([np.r_[0.0, np.ones(49)], np.r_[np.zeros(49), 1.0]])
    found = weighted_by(alike, np.ones(2), Weighting.ENTROPY)
    assert found[1] > 0.9


def test_optimised_weights_balance_the_correlations() -> None:
    found = weighted_by(PARTS, np.ones(3), Weighting.OPTIMISED)
    pull = [np.corrcoef(part, PARTS @ found)[0, 1] for part in PARTS.T]
    assert pull == pytest.approx([pull[0]] * 3, abs=1e-4)
    assert (
        np.ptp([np.corrcoef(part, PARTS.sum(axis=1))[0, 1] for part in PARTS.T]) > 0.02
    )  # not by equal ones
