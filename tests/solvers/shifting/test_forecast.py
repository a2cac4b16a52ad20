"""Forecasts with errors: nothing that is not yet known is used."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.solvers.shifting.forecast import outlook, replan, smoothed, valued, with_errors
from zhizao.solvers.shifting.plan import plan_jobs
from zhizao.solvers.shifting.problem import Doubles, Sites, Task, jobs_table


def day_and_night(slots: int, seed: int) -> Doubles:
    r = np.random.default_rng(seed)
    found: Doubles = 300 + 80 * np.sin(np.arange(slots) / 48 * 2 * np.pi) + np.cumsum(r.normal(0, 3, slots))
    return found


def test_smoothing_solves_its_normal_equations() -> None:
    series = np.random.default_rng(1).normal(size=40)
    second = np.diff(np.eye(40), n=2, axis=0)
    right = np.linalg.solve(np.eye(40) + 7.0 * second.T @ second, series)
    assert smoothed(series, 7.0) == pytest.approx(right)
    assert smoothed(series, 0.0).tolist() == series.tolist()


@pytest.mark.parametrize("restart", [0, 1])
def test_the_past_of_a_plan_does_not_depend_on_values_to_come(restart: int) -> None:
    """Change all values from a slot on: what was done before it stays."""
    actual, cut = day_and_night(300, 1), 170
    forecast = with_errors(actual, 0.05, seed=1)
    other = actual.copy()
    other[cut:] = np.random.default_rng(9).gamma(2.0, 150.0, 300 - cut)
    jobs = jobs_table([Task(20, first, first + 60, restart=restart) for first in range(0, 240, 20)], 1)
    one, two = (replan(jobs, values[None], forecast[None]).plan for values in (actual, other))
    for job in range(12):
        place, first = int(jobs.place[job]), int(jobs.first[job])
        before = slice(place, place + max(0, min(60, cut - first)))
        assert one.use[before].tolist() == two.use[before].tolist()
    assert one.use.tolist() != two.use.tolist()


@pytest.mark.parametrize("persistence", [0.0, 0.9])
@pytest.mark.parametrize("interruptible", [True, False])
def test_deadlines_hold_and_planning_again_is_between_one_plan_and_hindsight(
    persistence: float, interruptible: bool
) -> None:
    actual = day_and_night(1_500, 2)[None]
    jobs = jobs_table(
        [Task(20, first, first + 70, interruptible=interruptible) for first in range(100, 1_400, 10)], 1
    )
    unlimited = np.full(actual.shape, np.inf)
    once, again = [], []
    for seed in range(5):
        forecast = with_errors(actual[0], 0.08, seed=seed, persistence=persistence)[None]
        once.append(valued(jobs, actual, plan_jobs(jobs, Sites(forecast, unlimited)).plan).value)
        found = replan(jobs, actual, forecast)
        again.append(found.value)
        work = [
            int((found.plan.use[a:b] == 1).sum()) for a, b in zip(jobs.place, jobs.place[1:], strict=False)
        ]
        assert work == [20] * len(work)
    assert plan_jobs(jobs, Sites(actual, unlimited)).value <= min(again)
    assert np.mean(again) < np.mean(once)


def test_the_past_chooses_how_much_is_smoothed_and_how_long_errors_last() -> None:
    actual = day_and_night(2_000, 3)
    free, lasting = (
        outlook(actual, with_errors(actual, 0.05, seed=4, persistence=each)) for each in (0.0, 0.97)
    )
    assert free.picks[:48].max() == 0
    assert free.picks[-1] > 0
    assert lasting.persist[-1] > 0.9


def test_errors_have_the_spread_that_is_asked_for() -> None:
    series = np.full(20_000, 200.0)
    for persistence in (0.0, 0.8):
        errors = with_errors(series, 0.05, seed=1, persistence=persistence) - series
        assert errors.std() == pytest.approx(10.0, rel=0.05)
        assert np.corrcoef(errors[1:], errors[:-1])[0, 1] == pytest.approx(persistence, abs=0.03)
