"""Parts in stock, and what else of material the hot path asks for: all of it is rare."""

from __future__ import annotations

from math import exp, log
from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold
from zhizao.kernels.heap import push
from zhizao.kernels.random_numbers import stream, uniform
from zhizao.kernels.supply import call
from zhizao.kernels.work import let_go


# -- stock --------------------------------------------------------------------------------------------------
@cold
def parts_there(t: Any, s: Any, lot: int) -> bool:
    """Whether all parts that the lot's step builds in are in stock."""
    x = s.lots[lot]
    if not t.steps[x.step].extras & k.X_PARTS or x.special & k.BACK:
        return True
    m = t.materials[t.steps[x.step].material]
    for row in range(m.part_first, m.part_end):
        if s.stocks[t.parts[row].product].pieces < x.active * t.parts[row].pieces:
            return False
    return True


@cold
def move_parts(t: Any, s: Any, lot: int, sign: int) -> None:
    """Take the parts of a lot out of the stock (1), or put them back after a look at what is left (-1)."""
    x = s.lots[lot]
    if t.steps[x.step].extras & k.X_PARTS:
        m = t.materials[t.steps[x.step].material]
        for row in range(m.part_first, m.part_end):
            s.stocks[t.parts[row].product].pieces -= sign * x.active * t.parts[row].pieces


@cold
def take_parts(t: Any, s: Any, lot: int) -> None:
    """Take the parts of the lot's step from stock; cards of what is used up are free."""
    x = s.lots[lot]
    m = t.materials[t.steps[x.step].material]
    if x.special & k.BACK:  # it has them since it first began
        return
    move_parts(t, s, lot, k.TAKE)
    if t.whole[0].has_cards and m.part_first < m.part_end:
        push(s, s.clock[0].now, k.E_ORDER, k.NOTHING, k.CARDS)


@cold
def put_in_stock(t: Any, s: Any, lot: int, status: int) -> int:
    """Put a lot that is done into stock if it is somebody's part; gives what becomes of the lot."""
    x = s.lots[lot]
    p = t.products[x.product]
    if not p.is_part:
        return status
    if p.cards > 0:
        s.stocks[x.product].on_order -= x.started
        push(s, s.clock[0].now, k.E_ORDER, k.NOTHING, k.CARDS)
    if status != k.COMPLETED:
        return status
    s.stocks[x.product].pieces += x.pieces
    for place in range(p.center_first, p.center_end):
        if s.centers[t.lists[place]].waiting > 0 and s.centers[t.lists[place]].empty > 0:
            call(s, t.lists[place])
    return k.STOCKED


# -- between operations -------------------------------------------------------------------------------------
@cold
def drawn(t: Any, n: int, weights: int, steps: int, rng: Any) -> int:
    """One of `n` steps in `lists` by cumulative weights in `values`."""
    u, _ = uniform(rng)
    row = 0
    while row < n - 1 and u > t.values[weights + row]:
        row += 1
    return int(t.lists[steps + row])


@cold
def _near(t: Any, product: Any, group: int, size: float) -> float:
    """Weight of a group of past lots for a lot whose size has the logarithm `size`."""
    far = (t.values[product.size_first + group] - size) / product.size_width
    return float(t.values[product.size_first + product.sizes + group] * exp(-0.5 * far * far))


@cold
def _draw_past_lot(t: Any, product: Any, pieces: int, rng: Any) -> int:
    """First step of the past lot that a lot of so many pieces draws: first a group, then one of the group."""
    size = log(pieces)
    total = 0.0
    for group in range(product.sizes):
        total += _near(t, product, group, size)
    u, rng = uniform(rng)
    group = 0
    reached = _near(t, product, 0, size)
    while group < product.sizes - 1 and u * total > reached:
        group += 1
        reached += _near(t, product, group, size)
    first = 0
    if group > 0:
        first = t.lists[product.size_end + group - 1]
    end = t.lists[product.size_end + group]
    u, _ = uniform(rng)
    row = min(first + int(u * (end - first)), end - 1)
    return int(t.lists[product.route_step + row])


@cold
def draw_route(t: Any, product: Any, key: Any, pieces: int) -> int:
    """First step of the route that a lot draws."""
    rng = stream(key, 0, k.P_ROUTE)
    if product.sizes:
        return int(_draw_past_lot(t, product, pieces, rng))
    return int(drawn(t, product.routes, product.route_weight, product.route_step, rng))


@cold
def hand_on(s: Any, lot: int) -> None:
    """Let a lot come back to the loop for what happens to it before its next step."""
    s.lot_extra[lot].made = 0
    push(s, s.clock[0].now, k.E_ARRIVE, lot, k.TRANSITION)


# -- beside the units ---------------------------------------------------------------------------------------
@cold
def left_aside(t: Any, s: Any, lot: int) -> int:
    """The center beside which the lot stood, and stands no longer; its output place goes to another."""
    center = s.lot_extra[lot].center
    parked = s.lots[lot].special & k.PARKED
    s.lots[lot].special &= ~(k.BESIDE_UNIT | k.PARKED)
    if parked:
        s.centers[center].parked -= 1
        following = _longest_blocked(t, s, center)
        if following >= 0:
            park(t, s, following)
    return int(center)


@cold
def _longest_blocked(t: Any, s: Any, center: int) -> int:
    """The lot that has waited longest on a unit of a center for an output place; -1: none."""
    best = -1
    for unit in range(t.centers[center].unit_first, t.centers[center].unit_end):
        x = s.units[unit]
        waits = x.phase == k.HOLDS and s.lots[x.lot].special & k.WANTS_PLACE
        if waits and (best < 0 or s.lot_extra[x.lot].blocked < s.lot_extra[best].blocked):
            best = x.lot
    return int(best)


@cold
def park(t: Any, s: Any, lot: int) -> bool:
    """Put a lot that is done into an output place, where there is one free; its unit is then empty."""
    x = s.lots[lot]
    center = t.units[x.unit].center
    if s.centers[center].parked >= t.centers[center].output:
        x.special |= k.WANTS_PLACE
        s.lot_extra[lot].blocked = s.clock[0].now
        return False
    s.centers[center].parked += 1
    s.lot_extra[lot].center = center
    x.special = x.special & ~k.WANTS_PLACE | k.BESIDE_UNIT | k.PARKED
    let_go(t, s, lot)
    return True
