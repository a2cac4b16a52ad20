"""How a lot comes into the plant, goes from step to step, waits for room on the way, and leaves."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.choice import find_unit, free_units, least_setup
from zhizao.kernels.compiling.decorators import cold, inline, kernel
from zhizao.kernels.heap import push
from zhizao.kernels.material import draw_route, hand_on, left_aside, park, put_in_stock
from zhizao.kernels.plan import follow, note_leaving, planned_row, planned_start
from zhizao.kernels.queues import enqueue, line_up
from zhizao.kernels.random_numbers import draw, stream
from zhizao.kernels.reservations import can_keep, following, give_place, has_room, sampled, step_to_reserve
from zhizao.kernels.rules import ask, may_enter, wants
from zhizao.kernels.times import after_work
from zhizao.kernels.transport import board, deliver, gate, open_belt, reach, step_off, to_rack
from zhizao.kernels.work import let_go, moment, settle


# -- from step to step --------------------------------------------------------------------------------------
@cold
def _load(t: Any, s: Any, alternative: int) -> float:
    """Mean time until a lot like this would be done there, if all work there were like it."""
    a = t.alternatives[alternative]
    x = s.centers[a.center]
    units = t.centers[a.center].unit_end - t.centers[a.center].unit_first
    ahead = x.waiting + x.on_the_way + units - x.empty
    rounds = 1.0 + max(0.0, (ahead + 1.0 - units) / units)
    return (a.mean_lot_s + a.mean_piece_s) * rounds


@cold
def _can_begin(t: Any, s: Any, center: int) -> bool:
    return s.centers[center].empty > 0 and find_unit(t, s, center) >= 0


@cold
def _route_inputs(t: Any, s: Any, lot: int, alternative: int) -> None:
    """Inputs of the user's routing rule for one alternative."""
    x = s.lots[lot]
    p = t.steps[x.step]
    a = t.alternatives[alternative]
    center = t.centers[a.center]
    y = s.centers[a.center]
    coming = y.waiting + y.on_the_way
    inputs = s.rule_inputs
    inputs[0], inputs[1], inputs[2], inputs[3] = s.clock[0].now, x.due, x.release, x.priority
    inputs[4], inputs[5] = x.active, x.pieces
    inputs[6], inputs[7] = a.mean_lot_s + x.active * a.mean_piece_s, p.rest_lot_s + x.active * p.rest_piece_s
    inputs[8] = least_setup(t, s, a.center, lot) if wants(t, p.routing, 8) else 0.0
    inputs[9] = _load(t, s, alternative)
    inputs[10] = k.NO_DUE if center.capacity < 0 else float(center.capacity + y.empty - coming)
    inputs[11], inputs[12], inputs[13] = free_units(t, s, a.center), coming, 0.0
    if t.whole[0].move_first >= 0 and x.unit >= 0:
        row = t.units[x.unit].center * len(t.centers)
        inputs[13] = t.values[t.whole[0].move_first + row + a.center]
    inputs[14] = alternative - p.alt_first
    inputs[15] = planned_start(t, s, lot, alternative) if wants(t, p.routing, 15) else 0.0


@cold
def _own_route(t: Any, s: Any, lot: int) -> int:
    """The alternative to which the user's rule gives the lowest number; the first on ties."""
    p = t.steps[s.lots[lot].step]
    best = p.alt_first
    least = k.TOO_MUCH
    for other in range(p.alt_first, p.alt_end):
        _route_inputs(t, s, lot, other)
        score = ask(t, s, p.routing, lot, -k.TOO_MUCH)
        if score < least:
            best = other
            least = score
    return int(best)


@inline
def _pick_alternative(t: Any, s: Any, lot: int) -> int:
    """The alternative with room, then with a unit free now, then with the least load; the first on ties."""
    p = t.steps[s.lots[lot].step]
    best = p.alt_first
    if p.alt_end == best + 1:
        return int(best)
    if p.routing >= 0:
        return int(_own_route(t, s, lot))
    best_grade = -1
    for other in range(p.alt_first, p.alt_end):
        center = t.alternatives[other].center
        grade = 0
        if has_room(t, s, center):
            grade = 2 if _can_begin(t, s, center) else 1
        if grade > best_grade or (grade == best_grade and _load(t, s, other) < _load(t, s, best)):
            best = other
            best_grade = grade
    return int(best)


@cold
def _planned_alternative(t: Any, s: Any, lot: int) -> int:
    """The alternative that the plan says, unless the user's own rule asks for the plan to decide itself."""
    follow(t, s, lot)
    row = planned_row(t, s, lot)
    if row < 0 or t.plans[row].alternative < 0:
        return int(_pick_alternative(t, s, lot))
    routing = t.steps[s.lots[lot].step].routing
    if routing >= 0 and wants(t, routing, 15):
        return int(_own_route(t, s, lot))
    return int(t.plans[row].alternative)


