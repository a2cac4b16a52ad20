"""What is to be planned: the lots of the plant's orders, and the operations that each has before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from zhizao.plant import (
    Condition,
    JobOrder,
    LotPlace,
    Operation,
    Plant,
    PlantState,
    Product,
    WipLot,
    as_plant,
    with_order_table,
)
from zhizao.plant.query import job_orders, lots_in, routes_of
from zhizao.quantities import Distribution, InputError

END = "end"
MOST_LOTS = 100_000
"""Lots that a plan takes: more take minutes for a single run of the twin."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Work on a lot that is in hand at the start: its unit, and the working time left of its first operation.

    `left_s` None: all of it, perhaps after the rest of a set-up.
    """

    unit: str
    left_s: float | None


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot to be planned; times in s from the plant's start. `weight` is 1 + its priority, at least 1."""

    id: str
    order: str
    product: str
    pieces: int
    release_s: float
    due_s: float | None
    weight: int
    route: tuple[Operation, ...]
    begun: Begun | None = None


def lots_to_plan(plant: Plant, state: PlantState | None = None) -> tuple[Lot, ...]:
    """Lots in the plant, then those of its orders; orders are split as the twin splits them.

    `state`: that of the plant's start, which says on which lots there is work in hand.

    Raises
    ------
    InputError
        There is nothing to plan, or there are more than `MOST_LOTS` lots.
    """
    _not_too_many(plant)
    begun = {} if state is None else _begun(state)
    lots = [replace(_there(plant, lot), begun=begun.get(lot.id)) for lot in plant.wip]
    for order in job_orders(plant):
        lots += _lots_of(plant, order)
    if not lots:
        raise InputError(
            f"{plant.name}: there are no orders to plan, only streams; give a table: --orders orders.csv "
            "(columns order, product, pieces, release, due, priority)"
        )
    return tuple(lots)


def _not_too_many(plant: Plant) -> None:
    orders = job_orders(plant)
    total = lots_in(plant, orders) + len(plant.wip)
    if total <= MOST_LOTS:
        return
    most = max(orders, key=lambda order: lots_in(plant, [order]))
    raise InputError(
        f"orders: found {total:,} lots, most of them of {most.id}: {most.pieces:,} pieces in lots of "
        f"{plant.products[most.product].lot:,}; right is {MOST_LOTS:,} lots at most: give {most.product} a "
        "larger lot, or plan fewer orders"
    )


def _begun(state: PlantState) -> dict[str, Begun]:
    """Work in hand by lot; the lots of a batch have the most that is left of any."""
    inside = [lot for lot in state.lots if lot.at is LotPlace.IN_WORK and lot.unit is not None]
    setting_up = {unit.id for unit in state.units if unit.state is Condition.SETUP}
    left: dict[str, float] = {}
    for lot in inside:
        if lot.unit is not None and lot.left is not None and lot.unit not in setting_up:
            left[lot.unit] = max(left.get(lot.unit, 0.0), lot.left)
    return {lot.id: Begun(lot.unit, left.get(lot.unit)) for lot in inside if lot.unit is not None}


def with_orders(plant: Plant | str | Path, table: Path) -> Plant:
    """The plant with the orders of a table (CSV: order, product, pieces, release, due, priority) for its
    own."""
    return with_order_table(as_plant(plant), table)


def _there(plant: Plant, lot: WipLot) -> Lot:
    product = plant.products[lot.product]
    route = path(_operations(plant, product, through=lot.operation))
    names = [operation.id for operation in route]
    if lot.operation not in names:  # on a branch that few lots take
        route = path(_operations(plant, product, through=lot.operation), first=lot.operation)
        names = [operation.id for operation in route]
    rest = route[names.index(lot.operation) :]
    if lot.delay is not None and rest[0].delay is not None:  # what is left of it
        here = rest[0].model_copy(update={"delay": Distribution.constant(lot.delay)})
        rest = (here, *rest[1:])
    weight = _weight(product, lot.priority)
    return Lot(lot.id, lot.id, lot.product, lot.pieces, max(0.0, lot.release), lot.due, weight, rest)


def _lots_of(plant: Plant, order: JobOrder) -> Iterator[Lot]:
    product = plant.products[order.product]
    route = path(_operations(plant, product))
    full, rest = divmod(order.pieces, product.lot)
    sizes = [product.lot] * full + [rest] * (rest > 0)
    digits = len(str(len(sizes)))
    for number, pieces in enumerate(sizes, 1):
        name = order.id if len(sizes) == 1 else f"{order.id}-{number:0{digits}d}"
        weight = _weight(product, order.priority)
        yield Lot(name, order.id, order.product, pieces, order.release, order.due, weight, route)


def _weight(product: Product, priority: float | None) -> int:
    return 1 + max(0, round(product.priority if priority is None else priority))


def _operations(plant: Plant, product: Product, *, through: str | None = None) -> tuple[Operation, ...]:
    """The route that most lots take; of those that have the operation `through`, if it is given."""
    fits = {
        name: weight
        for name, weight in routes_of(product).items()
        if through is None or any(operation.id == through for operation in plant.routes[name])
    }
    return plant.routes[max(fits, key=fits.__getitem__)] if fits else ()


def path(operations: tuple[Operation, ...], *, first: str | None = None) -> tuple[Operation, ...]:
    """The most likely path: at a branch the heaviest not yet taken, no operation that most lots skip."""
    rows = {operation.id: row for row, operation in enumerate(operations)}
    found: list[Operation] = []
    gone: set[str] = set()
    row = rows[first] if first is not None else 0
    while row < len(operations):
        operation = operations[row]
        gone.add(operation.id)
        if operation.sample >= 0.5 or operation.id == first:
            found.append(operation)
        ahead = {name: w for name, w in operation.next.items() if name == END or name not in gone}
        if operation.next and (not ahead or max(ahead, key=ahead.__getitem__) == END):
            break
        row = rows[max(ahead, key=ahead.__getitem__)] if ahead else row + 1
    return tuple(found)
