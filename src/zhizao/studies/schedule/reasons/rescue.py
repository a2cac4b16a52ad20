"""The cheapest thing that would save a late order, found by trying it in the twin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

import polars as pl

from zhizao.plant import Plant, WorkCenter
from zhizao.plant.query import groups, work_calendar
from zhizao.quantities import Calendar
from zhizao.quantities.calendars import DAY_S, day_intervals, working_intervals
from zhizao.report.text import duration
from zhizao.studies.schedule.plan import HOUR_S, OrderPlan
from zhizao.studies.schedule.reasons.causes import Case, Cause, CauseKind, with_people, with_units, without
from zhizao.studies.schedule.reasons.trials import Ends, Trials

_AHEAD = timedelta(days=3650)  # by which an order that is moved goes before all that starts in a plan
_STEP_S = 1800.0  # overtime is counted in half hours
_WEEK_S = 604_800.0  # after the due date: the next shift begins by then
_MAX_CENTERS = 2  # where overtime, a unit or a move is tried
_MAX_NAMED = 3

Span = tuple[float, float]
"""Begin and end in s from the plant's start."""
Gap = tuple[float, float, bool]
"""A span, and whether overtime in it ends with it instead of beginning with it."""


class Way(Enum):
    """What saves an order, the cheapest first."""

    MOVE = "move"
    OVERTIME = "overtime"
    PERSON = "person"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Rescue:
    """A change with which a late order is in time in the twin.

    `place`: the work center or the people (None for a move: everywhere). `before`: orders that it goes before
    when moved. `overtime_h`: hours in which the
    work center is open beyond its calendar. `cost`: money for overtime, where the plant has rates.
    `made_late`: orders that were in time and are not with it.
    """

    way: Way
    place: str | None
    before: tuple[str, ...] = ()
    overtime_h: float | None = None
    cost: float | None = None
    made_late: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = {
            Way.MOVE: f"moved before {_named(self.before)} at {self.place}" if self.before else "moved first",
            Way.OVERTIME: f"{duration((self.overtime_h or 0.0) * HOUR_S)} of overtime at {self.place}",
            Way.PERSON: f"one more of {self.place}",
            Way.UNIT: f"one more unit at {self.place}",
        }[self.way]
        return f"{what}; makes {_named(self.made_late)} late" if self.made_late else what


def _named(orders: Sequence[str]) -> str:
    more = len(orders) - _MAX_NAMED
    return f"{', '.join(orders[:_MAX_NAMED])}{f' and {more} more' if more > 0 else ''}"


def rescue(
    plant: Plant,
    rows: pl.DataFrame,
    orders: Sequence[OrderPlan],
    late: tuple[str, Sequence[Cause]],
    trials: Trials,
) -> Rescue | None:
    """The cheapest change that saves an order; None: none of those tried does.

    Cheapest is one that makes the fewest orders late in turn, then a move, overtime (the fewest hours),
    a person, a unit.

    Parameters
    ----------
    plant, rows, orders
        The plan and what becomes of its orders.
    late
        The order, and its causes.
    trials
        Runs the twin.

    Raises
    ------
    BudgetSpentError
        The time is up before one was found.
    """
    search = _Rescue(Case(plant, rows), orders, late[0], trials)
    best: Rescue | None = None
    for found in search.ways(late[1]):
        if not found.made_late:
            return found
        if best is None or len(found.made_late) < len(best.made_late):
            best = found
    return best


