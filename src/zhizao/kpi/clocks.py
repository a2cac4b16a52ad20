"""Working time and energy prices over a window, as intervals and steps in seconds from its start."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities.errors import CalendarError

if TYPE_CHECKING:
    from zhizao.plant.model import Tariff
    from zhizao.quantities.calendars import Calendar

Floats = NDArray[np.float64]

_DAY_S = 86400.0
_WEEK_S = 7 * _DAY_S
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHEN = re.compile(r"(?:(?P<days>[a-z][a-z,\- ]*?)\s*)?(?:(?P<start>\d\d?:\d\d)\s*-\s*(?P<end>\d\d?:\d\d))?")


def open_intervals(calendar: Calendar | None, start: datetime, end: datetime) -> Floats:
    """Working time of a calendar within a window, (n, 2) in s from `start`; no calendar means always open."""
    window_s = (end - start).total_seconds()
    if calendar is None:
        return np.array([[0.0, window_s]])
    midnight = datetime(start.year, start.month, start.day)
    exceptions = dict(calendar.exceptions)
    found: list[tuple[float, float]] = []
    while midnight < end:
        base = (midnight - start).total_seconds()
        hours = exceptions.get(midnight.date())
        if hours is None:
            hours = _hours_of_weekday(calendar, midnight.weekday())
        for low, high in hours:
            _append(found, max(base + low, 0.0), min(base + high, window_s))
        midnight += timedelta(days=1)
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _hours_of_weekday(calendar: Calendar, weekday: int) -> tuple[tuple[float, float], ...]:
    begin = weekday * _DAY_S
    cut = ((max(low - begin, 0.0), min(high - begin, _DAY_S)) for low, high in calendar.weekly)
    return tuple((low, high) for low, high in cut if high > low)


def _append(found: list[tuple[float, float]], low: float, high: float) -> None:
    """Add an interval; one that touches the last is joined to it (a shift over midnight is one shift)."""
    if high <= low:
        return
    if found and low <= found[-1][1]:
        found[-1] = (found[-1][0], max(high, found[-1][1]))
    else:
        found.append((low, high))


def open_seconds(intervals: Floats, times: Floats) -> Floats:
    """Working seconds up to each time; a difference is the working time between two moments."""
    if not len(intervals):
        return np.zeros_like(times)
    edges = intervals.ravel()
    lengths = np.diff(intervals, axis=1).ravel()
    worked = np.concatenate([[0.0], np.repeat(np.cumsum(lengths), 2)[:-1]])
    return np.interp(times, edges, worked)


def is_open(intervals: Floats, times: Floats) -> NDArray[np.bool_]:
    """Whether each time lies in working time (starts belong to it, ends do not)."""
    return np.asarray(np.searchsorted(intervals.ravel(), times, side="right") % 2 == 1, dtype=np.bool_)


# ---------------------------------------------------------------- prices
def price_steps(tariff: Tariff, start: datetime, end: datetime) -> tuple[Floats, Floats]:
    """Energy price over a window: edges (n + 1, in s from `start`) and the n prices between them, per kWh.

    The first period of the tariff that matches counts, and `default` where none does.
    """
    week, prices = _week_of_prices(tariff)
    window_s = (end - start).total_seconds()
    into_week = (
        start.weekday() * _DAY_S + (start - datetime(start.year, start.month, start.day)).total_seconds()
    )
    weeks = np.arange(0.0, into_week + window_s, _WEEK_S)[:, None]
    lows = (weeks + week[None, :-1]).ravel() - into_week
    highs = (weeks + week[None, 1:]).ravel() - into_week
    inside = (highs > 0) & (lows < window_s)
    edges = np.append(np.clip(lows[inside], 0.0, window_s), window_s)
    return edges, np.tile(prices, len(weeks))[inside]


def _week_of_prices(tariff: Tariff) -> tuple[Floats, Floats]:
    periods = [(week_windows(period.when), period.price) for period in tariff.periods]
    edges = np.unique([0.0, _WEEK_S, *(t for windows, _ in periods for window in windows for t in window)])
    middles = (edges[:-1] + edges[1:]) / 2
    prices = np.full(len(middles), tariff.default)
    for windows, price in reversed(periods):
        for low, high in windows:
            prices[(middles > low) & (middles < high)] = price
    return edges, prices


def week_windows(when: str) -> tuple[tuple[float, float], ...]:
    """Read `mon-fri 08:00-11:00` as intervals in s since Monday 00:00.

    Days alone mean the whole day, hours alone every day; hours that end before they start run over midnight.
    """
    match = _WHEN.fullmatch(when.strip().lower())
    if match is None or not match.group(0):
        raise CalendarError(f"{when!r} is no time of the week; right would be 'mon-fri 08:00-11:00'")
    days = _days(match["days"], when)
    low, high = (0.0, _DAY_S) if match["start"] is None else (_clock(match["start"]), _clock(match["end"]))
    if high <= low:
        high += _DAY_S
    found: list[tuple[float, float]] = []
    for day in days:
        begin, finish = day * _DAY_S + low, day * _DAY_S + high
        found.append((begin, min(finish, _WEEK_S)))
        if finish > _WEEK_S:  # Sunday night belongs to the week's first hours
            found.append((0.0, finish - _WEEK_S))
    return tuple(sorted(found))


def _days(text: str | None, when: str) -> list[int]:
    if text is None:
        return list(range(7))
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        ends = part.split("-")
        if len(ends) > 2 or any(end not in _DAYS for end in ends):
            raise CalendarError(f"{when!r}: {part!r} is no day; right would be mon, tue … sun or mon-fri")
        first, last = _DAYS.index(ends[0]), _DAYS.index(ends[-1])
        found.extend((first + step) % 7 for step in range((last - first) % 7 + 1))
    return sorted(set(found))


def _clock(text: str) -> float:
    hours, minutes = text.split(":")
    seconds = int(hours) * 3600.0 + int(minutes) * 60.0
    if int(minutes) > 59 or seconds > _DAY_S:
        raise CalendarError(f"{text!r} is no time of day; right would be 00:00 to 24:00")
    return seconds
