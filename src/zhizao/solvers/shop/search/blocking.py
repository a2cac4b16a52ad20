"""Shops in which jobs block their units or may not wait: annealing over the order of putting jobs in."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from zhizao.solvers.shop.kernels import blocking as kernels
from zhizao.solvers.shop.problem import LATEST, Flags, Ints, Objective, Problem, Schedule
from zhizao.solvers.shop.search.context import Pace, SearchContext

FIRST_MOVES = 4  # orders of the first kernel call; calls grow from there
TEMPERATURE = 0.6  # in mean times; of 0.05, 0.2 and 0.6 the best on ft06, ft10, la01, la02


def fits(problem: Problem) -> bool:
    """Whether the shop is one of chains on fixed units, some blocking or without waiting, and no more.

    A job visits a unit once: what it holds itself is not in the timetable yet.
    """
    p = problem
    foreign = p.mode_worker, p.setups, p.breaks, p.transport, p.pools
    if p.same_order or any(feature is not None for feature in foreign) or not _is_tied(p):
        return False
    if (np.diff(p.mode_first) != 1).any() or not _is_chains(p) or not (p.mode_time > 0).all():
        return False
    visits = p.job * p.units + p.mode_unit
    latest = float(p.mode_time.sum()) + float(p.release.max())
    cost = latest * max(1.0, float(np.abs(p.weight).sum()))
    return len(np.unique(visits)) == p.operations and latest < LATEST and cost < 2.0**59


def _is_tied(p: Problem) -> bool:
    """Whether anything blocks or may not wait."""
    return any(flags is not None and bool(flags.any()) for flags in (p.no_wait, p.blocking))


def _is_chains(p: Problem) -> bool:
    """Whether each job is a chain, its operations in sequence."""
    later = np.r_[False, p.job[1:] == p.job[:-1]]
    in_rows = bool((np.diff(p.job) >= 0).all()) and np.array_equal(np.diff(p.before_first), later)
    return in_rows and np.array_equal(p.before, np.flatnonzero(later) - 1)


def shop_of(problem: Problem) -> kernels.Shop:
    """The tables of the kernels."""
    p = problem
    span, tardy = p.objective is Objective.MAKESPAN, p.objective is Objective.TARDINESS
    job = np.zeros((p.jobs, 3), np.int64)
    job[:, kernels.RELEASE] = p.release
    job[:, kernels.DUE] = p.due if tardy else p.release
    job[:, kernels.WEIGHT] = np.where(job[:, kernels.DUE] < LATEST, p.weight, 0)
    first = np.flatnonzero(_begins(p)).astype(np.int64)
    before = np.cumsum(p.mode_time) - p.mode_time
    sizes = np.diff(np.r_[first, p.operations])
    last = np.r_[first[1:], p.operations] - 1
    follows = np.r_[p.job[1:] == p.job[:-1], False]
    blocking = np.zeros(p.units, np.bool_) if p.blocking is None else p.blocking
    temperature = TEMPERATURE * float(p.mode_time.mean()) * (1.0 if span else float(p.weight.mean()))
    return kernels.Shop(
        job=job,
        part_first=np.searchsorted(p.job[first], np.arange(p.jobs + 1)).astype(np.int64),
        first=np.r_[first, p.operations].astype(np.int64),
        unit=p.mode_unit.astype(np.int64),
        time=p.mode_time.astype(np.int64),
        offset=before - np.repeat(before[first], sizes),
        holds=(blocking[p.mode_unit[last]] & follows[last]).astype(np.int64),
        how=np.array([span], np.int64),
        temperature=np.array([max(temperature, 1e-9)]),
    )


def _begins(p: Problem) -> Flags:
    """Whether an operation is the first of a part: of its job, or one that may wait."""
    of_job = np.diff(p.before_first) == 0
    return np.ones_like(of_job) if p.no_wait is None else of_job | ~p.no_wait


def state_of(shop: kernels.Shop, first: Ints, units: int, seed: int) -> kernels.State:
    """State with the order `first`."""
    most, parts = int(np.bincount(shop.unit).max()), len(shop.holds)
    return kernels.State(
        order=first.copy(),
        best=first.copy(),
        begin=np.zeros((units, most + 1), np.int64),
        leave=np.zeros((units, most + 1), np.int64),
        placed=np.zeros(units, np.int64),
        early=np.zeros((parts, most + 1), np.int64),
        since=np.zeros((parts, most + 1), np.int64),
        start=np.zeros(len(shop.unit), np.int64),
        counts=np.zeros(3, np.int64),
        rng=np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1),
    )


def first_order(problem: Problem) -> Ints:
    """Longest first for the makespan, earliest due first for tardiness, shortest first for flow time."""
    total = np.bincount(problem.job, weights=problem.mode_time, minlength=problem.jobs)
    if problem.objective is Objective.TARDINESS:
        return np.argsort(problem.due, kind="stable").astype(np.int64)
    sign = -1 if problem.objective is Objective.MAKESPAN else 1
    return np.argsort(sign * total, kind="stable").astype(np.int64)


def schedule_of(problem: Problem, shop: kernels.Shop, state: kernels.State) -> tuple[Schedule, int]:
    """The timetable of the best order, and its value."""
    value = int(kernels.best_timetable(shop, state._replace(counts=state.counts.copy(), order=state.best)))
    start = state.start.copy()
    return Schedule(start, start + problem.mode_time, np.arange(problem.operations)), value


def search(context: SearchContext, seed: int) -> int:
    """Simulated annealing over orders until the search is over; returns the number of orders tried."""
    problem = context.problem
    shop = shop_of(problem)
    state = state_of(shop, first_order(problem), problem.units, seed)
    context.offer(*schedule_of(problem, shop, state), by="blocking")
    work, pace, offered = 0, Pace(FIRST_MOVES), kernels.NEVER
    while not context.is_over(work):
        moves, began = pace.next(context, work), perf_counter()
        work += int(kernels.anneal_jobs(shop, state, moves))
        pace.took(moves, perf_counter() - began)
        if state.counts[kernels.BEST] < offered:
            offered = int(state.counts[kernels.BEST])
            context.offer(*schedule_of(problem, shop, state), by="blocking")
    return work
