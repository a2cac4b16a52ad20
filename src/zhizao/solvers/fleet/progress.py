"""Who has which task, and what is done: the rules of the two kinds of problems.

The rules are those of the League of Robot Runners (start kit, `TaskManager`; 2023: `TaskAssignSystem`): an
errand is done when its vehicle stands on its cell at the end of a step; a vehicle does at most one a step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.fleet.problem import FleetError, Ints, Problem, Rule

NONE = -1


@dataclass
class Progress:
    """Tasks at one moment.

    `task` is the number of each vehicle's task (vehicles,), NONE if it has none; `errands` how many errands
    of it are done. `open` maps the tasks of the pool to the errands done. Numbers of tasks go on counting
    when the list of tasks begins again.
    """

    problem: Problem
    task: NDArray[np.int64]
    errands: NDArray[np.int64]
    open: dict[int, int] = field(default_factory=dict)
    revealed: int = 0
    finished: int = 0

    def goal(self, ahead: int = 0) -> Ints:
        """Cell of each vehicle's next errand (0), the one after it (1), ...; NONE if it knows none."""
        has = self.task != NONE
        row = np.where(has, self.task, 0) % len(self.problem.tasks)
        at = self.problem.tasks.first[row] + self.errands + ahead
        known = has & (at < self.problem.tasks.first[row + 1])
        return np.where(known, self.problem.tasks.cells[np.where(known, at, 0)], NONE).astype(np.int32)

    def numbers(self) -> NDArray[np.int64]:
        """Numbers of the open tasks of the pool, in the order in which they came (open,)."""
        return np.fromiter(self.open, np.int64, len(self.open))


def begin(problem: Problem) -> Progress:
    """State before the first step."""
    vehicles = len(problem.start)
    zeros = np.zeros(vehicles, np.int64)
    if problem.rule is Rule.QUEUE:
        return Progress(problem, np.arange(vehicles), zeros, finished=0)
    progress = Progress(problem, np.full(vehicles, NONE, np.int64), zeros)
    _reveal(progress)
    return progress


def assign(progress: Progress, task: NDArray[np.int64]) -> None:
    """Assign tasks of the pool to vehicles (vehicles,), NONE for none.

    Raises
    ------
    FleetError
        A task is not open, has two vehicles, or was begun by another one.
    """
    given = task[task != NONE]
    if len(np.unique(given)) != len(given):
        raise FleetError("a task can have one vehicle only")
    unknown = given[~np.isin(given, progress.numbers())]
    if len(unknown):
        raise FleetError(f"task {unknown[0]} is not open")
    begun = (progress.errands > 0) & (task != progress.task)
    if begun.any():
        raise FleetError(f"vehicle {int(np.flatnonzero(begun)[0])} must finish the task that it has begun")
    progress.task = task.copy()


def arrive(progress: Progress, cell: Ints) -> int:
    """Note where the vehicles stand at the end of a step (vehicles,); the number of tasks finished in it."""
    done = np.flatnonzero((progress.task != NONE) & (progress.goal() == cell))
    progress.errands[done] += 1
    last = done[progress.goal()[done] == NONE]
    progress.errands[last] = 0
    if progress.problem.rule is Rule.QUEUE:
        progress.task[last] += len(progress.problem.start)
    else:
        for number in progress.task[last]:
            del progress.open[int(number)]
        progress.task[last] = NONE
        _reveal(progress)
    progress.finished += len(last)
    return len(last)


def _reveal(progress: Progress) -> None:
    while len(progress.open) < progress.problem.pool:
        progress.open[progress.revealed] = 0
        progress.revealed += 1


def replay(problem: Problem, cells: Ints, assigned: NDArray[np.int64] | None = None) -> Progress:
    """Count what is done along a run.

    Parameters
    ----------
    problem
        The problem.
    cells
        Cell of each vehicle at the beginning and after each step (steps + 1, vehicles).
    assigned
        Rows (step, vehicle, task) of a pool problem, sorted by step: what holds when that step ends.
    """
    progress = begin(problem)
    if problem.rule is Rule.POOL and assigned is None:
        raise FleetError(f"{problem.name}: without the assignments nobody knows which tasks were done")
    row = 0
    for step, cell in enumerate(cells[1:], start=1):
        if assigned is not None and row < len(assigned) and assigned[row, 0] == step:
            task = progress.task.copy()
            while row < len(assigned) and assigned[row, 0] == step:
                task[assigned[row, 1]] = assigned[row, 2]
                row += 1
            assign(progress, task)
        arrive(progress, cell)
    return progress
