"""How busy each resource is: share of the time that it has, on machines and people alike."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

import polars as pl

from zhizao.kpi.elements import Level, Times, elements_by
from zhizao.kpi.formulas import ratio
from zhizao.kpi.people import attendance_s
from zhizao.plant.query import needed_by
from zhizao.plant.query.transport import transporter_ids
from zhizao.records.schema import Records

if TYPE_CHECKING:
    from zhizao.plant.model import Plant

LOADS: dict[str, pl.DataType | type[pl.DataType]] = {
    "resource": pl.String,
    "kind": pl.String,
    "count": pl.Int64,
    "load": pl.Float64,
}


def loads(records: Records, plant: Plant) -> pl.DataFrame:
    """Load of all equipment, groups of people, tools and utilities: `resource`, `kind`, `count`, `load`.

    Of a work center: busy and set-up time over working time less down time and maintenance, that is, work
    over the time in which work is possible. Of people: time at work over attendance, both with overtime;
    people whom no operation needs are left out. Of tools and utilities: what is in use over what there is.
    Null where unknown.
    """
    carriers = transporter_ids(plant)
    rows = [
        (
            e.work_center,
            "transport" if e.work_center in carriers else "work center",
            e.units,
            ratio(e.time.aupt_s, _able(e.time)),
        )
        for e in elements_by(_without_events(records), plant, Level.WORK_CENTER)
    ]
    worked = records.personnel_s or {}
    for group in needed_by(plant):
        there = attendance_s(records, plant, group)
        rows.append((group.id, "personnel", group.count, ratio(worked.get(group.id, nan), there)))
    window = (records.end - records.start).total_seconds()
    used = {**(records.tools_s or {}), **(records.utilities_s or {})}
    rows += [(t.id, "tool", t.count, ratio(used.get(t.id, nan), t.count * window)) for t in plant.tools]
    rows += [(u.id, "utility", 1, ratio(used.get(u.id, nan), u.limit * window)) for u in plant.utilities]
    frame = pl.DataFrame(rows, schema=LOADS, orient="row")
    return frame.with_columns(pl.col("load").fill_nan(None))


def _without_events(records: Records) -> Records:
    """The states suffice here, and the event log is long."""
    if records.states is None:
        return records
    return replace(records, events=None)


def _able(time: Times) -> float:
    return time.pbt_s - time.adot_s
