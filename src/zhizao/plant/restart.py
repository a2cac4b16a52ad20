"""A plant that starts where a state says: lots, stock and orders; what cannot be expressed is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zhizao.plant.checks.state import check_state, refused
from zhizao.plant.faults import Problem
from zhizao.plant.model import Demand, JobOrder, Maintenance, OrderStream, Plant, WipLot, WorkCenter
from zhizao.plant.model.downtime import COUNTING
from zhizao.plant.model.state import Condition, LotPlace, LotState, PlantState
from zhizao.plant.query.routes import routes_of
from zhizao.plant.query.transport import equipment

_LATER = "not honoured yet by this version for a state without an exact image"
_INSIDE = (LotPlace.WAITING, LotPlace.IN_WORK, LotPlace.ON_THE_WAY)


def starting_at(plant: Plant, state: PlantState) -> Plant:
    """Give the plant that starts at the moment of a state, with the lots, the stock and the orders of then.

    Orders of the table that were to be released before that moment count as done or as in the state; those
    of the moment itself too, if a lot in the state is of them. Clocks of failures and maintenance begin anew.
    Measures are left out.

    Raises
    ------
    StateError
        The state does not fit the plant, or says what a plant cannot start with; all faults are listed.
    """
    found = [*check_state(state, plant), *_not_yet(state, plant)]
    if found:
        raise refused(state, found)
    shift = (state.moment - plant.start).total_seconds()
    outside = [_order(lot, state) for lot in state.lots if lot.at is LotPlace.OUTSIDE]
    known = {lot.order for lot in state.lots}
    later = [order for order in _orders(plant, state, shift) if getattr(order, "id", None) not in known]
    stock = {
        name: product.model_copy(
            update={"stock": product.stock.model_copy(update={"initial": state.stock.get(name, 0)})}
        )
        for name, product in plant.products.items()
    }
    parts: dict[str, Any] = {field: getattr(plant, field) for field in Plant.model_fields}
    return Plant(
        **parts
        | {
            "start": state.moment,
            "work_centers": tuple(_center(center, shift) for center in plant.work_centers),
            "products": stock,
            "orders": (*outside, *later),
            "wip": tuple(_lot(lot, state) for lot in state.lots if lot.at in _INSIDE),
            "measures": (),
        }
    )


def not_taken(plant: Plant, state: PlantState) -> tuple[str, ...]:
    """What a start from the readable part of a state takes no notice of, in words."""
    found = {
        "the exact image": state.exact is not None,
        "how far the clocks of maintenance are (they begin anew)": any(
            c.maintenance for c in equipment(plant)
        ),
        "at which work center lots wait (chosen anew)": any(_may_change(lot, plant) for lot in state.lots),
        "work left of lots that wait (they have all of it before them)": any(
            lot.left is not None and lot.at not in (LotPlace.IN_WORK, LotPlace.ON_THE_WAY)
            for lot in state.lots
        ),
    }
    return tuple(what for what, is_so in found.items() if is_so)


def _may_change(lot: LotState, plant: Plant) -> bool:
    """Whether a lot that waits at a work center could go to another one as well."""
    if lot.at not in (LotPlace.WAITING, LotPlace.ON_THE_WAY) or lot.work_center is None:
        return False
    routes = routes_of(plant.products[lot.product])
    return any(o.id == lot.operation and len(o.on) > 1 for route in routes for o in plant.routes[route])


# ---------------------------------------------------------------- refused
def _not_yet(state: PlantState, plant: Plant) -> Iterator[Problem]:
    for row, lot in enumerate(state.lots):
        path = ("lots", row)
        delayed = lot.at is LotPlace.ON_THE_WAY and lot.unit is None and lot.left is not None
        if lot.at in (LotPlace.DONE, LotPlace.ON_THE_WAY) and not delayed:
            yield Problem((*path, "at"), f"found a lot that is {lot.at.value}", f"{_LATER}: let it wait")
        if lot.hot:
            yield Problem((*path, "hot"), "found a hot lot in the plant", f"{_LATER}: raise its priority")
        product = plant.products.get(lot.product)
        if product is not None and product.stock.kanban is not None:
            yield Problem((*path, "product"), f"found a lot of {lot.product}, which has kanban cards", _LATER)
        if lot.at is LotPlace.OUTSIDE and product is not None and lot.pieces > product.lot:
            yield Problem((*path, "pieces"), f"found {lot.pieces}", f"a lot of it has at most {product.lot}")
    centers = {unit.id: center for center in equipment(plant) for unit in center.units}
    for row, unit in enumerate(state.units):
        if unit.repair_left is None:
            continue
        center = centers.get(unit.id)
        kind = "maintenance" if unit.state is Condition.MAINTENANCE else "failures"
        if center is not None and not getattr(center, kind):
            right = f"{center.id} has no {kind} in the plant: {_LATER}"
            yield Problem(("units", row, "repair_left"), f"found {unit.id} {unit.state.value}", right)


# ---------------------------------------------------------------- parts of the plant
def _lot(lot: LotState, state: PlantState) -> WipLot:
    release = 0.0 if lot.release is None else (lot.release - state.moment).total_seconds()
    return WipLot(
        id=lot.id,
        product=lot.product,
        pieces=lot.pieces,
        operation=lot.operation,
        delay=lot.left if lot.at is LotPlace.ON_THE_WAY else 0.0,  # those that wait had theirs
        priority=lot.priority,
        release=min(release, 0.0),
        due=_due(lot, state),
    )


def _order(lot: LotState, state: PlantState) -> JobOrder:
    due, priority = _due(lot, state), lot.priority
    return JobOrder(id=lot.id, product=lot.product, pieces=lot.pieces, due=due, priority=priority)


def _due(lot: LotState, state: PlantState) -> float | None:
    return None if lot.due is None else (lot.due - state.moment).total_seconds()


def _orders(plant: Plant, state: PlantState, shift: float) -> Iterator[Demand]:
    streams = 0
    for order in plant.orders:
        if isinstance(order, OrderStream):
            streams += 1
            given = state.next_orders.get(f"S{streams}")
            first = None if order.first is None or order.first < shift else order.first - shift
            if given is not None:
                first = (given - state.moment).total_seconds()
            yield order.model_copy(update={"first": first})
        elif order.release >= shift:
            due = None if order.due is None else order.due - shift
            yield order.model_copy(update={"release": order.release - shift, "due": due})


def _center(center: WorkCenter, shift: float) -> WorkCenter:
    plans = tuple(_plan(plan, shift) for plan in center.maintenance)
    return center.model_copy(update={"maintenance": plans})


def _plan(plan: Maintenance, shift: float) -> Maintenance:
    """The same maintenance; one whose first date is still to come keeps it."""
    if plan.first is None or plan.clock in COUNTING:
        return plan
    left = plan.first - shift
    return plan.model_copy(update={"first": left} if left >= 0 else {"first": None, "in_turn": False})
