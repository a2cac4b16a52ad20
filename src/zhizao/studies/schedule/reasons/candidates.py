"""Which causes an order may have, those that its waits point to first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from zhizao.plant import Operation, OrderStream, Plant, WorkCenter
from zhizao.plant.model import Push
from zhizao.plant.model.transport import Transport
from zhizao.plant.query import groups, routes_of
from zhizao.studies.schedule.reasons.causes import Cause, CauseKind
from zhizao.studies.schedule.reasons.waits import BATCH, BUSY, CLOSED, Wait
from zhizao.studies.schedule.work import Lot

Taken = Mapping[tuple[str, str], datetime]
"""When an order first takes a unit of a work center, by (work center, order)."""


def candidates(
    plant: Plant, lots: Sequence[Lot], order: str, waits: Sequence[Wait], stands: str | None, taken: Taken
) -> tuple[Cause, ...]:
    """Causes that the plant has on the way of an order, the most promising first.

    `stands`: the operation that an order that is never done stands before. `taken`: when an order first takes
    a unit of a work center. The last but one is all other
    orders together, so all causes together leave the order alone with its work.
    """
    order_of = {lot.id: lot.order for lot in lots}
    own = [lot for lot in lots if lot.order == order]
    route = tuple(dict.fromkeys(_key(o) for lot in own for o in lot.route))
    named = {_key(o): o for lot in own for o in lot.route}
    operations = sorted((named[key] for key in route), key=lambda o: o.id != stands)
    if stands is not None and all(o.id != stands for o in operations):  # off the way that most lots go
        operations[:0] = _operations_of(plant, own[0].product, stands)
    centers = {center.id: center for center in plant.work_centers}
    found: list[Cause] = []
    for wait in waits:
        if wait.work_center not in centers:  # a transporter
            found.append(Cause(CauseKind.TRANSPORT))
            continue
        met = dict.fromkeys(order_of[name] for name in wait.lots if name in order_of)
        ahead = sorted((o for o in met if o != order), key=lambda o: taken[wait.work_center, o])
        found += _of_wait(plant, wait, centers[wait.work_center], order, ahead[::-1])
    for operation in operations:
        found += _of_operation(plant, operation)
        for choice in operation.on:
            found += _of_center(centers[choice.work_center])
    found += _of_plant(plant)
    others = tuple(dict.fromkeys(lot.order for lot in lots if lot.order != order))
    found += [Cause(CauseKind.ORDERS, None, _in_turn(found, others))] if others else []
    if any(isinstance(each, OrderStream) for each in plant.orders):
        found.append(Cause(CauseKind.STREAMS))
    return tuple(dict.fromkeys(found))


def _operations_of(plant: Plant, product: str, name: str) -> list[Operation]:
    """Operations of a name on the routes of a product."""
    return [o for route in routes_of(plant.products[product]) for o in plant.routes[route] if o.id == name]


def _key(operation: Operation) -> tuple[str, tuple[str, ...]]:
    return operation.id, tuple(choice.work_center for choice in operation.on)


def _in_turn(found: Sequence[Cause], others: Sequence[str]) -> tuple[str, ...]:
    """All other orders, those first that it waited for."""
    met = [name for cause in found for name in cause.orders]
    return tuple(dict.fromkeys([*met, *others]))


def _of_wait(
    plant: Plant, wait: Wait, center: WorkCenter, order: str, ahead: Sequence[str]
) -> Iterator[Cause]:
    if wait.cause == CLOSED:
        yield Cause(CauseKind.HOURS, center.id)
    elif wait.cause == BUSY:
        if ahead:
            yield Cause(CauseKind.BEHIND, center.id, tuple(ahead), order)
        yield Cause(CauseKind.UNITS, center.id)
    elif wait.cause == BATCH:
        yield Cause(CauseKind.BATCHES, center.id)
    else:
        yield from _else(plant, wait, center)


def _else(plant: Plant, wait: Wait, center: WorkCenter) -> Iterator[Cause]:
    """What the words of another wait point to, as far as they name one thing of the plant."""
    if wait.cause == "maintenance" and center.maintenance:
        yield Cause(CauseKind.MAINTENANCE, center.id)
    elif wait.cause == "its release" and not isinstance(plant.release, Push):
        yield Cause(CauseKind.RELEASE)
    elif wait.cause == "transport" and plant.transport != Transport():
        yield Cause(CauseKind.TRANSPORT)


def _of_operation(plant: Plant, operation: Operation) -> Iterator[Cause]:
    for name in operation.needs:
        if any(group.calendar is not None for group in groups(plant, name)):
            yield Cause(CauseKind.PEOPLE_HOURS, name)
        yield Cause(CauseKind.PEOPLE, name)
    for name in operation.tools:
        yield Cause(CauseKind.TOOLS, name)
    for name in operation.parts:
        yield Cause(CauseKind.MATERIAL, name)
    fields = {
        CauseKind.HOLD: operation.hold, CauseKind.DELAY: operation.delay,
        CauseKind.DEDICATION: operation.same_unit_as, CauseKind.QUEUE_LIMIT: operation.queue_at_most,
    }  # fmt: skip
    yield from (Cause(kind, operation.id) for kind, value in fields.items() if value is not None)
    if operation.batch is not None:
        yield from (Cause(CauseKind.BATCHES, choice.work_center) for choice in operation.on)


def _of_center(center: WorkCenter) -> Iterator[Cause]:
    if center.calendar is not None:
        yield Cause(CauseKind.HOURS, center.id)
    if center.setup is not None:
        yield Cause(CauseKind.SETUPS, center.id)
    if center.maintenance:
        yield Cause(CauseKind.MAINTENANCE, center.id)
    if center.standby is not None:
        yield Cause(CauseKind.STANDBY, center.id)
    yield from (Cause(CauseKind.UTILITIES, name) for name in center.uses)
    yield Cause(CauseKind.UNITS, center.id)


def _of_plant(plant: Plant) -> Iterator[Cause]:
    """Causes that need not be on the way of the order."""
    if not isinstance(plant.release, Push):
        yield Cause(CauseKind.RELEASE)
    if plant.transport != Transport():
        yield Cause(CauseKind.TRANSPORT)
    yield from (Cause(CauseKind.BUFFER, c.id) for c in plant.work_centers if c.buffer is not None)
