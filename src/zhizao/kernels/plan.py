"""A plan that lots follow: when each operation was to start, on which unit. All of it is rare."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold
from zhizao.kernels.heap import push

_ROUNDING_S = 1e-6  # times of a plan are whole microseconds


@cold
def follow(t: Any, s: Any, lot: int) -> None:
    """Find the step that a lot goes to in its plan: the next time that it is there, or else the last."""
    step = s.lots[lot].step
    row = s.lot_extra[lot].plan + 1
    while t.plans[row].step >= 0 and t.plans[row].step != step:
        row += 1
    if t.plans[row].step < 0:
        row = s.lot_extra[lot].plan
        while t.plans[row].step >= 0 and t.plans[row].step != step:
            row -= 1
    if t.plans[row].step == step:
        s.lot_extra[lot].plan = row


@cold
def planned_row(t: Any, s: Any, lot: int) -> int:
    """What the plan says of the step that a lot is at; -1: nothing."""
    x = s.lots[lot]
    if x.special & k.PLANNED and t.plans[s.lot_extra[lot].plan].step == x.step:
        return int(s.lot_extra[lot].plan)
    return -1


@cold
def planned_start(t: Any, s: Any, lot: int, alternative: int) -> float:
    """When a lot is to start by the plan at an alternative (-1: at any); 1e300: not at all."""
    row = planned_row(t, s, lot)
    if row < 0:
        return k.NO_DUE
    p = t.plans[row]
    elsewhere = alternative >= 0 and p.alternative >= 0 and p.alternative != alternative
    return k.NO_DUE if elsewhere else float(p.start)


@cold
def is_early(t: Any, s: Any, lot: int) -> bool:
    """Whether a lot that the plan knows, and that does not come before all others, was to start later."""
    if s.lots[lot].special & (k.HOT | k.BACK):
        return False
    row = planned_row(t, s, lot)
    return bool(row >= 0 and t.plans[row].start > s.clock[0].now + _ROUNDING_S)


@cold
def look_at(s: Any, center: int, time: float) -> None:
    """See to it that a center is looked at again at a time, or before."""
    x = s.centers[center]
    if x.look <= s.clock[0].now or time < x.look:
        x.look = time
        push(s, time, k.E_LOOK, center, k.NOTHING)


@cold
def plan_of_lot(t: Any, order: Any, number: int) -> int:
    """Where the plan of the n-th lot of an order begins; -1: the plan does not know it."""
    return int(t.lists[order.plan + number] if number < order.planned else -1)
