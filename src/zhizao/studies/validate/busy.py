"""Hours of work by work center; a pause of work in hand over a closed shift is not work."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import numpy.typing as npt

from zhizao.kpi.states import pauses
from zhizao.plant.model import Plant
from zhizao.quantities.calendars import Calendar, working_intervals
from zhizao.studies.validate.cohort import HOUR_S, WEEK_S, Cohort, Floats


def hours_by_row(log: Cohort, plant: Plant | None = None) -> Floats:
    """Hours of set-up, processing and inspection of each row.

    Where rows of a lot overlap on a work center (two people on one job) the time counts once. Closed time
    that a row spans from closing to opening is a rest, in a factory's log and in the twin's alike; the
    plant's calendars say when that is. Work that a factory reports beyond its hours counts as it is.
    """
    span_s = log.end_s - log.start_s
    centers = np.array(log.work_center, dtype=object)
    for name, calendar in _resting(plant).items():
        rows = centers == name
        if rows.any():
            span_s[rows] -= _rest_s(calendar, log, rows)
    hours: Floats = span_s * _uncovered_share(log) / HOUR_S
    return hours


def worked_hours(log: Cohort, plant: Plant | None = None) -> dict[str, float]:
    """Hours of set-up, processing and inspection by work center."""
    if not len(log.lot):
        return {}
    names, center = np.unique(np.array(log.work_center), return_inverse=True)
    hours = np.bincount(center, hours_by_row(log, plant))
    return {str(name): float(own) for name, own in zip(names, hours, strict=True)}


def _resting(plant: Plant | None) -> dict[str, Calendar]:
    """Calendars of the work centers whose work rests off shift."""
    centers = plant.work_centers if plant is not None else ()
    calendars = plant.calendars if plant is not None else {}
    return {
        center.id: calendars[center.calendar]
        for center in centers
        if center.calendar is not None and pauses(center)
    }


def _uncovered_share(log: Cohort) -> Floats:
    """Share of each row that no earlier row of its lot on its work center covers."""
    if not len(log.lot):
        return np.ones(0)
    _, center = np.unique(np.array(log.work_center), return_inverse=True)
    order = np.lexsort((log.start_s, center, log.lot))
    start, end = log.start_s[order], log.end_s[order]
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(log.lot[order]) != 0) | (np.diff(center[order]) != 0)
    # the latest end so far, each lot and work center lifted above all before it
    lift = np.cumsum(new) * (float(end.max() - start.min()) + 1.0)
    reach = np.maximum.accumulate(end + lift)
    before = np.concatenate([[-np.inf], reach[:-1]]) - lift
    share = np.ones(len(order))
    span = end - start
    worked = np.maximum(end - np.maximum(start, before), 0.0)
    share[order] = np.where(span > 0, worked / np.where(span > 0, span, 1.0), 1.0)
    return share


def _rest_s(calendar: Calendar, log: Cohort, rows: npt.NDArray[np.bool_]) -> Floats:
    """Closed seconds that each of the picked rows spans from closing to opening."""
    start, end = log.start_s[rows], log.end_s[rows]
    before = float(start.min()) - WEEK_S
    horizon_s = float(end.max()) + WEEK_S - before
    opens = working_intervals(calendar, log.origin + timedelta(seconds=before), horizon_s)
    edges = np.array(opens).reshape(-1, 2) + before
    closing, opening = edges[:-1, 1], edges[1:, 0]
    total = np.concatenate([[0.0], np.cumsum(opening - closing)])
    first = np.searchsorted(closing, start, side="left")
    last = np.searchsorted(opening, end, side="right")
    rest: Floats = np.maximum(
        total[np.minimum(last, len(closing))] - total[np.minimum(first, len(closing))], 0.0
    )
    return rest
