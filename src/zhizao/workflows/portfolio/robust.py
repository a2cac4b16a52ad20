"""How sure a plan is: the best plan under each draw of the gains, and what further money buys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.workflows.portfolio.model import Floats, Plan, Problem
from zhizao.workflows.portfolio.program import shadow_price
from zhizao.workflows.portfolio.solve import Effort, Solution, Spread, best_plan

Done = Callable[[float], None]
SHARES = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
"""Shares of the budget at which the curve is computed."""
MILLION = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Hindsight:
    """The best plans if the gains were known, one per draw: their values, and the year of each measure.

    `timed_out` counts the searches that a time limit ended.
    """

    values: Floats
    plans: NDArray[np.int64]
    timed_out: int = 0

    @property
    def chosen(self) -> Floats:
        """Share of the draws in whose best plan each measure is, in whatever year."""
        return np.asarray((self.plans >= 0).mean(axis=0))

    def in_year(self, plan: Plan) -> Floats:
        """Share of the draws in whose best plan each measure is in the year of this plan."""
        return np.asarray(((self.plans == plan) & (self.plans >= 0)).mean(axis=0))


def hindsight(problem: Problem, draws: Floats, effort: Effort, done: Done) -> Hindsight:
    """The best plan under each draw."""
    plans, values, timed_out = np.empty(draws.shape, dtype=np.int64), np.empty(len(draws)), 0
    for row, truth in enumerate(draws):
        best = best_plan(problem, problem.values(truth), effort)
        plans[row], timed_out = best.plan, timed_out + best.out_of_time
        values[row] = problem.value(plans[row], truth[None])[0]
        done((row + 1) / len(draws))
    return Hindsight(values, plans, timed_out)


@dataclass(frozen=True, slots=True)
class Point:
    """A budget, the objective of its best plan, the bound, and what a further million would add.

    `price` comes from the linear relaxation, as a share of the money: 0.3 is 0.3 for each 1 more.
    """

    budget: float
    objective: float
    bound: float
    price: float
    plan: Plan
    out_of_time: bool = False


def curve(
    problem: Problem,
    values: Floats,
    at_hand: Solution,
    effort: Effort,
    *,
    risk: tuple[Spread, float],
    done: Done,
) -> tuple[Point, ...]:
    """The best plan at shares of the budget, and at a million more; none where money has no limit."""
    money = problem.limits.money
    if not np.isfinite(money) or money <= 0:
        return ()
    spread, weight = risk
    shares = sorted({*SHARES, 1 + MILLION / money})
    found = list[Point]()
    for number, share in enumerate(shares):
        part = Problem(
            problem.items, problem.limits.scaled(share), problem.needs, problem.excludes, problem.appraisal
        )
        one = at_hand if share == 1 else best_plan(part, values, effort, spread=spread, weight=weight)
        if found and found[-1].objective > one.objective:  # a plan of less money is one of more money too
            one = Solution(found[-1].plan, found[-1].objective, one.bound, one.out_of_time)
        price = shadow_price(part, values) if weight == 0 else float("nan")
        found.append(Point(money * share, one.objective, one.bound, price, one.plan, one.out_of_time))
        done((number + 1) / len(shares))
    return tuple(found)
