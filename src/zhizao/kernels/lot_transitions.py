"""What happens to a lot between an operation and the next: by-products, splitting, hold, branches; and cards.

Each makes at most one lot and comes back to the loop for the next, which sees to room for it.
"""

from __future__ import annotations

from math import nan
from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold
from zhizao.kernels.heap import push
from zhizao.kernels.random_numbers import child, draw, hypergeometric, stream, uniform
from zhizao.kernels.reservations import following, sampled
from zhizao.kernels.routing import enter_later, go_on, make_lot
from zhizao.kernels.work import let_go, moment


@cold
def next_transition(t: Any, s: Any, lot: int, token: int) -> None:
    """The next thing that happens to a lot whose step is done; in the end it goes on to its next step."""
    x = s.lots[lot]
    m = t.materials[t.steps[x.step].material]
    if token == k.TRANSITION:
        if x.loop_end < 0 and _make(t, s, lot, m):  # pieces in rework have made what they make
            push(s, s.clock[0].now, k.E_ARRIVE, lot, k.TRANSITION)
            return
        if m.hold_for > 0 and _hold(t, s, lot, m):
            return
    go_on(t, s, lot, following(t, s, lot))


@cold
def _make(t: Any, s: Any, lot: int, m: Any) -> bool:
    """Make one lot of a by-product, or one that is split off; whether there was one to make."""
    x = s.lots[lot]
    number = s.lot_extra[lot].made
    row = m.make_first + number
    if row < m.make_end:
        new = _descendant(t, s, lot, t.parts[row].product, x.pieces * t.parts[row].pieces)
        go_on(t, s, new, sampled(t, s, new, s.lots[new].step))
        return True
    if m.split == 0 or x.pieces <= m.split:
        return False
    new = _descendant(t, s, lot, x.product, m.split)
    _share(t, s, lot, new)
    s.lot_extra[new].made = m.make_end - m.make_first
    push(s, s.clock[0].now, k.E_ARRIVE, new, k.TRANSITION)
    return True


@cold
def _descendant(t: Any, s: Any, lot: int, product: int, pieces: int) -> int:
    """A lot inside the plant with the order, the due date and the release of the lot that it comes from."""
    x = s.lots[lot]
    number = s.lot_extra[lot].made
    s.lot_extra[lot].made += 1
    key = child(child(x.key, moment(t, x), k.P_SPLIT), number, k.P_SPLIT)
    new = make_lot(t, s, product, x.source, x.order, pieces, x.due, x.priority, key)
    y = s.lots[new]
    y.release, y.used = x.release, 2
    s.clock[0].in_plant += 1
    y.special = x.special & (k.HOT | k.BEGUN) | k.BESIDE_UNIT
    y.began = x.began
    s.lot_extra[new].center = s.lot_extra[lot].center if x.unit < 0 else t.units[x.unit].center
    return int(new)


@cold
def _share(t: Any, s: Any, lot: int, new: int) -> None:
    """Take the pieces of the new lot from the old one; which of them are defective is drawn."""
    x = s.lots[lot]
    y = s.lots[new]
    y.step, y.alternative, y.loops = x.step, x.alternative, x.loops
    y.special |= x.special & k.PLANNED
    s.clock[0].planned += int(x.special & k.PLANNED != 0)
    s.lot_extra[new].plan = s.lot_extra[lot].plan
    for column in range(t.whole[0].tries_n):
        s.tries[new, column] = s.tries[lot, column]
    for column in range(t.whole[0].homes_n):
        s.homes[new, column] = s.homes[lot, column]
    for column in range(t.whole[0].marks_n):
        s.marks[new, column] = s.marks[lot, column]
    y.defective, _ = hypergeometric(x.pieces, x.defective, y.pieces, stream(y.key, 0, k.P_SPLIT))
    x.defective -= y.defective
    x.pieces -= y.pieces
    x.active -= y.pieces
    x.started -= y.pieces


@cold
def _hold(t: Any, s: Any, lot: int, m: Any) -> bool:
    """Hold a lot back for a time, beside its unit; whether it is among those held."""
    x = s.lots[lot]
    u, rng = uniform(stream(x.key, moment(t, x), k.P_HOLD))
    if u > m.hold_share:
        return False
    time, _ = draw(t, m.hold_for, rng)
    push(s, s.clock[0].now + time, k.E_ARRIVE, lot, k.RELEASED)
    if x.unit >= 0:
        s.lot_extra[lot].center = t.units[x.unit].center
        x.special |= k.BESIDE_UNIT
        let_go(t, s, lot)
    return True


# -- kanban -------------------------------------------------------------------------------------------------
@cold
def release_card(t: Any, s: Any) -> None:
    """Release a lot of the first product that has a card free."""
    now = s.clock[0].now
    for product in range(len(t.products)):
        p = t.products[product]
        x = s.stocks[product]
        if p.cards > 0 and x.pieces + x.on_order + p.lot <= p.cards * p.lot:
            number = x.released
            x.released += 1
            x.on_order += p.lot
            push(s, now, k.E_ORDER, k.NOTHING, k.CARDS)
            key = child(p.key, number, k.P_LOT)
            enter_later(t, s, make_lot(t, s, product, k.CARD, number, p.lot, k.NO_DUE, nan, key))
            return
