"""What machines and people need beside their work: repair personnel, tools, utilities, time to start up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zhizao.plant.faults import Path, Problem
from zhizao.plant.model import Plant, WorkCenter
from zhizao.plant.query import equipment_by_path, groups_by_name, places, work_calendar
from zhizao.quantities.calendars import DAY_S
from zhizao.quantities.errors import nearest_name


def check_supply(plant: Plant) -> Iterator[Problem]:
    """Look for names that nobody knows and for needs that nobody can meet."""
    yield from _tools(plant)
    yield from _utilities(plant)
    people = {name: float(sum(map(places, own))) for name, own in sorted(groups_by_name(plant).items())}
    for path, center in equipment_by_path(plant):
        yield from _downtimes(plant, path, center, people)
        yield from _start_up(plant, path, center)


def _unknown(path: Path, kind: str, name: str, known: list[str]) -> Problem:
    right = f"known here: {', '.join(known[:12])}" if known else f"the plant has no {kind}"
    return Problem((*path, name), f"found no {kind} {name!r}", right, nearest_name(name, known))


def _within(
    path: Path, kind: str, asked: Mapping[str, float], there: Mapping[str, float]
) -> Iterator[Problem]:
    """Look for names that are unknown, and for more than there is."""
    for name, amount in asked.items():
        if name not in there:
            yield _unknown(path, kind, name, list(there))
        elif amount > there[name]:
            found = f"found {amount:g} of {name!r}"
            yield Problem((*path, name), found, f"there are {there[name]:g}; take at most that many")


def _tools(plant: Plant) -> Iterator[Problem]:
    there = {tool.id: float(tool.count) for tool in plant.tools}
    for route, operations in plant.routes.items():
        for number, operation in enumerate(operations):
            yield from _within(("routes", route, number, "tools"), "tool", operation.tools, there)


def _utilities(plant: Plant) -> Iterator[Problem]:
    limits = {utility.id: utility.limit for utility in plant.utilities}
    for number, center in enumerate(plant.work_centers):
        yield from _within(("work_centers", number, "uses"), "utility", center.uses, limits)


def _downtimes(
    plant: Plant, path: Path, center: WorkCenter, people: Mapping[str, float]
) -> Iterator[Problem]:
    needs = [(("failures", i), f.needs) for i, f in enumerate(center.failures)]
    needs += [(("maintenance", i), m.needs) for i, m in enumerate(center.maintenance)]
    for place, asked in needs:
        yield from _within((*path, *place, "needs"), "personnel or skill", asked, people)
    for number, plan in enumerate(center.maintenance):
        here = (*path, "maintenance", number)
        if plan.window is not None and plan.window not in plant.calendars:
            names = list(plant.calendars)
            near = nearest_name(plan.window, names)
            found = f"found no calendar {plan.window!r}"
            yield Problem((*here, "window"), found, f"known here: {', '.join(names) or 'none'}", near)
        if plan.ahead and plan.group is None:
            yield Problem((*here, "ahead"), "found no group", "ahead says when it is done with its group")
        if plan.ahead and plan.clock.value in ("cycles", "pieces"):
            yield Problem((*here, "ahead"), "found a time for a clock that counts", "leave out ahead here")


def _start_up(plant: Plant, path: Path, center: WorkCenter) -> Iterator[Problem]:
    if not center.start_up and not center.shut_down:
        return
    here = (*path, "start_up" if center.start_up else "shut_down")
    if center.calendar is None:
        yield Problem(here, "found no calendar", "a unit that never closes never starts up: give a calendar")
    elif max(center.start_up, center.shut_down) > DAY_S:
        yield Problem(here, "found more than a day", "a unit starts up and shuts down within 24 h")
    elif center.calendar in plant.calendars and plant.calendars[center.calendar].weekly:
        working = work_calendar(plant, center)
        if working is not None and not working.weekly:
            yield Problem(here, "found no time left to work", "leave some of the shift for work")
