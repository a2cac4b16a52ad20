"""Working time and prices: where a stretch of work ends, how much work fits between two moments."""

from __future__ import annotations

from math import floor
from typing import Any

from zhizao.kernels.compiling.decorators import cold, inline, kernel

NEVER = 1e300


@kernel
def _last_at_or_before(shifts: Any, first: int, end: int, time: float) -> int:
    """Row of the last shift that starts at or before `time`; first - 1 if none."""
    low, high = first, end
    while low < high:
        middle = (low + high) // 2
        if shifts[middle].start <= time:
            low = middle + 1
        else:
            high = middle
    return low - 1


@cold
def worked_until(t: Any, calendar: int, time: float) -> float:
    """Working time from 0 to `time`."""
    c = t.calendars[calendar]
    if c.first == c.end:
        return time
    before = 0.0
    first, end = c.first, c.loop
    if time >= c.loop_s:
        periods = floor((time - c.loop_s) / c.period_s)
        before = periods * c.work_period_s
        time -= periods * c.period_s
        first, end = c.loop, c.end
        before += c.work_before_s
    row = _last_at_or_before(t.shifts, first, end, time)
    if row < first:
        return before
    s = t.shifts[row]
    return before + s.before + min(time, s.end) - s.start


@cold
def closed_between(t: Any, calendar: int, since: float, until: float) -> float:
    """Time between two moments in which a calendar is closed."""
    c = t.calendars[calendar]
    if c.first == c.end or close_of(t, calendar, since) >= until:
        return 0.0
    worked = worked_until(t, calendar, until) - worked_until(t, calendar, since)
    return max(0.0, until - since - worked)


@cold
def _when_worked(t: Any, c: Any, work: float) -> float:
    """First moment at which the working time since 0 reaches `work` > 0."""
    offset = 0.0
    first, end = c.first, c.loop
    if work > c.work_before_s:
        work -= c.work_before_s
        periods = floor(work / c.work_period_s)
        if periods * c.work_period_s >= work:
            periods -= 1.0
        work -= periods * c.work_period_s
        offset = periods * c.period_s
        first, end = c.loop, c.end
    low, high = first, end - 1
    while low < high:
        middle = (low + high + 1) // 2
        if t.shifts[middle].before < work:
            low = middle
        else:
            high = middle - 1
    return offset + t.shifts[low].start + (work - t.shifts[low].before)


@kernel
def _shift_at(t: Any, c: Any, time: float) -> Any:
    """(Row of the last shift that starts at or before `time`, first row and end of its part, time to add)."""
    offset = 0.0
    first, end = c.first, c.loop
    if time >= c.loop_s:
        offset = floor((time - c.loop_s) / c.period_s) * c.period_s
        first, end = c.loop, c.end
    return _last_at_or_before(t.shifts, first, end, time - offset), first, end, offset


@cold
def close_of(t: Any, calendar: int, time: float) -> float:
    """End of the shift that is open at `time`; `time` itself where none is; 1e300 if it never closes."""
    c = t.calendars[calendar]
    if c.first == c.end:
        return 1e300
    row, first, _, offset = _shift_at(t, c, time)
    if row < first:
        return time
    return max(time, t.shifts[row].end + offset)


@inline
def after_work(t: Any, calendar: int, time: float, work: float) -> float:
    """Moment at which `work` begun at `time` is done, with pauses off shift."""
    c = t.calendars[calendar]
    if c.first == c.end or time + work <= close_of(t, calendar, time):
        return time + work
    if c.work_period_s <= 0.0 and worked_until(t, calendar, time) + work > c.work_before_s:
        return NEVER
    return max(time, _when_worked(t, c, worked_until(t, calendar, time) + work))


@cold
def next_switch(t: Any, calendar: int, time: float) -> float:
    """First moment after `time` at which the calendar opens or closes."""
    c = t.calendars[calendar]
    row, first, end, offset = _shift_at(t, c, time)
    if row >= first and t.shifts[row].end + offset > time:
        return t.shifts[row].end + offset
    if row + 1 < end:
        return t.shifts[row + 1].start + offset
    if c.loop == c.end:
        return NEVER
    if time >= c.loop_s:
        return t.shifts[c.loop].start + offset + c.period_s
    return t.shifts[c.loop].start


@cold
def price_at(t: Any, time: float) -> float:
    """Energy price of a moment, currency/kWh."""
    w = t.whole[0]
    at = w.price_first
    week = 604800.0
    time += w.price_zero_s
    time -= floor(time / week) * week
    row = w.price_n - 1
    while row > 0 and t.values[at + row] > time:
        row -= 1
    return float(t.values[at + w.price_n + row])


@cold
def priced_until(t: Any, time: float) -> float:
    """Integral of the energy price from the week's start before t = 0 to `time`, currency/kWh x s."""
    w = t.whole[0]
    n = w.price_n
    at = w.price_first
    week = 604800.0
    time += w.price_zero_s
    periods = floor(time / week)
    time -= periods * week
    row = n - 1
    while row > 0 and t.values[at + row] > time:
        row -= 1
    in_week = t.values[at + 2 * n + row] + (time - t.values[at + row]) * t.values[at + n + row]
    return periods * t.values[at + 3 * n] + in_week
