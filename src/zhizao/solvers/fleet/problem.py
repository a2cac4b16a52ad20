"""Fleets on a grid floor: the floor, the vehicles and their tasks.

A vehicle stands on one cell and has one of four headings. In a step it moves one cell ahead, turns by 90
degrees to either side, or waits. A task is a list of cells to be visited in their order (its errands); a
vehicle does an errand by standing on its cell at the end of a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Bytes = NDArray[np.int8]

DOWN_RIGHT = ((0, 1), (1, 0), (0, -1), (-1, 0))
"""(Rows, columns) of one move ahead by heading: east, south, west, north."""


class FleetError(ValueError):
    """A floor, a fleet or a task cannot be used; the message says which and why."""


class Action(IntEnum):
    """What a vehicle does in a step."""

    WAIT = 0
    AHEAD = 1
    CLOCKWISE = 2
    COUNTERCLOCKWISE = 3


class Rule(Enum):
    """Who gets which task."""

    QUEUE = "queue"
    """Vehicle k of n does the tasks k, k + n, k + 2 n, ...; it knows only the first unfinished one."""
    POOL = "pool"
    """A pool of tasks is open; the planner assigns them, and may change it until the first errand is done."""


@dataclass(frozen=True)
class Floor:
    """A grid of cells, some of them blocked.

    Parameters
    ----------
    free
        Which cells a vehicle may stand on (rows, columns).
    """

    free: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Refuse a floor without room."""
        if self.free.ndim != 2 or not self.free.any():
            raise FleetError("a floor is a table of rows and columns with at least one free cell")

    @cached_property
    def cell_of(self) -> Ints:
        """Number of each place row * columns + column among the free cells; -1 if it is blocked."""
        found = np.full(self.free.size, -1, np.int32)
        found[self.free.ravel()] = np.arange(self.free.sum(), dtype=np.int32)
        return found

    @cached_property
    def places(self) -> Ints:
        """Place row * columns + column of each free cell (cells,)."""
        return np.flatnonzero(self.free).astype(np.int32)

    @cached_property
    def neighbours(self) -> Ints:
        """Free cell ahead by heading (cells, 4): east, south, west, north; -1 if there is none."""
        rows, columns = self.free.shape
        number = np.full((rows + 2, columns + 2), -1, np.int32)
        number[1:-1, 1:-1] = self.cell_of.reshape(rows, columns)
        row, column = self.places // columns + 1, self.places % columns + 1
        return np.stack([number[row + down, column + right] for down, right in DOWN_RIGHT], 1)

    @cached_property
    def orders(self) -> Ints:
        """Free cells from each of the four corners, row by row (4, cells)."""
        row, column = np.divmod(self.places, self.free.shape[1])
        signs = ((1, 1), (-1, -1), (1, -1), (-1, 1))
        return np.stack([np.lexsort((right * column, down * row)) for down, right in signs]).astype(np.int32)


@dataclass(frozen=True)
class Tasks:
    """Tasks with their errands: task i visits `cells[first[i] : first[i + 1]]`, in this order."""

    cells: Ints
    first: Ints

    def __len__(self) -> int:
        """Count the tasks."""
        return len(self.first) - 1


@dataclass(frozen=True)
class Problem:
    """A fleet on a floor.

    Parameters
    ----------
    name
        How the problem is called.
    floor
        Where the vehicles run.
    start
        Free cell of each vehicle at the beginning (vehicles,); all head east.
    tasks
        What is to be done; after the last task the first comes again.
    rule
        Who gets which task.
    steps
        How many steps are run.
    pool
        Tasks that are open at a time (rule `POOL` only).
    """

    name: str
    floor: Floor
    start: Ints
    tasks: Tasks
    rule: Rule
    steps: int
    pool: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be: two vehicles in one cell, cells that do not exist, no tasks."""
        cells = len(self.floor.places)
        if len(self.start) == 0 or len(np.unique(self.start)) != len(self.start):
            raise FleetError(f"{self.name}: every vehicle needs a cell of its own")
        for what, found in (("a vehicle starts", self.start), ("an errand lies", self.tasks.cells)):
            if len(found) == 0 or found.min() < 0 or found.max() >= cells:
                raise FleetError(f"{self.name}: {what} outside the free cells")
        if len(self.tasks) == 0 or (np.diff(self.tasks.first) < 1).any():
            raise FleetError(f"{self.name}: every task needs an errand")
        if self.rule is Rule.POOL and self.pool < len(self.start):
            raise FleetError(f"{self.name}: the pool has fewer tasks than there are vehicles")
