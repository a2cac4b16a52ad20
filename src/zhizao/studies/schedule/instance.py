"""From a plant and its lots to a shop as arrays, in whole seconds from the moment of planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from zhizao.plant import Plant
from zhizao.plant.query import fixed_time_s, mean_lot_s, takes_at
from zhizao.solvers.shop import LATEST, Ints, Objective, Problem, Transport
from zhizao.studies.schedule.limits import WEEK_S, breaks, pools, setups
from zhizao.studies.schedule.tasks import Task, tasks_of
from zhizao.studies.schedule.work import Lot

_SLACK = 4  # times the time that the work would take on units that are evenly used


@dataclass(frozen=True, slots=True, eq=False)
class ShopInstance:
    """A shop, and what its rows are. `units`: (work center, unit) by row; places of waits follow them."""

    problem: Problem
    lots: tuple[Lot, ...]
    tasks: tuple[Task, ...]
    units: tuple[tuple[str, str], ...]
    now_s: float
    horizon_s: int


def shop_instance(
    plant: Plant,
    lots: Sequence[Lot],
    *,
    objective: Objective,
    now_s: float = 0.0,
    horizon_s: int | None = None,
) -> ShopInstance:
    """Make the shop; `horizon_s`: how far ahead working times are looked up (default: far enough)."""
    tasks, before = tasks_of(plant, lots)
    units = tuple((center.id, unit.id) for center in plant.work_centers for unit in center.units)
    modes, rows = _modes(plant, tasks, lots)
    horizon = horizon_s or _horizon(plant, lots, modes, now_s)
    flat = np.array([mode for own in modes for mode in own], np.int64).reshape(-1, 2)
    due = [LATEST if lot.due_s is None else floor(lot.due_s - now_s) for lot in lots]
    release = [max(0, ceil(lot.release_s - now_s)) for lot in lots]
    problem = Problem(
        name=plant.name,
        job=np.array([task.lots[0] for task in tasks], np.int64),
        mode_first=_first(modes),
        mode_unit=flat[:, 0].copy(),
        mode_time=flat[:, 1].copy(),
        before_first=_first(before),
        before=np.array([row for own in before for row in own], np.int64),
        units=rows,
        release=np.array(release, np.int64),
        due=np.array(due, np.int64),
        weight=np.array([lot.weight for lot in lots], np.int64),
        objective=objective,
        setups=setups(plant, tasks, lots, rows),
        breaks=breaks(plant, tasks, (now_s, horizon)),
        transport=_transport(plant, rows),
        pools=pools(plant, tasks),
    )
    return ShopInstance(problem, tuple(lots), tuple(tasks), units, now_s, horizon)


def _first(rows: Sequence[Sequence[object]]) -> Ints:
    return np.cumsum([0, *map(len, rows)], dtype=np.int64)


def _modes(
    plant: Plant, tasks: Sequence[Task], lots: Sequence[Lot]
) -> tuple[list[list[tuple[int, int]]], int]:
    """(Unit, whole seconds) of each mode of each row, and how many units and places there are."""
    first, at = {}, 0
    for center in plant.work_centers:
        first[center.id] = at
        at += len(center.units)
    centers = {center.id: center for center in plant.work_centers}
    modes: list[list[tuple[int, int]]] = []
    for task in tasks:
        if task.operation is None:
            modes.append([(at, task.wait_s)])
            at += 1
            continue
        own = []
        begun = lots[task.lots[0]].begun if task.place == 0 else None
        for choice in task.operation.on:
            takes = takes_at(task.operation, choice)
            work = 0.0 if takes is None else mean_lot_s(takes, task.pieces)
            for row, unit in enumerate(centers[choice.work_center].units, first[choice.work_center]):
                if begun is None or begun.unit == unit.id:
                    left = None if begun is None else begun.left_s
                    own.append((row, max(round(work / unit.speed if left is None else left), int(work > 0))))
        modes.append(own)
    return modes, at


def _horizon(
    plant: Plant, lots: Sequence[Lot], modes: Sequence[Sequence[tuple[int, int]]], now_s: float
) -> int:
    """A time by which all is done, with much to spare: the load of the units over their working time."""
    latest = max(max(lot.release_s, lot.due_s or 0.0) for lot in lots) - now_s
    load: dict[int, float] = {}
    longest: dict[int, int] = {}
    for own in modes:
        for unit, time in own:
            load[unit] = load.get(unit, 0.0) + time / len(own)
            longest[unit] = max(longest.get(unit, 0), time)
    open_s = [
        sum(b - a for a, b in plant.calendars[center.calendar].weekly)
        for center in plant.work_centers
        if center.calendar
    ]
    share = max(min(open_s, default=WEEK_S), 3600.0) / WEEK_S
    return int(max(latest, 0.0) + _SLACK * (max(load.values(), default=0) / share + WEEK_S))


def _transport(plant: Plant, places: int) -> Transport | None:
    """Times between work centers, with vehicles always there; lots come in at a place of no distance."""
    moves = plant.transport
    if moves.default <= 0 and not moves.times:
        return None
    names = [center.id for center in plant.work_centers for _ in center.units]
    between = {(a, b): round(fixed_time_s(plant, a, b)) for a in set(names) for b in set(names)}
    time = np.zeros((places + 1, places + 1), np.int64)
    time[: len(names), : len(names)] = [[between[a, b] for b in names] for a in names]
    return Transport(time=time, vehicles=0, home=places)
