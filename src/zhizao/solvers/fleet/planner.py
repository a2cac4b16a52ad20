"""Plan a fleet step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.fleet.calls import Calls, Routes, call, make_calls
from zhizao.solvers.fleet.distances import Costs, Distances, even, make_distances, rows_of
from zhizao.solvers.fleet.kernels.assignment import costs_of, greedy
from zhizao.solvers.fleet.kernels.plans import Plans, Vehicles, actions_of, plan, prepare, room_of
from zhizao.solvers.fleet.problem import Bytes, Ints, Problem, Rule
from zhizao.solvers.fleet.progress import NONE, Progress, assign
from zhizao.solvers.fleet.settings import Settings
from zhizao.solvers.fleet.shapes import shapes


@dataclass
class Planner:
    """A planner at work: what it keeps from step to step."""

    problem: Problem
    settings: Settings
    distances: Distances
    random: np.random.Generator
    plans: Plans
    stack: Ints
    calls: Calls
    rest: NDArray[np.float64]  # [errands] way from an errand to the last of its task; nan: not asked for yet


def make_planner(
    problem: Problem, settings: Settings, *, seed: int = 0, costs: Costs | None = None
) -> Planner:
    """Prepare to plan a problem; the same seed gives the same plans."""
    vehicles, cells, depth = len(problem.start), len(problem.floor.places), settings.depth
    count = len(shapes(depth).rest)
    goals = len(np.unique(problem.tasks.cells))
    plans = Plans(
        shape=np.zeros(vehicles, np.int32),
        value=np.zeros((vehicles, count), np.float32),
        best=np.zeros(vehicles, np.float32),
        order=np.zeros((vehicles, count), np.int32),
        possible=np.zeros(vehicles, np.int32),
        ranked=np.zeros(vehicles, np.int32),
        end=np.zeros((vehicles, count), np.int32),
        taken=np.zeros((cells, depth + 1), np.int32),
        seen=np.zeros(vehicles, np.int32),
    )
    return Planner(
        problem,
        settings,
        make_distances(problem.floor, costs or even(problem.floor), goals, settings.memory_bytes),
        np.random.default_rng(seed),
        plans,
        np.zeros((vehicles + 1, 3), np.int32),
        make_calls(vehicles),
        np.full(len(problem.tasks.cells), np.nan),
    )


def prepare_goals(planner: Planner) -> None:
    """Search the distances to all goals of the tasks, as far as memory goes."""
    goals = np.unique(planner.problem.tasks.cells)[: len(planner.distances.table)]
    rows_of(planner.distances, goals.astype(np.int32))


def next_actions(planner: Planner, progress: Progress, cell: Ints, heading: Ints) -> Bytes:
    """Assign tasks where the problem leaves it open, and plan one step.

    Parameters
    ----------
    planner, progress
        The planner and who has which task.
    cell, heading
        Of each vehicle (vehicles,); headings clockwise from 0, east.

    Returns
    -------
    NDArray
        An `Action` for each vehicle (vehicles,): no two vehicles meet.
    """
    if planner.problem.rule is Rule.POOL:
        assign_tasks(planner, progress, 4 * cell + heading)
    left = way_left(planner, progress, 4 * cell + heading)
    goal = progress.goal()
    ahead = progress.goal(1)
    rows = rows_of(planner.distances, np.stack([goal, ahead]))
    routes = Routes(cell, goal, rows[0], rows[1], left)
    call(planner.calls, planner.distances, routes, planner.random, planner.settings)
    first = np.argsort(left, kind="stable").astype(np.int32)
    rank = np.empty(len(cell), np.int32)
    rank[first] = np.arange(len(cell), dtype=np.int32)
    neighbours = planner.problem.floor.neighbours
    fleet = Vehicles(
        neighbours, shapes(planner.settings.depth), cell, heading, rows[0], goal, rows[1],
        planner.distances.table, _weights(planner, rank), rank, room_of(neighbours, cell),
    )  # fmt: skip
    unit = planner.distances.costs.unit
    prepare(fleet, planner.plans, planner.settings.reward * unit, planner.settings.early * unit)
    limit = planner.settings.limit
    plan(fleet, planner.plans, _order(planner, first), len(cell), limit, planner.stack)
    actions = np.empty(len(cell), np.int8)
    actions_of(fleet, planner.plans, actions)
    return actions


def way_left(planner: Planner, progress: Progress, state: Ints) -> NDArray[np.float64]:
    """Way through all errands that are left of each vehicle's task (vehicles,); inf without a task.

    `state` is 4 * cell + heading (vehicles,). The unit is that of the costs.
    """
    has = np.flatnonzero(progress.task != NONE)
    tasks = progress.task[has] % len(planner.problem.tasks)
    rest = _rest(planner, tasks, progress.errands[has])  # first: its searches may take rows of goals
    row = rows_of(planner.distances, progress.goal()[has])
    found = np.full(len(state), np.inf)
    found[has] = planner.distances.table[row, state[has]] + rest
    return found


def _weights(planner: Planner, rank: Ints) -> NDArray[np.float64]:
    """Priorities: the lighter vehicle gives way."""
    share = 1.0 - rank / len(rank)
    return 1.0 + planner.settings.spread * share**planner.settings.power


def _order(planner: Planner, first: Ints) -> Ints:
    """Vehicles in the order of their requests: by priority, then in random orders."""
    more = [planner.random.permutation(len(first)) for _ in range(planner.settings.passes - 1)]
    return np.concatenate([first, *more]).astype(np.int32)


def assign_tasks(planner: Planner, progress: Progress, state: Ints) -> None:
    """Assign the open tasks that nobody has begun anew to all vehicles that have not begun one."""
    free = np.flatnonzero((progress.task == NONE) | (progress.errands == 0))
    numbers = progress.numbers()
    numbers = numbers[~np.isin(numbers, progress.task[progress.errands > 0])]
    if len(free) == 0 or len(numbers) == 0:
        return
    problem = planner.problem
    row = numbers % len(problem.tasks)
    length = _rest(planner, row, np.zeros(len(row), np.int64))
    goals = rows_of(planner.distances, problem.tasks.cells[problem.tasks.first[row]])
    cost = np.empty((len(free), len(numbers)))
    costs_of(planner.distances.table, goals, length, state[free], planner.settings.approach, cost)
    found = greedy(cost)
    room = max(0, round(planner.settings.active * len(state)) - (len(state) - len(free)))
    if room < len(free):
        own = np.where(found >= 0, cost[np.arange(len(free)), np.maximum(found, 0)], np.inf)
        found[np.argsort(own, kind="stable")[room:]] = -1
    task = progress.task.copy()
    task[free] = np.where(found >= 0, numbers[found], NONE)
    assign(progress, task)


def _rest(planner: Planner, row: NDArray[np.int64], errands: NDArray[np.int64]) -> NDArray[np.float64]:
    """Way from an errand of each task to its last one."""
    tasks, distances = planner.problem.tasks, planner.distances
    at = tasks.first[row] + errands
    planner.rest[at[at == tasks.first[row + 1] - 1]] = 0.0
    for number in row[np.isnan(planner.rest[at])]:
        begin, end = tasks.first[number], tasks.first[number + 1]
        cells = tasks.cells[begin:end]
        ways = distances.table[rows_of(distances, cells[1:]), 4 * cells[:-1]].astype(np.float64)
        planner.rest[begin:end] = np.append(np.cumsum(ways[::-1])[::-1], 0.0)
    found: NDArray[np.float64] = planner.rest[at]
    return found
