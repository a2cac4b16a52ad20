"""The neighbourhood of plans."""

from __future__ import annotations

from random import Random

import numpy as np

from zhizao.solvers.plans import Decisions, Structure, Timetable
from zhizao.solvers.plans.moves import Neighbourhood


def structure(fixed: tuple[bool, ...]) -> Structure:
    """Two lots of three operations on two units of one work center."""
    none = np.full(6, -1)
    return Structure(
        lot=np.repeat([0, 1], 3),
        options=(((0, 0), (0, 1)),) * 6,
        center_of_unit=np.zeros(2, np.int64),
        batch=none,
        batch_least=np.zeros(6, np.int64),
        batch_most=np.zeros(6, np.int64),
        order=np.array([0, 1]),
        release=np.zeros(2),
        due=np.array([1.0, np.inf]),
        weight=np.ones(2),
        shared=False,
        fixed=fixed,
    )


def test_no_move_changes_what_is_fixed() -> None:
    fixed = (True, False, False, True, True, False)
    moves = Neighbourhood(structure(fixed), Decisions.blank(6), Random(1))
    times = np.arange(6.0)
    moves.look(Timetable(times, times + 10.0, np.zeros(6, np.int64), np.array([20.0, 30.0])))
    changed = {row for _ in range(2000) for _, row, _ in moves.draw()}
    assert changed == {1, 2, 5}
