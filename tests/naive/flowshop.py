"""Orders of a flow shop, one operation after another: what the kernels must give."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from zhizao.solvers.shop.problem import Objective, Problem


def best_value(problem: Problem) -> int:
    """Least value over all orders."""
    return min(order_value(problem, order) for order in permutations(range(problem.jobs)))


def order_value(problem: Problem, order: Sequence[int]) -> int:
    """Value of an order; a job without a stop starts later until it need not stop."""
    units = problem.operations // problem.jobs
    free, before, done = [0] * units, [-1] * units, {}
    for job in order:
        start = int(problem.release[job])
        while (late := _late(problem, job, start, free, before)) > 0:
            start += late
        end = start
        for k in range(units):
            early = _ready(problem, job, k, end, free, before)
            assert problem.no_wait is None or k == 0 or early == end
            end = early + int(problem.mode_time[job * units + k])
            free[k], before[k] = end, job
        done[job] = end
    if problem.objective is Objective.MAKESPAN:
        return max(done.values())
    since = problem.due if problem.objective is Objective.TARDINESS else problem.release
    return sum(int(problem.weight[j]) * max(0, done[j] - int(since[j])) for j in done)


def _ready(problem: Problem, job: int, k: int, at: int, free: Sequence[int], before: Sequence[int]) -> int:
    """When unit k can begin a job that comes at a time."""
    setups, units = problem.setups, problem.operations // problem.jobs
    gap = 0
    if setups is not None:
        last = setups.family[before[k] * units + k] if before[k] >= 0 else setups.start[k]
        table = setups.time[min(k, len(setups.time) - 1)]
        gap = int(table[last, setups.family[job * units + k]]) if last >= 0 else 0
        if setups.with_job:
            at += gap
    return max(at, free[k] + gap)


def _late(problem: Problem, job: int, start: int, free: Sequence[int], before: Sequence[int]) -> int:
    """By how much a job would have to stop on its way, where it may not."""
    if problem.no_wait is None:
        return 0
    units = problem.operations // problem.jobs
    at = _ready(problem, job, 0, start, free, before)
    late = at - start
    for k in range(units):
        late = max(late, _ready(problem, job, k, at, free, before) - at)
        at += int(problem.mode_time[job * units + k])
    return late
