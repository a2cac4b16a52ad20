"""Lower a plan: what each lot of the order table is to do when, where, on which unit.

A plan is a frame with columns of the event log: `order`, `lot`, `operation`, `work_center`, `unit`,
`activity` (only `process` and `setup` count; all rows are `process` where the column is missing), `start`,
`batch`, `not_before` and `frozen`: an operation may start before `start`, where nothing else can, but never
before `not_before`; a unit takes its frozen operations in the order of their starts, and until the last of
them nothing else, though it be idle or down. An operation is planned for the moment at which its unit is
taken: the start of its set-up, if the plan has one, which counts for all lots of its batch. A lot in the
plant at the start is known by its id in `lot`; the n-th lot of an order in the plan (by name, numbers in
names counting as numbers) is the n-th lot that the twin makes of that order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from zhizao.engine.pools import Pools, records
from zhizao.kernels import tables as k
from zhizao.plant import Plant
from zhizao.plant.query import job_orders, routes_of
from zhizao.quantities import InputError, nearest_name
from zhizao.records import EVENTS, HOLDS, Activity, conform

_COLUMNS = ("order", "lot", "operation", "work_center", "unit", "activity", "start", "batch")
_NOT_BEFORE = "not_before"
_FROZEN = "frozen"
_BETWEEN = (-1, -1, -1, 0.0, 0.0, 0, 0, 0.0, k.NO_TURN)
_FAR_S = 9e8  # of starts; PLAN_ZERO_S keeps their ranks before those of rules
_MOST_FAULTS = 10
_START = 3  # place in a row

_Row = tuple[int, int, int, float, float, int, int, float, int]


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """What the ids of a plan are to the tables: rows of steps, orders and units."""

    plant: Plant
    steps: dict[tuple[str, str], int]
    alt_first: Any
    orders: tuple[str, ...]
    units: tuple[str, ...]
    pools: Pools


class _Job(NamedTuple):
    """A row of the order table, with the routes of its product and the lots that come of it."""

    row: int
    routes: tuple[str, ...]
    lots: int


class _RowError(Exception):
    """One row of a plan that does not fit the plant."""


def lower_plan(plan: pl.DataFrame | None, known: Planned, orders: Any) -> Any:
    """The table of planned operations; `orders` receives where the lots of each begin.

    Raises
    ------
    InputError
        Rows do not fit the plant; the message names the first ones.
    """
    rows: list[_Row] = [_BETWEEN]
    if plan is not None:
        for job, lots in _by_order(plan, known).items():
            orders[job.row].planned = len(lots)
            firsts = []
            for name in sorted(lots, key=_in_order):
                firsts.append(len(rows) - 1)
                rows += [*sorted(lots[name], key=lambda row: row[_START]), _BETWEEN]
            orders[job.row].plan = known.pools.add_list(firsts)
    plans = records(k.PLAN, rows)
    _link_turns(plans)
    return plans


def _link_turns(plans: Any) -> None:
    """Let the frozen operations of each unit have their turn in the order of their starts."""
    frozen = np.flatnonzero(plans["then"] != k.NO_TURN)
    order = frozen[np.lexsort((plans["start"][frozen], plans["unit"][frozen]))]
    same = plans["unit"][order[1:]] == plans["unit"][order[:-1]]
    plans["then"][order[:-1]] = np.where(same, order[1:], k.LAST_TURN)


def _in_order(name: str) -> list[tuple[int, str]]:
    """Sorts names with the numbers in them by their size."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _by_order(plan: pl.DataFrame, known: Planned) -> dict[_Job, dict[str, list[_Row]]]:
    columns = {name: EVENTS[name] for name in _COLUMNS} | HOLDS
    frame = conform(plan, columns)
    reader, faults = _Reader(known), list[str]()
    found: dict[_Job, dict[str, list[_Row]]] = {}
    for number, row in enumerate(_taken(frame), 1):
        if row["activity"] not in (None, Activity.PROCESS.value):
            continue
        try:
            job = reader.job(row)
            found.setdefault(job, {}).setdefault(row["lot"] or "", []).extend(reader.rows(job, row))
        except _RowError as wrong:
            faults.append(f"row {number}: {wrong}")
    faults += [
        f"order {known.orders[job.row]!r}: found {len(lots)} lots; the twin makes {job.lots} of it, and lots "
        "that come of splitting go by the plan of the one that they come from"
        for job, lots in found.items()
        if len(lots) > job.lots
    ]
    if faults:
        more = [f"and {len(faults) - _MOST_FAULTS} more"] if len(faults) > _MOST_FAULTS else []
        raise InputError("\n  ".join(["the plan does not fit the plant:", *faults[:_MOST_FAULTS], *more]))
    return found


