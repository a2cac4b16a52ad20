"""Consumption as days by intervals of the day, and what the calendar says of each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.quantities.public_holidays import public_holidays
from zhizao.studies.monitor.samples import Floats, Samples

_DAY_S = 86400


class DayType(IntEnum):
    """Days that are alike; a holiday of its own is often worked in part, a run of holidays is not."""

    WEEKDAY = 0
    SATURDAY = 1
    SUNDAY = 2  # and holidays in a run
    SINGLE_HOLIDAY = 3


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """A quantity by days and intervals of the day (nan: unknown), with the type of each day.

    `drivers` holds columns that are known a day ahead, in the same form.
    """

    first: date
    values: Floats
    types: NDArray[np.int64]
    drivers: tuple[Floats, ...] = ()

    @property
    def count(self) -> int:
        """Number of days."""
        return len(self.values)

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """0 for Monday to 6 for Sunday."""
        return (np.arange(self.count) + self.first.weekday()) % 7

    def date_of(self, day: int) -> date:
        """The date of a day."""
        return self.first + timedelta(days=day)

    def day_of(self, when: date) -> int:
        """The number of a date's day."""
        return (when - self.first).days


def days_of(samples: Samples, target: str, drivers: tuple[str, ...], holidays: str | None) -> Days:
    """Arrange a column of consumption by days; a time names the end of its interval.

    Raises
    ------
    InputError
        There are no times, intervals do not divide a day, or a column is unknown.
    """
    step = samples.interval_s
    if samples.times is None or step is None:
        raise InputError(f"{samples.file}: found no times; give a column of times, one row per interval")
    if step <= 0 or _DAY_S % step or step > _DAY_S / 4:
        raise InputError(
            f"{samples.file}: found intervals of {step:g} s; expected a whole number, 4 or more, in a day"
        )
    clock = samples.times if samples.clock is None else samples.clock
    begins = clock - np.timedelta64(round(step * 1e6), "us")
    first: date = begins[0].astype("datetime64[D]").item()
    offset = (begins - np.datetime64(first, "us")) / np.timedelta64(1, "s")
    slots = np.rint(offset / step).astype(np.int64)
    per_day = round(_DAY_S / step)
    _refuse_two_in_one(samples, slots, step)
    count = int(slots.max()) // per_day + 1
    frames = [_by_day(samples.column(name), slots, count, per_day) for name in (target, *drivers)]
    types = day_types(first, count, holidays)
    return Days(first, frames[0], types, tuple(frames[1:]))


def _refuse_two_in_one(samples: Samples, slots: NDArray[np.int64], step: float) -> None:
    if samples.times is None:
        return
    clock = samples.times if samples.clock is None else samples.clock
    ahead = np.diff(clock - samples.times)
    twice = np.flatnonzero((np.diff(slots) == 0) & (ahead == np.timedelta64(0)))
    if len(twice):
        now, before = (str(clock[twice[0] + later]).replace("T", " ")[:19] for later in (1, 0))
        raise InputError(
            f"{samples.file}: found {now} and {before} in one interval of {step:g} s; "
            "give one row per interval"
        )


def _by_day(values: Floats, slots: NDArray[np.int64], days: int, per_day: int) -> Floats:
    """By days and intervals; of an hour that clocks repeat, the mean."""
    known = ~np.isnan(values)
    counts = np.bincount(slots[known], minlength=days * per_day)
    sums = np.bincount(slots[known], values[known], minlength=days * per_day)
    flat = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return flat.reshape(days, per_day)


def day_types(first: date, count: int, holidays: str | None) -> NDArray[np.int64]:
    """The type of each day; `holidays` is a country (ISO 3166), None counts none.

    Raises
    ------
    CalendarError
        The country is unknown.
    """
    dates = [first + timedelta(days=day) for day in range(-1, count + 1)]
    closed = set() if holidays is None else set(public_holidays(holidays, first.year - 1))
    found = np.array([one in closed for one in dates])
    in_run = found[1:-1] & (found[:-2] | found[2:])
    weekday = np.array([one.weekday() for one in dates[1:-1]])
    types = np.select([weekday == 6, weekday == 5], [DayType.SUNDAY, DayType.SATURDAY], DayType.WEEKDAY)
    single = found[1:-1] & ~in_run & (weekday < 6)
    return np.where(single, DayType.SINGLE_HOLIDAY, np.where(in_run, DayType.SUNDAY, types)).astype(np.int64)
