"""Job shops with the makespan: tabu search from recombined starts (path relinking).

A population of solutions (sequences on the units), each improved by tabu search (N7 neighbourhood: Zhang et
al. 2007; estimates: Balas & Vazacopoulos 1998). New ones lie between two of them (path relinking: Peng, Lü &
Cheng 2015): a weighted mean of the start times of two schedules gives an order that is always feasible.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
import numpy.typing as npt

from zhizao.solvers.shop.bounds import interrupted
from zhizao.solvers.shop.kernels import jobshop as k
from zhizao.solvers.shop.problem import Ints, Objective, Problem, Schedule
from zhizao.solvers.shop.search.context import Pace, SearchContext

FIRST_SLICE = 100_000  # steps × operations of the first kernel call of a start
PATIENCE = 30_000  # steps without improvement before tabu search ends
POPULATION = 6  # solutions kept for path relinking
MAX_HORIZON = 2**30  # limit of the sum of all times: nodes hold 32 bits


def fits(problem: Problem) -> bool:
    """Whether this search knows everything of a problem: chains, one mode for each operation, makespan."""
    p = problem
    more = (p.mode_worker, p.no_wait, p.blocking, p.setups, p.breaks, p.transport, p.pools)
    if p.objective != Objective.MAKESPAN or p.same_order or any(part is not None for part in more):
        return False
    if not p.operations or np.any(np.diff(p.mode_first) != 1) or np.any(np.diff(p.before_first) > 1):
        return False
    total = int(p.mode_time.sum()) + int(p.release.max())
    return total < MAX_HORIZON and _is_chains(p)


def _is_chains(p: Problem) -> bool:
    """Whether each operation has at most one after it, of its own job, and each job is one chain."""
    later = np.repeat(np.arange(p.operations), np.diff(p.before_first))
    own = np.array_equal(p.job[later], p.job[p.before])
    single = len(np.unique(p.before)) == len(p.before)
    roots = p.job[np.diff(p.before_first) == 0]
    return own and single and np.array_equal(np.sort(roots), np.arange(p.jobs))


def least_makespan(problem: Problem) -> int:
    """A bound: on each unit alone, interrupted at will, between what comes before and after (Jackson)."""
    p = problem
    head, tail = _alone(p)
    ends = [int(head[x] + p.mode_time[x] + tail[x]) for x in range(p.operations)]
    units = [np.flatnonzero(p.mode_unit == unit) for unit in np.unique(p.mode_unit)]
    return max([*ends, *(interrupted(head[own], p.mode_time[own], tail[own]) for own in units)])


def _alone(p: Problem) -> tuple[Ints, Ints]:
    """The earliest start of each operation and the least time after it, were its job alone."""
    head, tail = p.release[p.job].copy(), np.zeros(p.operations, np.int64)
    chain = _order_in_jobs(p)
    before = _before(p)
    for x in chain:
        if before[x] >= 0:
            head[x] = head[before[x]] + p.mode_time[before[x]]
    for x in reversed(chain):
        if before[x] >= 0:
            tail[before[x]] = tail[x] + p.mode_time[x]
    return head, tail


def _before(p: Problem) -> Ints:
    """The operation before each in its job, or −1."""
    before = np.full(p.operations, -1, np.int64)
    before[np.diff(p.before_first) > 0] = p.before
    return before


def _order_in_jobs(p: Problem) -> list[int]:
    """All operations, each after the one before it."""
    after = np.full(p.operations, -1, np.int64)
    before = _before(p)
    after[before[before >= 0]] = np.flatnonzero(before >= 0)
    chain = []
    for first in np.flatnonzero(before < 0):
        x = int(first)
        while x >= 0:
            chain.append(x)
            x = int(after[x])
    return chain


@dataclass(frozen=True, eq=False)
class Candidate:
    """A solution: its makespan, the ends of operations, their places in a topological order."""

    value: int
    end: Ints
    place: Ints


@dataclass(eq=False)
class Population:
    """The solutions that all job-shop searches of a context recombine, whichever thread they run in."""

    first: Ints  # [units + 1]: where the operations of a unit begin in `nodes`
    nodes: Ints
    members: list[Candidate] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, child: Candidate) -> None:
        """Add a solution; if full, it replaces the worst, if it is no worse and differs from all others."""
        with self.lock:
            if len(self.members) < POPULATION:
                self.members.append(child)
                return
            worst = max(range(POPULATION), key=lambda i: self.members[i].value)
            if child.value <= self.members[worst].value and all(self.apart(child, x) for x in self.members):
                self.members[worst] = child

    def pair(self, rng: np.random.Generator) -> tuple[Candidate, Candidate] | None:
        """Two random solutions that differ; None while there is room for more, or if both are equal."""
        with self.lock:
            if len(self.members) < POPULATION:
                return None
            i, j = rng.choice(POPULATION, 2, replace=False)
            one, two = self.members[i], self.members[j]
        return (one, two) if self.apart(one, two) else None

    def apart(self, one: Candidate, two: Candidate) -> int:
        """Pairs of operations of a unit that two solutions order differently."""
        return int(k.apart(self.first, self.nodes, one.place, two.place))


class Shop:
    """The tables of one search: the shop, the present solution, and the tabu memory."""

    def __init__(self, p: Problem, rng: np.random.Generator) -> None:
        n, none = p.operations, p.operations + p.jobs
        before = _before(p)
        after = np.full(n, none)
        after[before[before >= 0]] = np.flatnonzero(before >= 0)
        self.node = _nodes(p, before, after)
        self.heads = np.flatnonzero(before < 0)
        self.release = p.release[p.job[self.heads]]
        self.rest = _alone(p)[1]
        self.time, self.unit = p.mode_time, p.mode_unit
        self.last = np.flatnonzero(after == none).astype(np.int32)
        self.order, self.sequence, self.held = (np.zeros(n, np.int32) for _ in range(3))
        self.place = np.zeros(none + 1, np.int32)
        self.best = np.zeros((n, 2), np.int32)
        width = int(np.bincount(p.mode_unit).max()) + 2
        self.fore, self.back = (np.zeros((width, k.COLUMNS), np.int32) for _ in range(2))
        tenure, spread = _tenure(p)
        self.piece = np.zeros((tenure + spread, k.PIECE + width), np.int64)
        self.by_unit = np.argsort(p.mode_unit, kind="stable")
        self.first = np.searchsorted(p.mode_unit[self.by_unit], np.arange(p.units + 1))
        self.rng = rng
        self.count = np.zeros(k.COUNTS, np.int64)
        self.count[[k.TENURE, k.SPREAD, k.PATIENCE]] = tenure, spread, PATIENCE
        self.count[k.RNG] = rng.integers(1, 2**60)
        self.count[k.STRICT] = p.mode_time.min() <= 0 or _returns(p)

    def begin(self, order: npt.NDArray[np.int_]) -> None:
        """Start from the sequences of an order of all operations."""
        self.order[:] = order
        present = self.node, self.order, self.place, self.sequence, self.piece, self.count
        k.begin(*present, self.last, self.best, self.unit, self.first)

    def go_on(self, steps: int) -> bool:
        """Make up to `steps` steps; True if more are of no use."""
        present = self.node, self.order, self.place, self.sequence, self.piece, self.count
        return bool(k.search(*present, self.last, self.held, self.fore, self.back, self.best, steps))

    def fresh(self) -> npt.NDArray[np.int_]:
        """A randomised order by a rule (most work remaining)."""
        rank = -(self.rest + self.time) * self.rng.uniform(0.7, 1.3, len(self.time))
        order, free = np.zeros(len(self.time), np.int64), np.zeros(len(self.first), np.int64)
        k.dispatch(self.node, order, self.unit, rank, free, self.heads.copy(), self.release.copy())
        return order

    def between(self, one: Candidate, two: Candidate) -> npt.NDArray[np.int_]:
        """An order by weighted means of start times; it keeps every precedence that both solutions have."""
        share = self.rng.uniform(0.3, 0.7)
        start = (1 - share) * (one.end - self.time) + share * (two.end - self.time)
        return np.lexsort(((1 - share) * one.place + share * two.place, start))

    def best_candidate(self) -> Candidate:
        """The best solution since `begin`."""
        end, place = self.best.T.astype(np.int64)
        return Candidate(int(self.count[k.BEST]), end, place)


def _nodes(p: Problem, before: Ints, after: Ints) -> npt.NDArray[np.int32]:
    """The table of nodes, before any sequence is known (kernels.jobshop)."""
    n, none = p.operations, p.operations + p.jobs
    node = np.zeros((none + 1, k.COLUMNS), np.int32)
    node[:n, k.TIME] = p.mode_time
    node[:, [k.JOB_BEFORE, k.JOB_AFTER]] = none
    node[:n, k.JOB_BEFORE] = np.where(before < 0, n + p.job, before)
    node[:n, k.JOB_AFTER] = after
    node[n:none, k.END] = p.release
    return node


def _tenure(p: Problem) -> tuple[int, int]:
    """The fewest steps that a sequence is forbidden, and by how many they vary (Peng, Lü & Cheng 2015)."""
    units = len(np.unique(p.mode_unit))
    tenure = 10 + p.jobs // units
    return tenure, int((0.4 if p.jobs <= 2 * units else 0.5) * tenure) + 1


def _returns(p: Problem) -> bool:
    """Whether a job visits a unit twice."""
    return len(np.unique(p.job * (p.units + 1) + p.mode_unit)) < p.operations


def search(context: SearchContext, seed: int) -> int:
    """Search a job shop; returns the number of tabu-search steps and starts.

    Searches of one context in several threads share one population.
    """
    shop = Shop(context.problem, np.random.default_rng(seed))
    if not context.best.bound:
        context.prove(least_makespan(context.problem))
    bound = context.best.bound
    shop.count[k.GOAL] = bound
    population = context.share("jobshop", lambda: Population(shop.first, shop.by_unit))
    over = False
    while not over:
        pair = population.pair(shop.rng)
        shop.begin(shop.between(*pair) if pair else shop.fresh())
        over = _improve(context, shop)
        population.put(shop.best_candidate())
    return int(shop.count[k.STEPS])


def _improve(context: SearchContext, shop: Shop) -> bool:
    """Tabu search from the present solution until patience ends; whether the search is over."""
    pace = Pace(max(1, FIRST_SLICE // context.problem.operations))
    ready = False
    while True:
        _offer(context, shop)
        work = int(shop.count[k.STEPS])
        if ready or context.is_over(work):
            return context.is_over(work)
        steps, began = pace.next(context, work), perf_counter()
        ready = shop.go_on(steps)
        pace.took(steps, perf_counter() - began)


def _offer(context: SearchContext, shop: Shop) -> None:
    """Offer the best solution if it is better than the incumbent."""
    value = int(shop.count[k.BEST])
    if context.best.value is None or value < context.best.value:
        end = shop.best_candidate().end
        context.offer(Schedule(end - shop.time, end, np.arange(len(end))), value, by="jobshop")