def _taken(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of a plan; work starts when its unit is taken, with the set-up of its lot or of its batch."""
    rows = list(frame.iter_rows(named=True))
    set_up: dict[tuple[Any, ...], datetime] = {}
    batches: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in sorted((row for row in rows if row["start"] is not None), key=_setup_first):
        lot = tuple(row[name] for name in ("order", "lot", "operation", "unit"))
        if row["activity"] == Activity.SETUP.value:
            set_up.setdefault(lot, row["start"])
        elif row["activity"] in (None, Activity.PROCESS.value):
            if row["batch"] is not None:
                batches.setdefault((row["unit"], row["start"], row["batch"]), []).append(row)
            row["start"] = set_up.pop(lot, row["start"])
    _in_turn(batches.values())
    return rows


def _in_turn(batches: Iterable[list[dict[str, Any]]]) -> None:
    """Let the lots of a batch start one behind the other in the order of the plan, a microsecond apart.

    The first is then the one that the unit is set up for, and no lot of another batch comes between.
    """
    taken: dict[tuple[Any, ...], int] = {}
    for lots in batches:
        start = min(row["start"] for row in lots)
        place = lots[0]["work_center"], start
        for row in lots:
            row["start"] = start + timedelta(microseconds=taken.get(place, 0))
            taken[place] = taken.get(place, 0) + 1


def _setup_first(row: dict[str, Any]) -> tuple[datetime, bool]:
    return row["start"], row["activity"] != Activity.SETUP.value


class _Reader:
    """Finds what a row of a plan means."""

    def __init__(self, known: Planned) -> None:
        plant = known.plant
        self._known = known
        self._start = plant.start
        self._lots = {lot.id: row for row, lot in enumerate(plant.wip)}
        place = {name: row for row, name in enumerate(known.orders)}  # of one name, the order comes last
        jobs = job_orders(plant)
        made = {
            order.id: _Job(
                place[order.id],
                tuple(routes_of(plant.products[order.product])),
                -(-order.pieces // plant.products[order.product].lot),
            )
            for order in jobs
        }
        here = {
            lot.id: _Job(self._lots[lot.id], tuple(routes_of(plant.products[lot.product])), 1)
            for lot in plant.wip
        }
        self._here, self._jobs = here, here | made
        self._units = {name: row for row, name in enumerate(known.units)}
        self._of_unit = {unit.id: center.id for center in plant.work_centers for unit in center.units}

    def job(self, row: dict[str, Any]) -> _Job:
        """The order, or the lot in the plant, that a row is about."""
        job = self._here.get(row["lot"]) or self._jobs.get(row["order"])
        if job is not None:
            return job
        if row["order"] is None:
            raise _RowError(
                f"lot {row['lot']!r} names no order, and is no lot that is in the plant at the start"
            )
        hint = _hint(row["order"], self._jobs)
        raise _RowError(
            f"there is no order {row['order']!r} in the plant's table of orders{hint}; "
            "leave out orders that the plant does not list (those of streams are not known before they come)"
        )

    def rows(self, job: _Job, row: dict[str, Any]) -> Iterator[_Row]:
        """The step of each of its routes that a row plans."""
        start = self._seconds(row["start"])
        not_before = 0.0 if row[_NOT_BEFORE] is None else self._seconds(row[_NOT_BEFORE])
        named = {o.id: o for route in job.routes for o in self._known.plant.routes[route]}
        if row["operation"] not in named:
            right = ", ".join(named)
            raise _RowError(
                f"its product has no operation {row['operation']!r}{_hint(row['operation'], named)}; "
                f"right is one of {right}"
            )
        unit, center = self._place(row)
        then = k.LAST_TURN if row[_FROZEN] and unit >= 0 else k.NO_TURN
        for route in job.routes:
            step = self._known.steps.get((route, row["operation"]))
            if step is not None:
                alternative = self._alternative(route, row, step, center)
                yield step, alternative, unit, start, not_before, 0, 0, 0.0, then

    def _seconds(self, start: datetime | None) -> float:
        if start is None:
            raise _RowError("found no start; give the planned start of each operation")
        seconds = (start - self._start).total_seconds()
        if abs(seconds) > _FAR_S:
            raise _RowError(f"it starts at {start}, too far from the plant's start {self._start}")
        return seconds

    def _place(self, row: dict[str, Any]) -> tuple[int, str | None]:
        """Row of the unit (-1: any), and the work center (None: any)."""
        unit, center = row["unit"], row["work_center"]
        if unit is None:
            return -1, center
        if unit not in self._of_unit:
            raise _RowError(f"there is no unit {unit!r}{_hint(unit, self._of_unit)}")
        if center not in (None, self._of_unit[unit]):
            raise _RowError(f"unit {unit!r} is in work center {self._of_unit[unit]!r}, not in {center!r}")
        return self._units[unit], self._of_unit[unit]

    def _alternative(self, route: str, row: dict[str, Any], step: int, center: str | None) -> int:
        operations = self._known.plant.routes[route]
        operation = next(o for o in operations if o.id == row["operation"])
        on = [alternative.work_center for alternative in operation.on]
        if center is None:
            return -1
        if center not in on:
            raise _RowError(
                f"operation {row['operation']!r} is not done at work center {center!r}{_hint(center, on)}; "
                f"right is one of {', '.join(on)}"
            )
        return int(self._known.alt_first[step]) + on.index(center)


def _hint(name: str | None, valid: Any) -> str:
    near = nearest_name(name, valid) if name else None
    return f"; did you mean {near!r}?" if near else ""