@cold
def _ready_in_open_hours(t: Any, center: int, there: float, delay: float) -> float:
    """When a lot is ready that comes to its center at a time, and whose delay runs only in its open hours."""
    return float(after_work(t, t.centers[center].calendar, there, delay))


@inline
def _send(t: Any, s: Any, lot: int, origin: int) -> None:
    """Carry a lot to the center of its alternative, where there is room; it is ready after its delay."""
    x = s.lots[lot]
    if t.whole[0].legs >= 0 and board(t, s, lot, origin):
        return
    center = t.alternatives[x.alternative].center
    step = t.steps[x.step]
    delay = 0.0
    if step.delay > 0:
        if x.special & k.FROM_START and s.lot_extra[lot].delay >= 0.0:
            delay = s.lot_extra[lot].delay
            s.lot_extra[lot].delay = -1.0
        else:
            delay, _ = draw(t, step.delay, stream(x.key, moment(t, x), k.P_DELAY))
    way = 0.0
    if t.whole[0].move_first >= 0 and origin >= 0:
        way = t.values[t.whole[0].move_first + origin * len(t.centers) + center]
    if delay + way > 0.0:
        s.centers[center].on_the_way += 1
        ready = s.clock[0].now + (delay + way)
        if step.open_delay:
            ready = _ready_in_open_hours(t, center, s.clock[0].now + way, delay)
        push(s, ready, k.E_ARRIVE, lot, k.NOTHING)
    else:
        enqueue(t, s, center, lot)


@kernel
def arrive(t: Any, s: Any, lot: int) -> None:
    """A lot that was on the way is at hand."""
    center = t.alternatives[s.lots[lot].alternative].center
    s.centers[center].on_the_way -= 1
    enqueue(t, s, center, lot)


@inline
def _wait_for_room(t: Any, s: Any, lot: int) -> None:
    """A lot stays where it is (on its unit, or outside) until its next center has room."""
    x = s.centers[t.alternatives[s.lots[lot].alternative].center]
    x.blocked_head, x.blocked_tail = line_up(s, lot, x.blocked_head, x.blocked_tail)
    s.lot_extra[lot].blocked = s.clock[0].now
    unit = s.lots[lot].unit
    if unit >= 0 and t.centers[t.units[unit].center].output > 0 and park(t, s, lot):
        return
    if unit >= 0:
        if s.lots[lot].in_cascade:
            s.lots[lot].in_cascade = 2
            s.units[unit].jammed += 1
            s.idle[unit] = 0
        settle(t, s, unit)


@inline
def _set_off(t: Any, s: Any, lot: int) -> None:
    """Leave the unit that holds the lot, if one does, for the next center."""
    x = s.lots[lot]
    unit = x.unit
    origin = -1
    if unit >= 0:
        origin = t.units[unit].center
        let_go(t, s, lot)
    elif x.special & k.BESIDE_UNIT:
        origin = left_aside(t, s, lot)
    elif x.special & k.ON_TRANSPORTER:
        x.special &= ~k.ON_TRANSPORTER
        origin = s.lot_extra[lot].center
        step_off(t, s, origin)
    _send(t, s, lot, origin)


@inline
def admit(t: Any, s: Any, center: int) -> None:
    """The lot that has waited longest for room at a center comes in."""
    x = s.centers[center]
    lot = x.blocked_head
    x.blocked_head = s.lots[lot].next
    if x.blocked_head < 0:
        x.blocked_tail = -1
    _set_off(t, s, lot)


@inline
def join(x: Any) -> None:
    """The pieces in rework are one lot again with those that waited for them."""
    x.active = x.pieces
    x.defective += x.resting
    x.resting = 0
    x.loop_end = -1


@inline
def go_to(t: Any, s: Any, lot: int, step: int) -> None:
    """On to a step; -1: the lot has done its route."""
    x = s.lots[lot]
    if step < 0:
        leave(t, s, lot, k.COMPLETED)
        return
    x.step = step
    if x.loop_end >= 0 and step > x.loop_end:
        join(x)
    if x.special & k.PLANNED:
        x.alternative = _planned_alternative(t, s, lot)
    else:
        x.alternative = _pick_alternative(t, s, lot)
    if t.whole[0].legs >= 0:
        gate(t, s, lot)
    center = t.alternatives[x.alternative].center
    at_home = x.unit >= 0 and t.units[x.unit].center == center  # it leaves the place that it takes
    if at_home or (s.centers[center].blocked_head < 0 and has_room(t, s, center)):
        _set_off(t, s, lot)
    else:
        _wait_for_room(t, s, lot)


@cold
def _depart(t: Any, s: Any, lot: int) -> None:
    """As `_set_off`, from where it is seldom called."""
    _set_off(t, s, lot)


