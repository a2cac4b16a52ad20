"""A plant lowered for runs that start from a state of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from zhizao.engine.lower import Lowered, lower
from zhizao.engine.opening import Opening, Repair, Seat
from zhizao.engine.run import with_log_level
from zhizao.engine.session.apply import Added, with_order
from zhizao.engine.session.image import open_image
from zhizao.engine.settings import LogLevel
from zhizao.plant import Condition, JobOrder, LotPlace, LotState, Plant, PlantState, starting_at
from zhizao.plant.model import Failure
from zhizao.plant.query.transport import KINDS, equipment, vehicle_places
from zhizao.quantities import Distribution, InputError

_NEVER_S = 1e12  # 30,000 years: later than any run ends
_NEVER = Failure(between=Distribution.constant(_NEVER_S), repair=Distribution.constant(0.0))


def lower_at(plant: Plant, state: PlantState, plan: pl.DataFrame | None = None) -> Lowered:
    """Lower a plant for runs that start from a state.

    With an exact image all replications go on from it, each with random numbers of its own. Without one
    the plant is that of `starting_at`.

    Raises
    ------
    InputError
        The image is of another plant, plan or program, or the state cannot be expressed.
    """
    if state.exact is not None:
        lowered = lower(plant, plan=plan)
        image = open_image(state.exact, with_log_level(lowered, LogLevel.EVENTS))
        for row, moment, order in image.orders:
            lowered = with_order(lowered, Added(row, moment, JobOrder.model_validate_json(order)))
        return replace(lowered, opening=Opening(state, image.now, image.event, image.state))
    return lower_started(starting_at(plant, state), state, plan)


def lower_started(plant: Plant, state: PlantState, plan: pl.DataFrame | None = None) -> Lowered:
    """Lower a plant that `starting_at` gave, with or without its randomness, for runs from that state.

    Only the readable part of the state counts.

    Raises
    ------
    InputError
        The plant does not start with this state.
    """
    inside = {lot.id for lot in state.lots if lot.at is not LotPlace.OUTSIDE}
    if plant.start != state.moment or inside != {lot.id for lot in plant.wip}:
        raise InputError(
            f"state: found the moment {state.moment} with {len(inside)} lots inside, and a plant that starts "
            f"at {plant.start} with {len(plant.wip)}; give the plant of starting_at(plant, state)"
        )
    lowered = lower(_can_be_down(plant, state), plan=plan)
    opening = Opening(
        state,
        families=tuple(_families(lowered, state)),
        seats=tuple(_seats(lowered, state)),
        repairs=tuple(_repairs(lowered, state)),
        in_use=tuple(_in_use(lowered, state)),
    )
    return replace(lowered, opening=opening)


def _can_be_down(plant: Plant, state: PlantState) -> Plant:
    """The plant in which each unit under repair has a failure, one that never comes where it had none.

    A plant without randomness has no failures, and what the state says of repairs holds in it all the same.
    """
    down = {one.id for one in state.units if one.repair_left is not None}
    down -= {one.id for one in state.units if one.state is Condition.MAINTENANCE}
    hit = [c for c in equipment(plant) if not down.isdisjoint(unit.id for unit in c.units)]
    without = {c.id for c in hit if not c.failures}
    if not without:
        return plant

    def failing(parts: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(p.model_copy(update={"failures": (_NEVER,)}) if p.id in without else p for p in parts)

    kinds = {name: failing(getattr(plant.transport, name)) for name in KINDS}
    transport = plant.transport.model_copy(update=kinds)
    parts = {"work_centers": failing(plant.work_centers), "transport": transport}
    changed: Plant = plant.model_copy(update=parts)
    return changed


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


def _in_use(lowered: Lowered, state: PlantState) -> Iterator[tuple[str, int, int]]:
    ids = (*lowered.names.personnel, *lowered.names.tools, *lowered.names.utilities)
    for name, count in state.personnel.items():
        yield name, ids.index(name), count


def _repairs(lowered: Lowered, state: PlantState) -> Iterator[Repair]:
    table = lowered.tables.downtimes
    for unit in state.units:
        if unit.repair_left is None:
            continue
        row = lowered.names.units.index(unit.id)
        planned = int(unit.state is Condition.MAINTENANCE)
        fitting = np.flatnonzero((table.unit == row) & (table.planned == planned))
        yield Repair(row, int(fitting[0]), unit.repair_left)
