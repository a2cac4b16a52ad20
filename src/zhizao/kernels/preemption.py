"""Hot lots: they stand before all others, and interrupt work on lots that are not hot."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.choice import holds_its_setup
from zhizao.kernels.compiling.decorators import cold
from zhizao.kernels.supply import exchange_resources
from zhizao.kernels.times import worked_until
from zhizao.kernels.work import consume, family_of, settle, setup_between, vacate, write


@cold
def line_up_hot(s: Any, lot: int, head: int, tail: int) -> Any:
    """Place a hot lot in a list behind the other hot ones: (head, tail)."""
    before, after = -1, head
    while after >= 0 and s.lots[after].special & k.HOT:
        before = after
        after = s.lots[after].next
    s.lots[lot].next = after
    if before >= 0:
        s.lots[before].next = lot
    return (head if before >= 0 else lot), (tail if after >= 0 else lot)


@cold
def _worked(t: Any, s: Any, unit: int) -> float:
    """Work done on the activity in hand since it last went on."""
    x = s.units[unit]
    worked = worked_until(t, x.calendar, s.clock[0].now) - worked_until(t, x.calendar, x.resumed)
    return float(min(max(worked, 0.0), x.stretch))


@cold
def _may_change(t: Any, s: Any, center: int, unit: int, lot: int) -> bool:
    """Whether a unit could be set up for a lot, with the lot in its hand, which then waits, in the queue."""
    c = t.centers[center]
    x = s.units[unit]
    if not c.extras & k.X_MIN_RUN or setup_between(t, c, x.family, family_of(t, s, c.setup_by, lot)) == 0:
        return True
    if _runs_on(t, s, center, unit) and x.run - 1 < c.min_run:
        return False
    return not holds_its_setup(t, s, center, unit)


@cold
def _runs_on(t: Any, s: Any, center: int, unit: int) -> bool:
    """Whether the lot in process on a unit is of the family that the unit is set up for, and counts there."""
    x = s.units[unit]
    by = t.centers[center].setup_by
    return bool(x.phase == k.IN_PROCESS and x.family >= 0 and family_of(t, s, by, x.lot) == x.family)


@cold
def most_left(t: Any, s: Any, center: int, lot: int) -> int:
    """The unit at work on a lot that is not hot, and that the hot one could have, which would take longest
    to be done; -1: none.
    """
    if not s.calendars[t.centers[center].calendar].open:
        return -1
    first, end = t.centers[center].unit_first, t.centers[center].unit_end
    p = t.steps[s.lots[lot].step]
    if p.extras & k.X_SAME and s.homes[lot, p.same] >= 0:
        first = s.homes[lot, p.same]
        end = first + 1
    best, most = -1, 0.0
    for unit in range(first, end):
        x = s.units[unit]
        works = x.phase == k.IN_SETUP or x.phase == k.IN_PROCESS
        if not works or x.downtime >= 0 or x.due > 0 or not s.calendars[x.calendar].open:
            continue
        left = x.left - _worked(t, s, unit)
        if left > most and not s.lots[x.lot].special & k.HOT and _may_change(t, s, center, unit, lot):
            best, most = unit, left
    return best


@cold
def interrupt(t: Any, s: Any, unit: int) -> None:
    """Take a lot off the unit that works on it; it keeps the work left of its processing, or none."""
    x = s.units[unit]
    lot = x.lot
    y = s.lots[lot]
    consume(t, s, unit, _worked(t, s, unit))
    settle(t, s, unit)
    processing = x.phase == k.IN_PROCESS
    if t.whole[0].log == k.LOG_EVENTS:
        activity = k.A_PROCESS if processing else k.A_SETUP
        write(t, s, lot, unit, activity, x.start, k.NOTHING, k.NOTHING, k.NOTHING, k.NOTHING)
    if processing or not y.special & k.BACK:
        s.lot_extra[lot].left = -1.0
    if processing and not t.centers[t.units[unit].center].extras & k.X_RESTART:
        s.lot_extra[lot].left = x.left / t.units[unit].pace
    if _runs_on(t, s, t.units[unit].center, unit):
        x.run -= 1  # it counts again when it goes on
    y.special |= k.BACK
    exchange_resources(t, s, lot, k.ANYONE, k.GIVE_BACK)
    y.unit = -1
    x.hands = 0
    x.token += 1
    vacate(t, s, unit)
