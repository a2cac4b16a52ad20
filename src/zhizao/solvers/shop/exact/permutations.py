"""All orders of the jobs of a small permutation flow shop."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from zhizao.solvers.shop.search import flowshop
from zhizao.solvers.shop.search.context import SearchContext

MOST_JOBS = 6  # 720 orders, some tens of milliseconds


def prove(context: SearchContext) -> bool:
    """Look at all orders; True if the incumbent is then proved."""
    problem = context.problem
    rows = flowshop.rows_of(problem)
    if not problem.same_order or problem.jobs > MOST_JOBS or not flowshop.fits(problem) or rows is None:
        return False
    flow = flowshop.flow_of(problem, rows)
    best = None
    for order in permutations(range(problem.jobs)):
        if context.is_over():
            return False
        schedule, value = flowshop.schedule_of(problem, rows, flow, np.array(order, np.int64))
        if best is None or value < best:
            best = value
            context.offer(schedule, value, by="enumeration")
    if best is not None:
        context.prove(best)
    return best is not None
