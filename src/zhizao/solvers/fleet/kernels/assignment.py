"""Assign open tasks to vehicles: the cheapest pair first."""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

from zhizao.solvers.fleet.kernels.jit import kernel

Ints = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]


@kernel
def costs_of(
    table: npt.NDArray[np.uint16], row: Ints, length: Doubles, state: Ints, approach: float, out: Doubles
) -> None:
    """Cost of each pair: `approach` times the way to the first errand, plus the length of the task.

    Parameters
    ----------
    table, row
        Distances (goals, 4 * cells) and the row of each task's first errand (tasks,).
    length
        Of each task from its first errand on (tasks,).
    state
        4 * cell + heading of each vehicle (vehicles,).
    approach
        Weight of the way there.
    out
        Filled in (vehicles, tasks).
    """
    for vehicle in range(len(state)):
        for task in range(len(row)):
            out[vehicle, task] = approach * table[row[task], state[vehicle]] + length[task]


@kernel
def greedy(cost: Doubles) -> Ints:
    """Take the cheapest pair, again and again; task of each vehicle (vehicles,), -1 if there are too few.

    Each vehicle offers its cheapest task in a heap; one whose task is gone offers its next. Pairs of the
    same cost are taken by vehicle, then by task.
    """
    vehicles, tasks = cost.shape
    found = np.full(vehicles, -1, np.int32)
    taken = np.zeros(tasks, np.bool_)
    offers = [_offer(cost[vehicle], taken, vehicle) for vehicle in range(vehicles)]
    heapq.heapify(offers)
    left = min(vehicles, tasks)
    while left > 0:
        _, vehicle, task = heapq.heappop(offers)
        if taken[task]:
            heapq.heappush(offers, _offer(cost[vehicle], taken, vehicle))
            continue
        found[vehicle] = task
        taken[task] = True
        left -= 1
    return found


@kernel
def _offer(cost: Doubles, taken: npt.NDArray[np.bool_], vehicle: int) -> tuple[float, int, int]:
    """Cheapest task of a vehicle that nobody has taken: cost, vehicle, task."""
    best = -1
    for task in range(len(cost)):
        if not taken[task] and (best < 0 or cost[task] < cost[best]):
            best = task
    return cost[best], vehicle, best
