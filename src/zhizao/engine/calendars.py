"""Lower calendars: intervals for any horizon, and the calendar of each meeting of unit and personnel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zhizao.engine.pools import Pools, records
from zhizao.kernels import tables as k
from zhizao.plant import OffShift, Personnel, Plant, WorkCenter, equipment
from zhizao.plant.query import groups_by_name, work_calendar
from zhizao.quantities import ALWAYS, Calendar, CalendarTable, meet, table

Row = tuple[int, int, int, float, float, float, float]


class Calendars:
    """The calendars of a plant as numbers; number 0 is always open."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._numbers: dict[Calendar, int] = {ALWAYS: 0}
        self._met: dict[tuple[int, int], int] = {}

    def number(self, name: str | None) -> int:
        """Number of a named calendar; none: always open."""
        return 0 if name is None else self._numbered(self._plant.calendars[name])

    def of_center(self, center: WorkCenter) -> int:
        """Number of the calendar in which a work center can work."""
        calendar = work_calendar(self._plant, center)
        return 0 if calendar is None else self._numbered(calendar)

    def _numbered(self, calendar: Calendar) -> int:
        return self._numbers.setdefault(calendar, len(self._numbers))

    def both(self, a: int, b: int) -> int:
        """Number of the calendar that is open when both are."""
        if b in {a, 0}:
            return a
        if (a, b) not in self._met:
            by_number = {number: calendar for calendar, number in self._numbers.items()}
            self._met[a, b] = self._numbered(meet(by_number[a], by_number[b]))
        return self._met[a, b]

    def tables(self, pools: Pools) -> tuple[Any, Any, int]:
        """(calendars, shifts, place of the meetings in the lists)."""
        rows: list[Row] = []
        shifts: list[tuple[float, float, float]] = []
        for calendar, number in self._numbers.items():
            if number == 0:
                rows.append((0, 0, 0, 0.0, 1.0, 0.0, 1.0))
            else:
                rows.append(_row(table(calendar, self._plant.start), shifts))
        n = len(rows)
        meetings = [
            a if b in {a, 0} else b if a == 0 else self._met.get((a, b), a)
            for a in range(n)
            for b in range(n)
        ]
        shift_table = records(k.SHIFT, shifts or [(0.0, 0.0, 0.0)])
        return records(k.CALENDAR, rows), shift_table, pools.add_list(meetings)


def _row(t: CalendarTable, shifts: list[tuple[float, float, float]]) -> Row:
    first = len(shifts)
    loop, work, work_before = first, 0.0, 0.0
    for start, end in zip(t.starts, t.ends, strict=True):
        if start < t.prefix_end:
            loop = len(shifts) + 1
            work_before = work + end - start
        elif len(shifts) == loop:
            work = 0.0
        shifts.append((start, end, work))
        work += end - start
    work_period = work if len(shifts) > loop else 0.0
    return first, loop, len(shifts), t.prefix_end, t.period, work_before, work_period


def add_meetings(plant: Plant, calendars: Calendars) -> None:
    """Number the calendar of every meeting of a unit with personnel that work on it may need."""
    centers, able = {center.id: center for center in plant.work_centers}, groups_by_name(plant)
    for center in equipment(plant):
        resources = [failure.needs for failure in center.failures] + [
            plan.needs for plan in center.maintenance
        ]
        for needs in resources:
            _add_closed(able, calendars, 0, needs)
    for operations in plant.routes.values():
        for operation in operations:
            for alternative in operation.on:
                center = centers[alternative.work_center]
                if center.off_shift is not OffShift.FINISH:
                    _add_closed(able, calendars, calendars.of_center(center), operation.needs)


def _add_closed(
    able: Mapping[str, list[Personnel]], calendars: Calendars, own: int, needs: Iterable[str]
) -> None:
    """Number all meetings of a calendar with any of the groups that may serve, in any order."""
    numbers = {calendars.number(group.calendar) for name in needs for group in able[name]}
    reached = fresh = {own}
    while fresh:
        fresh = {calendars.both(a, b) for a in fresh for b in numbers} - reached
        reached = reached | fresh