# -- under way ----------------------------------------------------------------------------------------------
@cold
def _leave_transport(t: Any, s: Any, lot: int) -> None:
    """Off a conveyor or out of a rack as soon as there is room; into a rack there always is."""
    center = t.alternatives[s.lots[lot].alternative].center
    if to_rack(t, s, lot) or (s.centers[center].blocked_head < 0 and has_room(t, s, center)):
        _depart(t, s, lot)
    else:
        _wait_for_room(t, s, lot)


@cold
def alight(t: Any, s: Any, unit: int) -> None:
    """A vehicle or crane has done its trip."""
    lot = s.units[unit].lot
    center = deliver(t, s, unit)
    if s.trips[lot].stage == 1:  # in the rack
        s.lots[lot].special |= k.ON_TRANSPORTER
        s.lot_extra[lot].center = center
        _leave_transport(t, s, lot)
    else:
        _send(t, s, lot, center)


@cold
def belt_event(t: Any, s: Any, center: int, token: int) -> None:
    """The entrance of a conveyor is free, or its first lot has reached the end."""
    if token == k.REACH:
        _leave_transport(t, s, reach(t, s, center))
    else:
        open_belt(t, s, center, token)


@cold
def go_on(t: Any, s: Any, lot: int, step: int) -> None:
    """As `go_to`, from where it is seldom called; the place that a lot keeps at the step is its own."""
    x = s.lots[lot]
    if x.special & k.RESERVED:
        row = give_place(t, s, lot)
        leaves = t.alternatives[row].center != t.alternatives[x.alternative].center
        if step >= 0 and t.steps[step].alt_first <= row < t.steps[step].alt_end and (leaves or x.unit >= 0):
            x.step = step
            if x.loop_end >= 0 and step > x.loop_end:
                join(x)
            x.alternative = row
            if x.special & k.PLANNED:
                follow(t, s, lot)
            _depart(t, s, lot)
            return
    go_to(t, s, lot, step)


@cold
def pass_on(t: Any, s: Any, lot: int) -> None:
    """Send a lot on from a step of which more is to be said than which one is next."""
    if t.steps[s.lots[lot].step].extras & k.X_AFTER:
        hand_on(s, lot)
    else:
        go_on(t, s, lot, following(t, s, lot))


@cold
def keep_place(t: Any, s: Any, center: int, lot: int) -> None:
    """Keep a place for a lot that begins, where it goes next: the choice is that of `_pick_alternative`."""
    step = step_to_reserve(t, s, lot)
    if step < 0:
        return
    best, best_grade = -1, 0
    for row in range(t.steps[step].alt_first, t.steps[step].alt_end):
        goal = t.alternatives[row].center
        if can_keep(t, s, center, goal):
            grade = 2 if _can_begin(t, s, goal) else 1
            if grade > best_grade or (grade == best_grade and _load(t, s, row) < _load(t, s, best)):
                best, best_grade = row, grade
    if t.alternatives[best].center != center:
        s.centers[t.alternatives[best].center].on_the_way += 1
    s.lot_extra[lot].reserved = best
    s.lots[lot].special |= k.RESERVED


# -- in and out -----------------------------------------------------------------------------------------
@kernel
def leave(t: Any, s: Any, lot: int, status: int) -> None:
    """A lot leaves the plant; under CONWIP the next one may come in."""
    x = s.lots[lot]
    c = s.clock[0]
    if x.unit >= 0:
        let_go(t, s, lot)
    if t.whole[0].has_stock:
        status = put_in_stock(t, s, lot, status)
    if x.special & k.PLANNED:
        note_leaving(t, s, lot, status)
    if t.whole[0].log >= k.LOG_LOTS:
        e = s.exits[c.exits_n]
        c.exits_n += 1
        e.serial, e.source, e.order, e.product, e.status = x.serial, x.source, x.order, x.product, status
        e.priority, e.release, e.due, e.end = x.priority, x.release, x.due, c.now
        e.pieces, e.good, e.scrap, e.rework, e.escaped = (
            x.started,
            x.pieces,
            x.scrap,
            x.rework,
            x.defective + x.resting,
        )
        e.breaks = x.breaks
        e.began = x.began if x.special & k.BEGUN else c.now
    if status == k.COMPLETED:
        c.completed += 1
        c.good += x.pieces
        c.lead_sum += c.now - x.release
    x.used = 0
    x.next = c.free_lot
    c.free_lot = lot
    c.in_plant -= 1


@inline
def _enter(t: Any, s: Any, lot: int) -> None:
    """Release a lot into the plant."""
    x = s.lots[lot]
    c = s.clock[0]
    x.used = 2
    c.in_plant += 1
    step = x.step
    if not x.special & k.FROM_START:
        x.release = c.now
        step = sampled(t, s, lot, step)
    go_to(t, s, lot, step)


