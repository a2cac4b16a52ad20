"""A plant lowered for runs that start from a state of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b

import numpy as np
import polars as pl

from zhizao.engine.lower import Lowered, lower
from zhizao.engine.opening import Opening, Repair, Seat
from zhizao.engine.run import with_log_level
from zhizao.engine.session.apply import Added, with_order
from zhizao.engine.session.image import open_image
from zhizao.engine.settings import LogLevel
from zhizao.plant import Condition, JobOrder, LotPlace, LotState, Plant, PlantState, starting_at, state_text
from zhizao.plant.query.transport import vehicle_places


def lower_at(plant: Plant, state: PlantState, plan: pl.DataFrame | None = None) -> Lowered:
    """Lower a plant for runs that start from a state.

    With an exact image all replications go on from it, each with random numbers of its own. Without one
    the plant is that of `starting_at`.

    Raises
    ------
    InputError
        The image is of another plant, plan or program, or the state cannot be expressed.
    """
    digest = blake2b(state_text(state).encode(), digest_size=16).hexdigest()
    if state.exact is not None:
        lowered = lower(plant, plan=plan)
        image = open_image(state.exact, with_log_level(lowered, LogLevel.EVENTS))
        for row, moment, order in image.orders:
            lowered = with_order(lowered, Added(row, moment, JobOrder.model_validate_json(order)))
        return replace(lowered, opening=Opening(digest, image.now, image.event, image.state))
    lowered = lower(starting_at(plant, state), plan=plan)
    opening = Opening(
        digest,
        families=tuple(_families(lowered, state)),
        seats=tuple(_seats(lowered, state)),
        repairs=tuple(_repairs(lowered, state)),
    )
    return replace(lowered, opening=opening)


def _families(lowered: Lowered, state: PlantState) -> Iterator[tuple[int, int]]:
    names, places = lowered.names, vehicle_places(lowered.plant)
    for unit in state.units:
        row = names.units.index(unit.id)
        own = places.get(names.centers[names.center_of_unit[row]])
        if unit.setup_family is not None:
            yield row, names.families.index(unit.setup_family)
        if unit.place is not None and own is not None:
            yield row, own.index(unit.place)


def _seats(lowered: Lowered, state: PlantState) -> Iterator[Seat]:
    by_unit: dict[str, list[LotState]] = {}
    for lot in state.lots:
        if lot.at is LotPlace.IN_WORK and lot.unit is not None:
            by_unit.setdefault(lot.unit, []).append(lot)
    setting_up = {unit.id for unit in state.units if unit.state is Condition.SETUP}
    for name, lots in by_unit.items():
        left = [lot.left for lot in lots if lot.left is not None]
        yield Seat(
            name,
            lowered.names.units.index(name),
            tuple(lowered.names.orders.index(lot.id) for lot in lots),
            max(left) if left else -1.0,
            name in setting_up,
        )


def _repairs(lowered: Lowered, state: PlantState) -> Iterator[Repair]:
    table = lowered.tables.downtimes
    for unit in state.units:
        if unit.repair_left is None:
            continue
        row = lowered.names.units.index(unit.id)
        planned = int(unit.state is Condition.MAINTENANCE)
        fitting = np.flatnonzero((table.unit == row) & (table.planned == planned))
        yield Repair(row, int(fitting[0]), unit.repair_left)
