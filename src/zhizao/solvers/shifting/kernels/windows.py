"""The cheapest slots of one window: free choice, one block, or blocks with a cost of starting again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.solvers.shifting.kernels.jit import kernel

Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Uses = npt.NDArray[np.int8]

IDLE, WORK, RESTART = 0, 1, 2
"""What a slot is used for."""
NEW, PAUSED, RUNNING = 0, 1, 2
"""State of a job at the start of a window."""


@kernel
def cheapest(cost: Doubles, need: int, use: Uses) -> float:
    """Take the `need` cheapest slots, the earlier of equals; inf if there are too few."""
    use[:] = IDLE
    order = np.argsort(cost, kind="mergesort")
    total = 0.0
    if need > len(cost):
        return np.inf
    for rank in range(need):
        total += cost[order[rank]]
        use[order[rank]] = WORK
    return total


@kernel
def block(cost: Doubles, need: int, use: Uses) -> float:
    """Take the cheapest run of `need` slots, the earliest of equals; inf if there is none."""
    use[:] = IDLE
    total, closed, best, first = 0.0, 0, np.inf, -1
    for slot in range(len(cost)):
        if np.isinf(cost[slot]):
            closed += 1
        else:
            total += cost[slot]
        if slot >= need:
            if np.isinf(cost[slot - need]):
                closed -= 1
            else:
                total -= cost[slot - need]
        if slot >= need - 1 and not closed and total < best:
            best, first = total, slot - need + 1
    if first < 0:
        return np.inf
    use[first : first + need] = WORK
    return cost[first : first + need].sum()


@kernel
def blocks(cost: Doubles, need: int, restart: int, state: int, use: Uses) -> float:
    """Take `need` slots in blocks, each later block after `restart` slots that cost as much and do no work.

    Dynamic program over slots, work done, and whether the job runs; O(slots x need).
    """
    use[:] = IDLE
    size = len(cost)
    idle = np.full((size + 1, need + 1), np.inf)
    runs = np.full((size + 1, need + 1), np.inf)
    how = np.zeros((size + 1, need + 1), np.int8)
    if state == RUNNING:
        runs[0, 0] = 0.0
    else:
        idle[0, 0] = 0.0
    for slot in range(size):
        for done in range(need + 1):
            idle[slot + 1, done] = min(idle[slot, done], runs[slot, done])
        for done in range(need):
            best, code = runs[slot, done], WORK
            gap = 0 if state == NEW and done == 0 else restart
            if slot >= gap:
                entry = idle[slot - gap, done]
                for before in range(slot - gap, slot):
                    entry += cost[before]
                if entry < best:
                    best, code = entry, RESTART
            runs[slot + 1, done + 1] = best + cost[slot]
            how[slot + 1, done + 1] = code
    total = min(idle[size, need], runs[size, need])
    if not np.isinf(total):
        _trace(idle, runs, how, restart if state != NEW else -restart, use)
    return total


@kernel
def _trace(idle: Doubles, runs: Doubles, how: Uses, restart: int, use: Uses) -> None:
    """Walk back through the table; a negative `restart` spares the first block."""
    slot, done = len(use), idle.shape[1] - 1
    on = runs[slot, done] <= idle[slot, done]
    while done:
        if not on:
            on = runs[slot - 1, done] <= idle[slot - 1, done]
            slot -= 1
            continue
        use[slot - 1] = WORK
        entered = how[slot, done] == RESTART
        slot, done = slot - 1, done - 1
        if entered:
            gap = 0 if restart < 0 and done == 0 else abs(restart)
            use[slot - gap : slot] = RESTART
            slot -= gap
            on = False


@kernel
def choose(cost: Doubles, need: int, interruptible: bool, restart: int, use: Uses) -> float:
    """Cheapest slots of a job that has not started; inf if it does not fit."""
    if not interruptible:
        return block(cost, need, use)
    if restart == 0:
        return cheapest(cost, need, use)
    return blocks(cost, need, restart, NEW, use)
