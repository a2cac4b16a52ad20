"""Shops of any kind: dispatch rules give a first schedule, simulated annealing over orders improves it.

The moves take an operation that waited for its unit on the way back from a late (or the last) job, and put it
ahead of those that it waited for, or one of them behind it, or do it elsewhere; every order is decoded by
serial generation. Idea of the moves: critical blocks (Grabowski et al. 1986); of the state: simulated
annealing for job shops (van Laarhoven et al. 1992).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from zhizao.solvers.shop.bounds import depth_of, head_of, rest_of
from zhizao.solvers.shop.kernels import general as kernels
from zhizao.solvers.shop.problem import NOWHERE, Ints, Objective, Problem, Schedule
from zhizao.solvers.shop.search.context import Pace, SearchContext

_CHECKPOINTS = 24  # states kept along an order, from which a changed order is decoded
_RULE_SLICE = 2_000_000  # looks at operations that are ready in a kernel call, some hundredths of a second
_GOALS = {Objective.MAKESPAN: 0, Objective.TARDINESS: 1, Objective.FLOW_TIME: 2}


def fits(problem: Problem) -> bool:
    """Whether the search knows all that the shop has: not blocking, no-wait, one order for all units."""
    vehicles = problem.transport is not None and problem.transport.vehicles > 0
    chains = int(np.diff(problem.before_first).max(initial=0)) <= 1
    is_plain = problem.no_wait is None or not problem.no_wait.any()
    is_plain &= problem.blocking is None or not problem.blocking.any()
    return bool(is_plain and not problem.same_order and (chains or not vehicles))


def first(problem: Problem, rule: int = 1) -> Schedule:
    """A schedule by one of the eight rules of `kernels.general.urgency`; 1 is earliest due date."""
    state = _Search(problem, 0)
    state.by_rule(rule)
    return state.schedule()


def listed(problem: Problem, is_over: Callable[[], bool] = lambda: False) -> Schedule:
    """A schedule in milliseconds, of shops for which a rule takes seconds: operations in a fixed order.

    The better of two orders: by latest start that keeps the due date, and, unless time is over, by
    earliest start.
    """
    state = _Search(problem, 0)
    found: list[tuple[int, int, Schedule]] = []
    head, rest = head_of(problem), rest_of(problem)
    due, modes = problem.due[problem.job] - rest, np.full(problem.operations, kernels.FREE, np.int64)
    depth = depth_of(problem)
    for keys in ((depth, due, head), (depth, head, due)):
        if found and is_over():
            break
        state.take(np.lexsort(keys), modes)
        found.append((state.value(), len(found), state.schedule()))
    return min(found)[2]


def decode(problem: Problem, like: Schedule) -> Schedule:
    """The schedule in the same order on the same units, each operation as early as that lets it."""
    state = _Search(problem, 0)
    state.take(np.lexsort((depth_of(problem), like.end, like.start)), like.mode)
    return state.schedule()


def search(context: SearchContext, seed: int) -> int:
    """All rules, then annealing from the best of them; returns the number of moves tried."""
    state = _Search(context.problem, seed)
    best: tuple[int, int] | None = None
    for rule in (1, 6, 0, 2, 3, 4, 5, 7):
        if not state.by_rule(rule, context.is_over):
            return 0
        value = state.value()
        context.offer(state.schedule(), value, by="general")
        best = min(best or (value, rule), (value, rule))
        if context.is_over():
            return 0
    assert best is not None
    if not state.by_rule(best[1], context.is_over):
        return 0
    state.begin()
    return _annealed(context, state, best[0])


def _annealed(context: SearchContext, state: _Search, value: int) -> int:
    work, pace = 0, Pace()
    while not context.is_over(work):
        moves, began = pace.next(context, work), perf_counter()
        found = int(kernels.search(state.shop, state.state, state.every, moves))
        pace.took(moves, perf_counter() - began)
        work += moves
        if found < value:
            value = found
            context.offer(state.best(), value, by="general")
    return work


@dataclass(init=False)
class _Search:
    """A shop and the state of a search, as the kernels take them."""

    shop: kernels.Shop
    state: kernels.State
    every: int

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self.shop = shop_of(problem)
        n, jobs = problem.operations, problem.jobs
        self.every = max(1, -(-n // _CHECKPOINTS))
        start = _start(problem, self.shop)
        checkpoints = np.zeros((n // self.every + 1, len(start)), np.int64)
        decoded = [_decoded(n, jobs) for _ in range(3)]
        whole: Any = kernels.State  # rows of zeros, by their number
        self.state = whole(
            *(np.zeros(n, np.int64) for _ in range(3)),
            *decoded,
            *(np.zeros(n, np.int64) for _ in range(2)),
            start, start.copy(), checkpoints, checkpoints.copy(),
            np.zeros(jobs, np.int64), np.zeros(jobs, np.int64), np.zeros(7),
            np.array([seed * 2 + 1], np.uint64),
        )  # fmt: skip

    def by_rule(self, rule: int, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Set the present schedule to that of a rule; False if time was over before."""
        w, n = self.state, len(self.state.order)
        w.state[:] = w.start
        whole: Any = kernels.Frontier
        frontier = whole(*(np.zeros(n, np.int64) for _ in range(7)), np.zeros(2, np.int64))
        places = max(1, _RULE_SLICE // max(1, self._problem.jobs))
        while not kernels.dispatch(self.shop, w.now, w.state, rule, w.order, frontier, places):
            if is_over():
                return False
        w.modes[:] = w.now.mode
        return True

    def take(self, order: Ints, modes: Ints) -> None:
        """Set the present schedule to that of an order."""
        w = self.state
        w.order[:] = order
        w.modes[:] = modes
        w.state[:] = w.start
        kernels.decode(self.shop, w.now, w.state, w.order, w.modes, 0, self.every, w.checkpoints)

    def begin(self) -> None:
        """Start the search from the present schedule."""
        w = self.state
        kernels.copied(w.best, w.now)
        w.best_order[:] = w.order
        w.best_modes[:] = w.modes
        w.costs[1], _ = kernels.cost_of(self.shop, w.now, w.done)
        w.costs[4:] = 0.0, 1000.0, 0.0
        kernels.cycle(self.shop, w, self.every)

    def value(self) -> int:
        """Objective of the present schedule."""
        return int(kernels.worth(self.shop, self.state.now, self.state.done)[0])

    def schedule(self) -> Schedule:
        """The present schedule."""
        return _schedule(self._problem, self.state.now)

    def best(self) -> Schedule:
        """The best schedule found."""
        return _schedule(self._problem, self.state.best)


def _decoded(operations: int, jobs: int) -> kernels.Decoded:
    start, end, mode, why, by = (np.zeros(operations, np.int64) for _ in range(5))
    return kernels.Decoded(start, end, mode, why, by, np.full((operations + jobs, 3), -1, np.int64))


def _schedule(problem: Problem, found: kernels.Decoded) -> Schedule:
    moves = None
    if problem.transport is not None and problem.transport.vehicles > 0:
        rows = np.flatnonzero(found.moves[:, 0] >= 0)
        moves = np.column_stack([rows, found.moves[rows]]).astype(np.int64)
    return Schedule(found.start.copy(), found.end.copy(), found.mode.copy(), moves)


def shop_of(problem: Problem) -> kernels.Shop:
    """The arrays of a problem as the kernels take them."""
    p, none, no_table = problem, np.zeros(0, np.int64), np.zeros((0, 0), np.int64)
    after = np.repeat(np.arange(p.operations), np.diff(p.before_first))
    by_before = np.argsort(p.before, kind="stable")
    after_first = np.searchsorted(p.before[by_before], np.arange(p.operations + 1))
    breaks = _breaks(p)
    transport = p.transport
    pools = p.pools
    capacity = none if pools is None else pools.capacity
    behind = 3 * p.units + 2 * p.workers
    sizes = [
        p.units, p.workers, int(capacity.sum()),
        0 if transport is None else transport.vehicles,
        0 if transport is None else transport.home,
        NOWHERE if transport is None else transport.goal,
        _GOALS[p.objective],
        int(p.setups is not None and p.setups.with_job),
    ]  # fmt: skip
    return kernels.Shop(
        p.job, p.mode_first, p.mode_unit, p.mode_time,
        none if p.mode_worker is None else p.mode_worker,
        p.before_first, p.before, after_first.astype(np.int64), after[by_before].astype(np.int64),
        p.release, p.due, p.weight,
        none if p.setups is None else p.setups.family,
        np.zeros((0, 0, 0), np.int64) if p.setups is None else p.setups.time,
        *breaks,
        no_table if transport is None else transport.time,
        (behind + np.r_[0, np.cumsum(capacity)]).astype(np.int64),
        np.zeros((p.operations, 0), np.int64) if pools is None else pools.need,
        np.array(sizes, np.int64),
        rest_of(p),
    )  # fmt: skip


def _breaks(problem: Problem) -> tuple[Ints, Ints, Ints, Ints]:
    """Breaks, and how long the unit has worked when each begins."""
    b = problem.breaks
    if b is None:
        return np.zeros(problem.units + 1, np.int64), *(np.zeros(0, np.int64) for _ in range(3))  # type: ignore[return-value]
    work = np.zeros(len(b.begin), np.int64)
    for u in range(problem.units):
        rows = slice(int(b.first[u]), int(b.first[u + 1]))
        rested = np.cumsum(b.end[rows] - b.begin[rows])
        work[rows] = b.begin[rows] - np.r_[0, rested][:-1]
    return b.first, b.begin, b.end, work


def _start(problem: Problem, shop: kernels.Shop) -> Ints:
    """The state at time 0."""
    p = problem
    state = np.zeros(
        3 * p.units + 2 * p.workers + int(shop.sizes[kernels.ITEMS]) + 2 * int(shop.sizes[kernels.VEHICLES]),
        np.int64,
    )
    state[1 : 3 * p.units : 3] = -1 if p.setups is None else p.setups.start
    state[2 : 3 * p.units : 3] = -1
    state[3 * p.units + 1 : 3 * p.units + 2 * p.workers : 2] = -1
    vehicles = state[len(state) - 2 * int(shop.sizes[kernels.VEHICLES]) :]
    vehicles[1::2] = shop.sizes[kernels.HOME]
    return state
