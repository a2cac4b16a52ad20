"""Units that wait: for people, for the window of their maintenance, for something to do."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold
from zhizao.kernels.heap import push
from zhizao.kernels.supply import (
    common_calendar,
    end_wait,
    exchange,
    exchange_resources,
    job_calendar,
    lend_resources,
    name_resources,
    resources_ready,
    serves_in_hand,
    share_resources,
    start_standby_timer,
)
from zhizao.kernels.work import begin_process, settle, take_up, work_on_downtime


@cold
def _try_repair(t: Any, s: Any, unit: int) -> None:
    """Begin the repair that a unit waits for, if its crew is there: who serves the lot in hand may do it."""
    x = s.units[unit]
    p = t.downtimes[x.downtime]
    if x.repair >= 0 or p.need_first == p.need_end:
        return
    own = serves_in_hand(x)
    if own:
        lend_resources(t, s, x.lot, k.GIVE_BACK)
    able = name_resources(t, s, s.repair_of, unit, p.need_first, p.need_end, k.ANYONE)
    if own:
        lend_resources(t, s, x.lot, k.TAKE)
    if able:
        end_wait(s, unit)
        exchange(t, s, s.repair_of, unit, p.need_first, p.need_end, k.ANYONE, k.TAKE)
        share_resources(t, s, unit, k.TAKE)
        x.repair = common_calendar(t, s, s.repair_of, unit, p.need_first, p.need_end, 0)
        x.repair_since = s.clock[0].now
        work_on_downtime(t, s, unit, x.repair)


@cold
def _try_process(t: Any, s: Any, unit: int) -> None:
    """Begin to process on a unit that is set up, if those are there who are needed for that."""
    x = s.units[unit]
    late = t.centers[t.units[unit].center].off_shift == k.FINISH
    if (late or s.calendars[t.units[unit].calendar].open) and resources_ready(t, s, x.lot, k.AFTER_SETUP):
        end_wait(s, unit)
        exchange_resources(t, s, x.lot, k.AFTER_SETUP, k.TAKE)
        x.calendar = job_calendar(t, s, unit, x.lot)
        begin_process(t, s, unit)


@cold
def serve(t: Any, s: Any) -> None:
    """Let each unit that waits for people go on for which they are there, in the order of their tickets."""
    s.clock[0].serve = 0
    last = 0
    while True:
        unit = -1
        for other in range(len(t.units)):
            ticket = s.units[other].ticket
            if ticket > last and (unit < 0 or ticket < s.units[unit].ticket):
                unit = other
        if unit < 0:
            return
        last = s.units[unit].ticket
        if s.units[unit].downtime >= 0:
            _try_repair(t, s, unit)
        else:
            _try_process(t, s, unit)


@cold
def open_window(t: Any, s: Any, calendar: int) -> None:
    """Begin maintenance that has waited for this calendar to open."""
    for downtime in range(len(t.downtimes)):
        if t.downtimes[downtime].window == calendar and s.downtimes[downtime].due:
            take_up(t, s, downtime)


@cold
def open_unit(t: Any, s: Any, unit: int) -> None:
    """The calendar of a unit opens: one that starts up is awake then, and the time to standby begins."""
    x = s.units[unit]
    if t.units[unit].shift != t.units[unit].calendar:
        x.asleep = 0
    if t.units[unit].has_standby and x.phase == k.EMPTY and not x.asleep:
        start_standby_timer(t, s, unit)


@cold
def standby_timer_over(t: Any, s: Any, unit: int) -> None:
    """A unit that has been idle long enough goes to standby; one that has not is looked at again."""
    x = s.units[unit]
    x.standby_timer = 0
    if x.phase != k.EMPTY or x.inside > 0 or x.downtime >= 0 or not s.calendars[t.units[unit].calendar].open:
        return
    due = x.idle_since + t.units[unit].standby_after_s
    if s.clock[0].now < due:
        x.standby_timer = 1
        push(s, due, k.E_STANDBY, unit, k.NOTHING)
    elif not x.asleep:
        x.asleep = k.ASLEEP
        settle(t, s, unit)
