"""Distances to a goal over states (cell, heading): a backward search with small integer costs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.solvers.fleet.kernels.jit import kernel

Ints = npt.NDArray[np.int32]
Costs = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Distances = npt.NDArray[np.uint16]

FAR = 65535
"""Distance of a state from which the goal cannot be reached."""


@kernel
def distances_to(goal: int, neighbours: Ints, cost: Costs, turn: int, out: Distances) -> None:
    """Cost of the cheapest way from each state to a goal, whatever the heading there.

    Dial's algorithm (Dial 1969, Algorithm 360, CACM): one bucket for each cost up to the dearest move.

    Parameters
    ----------
    goal
        Cell.
    neighbours
        Cell ahead by heading (cells, 4), -1 if there is none.
    cost
        Of leaving a cell ahead, by heading (cells, 4), at least 1.
    turn
        Cost of a turn by 90 degrees, at least 1.
    out
        Filled with the distances (4 * cells,), by 4 * cell + heading.
    """
    states = len(out)
    buckets = max(int(cost.max()), turn) + 1
    queue = np.empty((buckets, states), np.int32)
    size = np.zeros(buckets, np.int64)
    out[:] = FAR
    for heading in range(4):
        out[4 * goal + heading] = 0
        queue[0, heading] = 4 * goal + heading
    size[0] = 4
    left, now = 4, 0
    while left > 0:
        bucket = now % buckets
        while size[bucket] > 0:
            size[bucket] -= 1
            left -= 1
            state = queue[bucket, size[bucket]]
            if out[state] != now:
                continue
            left += _relax(state, now, neighbours, cost, turn, out, queue, size)
        now += 1


@kernel
def _relax(
    state: int, now: int, neighbours: Ints, cost: Costs, turn: int, out: Distances, queue: Ints, size: Longs
) -> int:
    """Offer a state's distance to the states before it; how many were queued."""
    cell, heading = state >> 2, state & 3
    buckets = len(size)
    queued = 0
    for change in (1, 3):
        before = 4 * cell + ((heading + change) & 3)
        if now + turn < out[before]:
            out[before] = now + turn
            bucket = (now + turn) % buckets
            queue[bucket, size[bucket]] = before
            size[bucket] += 1
            queued += 1
    behind = neighbours[cell, (heading + 2) & 3]
    if behind >= 0:
        there = now + cost[behind, heading]
        before = 4 * behind + heading
        if there < out[before]:
            out[before] = there
            bucket = there % buckets
            queue[bucket, size[bucket]] = before
            size[bucket] += 1
            queued += 1
    return queued
