"""Knowing the gains beforehand, and learning them year by year."""

from __future__ import annotations

import numpy as np
import pytest

from tests.workflows.portfolio.test_solve import EXACT, small
from zhizao.studies.compare import Appraisal
from zhizao.workflows.portfolio.gains import Gains, gains_of
from zhizao.workflows.portfolio.model import NEVER, Item, Limits, Problem
from zhizao.workflows.portfolio.robust import curve, hindsight
from zhizao.workflows.portfolio.rolling import fixed_until, replanned
from zhizao.workflows.portfolio.solve import Effort, best_plan


def three_of_a_kind() -> tuple[Problem, Gains]:
    """Three equal measures in three plants; the budget pays one a year."""
    items = tuple(Item(f"p{n}", "m", "standby", 10.0, 4.0, 0.1) for n in range(3))
    limits = Limits(np.array([[10.0] * 3, [np.inf] * 3, [np.inf] * 3]), (False, False, False))
    return Problem(items, limits, (), (), Appraisal()), gains_of(items, 0.5, 0.05)


def test_no_plan_is_worth_more_than_the_one_of_who_knows_the_gains() -> None:
    for seed in range(4):
        problem, gains = small(seed)
        draws = gains.draws(5, np.random.default_rng(seed))
        best = hindsight(problem, draws, EXACT, lambda _: None)
        plan = best_plan(problem, problem.values(gains.mean), EXACT).plan
        assert (best.values >= problem.value(plan, draws) - 1e-6).all()
        assert ((best.chosen >= best.in_year(plan)) & (best.chosen <= 1)).all()


def test_what_goes_as_expected_changes_no_plan() -> None:
    for seed in range(3):
        problem, gains = small(seed)
        plan = best_plan(problem, problem.values(gains.mean), EXACT).plan
        nothing = np.zeros(len(plan))
        found, _ = replanned(problem, gains, np.flatnonzero(plan == 0), gains.mean, nothing, EXACT)
        worth = [float(problem.value(one, gains.mean[None])[0]) for one in (plan, found)]
        assert worth[1] == pytest.approx(worth[0])


@pytest.mark.parametrize(("truth", "years"), [(4.0, {0, 1, 2}), (0.5, {0, NEVER})])
def test_one_that_disappoints_stops_the_others(truth: float, years: set[int]) -> None:
    problem, gains = three_of_a_kind()
    first, nothing = np.array([1]), np.zeros(3)
    plan, _ = replanned(problem, gains, first, np.full(3, truth), nothing, EXACT)
    assert plan[1] == 0
    assert set(plan.tolist()) == years


def test_choices_before_a_year_are_fixed_and_later_ones_free() -> None:
    fixed = fixed_until(np.array([0, NEVER, 1]), 1, 2)
    assert np.array_equal(fixed, np.array([[1, 0], [0, np.nan], [0, np.nan]]), equal_nan=True)


def test_more_money_is_never_worth_less_and_no_plan_is_above_its_bound() -> None:
    problem, gains = small(2)
    values, spread = problem.values(gains.mean), gains.spread(problem.worth)
    at_hand = best_plan(problem, values, EXACT)
    points = curve(problem, values, at_hand, EXACT, risk=(spread, 0.0), done=lambda _: None)
    worth = [one.objective for one in points]
    assert worth == sorted(worth)
    assert worth[0] < worth[-1]
    assert all(one.bound >= one.objective for one in points)


@pytest.mark.slow
def test_equal_searches_end_equally_by_nodes() -> None:
    problem, gains = small(4, measures=40, years=3)
    values, spread = problem.values(gains.mean), gains.spread(problem.worth)
    few = Effort(gap=0.0, nodes=3)
    first, second = (best_plan(problem, values, few, spread=spread, weight=1.0) for _ in range(2))
    assert (first.plan == second.plan).all()
    assert (first.objective, first.bound, first.out_of_time) == (second.objective, second.bound, False)


def test_a_search_that_time_ends_says_so() -> None:
    problem, gains = small(4, measures=40, years=3)
    values, spread = problem.values(gains.mean), gains.spread(problem.worth)
    assert best_plan(problem, values, Effort(seconds=0.0), spread=spread, weight=1.0).out_of_time
