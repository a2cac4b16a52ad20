"""From a plant and its lots to a shop as arrays, in whole seconds from the plant's start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from zhizao.plant import During, Plant
from zhizao.plant.query import mean_lot_s, takes_at, work_calendar
from zhizao.solvers.shop import LATEST, Ints, Objective, Problem
from zhizao.studies.schedule.shop.setups import setups
from zhizao.studies.schedule.shop.tasks import Task, tasks_of
from zhizao.studies.schedule.work import Lot


@dataclass(frozen=True, slots=True, eq=False)
class ShopInstance:
    """A shop, and what its rows are. `units`: (work center, unit) by row; places of waits follow them."""

    problem: Problem
    lots: tuple[Lot, ...]
    tasks: tuple[Task, ...]
    units: tuple[tuple[str, str], ...]


def is_pure(plant: Plant, lots: Sequence[Lot]) -> bool:
    """Whether nothing but units and set-ups limits the work: other shops have no search of their own."""
    moves = plant.transport
    needs = any(
        o.tools or any(need.during is not During.SETUP for need in o.needs.values())
        for lot in lots
        for o in lot.route
    )
    limited = any(work_calendar(plant, center) is not None or center.uses for center in plant.work_centers)
    return not (needs or limited or moves.default > 0 or moves.times)


def shop_instance(plant: Plant, lots: Sequence[Lot], *, objective: Objective) -> ShopInstance:
    """Make the shop of a plant that is pure."""
    tasks, before = tasks_of(plant, lots)
    units = tuple((center.id, unit.id) for center in plant.work_centers for unit in center.units)
    modes, rows = _modes(plant, tasks, lots)
    flat = np.array([mode for own in modes for mode in own], np.int64).reshape(-1, 2)
    due = [LATEST if lot.due_s is None else floor(lot.due_s) for lot in lots]
    release = [max(0, ceil(lot.release_s)) for lot in lots]
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
    )
    return ShopInstance(problem, tuple(lots), tuple(tasks), units)


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
