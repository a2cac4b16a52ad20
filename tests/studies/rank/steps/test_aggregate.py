"""Aggregation by hand, and what a missing part, a zero and a negative part do."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.studies.rank.spec import Aggregation
from zhizao.studies.rank.steps.aggregate import aggregated, outranking, power_mean

UNKNOWN = float("nan")


@pytest.mark.parametrize(
    ("how", "score"),
    [
        (Aggregation.ARITHMETIC, (2 + 3 * 8) / 4),
        (Aggregation.GEOMETRIC, (2 * 8**3) ** 0.25),
        (Aggregation.HARMONIC, 4 / (1 / 2 + 3 / 8)),
        (Aggregation.POWER, ((2**0.5 + 3 * 8**0.5) / 4) ** 2),
    ],
)
def test_means(how: Aggregation, score: float) -> None:
    assert aggregated(np.array([[2.0, 8.0]]), np.array([1.0, 3.0]), how) == pytest.approx([score])


@pytest.mark.parametrize("how", [one for one in Aggregation if one is not Aggregation.OUTRANKING])
def test_a_missing_part_leaves_with_its_weight(how: Aggregation) -> None:
    parts = np.array([[5.0, UNKNOWN, 5.0], [UNKNOWN, UNKNOWN, UNKNOWN]])
    assert aggregated(parts, np.array([1.0, 7.0, 2.0]), how) == pytest.approx([5, UNKNOWN], nan_ok=True)


def test_too_few_parts_give_no_score() -> None:
    parts = np.array([[5.0, UNKNOWN, 5.0]])
    assert np.isnan(aggregated(parts, np.ones(3), Aggregation.ARITHMETIC, present=0.7)).all()


def test_a_zero_draws_a_geometric_mean_to_its_limit_and_a_negative_part_makes_it_unknown() -> None:
    parts = np.array([[0.0, 4.0], [-1.0, 4.0]])
    for exponent in (0.0, -1.0):
        assert power_mean(parts, np.ones(2), exponent) == pytest.approx([0, UNKNOWN], nan_ok=True)
        assert power_mean(np.array([[1e-200, 4.0]]), np.ones(2), exponent) == pytest.approx([0], abs=1e-90)


def test_outranking_counts_wins_whatever_their_size() -> None:
    parts = np.array([[1.0, 1000.0], [2.0, 1.0], [3.0, 2.0]])
    weights = np.array([3.0, 1.0])
    assert outranking(parts, weights) == pytest.approx([0, 0.5, 1])
    parts[0, 1] = 1e9
    assert outranking(parts, weights) == pytest.approx([0, 0.5, 1])


def test_many_runs_at_once_are_as_one_by_one() -> None:
    generator = np.random.default_rng(1)
    parts, weights = generator.uniform(1, 9, (7, 4)), generator.uniform(1, 2, (5, 1, 4))
    for how in Aggregation:
        at_once = aggregated(np.broadcast_to(parts, (5, 7, 4)), weights, how)
        alone = np.stack([aggregated(parts, one[0], how) for one in weights])
        assert at_once == pytest.approx(alone)
