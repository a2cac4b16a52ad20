"""Flexible shops: several modes per operation, each on a unit and perhaps with a worker; makespan."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from zhizao.solvers.shop.kernels import flexible as kernels
from zhizao.solvers.shop.kernels.flexible import Shop, State
from zhizao.solvers.shop.problem import Ints, Objective, Problem, Schedule
from zhizao.solvers.shop.search.context import Pace, SearchContext

ELITE = 8  # plans kept for recombination
MOST_OPERATIONS = 15_000  # more: the first plan alone takes seconds, and cannot be interrupted
PATIENCE = 3000  # steps without a better plan before tabu search restarts


def fits(problem: Problem) -> bool:
    """Whether this search understands every feature of a problem."""
    lacks = (problem.setups, problem.breaks, problem.transport, problem.pools)
    return (
        problem.objective == Objective.MAKESPAN
        and 0 < problem.operations <= MOST_OPERATIONS
        and all(feature is None for feature in lacks)
        and (problem.no_wait is None or not problem.no_wait.any())
        and (problem.blocking is None or not problem.blocking.any())
        and not problem.same_order
    )


def shop_of(problem: Problem) -> Shop:
    """The tables of the kernels."""
    n, after = problem.operations, _after(problem)
    arcs = len(problem.before)
    fixed = np.zeros((4, n + 1), np.int64)
    fixed[kernels.BASE, :n] = problem.release[problem.job]
    fixed[kernels.BEFORE] = problem.before_first
    fixed[kernels.AFTER] = arcs + np.r_[0, np.cumsum(np.bincount(problem.before, minlength=n))]
    fixed[kernels.MODES] = problem.mode_first
    worker = problem.mode_worker
    second = np.zeros_like(problem.mode_unit) if worker is None else worker + problem.units
    return Shop(
        fixed=fixed,
        arc=np.r_[problem.before, after].astype(np.int64),
        mode=np.stack([problem.mode_unit, second, problem.mode_time]).astype(np.int64),
    )


def _after(problem: Problem) -> Ints:
    """Operations that follow each, by operation."""
    behind = np.repeat(np.arange(problem.operations), np.diff(problem.before_first))
    return behind[np.argsort(problem.before, kind="stable")]


def state_of(shop: Shop, problem: Problem, seed: int) -> State:
    """Room for one plan."""
    n = problem.operations
    slots = 1 if problem.mode_worker is None else 2
    resources = problem.units + (problem.workers if slots == 2 else 0)
    owner = np.repeat(np.arange(n), np.diff(problem.mode_first))
    used = np.unique(np.concatenate([owner * resources + shop.mode[k] for k in range(slots)]))
    room = np.bincount(used % resources, minlength=resources)
    place = np.zeros((2, resources), np.int64)
    place[kernels.FROM] = np.cumsum(room) - room
    op = np.zeros((11, n + 1), np.int64)
    op[kernels.PREV :] = n
    count = np.zeros(10, np.int64)
    count[kernels.RNG] = np.random.SeedSequence(seed).generate_state(1, np.uint64).astype(np.int64)[0] | 1
    count[kernels.SLOTS] = slots
    count[kernels.RESOURCES] = resources
    count[kernels.TENURE] = 15
    size = 1 << min(21, (n * (n + 1 + resources)).bit_length())
    return State(
        op=op,
        row=np.zeros((5, n), np.int64),
        place=place,
        queue=np.zeros(int(room.sum()), np.int64),
        tabu=np.zeros(size, np.int32),
        counts=count,
    )


@dataclass(frozen=True, eq=False)
class Plan:
    """A topological order of the operations and their modes."""

    value: int
    order: Ints
    mode: Ints


@dataclass(eq=False)
class Walker:
    """One tabu search: its tables, its present plan, and its elite plans."""

    context: SearchContext
    shop: Shop
    state: State
    rng: np.random.Generator
    elite: list[Plan] = field(default_factory=list)
    work: int = 0

    @property
    def over(self) -> bool:
        """Whether to return."""
        return self.context.is_over(self.work)


def search(context: SearchContext, seed: int) -> int:
    """Tabu search with recombination of elite plans, until the search is over; returns the moves tried."""
    shop = shop_of(context.problem)
    walker = Walker(context, shop, state_of(shop, context.problem, seed), np.random.default_rng(seed))
    noise = 1 + int(context.problem.mode_time.mean() / 4)
    while len(walker.elite) < ELITE and not walker.over:
        kernels.build(shop, walker.state, noise)
        _improve(walker)
    while not walker.over:
        _recombine(walker)
        _improve(walker)
    return walker.work


def _improve(walker: Walker) -> None:
    """Tabu search from the present plan; the best plan met joins the elite."""
    s, n = walker.state, walker.context.problem.operations
    s.counts[kernels.AIM] = walker.context.best.bound
    kernels.keep(s)
    _offer(walker)
    pace, done = Pace(max(1, 10_000 // n)), 1
    while done and not walker.over:
        before = int(s.counts[kernels.BEST])
        steps, began = pace.next(walker.context, walker.work), perf_counter()
        done = int(kernels.walk(walker.shop, s, steps, PATIENCE))
        pace.took(done, perf_counter() - began)
        walker.work += done
        if s.counts[kernels.BEST] < before:
            _offer(walker)
    _join(
        walker.elite,
        Plan(int(s.counts[kernels.BEST]), s.row[kernels.BEST_ORDER].copy(), s.row[kernels.BEST_MODE].copy()),
    )


def _join(elite: list[Plan], plan: Plan) -> None:
    """Add a plan to the elite; the worst leaves, or an equal one."""
    for old in elite:
        if old.value == plan.value and np.array_equal(old.mode, plan.mode):
            elite.remove(old)
            break
    elite.append(plan)
    elite.sort(key=lambda old: old.value)
    del elite[ELITE:]


def _recombine(walker: Walker) -> None:
    """Recombine two elite plans: each mode from one of them, the order by a weighted mean of positions."""
    n = walker.context.problem.operations
    one, other = (walker.elite[i] for i in walker.rng.choice(len(walker.elite), 2, replace=False))
    share = walker.rng.uniform(0.2, 0.8)
    key = np.zeros(n)
    key[one.order] += share * np.arange(n)
    key[other.order] += (1 - share) * np.arange(n)
    s = walker.state
    s.row[kernels.ORDER] = np.argsort(key, kind="stable")
    s.op[kernels.MODE, :n] = np.where(walker.rng.random(n) < share, one.mode, other.mode)
    kernels.link(walker.shop, s)


def _offer(walker: Walker) -> None:
    """Offer the best plan."""
    value = int(walker.state.counts[kernels.BEST])
    best = walker.context.best.value
    if best is None or value < best:
        walker.context.offer(schedule_of(walker.shop, walker.state), value, by="flexible")


def schedule_of(shop: Shop, s: State) -> Schedule:
    """The best plan with its times, each operation as early as can be."""
    n = s.row.shape[1]
    mode = s.row[kernels.BEST_MODE].copy()
    end = np.zeros(n, np.int64)
    free = np.zeros(int(s.counts[kernels.RESOURCES]), np.int64)
    kernels.ends_of(shop, s, end, free)
    return Schedule(end - shop.mode[kernels.LASTS, mode], end, mode)
