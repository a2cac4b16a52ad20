"""What is balanced: tasks with times and an order, and the stations that they are given to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Tasks:
    """Tasks of a line in a topological order: every predecessor has a lower number.

    Parameters
    ----------
    time
        Time of each task, in whole ticks.
    before
        Immediate predecessors of each task.
    """

    time: Ints
    before: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if len(self.before) != len(self.time):
            raise ValueError("before: one entry for each task")
        if (self.time < 0).any():
            raise ValueError("time: none may be negative")
        if any(b >= task or b < 0 for task, them in enumerate(self.before) for b in them):
            raise ValueError("before: every predecessor needs a lower number than its task")

    @property
    def count(self) -> int:
        """Number of tasks."""
        return len(self.time)

    @cached_property
    def follows(self) -> Flags:
        """[tasks, tasks]: whether the second follows the first, directly or not."""
        found = np.zeros((self.count, self.count), bool)
        for task in range(self.count):
            for b in self.before[task]:
                found[:, task] |= found[:, b]
                found[b, task] = True
        return found

    def reversed(self) -> Tasks:
        """The same tasks from the end of the line: task i becomes task n - 1 - i."""
        n = self.count
        before: list[list[int]] = [[] for _ in range(n)]
        for task, them in enumerate(self.before):
            for b in them:
                before[n - 1 - b].append(n - 1 - task)
        return Tasks(self.time[::-1].copy(), tuple(tuple(sorted(one)) for one in before))


@dataclass(frozen=True, eq=False)
class Balance:
    """An assignment: the station of each task, from 0, and what is proved of it.

    `bound` is a lower bound of the objective: the number of stations, or the cycle time in ticks.
    """

    station: Ints
    stations: int
    cycle: int
    bound: int
    proved: bool
    worker: Ints | None = None  # of each station


def faults_of(tasks: Tasks, station: Ints, cycle: int) -> list[str]:
    """What is wrong with an assignment, in words: order, and loads above the cycle time."""
    found = [
        f"task {task} stands at station {station[task]} before its predecessor {b} at {station[b]}"
        for task, them in enumerate(tasks.before)
        for b in them
        if station[b] > station[task]
    ]
    loads = np.bincount(station, weights=tasks.time)
    return found + [f"station {k} has a load of {load:g}" for k, load in enumerate(loads) if load > cycle]
