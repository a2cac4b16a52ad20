"""Flow shops whose units all take jobs in one order: makespan, tardiness, flow time; set-ups; no-wait.

A no-wait shop is a shop of one unit here: between the starts of two jobs lies a delay that depends on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from zhizao.solvers.shop.kernels import flowshop as kernels
from zhizao.solvers.shop.problem import LATEST, Ints, Objective, Problem, Schedule
from zhizao.solvers.shop.search.context import Pace, SearchContext

FIRST_MOVES = 64  # positions of the first kernel call
REMOVED = 2  # jobs removed in the destruction step (Dubois-Lacoste, Pagnozzi & Stützle 2017)
TEMPERATURE = 0.07  # for the makespan, in mean times (the same)
SUM_TEMPERATURE = 1.0  # for sums over jobs, in mean times × mean weight: tuned on six tardiness instances


@dataclass(frozen=True)
class Rows:
    """A flow shop as tables of jobs × units, units in the sequence of the routes."""

    operation: Ints
    time: Ints
    unit: Ints  # [units]


def rows_of(problem: Problem) -> Rows | None:
    """Give the tables if the problem is a flow shop: all jobs visit the same units in one sequence."""
    jobs = problem.jobs
    units = problem.operations // max(1, jobs)
    single = len(problem.mode_unit) == problem.operations == jobs * units > 0
    if not single or problem.mode_first[-1] != problem.operations:
        return None
    if (problem.job != np.repeat(np.arange(jobs), units)).any() or (np.diff(problem.mode_first) != 1).any():
        return None
    operation = np.arange(problem.operations).reshape(jobs, units)
    unit = problem.mode_unit[operation]
    chained = np.tile(np.r_[0, np.ones(units - 1, np.int64)], jobs)
    if (np.diff(problem.before_first) != chained).any():
        return None
    if (problem.before != operation[:, :-1].ravel()).any() or (unit != unit[0]).any():
        return None
    if len(set(unit[0].tolist())) < units:
        return None  # a job comes back to a unit
    return Rows(operation, problem.mode_time[operation], unit[0])


def fits(problem: Problem) -> bool:
    """Whether the shop is a flow shop that this search understands in full."""
    foreign = problem.mode_worker, problem.blocking, problem.breaks, problem.transport, problem.pools
    if any(feature is not None for feature in foreign):
        return False
    rows = rows_of(problem)
    if rows is None or not _is_small(problem, rows):
        return False
    if problem.no_wait is None or not problem.no_wait.any():
        return True
    whole = bool(problem.no_wait[rows.operation[:, 1:]].all())
    return whole and not (problem.setups is not None and problem.setups.with_job)


def _is_small(problem: Problem, rows: Rows) -> bool:
    """Whether no end and no cost can pass what a whole number holds."""
    latest = float(rows.time.sum()) + float(problem.release.max())
    if problem.setups is not None:
        latest += float(problem.setups.time.max(initial=0)) * problem.operations
    cost = latest * max(1.0, float(np.abs(problem.weight).sum()))
    return latest < LATEST and cost < 2.0**60


def set_up_table(problem: Problem, rows: Rows) -> Ints:
    """Set-up times [units, before, after]; the last family is none: before the first job, after the last."""
    setups = problem.setups
    if setups is None:
        return np.zeros((1, 1, 1), np.int64)
    families = setups.time.shape[1]
    table = np.zeros((len(rows.unit), families + 1, families + 1), np.int64)
    for k, unit in enumerate(rows.unit):
        of_unit = setups.time[unit if len(setups.time) > 1 else 0]
        table[k, :-1, :-1] = of_unit
        if setups.start[unit] >= 0:
            table[k, -1, :-1] = of_unit[setups.start[unit]]
    return table


def families_of(problem: Problem, rows: Rows) -> Ints:
    """Family of each job on each unit."""
    return np.zeros_like(rows.time) if problem.setups is None else problem.setups.family[rows.operation]


def delays_of(problem: Problem, rows: Rows) -> Ints:
    """Give, for a no-wait shop, the least time from the start of a job to the start of the next (−1: none).

    Shape [jobs + 1, jobs + 1]; the last row is before the first job, which may need a set-up
    (Reddi & Ramamoorthy 1972).
    """
    jobs, units = rows.time.shape
    begin = np.cumsum(rows.time, axis=1) - rows.time
    delay = np.zeros((jobs + 1, jobs + 1), np.int64)
    table, family = set_up_table(problem, rows), families_of(problem, rows)
    for k in range(units):
        apart = np.subtract.outer(np.r_[begin[:, k] + rows.time[:, k], 0], begin[:, k])
        if problem.setups is not None:
            before = np.r_[family[:, k], table.shape[1] - 1]
            apart += table[k][np.ix_(before, family[:, k])]
        np.maximum(delay[:, :-1], apart, out=delay[:, :-1])
    return delay


def is_no_wait(problem: Problem) -> bool:
    """Whether jobs go through without a stop."""
    return problem.no_wait is not None and bool(problem.no_wait.any())


def flow_of(problem: Problem, rows: Rows) -> kernels.Flow:
    """The tables of the kernels."""
    jobs = problem.jobs
    job = np.zeros((jobs, 4), np.int64)
    job[:, kernels.RELEASE] = problem.release
    costs = problem.objective is not Objective.MAKESPAN
    if costs:
        tardy = problem.objective is Objective.TARDINESS
        job[:, kernels.DUE] = problem.due if tardy else problem.release
        job[:, kernels.WEIGHT] = np.where(job[:, kernels.DUE] < LATEST, problem.weight, 0)
    time, setup, family = rows.time, set_up_table(problem, rows), families_of(problem, rows)
    if is_no_wait(problem):
        setup, family = delays_of(problem, rows)[None], np.arange(jobs)[:, None]
        setup[0, :-1, :-1] -= rows.time[:, :1]
        time = rows.time[:, :1]
        job[:, kernels.TAIL] = rows.time[:, 1:].sum(axis=1)
    late = problem.setups is not None and problem.setups.with_job
    sums = costs or bool(problem.release.any()) or late or is_no_wait(problem)
    has_setups = problem.setups is not None or is_no_wait(problem)
    how = [has_setups, late, bool(problem.release.any()), sums, not costs, REMOVED, True]
    temperature = float(rows.time.mean()) * (
        SUM_TEMPERATURE * float(job[:, kernels.WEIGHT].mean()) if costs else TEMPERATURE
    )
    return kernels.Flow(
        time=np.ascontiguousarray(time),
        job=job,
        family=np.ascontiguousarray(family),
        setup=setup,
        into=np.ascontiguousarray(setup.transpose(0, 2, 1)),
        how=np.array(how, np.int64),
        temperature=np.array([max(temperature, 1e-9)]),
    )


def state_of(flow: kernels.Flow, first: Ints, seed: int) -> kernels.State:
    """State with an empty order and all jobs waiting in the sequence `first`."""
    jobs, units = flow.time.shape
    none = flow.setup.shape[1] - 1
    count = np.zeros(11, np.int64)
    count[kernels.WAITING] = jobs
    count[[kernels.KEPT, kernels.BEST]] = kernels.NEVER
    wide = (units, jobs + 1)
    return kernels.State(
        order=np.zeros(jobs, np.int64),
        kept=first.copy(),
        best=first.copy(),
        visit=np.zeros(jobs, np.int64),
        waiting=first.copy(),
        heads=np.zeros(wide, np.int64),
        tails=np.zeros(wide, np.int64),
        before=np.full(wide, none),
        after=np.full(wide, none),
        cost=np.zeros(jobs + 1, np.int64),
        insertion=np.zeros(wide, np.int64),
        value=np.zeros(jobs + 1, np.int64),
        lane=np.zeros((units + 1) * kernels.LANES, np.int64),
        part=np.zeros(kernels.LANES, np.int64),
        counts=count,
        rng=np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1),
    )


def first_order(problem: Problem, rows: Rows) -> Ints:
    """Give the sequence in which jobs are placed at first.

    Longest first for the makespan (Nawaz, Enscore & Ham 1983), earliest due first for tardiness (Kim 1993),
    shortest first for flow time (Framinan, Leisten & Ruiz-Usano 2002).
    """
    total = rows.time.sum(axis=1)
    if problem.objective is Objective.MAKESPAN:
        return np.argsort(-total, kind="stable").astype(np.int64)
    key = problem.due if problem.objective is Objective.TARDINESS else total
    return np.argsort(key, kind="stable").astype(np.int64)


def schedule_of(problem: Problem, rows: Rows, flow: kernels.Flow, order: Ints) -> tuple[Schedule, int]:
    """Give the schedule of an order, each operation as early as it can be, and its value."""
    state = state_of(flow, order, 0)
    value = int(kernels.ends_of(flow, state))
    if is_no_wait(problem):
        begin = np.cumsum(rows.time, axis=1) - rows.time
        start_of = np.zeros_like(rows.time)
        start_of[order] = (state.heads[0, 1:] - flow.time[order, 0])[:, None] + begin[order]
    else:
        start_of = np.zeros_like(rows.time)
        start_of[order] = state.heads[:, 1:].T - rows.time[order]
    start = np.zeros(problem.operations, np.int64)
    start[rows.operation.ravel()] = start_of.ravel()
    mode = np.arange(problem.operations, dtype=np.int64)
    return Schedule(start=start, end=start + problem.mode_time, mode=mode), value


def search(context: SearchContext, seed: int) -> int:
    """Iterated greedy until the search is over; returns the number of positions tried."""
    problem = context.problem
    rows = rows_of(problem)
    if rows is None:
        return 0
    flow = flow_of(problem, rows)
    state = state_of(flow, first_order(problem, rows), seed)
    work, offered, pace = 0, kernels.NEVER + 1, Pace(FIRST_MOVES)
    while True:
        if state.counts[kernels.BEST] < offered:
            offered = int(state.counts[kernels.BEST])
            context.offer(*schedule_of(problem, rows, flow, state.best), by="flowshop")
        if context.is_over(work):
            return work
        moves, began = pace.next(context, work), perf_counter()
        tried = int(kernels.iterated_greedy(flow, state, moves))
        pace.took(tried, perf_counter() - began)
        work += tried
