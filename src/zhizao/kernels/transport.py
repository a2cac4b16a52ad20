"""How lots get from one work center to the next: by vehicle, by conveyor, through the rack of a crane.

A leg of the way is a step of its own, which stands in place of the step that the lot is bound for until
the leg is done. Fleets and cranes are centers whose units are the vehicles: going empty to a load is their
set-up, carrying it is their process, and so they have calendars, failures and dispatch like any other unit.
"""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold
from zhizao.kernels.cranes import rack_place, stop
from zhizao.kernels.heap import push
from zhizao.kernels.random_numbers import child, stream
from zhizao.kernels.supply import call
from zhizao.kernels.work import let_go, moment, put_down, settle, write


# -- legs ---------------------------------------------------------------------------------------------------
@cold
def leg_of(t: Any, s: Any, lot: int, origin: int) -> int:
    """The next leg of a lot's way from center `origin` (-1: from outside); -1: it goes by itself."""
    goal = t.alternatives[s.lots[lot].alternative].center
    if origin == goal:
        return -1
    n = len(t.centers)
    legs = t.whole[0].legs
    crane = t.lists[legs + n * n + goal]
    stage = s.trips[lot].stage
    if crane >= 0 and stage < 2:
        c = t.transporters[crane - t.whole[0].centers_n]
        if stage == 1:
            return int(c.retrieve)
        leg = t.lists[legs + origin * n + crane] if origin >= 0 and origin != crane else -1
        return int(leg if leg >= 0 else c.store)
    return int(t.lists[legs + origin * n + goal]) if origin >= 0 else -1


@cold
def take(t: Any, s: Any, lot: int, leg: int) -> None:
    """Put a leg before the step that a lot is bound for, with random numbers of its own."""
    x = s.lots[lot]
    y = s.trips[lot]
    count = moment(t, x)
    y.step, y.alternative, y.key = x.step, x.alternative, x.key
    if t.steps[leg].kind == k.STORE:
        center = t.alternatives[t.steps[leg].alt_first].center
        y.along, y.up = rack_place(t, center, x.product, stream(x.key, count, k.P_RACK))
    x.key = child(x.key, count, k.P_TRIP)
    x.step = leg
    x.alternative = t.steps[leg].alt_first


@cold
def gate(t: Any, s: Any, lot: int) -> None:
    """Take a leg that needs no place where the lot is bound for: to a conveyor, or to a rack."""
    x = s.lots[lot]
    origin = -1
    if x.unit >= 0:
        origin = t.units[x.unit].center
    leg = leg_of(t, s, lot, origin)
    if leg >= 0 and t.steps[leg].kind > k.RETRIEVE:
        take(t, s, lot, leg)
        if t.steps[leg].kind == k.BELT:
            ask(t, s, t.alternatives[x.alternative].center)


@cold
def board(t: Any, s: Any, lot: int, origin: int) -> bool:
    """Take the next leg, if there is one, of a lot that sets off; whether a conveyor has it now."""
    x = s.lots[lot]
    if t.steps[x.step].kind == k.OPERATION:
        leg = leg_of(t, s, lot, origin)
        if leg < 0:
            s.trips[lot].stage = 0
            return False
        goal = t.alternatives[x.alternative].center
        take(t, s, lot, leg)
        if t.steps[leg].kind <= k.RETRIEVE:
            s.trips[lot].keeps = 1
            s.centers[goal].on_the_way += 1
    if t.steps[x.step].kind == k.BELT:
        enter(t, s, lot)
        return True
    return False


@cold
def end_leg(t: Any, s: Any, lot: int) -> None:
    """A leg is done, or given up: the lot is again what it was before it."""
    x = s.lots[lot]
    y = s.trips[lot]
    x.step, x.alternative, x.key = y.step, y.alternative, y.key
    if y.keeps:
        y.keeps = 0
        goal = t.alternatives[x.alternative].center
        s.centers[goal].on_the_way -= 1


@cold
def deliver(t: Any, s: Any, unit: int) -> int:
    """A vehicle or crane puts its lot down; the center where that is."""
    x = s.units[unit]
    lot = x.lot
    y = s.lots[lot]
    p = t.steps[y.step]
    if t.whole[0].log == k.LOG_EVENTS:
        write(t, s, lot, unit, k.A_PROCESS, y.start, y.active, y.active, k.NOTHING, k.NOTHING)
    put_down(t, s, unit)
    x.family = p.own_family
    if p.kind == k.STORE or p.kind == k.RETRIEVE:
        s.trips[lot].stage = 1 if p.kind == k.STORE else 2
        row = t.units[unit].center - t.whole[0].centers_n
        stop(s, row, 0.0, 0.0, s.clock[0].now)
        if p.own_family > 0:
            stop(s, row, s.trips[lot].along, s.trips[lot].up, s.clock[0].now)
    end_leg(t, s, lot)
    let_go(t, s, lot)
    return int(p.end_center)


@cold
def give_up(t: Any, s: Any, unit: int, lot: int) -> None:
    """A lot is scrapped under way; a crane then begins anew from the corner."""
    m = t.transporters[t.units[unit].center - t.whole[0].centers_n]
    if m.kind == k.CRANE:
        s.units[unit].family = m.home
        stop(s, t.units[unit].center - t.whole[0].centers_n, 0.0, 0.0, s.clock[0].now)
    end_leg(t, s, lot)
    s.trips[lot].stage = 0
    call(s, t.alternatives[s.lots[lot].alternative].center)


