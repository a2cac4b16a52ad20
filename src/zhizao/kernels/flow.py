"""What a lot does: it is made, goes from step to step, waits, comes back for rework, leaves."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels._jit import kernel, rare, small
from zhizao.kernels.choice import choose, find_unit, unit_for
from zhizao.kernels.heap import push
from zhizao.kernels.luck import binomial, draw, stream, uniform
from zhizao.kernels.moves import board, deliver, gate, give_up, open_belt, reach, step_off, to_rack
from zhizao.kernels.work import call, moment, put_down, settle, start, take_due, vacate, write


@small
def has_room(t: Any, s: Any, center: int) -> bool:
    """Whether one more lot may leave for a center; an empty unit offers one more place."""
    x = s.centers[center]
    capacity = t.centers[center].capacity
    return bool(capacity < 0 or x.waiting + x.on_the_way < capacity + x.empty)


# -- queues -----------------------------------------------------------------------------------------------
@small
def enqueue(s: Any, center: int, lot: int) -> None:
    """A lot is at hand at a center."""
    x = s.centers[center]
    y = s.lots[lot]
    y.since = s.clock[0].now
    y.next = -1
    y.previous = x.tail
    if x.tail >= 0:
        s.lots[x.tail].next = lot
    else:
        x.head = lot
    x.tail = lot
    x.waiting += 1
    if x.empty > 0:  # else the unit that falls empty first calls
        call(s, center)


@small
def _dequeue(s: Any, center: int, lot: int) -> None:
    x = s.centers[center]
    y = s.lots[lot]
    x.waiting -= 1
    if x.head == lot:  # `previous` of a head means nothing, so the next lot need not be touched
        x.head = y.next
        if y.next < 0:
            x.tail = -1
        return
    s.lots[y.previous].next = y.next
    if y.next >= 0:
        s.lots[y.next].previous = y.previous
    else:
        x.tail = y.previous


# -- from step to step --------------------------------------------------------------------------------------
@rare
def _load(t: Any, s: Any, alternative: int) -> float:
    """Mean time until a lot like this would be done there, if all work there were like it."""
    a = t.alternatives[alternative]
    x = s.centers[a.center]
    units = t.centers[a.center].unit_end - t.centers[a.center].unit_first
    ahead = x.waiting + x.on_the_way + units - x.empty
    rounds = 1.0 + max(0.0, (ahead + 1.0 - units) / units)
    return (a.mean_lot_s + a.mean_piece_s) * rounds


@rare
def _can_begin(t: Any, s: Any, center: int) -> bool:
    return s.centers[center].empty > 0 and find_unit(t, s, center) >= 0


@small
def _pick_alternative(t: Any, s: Any, step: int) -> int:
    """The alternative with room, then with a unit free now, then with the least load; the first on ties."""
    p = t.steps[step]
    best = p.alt_first
    if p.alt_end == best + 1:
        return int(best)
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


@small
def _send(t: Any, s: Any, lot: int, origin: int) -> None:
    """Carry a lot to the center of its alternative, where there is room; it is ready after its delay."""
    x = s.lots[lot]
    if t.whole[0].ways >= 0 and board(t, s, lot, origin):
        return
    center = t.alternatives[x.alternative].center
    step = t.steps[x.step]
    time = 0.0
    if step.delay > 0:
        time, _ = draw(t, step.delay, stream(x.key, moment(t, x), k.P_DELAY))
    if t.whole[0].move_first >= 0 and origin >= 0:
        time += t.values[t.whole[0].move_first + origin * len(t.centers) + center]
    if time > 0.0:
        s.centers[center].on_the_way += 1
        push(s, s.clock[0].now + time, k.E_ARRIVE, lot, k.NOTHING)
    else:
        enqueue(s, center, lot)


@kernel
def arrive(t: Any, s: Any, lot: int) -> None:
    """A lot that was on the way is at hand."""
    center = t.alternatives[s.lots[lot].alternative].center
    s.centers[center].on_the_way -= 1
    enqueue(s, center, lot)


@small
def _wait_for_room(t: Any, s: Any, lot: int) -> None:
    """A lot stays where it is (on its unit, or outside) until its next center has room."""
    x = s.centers[t.alternatives[s.lots[lot].alternative].center]
    s.lots[lot].next = -1
    if x.blocked_tail >= 0:
        s.lots[x.blocked_tail].next = lot
    else:
        x.blocked_head = lot
    x.blocked_tail = lot
    if s.lots[lot].unit >= 0:
        settle(t, s, s.lots[lot].unit)


@kernel
def _set_off(t: Any, s: Any, lot: int) -> None:
    """Leave the unit that holds the lot, if one does, for the next center."""
    x = s.lots[lot]
    unit = x.unit
    origin = -1
    if unit >= 0:
        origin = t.units[unit].center
        x.unit = -1
        vacate(t, s, unit)
    elif unit < -1:  # at the end of a conveyor, or in a rack
        origin = -2 - unit
        x.unit = -1
        step_off(t, s, origin)
    _send(t, s, lot, origin)


@small
def _admit(t: Any, s: Any, center: int) -> None:
    """The lot that has waited longest for room at a center comes in."""
    x = s.centers[center]
    lot = x.blocked_head
    x.blocked_head = s.lots[lot].next
    if x.blocked_head < 0:
        x.blocked_tail = -1
    _set_off(t, s, lot)


@small
def _sampled(t: Any, s: Any, lot: int, step: int) -> int:
    """The first step from `step` on that this lot does; -1: none is left."""
    x = s.lots[lot]
    while step >= 0 and t.steps[step].sample < 1.0:
        count = t.steps[step].position + x.loops * 1048576
        u, _ = uniform(stream(x.key, count, k.P_SAMPLE))
        if u <= t.steps[step].sample:
            break
        step = t.steps[step].next
    return step


@small
def _join(x: Any) -> None:
    """The pieces in rework are one lot again with those that waited for them."""
    x.active = x.pieces
    x.defective += x.resting
    x.resting = 0
    x.loop_end = -1


@kernel
def _go(t: Any, s: Any, lot: int, step: int) -> None:
    """On to a step; -1: the lot has done its route."""
    x = s.lots[lot]
    if step < 0:
        leave(t, s, lot, k.COMPLETED)
        return
    x.step = step
    if x.loop_end >= 0 and step > x.loop_end:
        _join(x)
    x.alternative = _pick_alternative(t, s, step)
    if t.whole[0].ways >= 0:
        gate(t, s, lot)
    center = t.alternatives[x.alternative].center
    at_home = x.unit >= 0 and t.units[x.unit].center == center  # it leaves the place that it takes
    if at_home or (s.centers[center].blocked_head < 0 and has_room(t, s, center)):
        _set_off(t, s, lot)
    else:
        _wait_for_room(t, s, lot)


# -- under way ----------------------------------------------------------------------------------------------
@rare
def _onward(t: Any, s: Any, lot: int) -> None:
    """Off a conveyor or out of a rack as soon as there is room; into a rack there always is."""
    x = s.centers[t.alternatives[s.lots[lot].alternative].center]
    center = t.alternatives[s.lots[lot].alternative].center
    if to_rack(t, s, lot) or (x.blocked_head < 0 and has_room(t, s, center)):
        _set_off(t, s, lot)
    else:
        _wait_for_room(t, s, lot)


@rare
def _alight(t: Any, s: Any, unit: int) -> None:
    """A vehicle or crane has done its trip."""
    lot = s.units[unit].lot
    stop = deliver(t, s, unit)
    if s.trips[lot].stage == 1:  # in the rack
        s.lots[lot].unit = -2 - stop
        _onward(t, s, lot)
    else:
        _send(t, s, lot, stop)


@rare
def belt_event(t: Any, s: Any, center: int, token: int) -> None:
    """The entrance of a conveyor is free, or its first lot has reached the end."""
    if token == k.REACH:
        _onward(t, s, reach(t, s, center))
    else:
        open_belt(t, s, center, token)


# -- quality ------------------------------------------------------------------------------------------------
@rare
def _inspect(t: Any, s: Any, lot: int) -> int:
    """Draw the defects of the step just done and how many are found."""
    x = s.lots[lot]
    p = t.steps[x.step]
    luck = stream(x.key, moment(t, x), k.P_DEFECT)
    made, luck = binomial(x.active - x.defective, p.share, luck)
    x.defective += made
    found, luck = binomial(x.defective, p.found, luck)
    x.defective -= found
    return int(found)


@rare
def _sort_out(t: Any, s: Any, lot: int) -> Any:
    """Decide about the defects found: (pieces scrapped, pieces to rework).

    Only those found go back. But pieces that are in rework already and have more to do before they join the
    others go back together, so that none leaves an operation out.
    """
    x = s.lots[lot]
    p = t.steps[x.step]
    found = _inspect(t, s, lot)
    if found == 0:
        return 0, 0
    if p.rework >= 0 and s.tries[lot, p.tries] < p.at_most:
        s.tries[lot, p.tries] += 1
        x.rework += found
        if x.loop_end <= x.step:
            x.resting += x.defective
            x.defective = 0
            x.active = found
            x.loop_end = x.step
        return 0, found
    if p.pass_on:
        x.defective += found
        return 0, 0
    x.pieces -= found
    x.active -= found
    x.scrap += found
    return found, 0


@small
def finish(t: Any, s: Any, unit: int) -> None:
    """A lot is processed: log it, sort out its defects, send it on."""
    y = s.units[unit]
    lot = y.lot
    x = s.lots[lot]
    p = t.steps[x.step]
    if p.move:
        _alight(t, s, unit)
        return
    pieces_in = x.active
    scrap, rework = 0, 0
    if p.has_defects:
        scrap, rework = _sort_out(t, s, lot)
    if t.whole[0].log == k.LOG_EVENTS:
        write(s, lot, unit, k.A_PROCESS, y.start, pieces_in, pieces_in - scrap - rework, scrap, rework)
    put_down(t, s, unit)
    if rework > 0:
        x.loops += 1
        _go(t, s, lot, p.rework)
    elif x.pieces == 0:
        leave(t, s, lot, k.SCRAPPED)
    else:
        if x.loop_end >= 0 and (x.active == 0 or x.loop_end == x.step):
            p = t.steps[x.loop_end]
            _join(x)
        _go(t, s, lot, _sampled(t, s, lot, p.next))
    if y.phase == k.HOLDS and y.stopped < 0:  # blocked; a unit that fell empty has seen to it
        take_due(t, s, unit)


@rare
def scrap_in_hand(t: Any, s: Any, unit: int) -> None:
    """A failure has ruined the lot that the unit was working on, where the plant says so."""
    x = s.units[unit]
    if x.stopped < 0 or (x.phase != k.IN_PROCESS and x.phase != k.IN_SETUP):
        return
    p = t.stops[x.stopped]
    if p.planned or p.then != k.SCRAP:
        return
    lot = x.lot
    y = s.lots[lot]
    if t.whole[0].log == k.LOG_EVENTS:
        activity = k.A_SETUP if x.phase == k.IN_SETUP else k.A_PROCESS
        write(s, lot, unit, activity, x.start, y.active, k.NOTHING, y.pieces, k.NOTHING)
    put_down(t, s, unit)
    if t.steps[y.step].move:
        give_up(t, s, unit, lot)
    y.scrap += y.pieces
    y.pieces = 0
    y.defective = 0
    y.resting = 0
    leave(t, s, lot, k.SCRAPPED)


# -- in and out -----------------------------------------------------------------------------------------
@kernel
def leave(t: Any, s: Any, lot: int, status: int) -> None:
    """A lot leaves the plant; under CONWIP the next one may come in."""
    x = s.lots[lot]
    c = s.clock[0]
    if x.unit >= 0:
        unit = x.unit
        x.unit = -1
        vacate(t, s, unit)
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
    if status == k.COMPLETED:
        c.completed += 1
        c.good += x.pieces
        c.lead_sum += c.now - x.release
    x.used = 0
    x.next = c.free_lot
    c.free_lot = lot
    c.in_plant -= 1


@small
def _enter(t: Any, s: Any, lot: int) -> None:
    """Release a lot into the plant."""
    x = s.lots[lot]
    c = s.clock[0]
    x.release = c.now
    x.used = 2
    c.in_plant += 1
    _go(t, s, lot, _sampled(t, s, lot, x.step))


@rare
def release_next(t: Any, s: Any) -> bool:
    """Release the lot that has waited longest outside, if CONWIP allows; whether one was released."""
    c = s.clock[0]
    if c.backlog_head < 0 or c.in_plant >= t.whole[0].conwip:
        return False
    lot = c.backlog_head
    c.backlog_head = s.lots[lot].next
    if c.backlog_head < 0:
        c.backlog_tail = -1
    _enter(t, s, lot)
    return True


@kernel
def new_lot(
    t: Any, s: Any, product: int, source: int, order: int, pieces: int, due: float, priority: float, key: Any
) -> None:
    """Make a lot; it enters at once, or waits outside under CONWIP."""
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
    x.priority = p.priority if priority != priority else priority
    x.release, x.due, x.since = c.now, due, c.now
    x.pieces, x.active, x.started = pieces, pieces, pieces
    x.resting = 0
    x.defective, x.scrap, x.rework, x.loops, x.loop_end, x.used = 0, 0, 0, 0, -1, 1
    for column in range(t.whole[0].tries_n):
        s.tries[lot, column] = 0
    for column in range(t.whole[0].needs_n):
        s.crew_of[lot, column] = -1
    if t.whole[0].conwip < 0:
        _enter(t, s, lot)
        return
    if c.backlog_tail >= 0:
        s.lots[c.backlog_tail].next = lot
    else:
        c.backlog_head = lot
    c.backlog_tail = lot


# -- the agenda -----------------------------------------------------------------------------------------
@small
def attend(t: Any, s: Any, rules: Any, center: int) -> bool:
    """Let one lot in at a center, or start one; whether there may be more to do."""
    x = s.centers[center]
    if x.blocked_head >= 0 and has_room(t, s, center):
        _admit(t, s, center)
        return True
    if x.waiting == 0 or x.empty == 0:
        return False
    unit = find_unit(t, s, center)
    if unit < 0:
        return False
    lot = x.head if t.centers[center].fresh else choose(t, s, rules, center, unit)
    if lot < 0:
        return False
    if t.centers[center].setup_by != k.NO_SETUP and t.centers[center].off_shift != k.NO_START:
        unit = unit_for(t, s, center, unit, lot)
    _dequeue(s, center, lot)
    start(t, s, unit, lot)
    return bool(x.empty > 0 and x.waiting > 0)
