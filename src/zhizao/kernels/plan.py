"""A plan that lots follow: when each operation was to start, on which unit. All of it is rare."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold, inline
from zhizao.kernels.heap import push

_ROUNDING_S = 1e-6  # times of a plan are whole microseconds


@cold
def follow(t: Any, s: Any, lot: int) -> None:
    """Find the step that a lot goes to in its plan: the next time that it is there, or else the last.

    Lots that come of splitting share a plan: each takes rows that no other has taken.
    """
    step = s.lots[lot].step
    first = s.lot_extra[lot].plan
    row = first + 1
    while t.plans[row].step >= 0 and (t.plans[row].step != step or s.planned[row].taken):
        row += 1
    if t.plans[row].step < 0:
        row = s.lot_extra[lot].plan
        while t.plans[row].step >= 0 and t.plans[row].step != step:
            row -= 1
    if t.plans[row].step == step:
        s.lot_extra[lot].plan = row
        s.planned[row].taken = 1
        while first < row:
            if not s.planned[first].taken:
                pass_turn(t, s, first)
            first += 1


@cold
def pass_turn(t: Any, s: Any, row: int) -> None:
    """Let the unit of a frozen operation, which is taken or never comes, go on to its next one."""
    p = t.plans[row]
    if p.then == k.NO_TURN or p.unit < 0 or s.planned[row].passed:
        return
    s.planned[row].passed = 1
    s.clock[0].frozen -= 1
    x = s.units[p.unit]
    if x.turn != row:
        return
    while x.turn >= 0 and s.planned[x.turn].passed:
        x.turn = t.plans[x.turn].then
    if s.idle[p.unit]:
        look_at(s, t.units[p.unit].center, s.clock[0].now)


@cold
def unit_in_turn(t: Any, s: Any, center: int, lot: int) -> int:
    """The unit of a center that takes a lot when its turn comes, and no other does; -1: it is not frozen."""
    row = planned_row(t, s, lot)
    if row < 0 or t.plans[row].then == k.NO_TURN or s.planned[row].passed:
        return -1
    unit = t.plans[row].unit
    return int(unit) if unit >= 0 and t.units[unit].center == center else -1


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
def _due_by_plan(t: Any, s: Any, lot: int) -> float:
    row = planned_row(t, s, lot)
    return float(s.lots[lot].due - (t.plans[row].earlier if row >= 0 else 0.0))


@inline
def due_of(t: Any, s: Any, lot: int) -> float:
    """The due date of a lot as rules see it: the plan may put it forward or off."""
    if s.lots[lot].special & k.PLANNED:
        return float(_due_by_plan(t, s, lot))
    return float(s.lots[lot].due)


@cold
def is_early(t: Any, s: Any, lot: int) -> bool:
    """Whether a lot that the plan knows, and that does not come before all others, was to start later."""
    if s.lots[lot].special & (k.HOT | k.BACK):
        return False
    row = planned_row(t, s, lot)
    return bool(row >= 0 and t.plans[row].start > s.clock[0].now + _ROUNDING_S)


@cold
def note_ready(t: Any, s: Any, lot: int) -> None:
    """Note when a planned lot comes to the queue for a step."""
    row = planned_row(t, s, lot)
    if row >= 0 and s.planned[row].ready < 0.0:
        s.planned[row].ready = s.clock[0].now


@cold
def note_start(t: Any, s: Any, unit: int, lot: int, batch: int) -> None:
    """Note when a unit takes a planned lot, and with `batch` those behind it."""
    while lot >= 0:
        row = planned_row(t, s, lot)
        if row >= 0:
            s.planned[row].start = s.clock[0].now
            s.planned[row].unit = unit
            other = row  # and the same operation by the other routes of its product
            while t.plans[other].step >= 0 and t.plans[other].start == t.plans[row].start:
                if t.plans[other].unit == t.plans[row].unit:
                    pass_turn(t, s, other)
                other += 1
        lot = s.lots[lot].next if batch else -1


@cold
def note_over(t: Any, s: Any, lot: int, over_s: float) -> None:
    """Note by how much a planned lot breaks the queue limit of its step, the first time."""
    row = planned_row(t, s, lot)
    if row >= 0 and s.planned[row].over == 0.0:
        s.planned[row].over = over_s


@cold
def note_leaving(t: Any, s: Any, lot: int, status: int) -> None:
    """Note when a planned lot leaves the plant; one that is scrapped never comes to its end."""
    row = s.lot_extra[lot].plan
    if t.plans[row].step < 0:  # it has done no step that the plan knows
        row += 1
    time = k.NO_DUE if status == k.SCRAPPED else s.clock[0].now
    s.planned[row].left = max(s.planned[row].left, time)
    while t.plans[row].step >= 0:
        pass_turn(t, s, row)
        row += 1
    s.clock[0].planned -= 1


@cold
def planned_amount(t: Any, s: Any, lot: int) -> int:
    """How much a batch with this lot is to hold at least by the plan; 0: it does not say."""
    row = planned_row(t, s, lot)
    return int(t.plans[row].amount) if row >= 0 else 0


@cold
def is_held(t: Any, s: Any, center: int, lot: int) -> bool:
    """Whether the plan lets a lot wait, whatever is free."""
    row = planned_row(t, s, lot)
    if row < 0 or t.plans[row].not_before <= s.clock[0].now + _ROUNDING_S:
        return False
    look_at(s, center, t.plans[row].not_before)
    return True


@cold
def most_urgent_first(t: Any, s: Any) -> None:
    """Put the work center first whose first lot is first by the plan: it takes people before the others."""
    c = s.clock[0]
    n = len(s.agenda)
    best, least = c.agenda_head, -k.TOO_MUCH  # ranks of rules are above that
    for i in range(c.agenda_n):
        place = c.agenda_head + i
        if place >= n:
            place -= n
        head = s.centers[s.agenda[place]].head
        if head >= 0 and s.lots[head].special & k.PLANNED and s.lots[head].rank < least:
            best, least = place, s.lots[head].rank
    if best != c.agenda_head:
        first = s.agenda[c.agenda_head]
        s.agenda[c.agenda_head] = s.agenda[best]
        s.agenda[best] = first


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
