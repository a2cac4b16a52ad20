"""Distances to goals over states (cell, heading): sweeps over the floor, many goals at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.solvers.fleet.kernels.jit import kernel

Ints = npt.NDArray[np.int32]
Costs = npt.NDArray[np.uint8]
Distances = npt.NDArray[np.uint16]

FAR = 65535
"""Distance of a state from which the goal cannot be reached."""
LONGEST = 64_999
"""Longest distance that is found; what is farther counts as out of reach. Beyond it is room for one move or
two turns of the highest cost, so that no sum overflows."""
LANES = 16
"""Goals searched at a time: their distances lie side by side and are compared by vector instructions."""


@kernel
def distances_to(
    goals: Ints, rows: Ints, neighbours: Ints, cost: Costs, turn: int, orders: Ints, out: Distances
) -> None:
    """Cost of the cheapest way from each state to each goal, whatever the heading there.

    Fast sweeping (Zhao 2005, A fast sweeping method for eikonal equations, Mathematics of Computation 74):
    every state takes what its followers offer, cell by cell, in four orders in turn, until nothing changes.
    A way that goes in two directions only is found in one sweep.

    Parameters
    ----------
    goals, rows
        Cells, and the row of `out` for each (goals,).
    neighbours
        Cell ahead by heading (cells, 4), -1 if there is none.
    cost
        Of leaving a cell ahead, by heading (cells, 4), at least 1.
    turn
        Cost of a turn by 90 degrees, at least 1, at most 255.
    orders
        Cells in the orders of the sweeps (4, cells).
    out
        Rows are filled with the distances (., 4 * cells), by 4 * cell + heading.
    """
    work = np.empty((len(neighbours), 4, LANES), np.uint16)
    for begin in range(0, len(goals), LANES):
        count = min(LANES, len(goals) - begin)
        work[:] = LONGEST + 1
        for lane in range(count):
            work[goals[begin + lane], :, lane] = 0
        sweeps = 0
        while _sweep(orders[sweeps % 4], neighbours, cost, turn, work):
            sweeps += 1
        for lane in range(count):
            row = rows[begin + lane]
            for state in range(4 * len(neighbours)):
                found = work[state >> 2, state & 3, lane]
                out[row, state] = found if found <= LONGEST else FAR


@kernel
def _sweep(order: Ints, neighbours: Ints, cost: Costs, turn: int, work: Distances) -> bool:
    """Relax all states in an order of cells; whether a distance has changed."""
    once, twice = np.uint16(turn), np.uint16(2 * turn)
    changed = np.uint16(0)
    for cell in order:
        here = work[cell]
        for heading in range(4):
            ahead = neighbours[cell, heading]
            if ahead < 0:
                continue
            add = np.uint16(cost[cell, heading])
            there = work[ahead, heading]
            for lane in range(LANES):
                had = here[heading, lane]
                offered = min(had, np.uint16(there[lane] + add))
                here[heading, lane] = offered
                changed |= had ^ offered
        for lane in range(LANES):
            east, south, west, north = here[0, lane], here[1, lane], here[2, lane], here[3, lane]
            along = np.uint16(min(east, west) + once)
            across = np.uint16(min(south, north) + once)
            here[0, lane] = min(east, across, np.uint16(west + twice))
            here[1, lane] = min(south, along, np.uint16(north + twice))
            here[2, lane] = min(west, across, np.uint16(east + twice))
            here[3, lane] = min(north, along, np.uint16(south + twice))
            changed |= east ^ here[0, lane] | south ^ here[1, lane]
            changed |= west ^ here[2, lane] | north ^ here[3, lane]
    return changed != 0
