"""What else could be done: split everything equally, or take what pays most per money first."""

from __future__ import annotations

import numpy as np

from zhizao.workflows.portfolio.fill import by_ratio, filled
from zhizao.workflows.portfolio.model import NEVER, Floats, Plan, Problem
from zhizao.workflows.portfolio.solve import Effort, best_plan


def equal_split(problem: Problem, values: Floats, effort: Effort) -> Plan:
    """Every plant gets an equal part of every limit, keeps what it has not spent, and does its own best.

    Needs and exclusions between plants hold too: what they forbid is not taken.
    """
    plants: dict[str, list[int]] = {}
    for row, one in enumerate(problem.items):
        plants.setdefault(one.plant, []).append(row)
    share = problem.limits.split(max(len(plants), 1))
    plan = np.full(len(problem.items), NEVER, dtype=np.int64)
    for mine in plants.values():
        rows = np.array(mine)
        plan[rows] = best_plan(problem.only(rows, share), values[rows], effort).plan
    return _allowed(problem, plan)


def _allowed(problem: Problem, plan: Plan) -> Plan:
    """Without the measures that break a need or an exclusion across plants."""
    plan, again = plan.copy(), True
    while again:
        broken = [a for a, b in problem.needs if plan[a] >= 0 and not 0 <= plan[b] <= plan[a]]
        broken += [b for a, b in problem.excludes if plan[a] >= 0 and plan[b] >= 0]
        plan[broken], again = NEVER, bool(broken)
    return plan


def greedy(problem: Problem, values: Floats) -> Plan:
    """Year by year, the measures of the highest value per money that fit into what is left."""
    return filled(problem, by_ratio(problem, values))
