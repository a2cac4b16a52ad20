"""Plan a fleet step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.fleet.distances import Costs, Distances, even, make_distances, rows_of
from zhizao.solvers.fleet.kernels.assignment import costs_of, greedy
from zhizao.solvers.fleet.kernels.distances import FAR
from zhizao.solvers.fleet.kernels.plans import Plans, Vehicles, actions_of, plan, prepare, room_of
from zhizao.solvers.fleet.problem import Bytes, Ints, Problem, Rule
from zhizao.solvers.fleet.progress import NONE, Progress, assign
from zhizao.solvers.fleet.shapes import shapes


@dataclass(frozen=True)
class Settings:
    """What bounds planning.

    `depth` is how many steps ahead plans reach; `passes` how often each vehicle asks for a better plan in a
    step: once by priority, then to improve the weighted sum; `limit` bounds the shapes that one request may
    try. `memory_bytes` bounds the tables of distances. `reward` is what reaching a goal one step earlier is
    worth and `early` what each step is worth that a move is made earlier, in moves. `approach` weighs the
    way to a task's first errand against the length of the task (5: as the winners of 2024 found; there is
    more choice than work, and short tasks are done more often). `spread` and `power` say how much more the
    vehicles nearest to the end of their tasks weigh than the farthest: 1 + spread * share ** power. `active`
    is the share of the vehicles that may have a task where there is a choice: on crowded floors the others
    make way. Chosen on RANDOM-03 (400 steps; benchmarks/results/fleet.md): a depth of 3, a spread of 1e6
    to the power of 20, or a limit of 1,000 finished fewer tasks.
    """

    depth: int = 5
    passes: int = 4
    limit: int = 10_000
    memory_bytes: int = 8_000_000_000
    reward: float = 2.0
    early: float = 0.1
    approach: float = 5.0
    spread: float = 100.0
    power: float = 4.0
    active: float = 1.0
    patience: int = 6
    called: int = 12


@dataclass(frozen=True)
class Calls:
    """Vehicles that make way for another that stands still: they run to a cell drawn at random."""

    cell: Ints  # [vehicles] in the step before
    still: Ints  # [vehicles] steps since a vehicle with a goal has left its cell
    steps: Ints  # [vehicles] how long a vehicle that was called still makes way
    row: Ints  # [vehicles] row of the distances to where it runs
    by: Ints  # [vehicles] who called it


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
        Calls(*(np.zeros(vehicles, np.int32) for _ in range(5))),
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
    _call(planner, cell, goal, rows, left)
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


def _call(
    planner: Planner, cell: Ints, goal: Ints, rows: Ints, left: NDArray[np.float64]
) -> None:
    """Call vehicles out of the way of those that stand still; changes goals, rows and ways left."""
    calls, settings = planner.calls, planner.settings
    calls.still[:] = np.where((cell == calls.cell) & (rows[0] >= 0), calls.still + 1, 0)
    calls.cell[:] = cell
    calls.steps[:] = np.maximum(calls.steps - 1, 0)
    holder = np.full(len(planner.problem.floor.places), NONE, np.int32)
    holder[cell] = np.arange(len(cell), dtype=np.int32)
    kept = np.flatnonzero(planner.distances.goal_of >= 0)
    stuck = np.flatnonzero((calls.still >= settings.patience) & (calls.steps == 0))
    for vehicle in stuck[np.argsort(left[stuck], kind="stable")]:
        there = _ahead(planner, int(cell[vehicle]), int(rows[0, vehicle]))
        other = holder[there] if there >= 0 else NONE
        if other >= 0 and other != vehicle and calls.steps[other] == 0:
            calls.steps[other] = settings.called
            calls.row[other] = planner.random.choice(kept)
            calls.by[other] = vehicle
            calls.still[vehicle] = 0
    who = np.flatnonzero(calls.steps)
    rows[0, who], rows[1, who] = calls.row[who], -1
    goal[who] = planner.distances.goal_of[calls.row[who]]
    left[who] = np.minimum(left[who], left[calls.by[who]] - 0.5)


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


def _ahead(planner: Planner, cell: int, row: int) -> int:
    """Next cell on the cheapest way of a vehicle, whatever its heading; NONE at the goal."""
    neighbours = planner.problem.floor.neighbours[cell]
    table = planner.distances.table[row].reshape(-1, 4)
    ways = [int(table[there].min()) if there >= 0 else FAR for there in neighbours]
    least = int(np.argmin(ways))
    return int(neighbours[least]) if ways[least] < FAR else NONE


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
    for number in row[np.isnan(planner.rest[at])]:
        begin, end = tasks.first[number], tasks.first[number + 1]
        cells = tasks.cells[begin:end]
        ways = distances.table[rows_of(distances, cells[1:]), 4 * cells[:-1]].astype(np.float64)
        planner.rest[begin:end] = np.append(np.cumsum(ways[::-1])[::-1], 0.0)
    found: NDArray[np.float64] = planner.rest[at]
    return found
