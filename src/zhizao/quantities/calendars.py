"""Weekly working calendars with breaks, holidays and exceptions.

In a file a calendar is a mapping of days to shifts:
`{mon-sat: [06:00-14:00, 14:30-22:30], off: [2026-02-16..2026-02-22], on: {2026-02-28: [08:00-12:00]}}`.
Days are `mon`..`sun`, ranges of them (`mon-fri`; `sun-thu` goes over the week's end) or lists (`mon,wed`).
A shift may run over midnight (`22:00-06:00`) and end at `24:00`; times may have seconds. Shifts must not
overlap. A shift belongs to the day on which it begins: `off` takes out the shifts that begin on a day, and
`on` puts others in their place. A night shift of the day before runs through, into the day off; the night
shift that would begin on the day off does not take place, and so nothing is left of it on the next morning.

Among the days off, `holidays CN` (or `holidays DE-BY`) stands for the public holidays of a country, for
eleven years from that of the plant's start on, where no other exception names the day.

Times are local to the plant; there is no daylight saving.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from zhizao.quantities.errors import CalendarError
from zhizao.quantities.public_holidays import public_holidays

DAY_S = 86400.0
WEEK_S = 604800.0
_YEARS = (1900, 2199)  # of exceptions; a calendar is laid out day by day up to the last
Intervals = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working time of a week, in s since Monday 00:00, and days that differ from it.

    `weekly`: sorted, disjoint (start_s, end_s) in [0, 604800]; a shift over midnight is cut at midnight
    only at the week's end. `exceptions`: date -> the working intervals of that civil day in s since its
    midnight, whatever day their shifts began on (empty: nobody works on it).
    Intervals that touch are joined, intervals that overlap are refused.
    """

    weekly: Intervals
    exceptions: tuple[tuple[date, Intervals], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "weekly", _tidy(self.weekly, WEEK_S, "the week"))
        days = sorted(self.exceptions)
        for (day, _), (following, _) in pairwise(days):
            if day == following:
                raise CalendarError(f"found {day} twice among the exceptions", "each date once")
        tidied = tuple((day, _tidy(intervals, DAY_S, str(day))) for day, intervals in days)
        object.__setattr__(self, "exceptions", tidied)


class CalendarTable(NamedTuple):
    """Working intervals in s from a start, for any horizon (see `table`)."""

    starts: tuple[float, ...]
    ends: tuple[float, ...]
    prefix_end: float
    period: float


def monday_before(moment: datetime) -> datetime:
    """The last Monday 00:00 that is not after a moment, from which weeks are counted."""
    return datetime(moment.year, moment.month, moment.day) - timedelta(days=moment.weekday())


def week_hours(calendar: Calendar) -> float:
    """Give the working hours of a week without exceptions."""
    return math.fsum(end - start for start, end in calendar.weekly) / 3600.0


def longest_s(calendar: Calendar) -> float:
    """Give the longest working time at a stretch, over midnight and the week's end too; in s."""
    weekly = calendar.weekly
    if weekly == ALWAYS.weekly:
        return math.inf
    longest = max((end - start for start, end in weekly), default=0.0)
    if weekly and weekly[0][0] == 0 and weekly[-1][1] == WEEK_S:
        longest = max(longest, weekly[0][1] + WEEK_S - weekly[-1][0])
    if calendar.exceptions:
        first = datetime.combine(calendar.exceptions[0][0], time()) - timedelta(days=8)
        days = (calendar.exceptions[-1][0] - first.date()).days + 9
        around = working_intervals(calendar, first, days * DAY_S)
        longest = max(longest, *(end - start for start, end in around), 0.0)
    return longest


def day_intervals(calendar: Calendar, day: date) -> Intervals:
    """Give the working intervals of one civil day, in s since its midnight."""
    place = bisect_right(calendar.exceptions, (day, ((math.inf, math.inf),)))
    if place and calendar.exceptions[place - 1][0] == day:
        return calendar.exceptions[place - 1][1]
    midnight = day.weekday() * DAY_S
    return _cut(calendar.weekly, midnight, midnight + DAY_S)


