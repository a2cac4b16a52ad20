"""Working time of equipment."""

from __future__ import annotations

from zhizao.plant.model import Plant, WorkCenter
from zhizao.quantities.calendars import Calendar, trimmed


def work_calendar(plant: Plant, center: WorkCenter) -> Calendar | None:
    """Time in which a work center can work: its calendar less starting up and shutting down; None: always."""
    if center.calendar is None:
        return None
    calendar = plant.calendars[center.calendar]
    if not center.start_up and not center.shut_down:
        return calendar
    return trimmed(calendar, center.start_up, center.shut_down)
