"""How busy each resource is: share of the time that it has, on machines and people alike."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.kpi.clocks import open_intervals
from zhizao.kpi.elements import Level, Times, elements_by
from zhizao.records.schema import Records

if TYPE_CHECKING:
    from zhizao.plant.model import Plant

LOADS: dict[str, pl.DataType | type[pl.DataType]] = {
    "resource": pl.String,
    "kind": pl.String,
    "count": pl.Int64,
    "load": pl.Float64,
    "blocked": pl.Float64,
}


def loads(records: Records, plant: Plant) -> pl.DataFrame:
    """Load of every work center and every group of people: `resource`, `kind`, `count`, `load`, `blocked`.

    Of a work center: busy and set-up time over working time less down time and maintenance (work over the
    time in which work is possible; Hopp & Spearman, *Factory Physics*, 3rd ed. 2008, section 8.3). `blocked`
    is the share of that time in which finished or paused work holds the unit. Of people: time at work over
    attendance; people whom no operation needs are left out. Null where unknown.
    """
    rows = [
        (e.work_center, "work center", e.units, *_shares(e.time.aupt_s, _held(e.time), _able(e.time)))
        for e in elements_by(_without_events(records), plant, Level.WORK_CENTER)
    ]
    worked = records.personnel_s or {}
    for crew in (crew for crew in plant.personnel if _is_needed(plant, {crew.id, *crew.skills})):
        calendar = None if crew.calendar is None else plant.calendars[crew.calendar]
        opened = float(np.diff(open_intervals(calendar, records.start, records.end), axis=1).sum())
        rows.append(
            (crew.id, "personnel", crew.count, *_shares(worked.get(crew.id, nan), nan, crew.count * opened))
        )
    frame = pl.DataFrame(rows, schema=LOADS, orient="row")
    return frame.with_columns(pl.col("load", "blocked").fill_nan(None))


def _is_needed(plant: Plant, names: set[str]) -> bool:
    return any(names & set(operation.needs) for route in plant.routes.values() for operation in route)


def _without_events(records: Records) -> Records:
    """The states tell all that is wanted here, and the event log is long."""
    if records.states is None:
        return records
    return Records(records.start, records.end, records.lots, None, records.states, records.personnel_s)


def _able(time: Times) -> float:
    return time.pbt_s - time.adot_s


def _held(time: Times) -> float:
    return time.blocked_s + time.waiting_s


def _shares(used: float, held: float, able: float) -> tuple[float, float]:
    return (used / able, held / able) if able > 0 else (nan, nan)
