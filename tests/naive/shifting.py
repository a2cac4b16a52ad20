"""Load shifting in plain lines: every choice of slots is tried."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product


def cheapest_plainly(
    cost: Sequence[float], need: int, *, interruptible: bool, restart: int, state: str = "new"
) -> float:
    """Least cost of `need` slots of work; after each pause, `restart` slots are paid and do no work."""
    best = float("inf")
    for slots in combinations(range(len(cost)), need):
        if not interruptible and slots[-1] - slots[0] != need - 1:
            continue
        paid = restarts(slots, restart, state)
        if paid is not None:
            best = min(best, sum(cost[slot] for slot in (*slots, *paid)))
    return best


def restarts(slots: Sequence[int], restart: int, state: str) -> tuple[int, ...] | None:
    """Slots of restarts before each block of work; None if there is no time for one."""
    paid: list[int] = []
    before = -1
    for number, slot in enumerate(slots):
        starts = slot != before + 1 if number else not (state == "running" and slot == 0)
        if starts and (number or state != "new"):
            if slot - restart <= before:
                return None
            paid += range(slot - restart, slot)
        before = slot
    return tuple(paid)


def planned_plainly(windows: Sequence[tuple[int, int, int]], weight: Sequence[float], capacity: int) -> float:
    """Least weight of interruptible jobs (need, first, end) of one GPU each, by trying all choices."""
    choices = [list(combinations(range(first, end), need)) for need, first, end in windows]
    best = float("inf")
    for chosen in product(*choices):
        used = [sum(slot in slots for slots in chosen) for slot in range(len(weight))]
        if max(used) <= capacity:
            best = min(best, sum(count * each for count, each in zip(used, weight, strict=True)))
    return best
