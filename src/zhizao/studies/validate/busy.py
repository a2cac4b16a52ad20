"""Hours of work by work center; a pause of work in hand over a closed shift is not work."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import numpy.typing as npt

from zhizao.plant.model import OffShift, Plant
from zhizao.quantities.calendars import Calendar
from zhizao.studies.validate.cohort import DAY_S, HOUR_S, WEEK_S, Cohort, Floats


def worked_hours(log: Cohort, plant: Plant | None = None) -> dict[str, float]:
    """Hours of set-up, processing and inspection by work center.

    A factory's rows are taken as reported; where rows of a lot overlap on a work center (two people on
    one job) the time counts once. For a twin (`plant` given) a row that spans closed time of a work
    center that pauses counts its open time only.
    """
    share = _uncovered_share(log)
    span_s = log.end_s - log.start_s
    centers = np.array(log.work_center, dtype=object)
    if plant is not None:
        for center in plant.work_centers:
            rows = centers == center.id
            if center.calendar is not None and center.off_shift is OffShift.PAUSE and rows.any():
                span_s[rows] = open_s(plant.calendars[center.calendar], log, rows)
    hours: dict[str, float] = {}
    for name, seconds in zip(log.work_center, span_s * share, strict=True):
        hours[name] = hours.get(name, 0.0) + float(seconds) / HOUR_S
    return hours


def _uncovered_share(log: Cohort) -> Floats:
    """Share of each row that no earlier row of its lot on its work center covers."""
    share = np.ones(len(log.lot))
    reach: dict[tuple[int, str], float] = {}
    for i, (lot, name) in enumerate(zip(log.lot, log.work_center, strict=True)):
        start, end = log.start_s[i], log.end_s[i]
        before = reach.get((lot, name), -np.inf)
        if end > start:
            share[i] = max(0.0, end - max(start, before)) / (end - start)
        reach[lot, name] = max(before, end)
    return share


def open_s(calendar: Calendar, log: Cohort, rows: npt.NDArray[np.bool_]) -> Floats:
    """Open seconds of a calendar within each of the picked rows."""
    start, end = log.start_s[rows], log.end_s[rows]
    first = int(min(start.min(), 0.0) // DAY_S)
    last = int(end.max() // DAY_S) + 1
    opens = [interval for day in range(first, last + 1) for interval in _on_day(calendar, log, day)]
    if not opens:
        return np.zeros(len(start))
    edges = np.array(opens)
    total = np.concatenate([[0.0], np.cumsum(edges[:, 1] - edges[:, 0])])
    return _until(end, edges, total) - _until(start, edges, total)


def _until(at: Floats, edges: Floats, total: Floats) -> Floats:
    """Open seconds before each moment."""
    index = np.searchsorted(edges[:, 0], at, side="right")
    inside = np.minimum(at, edges[np.maximum(index - 1, 0), 1]) - edges[np.maximum(index - 1, 0), 0]
    return np.where(index > 0, total[np.maximum(index - 1, 0)] + inside, 0.0)


def _on_day(calendar: Calendar, log: Cohort, day: int) -> list[tuple[float, float]]:
    """Open intervals of one day (day 0: the origin's Monday), in s since the origin."""
    date = (log.origin + timedelta(days=day)).date()
    special = dict(calendar.exceptions).get(date)
    if special is not None:
        return [(day * DAY_S + a, day * DAY_S + b) for a, b in special]
    shift = day * DAY_S - (day * DAY_S) % WEEK_S
    low, high = (day * DAY_S) % WEEK_S, (day * DAY_S) % WEEK_S + DAY_S
    cut = [(max(a, low), min(b, high)) for a, b in calendar.weekly]
    return [(shift + a, shift + b) for a, b in cut if b > a]


def busy_hours_error(real: dict[str, float], twin: dict[str, float]) -> float:
    """Sum over work centers of the gap in hours, over the hours of the log."""
    names = real.keys() | twin.keys()
    gap = sum(abs(real.get(name, 0.0) - twin.get(name, 0.0)) for name in names)
    return gap / max(sum(real.values()), 1e-12)
