"""Events from outside, put into the state of a run; what the twin cannot do honestly is refused by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import Any

import numpy as np

from zhizao.engine.lift import known_lots
from zhizao.engine.lower import Lowered
from zhizao.engine.opening import schedule
from zhizao.engine.random_numbers import Kind, key_of
from zhizao.engine.session.events import Event, LotChanged, LotScrapped, OrderReleased, UnitDown, UnitUp
from zhizao.engine.state import events_ahead
from zhizao.kernels import seat
from zhizao.kernels import tables as k
from zhizao.plant import JobOrder
from zhizao.quantities import InputError, nearest_name


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A run that stands at a moment: its tables, its state, and the words by which kernels find them."""

    lowered: Lowered
    state: k.State
    words: tuple[Any, Any]
    now: float


def apply_event(at: Standing, event: Event) -> None:
    """Put an event, other than a new order, into a state.

    Raises
    ------
    InputError
        A name is unknown, or the twin cannot do this.
    """
    if isinstance(event, UnitDown):
        _down(at, event)
    elif isinstance(event, UnitUp):
        _up(at, event)
    elif isinstance(event, LotScrapped):
        seat.scrap(*at.words, _waiting(at, event.lot))
    elif isinstance(event, LotChanged):
        _change(at, event)
    else:
        kinds = "OrderReleased, UnitDown, UnitUp, LotScrapped and LotChanged"
        raise InputError(f"apply: found {type(event).__name__}; a session takes {kinds}")


# ---------------------------------------------------------------- names
def _number(kind: str, name: str, names: Iterable[str]) -> int:
    known = list(names)
    if name in known:
        return known.index(name)
    near = nearest_name(name, known)
    hint = f"; did you mean {near!r}?" if near else ""
    raise InputError(f"apply: found no {kind} {name!r}{hint}")


def _lot(at: Standing, name: str) -> int:
    rows = np.flatnonzero(at.state.lots.used > 0)
    rows = rows[np.argsort(at.state.lots.serial[rows], kind="stable")]
    columns = {field: at.state.lots[field][rows] for field in ("serial", "source", "order", "product")}
    names = known_lots(at.lowered, columns).names[:-1].to_list()
    return int(rows[_number("lot in the plant", name, names)])


def _waiting(at: Standing, name: str) -> int:
    """A lot that stands in a queue."""
    lot = _lot(at, name)
    if not _in_queue(at.state, lot):
        raise InputError(f"apply: lot {name} is in no queue now; only a lot that waits can be scrapped")
    return lot


def _in_queue(s: k.State, wanted: int) -> bool:
    for head in s.centers.head.tolist():
        lot = head
        while lot >= 0:
            if lot == wanted:
                return True
            lot = int(s.lots.next[lot])
    return False


# ---------------------------------------------------------------- lots
def _change(at: Standing, event: LotChanged) -> None:
    lot = _lot(at, event.lot)
    queued = _in_queue(at.state, lot)
    center = int(at.lowered.tables.alternatives.center[int(at.state.lots.alternative[lot])]) if queued else -1
    order = int(at.lowered.tables.centers.order[center]) if queued else k.FIFO
    if order >= k.USER_RULE:
        where = at.lowered.names.centers[center]
        raise InputError(f"apply: lot {event.lot} waits at {where}, whose own rule ranks a lot once: refused")
    if event.priority is not None:
        if not isfinite(event.priority):
            raise InputError(f"apply: found the priority {event.priority}; right is a number")
        at.state.lots.priority[lot] = event.priority
    if event.due is not None:
        at.state.lots.due[lot] = (event.due - at.lowered.plant.start).total_seconds()
    if order not in (k.FIFO, k.HOT_FIRST):
        seat.requeue(*at.words, lot)


# ---------------------------------------------------------------- units
def _down(at: Standing, event: UnitDown) -> None:
    unit = _number("unit", event.unit, at.lowered.names.units)
    if not (isfinite(event.seconds) and event.seconds > 0):
        raise InputError(f"apply: found {event.seconds} s for {event.unit} to be down; right is more than 0")
    if at.state.units.downtime[unit] >= 0:
        raise InputError(f"apply: {event.unit} is down already")
    t = at.lowered.tables.downtimes
    own = (t.unit == unit) & (t.planned == 0) & (t.then == k.RESUME)
    free = np.flatnonzero(own & (at.state.downtimes.due == 0))
    if not len(free):
        raise InputError(
            f"apply: {event.unit} has no failure in the plant after which work is resumed; give it one, "
            "however rare, so that it can be down"
        )
    seat.halt(*at.words, unit, int(free[0]), event.seconds)


def _up(at: Standing, event: UnitUp) -> None:
    unit = _number("unit", event.unit, at.lowered.names.units)
    x = at.state.units[unit]
    if x.downtime < 0:
        raise InputError(f"apply: {event.unit} is not down")
    if x.ticket > 0:
        raise InputError(f"apply: {event.unit} still waits for those who repair it: refused")
    seat.repaired(*at.words, unit)


# ---------------------------------------------------------------- orders
@dataclass(frozen=True, slots=True)
class Added:
    """An order that came to a run from outside, and its row in the table of orders."""

    row: int
    moment: float  # s from the plant's start
    order: JobOrder


def added_now(at: Standing, event: OrderReleased) -> Added:
    """Check an order that comes now, and let the run see it.

    Raises
    ------
    InputError
        The plant cannot make it, or the id is taken.
    """
    order, plant = event.order, at.lowered.plant
    _number("product", order.product, plant.products)
    product = plant.products[order.product]
    if product.route is None or product.stock.kanban is not None:
        raise InputError(f"apply: lots of {order.product} come by no orders")
    if order.hot:
        raise InputError(f"apply: order {order.id} is hot: refused; raise its priority")
    if order.id in at.lowered.names.orders:
        raise InputError(f"apply: found the order {order.id!r} again; give it its own id")
    s = at.state
    _forget_next_order(s)
    schedule(s, (at.now, k.E_ORDER, k.NOTHING, k.NOTHING))
    return Added(int(s.clock[0].next_order), at.now, order)


def _forget_next_order(s: k.State) -> None:
    """Take out the event that lets the next order of the table in: it follows the order that comes now."""
    ahead = events_ahead(s)
    orders = (ahead["order"] >> 56 == k.E_ORDER) & (ahead["token"] != k.CARDS)
    schedule(s, None, ahead[~orders])


def with_order(lowered: Lowered, added: Added) -> Lowered:
    """The same tables with one more order."""
    order, names = added.order, lowered.names
    row = np.zeros(1, k.ORDER)
    row["release"], row["pieces"] = added.moment, order.pieces
    row["product"] = names.products.index(order.product)
    row["due"] = k.NO_DUE if order.due is None else order.due
    row["priority"] = nan if order.priority is None else order.priority
    row["key"] = key_of(Kind.ORDER, order.id)
    row["step"] = -1
    table = np.insert(np.asarray(lowered.tables.orders), added.row, row)
    ids = (*names.orders[: added.row], order.id, *names.orders[added.row :])
    tables = lowered.tables._replace(orders=table.view(np.recarray))
    return replace(lowered, tables=tables, names=replace(names, orders=ids))
