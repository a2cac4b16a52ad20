"""Conformal p-values: right by hand, and the promised rate holds over many draws."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao import InputError
from zhizao.studies.inspect.calibration import calibrate, parts_needed, parts_to_calibrate


def test_p_values_by_hand() -> None:
    found = calibrate([1.0, 2.0, 3.0, 4.0], ["a", "b", "c", "d"], 0.2)
    assert found.p_values(np.array([5.0, 4.0, 2.5, 0.0])).tolist() == [1 / 5, 2 / 5, 3 / 5, 1.0]
    assert found.defective(found.p_values(np.array([5.0, 4.0]))).tolist() == [True, False]
    assert found.threshold == 4.0


def test_pictures_of_a_part_share_its_weight() -> None:
    found = calibrate([1.0, 3.0, 2.0], ["a", "a", "b"], 0.5)
    assert found.parts == 2
    assert found.p_values(np.array([2.5, 1.5, 0.5])).tolist() == [(1 + 0.5) / 3, (1 + 1.5) / 3, 1.0]


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


def test_the_promised_rate_holds_for_new_parts_with_several_pictures_each() -> None:
    rng = np.random.default_rng(7)
    alarms = []
    for _ in range(3000):  # parts differ much more than pictures of a part do
        of_part = np.repeat(rng.normal(size=20), 6)
        scores = of_part + rng.normal(0, 0.3, 120)
        parts = [str(number // 6) for number in range(120)]
        found = calibrate(scores[:114].tolist(), parts[:114], 0.05)
        alarms.append(found.defective(found.p_values(scores[114:])).mean())
    assert np.mean(alarms) <= 0.05 + 3 * np.std(alarms) / np.sqrt(3000)
    assert np.mean(alarms) > 0.02