@cold
def to_rack(t: Any, s: Any, lot: int) -> bool:
    """Whether a lot goes into a rack first."""
    n = len(t.centers)
    goal = t.alternatives[s.lots[lot].alternative].center
    return bool(t.lists[t.whole[0].legs + n * n + goal] >= 0 and s.trips[lot].stage == 0)


# -- conveyors ----------------------------------------------------------------------------------------------
@cold
def ask(t: Any, s: Any, center: int) -> None:
    """A lot wants to go on a slotted conveyor: open it at the next slot that nobody has taken."""
    m = t.transporters[center - t.whole[0].centers_n]
    b = s.transporters[center - t.whole[0].centers_n]
    if not m.slotted or b.asked or b.stood >= 0.0:
        return
    now = s.clock[0].now
    slot = float(int((now - b.lag) / m.headway_s + 0.999999999))  # no slot is lost to rounding
    b.slot = max(slot, b.slot + 1.0)
    b.asked = 1
    b.token += 1
    push(s, max(now, b.slot * m.headway_s + b.lag), k.E_BELT, center, b.token)


@cold
def enter(t: Any, s: Any, lot: int) -> None:
    """A lot goes on a conveyor, whose entrance is shut until it has moved on by one place."""
    center = t.alternatives[s.lots[lot].alternative].center
    m = t.transporters[center - t.whole[0].centers_n]
    b = s.transporters[center - t.whole[0].centers_n]
    y = s.trips[lot]
    now = s.clock[0].now
    y.entered, y.slot = now, b.slot
    s.lots[lot].next = -1
    s.centers[center].on_the_way += 1
    s.centers[center].shut = 1
    if b.head >= 0:
        s.lots[b.tail].next = lot
    else:
        b.head = lot
    b.tail = lot
    if b.head == lot and b.end < 0:
        _send_first(t, s, center, now)
    if m.slotted:
        if s.centers[center].blocked_head >= 0:
            ask(t, s, center)
    else:
        b.token += 1
        push(s, now + m.headway_s, k.E_BELT, center, b.token)
    _book_state(t, s, center)


@cold
def _send_first(t: Any, s: Any, center: int, close_up: float) -> None:
    """Plan when the first lot reaches the end, not before the moment `close_up`."""
    m = t.transporters[center - t.whole[0].centers_n]
    b = s.transporters[center - t.whole[0].centers_n]
    y = s.trips[b.head]
    when = max(y.entered + m.travel_s, close_up)
    if m.slotted:
        when = (y.slot + m.places) * m.headway_s + b.lag
    push(s, max(when, s.clock[0].now), k.E_BELT, center, k.REACH)


@cold
def open_belt(t: Any, s: Any, center: int, token: int) -> None:
    """The entrance of a conveyor is free."""
    b = s.transporters[center - t.whole[0].centers_n]
    if token != b.token:
        return
    b.asked = 0
    s.centers[center].shut = 0
    if s.centers[center].blocked_head >= 0:
        call(s, center)


@cold
def reach(t: Any, s: Any, center: int) -> int:
    """The first lot is at the end of a conveyor; a slotted one stands from now on, until the lot has left."""
    m = t.transporters[center - t.whole[0].centers_n]
    b = s.transporters[center - t.whole[0].centers_n]
    lot = b.head
    x = s.lots[lot]
    b.head = x.next
    b.end = lot
    if t.whole[0].log == k.LOG_EVENTS:
        unit = t.centers[center].unit_first
        start = s.trips[lot].entered
        write(t, s, lot, unit, k.A_PROCESS, start, x.active, x.active, k.NOTHING, k.NOTHING)
    end_leg(t, s, lot)
    x.special |= k.ON_TRANSPORTER
    s.lot_extra[lot].center = center
    if m.slotted:
        b.stood = s.clock[0].now
        b.token += 1
        if b.asked or not s.centers[center].shut:  # nobody has gone on in this slot
            b.asked = 0
            b.slot -= 1.0
        s.centers[center].shut = 1
    _book_state(t, s, center)
    return int(lot)


@cold
def step_off(t: Any, s: Any, center: int) -> None:
    """The lot at the end of a conveyor has left it: the next one moves up."""
    m = t.transporters[center - t.whole[0].centers_n]
    if m.kind == k.CRANE:  # out of a rack
        return
    b = s.transporters[center - t.whole[0].centers_n]
    now = s.clock[0].now
    b.end = -1
    s.centers[center].on_the_way -= 1
    if m.slotted:
        b.lag += now - b.stood
        b.stood = -1.0
    if b.head >= 0:
        _send_first(t, s, center, now + m.headway_s)
    if s.centers[center].blocked_head >= 0:
        ask(t, s, center)
        call(s, center)
    _book_state(t, s, center)


@cold
def _book_state(t: Any, s: Any, center: int) -> None:
    """Book the state of a conveyor: idle, busy, or blocked by the lot at its end."""
    unit = t.centers[center].unit_first
    b = s.transporters[center - t.whole[0].centers_n]
    phase = k.EMPTY
    if b.head >= 0:
        phase = k.IN_PROCESS
    if b.end >= 0:
        phase = k.HOLDS
    s.units[unit].phase = phase
    settle(t, s, unit)
