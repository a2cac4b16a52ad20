"""Set-ups of a shop: mean times from family to family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zhizao.plant import Plant, WorkCenter
from zhizao.quantities import mean
from zhizao.solvers.shop import Ints, SetUps
from zhizao.studies.schedule.shop.tasks import Task
from zhizao.studies.schedule.work import Lot

Family = tuple[str | None, ...]  # one name for each work center that is set up


def setups(plant: Plant, tasks: Sequence[Task], lots: Sequence[Lot], units: int) -> SetUps | None:
    """Mean times of set-ups; what has equal names at all work centers is one family."""
    centers = set_up(plant)
    if not centers:
        return None
    names = [family(plant, lots, task) for task in tasks]
    known = {name: row for row, name in enumerate(dict.fromkeys(names))}
    time = np.zeros((units, len(known), len(known)), np.int64)
    start = np.full(units, -1, np.int64)
    row = 0
    for center in plant.work_centers:
        if center.setup is not None:
            time[row : row + len(center.units)] = _matrix(center, centers.index(center), list(known))
        row += len(center.units)
    return SetUps(np.array([known[name] for name in names], np.int64), time, start)


def set_up(plant: Plant) -> list[WorkCenter]:
    """Work centers that are set up, in their order."""
    return [center for center in plant.work_centers if center.setup is not None]


def family(plant: Plant, lots: Sequence[Lot], task: Task) -> Family:
    """What a row is to each work center that is set up; None: nothing."""
    operation = task.operation
    found: list[str | None] = []
    for center in set_up(plant):
        at = {choice.work_center for choice in operation.on} if operation is not None else set()
        if center.setup is None or operation is None or center.id not in at:
            found.append(None)
            continue
        product = lots[task.lots[0]].product
        own = {"family": operation.setup_family, "operation": operation.id, "product": product}
        by = center.setup.by
        found.append(own[by] if by in own else plant.products[product].attributes.get(by))
    return tuple(found)


def _matrix(center: WorkCenter, place: int, families: Sequence[Family]) -> Ints:
    """Mean times in whole seconds at one work center, from family to family."""
    setup = center.setup
    assert setup is not None  # it is among those that are set up
    default = round(mean(setup.default))
    listed = {(entry.from_family, entry.to): round(mean(entry.takes)) for entry in setup.times}
    matrix = np.zeros((len(families), len(families)), np.int64)
    for i, before in enumerate(families):
        for j, after in enumerate(families):
            a, b = before[place], after[place]
            if b is not None and a != b:
                matrix[i, j] = listed.get((a, b), listed.get((None, b), default))
    return matrix
