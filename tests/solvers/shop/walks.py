"""Schedules of tiny shops that are right or nearly so: a walk that ends where no rule is broken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.naive import shop as naive
from zhizao.solvers.shop.check import faults
from zhizao.solvers.shop.problem import NOWHERE, Problem, Schedule


def walk(rng: np.random.Generator, p: Problem, steps: int) -> Iterator[tuple[Schedule, int]]:
    """Schedules and the number of their faults; a step changes one start, one mode or the moves."""
    modes = np.array([rng.integers(a, b) for a, b in zip(p.mode_first[:-1], p.mode_first[1:], strict=True)])
    starts = rng.integers(0, 14, p.operations)
    schedule = naive.at(p, starts, modes, some_moves(rng, p, starts, modes))
    broken = len(faults(p, schedule))
    yield schedule, broken
    for _ in range(steps):
        start, mode = schedule.start.copy(), schedule.mode.copy()
        o = rng.integers(p.operations)
        if rng.random() < 0.1:
            mode[o] = rng.integers(p.mode_first[o], p.mode_first[o + 1])
        start[o] = max(0, start[o] + rng.integers(-3, 4))
        tried = naive.at(p, start, mode, some_moves(rng, p, start, mode))
        found = len(faults(p, tried))
        yield tried, found
        if found <= broken:
            schedule, broken = tried, found


def some_moves(
    rng: np.random.Generator, p: Problem, start: np.ndarray, mode: np.ndarray
) -> np.ndarray | None:
    """Moves that follow from starts, now and then a wrong one."""
    transport = p.transport
    if transport is None or not transport.vehicles:
        return None
    s = naive.at(p, start, mode)
    legs = [(o, *naive.legs(p, s, o)[0], naive.unit(p, s, o)) for o in range(p.operations)]
    if transport.goal != NOWHERE:
        ends = [o for o in range(p.operations) if not naive.after(p, o)]
        legs += [
            (p.operations + int(p.job[o]), naive.unit(p, s, o), int(s.end[o]), transport.goal) for o in ends
        ]
    moves = []
    for o, source, ready, goal in legs:
        if (source != goal) == (rng.random() < 0.99):
            leaves = ready + rng.integers(0, 2)
            lasts = naive.way(p, source, goal) + (rng.random() < 0.01)
            moves.append((o, rng.integers(transport.vehicles), leaves, leaves + lasts))
    return np.array(moves, np.int64).reshape(-1, 4)
