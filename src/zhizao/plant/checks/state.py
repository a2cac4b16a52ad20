"""Checks of a state against the plant that it is of; all faults are found in one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zhizao.plant.faults import Path, Problem, located, named_in
from zhizao.plant.model import Plant
from zhizao.plant.model.state import Condition, LotPlace, LotState, PlantState, UnitSituation
from zhizao.plant.names import repeated, unknown
from zhizao.plant.query.orders import streams
from zhizao.plant.query.routes import parts_of, routes_of
from zhizao.plant.query.transport import equipment, vehicle_places
from zhizao.quantities.errors import Fault, StateError

_STOPPED = (Condition.DOWN, Condition.MAINTENANCE, Condition.OFF)


def check_state(state: PlantState, plant: Plant) -> list[Problem]:
    """List everything in a state that does not fit a plant."""
    return [
        *repeated("lot", ((("lots", row, "id"), lot.id) for row, lot in enumerate(state.lots))),
        *repeated("unit", ((("units", row, "id"), unit.id) for row, unit in enumerate(state.units))),
        *(found for row, lot in enumerate(state.lots) for found in _lot(lot, ("lots", row), plant)),
        *(found for row, unit in enumerate(state.units) for found in _unit(unit, ("units", row), plant)),
        *_rest(state, plant),
    ]


def checked(state: PlantState, plant: Plant) -> None:
    """Check a state that was made in Python.

    Raises
    ------
    StateError
        It does not fit the plant; all faults are listed.
    """
    found = check_state(state, plant)
    if found:
        raise refused(state, found)


def refused(state: PlantState, found: Iterable[Problem]) -> StateError:
    """Make the error that lists what is wrong in a state."""
    faults = located(found, named_in(state))
    return StateError(tuple(Fault("state", f.line, f.where, f.found, f.right, f.nearest) for f in faults))


# ---------------------------------------------------------------- lots
def _lot(lot: LotState, path: Path, plant: Plant) -> Iterator[Problem]:
    product = plant.products.get(lot.product)
    if product is None:
        yield unknown((*path, "product"), "product", lot.product, plant.products)
    else:
        operations = {o.id: o for route in routes_of(product) for o in plant.routes[route]}
        operation = operations.get(lot.operation)
        if operation is None:
            kind = f"operation of {lot.product}"
            yield unknown((*path, "operation"), kind, lot.operation, operations)
        elif lot.work_center is not None and lot.at in (LotPlace.WAITING, LotPlace.IN_WORK):
            centers = [alternative.work_center for alternative in operation.on]
            if lot.work_center not in centers:
                yield unknown(
                    (*path, "work_center"), f"work center of {lot.operation}", lot.work_center, centers
                )
        elif lot.at is LotPlace.ON_THE_WAY and lot.left and lot.unit is None and operation.delay is None:
            found = "found a delay left of an operation without a delay"
            yield Problem((*path, "left"), found, "leave it out")
    units = {unit.id: center.id for center in equipment(plant) for unit in center.units}
    if lot.unit is not None and lot.unit not in units:
        yield unknown((*path, "unit"), "unit", lot.unit, units)
    if lot.at is LotPlace.IN_WORK and lot.unit is None:
        yield Problem((*path, "at"), "found a lot in work and no unit", "name the unit that it is on")
    if lot.left is not None and lot.unit is None and lot.at is not LotPlace.ON_THE_WAY:
        yield Problem((*path, "left"), "found work left and no unit", "name the unit that the lot is on")


# ---------------------------------------------------------------- equipment
def _unit(unit: UnitSituation, path: Path, plant: Plant) -> Iterator[Problem]:
    centers = {one.id: center for center in equipment(plant) for one in center.units}
    center = centers.get(unit.id)
    if center is None:
        yield unknown((*path, "id"), "unit", unit.id, centers)
        return
    if unit.place is not None:
        known = vehicle_places(plant).get(center.id)
        if known is None:
            yield Problem((*path, "place"), f"found a place of {unit.id}", "only a vehicle has a place")
        elif unit.place not in known:
            yield unknown((*path, "place"), f"place of {center.id}", unit.place, known)
    if unit.setup_family is not None:
        families = _families(plant)
        if center.setup is None:
            yield Problem(
                (*path, "setup_family"), f"found a set-up of {unit.id}", f"{center.id} has no set-ups"
            )
        elif unit.setup_family not in families:
            yield unknown((*path, "setup_family"), "set-up family", unit.setup_family, families)
    if unit.repair_left is not None and unit.state not in (
        Condition.DOWN,
        Condition.MAINTENANCE,
        Condition.OFF,
    ):
        found = f"found a repair of a unit that is {unit.state.value}"
        yield Problem((*path, "repair_left"), found, "its state is down or maintenance")


def _families(plant: Plant) -> list[str]:
    """Names that set-ups go by: families, operations, products, attributes."""
    entries = [e for center in plant.work_centers if center.setup is not None for e in center.setup.times]
    operations = [o for route in plant.routes.values() for o in route]
    names = [e.from_family for e in entries] + [e.to for e in entries]
    names += [o.setup_family for o in operations] + [o.id for o in operations]
    for name, product in plant.products.items():
        names += [name, *product.attributes.values()]
    return [name for name in dict.fromkeys(names) if name is not None]


# ---------------------------------------------------------------- the rest
def _rest(state: PlantState, plant: Plant) -> Iterator[Problem]:
    parts = sorted(parts_of(plant))
    for name in state.stock:
        if name not in parts:
            yield unknown(("stock", name), "product in stock", name, parts)
    groups = [group.id for kind in (plant.personnel, plant.tools, plant.utilities) for group in kind]
    for name in state.personnel:
        if name not in groups:
            yield unknown(("personnel", name), "personnel, tool or utility", name, groups)
    known = [f"S{number + 1}" for number in range(len(streams(plant)))]
    for name, moment in state.next_orders.items():
        if name not in known:
            yield unknown(("next_orders", name), "order stream", name, known)
        elif moment < state.moment:
            yield Problem(("next_orders", name), f"found {moment}, which has passed", "write a later moment")
