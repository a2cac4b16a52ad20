"""Working time of equipment."""

from __future__ import annotations

from zhizao.plant.model import Plant, WorkCenter
from zhizao.quantities.calendars import Calendar, trimmed


def own_calendar(plant: Plant, name: str | None) -> Calendar | None:
    """Calendar of that name; None: always open."""
    return None if name is None else plant.calendars[name]


def work_calendar(plant: Plant, center: WorkCenter) -> Calendar | None:
    """Time in which a work center can work: its calendar less starting up and shutting down; None: always."""
    calendar = own_calendar(plant, center.calendar)
    if calendar is None or not (center.start_up or center.shut_down):
        return calendar
    return trimmed(calendar, center.start_up, center.shut_down)
