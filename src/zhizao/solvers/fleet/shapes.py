"""Shapes of plans: when a vehicle moves ahead, and how it turns before."""

from __future__ import annotations

from functools import cache

import numpy as np

from zhizao.solvers.fleet.problem import Action, Bytes, Ints

_TURNS = {
    0: (),
    1: (Action.CLOCKWISE,),
    2: (Action.CLOCKWISE, Action.CLOCKWISE),
    3: (Action.COUNTERCLOCKWISE,),
}
"""Actions for a turn by quarters clockwise."""


@cache
def shapes(depth: int) -> tuple[Bytes, Ints, Ints]:
    """All shapes of `depth` steps that take different cells at different times.

    Returns
    -------
    tuple
        Actions up to the last move ahead, then waiting (shapes, depth); the step after the last move ahead
        (shapes,); the shape of what is left after the first step (shapes,). The first shape stands still.
    """
    found: list[tuple[Action, ...]] = []
    _extend((), depth, found)
    found.sort(key=len)
    actions = np.zeros((len(found), depth), np.int8)
    for row, shape in enumerate(found):
        actions[row, : len(shape)] = shape
    rest = np.array([found.index(shape[1:]) for shape in found], np.int32)
    return actions, np.array([len(shape) for shape in found], np.int32), rest


def _extend(before: tuple[Action, ...], depth: int, found: list[tuple[Action, ...]]) -> None:
    """Add a shape and all that go on from it: a gap with a turn in it, then a move ahead."""
    found.append(before)
    for gap in range(depth - len(before)):
        for turn in _TURNS.values():
            if len(turn) <= gap:
                waits = (Action.WAIT,) * (gap - len(turn))
                _extend((*before, *turn, *waits, Action.AHEAD), depth, found)
