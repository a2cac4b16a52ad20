"""Working time of the work centers: how much of a span is open, when so much work is done at the earliest."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from zhizao.plant import OffShift, Plant, WorkCenter
from zhizao.plant.query import work_calendar
from zhizao.quantities.calendars import working_intervals

_WEEK_S = 604_800.0


@dataclass(frozen=True, eq=False)
class Hours:
    """Open hours of one work center from the plant's start to `until_s`; None: always open.

    The time in which its units start up and shut down is none of them.
    """

    intervals: tuple[tuple[float, float], ...] | None
    pauses: bool  # work in hand rests while it is closed
    until_s: float

    @cached_property
    def _begins(self) -> list[float]:
        return [begin for begin, _ in self.intervals or ()]

    @cached_property
    def _worked(self) -> list[float]:
        """Open time before each interval."""
        found = [0.0]
        for begin, end in self.intervals or ():
            found.append(found[-1] + end - begin)
        return found

    def open_s(self, begin: float, end: float) -> float:
        """Open time within a span in s."""
        return max(0.0, self._open_before(end) - self._open_before(begin)) if end > begin else 0.0

    def _open_before(self, moment: float) -> float:
        if self.intervals is None:
            return moment
        place = bisect_right(self._begins, moment) - 1
        if place < 0:
            return 0.0
        begin, end = self.intervals[place]
        return self._worked[place] + min(moment, end) - begin

    def closed(self, until_s: float) -> Iterator[tuple[float, float]]:
        """Spans in s in which it is closed, up to a moment that is no later than `until_s`."""
        at = 0.0
        for begin, end in self.intervals or ((0.0, until_s),):
            if begin > at and at < until_s:
                yield at, min(begin, until_s)
            at = end
        if at < until_s:
            yield at, until_s

    def earliest_end(self, ready: float, work_s: float) -> float:
        """When work that may begin at `ready` is done at the earliest; not later than `until_s`."""
        if self.intervals is None:
            return ready + work_s
        if not self.pauses:
            return self._opening(ready) + work_s
        wanted = self._open_before(ready) + work_s
        if work_s <= 0.0:
            return ready
        place = bisect_right(self._worked, wanted) - 1
        if self._worked[place] >= wanted:
            place -= 1
        if place >= len(self.intervals):
            return self.until_s
        return self.intervals[place][0] + wanted - self._worked[place]

    def _opening(self, moment: float) -> float:
        for begin, end in self.intervals or ():
            if end > moment:
                return max(begin, moment)
        return self.until_s


def hours_of(plant: Plant, until_s: float) -> dict[str, Hours]:
    """Open hours by work center, far enough to hold all that happens by `until_s`."""
    return {center.id: _hours(plant, center, until_s + _WEEK_S) for center in plant.work_centers}


def _hours(plant: Plant, center: WorkCenter, until_s: float) -> Hours:
    pauses = center.off_shift is not OffShift.FINISH
    calendar = work_calendar(plant, center)
    if calendar is None:
        return Hours(None, pauses, until_s)
    found = working_intervals(calendar, plant.start, until_s)
    return Hours(tuple(found), pauses, until_s)