class _Rescue:
    def __init__(self, case: Case, orders: Sequence[OrderPlan], order: str, trials: Trials) -> None:
        self._case, self._orders, self._trials = case, orders, trials
        self._order = next(one for one in orders if one.order == order)

    def ways(self, causes: Sequence[Cause]) -> Iterator[Rescue]:
        """Changes that save the order, each class of cost after the cheaper ones."""
        centers = self._centers(causes)
        yield from self._tried(
            (Rescue(Way.MOVE, cause.place, cause.orders), without(self._case, cause))
            for cause in causes
            if cause.kind is CauseKind.BEHIND
        )
        yield from self._tried(iter([(Rescue(Way.MOVE, None), self._moved_first())]))
        for center in centers:
            yield from self._overtime(center)
        people = [c.place for c in causes if c.kind is CauseKind.PEOPLE and c.place is not None]
        yield from self._tried((Rescue(Way.PERSON, name), self._one_more(name)) for name in people)
        yield from self._tried((Rescue(Way.UNIT, c), with_units(self._case, c, 1)) for c in centers)

    def _centers(self, causes: Sequence[Cause]) -> list[str]:
        """Work centers that the causes name, else those of the order."""
        known = {center.id for center in self._case.plant.work_centers}
        named = [cause.place for cause in causes if cause.place in known]
        own = self._case.rows.filter(pl.col("order") == self._order.order)["work_center"].to_list()
        found = dict.fromkeys(name for name in (*named, *own) if name in known)
        return [name for name in found if name is not None][:_MAX_CENTERS]

    def _tried(self, ways: Iterator[tuple[Rescue, Case]]) -> Iterator[Rescue]:
        for way, case in ways:
            ends = self._trials.ends(case)
            if self._saved(ends):
                yield replace(way, made_late=self._made_late(ends))

    def _saved(self, ends: Ends) -> bool:
        end, due = ends.get(self._order.order), self._order.due_s
        return end is not None and (due is None or end <= due)

    def _made_late(self, ends: Ends) -> tuple[str, ...]:
        """Orders that were in time in the plan and are now late, or never done."""
        found = []
        for one in self._orders:
            if one.end_s is None or one.late_s > 0:
                continue
            end = ends.get(one.order)
            if end is None or (one.due_s is not None and end > one.due_s):
                found.append(one.order)
        return tuple(found)

    def _moved_first(self) -> Case:
        """The order before all others, at all work centers."""
        mine = pl.col("order") == self._order.order
        start = pl.when(mine).then(pl.col("start") - _AHEAD).otherwise(pl.col("start"))
        return Case(self._case.plant, self._case.rows.with_columns(start=start))

    def _one_more(self, people: str) -> Case:
        return Case(with_people(self._case.plant, people, 1), self._case.rows)

    # ------------------------------------------------------------ overtime
    def _overtime(self, name: str) -> Iterator[Rescue]:
        """The fewest hours of overtime at a work center, after its shifts or before them."""
        plant = self._case.plant
        center = next(c for c in plant.work_centers if c.id == name)
        found: list[Rescue] = []
        for closed in _closed(plant, center, self._order):
            windows = self._shortest(center, closed) if closed else ()
            if windows:
                hours = sum(end - begin for begin, end in windows) / HOUR_S
                late = self._made_late(self._trials.ends(self._opened(center, windows)))
                cost = _cost(plant, center, hours)
                found.append(Rescue(Way.OVERTIME, name, overtime_h=hours, cost=cost, made_late=late))
        yield from sorted(found, key=lambda one: one.overtime_h or 0.0)

    def _shortest(self, center: WorkCenter, closed: Sequence[Gap]) -> Sequence[Span]:
        """The shortest overtime in these gaps with which the order is in time; empty: there is none."""
        low, high = 1, int(max(end - begin for begin, end, _ in closed) // _STEP_S) + 1
        if not self._saved_by(center, _windows(closed, high * _STEP_S)):
            return ()
        while low < high:
            middle = (low + high) // 2
            if self._saved_by(center, _windows(closed, middle * _STEP_S)):
                high = middle
            else:
                low = middle + 1
        windows = _windows(closed, high * _STEP_S)
        if not self._saved_by(center, windows):
            return ()
        for window in tuple(windows):  # those that are not needed
            rest = [one for one in windows if one != window]
            if rest and self._saved_by(center, rest):
                windows = rest
        return windows

    def _saved_by(self, center: WorkCenter, windows: Sequence[Span]) -> bool:
        return self._saved(self._trials.ends(self._opened(center, windows)))

    def _opened(self, center: WorkCenter, windows: Sequence[Span]) -> Case:
        """The case with a work center open in these spans, and the people there that it needs."""
        plant = self._case.plant
        calendars = dict(plant.calendars)
        centers = []
        for one in plant.work_centers:
            name = one.calendar
            if one.id == center.id and name is not None:
                calendars[f"{name} with overtime"] = _longer(plant, calendars[name], windows)
                one = one.model_copy(update={"calendar": f"{name} with overtime"})
            centers.append(one)
        changed = plant.model_copy(update={"work_centers": tuple(centers)})
        for people, calendar in _shifts(plant, center):
            calendars[f"{calendar} with overtime"] = _longer(plant, plant.calendars[calendar], windows)
            changed = with_people(changed, people, hours={"calendar": f"{calendar} with overtime"})
        return Case(changed.model_copy(update={"calendars": calendars}), self._case.rows)


def _shifts(plant: Plant, center: WorkCenter) -> list[tuple[str, str]]:
    """(Id, calendar) of the people that work at a center needs, who are not always there."""
    needed = {
        name
        for route in plant.routes.values()
        for operation in route
        if any(choice.work_center == center.id for choice in operation.on)
        for name in operation.needs
    }
    found = {group.id: group.calendar for name in sorted(needed) for group in groups(plant, name)}
    return [(name, calendar) for name, calendar in found.items() if calendar is not None]


def _closed(plant: Plant, center: WorkCenter, order: OrderPlan) -> tuple[list[Gap], list[Gap]]:
    """When a center is closed from the release of an order until it is due: after shifts, before them."""
    calendar = work_calendar(plant, center)
    if calendar is None or order.due_s is None:
        return [], []
    after: list[Gap] = []
    before: list[Gap] = []
    now: float | None = None
    for begin, end in working_intervals(calendar, plant.start, max(order.due_s, 0.0) + _WEEK_S):
        gap = max(now or 0.0, order.release_s), min(begin, order.due_s)
        if gap[1] > gap[0]:
            if begin <= order.due_s:
                before.append((*gap, True))
            if now is not None:
                after.append((*gap, False))
        now = end
    return after, before


def _windows(gaps: Sequence[Gap], more_s: float) -> list[Span]:
    """So much overtime in each gap, at its end or from its begin on."""
    return [
        (max(begin, end - more_s), end) if at_end else (begin, min(end, begin + more_s))
        for begin, end, at_end in gaps
    ]


def _longer(plant: Plant, calendar: Calendar, windows: Sequence[Span]) -> Calendar:
    """A calendar that is open in these spans (s from the plant's start) too."""
    days = dict(calendar.exceptions)
    midnight = datetime(plant.start.year, plant.start.month, plant.start.day)
    since = (plant.start - midnight).total_seconds()
    for begin, end in windows:
        now = begin + since
        while now < end + since:
            number = int(now // DAY_S)
            day = (midnight + timedelta(days=number)).date()
            until = min(end + since, (number + 1) * DAY_S)
            own = days.get(day, day_intervals(calendar, day))
            days[day] = _joined([*own, (now - number * DAY_S, until - number * DAY_S)])
            now = until
    return Calendar(calendar.weekly, tuple(sorted(days.items())))


def _joined(spans: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    found: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return tuple(found)


def _cost(plant: Plant, center: WorkCenter, hours: float) -> float | None:
    """Money for units and people in so many hours; None where the plant has no rates."""
    mine = {name for name, _ in _shifts(plant, center)}
    people = sum(
        group.count * (group.cost if group.overtime_cost is None else group.overtime_cost)
        for group in plant.personnel
        if group.id in mine
    )
    rate = center.cost * len(center.units) + people
    return rate * hours if rate > 0 else None
