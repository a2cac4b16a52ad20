"""Re-planning slot by slot: the true value of a slot is known when it begins, later ones are estimated."""

from __future__ import annotations

import numpy as np

from zhizao.solvers.shifting.kernels.jit import kernel
from zhizao.solvers.shifting.kernels.windows import (
    IDLE,
    NEW,
    PAUSED,
    RESTART,
    RUNNING,
    WORK,
    Doubles,
    Longs,
    Uses,
    block,
    blocks,
)


@kernel
def ahead(actual: Doubles, rows: Doubles, row: int, persist: float, span: tuple[int, int]) -> Doubles:
    """Estimate the slots of a span from its first, whose true value is known.

    The error of the first slot is taken to persist, and to decay by the factor `persist` with each slot.
    """
    first, end = span
    found = np.empty(end - first)
    found[0] = actual[first]
    error = actual[first] - rows[row, first]
    for slot in range(first + 1, end):
        error *= persist
        found[slot - first] = rows[row, slot] + error
    return found


@kernel
def _run_now(cost: Doubles, left: int, restart: int, state: int, use: Uses) -> int:
    """What an interruptible job does in the first slot of its window."""
    if restart == 0:
        cheaper = 0
        for slot in range(1, len(cost)):
            cheaper += cost[slot] < cost[0]
        return WORK if cheaper < left else IDLE
    blocks(cost, left, restart, state, use)
    return use[0]


@kernel
def replanned(
    actual: Doubles,
    rows: Doubles,
    picks: Longs,
    persist: Doubles,
    window: tuple[int, int],
    job: tuple[int, int, int],
) -> Uses:
    """Use of the slots of a window by one job that is planned again at every slot.

    `job`: slots of work, whether it may be interrupted, slots of a restart.
    """
    first, end = window
    need, interruptible, restart = job
    use = np.zeros(end - first, np.int8)
    left, state, slot = need, NEW, first
    while left and slot < end:
        cost = ahead(actual, rows, picks[slot], persist[slot], (slot, end))
        plan = np.zeros(end - slot, np.int8)
        if not interruptible:
            block(cost, left, plan)
            if plan[0] == WORK or end - slot <= left:
                use[slot - first : slot - first + left] = WORK
                left = 0
            slot += 1
            continue
        what = _run_now(cost, left, restart, state, plan)
        step = restart if what == RESTART else 1
        use[slot - first : slot - first + step] = what
        if what == IDLE:
            state = PAUSED if state != NEW else NEW
        else:
            state = RUNNING
        if what == WORK:
            left -= 1
        slot += step
    return use
