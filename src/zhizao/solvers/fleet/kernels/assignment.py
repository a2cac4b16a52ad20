"""Assign open tasks to vehicles: the cheapest pair first."""

from __future__ import annotations

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
    """Take the cheapest pair, again and again; task of each vehicle (vehicles,), -1 if there are too few."""
    vehicles, tasks = cost.shape
    found = np.full(vehicles, -1, np.int32)
    taken = np.zeros(tasks, np.bool_)
    left = min(vehicles, tasks)
    for pair in np.argsort(cost.ravel(), kind="mergesort"):
        vehicle, task = pair // tasks, pair % tasks
        if found[vehicle] < 0 and not taken[task]:
            found[vehicle] = task
            taken[task] = True
            left -= 1
            if left == 0:
                break
    return found
