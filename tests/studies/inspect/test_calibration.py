"""Conformal p-values: right by hand, and the promised rate holds over many draws."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao import InputError
from zhizao.studies.inspect.calibration import AGREED, calibrate, most_exact, parts_needed, parts_to_calibrate


def test_p_values_by_hand() -> None:
    found = calibrate([1.0, 2.0, 3.0, 4.0], ["a", "b", "c", "d"], 0.2)
    assert found.p_values(np.array([5.0, 4.0, 2.5, 0.0])).tolist() == [1 / 5, 2 / 5, 3 / 5, 1.0]
    assert found.defective(found.p_values(np.array([5.0, 4.0]))).tolist() == [True, False]
    assert found.threshold == 4.0


def test_a_part_counts_by_one_of_its_pictures_drawn_at_random() -> None:
    parts = ["a", "a", "b", "c", "c", "c"]
    found = calibrate([1.0, 3.0, 2.0, 1.0, 1.0, 2.5], parts, 0.5)
    assert found.parts == 3
    # above 2.7: a in 1/2 of the draws; above 2.2: a or c in 2/3, both in 1/6; above 1.5: b, and a or c in 2/3
    assert found.p_values(np.array([3.5, 2.7, 2.2, 1.5, 0.5])).tolist() == [1 / 4, 2 / 4, 2 / 4, 3 / 4, 1.0]


def test_the_number_of_parts_in_most_draws_is_that_of_a_simulation() -> None:
    rng = np.random.default_rng(3)
    parts = rng.integers(0, 12, 60)
    found = calibrate(rng.normal(size=60).tolist(), [str(part) for part in parts], 0.2)
    drawn = np.stack([rng.choice(found.scores[found.of_part == part], 20_000) for part in range(12)])
    for score in np.linspace(-2, 2, 9):
        above = (drawn >= score).sum(axis=0)
        agreeing = (above <= round(found.p_values(np.array([score]))[0] * 13 - 1)).mean()
        fewer = (above <= round(found.p_values(np.array([score]))[0] * 13 - 2)).mean()
        assert fewer - 0.02 < AGREED < agreeing + 0.02


def test_the_most_parts_that_meet_a_rate_exactly() -> None:
    assert [most_exact(parts, 0.05) for parts in (19, 38, 39, 75, 79, 100)] == [19, 19, 39, 59, 79, 99]
    assert [most_exact(parts, 0.1) for parts in (9, 30, 39)] == [9, 29, 39]


@pytest.mark.parametrize(
    ("rate", "needed"), [(0.05, 19), (0.1, 9), (0.01, 99), (0.3, 3), (0.5, 1), (0.07, 14)]
)
def test_the_parts_needed_are_the_fewest_with_a_p_value_within_the_rate(rate: float, needed: int) -> None:
    assert parts_needed(rate) == needed
    assert 1 / (needed + 1) <= rate + 1e-12 < 1 / needed + 2e-12


def test_the_number_that_calibrates_meets_the_rate_exactly() -> None:
    for parts in range(24, 400):
        count = parts_to_calibrate(parts, 0.05)
        assert (count + 1) % 20 == 0
        assert count <= parts - 5
    assert [parts_to_calibrate(parts, 0.05) for parts in (24, 50, 86, 172, 400)] == [19, 19, 39, 59, 139]


def test_too_few_parts_are_refused_with_what_they_would_support() -> None:
    with pytest.raises(
        InputError, match=r"at least 24 parts .5 to fit, 19 to calibrate., found 23; 23 support 0.0526"
    ):
        parts_to_calibrate(23, 0.05)
    assert parts_to_calibrate(23, 1 / 19) == 18


def test_the_threshold_and_the_p_value_agree() -> None:
    rng = np.random.default_rng(4)
    for _ in range(50):
        parts = [str(part) for part in rng.integers(0, 30, 80)]
        found = calibrate(rng.normal(size=80).round(1).tolist(), parts, 0.1)
        scores = rng.normal(size=200).round(1)
        assert (found.defective(found.p_values(scores)) == (scores > found.threshold)).all()


@pytest.mark.parametrize(("pictures", "alike"), [(6, 0.9), (6, 0.5), (2, 0.9), (3, 0.7)])
def test_the_promised_rate_holds_for_new_parts_with_several_pictures_each(
    pictures: int, alike: float
) -> None:
    rng = np.random.default_rng(7)
    alarms = []
    parts = np.repeat(np.arange(19), pictures).astype(str).tolist()
    for _ in range(600):
        of_part = np.repeat(rng.normal(size=39), pictures)
        scores = np.sqrt(alike) * of_part + np.sqrt(1 - alike) * rng.normal(size=39 * pictures)
        found = calibrate(scores[: len(parts)].tolist(), parts, 0.05)
        alarms.append((scores[len(parts) :] > found.threshold).mean())
    assert np.mean(alarms) <= 0.05 + 2 * np.std(alarms) / np.sqrt(600)
    assert np.mean(alarms) > 0.025
