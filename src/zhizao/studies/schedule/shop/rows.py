"""The schedule that a search found as an event log, for the twin to follow."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from zhizao.plant import During, Plant
from zhizao.records import EVENTS
from zhizao.solvers.shop import Schedule
from zhizao.studies.schedule.shop.instance import ShopInstance


def rows_of(plant: Plant, instance: ShopInstance, schedule: Schedule) -> pl.DataFrame:
    """The schedule as an event log (schema `records.EVENTS`): set-ups, and one row for each lot."""
    start = plant.start
    unit_of = instance.problem.mode_unit[schedule.mode]
    rows: list[tuple[object, ...]] = []
    set_up = _set_ups(instance, schedule)
    batch = 0
    for row in np.argsort(schedule.start, kind="stable").tolist():
        task = instance.tasks[row]
        if task.operation is None:
            continue
        center, unit = instance.units[unit_of[row]]
        begin, end = _moment(start, schedule.start[row]), _moment(start, schedule.end[row])
        batch += len(task.lots) > 1
        people = ", ".join(n for n, need in task.operation.needs.items() if need.during is not During.SETUP)
        first = instance.lots[task.lots[0]]
        if set_up.get(row, 0) > 0:
            before = _moment(start, schedule.start[row] - set_up[row])
            what = (first.id, first.order, first.product, task.operation.id)
            rows.append((*what, center, unit, "setup", before, begin, *[None] * 4, None, None))
        for number in task.lots:
            lot = instance.lots[number]
            what = (lot.id, lot.order, lot.product, task.operation.id)
            name = f"B{batch}" if len(task.lots) > 1 else None
            sizes = (lot.pieces, lot.pieces, 0, 0)
            rows.append((*what, center, unit, "process", begin, end, *sizes, people or None, name))
    return pl.DataFrame(rows, schema=EVENTS, orient="row")


def _moment(start: datetime, seconds: int) -> datetime:
    return start + timedelta(seconds=int(seconds))


def _set_ups(instance: ShopInstance, schedule: Schedule) -> dict[int, int]:
    """Seconds of set-up before each row that has one, in working time of the unit."""
    setups = instance.problem.setups
    if setups is None:
        return {}
    unit = instance.problem.mode_unit[schedule.mode]
    found: dict[int, int] = {}
    family = {row: int(start) for row, start in enumerate(setups.start)}
    for row in np.lexsort((schedule.end, schedule.start)).tolist():
        u, own = int(unit[row]), int(setups.family[row])
        before = family.get(u, -1)
        if before >= 0 and (takes := int(setups.time[u if len(setups.time) > 1 else 0, before, own])):
            found[row] = takes
        family[u] = own
    return found
