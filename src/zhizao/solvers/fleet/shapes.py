"""Shapes of plans: when a vehicle moves ahead, and how it turns before."""

from __future__ import annotations

from functools import cache

import numpy as np

from zhizao.solvers.fleet.kernels.plans import Shapes
from zhizao.solvers.fleet.problem import Action

_TURNS = {
    0: (),
    1: (Action.CLOCKWISE,),
    2: (Action.CLOCKWISE, Action.CLOCKWISE),
    3: (Action.COUNTERCLOCKWISE,),
}
"""Actions for a turn by quarters clockwise."""


@cache
def shapes(depth: int) -> Shapes:
    """All shapes of `depth` steps that take different cells at different times."""
    found: list[tuple[Action, ...]] = []
    _extend((), depth, found)
    found.sort(key=len)
    actions = np.zeros((len(found), depth), np.int8)
    for row, shape in enumerate(found):
        actions[row, : len(shape)] = shape
    number = {shape: row for row, shape in enumerate(found)}
    turns = (actions == Action.CLOCKWISE).sum(1) - (actions == Action.COUNTERCLOCKWISE).sum(1)
    return Shapes(
        action=actions,
        free_from=np.array([len(shape) for shape in found], np.int32),
        rest=np.array([number[shape[1:]] for shape in found], np.int32),
        before=np.array([number[_moved(shape[:-1])] for shape in found], np.int32),
        quarters=(turns % 4).astype(np.int32),
        until=np.array([[number[_moved(s[: n + 1])] for n in range(depth)] for s in found], np.int32),
        delay=((actions == Action.AHEAD) @ np.arange(depth)).astype(np.float64),
    )


def _moved(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Actions up to the last move ahead."""
    moves = [step for step, action in enumerate(actions) if action == Action.AHEAD]
    return actions[: moves[-1] + 1] if moves else ()


def _extend(before: tuple[Action, ...], depth: int, found: list[tuple[Action, ...]]) -> None:
    """Add a shape and all that go on from it: a gap with a turn in it, then a move ahead."""
    found.append(before)
    for gap in range(depth - len(before)):
        for turn in _TURNS.values():
            if len(turn) <= gap:
                waits = (Action.WAIT,) * (gap - len(turn))
                _extend((*before, *turn, *waits, Action.AHEAD), depth, found)
