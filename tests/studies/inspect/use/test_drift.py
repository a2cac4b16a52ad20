"""The drift alarm: its false alarms, and how soon it sees a change."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.studies.inspect.calibration import calibrate
from zhizao.studies.inspect.use.drift import FALSE_EVERY, Drift, drift_from


def begun(rng: np.random.Generator, parts: int = 39) -> Drift:
    return Drift(sorted(rng.normal(size=parts).tolist()), rng)


def test_without_drift_alarms_are_no_more_than_one_in_a_thousand_pictures() -> None:
    rng = np.random.default_rng(1)
    pictures, alarms = 0, 0
    for _ in range(40):
        drift = begun(rng)
        alarms += sum(drift.seen(score) for score in rng.normal(size=500).tolist())
        pictures += 500
    assert alarms <= pictures / FALSE_EVERY


@pytest.mark.parametrize("shift", [1.5, 3.0])
def test_a_shift_of_all_scores_is_seen_within_fifty_pictures(shift: float) -> None:
    rng = np.random.default_rng(2)
    seen = 0
    for _ in range(20):
        drift = begun(rng, parts=76)
        seen += any(drift.seen(score) for score in rng.normal(shift, size=50).tolist())
    assert seen >= 18


def test_scores_that_fall_raise_no_alarm() -> None:
    rng = np.random.default_rng(3)
    drift = begun(rng)
    assert not any(drift.seen(score) for score in rng.normal(-3, size=200).tolist())


def test_equal_scores_raise_no_alarm() -> None:
    drift = Drift([1.0] * 30, np.random.default_rng(4))
    assert not any(drift.seen(1.0) for _ in range(300))


def test_one_picture_of_each_part_counts() -> None:
    calibration = calibrate([1.0, 2.0, 3.0, 4.0], ["a", "a", "b", "c"], 0.25)
    drift = drift_from(calibration, ["a", "a", "b", "c"], seed=1)
    assert len(drift.scores) == 3
    assert drift.scores[1:] == [3.0, 4.0]
    assert drift.scores[0] in (1.0, 2.0)
