"""What limits the shop besides its units: working time, set-ups, people, tools, utilities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import ceil, floor

import numpy as np

from zhizao.plant import During, Plant, WorkCenter
from zhizao.plant.query import groups, places, work_calendar
from zhizao.quantities import Calendar, InputError, mean
from zhizao.quantities.calendars import meet, working_intervals
from zhizao.solvers.shop import Breaks, Ints, Pools, SetUps
from zhizao.studies.schedule.tasks import Task
from zhizao.studies.schedule.work import Lot

WEEK_S = 604_800
_FINEST = 1000  # parts of a unit of a utility
Family = tuple[str | None, ...]  # one name for each work center that is set up
Spans = list[tuple[int, int]]


# ---------------------------------------------------------------- working time
def breaks(plant: Plant, tasks: Sequence[Task], span: tuple[float, int]) -> Breaks | None:
    """When units do not work within `span` (now in s from the plant's start, horizon): off shift.

    That is outside their calendar, or that of people whom all work there needs.
    """
    rows: list[Spans] = []
    for center in plant.work_centers:
        calendar = _calendar(plant, center, tasks)
        closed = [] if calendar is None else _closed(plant, center, calendar, span)
        rows += [_joined(closed)] * len(center.units)
    if not any(rows):
        return None
    places = sum(task.operation is None for task in tasks)
    first = np.r_[0, np.cumsum([len(row) for row in rows]), [sum(map(len, rows))] * places]
    begin, end = (np.array([pair[i] for row in rows for pair in row], np.int64) for i in (0, 1))
    return Breaks(first.astype(np.int64), begin, end)


def _joined(spans: Spans) -> Spans:
    joined: Spans = []
    for a, b in spans:
        if b <= a:
            continue
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


def _calendar(plant: Plant, center: WorkCenter, tasks: Sequence[Task]) -> Calendar | None:
    """Working time of a work center, and of each group of people that all its work needs."""
    own = work_calendar(plant, center)
    calendars = [] if own is None else [own]
    needs = [
        {name for name, need in task.operation.needs.items() if need.during is not During.SETUP}
        for task in tasks
        if task.operation is not None and any(a.work_center == center.id for a in task.operation.on)
    ]
    for name in sorted(set.intersection(*needs)) if needs else ():
        shifts = {group.calendar for group in groups(plant, name)}
        calendars += [plant.calendars[c] for c in shifts if c and len(shifts) == 1]
    found = calendars[0] if calendars else None
    for other in calendars[1:]:
        found = meet(found, other) if found is not None else other
    return found


def _closed(plant: Plant, center: WorkCenter, calendar: Calendar, span: tuple[float, int]) -> Spans:
    now_s, horizon = span
    start = plant.start + timedelta(seconds=now_s)
    hours = [(ceil(a), floor(b)) for a, b in working_intervals(calendar, start, float(horizon))]
    if not hours:
        raise InputError(
            f"work center {center.id!r} is not open within {horizon / WEEK_S:.0f} weeks with the people it "
            f"needs; give calendar {center.calendar!r} working time"
        )
    edges = [0, *(edge for pair in hours for edge in pair), horizon]
    return [(edges[i], edges[i + 1]) for i in range(0, len(edges), 2)]


# ---------------------------------------------------------------- set-ups
def setups(plant: Plant, tasks: Sequence[Task], lots: Sequence[Lot], units: int) -> SetUps | None:
    """Mean times of set-ups; what has equal names at all work centers is one family."""
    centers = set_up(plant)
    if not centers:
        return None
    names = [family(plant, lots, task) for task in tasks]
    known = {name: row for row, name in enumerate(dict.fromkeys(names))}
    time = np.zeros((units, len(known), len(known)), np.int64)
    start = np.full(units, -1, np.int64)
    row = 0
    for center in plant.work_centers:
        if center.setup is not None:
            time[row : row + len(center.units)] = _matrix(center, centers.index(center), list(known))
        row += len(center.units)
    return SetUps(np.array([known[name] for name in names], np.int64), time, start)


def set_up(plant: Plant) -> list[WorkCenter]:
    """Work centers that are set up, in their order."""
    return [center for center in plant.work_centers if center.setup is not None]


def family(plant: Plant, lots: Sequence[Lot], task: Task) -> Family:
    """What a row is to each work center that is set up; None: nothing."""
    operation = task.operation
    found: list[str | None] = []
    for center in set_up(plant):
        at = {choice.work_center for choice in operation.on} if operation is not None else set()
        if center.setup is None or operation is None or center.id not in at:
            found.append(None)
            continue
        product = lots[task.lots[0]].product
        own = {"family": operation.setup_family, "operation": operation.id, "product": product}
        by = center.setup.by
        found.append(own[by] if by in own else plant.products[product].attributes.get(by))
    return tuple(found)


def _matrix(center: WorkCenter, place: int, families: Sequence[Family]) -> Ints:
    """Mean times in whole seconds at one work center, from family to family."""
    setup = center.setup
    assert setup is not None  # it is among those that are set up
    default = round(mean(setup.default))
    listed = {(entry.from_family, entry.to): round(mean(entry.takes)) for entry in setup.times}
    matrix = np.zeros((len(families), len(families)), np.int64)
    for i, before in enumerate(families):
        for j, after in enumerate(families):
            a, b = before[place], after[place]
            if b is not None and a != b:
                matrix[i, j] = listed.get((a, b), listed.get((None, b), default))
    return matrix


# ---------------------------------------------------------------- people, tools, utilities
def pools(plant: Plant, tasks: Sequence[Task]) -> Pools | None:
    """Things of which an operation takes some: people by the name that is asked for, tools, utilities."""
    rows = [_need(plant, task) for task in tasks]
    names = list(dict.fromkeys(name for need in rows for name in need))
    if not names:
        return None
    need = np.array([[row.get(name, 0) for name in names] for row in rows], np.int64)
    return Pools(np.array([_capacity(plant, *name) for name in names], np.int64), need)


def _need(plant: Plant, task: Task) -> dict[tuple[str, str], int]:
    operation = task.operation
    if operation is None:
        return {}
    people = {
        ("people", name): need.count
        for name, need in operation.needs.items()
        if need.during is not During.SETUP
    }
    tools = {("tool", name): count for name, count in operation.tools.items()}
    center = next(c for c in plant.work_centers if c.id == operation.on[0].work_center)
    return people | tools | {("utility", name): ceil(_FINEST * much) for name, much in center.uses.items()}


def _capacity(plant: Plant, kind: str, name: str) -> int:
    if kind == "tool":
        return next(tool.count for tool in plant.tools if tool.id == name)
    if kind == "utility":
        return floor(_FINEST * next(utility.limit for utility in plant.utilities if utility.id == name))
    return sum(places(group) for group in groups(plant, name))