@kernel
def enter_later(t: Any, s: Any, lot: int) -> None:
    """As `_enter`, for a lot that has waited outside."""
    _enter(t, s, lot)


@cold
def _longest_queue(t: Any, s: Any) -> float:
    """The most lots per unit that are at a work center or on the way to it."""
    longest = 0.0
    for center in range(t.whole[0].centers_n):
        x = s.centers[center]
        units = t.centers[center].unit_end - t.centers[center].unit_first
        longest = max(longest, (x.waiting + x.on_the_way + units - x.empty) / units)
    return longest


@cold
def _release_by_rule(t: Any, s: Any) -> bool:
    """Release the first lot outside that the user's rule lets in; whether there was one."""
    c = s.clock[0]
    outside = 0
    lot = c.backlog_head
    while lot >= 0:
        outside += 1
        lot = s.lots[lot].next
    longest = _longest_queue(t, s)
    before = -1
    lot = c.backlog_head
    while lot >= 0 and c.bad == 0:
        after = s.lots[lot].next
        if may_enter(t, s, lot, outside, longest):
            if before >= 0:
                s.lots[before].next = after
            else:
                c.backlog_head = after
            if after < 0:
                c.backlog_tail = before
            enter_later(t, s, lot)
            return True
        before = lot
        lot = after
    return False


@cold
def release_next(t: Any, s: Any) -> bool:
    """Release the lot that has waited longest outside, if CONWIP allows; whether one was released."""
    c = s.clock[0]
    if t.whole[0].release_rule >= 0:
        return _release_by_rule(t, s)
    if c.backlog_head < 0 or c.in_plant >= t.whole[0].conwip:
        return False
    lot = c.backlog_head
    c.backlog_head = s.lots[lot].next
    if c.backlog_head < 0:
        c.backlog_tail = -1
    enter_later(t, s, lot)
    return True


@inline
def _make_lot(
    t: Any, s: Any, product: int, source: int, order: int, pieces: int, due: float, priority: float, key: Any
) -> int:
    """Make a lot, which is nowhere yet."""
    c = s.clock[0]
    lot = c.free_lot
    if lot >= 0:
        c.free_lot = s.lots[lot].next
    else:
        lot = c.lots_top
        c.lots_top += 1
    x = s.lots[lot]
    p = t.products[product]
    x.key, x.serial, x.product, x.source, x.order = key, c.serial, product, source, order
    c.serial += 1
    x.step, x.alternative, x.unit, x.next, x.previous = p.step, -1, -1, -1, -1
    if p.routes:
        x.step = draw_route(t, p, key, pieces)
    x.priority = p.priority if priority != priority else priority
    x.release, x.due, x.since = c.now, due, c.now
    x.pieces, x.active, x.started = pieces, pieces, pieces
    x.resting, x.breaks, x.in_cascade, x.special, x.began = 0, 0, 0, 0, k.NOT_BEGUN
    x.defective, x.scrap, x.rework, x.loops, x.loop_end, x.used = 0, 0, 0, 0, -1, 1
    for column in range(t.whole[0].tries_n):
        s.tries[lot, column] = 0
    for column in range(t.whole[0].needs_n):
        s.resource_of[lot, column] = -1
    for column in range(t.whole[0].homes_n):
        s.homes[lot, column] = -1
    for column in range(t.whole[0].marks_n):
        s.marks[lot, column] = k.NO_DUE
    return int(lot)


@cold
def make_lot(
    t: Any, s: Any, product: int, source: int, order: int, pieces: int, due: float, priority: float, key: Any
) -> int:
    """As `_make_lot`, for lots that come of others or of cards."""
    return int(_make_lot(t, s, product, source, order, pieces, due, priority, key))


@inline
def new_lot(
    t: Any, s: Any, product: int, source: int, order: int, pieces: int, due: float, priority: float, key: Any,
    step: int, came: float, special: int, plan: int,
) -> None:  # fmt: skip
    """Make a lot; it enters at once, or waits outside under CONWIP. `plan`: the row before its own, or -1."""
    c = s.clock[0]
    lot = _make_lot(t, s, product, source, order, pieces, due, priority, key)
    x = s.lots[lot]
    x.special = special
    if plan >= 0:
        x.special |= k.PLANNED
        s.lot_extra[lot].plan = plan
        c.planned += 1
    if step >= 0:
        x.step, x.release = step, came
        x.special |= k.FROM_START
        s.lot_extra[lot].delay = t.orders[order].delay
        if t.steps[step].position > 0:
            x.special |= k.BEGUN
            x.began = came
    if t.whole[0].conwip < 0 or step >= 0:
        _enter(t, s, lot)
        return
    c.backlog_head, c.backlog_tail = line_up(s, lot, c.backlog_head, c.backlog_tail)
