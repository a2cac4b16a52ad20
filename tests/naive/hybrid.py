"""The schedule that an order of jobs stands for in a hybrid flow shop, one operation after another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from zhizao.solvers.shop.problem import Problem


def ends(problem: Problem, order: Sequence[int]) -> list[list[int]]:
    """End of each job at each stage: jobs as they come, each on the unit that ends it first."""
    stages = problem.operations // problem.jobs
    free = [0] * problem.units
    ready = problem.release.tolist()
    done: list[list[int]] = [[] for _ in range(problem.jobs)]
    queue = list(order)
    for stage in range(stages):
        if stage:
            queue.sort(key=ready.__getitem__)
        for job in queue:
            a, b = list(pairwise(problem.mode_first.tolist()))[job * stages + stage]
            tries = [
                (max(ready[job], free[u]) + int(problem.mode_time[mode]), -free[u], u)
                for mode in range(a, b)
                for u in [int(problem.mode_unit[mode])]
            ]
            ready[job], _, unit = min(tries)
            free[unit] = ready[job]
            done[job].append(ready[job])
    return done
