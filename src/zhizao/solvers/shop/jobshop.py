"""The job shop: every job has its route, every operation its unit; what counts is the last end.

A population of lines (sequences on the units), each made good by tabu search (N7 neighbourhood: Zhang et al.
2007; estimates: Balas & Vazacopoulos 1998); new ones lie between two of the population (path relinking: Peng,
Lü & Cheng 2015), where a weighted mean of the start times of two schedules gives an order that is always
feasible.
"""

from __future__ import annotations

import heapq
import threading
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zhizao.solvers.shop.hunt import Hunt
from zhizao.solvers.shop.kernels import jobshop as k
from zhizao.solvers.shop.problem import Ints, Objective, Problem, Schedule

SLICE = 5_000_000  # steps × operations in a call of the kernel: about a tenth of a second
PATIENCE = 30_000  # steps without a better line before tabu search ends
POPULATION = 6
WIDEST = 2**30  # no sum of times may be longer: nodes hold 32 bits


def fits(problem: Problem) -> bool:
    """Whether this search knows everything of a problem: chains, one mode for each operation, makespan."""
    p = problem
    more = (p.mode_worker, p.no_wait, p.blocking, p.setups, p.breaks, p.transport, p.pools)
    if p.objective != Objective.MAKESPAN or p.same_order or any(part is not None for part in more):
        return False
    if not p.operations or np.any(np.diff(p.mode_first) != 1) or np.any(np.diff(p.before_first) > 1):
        return False
    total = int(p.mode_time.sum()) + int(p.release.max())
    return total < WIDEST and _is_chains(p)


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
    return max([*ends, *(_interrupted(head[own], p.mode_time[own], tail[own]) for own in units)])


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


def _interrupted(head: Ints, time: Ints, tail: Ints) -> int:
    """The least of the greatest end + tail on one unit, if work may be interrupted: longest tail first."""
    now, most = 0, 0
    waiting: list[tuple[int, int]] = []
    arrivals = sorted(zip(head.tolist(), (-tail).tolist(), time.tolist(), strict=True))
    while arrivals or waiting:
        if not waiting:
            now = max(now, arrivals[0][0])
        while arrivals and arrivals[0][0] <= now:
            _, urgency, left = arrivals.pop(0)
            heapq.heappush(waiting, (urgency, left))
        urgency, left = heapq.heappop(waiting)
        done = min(left, arrivals[0][0] - now) if arrivals else left
        now += done
        if done < left:
            heapq.heappush(waiting, (urgency, left - done))
        else:
            most = max(most, now - urgency)
    return most


@dataclass(frozen=True, eq=False)
class Found:
    """A line: its makespan, the ends of operations, their places in an order that all waits agree with."""

    value: int
    end: Ints
    place: Ints


@dataclass(eq=False)
class Pool:
    """The lines that all job-shop searches of a hunt breed from, whichever thread they are in."""

    first: Ints  # [units + 1]: where the operations of a unit begin in `nodes`
    nodes: Ints
    lines: list[Found] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, child: Found) -> None:
        """Keep a line while there is room; then instead of the worst, if it is no worse and like no other."""
        with self.lock:
            if len(self.lines) < POPULATION:
                self.lines.append(child)
                return
            worst = max(range(POPULATION), key=lambda i: self.lines[i].value)
            if child.value <= self.lines[worst].value and all(self.apart(child, x) for x in self.lines):
                self.lines[worst] = child

    def pair(self, luck: np.random.Generator) -> tuple[Found, Found] | None:
        """Two lines that differ; None while there is room for more, or if those drawn are the same."""
        with self.lock:
            if len(self.lines) < POPULATION:
                return None
            i, j = luck.choice(POPULATION, 2, replace=False)
            one, two = self.lines[i], self.lines[j]
        return (one, two) if self.apart(one, two) else None

    def apart(self, one: Found, two: Found) -> int:
        """Pairs of operations of a unit that two lines hold in different order."""
        return int(k.apart(self.first, self.nodes, one.place, two.place))


class Shop:
    """The tables of one search: what is given, the line being changed, and what the search remembers."""

    def __init__(self, p: Problem, luck: np.random.Generator) -> None:
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
        self.luck = luck
        self.count = np.zeros(k.COUNTS, np.int64)
        self.count[[k.TENURE, k.SPREAD, k.PATIENCE]] = tenure, spread, PATIENCE
        self.count[k.LUCK] = luck.integers(1, 2**60)
        self.count[k.STRICT] = p.mode_time.min() <= 0 or _returns(p)

    def begin(self, order: npt.NDArray[np.int_]) -> None:
        """Start from the sequences of an order of all operations."""
        self.order[:] = order
        line = self.node, self.order, self.place, self.sequence, self.piece, self.count
        k.begin(*line, self.last, self.best, self.unit, self.first)

    def go_on(self, steps: int) -> bool:
        """Make up to so many steps; True if there is no use in more."""
        line = self.node, self.order, self.place, self.sequence, self.piece, self.count
        return bool(k.search(*line, self.last, self.held, self.fore, self.back, self.best, steps))

    def fresh(self) -> npt.NDArray[np.int_]:
        """An order by a rule (most work remaining) and some luck."""
        rank = -(self.rest + self.time) * self.luck.uniform(0.7, 1.3, len(self.time))
        order, free = np.zeros(len(self.time), np.int64), np.zeros(len(self.first), np.int64)
        k.dispatch(self.node, order, self.unit, rank, free, self.heads.copy(), self.release.copy())
        return order

    def between(self, one: Found, two: Found) -> npt.NDArray[np.int_]:
        """An order by weighted means of start times: what waits in both lines waits in it."""
        share = self.luck.uniform(0.3, 0.7)
        start = (1 - share) * (one.end - self.time) + share * (two.end - self.time)
        return np.lexsort(((1 - share) * one.place + share * two.place, start))

    def found(self) -> Found:
        """The best line since `begin`."""
        end, place = self.best.T.astype(np.int64)
        return Found(int(self.count[k.BEST]), end, place)


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


def search(hunt: Hunt, seed: int) -> int:
    """Hunt for lines of a job shop; returns the steps of tabu search made, and lines begun.

    Searches of one hunt in several threads breed from one population.
    """
    shop = Shop(hunt.problem, np.random.default_rng(seed))
    bound = least_makespan(hunt.problem)
    hunt.prove(bound)
    shop.count[k.GOAL] = bound
    pool = hunt.share("jobshop", lambda: Pool(shop.first, shop.by_unit))
    over = False
    while not over:
        pair = pool.pair(shop.luck)
        shop.begin(shop.between(*pair) if pair else shop.fresh())
        over = _improve(hunt, shop)
        pool.put(shop.found())
    return int(shop.count[k.STEPS])


def _improve(hunt: Hunt, shop: Shop) -> bool:
    """Tabu search from where the shop stands, slice by slice, until no use; whether the hunt is over."""
    slice_ = max(1, SLICE // hunt.problem.operations)
    ready = False
    while True:
        _offer(hunt, shop)
        work = int(shop.count[k.STEPS])
        if ready or hunt.is_over(work):
            return hunt.is_over(work)
        ready = shop.go_on(slice_ if hunt.work is None else min(slice_, hunt.work - work))


def _offer(hunt: Hunt, shop: Shop) -> None:
    """Offer the best line, if it is better than what the hunt has."""
    value = int(shop.count[k.BEST])
    if hunt.best.value is None or value < hunt.best.value:
        end = shop.found().end
        hunt.offer(Schedule(end - shop.time, end, np.arange(len(end))), value, by="jobshop")
