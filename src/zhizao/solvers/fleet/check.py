"""Check what vehicles did, from their actions alone: legal moves and no conflicts.

The checker shares no code with the planner: it works on the map (rows and columns), not on its cells.
Vertex and edge conflicts as defined by Stern et al. (2019), Multi-agent pathfinding: definitions, variants,
and benchmarks, SoCS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.fleet.problem import DOWN_RIGHT, Action, Bytes, Floor, Ints


@dataclass(frozen=True)
class Check:
    """What a check found: how many (step, vehicle) pairs break each condition.

    `outside` moves end outside the floor or on a blocked cell; `same_cell` counts vehicles that stand where
    another stands; `swaps` vehicles that change places with another in one step. `place` (steps + 1,
    vehicles) is row * columns + column after each step.
    """

    outside: int
    same_cell: int
    swaps: int
    place: Ints

    @property
    def conflicts(self) -> int:
        """All that must not be."""
        return self.outside + self.same_cell + self.swaps


def check(floor: Floor, start: Ints, actions: Bytes) -> Check:
    """Follow actions step by step and count what must not be.

    Parameters
    ----------
    floor
        Where the vehicles run.
    start
        Place row * columns + column of each vehicle (vehicles,); all head east.
    actions
        Of `Action` (steps, vehicles).
    """
    rows, columns = floor.free.shape
    row, column = (start // columns).astype(np.int32), (start % columns).astype(np.int32)
    heading = np.zeros(len(start), np.int64)
    moves = np.array(DOWN_RIGHT, np.int32)
    place = np.empty((len(actions) + 1, len(start)), np.int32)
    place[0] = start
    outside = 0
    same_cell, swaps = _doubles(place[0]), 0
    for step, action in enumerate(actions, start=1):
        ahead = action == Action.AHEAD
        row = row + np.where(ahead, moves[heading, 0], 0)
        column = column + np.where(ahead, moves[heading, 1], 0)
        turned = (action == Action.CLOCKWISE).astype(np.int64) - (action == Action.COUNTERCLOCKWISE)
        heading = (heading + turned) % 4
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        fine = inside & floor.free[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
        outside += int((~fine).sum())
        place[step] = row * columns + column
        same_cell += _doubles(place[step])
        swaps += _swaps(place[step - 1].astype(np.int64), place[step].astype(np.int64))
    return Check(outside, same_cell, swaps, place)


def _doubles(place: Ints) -> int:
    return len(place) - len(np.unique(place))


def _swaps(before: NDArray[np.int64], after: NDArray[np.int64]) -> int:
    """Vehicles whose move is the reverse of another's."""
    moved = before != after
    size = np.int64(1 << 31)
    there, back = (before * size + after)[moved], (after * size + before)[moved]
    return int(np.isin(there, back).sum())
