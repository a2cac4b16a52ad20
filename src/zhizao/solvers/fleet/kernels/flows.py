"""Traffic to a goal when every vehicle takes the cheapest way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.solvers.fleet.kernels.distances import FAR
from zhizao.solvers.fleet.kernels.jit import kernel

Ints = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]


@kernel
def add_flow(
    distance: npt.NDArray[np.uint16],
    neighbours: Ints,
    cost: npt.NDArray[np.uint8],
    turn: int,
    out: Doubles,
) -> None:
    """Send one vehicle from every cell to a goal and count the moves; ways of equal cost share.

    Parameters
    ----------
    distance
        To the goal, by 4 * cell + heading (4 * cells,), from `distances_to` with the same costs.
    neighbours
        Cell ahead by heading (cells, 4), -1 if there is none.
    cost
        Of leaving a cell ahead, by heading (cells, 4).
    turn
        Cost of a turn by 90 degrees.
    out
        Vehicles that leave a cell by heading (cells, 4); added to.
    """
    load = np.full(len(distance), 0.25)
    follower = np.empty(3, np.int64)
    for state in _farthest_first(distance):
        cell, heading = state >> 2, state & 3
        found = 0
        ahead = neighbours[cell, heading]
        moves = False
        if ahead >= 0 and distance[4 * ahead + heading] + cost[cell, heading] == distance[state]:
            follower[found] = 4 * ahead + heading
            found += 1
            moves = True
        for change in (1, 3):
            after = 4 * cell + ((heading + change) & 3)
            if distance[after] + turn == distance[state]:
                follower[found] = after
                found += 1
        share = load[state] / found
        for place in range(found):
            load[follower[place]] += share
        if moves:
            out[cell, heading] += share


@kernel
def _farthest_first(distance: npt.NDArray[np.uint16]) -> Ints:
    """States that reach the goal, but not those at it, from the farthest on (counting sort)."""
    begin = np.zeros(FAR + 2, np.int32)
    for found in distance:
        begin[FAR - found + 1] += 1
    begin[1] = 0
    begin = np.cumsum(begin).astype(np.int32)
    count = begin[FAR]
    order = np.empty(count, np.int32)
    for state in range(len(distance)):
        if 0 < distance[state] < FAR:
            place = FAR - distance[state]
            order[begin[place]] = state
            begin[place] += 1
    return order
