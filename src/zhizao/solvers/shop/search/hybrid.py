"""Hybrid flow shops: all jobs go through the same stages, each of one unit or of several, alike or not.

For the makespan the shop is also searched backwards, from the last stage to the first: the schedule of an
order is then as late as can be, and which direction is better depends on where the narrow stage is.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from zhizao.solvers.shop.kernels import hybrid as kernels
from zhizao.solvers.shop.problem import LATEST, Ints, Objective, Problem, Schedule
from zhizao.solvers.shop.search.context import Pace, SearchContext

SLICE_STEPS = 4e6  # operations × units of a turn in one direction, about a tenth of a second
TRIAL_SLICES = 30  # kernel calls for each direction before the worse one is dropped
TEMPERATURE = 0.02  # in mean times; tuned on five benchmark shops, 0.002 to 0.3


@dataclass(frozen=True)
class Rows:
    """Operations and times of jobs × stages, and units in the sequence of the stages."""

    operation: Ints  # [jobs, stages]
    time: Ints  # [jobs, units]; −1: cannot
    mode: Ints  # [jobs, units]
    unit: Ints  # [units]: unit of the problem
    first: Ints  # [stages + 1]


def rows_of(problem: Problem) -> Rows | None:
    """Give the tables, if every job goes through the same stages and no unit belongs to two of them."""
    jobs = problem.jobs
    stages = problem.operations // max(1, jobs)
    if jobs * stages != problem.operations or stages == 0:
        return None
    if (problem.job != np.repeat(np.arange(jobs), stages)).any():
        return None
    operation = np.arange(problem.operations).reshape(jobs, stages)
    chained = np.tile(np.r_[0, np.ones(stages - 1, np.int64)], jobs)
    if (np.diff(problem.before_first) != chained).any():
        return None
    if (problem.before != operation[:, :-1].ravel()).any():
        return None
    of_mode = np.repeat(np.arange(problem.operations), np.diff(problem.mode_first))
    return _units_of_stages(problem, operation, of_mode)


def _units_of_stages(problem: Problem, operation: Ints, of_mode: Ints) -> Rows | None:
    jobs, stages = operation.shape
    stage_of = np.full(problem.units, -1)
    stage_of[problem.mode_unit] = of_mode % stages
    if (stage_of[problem.mode_unit] != of_mode % stages).any():
        return None
    unit = np.argsort(np.where(stage_of < 0, stages, stage_of), kind="stable")[: int((stage_of >= 0).sum())]
    place = np.zeros(problem.units, np.int64)
    place[unit] = np.arange(len(unit))
    time, mode = np.full((2, jobs, len(unit)), -1)
    job, column = problem.job[of_mode], place[problem.mode_unit]
    if len(set(zip(job.tolist(), column.tolist(), strict=True))) < len(job):
        return None  # two modes of an operation on one unit
    time[job, column], mode[job, column] = problem.mode_time, np.arange(len(job))
    first = np.searchsorted(stage_of[unit], np.arange(stages + 1))
    return Rows(operation, time, mode, unit.astype(np.int64), first.astype(np.int64))


def fits(problem: Problem) -> bool:
    """Whether the shop is a hybrid flow shop that this search understands in full."""
    foreign = problem.mode_worker, problem.no_wait, problem.blocking, problem.setups
    foreign_things = problem.breaks, problem.transport, problem.pools
    if problem.same_order or any(feature is not None for feature in (*foreign, *foreign_things)):
        return False
    rows = rows_of(problem)
    if rows is None:
        return False
    latest = float(rows.time.max(axis=1).sum()) * rows.operation.shape[1] + float(problem.release.max())
    cost = latest * max(1.0, float(np.abs(problem.weight).sum()))
    return bool(latest < LATEST and cost < 2.0**60)


def stages_of(problem: Problem, rows: Rows, *, backwards: bool) -> kernels.Stages:
    """The tables of the kernels; backwards: the last stage is the first."""
    span = problem.objective is Objective.MAKESPAN
    tardy = problem.objective is Objective.TARDINESS
    job = np.zeros((problem.jobs, 3), np.int64)
    job[:, kernels.RELEASE] = problem.release
    job[:, kernels.DUE] = problem.due if tardy else problem.release
    job[:, kernels.WEIGHT] = np.where(job[:, kernels.DUE] < LATEST, problem.weight, 0)
    time, first = rows.time, rows.first
    if backwards:
        time, first = np.ascontiguousarray(time[:, ::-1]), first[-1] - first[::-1]
    able = np.where(time >= 0, time, LATEST)
    least = np.minimum.reduceat(able, first[:-1], axis=1)
    temperature = (
        TEMPERATURE * float(least.mean()) * (1.0 if span else max(1.0, float(job[:, kernels.WEIGHT].mean())))
    )
    return kernels.Stages(
        time=time,
        first=np.ascontiguousarray(first),
        rest=np.ascontiguousarray(np.cumsum(least[:, ::-1], axis=1)[:, ::-1] - least),
        job=job,
        how=np.array([span], np.int64),
        temperature=np.array([max(temperature, 1e-9)]),
    )


def state_of(stages: kernels.Stages, first: Ints, seed: int) -> kernels.State:
    """State with the order `first`."""
    jobs, units = stages.time.shape
    return kernels.State(
        order=first.copy(),
        best=first.copy(),
        queue=first.copy(),
        ready=np.zeros(jobs, np.int64),
        free=np.zeros(units, np.int64),
        end=np.zeros((jobs, len(stages.first) - 1), np.int64),
        unit=np.zeros((jobs, len(stages.first) - 1), np.int64),
        counts=np.zeros(3, np.int64),
        rng=np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1),
    )


def first_order(problem: Problem, stages: kernels.Stages) -> Ints:
    """Earliest due date first for tardiness, shortest for flow time, longest for the makespan."""
    total = stages.rest[:, 0]
    if problem.objective is Objective.TARDINESS:
        return np.argsort(problem.due, kind="stable").astype(np.int64)
    sign = -1 if problem.objective is Objective.MAKESPAN else 1
    return np.argsort(sign * total, kind="stable").astype(np.int64)


@dataclass
class Direction:
    """One direction being searched."""

    backwards: bool
    stages: kernels.Stages
    state: kernels.State

    def schedule(self, problem: Problem, rows: Rows) -> tuple[Schedule, int]:
        """The best schedule found in this direction, and its value."""
        state = replace_order(self.state)
        value = int(kernels.best_stages(self.stages, state))
        end, unit = state.end, state.unit
        time = np.take_along_axis(self.stages.time, unit, axis=1)
        start = end - time
        if self.backwards:
            start, unit = (value - end)[:, ::-1], (len(rows.unit) - 1 - unit)[:, ::-1]
        mode = np.take_along_axis(rows.mode, unit, axis=1).ravel()
        return Schedule(start=start.ravel(), end=start.ravel() + problem.mode_time[mode], mode=mode), value


def replace_order(state: kernels.State) -> kernels.State:
    """Copy what making a schedule would change."""
    return state._replace(order=state.order.copy(), counts=state.counts.copy())


def directions_of(problem: Problem, rows: Rows, seed: int) -> list[Direction]:
    """Forwards, and for a makespan without releases also backwards."""
    both = problem.objective is Objective.MAKESPAN and not problem.release.any()
    directions = []
    for backwards in (False, True) if both else (False,):
        stages = stages_of(problem, rows, backwards=backwards)
        directions.append(Direction(backwards, stages, state_of(stages, first_order(problem, stages), seed)))
    return directions


def search(context: SearchContext, seed: int) -> int:
    """Simulated annealing over orders until the search is over; returns the number of orders tried."""
    problem = context.problem
    rows = rows_of(problem)
    if rows is None:
        return 0
    directions = directions_of(problem, rows, seed)
    context.offer(*directions[0].schedule(problem, rows), by="hybrid")
    moves = max(1, int(SLICE_STEPS / max(1, rows.time.size)))
    work, turn, offered, pace = 0, 0, kernels.NEVER, Pace()
    while not context.is_over(work):
        direction = directions[turn % len(directions)]
        until = work + moves
        while work < until and not context.is_over(work):
            part, began = min(pace.next(context, work), until - work), perf_counter()
            work += int(kernels.anneal(direction.stages, direction.state, part))
            pace.took(part, perf_counter() - began)
        if direction.state.counts[kernels.BEST] < offered:
            offered = int(direction.state.counts[kernels.BEST])
            context.offer(*direction.schedule(problem, rows), by="hybrid")
        turn += 1
        if turn == TRIAL_SLICES * len(directions):
            directions = [min(directions, key=lambda each: int(each.state.counts[kernels.BEST]))]
    return work
