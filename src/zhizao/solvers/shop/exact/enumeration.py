"""Branch and bound over all orders of small shops: a proof in milliseconds, without any library.

An active schedule is best for every objective that grows with the ends of jobs, and serial generation makes
every one of them from some order and choice of modes (Giffler & Thompson 1960; Sprecher et al. 1995).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zhizao.solvers.shop.bounds import head_of, rest_of
from zhizao.solvers.shop.check import value
from zhizao.solvers.shop.problem import Ints, Objective, Problem, Schedule
from zhizao.solvers.shop.search.context import SearchContext

MOST_OPERATIONS = 12  # above, the orders are too many
MOST_NODES = 20_000  # partial schedules that are looked at, some tens of milliseconds


def fits(problem: Problem) -> bool:
    """Whether orders of operations alone say all: units, workers, modes, release dates and precedence."""
    p = problem
    lacks = (p.setups, p.breaks, p.transport, p.pools)
    plain = all(part is None for part in lacks) and not p.same_order
    plain &= p.no_wait is None or not p.no_wait.any()
    plain &= p.blocking is None or not p.blocking.any()
    return bool(plain and 0 < p.operations <= MOST_OPERATIONS)


def prove(context: SearchContext) -> bool:
    """Look at all orders; True if the incumbent is then proved. Gives up after `MOST_NODES`."""
    tree = _Tree(context.problem, context.best.value, context.is_over)
    complete = tree.search()
    if tree.best is not None:
        context.offer(tree.best, value(context.problem, tree.best), by="enumeration")
    if complete and context.best.value is not None:
        context.prove(context.best.value)
    return complete


class _Tree:
    """Partial schedules in which starts never fall (no order is looked at twice for that)."""

    def __init__(self, problem: Problem, below: int | None, is_over: Callable[[], bool]) -> None:
        p = self._p = problem
        self._is_over = is_over
        self._below = 2**62 if below is None else below
        self.best: Schedule | None = None
        self._rest = rest_of(p).tolist()
        self._head = head_of(p).tolist()
        self._nodes = 0
        n = p.operations
        self._before = [p.before[p.before_first[o] : p.before_first[o + 1]].tolist() for o in range(n)]
        self._start, self._end, self._mode = [0] * n, [-1] * n, [0] * n
        self._free = [0] * (p.units + p.workers)

    def search(self) -> bool:
        """Look at all that may be better; False where it gave up."""
        return self._branch(0, 0)

    def _branch(self, placed: int, now: int) -> bool:
        p = self._p
        self._nodes += 1
        if self._nodes > MOST_NODES or (self._nodes % 256 == 0 and self._is_over()):
            return False
        if placed == p.operations:
            self._keep()
            return True
        if self._least(now) >= self._below:
            return True
        for start, o, m in self._choices(now):
            used = self._resources(m)
            old = [self._free[r] for r in used]
            self._start[o], self._end[o], self._mode[o] = start, start + int(p.mode_time[m]), m
            for r in used:
                self._free[r] = self._end[o]
            complete = self._branch(placed + 1, start)
            self._end[o] = -1
            for r, free in zip(used, old, strict=True):
                self._free[r] = free
            if not complete:
                return False
        return True

    def _choices(self, now: int) -> list[tuple[int, int, int]]:
        """Operations in their modes that start no earlier than `now`, soonest first."""
        p, found = self._p, []
        for o in range(p.operations):
            if self._end[o] >= 0 or any(self._end[b] < 0 for b in self._before[o]):
                continue
            ready = max([int(p.release[p.job[o]]), now, *(self._end[b] for b in self._before[o])])
            for m in range(int(p.mode_first[o]), int(p.mode_first[o + 1])):
                start = max([ready, *(self._free[r] for r in self._resources(m))])
                found.append((start, o, m))
        return sorted(found)

    def _resources(self, m: int) -> list[int]:
        p = self._p
        if p.mode_worker is None or p.mode_worker[m] < 0:
            return [int(p.mode_unit[m])]
        return [int(p.mode_unit[m]), p.units + int(p.mode_worker[m])]

    def _least(self, now: int) -> int:
        """A bound of what a partial schedule can become: starts do not fall, and then no job waits."""
        p = self._p
        ends = p.release.tolist()
        for o, end in enumerate(self._end):
            j = int(p.job[o])
            ends[j] = max(ends[j], end if end >= 0 else max(now, self._head[o]) + self._rest[o])
        return _worth(p, np.array(ends, np.int64))

    def _keep(self) -> None:
        start, mode = np.array(self._start, np.int64), np.array(self._mode, np.int64)
        schedule = Schedule(start, start + self._p.mode_time[mode], mode)
        found = value(self._p, schedule)
        if found < self._below:
            self._below, self.best = found, schedule


def _worth(p: Problem, ends: Ints) -> int:
    if p.objective is Objective.MAKESPAN:
        return int(ends.max())
    since = p.due if p.objective is Objective.TARDINESS else p.release
    return int((p.weight * np.maximum(0, ends - since)).sum())
