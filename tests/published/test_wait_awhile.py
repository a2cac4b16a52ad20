"""Avoided emissions of Wiesner et al. (2021), to the two decimals that are published, and what is better."""

from __future__ import annotations

import numpy as np
import pytest

from tests.published.cluster_traces import DATA
from tests.published.wait_awhile import ERROR, PUBLISHED, SEEDS, intensity, jobs
from zhizao.kpi.analysis import mean_interval
from zhizao.solvers.shifting.forecast import replan, valued, with_errors
from zhizao.solvers.shifting.plan import plan_jobs
from zhizao.solvers.shifting.problem import Doubles, Jobs, Sites

pytestmark = pytest.mark.skipif(
    not (DATA / "price_carbon").is_dir(), reason="carbon series of 2020 are not in the repository"
)


def free(weight: Doubles) -> Sites:
    return Sites(weight, np.full(weight.shape, np.inf))


def baseline(actual: Doubles) -> float:
    at_once = jobs(actual.shape[1], interruptible=False, wait=False)
    return plan_jobs(at_once, free(actual)).value


def planned_once(work: Jobs, actual: Doubles, seed: int) -> float:
    forecast = with_errors(actual[0], ERROR, seed=seed)[None]
    return valued(work, actual, plan_jobs(work, free(forecast)).plan).value


@pytest.mark.parametrize(("country", "interruptible"), PUBLISHED)
def test_the_published_savings_are_met_to_two_decimals(country: str, interruptible: bool) -> None:
    actual = intensity(country)
    work = jobs(actual.shape[1], interruptible=interruptible)
    kept = np.mean([planned_once(work, actual, seed) for seed in SEEDS]) / baseline(actual)
    assert round(100 * (1 - kept), 2) == PUBLISHED[country, interruptible]


@pytest.mark.parametrize("country", ["DE", "FR", "GB"])
def test_planning_again_saves_more_with_the_same_forecasts_and_deadlines(country: str) -> None:
    actual, base = intensity(country), baseline(intensity(country))
    work = jobs(actual.shape[1], interruptible=True)
    ahead = []
    for seed in range(3):
        forecast = with_errors(actual[0], ERROR, seed=seed)[None]
        again = replan(work, actual, forecast)
        assert not again.late.size
        ahead.append(100 * (planned_once(work, actual, seed) - again.value) / base)
    assert mean_interval(ahead).low > 0.1
    hindsight = plan_jobs(work, free(actual)).value
    assert hindsight < again.value < hindsight * 1.001
