"""Run a fleet: plan, move, note what is done, step by step."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.fleet.planner import Planner, next_actions
from zhizao.solvers.fleet.problem import Action, Bytes, FleetError, Floor, Ints
from zhizao.solvers.fleet.progress import arrive, begin


@dataclass(frozen=True)
class Run:
    """What a fleet did.

    `actions` (steps, vehicles) are of `Action`; `finished` (steps,) counts the tasks finished by the end of
    each step; `cpu_s` (steps,) is the processor time of planning, tasks included.
    """

    actions: Bytes
    finished: NDArray[np.int64]
    cpu_s: NDArray[np.float64]


def moved(floor: Floor, cell: Ints, heading: Ints, action: Bytes) -> tuple[Ints, Ints]:
    """(Cells, headings) after a step; refuses a move off the floor and two vehicles in one cell or edge."""
    ahead = floor.neighbours[cell, heading]
    after = np.where(action == Action.AHEAD, ahead, cell)
    turn = (action == Action.CLOCKWISE).astype(np.int32) + 3 * (action == Action.COUNTERCLOCKWISE)
    if (after < 0).any():
        raise FleetError(f"vehicle {int(np.argmin(after))} leaves the floor")
    holder = np.full(len(floor.places), -1, np.int32)
    holder[after] = np.arange(len(after), dtype=np.int32)
    before = np.full(len(floor.places), -1, np.int32)
    before[cell] = np.arange(len(cell), dtype=np.int32)
    other = before[after]
    swap = (other >= 0) & (after != cell) & (after[np.maximum(other, 0)] == cell)
    wrong = swap | (holder[after] != np.arange(len(after)))
    if wrong.any():
        raise FleetError(f"vehicle {int(np.argmax(wrong))} meets another")
    return after, (heading + turn) & 3


def simulate(
    planner: Planner, *, steps: int | None = None, tell: Callable[[int, int], None] | None = None
) -> Run:
    """Run a problem from its beginning.

    Parameters
    ----------
    planner
        From `make_planner`.
    steps
        How many; by default those of the problem.
    tell
        Called after each step with (steps, tasks finished).
    """
    problem = planner.problem
    count = problem.steps if steps is None else steps
    progress = begin(problem)
    cell, heading = problem.start.copy(), np.zeros(len(problem.start), np.int32)
    actions = np.empty((count, len(cell)), np.int8)
    finished, cpu_s = np.zeros(count, np.int64), np.zeros(count)
    for step in range(count):
        began = time.process_time()
        actions[step] = next_actions(planner, progress, cell, heading)
        cpu_s[step] = time.process_time() - began
        cell, heading = moved(problem.floor, cell, heading, actions[step])
        arrive(progress, cell)
        finished[step] = progress.finished
        if tell is not None:
            tell(step + 1, progress.finished)
    return Run(actions, finished, cpu_s)
