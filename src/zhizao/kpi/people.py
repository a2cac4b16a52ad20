"""Working hours of people, overtime among them, and what the people cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import nan
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.kpi.clocks import Floats, is_open, open_intervals
from zhizao.kpi.states import placed, seconds_from
from zhizao.plant.model import OffShift
from zhizao.records.schema import Activity, Records

if TYPE_CHECKING:
    from zhizao.plant.model import Personnel, Plant

_STOPS = (Activity.FAILURE.value, Activity.MAINTENANCE.value)
_Groups = tuple["Personnel", ...]
_SAME_S = 1e-3  # times that differ by less are one


@dataclass(frozen=True, slots=True)
class Hours:
    """Person-seconds and money within the window; nan where unknown."""

    work_s: float = nan
    attendance_s: float = nan
    overtime_s: float = nan
    cost: float = nan


def hours_of_people(records: Records, plant: Plant) -> Hours:
    """Hours of all people of a plant, and their cost (nan too where no group has one).

    Those of a group attend for its working time and what they work outside it, their overtime.
    """
    people = plant.personnel
    if not people:
        return Hours(work_s=_work_s(records, plant))
    regular = {group.id: group.count * _open_s(records, plant, group.calendar) for group in people}
    overtime, overtime_cost = _overtime(records, plant)
    regular_cost = sum(group.cost * regular[group.id] / 3600 for group in people)
    return Hours(
        work_s=_work_s(records, plant),
        attendance_s=sum(regular.values()) + overtime,
        overtime_s=overtime,
        cost=regular_cost + overtime_cost if are_paid(plant) else nan,
    )


def attendance_s(records: Records, plant: Plant, group: Personnel) -> float:
    """Person-seconds in which a group is there: its working time, and its overtime as recorded."""
    overtime = (records.overtime_s or {}).get(group.id, 0.0)
    return group.count * _open_s(records, plant, group.calendar) + overtime


def are_paid(plant: Plant) -> bool:
    """Whether the plant states a cost of people at all."""
    return any(group.cost or group.overtime_cost for group in plant.personnel)


def overtime_rate(group: Personnel) -> float:
    """Money per person and hour of overtime."""
    return group.cost if group.overtime_cost is None else group.overtime_cost


def _open_s(records: Records, plant: Plant, calendar: str | None) -> float:
    return float(np.diff(_open(records, plant, calendar), axis=1).sum())


def _open(records: Records, plant: Plant, calendar: str | None) -> Floats:
    known = None if calendar is None else plant.calendars[calendar]
    return open_intervals(known, records.start, records.end)


# ---------------------------------------------------------------- as recorded, or else by the event log
def _work_s(records: Records, plant: Plant) -> float:
    """Time at work: as recorded, else that of the rows of each name."""
    if records.personnel_s is not None:
        return float(sum(records.personnel_s.values()))
    rows = _rows_of_people(records)
    if rows is None:
        return nan
    return sum(
        _union_s([spans for spans, _ in _jobs(part, records, plant, groups)])
        for part, groups in _by_name(rows, plant)
    )


def _overtime(records: Records, plant: Plant) -> tuple[float, float]:
    """(Overtime in person-s, its cost)."""
    if records.overtime_s is not None:
        recorded = records.overtime_s
        cost = sum(overtime_rate(group) * recorded.get(group.id, 0.0) / 3600 for group in plant.personnel)
        return float(sum(recorded.values())), cost
    rows = _rows_of_people(records)
    if rows is None:
        return (nan, nan) if _may_work_over_time(plant) else (0.0, 0.0)
    each = [_overtime_of(part, records, plant, groups) for part, groups in _by_name(rows, plant)]
    return sum(seconds for seconds, _ in each), sum(cost for _, cost in each)


def _may_work_over_time(plant: Plant) -> bool:
    shifts = any(group.calendar is not None for group in plant.personnel)
    return shifts and any(center.off_shift is OffShift.FINISH for center in plant.work_centers)


def _overtime_of(rows: pl.DataFrame, records: Records, plant: Plant, groups: _Groups) -> tuple[float, float]:
    """(Overtime in s, its cost) of one name in a log; unknown where it depends on whose name that is."""
    jobs = [spans for spans, goes_on in _jobs(rows, records, plant, groups) if goes_on]
    found = []
    for calendar in {group.calendar for group in groups}:
        opened = _open(records, plant, calendar)
        found.append(_union_s([_pieces(spans, opened, outside=True) for spans in jobs]))
    if max(found) - min(found) > _SAME_S:
        return nan, nan
    if max(found) <= _SAME_S:
        return 0.0, 0.0
    rates = {overtime_rate(group) for group in groups}
    return max(found), max(found) * (rates.pop() if len(rates) == 1 else nan) / 3600


def _rows_of_people(records: Records) -> pl.DataFrame | None:
    events = records.events
    if events is None or not events["personnel"].count():
        return None
    return placed(events.filter(pl.col("personnel").is_not_null()))


def _by_name(rows: pl.DataFrame, plant: Plant) -> Iterator[tuple[pl.DataFrame, _Groups]]:
    """Rows of each name with the group of that name, or all to which a person of another name may belong."""
    for (name,), part in rows.partition_by("personnel", as_dict=True).items():
        yield part, tuple(group for group in plant.personnel if group.id == name) or plant.personnel


# ---------------------------------------------------------------- working time as intervals
def _jobs(
    rows: pl.DataFrame, records: Records, plant: Plant, groups: _Groups
) -> Iterator[tuple[Floats, bool]]:
    """Work on each unit in s of the window, and whether it goes on off shift.

    What pauses is worked on while the work center is open, and the people's group, where that is known. So
    is a repair, whatever the center.
    """
    centers = {center.id: center for center in plant.work_centers}
    own = {group.calendar for group in groups}
    stops = rows.with_columns(stop=pl.col("activity").is_in(_STOPS))
    for (place, _, stop), part in stops.partition_by("work_center", "unit", "stop", as_dict=True).items():
        spans = _spans(part, records.start, records.end)
        center = centers.get(str(place))
        if not stop and (center is None or center.off_shift is OffShift.FINISH):
            yield spans, True
            continue
        limits = [*own] if len(own) == 1 else []
        if center is not None and not stop:
            limits.append(center.calendar)
        for calendar in limits:
            spans = _pieces(spans, _open(records, plant, calendar))
        yield spans, False


def _union_s(jobs: list[Floats]) -> float:
    """Seconds in which any of the jobs is done: a name in a log is one person, who works once at a time."""
    return float(np.diff(_merged(np.concatenate([np.empty((0, 2)), *jobs])), axis=1).sum())


def _spans(rows: pl.DataFrame, start: datetime, end: datetime) -> Floats:
    """Rows within the window, as merged intervals in s from its start."""
    low, high = seconds_from(pl.col("start"), start), seconds_from(pl.col("end").fill_null(end), start)
    window_s = (end - start).total_seconds()
    return _merged(rows.select(low.alias("low"), high.alias("high")).to_numpy().clip(0.0, window_s))


def _merged(spans: Floats) -> Floats:
    """The same time, as intervals that are sorted and apart."""
    spans = spans[spans[:, 1] > spans[:, 0]]
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(spans[:, 1])
    first = np.flatnonzero(np.append(True, spans[1:, 0] > reach[:-1])[: len(spans)])
    last = np.append(first[1:], len(spans)) - 1
    return np.column_stack([spans[first, 0], reach[last]]) if len(spans) else spans


def _pieces(spans: Floats, others: Floats, *, outside: bool = False) -> Floats:
    """Parts of merged intervals within others, or outside them."""
    edges = np.unique(np.concatenate([spans.ravel(), others.ravel()]))
    middles = (edges[:-1] + edges[1:]) / 2
    wanted = is_open(spans, middles) & (is_open(others, middles) != outside)
    return _merged(np.column_stack([edges[:-1], edges[1:]])[wanted])
