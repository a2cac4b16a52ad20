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

SLICE = 2_000_000  # nodes looked at in a call of the kernel: about a tenth of a second
PATIENCE = 12_500  # steps without a better line before tabu search ends (Peng, Lü & Cheng 2015)
POPULATION = 10
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
    return own and single and p.operations - len(p.before) == len(np.unique(p.job))


def least_makespan(problem: Problem) -> int:
    """A bound: on each unit alone, interrupted at will, between what comes before and after (Jackson)."""
    p = problem
    head, tail = _alone(p)
    ends = [int(head[x] + p.mode_time[x] + tail[x]) for x in range(p.operations)]
    units = [np.flatnonzero(p.mode_unit == unit) for unit in np.unique(p.mode_unit)]
    return max(max(ends), *(_interrupted(head[own], p.mode_time[own], tail[own]) for own in units))


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
    now, most, waiting = 0, 0, []
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
    """A line: its makespan, the end of each operation, and its place in an order that all waits agree with."""

    value: int
    end: Ints
    place: Ints


@dataclass(eq=False)
class Pool:
    """The lines that all searches of a hunt breed from."""

    lines: list[Found] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Shop:
    """The tables of one search: what is given, the line being changed, and what the search remembers."""

    def __init__(self, p: Problem, seed: int) -> None:
        n, none = p.operations, p.operations + p.jobs
        before = _before(p)
        after = np.full(n, none)
        after[before[before >= 0]] = np.flatnonzero(before >= 0)
        node = np.zeros((none + 1, 8), np.int32)
        node[:n, k.TIME] = p.mode_time
        node[:, k.JOB_BEFORE] = node[:, k.JOB_AFTER] = none
        node[:n, k.JOB_BEFORE] = np.where(before < 0, n + p.job, before)
        node[:n, k.JOB_AFTER] = after
        node[n:none, k.END] = p.release
        self.node = node
        self.first_ops = np.flatnonzero(before < 0)
        self.job_release = p.release[p.job[self.first_ops]]
        self.time, self.unit = p.mode_time, p.mode_unit
        self.order = np.array(_order_in_jobs(p), np.int32)
        self.last = np.flatnonzero(after == none).astype(np.int32)
        self.place = np.zeros(none + 1, np.int32)
        self.sequence = np.zeros(n, np.int32)
        self.best = np.zeros((n, 2), np.int32)
        self.held = np.zeros(n, np.int32)
        width = int(np.bincount(p.mode_unit).max()) + 2
        self.fore, self.back = (np.zeros((width, k.COLUMNS), np.int32) for _ in range(2))
        units = max(1, len(np.unique(p.mode_unit)))
        tenure = 10 + p.jobs // units
        spread = int((0.4 if p.jobs <= 2 * units else 0.5) * tenure) + 1
        self.piece = np.zeros((tenure + spread, k.PIECE + width), np.int64)
        self.by_unit = np.argsort(p.mode_unit, kind="stable")
        self.unit_first = np.searchsorted(p.mode_unit[self.by_unit], np.arange(p.units + 1))
        self.luck = np.random.default_rng(seed)
        self.count = count = np.zeros(k.COUNTS, np.int64)
        count[k.LUCK] = self.luck.integers(1, 2**60)
        count[k.TENURE], count[k.SPREAD] = tenure, spread
        count[k.PATIENCE] = PATIENCE
        count[k.STRICT] = int(p.mode_time.min() <= 0 or self._returns(p))

    @staticmethod
    def _returns(p: Problem) -> bool:
        """Whether a job visits a unit twice."""
        return len(np.unique(p.job * (p.units + 1) + p.mode_unit)) < p.operations

    def begin(self, order):
        self.order[:] = order
        k.begin(self.node, self.order, self.place, self.sequence, self.piece, self.count, self.last, self.best,
                self.unit, self.unit_first)

    def run(self, steps):
        return k.search(self.node, self.order, self.place, self.sequence, self.piece, self.count, self.last,
                 self.held, self.fore, self.back, self.best, steps)


def search(hunt: Hunt, seed: int) -> int:
    """Hunt for lines of a job shop; returns the steps of tabu search made."""
    return Breeder(hunt, seed).run()


class Breeder:
    def __init__(self, hunt, seed):
        self.hunt = hunt
        self.shop = Shop(hunt.problem, seed)
        self.goal = least_makespan(hunt.problem)
        hunt.prove(self.goal)
        self.shop.count[k.GOAL] = self.goal
        self.slice = max(1, SLICE // hunt.problem.operations)
        self.luck = self.shop.luck
        self.pool = Pool()

    def work(self):
        return int(self.shop.count[k.STEPS])

    def over(self):
        return self.hunt.is_over(self.work())

    def improve(self, order):
        s = self.shop
        s.begin(order)
        done = False
        while not done:
            steps = self.slice if self.hunt.work is None else min(self.slice, self.hunt.work - self.work())
            done = s.run(steps)
            self.offer()
            done = done or self.over()
        return Found(int(s.count[k.BEST]), s.best[:, 0].astype(np.int64), s.best[:, 1].astype(np.int64))

    def offer(self):
        s = self.shop
        value = int(s.count[k.BEST])
        if self.hunt.best.value is None or value < self.hunt.best.value:
            end = s.best[:, 0].astype(np.int64)
            self.hunt.offer(Schedule(end - s.time, end, np.arange(len(end))), value, by="jobshop")

    def fresh(self):
        s = self.shop
        n = len(s.order)
        rest = np.zeros(n + 1)
        for x in reversed(_order_in_jobs(self.hunt.problem)):
            rest[x] = s.time[x] + rest[min(n, s.node[x, k.JOB_AFTER])]
        rank = -rest[:n] * self.luck.uniform(0.7, 1.3, n)
        order = np.zeros(n, np.int64)
        k.dispatch(s.node, order, s.unit, rank, np.zeros(len(s.unit_first), np.int64), s.first_ops.copy(), s.job_release.copy())
        return order

    def distance(self, a, b):
        s = self.shop
        return k.apart(s.unit_first, s.by_unit, a.place, b.place)

    def blend(self, a, b, share):
        s = self.shop
        mid = (1 - share) * (a.end - s.time) + share * (b.end - s.time)
        return np.lexsort(((1 - share) * a.place + share * b.place, mid))

    def run(self):
        lines = self.pool.lines
        while len(lines) < POPULATION and not self.over():
            lines.append(self.improve(self.fresh()))
        while not self.over():
            i, j = self.luck.choice(len(lines), 2, replace=False)
            child = self.improve(self.blend(lines[i], lines[j], self.luck.uniform(0.3, 0.7)))
            self.put(child)
        return self.work()

    def put(self, child):
        lines = self.pool.lines
        near = min(self.distance(child, other) for other in lines)
        worst = max(range(len(lines)), key=lambda i: lines[i].value)
        if near > 0 and child.value <= lines[worst].value:
            lines[worst] = child