def working_intervals(calendar: Calendar, start: datetime, horizon_s: float) -> Intervals:
    """Give the working intervals within `horizon_s` after `start`, in s from `start`; none touch."""
    days = int((horizon_s + _since_midnight(start)) // DAY_S) + 1
    found: list[tuple[float, float]] = []
    for number in range(days):
        offset = number * DAY_S - _since_midnight(start)
        day = start.date() + timedelta(days=number)
        found += ((low + offset, high + offset) for low, high in day_intervals(calendar, day))
    return _cut(_join(found), 0.0, horizon_s, shift=False)


def table(calendar: Calendar, start: datetime) -> CalendarTable:
    """Lower a calendar to plain intervals that hold for any horizon.

    Returns
    -------
    CalendarTable
        `starts` and `ends` are working intervals in s from `start`, sorted, `starts[0] >= 0`. Those with
        `starts[i] < prefix_end` come once (the prefix, which holds all exceptions; each ends at or before
        `prefix_end`). The others, with `prefix_end <= starts[i] < ends[i] <= prefix_end + period`, are one
        week and come again every `period` s (604800.0) forever: interval i of repetition k is
        `(starts[i] + k * period, ends[i] + k * period)`, k = 0, 1, 2, …

        No interval touches the next one, not even from one repetition to the next, except in a calendar whose
        week has no gap: its week is the one interval `(prefix_end, prefix_end + period)`, and its prefix, if
        any, may end with an interval that ends at `prefix_end`. Touching intervals are one working time.
        Without weekly working time there is no interval after the prefix: nothing works any more.
    """
    clear_from, busy_before = 0.0, False
    if calendar.exceptions:
        last, shifts = calendar.exceptions[-1]
        clear_from = max(0.0, _offset(last, start) + DAY_S)
        busy_before = clear_from > 0 and bool(shifts) and shifts[-1][1] == DAY_S
    prefix_end = _next_opening(calendar, start, clear_from, busy_before=busy_before)
    prefix = working_intervals(calendar, start, prefix_end) if prefix_end > 0 else ()
    plain = Calendar(calendar.weekly)
    opening = start + timedelta(seconds=prefix_end)
    week = working_intervals(plain, opening, WEEK_S)
    every = (*prefix, *((low + prefix_end, high + prefix_end) for low, high in week))
    return CalendarTable(tuple(s for s, _ in every), tuple(e for _, e in every), prefix_end, WEEK_S)


def meet(a: Calendar, b: Calendar) -> Calendar:
    """Give the calendar that works when both `a` and `b` work."""
    days = sorted({day for day, _ in (*a.exceptions, *b.exceptions)})
    exceptions = tuple((day, _overlap(day_intervals(a, day), day_intervals(b, day))) for day in days)
    return Calendar(_overlap(a.weekly, b.weekly), exceptions)


def trimmed(calendar: Calendar, first_s: float, last_s: float) -> Calendar:
    """Give the calendar without the first and the last so many seconds (at most a day) of each working time.

    Shifts that touch are one working time, over midnight and the week's end too.
    """
    monday = datetime(2026, 1, 5)
    whole = working_intervals(Calendar(calendar.weekly), monday - timedelta(weeks=1), 3 * WEEK_S)
    weekly = _cut(_shortened(whole, first_s, last_s), WEEK_S, 2 * WEEK_S)
    days = {day + timedelta(days=step) for day, _ in calendar.exceptions for step in (-1, 0, 1)}
    exceptions = []
    for day in days:
        around = datetime.combine(day, time()) - timedelta(days=2)
        near = _shortened(working_intervals(calendar, around, 5 * DAY_S), first_s, last_s)
        exceptions.append((day, _cut(near, 2 * DAY_S, 3 * DAY_S)))
    return Calendar(weekly, tuple(exceptions))


def _shortened(intervals: Intervals, first_s: float, last_s: float) -> Intervals:
    return tuple((a + first_s, b - last_s) for a, b in intervals if a + first_s < b - last_s)


# ---------------------------------------------------------------- text form
_MONDAY = datetime(2026, 1, 5)  # the start of a plant that says no other
_HOLIDAYS = "holidays "
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_calendar(form: Mapping[Any, Any], *, start: datetime = _MONDAY) -> Calendar:
    """Read the mapping form of a calendar (see the module's text).

    Parameters
    ----------
    form
        Days with their shifts, `off` and `on`.
    start
        Start of the plant, from whose year on public holidays are days off.

    Raises
    ------
    CalendarError
        A day, time or date cannot be read, a country is unknown, or shifts overlap.
    """
    weekly: list[tuple[float, float]] = []
    given: dict[date, Intervals] = {}
    places: list[str] = []
    for key, value in form.items():
        if str(key) == "off":
            places += (text.removeprefix(_HOLIDAYS) for text in _listed(value) if text.startswith(_HOLIDAYS))
            dates = (text for text in _listed(value) if not text.startswith(_HOLIDAYS))
            _add_exceptions(given, ((day, ()) for text in dates for day in _dates(text)))
        elif str(key) == "on":
            _add_exceptions(given, _days_on(value))
        else:
            weekly += _weekly_shifts(str(key), _listed(value))
    worked = {int(low // DAY_S) for low, _ in weekly}
    for day in (day for place in places for day in public_holidays(place, start.year)):
        if day.weekday() in worked:
            given.setdefault(day, ())
    return Calendar(_over_week_end(weekly), tuple(sorted(_civil_days(weekly, given).items())))


def format_calendar(calendar: Calendar) -> dict[str, Any]:
    """Write a calendar in its mapping form; `parse_calendar` gives it back."""
    short = _form(_shifts_by_day(calendar.weekly), _days_by_shift(calendar))
    if not calendar.exceptions or _reads_back(short, calendar):
        return short
    by_midnight = [_cut(calendar.weekly, day * DAY_S, (day + 1) * DAY_S) for day in range(7)]
    return _form(by_midnight, dict(calendar.exceptions))  # no shift runs over midnight: days are civil days


def _reads_back(form: Mapping[str, Any], calendar: Calendar) -> bool:
    try:
        return parse_calendar(form) == calendar
    except CalendarError:  # a day's own working time runs over midnight
        return False


def _form(week: Sequence[Iterable[tuple[float, float]]], days: Mapping[date, Intervals]) -> dict[str, Any]:
    form: dict[str, Any] = {}
    by_day = [[_shift(low, high) for low, high in shifts] for shifts in week]
    first = 0
    for day in range(7):
        if day == 6 or by_day[day + 1] != by_day[first]:
            if by_day[first]:
                form[DAYS[first] if first == day else f"{DAYS[first]}-{DAYS[day]}"] = by_day[first]
            first = day + 1
    off = _date_ranges([day for day, shifts in days.items() if not shifts])
    on = {str(day): [_shift(*shift) for shift in shifts] for day, shifts in days.items() if shifts}
    return {**form, **({"off": off} if off else {}), **({"on": on} if on else {})}


def weekly_window(text: str) -> Intervals:
    """Read a weekly time window such as `mon-fri 08:00-11:00, 18:00-21:00` (no days: every day).

    Returns
    -------
    tuple
        Sorted, disjoint (start_s, end_s) since Monday 00:00.
    """
    head, _, rest = text.strip().partition(" ")
    days, times = (head, rest) if head[:1].isalpha() else ("mon-sun", text)
    shifts = [part.strip() for part in times.split(",") if part.strip()] or ["00:00-24:00"]
    return Calendar(_over_week_end(_weekly_shifts(days, shifts))).weekly


# ---------------------------------------------------------------- intervals
def _tidy(intervals: Iterable[tuple[float, float]], limit: float, place: str) -> Intervals:
    pairs = sorted((float(low), float(high)) for low, high in intervals)
    for low, high in pairs:
        if not 0.0 <= low < high <= limit:
            raise CalendarError(
                f"found working time from {low:g} s to {high:g} s in {place}",
                f"0 <= start < end <= {limit:g} s",
            )
    for (_, end), (low, high) in pairwise(pairs):
        if low < end:
            shift = f"{_where(low)} to {_where(high)}"
            found = f"found shifts that overlap in {place}: {shift} begins before {_where(end)}"
            raise CalendarError(found, "end each shift before the next one starts")
    return _join(pairs)


def _join(pairs: Iterable[tuple[float, float]]) -> Intervals:
    joined: list[tuple[float, float]] = []
    for low, high in pairs:
        if joined and joined[-1][1] == low:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return tuple(joined)


def _cut(intervals: Intervals, low: float, high: float, *, shift: bool = True) -> Intervals:
    """Keep what lies in [low, high]; times count from `low` if `shift`."""
    base = low if shift else 0.0
    return tuple((max(a, low) - base, min(b, high) - base) for a, b in intervals if b > low and a < high)


def _overlap(a: Intervals, b: Intervals) -> Intervals:
    pairs = ((max(s, t), min(e, f)) for s, e in a for t, f in b)
    return tuple((low, high) for low, high in pairs if low < high)


def _since_midnight(moment: datetime) -> float:
    midnight = datetime.combine(moment.date(), time())
    return (moment - midnight).total_seconds()


def _offset(day: date, start: datetime) -> float:
    return (datetime.combine(day, time()) - start).total_seconds()


def _next_opening(calendar: Calendar, start: datetime, after: float, *, busy_before: bool) -> float:
    """Find the first start of weekly working time at or after `after`, in s from `start`.

    It is `after` itself for a week that has no gap or no working time. With `busy_before` there is work up to
    `after`, so that nothing starts there.
    """
    moment = start + timedelta(seconds=after)
    in_week = moment.weekday() * DAY_S + _since_midnight(moment)
    closings = {end % WEEK_S for _, end in calendar.weekly}
    openings = [low for low, _ in calendar.weekly if low not in closings]
    waits = [(low - in_week) % WEEK_S for low in openings]
    return after + min(((wait or WEEK_S) if busy_before else wait for wait in waits), default=0.0)


# ---------------------------------------------------------------- reading
def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]


def _add_exceptions(known: dict[date, Intervals], more: Iterable[tuple[date, Intervals]]) -> None:
    for day, shifts in more:
        if day in known:
            raise CalendarError(f"found {day} twice among the exceptions", "each date once")
        known[day] = shifts


def _civil_days(
    weekly: Iterable[tuple[float, float]], given: Mapping[date, Intervals]
) -> dict[date, Intervals]:
    """Tell what is worked on the civil days that `given` changes; it holds the shifts that begin on a day."""
    own: list[list[tuple[float, float]]] = [[] for _ in DAYS]
    for low, high in sorted(weekly):
        own[int(low // DAY_S)].append((low % DAY_S, high - low // DAY_S * DAY_S))
    night = [max((high - DAY_S for _, high in shifts), default=0.0) for shifts in own]  # of the next morning
    found: dict[date, Intervals] = {}
    for day, shifts in given.items():
        before, after = day - timedelta(days=1), day + timedelta(days=1)
        ends = 0.0 if before in given else night[before.weekday()]
        found[day] = _after_night(day, ends, shifts)
        if after not in given and night[day.weekday()] > 0:
            found[after] = _cut(tuple(own[after.weekday()]), 0.0, DAY_S)
    return found


def _after_night(day: date, ends: float, shifts: Intervals) -> Intervals:
    """Shifts of a day after the night shift of the day before, which ends at `ends`."""
    rest = [shift for shift in sorted(shifts) if shift != (0.0, ends)]
    if ends <= 0:
        return tuple(rest)
    if rest and rest[0][0] < ends:
        found = f"found the shift {_shift(*rest[0])} on {day}, into which the night shift before it runs"
        raise CalendarError(found, f"begin it at {_where(ends)} or later")
    return ((0.0, ends), *rest)


def _days_on(value: Any) -> Iterator[tuple[date, Intervals]]:
    if not isinstance(value, Mapping):
        raise CalendarError(
            f"found {value!r} under on", "write dates with shifts: {2026-02-28: [08:00-12:00]}"
        )
    for text, shifts in value.items():
        intervals = tuple(_times(shift) for shift in _listed(shifts))
        if any(high > DAY_S for _, high in intervals):
            raise CalendarError(
                f"found a shift over midnight on {text}", "end it at 24:00 and go on the next day"
            )
        for day in _dates(str(text)):
            yield day, intervals


def _weekly_shifts(days: str, shifts: Iterable[str]) -> list[tuple[float, float]]:
    numbers = _day_numbers(days)
    times = [_times(shift) for shift in shifts]
    return [(day * DAY_S + low, day * DAY_S + high) for day in numbers for low, high in times]


def _over_week_end(shifts: Iterable[tuple[float, float]]) -> Intervals:
    """Cut what runs past Sunday 24:00 and put the rest at the week's start."""
    folded: list[tuple[float, float]] = []
    for low, high in shifts:
        folded.append((low, min(high, WEEK_S)))
        if high > WEEK_S:
            folded.append((0.0, high - WEEK_S))
    return tuple(folded)


def _day_numbers(text: str) -> list[int]:
    numbers: list[int] = []
    for part in text.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            right = "write days such as mon, mon-fri or mon,wed (or off, on)"
            raise CalendarError(f"found {text!r} where days should be", right)
        start = DAYS.index(first)
        length = (DAYS.index(last or first) - start) % 7 + 1
        numbers += [(start + step) % 7 for step in range(length)]
    return numbers


def _times(text: str) -> tuple[float, float]:
    first, dash, last = text.partition("-")
    low, high = (_clock(first), _clock(last)) if dash else (math.nan, math.nan)
    if math.isnan(low) or math.isnan(high) or low >= DAY_S or low == high:
        raise CalendarError(f"found {text!r} where a shift should be", "write a shift such as 06:00-14:00")
    return (low, high) if low < high else (low, high + DAY_S)


def _clock(text: str) -> float:
    """Read 06:30 or 06:30:15 in s since midnight; nan if it is none."""
    parts = text.strip().split(":")
    if len(parts) not in (2, 3) or not all(
        part.isascii() and part.replace(".", "", 1).isdecimal() for part in parts
    ):
        return math.nan
    if "." in parts[0] or "." in parts[1]:
        return math.nan
    hours, minutes, seconds = int(parts[0]), int(parts[1]), float(parts[2]) if len(parts) == 3 else 0.0
    total = hours * 3600.0 + minutes * 60.0 + seconds
    return total if minutes < 60 and seconds < 60 and total <= DAY_S else math.nan


def _dates(text: str) -> list[date]:
    first, dots, last = text.partition("..")
    try:
        start = date.fromisoformat(first.strip())
        end = date.fromisoformat(last.strip()) if dots else start
    except ValueError:
        right = "write 2026-05-01, 2026-02-16..2026-02-22 or holidays CN"
        raise CalendarError(f"found {text!r} where a date should be", right) from None
    if not (_YEARS[0] <= start.year and end.year <= _YEARS[1]):
        raise CalendarError(f"found {text!r}", f"a date from {_YEARS[0]} to {_YEARS[1]}")
    if end < start or (end - start).days > 3660:
        raise CalendarError(f"found {text!r}", "a range of dates ends after it starts and within ten years")
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


# ---------------------------------------------------------------- writing
def _shifts_by_day(weekly: Intervals) -> list[list[tuple[float, float]]]:
    """Give each day its shifts in s since its midnight; one may end after 24:00."""
    days: list[list[tuple[float, float]]] = [[] for _ in DAYS]
    if weekly and weekly[0][0] == 0 and weekly[-1][1] == WEEK_S and _is_shift(weekly[0], weekly[-1]):
        weekly = (*weekly[1:-1], (weekly[-1][0], WEEK_S + weekly[0][1]))  # the night from Sunday to Monday
    for low, high in weekly:
        day = int(low // DAY_S)
        if high - low < DAY_S:  # a longer one has no text of its own and is written by days
            days[day].append((low - day * DAY_S, high - day * DAY_S))
            continue
        while low < high:
            end = min(high, (day + 1) * DAY_S)
            days[day].append((low - day * DAY_S, end - day * DAY_S))
            low, day = end, day + 1
    return days


def _is_shift(monday: tuple[float, float], sunday: tuple[float, float]) -> bool:
    return monday[1] + WEEK_S - sunday[0] < DAY_S


def _days_by_shift(calendar: Calendar) -> dict[date, Intervals]:
    """Give the exceptions by the day on which shifts begin, without those that only end on their day."""
    week = [tuple(shifts) for shifts in _shifts_by_day(calendar.weekly)]
    days = sorted({day + timedelta(days=step) for day, _ in calendar.exceptions for step in (-1, 0)})
    found: dict[date, Intervals] = {}
    for day in days:
        near = working_intervals(calendar, datetime.combine(day, time()) - timedelta(days=1), 3 * DAY_S)
        own = tuple((a - DAY_S, b - DAY_S) for a, b in near if DAY_S <= a < 2 * DAY_S)
        if own != week[day.weekday()]:
            found[day] = own
    return found


def _shift(low: float, high: float) -> str:
    return f"{_where(low)}-{_where(high if high <= DAY_S else high - DAY_S)}"


def _where(seconds: float) -> str:
    inside = seconds if seconds <= DAY_S else seconds % DAY_S
    hours, minutes = int(inside // 3600.0), int(inside % 3600.0 // 60.0)
    rest = inside - (hours * 3600.0 + minutes * 60.0)
    if not rest:
        return f"{hours:02d}:{minutes:02d}"
    exact = f"{Decimal(repr(rest)):f}"
    return f"{hours:02d}:{minutes:02d}:{exact.removesuffix('.0')}"


def _date_ranges(days: list[date]) -> list[str]:
    ranges: list[list[date]] = []
    for day in days:
        if ranges and day - ranges[-1][-1] == timedelta(days=1):
            ranges[-1].append(day)
        else:
            ranges.append([day])
    return [str(run[0]) if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in ranges]


ALWAYS = Calendar(((0.0, WEEK_S),))
"""Open day and night."""
