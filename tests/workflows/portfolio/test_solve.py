"""The best plan: against every plan of small instances, and against its own bound."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from zhizao.studies.compare import Appraisal
from zhizao.workflows.portfolio.gains import Gains, gains_of, scatter
from zhizao.workflows.portfolio.model import Floats, Item, Limits, Plan, Problem
from zhizao.workflows.portfolio.rivals import equal_split, greedy
from zhizao.workflows.portfolio.solve import Effort, best_plan

EXACT = Effort(gap=1e-9, seconds=20.0)
KINDS = ("scheduling", "standby")


def small(seed: int, measures: int = 6, years: int = 2) -> tuple[Problem, Gains]:
    """An invented portfolio that is small enough to list all its plans."""
    stream = np.random.default_rng(seed)
    items = [
        Item(
            f"p{row // 3}",
            f"m{row}",
            KINDS[row % 2],
            cost := float(stream.uniform(1, 10)),
            cost * float(stream.uniform(-0.1, 0.9)),
            0.3 * cost,
            people=float(stream.uniform(0, 3)),
            months=float(stream.integers(0, 12)),
        )
        for row in range(measures)
    ]
    a, b, c, d = stream.permutation(measures)[:4]
    by_year = np.array([[8.0] * years, [4.0] * years, [np.inf] * years])
    limits = Limits(by_year, (bool(seed % 2), False, False), total=7.0 * years)
    problem = Problem(tuple(items), limits, ((int(a), int(b)),), ((int(c), int(d)),), Appraisal())
    return problem, gains_of(problem.items, 0.3, 0.1)


def objective(problem: Problem, gains: Gains, plan: Plan, weight: float) -> float:
    """Mean less weighted standard deviation, from the covariance, written out plainly."""
    worth = np.array([problem.worth[r, y] if y >= 0 else 0.0 for r, y in enumerate(plan)])
    covariance = gains.factors.T @ gains.factors + np.diag(gains.own**2)
    value = float(problem.value(plan, gains.mean[None])[0])
    return value - weight * float(np.sqrt(worth @ covariance @ worth))


def listed(problem: Problem, gains: Gains, weight: float) -> float:
    """The best of all plans."""
    plans = (np.array(p) for p in product(range(-1, problem.limits.years), repeat=len(problem.items)))
    return max(objective(problem, gains, plan, weight) for plan in plans if problem.allows(plan))


def test_the_optimum_is_found_in_at_least_99_of_100_small_instances() -> None:
    found = 0
    for seed in range(100):
        weight = 0.8 * (seed % 2)  # every other one weighs the risk
        problem, gains = small(seed // 2, measures=5)
        values, spread = problem.values(gains.mean), gains.spread(problem.worth)
        solution = best_plan(problem, values, EXACT, spread=spread, weight=weight)
        assert problem.allows(solution.plan)
        assert solution.objective == pytest.approx(objective(problem, gains, solution.plan, weight))
        best = listed(problem, gains, weight)
        assert solution.bound >= best - 1e-6 * abs(best)
        found += solution.objective >= best - 1e-6 * abs(best)
    assert found >= 99


def test_other_ways_keep_the_limits_and_are_no_better() -> None:
    for seed in range(20):
        problem, gains = small(seed)
        values = problem.values(gains.mean)
        best = best_plan(problem, values, EXACT).objective
        for plan in (greedy(problem, values), equal_split(problem, values, EXACT)):
            assert problem.allows(plan)
            assert float(problem.value(plan, gains.mean[None])[0]) <= best + 1e-6


# ---------------------------------------------------------------- gains
def kind(gain: list[float], error: float) -> tuple[Item, ...]:
    return tuple(Item(f"p{n}", "m", "standby", 1.0, each, error) for n, each in enumerate(gain))


def test_estimates_that_agree_within_their_errors_are_drawn_to_their_mean() -> None:
    gains = gains_of(kind([1.0, 1.1, 0.9, 1.0], 0.5), 0.0, 0.1)
    assert gains.mean == pytest.approx([1.0] * 4)
    assert gains.sd == pytest.approx([0.25] * 4)  # the error of a mean of four


def test_estimates_far_apart_stay_as_they_are() -> None:
    gains = gains_of(kind([1.0, 5.0, 9.0], 0.01), 0.0, 0.1)
    assert gains.mean == pytest.approx([1.0, 5.0, 9.0], abs=0.001)


def test_the_scatter_solves_its_equation() -> None:
    values, variance = np.array([1.0, 2.0, 4.0, 7.0]), np.array([0.1, 0.2, 0.3, 0.4])
    weights = 1 / (variance + scatter(values, variance))
    centre = (weights * values).sum() / weights.sum()
    assert (weights * (values - centre) ** 2).sum() == pytest.approx(3.0)


def test_a_gain_of_unknown_uncertainty_is_as_uncertain_as_it_is_large() -> None:
    items = (Item("p", "a", None, 1.0, 2.0), Item("p", "b", None, 1.0, 2.0, 0.1))
    gains = gains_of(items, 0.0, 0.1)
    assert gains.sd == pytest.approx([2.0, 0.1])
    assert gains.assumed.tolist() == [True, False]


def test_one_disappointment_lowers_what_is_expected_of_its_kind_and_of_no_other() -> None:
    items = (*kind([1.0, 1.0, 1.0], 0.1), Item("p9", "m", "scheduling", 1.0, 1.0, 0.1))
    gains = gains_of(items, 0.3, 0.1)
    seen = np.array([True, False, False, False])
    after = gains.given(seen, np.array([0.3, 0.0, 0.0, 0.0]))
    assert (after[:3] < 0.8).all()
    assert after[3] == gains.mean[3]


def test_draws_have_the_covariance_that_the_risk_goes_by() -> None:
    problem, gains = small(3)
    draws: Floats = gains.draws(200_000, np.random.default_rng(1))
    plan = best_plan(problem, problem.values(gains.mean), EXACT).plan
    x = np.zeros(problem.worth.shape)
    x[plan >= 0, plan[plan >= 0]] = 1
    sd = gains.spread(problem.worth).sd(x.ravel())
    assert problem.value(plan, draws).std() == pytest.approx(sd, rel=0.02)


def test_money_that_may_not_be_kept_buys_less() -> None:
    problem, gains = small(1)
    values = problem.values(gains.mean)
    strict = replace(problem, limits=replace(problem.limits, kept=(False, False, False)))
    assert best_plan(strict, values, EXACT).objective <= best_plan(problem, values, EXACT).objective + 1e-9
