"""What a lot does: it is made, goes from step to step, waits, comes back for rework, leaves."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.ahead import (
    can_keep,
    following,
    give_place,
    has_room,
    sampled,
    show_short,
    step_ahead,
    tell_of_room,
)
from zhizao.kernels.choice import (
    choose,
    find_unit,
    free_units,
    gather_of,
    joins,
    least_setup,
    load_that_fits,
    may_start,
    rank_in_queue,
    unit_for,
)
from zhizao.kernels.compiling.decorators import cold, inline, kernel
from zhizao.kernels.heap import next_time, push
from zhizao.kernels.hot import interrupt, line_up_hot, most_left
from zhizao.kernels.luck import binomial, draw, stream
from zhizao.kernels.material import (
    draw_route,
    hand_on,
    left_aside,
    park,
    parts_there,
    put_in_stock,
    take_parts,
)
from zhizao.kernels.moves import board, deliver, gate, give_up, open_belt, reach, step_off, to_rack
from zhizao.kernels.plan import follow, planned_row, planned_start
from zhizao.kernels.rules import ask, may_enter, own_share, wants
from zhizao.kernels.supply import call, call_first, lend_crews, spend
from zhizao.kernels.times import after_work
from zhizao.kernels.work import let_go, moment, put_down, settle, start, take_due, vacate, write


# -- queues -----------------------------------------------------------------------------------------------
@kernel
def _gather(t: Any, s: Any, center: int, lot: int, sign: int) -> None:
    """Count a lot that comes to (1) or leaves (-1) a queue from which batches are made."""
    x = s.lots[lot]
    batch = t.alternatives[x.alternative].batch
    if batch < 0:
        return
    b = t.batches[batch]
    g = s.gathers[gather_of(t, s, batch, lot)]
    was = g.amount >= b.least
    g.amount += sign * (x.active if b.in_pieces else 1)
    if b.alone and was != (g.amount >= b.least):
        s.centers[center].ready += sign
    if sign > 0 and b.wait < k.NO_DUE:
        push(s, s.clock[0].now + b.wait, k.E_LOOK, center, k.NOTHING)


@kernel
def _push_in(s: Any, center: int, lot: int) -> None:
    """Place a lot in an ordered queue before the tail, behind those of its own rank."""
    x = s.centers[center]
    y = s.lots[lot]
    behind = x.tail
    while behind != x.head and y.rank < s.lots[s.lots[behind].previous].rank:
        behind = s.lots[behind].previous
    y.next = behind
    if behind == x.head:
        x.head = lot
    else:
        y.previous = s.lots[behind].previous
        s.lots[y.previous].next = lot
    s.lots[behind].previous = lot


@inline
def enqueue(t: Any, s: Any, center: int, lot: int) -> None:
    """A lot is at hand at a center."""
    if t.centers[center].extras & k.X_BATCH:
        _gather(t, s, center, lot, k.TAKE)
    x = s.centers[center]
    y = s.lots[lot]
    y.since = s.clock[0].now
    if t.centers[center].order != k.FIFO:
        y.rank = rank_in_queue(t, s, center, lot)
    if x.waiting > 0 and t.centers[center].order != k.FIFO and y.rank < s.lots[x.tail].rank:
        _push_in(s, center, lot)
    else:
        y.next = -1
        y.previous = x.tail
        if x.tail >= 0:
            s.lots[x.tail].next = lot
        else:
            x.head = lot
        x.tail = lot
    x.waiting += 1
    if x.empty > 0 or t.centers[center].extras & k.X_PREEMPT:  # else the unit that falls empty first calls
        call(s, center)


@inline
def _dequeue(t: Any, s: Any, center: int, lot: int) -> None:
    if t.centers[center].extras & k.X_BATCH:
        _gather(t, s, center, lot, k.GIVE_BACK)
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
def _tell_of_route(t: Any, s: Any, lot: int, alternative: int) -> None:
    """What the user's routing rule is told of one alternative."""
    x = s.lots[lot]
    p = t.steps[x.step]
    a = t.alternatives[alternative]
    center = t.centers[a.center]
    y = s.centers[a.center]
    coming = y.waiting + y.on_the_way
    told = s.told
    told[0], told[1], told[2], told[3] = s.clock[0].now, x.due, x.release, x.priority
    told[4], told[5] = x.active, x.pieces
    told[6], told[7] = a.mean_lot_s + x.active * a.mean_piece_s, p.rest_lot_s + x.active * p.rest_piece_s
    told[8] = least_setup(t, s, a.center, lot) if wants(t, p.routing, 8) else 0.0
    told[9] = _load(t, s, alternative)
    told[10] = k.NO_DUE if center.capacity < 0 else float(center.capacity + y.empty - coming)
    told[11], told[12], told[13] = free_units(t, s, a.center), coming, 0.0
    if t.whole[0].move_first >= 0 and x.unit >= 0:
        row = t.units[x.unit].center * len(t.centers)
        told[13] = t.values[t.whole[0].move_first + row + a.center]
    told[14] = alternative - p.alt_first
    told[15] = planned_start(t, s, lot, alternative) if wants(t, p.routing, 15) else 0.0


@cold
def _own_route(t: Any, s: Any, lot: int) -> int:
    """The alternative to which the user's rule gives the lowest number; the first on ties."""
    p = t.steps[s.lots[lot].step]
    best = p.alt_first
    least = k.TOO_MUCH
    for other in range(p.alt_first, p.alt_end):
        _tell_of_route(t, s, lot, other)
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


@inline
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
        enqueue(t, s, center, lot)


@kernel
def arrive(t: Any, s: Any, lot: int) -> None:
    """A lot that was on the way is at hand."""
    center = t.alternatives[s.lots[lot].alternative].center
    s.centers[center].on_the_way -= 1
    enqueue(t, s, center, lot)


@inline
def line_up(s: Any, lot: int, head: int, tail: int) -> Any:
    """Place a lot in a list, hot ones before all others: (head, tail)."""
    if s.lots[lot].special & k.HOT:
        return line_up_hot(s, lot, head, tail)
    s.lots[lot].next = -1
    if tail >= 0:
        s.lots[tail].next = lot
        return head, lot
    return lot, lot


@inline
def _wait_for_room(t: Any, s: Any, lot: int) -> None:
    """A lot stays where it is (on its unit, or outside) until its next center has room."""
    x = s.centers[t.alternatives[s.lots[lot].alternative].center]
    x.blocked_head, x.blocked_tail = line_up(s, lot, x.blocked_head, x.blocked_tail)
    s.asides[lot].blocked = s.clock[0].now
    unit = s.lots[lot].unit
    if unit >= 0 and t.centers[t.units[unit].center].output > 0 and park(t, s, lot):
        return
    if unit >= 0:
        if s.lots[lot].piped:
            s.lots[lot].piped = 2
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
    elif x.special & k.ASIDE:
        origin = left_aside(t, s, lot)
    elif unit < -1:  # at the end of a conveyor, or in a rack
        origin = -2 - unit
        x.unit = -1
        step_off(t, s, origin)
    _send(t, s, lot, origin)


@inline
def _admit(t: Any, s: Any, center: int) -> None:
    """The lot that has waited longest for room at a center comes in."""
    x = s.centers[center]
    lot = x.blocked_head
    x.blocked_head = s.lots[lot].next
    if x.blocked_head < 0:
        x.blocked_tail = -1
    _set_off(t, s, lot)


@inline
def _join(x: Any) -> None:
    """The pieces in rework are one lot again with those that waited for them."""
    x.active = x.pieces
    x.defective += x.resting
    x.resting = 0
    x.loop_end = -1


@inline
def _go(t: Any, s: Any, lot: int, step: int) -> None:
    """On to a step; -1: the lot has done its route."""
    x = s.lots[lot]
    if step < 0:
        leave(t, s, lot, k.COMPLETED)
        return
    x.step = step
    if x.loop_end >= 0 and step > x.loop_end:
        _join(x)
    if x.special & k.PLANNED:
        x.alternative = _planned_alternative(t, s, lot)
    else:
        x.alternative = _pick_alternative(t, s, lot)
    if t.whole[0].ways >= 0:
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
def _onward(t: Any, s: Any, lot: int) -> None:
    """Off a conveyor or out of a rack as soon as there is room; into a rack there always is."""
    center = t.alternatives[s.lots[lot].alternative].center
    if to_rack(t, s, lot) or (s.centers[center].blocked_head < 0 and has_room(t, s, center)):
        _depart(t, s, lot)
    else:
        _wait_for_room(t, s, lot)


@cold
def _alight(t: Any, s: Any, unit: int) -> None:
    """A vehicle or crane has done its trip."""
    lot = s.units[unit].lot
    stop = deliver(t, s, unit)
    if s.trips[lot].stage == 1:  # in the rack
        s.lots[lot].unit = -2 - stop
        _onward(t, s, lot)
    else:
        _send(t, s, lot, stop)


@cold
def belt_event(t: Any, s: Any, center: int, token: int) -> None:
    """The entrance of a conveyor is free, or its first lot has reached the end."""
    if token == k.REACH:
        _onward(t, s, reach(t, s, center))
    else:
        open_belt(t, s, center, token)


@cold
def go_on(t: Any, s: Any, lot: int, step: int) -> None:
    """As `_go`, from where it is seldom called; the place that a lot keeps at the step is its own."""
    x = s.lots[lot]
    if x.special & k.AHEAD:
        row = give_place(t, s, lot)
        leaves = t.alternatives[row].center != t.alternatives[x.alternative].center
        if step >= 0 and t.steps[step].alt_first <= row < t.steps[step].alt_end and (leaves or x.unit >= 0):
            x.step = step
            if x.loop_end >= 0 and step > x.loop_end:
                _join(x)
            x.alternative = row
            if x.special & k.PLANNED:
                follow(t, s, lot)
            _depart(t, s, lot)
            return
    _go(t, s, lot, step)


@cold
def _pass_on(t: Any, s: Any, lot: int) -> None:
    """Send a lot on from a step of which more is to be said than which one is next."""
    if t.steps[s.lots[lot].step].extras & k.X_AFTER:
        hand_on(s, lot)
    else:
        go_on(t, s, lot, following(t, s, lot))


@cold
def _keep_place(t: Any, s: Any, center: int, lot: int) -> None:
    """Keep a place for a lot that begins, where it goes next: the choice is that of `_pick_alternative`."""
    step = step_ahead(t, s, lot)
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
    s.asides[lot].ahead = best
    s.lots[lot].special |= k.AHEAD


# -- quality ------------------------------------------------------------------------------------------------
@cold
def _inspect(t: Any, s: Any, lot: int) -> Any:
    """Draw the defects of the step just done: (pieces rejected, sound ones among them)."""
    x = s.lots[lot]
    p = t.steps[x.step]
    luck = stream(x.key, moment(t, x), k.P_DEFECT)
    sound = x.active - x.defective
    share = own_share(t, s, lot) if p.quality >= 0 else p.share
    together = p.has_defects > 1  # all pieces share their luck
    made, luck = binomial(min(sound, 1) if together else sound, share, luck)
    x.defective += sound * made if together else made
    bad = x.defective
    found, luck = binomial(min(bad, 1) if together else bad, p.found, luck)
    if together:
        found *= bad
    x.defective -= found
    false = 0
    if p.false_alarms > 0.0:
        sound = x.active - bad
        false, luck = binomial(min(sound, 1) if together else sound, p.false_alarms, luck)
        if together:
            false *= sound
    return int(found + false), int(false)


@cold
def _sort_out(t: Any, s: Any, lot: int) -> Any:
    """Decide about the pieces rejected: (pieces scrapped, pieces to rework).

    Only those go back. But pieces that are in rework already and have more to do before they join the others
    go back together, so that none leaves an operation out.
    """
    x = s.lots[lot]
    p = t.steps[x.step]
    found, false = _inspect(t, s, lot)
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
        x.defective += found - false
        return 0, 0
    x.pieces -= found
    x.active -= found
    x.scrap += found
    return found, 0


_AT_END = k.X_KEEP | k.X_MARK | k.X_ENERGY | k.X_AHEAD


@inline
def _complete(t: Any, s: Any, unit: int, lot: int) -> int:
    """A lot is processed: sort out its defects, log it; how many pieces go to rework."""
    x = s.lots[lot]
    p = t.steps[x.step]
    pieces_in = x.active
    scrap, rework = 0, 0
    if p.has_defects:
        scrap, rework = _sort_out(t, s, lot)
    if p.extras & _AT_END:
        if p.extras & k.X_KEEP:
            s.homes[lot, p.keep] = unit
        if p.extras & k.X_MARK:
            s.marks[lot, p.mark] = s.clock[0].now
        if p.extras & k.X_ENERGY:
            spend(t, s, unit, x.step, pieces_in)
        if x.special & k.AHEAD and x.active == 0:
            give_place(t, s, lot)
    if t.whole[0].log == k.LOG_EVENTS:
        write(t, s, lot, unit, k.A_PROCESS, x.start, pieces_in, pieces_in - scrap - rework, scrap, rework)
    return rework


@inline
def _proceed(t: Any, s: Any, lot: int, rework: int) -> None:
    """Send a lot that is processed on its way."""
    x = s.lots[lot]
    p = t.steps[x.step]
    if rework > 0:
        x.loops += 1
        go_on(t, s, lot, p.rework)
    elif x.pieces == 0:
        leave(t, s, lot, k.SCRAPPED)
    else:
        if x.loop_end >= 0 and (x.active == 0 or x.loop_end == x.step):
            x.step = x.loop_end
            p = t.steps[x.step]
            _join(x)
        if p.extras & (k.X_AFTER | k.X_AHEAD):
            _pass_on(t, s, lot)
        else:
            _go(t, s, lot, sampled(t, s, lot, p.next))


@kernel
def _proceed_on(t: Any, s: Any, lot: int, rework: int) -> None:
    """As `_proceed`, for lots of a batch or a cascade."""
    _proceed(t, s, lot, rework)


@kernel
def send_all(t: Any, s: Any, lot: int) -> None:
    """A lot, with those behind it in one batch, is at the end of a cascade."""
    while lot >= 0:
        following = s.lots[lot].next
        _proceed_on(t, s, lot, _complete(t, s, s.lots[lot].unit, lot))
        lot = following


@kernel
def _finish_batch(t: Any, s: Any, unit: int) -> None:
    first = s.units[unit].lot
    lot = first
    while lot >= 0:
        s.lots[lot].back = _complete(t, s, unit, lot)
        lot = s.lots[lot].next
    put_down(t, s, unit)
    lot = first
    while lot >= 0:
        following = s.lots[lot].next
        _proceed_on(t, s, lot, s.lots[lot].back)
        lot = following


@kernel
def _finish_more(t: Any, s: Any, unit: int) -> None:
    """A trip or a batch is done, or a lot (or a batch) stays in the cascade and makes way for the next."""
    y = s.units[unit]
    if y.more == k.ON_TRIP:
        _alight(t, s, unit)
        return
    lot = y.lot
    if y.rest <= 0.0:
        _finish_batch(t, s, unit)
        return
    put_down(t, s, unit)
    calendar = t.units[unit].calendar  # people have left
    if t.centers[t.units[unit].center].off_shift == k.FINISH:
        calendar = 0
    push(s, after_work(t, calendar, s.clock[0].now, y.rest), k.E_DONE, lot, k.NOTHING)
    y.rest = 0.0
    y.inside += y.hands
    y.hands = 0
    while lot >= 0:
        s.lots[lot].piped = 1
        lot = s.lots[lot].next
    vacate(t, s, unit)


@inline
def _is_keen(t: Any, s: Any, unit: int) -> bool:
    """Whether a unit may take the next lot at once: nobody else could, and nothing else is to be seen to."""
    c = s.clock[0]
    center = t.units[unit].center
    x = s.centers[center]
    if t.centers[center].fresh < 2 or x.waiting == 0 or x.empty > 0 or x.blocked_head >= 0:
        return False
    clear = c.agenda_n == 0 and c.serve == 0 and s.units[unit].due == 0
    return bool(clear and s.calendars[t.centers[center].calendar].open)


@inline
def _go_ahead(t: Any, s: Any, unit: int) -> None:
    """A keen unit takes the next lot, without the round by the agenda, which would do just that.

    Where it cannot after all, because more happens at this moment, the agenda sees to it as ever.
    """
    c = s.clock[0]
    c.keen = -1
    if s.units[unit].phase != k.EMPTY:  # its lot has found no room
        return
    center = t.units[unit].center
    lot = s.centers[center].head
    if next_time(s) > c.now and c.serve == 0 and s.centers[center].blocked_head < 0:
        _dequeue(t, s, center, lot)
        start(t, s, unit, lot, 1, s.lots[lot].active)
    else:
        call_first(s, center)
        settle(t, s, unit)


@inline
def finish(t: Any, s: Any, unit: int) -> None:
    """The work in hand is done."""
    y = s.units[unit]
    if y.more:
        _finish_more(t, s, unit)
    else:
        lot = y.lot
        rework = _complete(t, s, unit, lot)
        put_down(t, s, unit)
        if _is_keen(t, s, unit):
            s.clock[0].keen = unit
        _proceed(t, s, lot, rework)
        if s.clock[0].keen >= 0:
            _go_ahead(t, s, unit)
    if y.phase == k.HOLDS and y.stopped < 0:  # blocked; a unit that fell empty has seen to it
        take_due(t, s, unit)


@kernel
def _ruin(t: Any, s: Any, lot: int) -> None:
    """All pieces of a lot are scrap."""
    y = s.lots[lot]
    if y.special & k.AHEAD:
        give_place(t, s, lot)
    y.scrap += y.pieces
    y.pieces = 0
    y.defective = 0
    y.resting = 0


@cold
def scrap_in_hand(t: Any, s: Any, unit: int) -> None:
    """A failure has ruined the lot that the unit was working on, where the plant says so."""
    x = s.units[unit]
    if x.stopped < 0 or (x.phase != k.IN_PROCESS and x.phase != k.IN_SETUP):
        return
    p = t.stops[x.stopped]
    if p.planned or p.then != k.SCRAP:
        return
    lot = x.lot
    activity = k.A_SETUP if x.phase == k.IN_SETUP else k.A_PROCESS
    more = x.more
    x.rest = 0.0
    put_down(t, s, unit)
    while lot >= 0:
        y = s.lots[lot]
        following = y.next if more == 1 else -1
        if t.whole[0].log == k.LOG_EVENTS:
            write(t, s, lot, unit, activity, x.start, y.active, k.NOTHING, y.pieces, k.NOTHING)
        if t.steps[y.step].move:
            give_up(t, s, unit, lot)
        _ruin(t, s, lot)
        leave(t, s, lot, k.SCRAPPED)
        lot = following


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
    if x.alternative != k.WAITS_THERE:
        x.release = c.now
        step = sampled(t, s, lot, step)
    _go(t, s, lot, step)


@kernel
def enter_later(t: Any, s: Any, lot: int) -> None:
    """As `_enter`, for a lot that has waited outside."""
    _enter(t, s, lot)


@cold
def _longest_queue(t: Any, s: Any) -> float:
    """The most lots per unit that are at a center or on the way to it."""
    longest = 0.0
    for center in range(len(t.centers)):
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
        x.step = draw_route(t, p, key)
    x.priority = p.priority if priority != priority else priority
    x.release, x.due, x.since = c.now, due, c.now
    x.pieces, x.active, x.started = pieces, pieces, pieces
    x.resting, x.breaks, x.piped, x.special, x.began = 0, 0, 0, 0, k.NOT_BEGUN
    x.defective, x.scrap, x.rework, x.loops, x.loop_end, x.used = 0, 0, 0, 0, -1, 1
    for column in range(t.whole[0].tries_n):
        s.tries[lot, column] = 0
    for column in range(t.whole[0].needs_n):
        s.crew_of[lot, column] = -1
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
        s.asides[lot].plan = plan
    if step >= 0:
        x.step, x.alternative, x.release = step, k.WAITS_THERE, came
        if t.steps[step].position > 0:
            x.special |= k.BEGUN
            x.began = came
    if t.whole[0].conwip < 0 or step >= 0:
        _enter(t, s, lot)
        return
    c.backlog_head, c.backlog_tail = line_up(s, lot, c.backlog_head, c.backlog_tail)


# -- the agenda -----------------------------------------------------------------------------------------
@cold
def _limit_broken(t: Any, s: Any, center: int, lot: int) -> bool:
    """Look at the queue limit of a lot that could start; whether it goes elsewhere because of it."""
    x = s.lots[lot]
    p = t.steps[x.step]
    began = x.since if p.limit < 0 else s.marks[lot, p.limit]
    if s.clock[0].now - began <= p.limit_s:
        return False
    x.breaks += 1
    if p.limit >= 0:
        s.marks[lot, p.limit] = k.NO_DUE
    if p.limit_then == k.COUNT:
        return False
    _dequeue(t, s, center, lot)
    if p.limit_then == k.REWORK:
        x.loops += 1
        go_on(t, s, lot, p.limit_step)
    else:
        _ruin(t, s, lot)
        leave(t, s, lot, k.SCRAPPED)
    return True


@cold
def _late_leave(t: Any, s: Any, center: int, row: int) -> bool:
    """Whether a lot that could go in a batch goes elsewhere because of its queue limit."""
    lot = s.centers[center].head
    while lot >= 0:
        p = t.steps[s.lots[lot].step]
        if p.extras & k.X_LIMIT and p.limit_then != k.COUNT and joins(t, s, lot, row):
            if parts_there(t, s, lot) and _limit_broken(t, s, center, lot):
                return True
        lot = s.lots[lot].next
    return False


@kernel
def _most_of(t: Any, s: Any, center: int, unit: int, lot: int) -> int:
    """The most that a batch with this lot may hold now; 1 for a lot that goes in none."""
    batch = t.alternatives[s.lots[lot].alternative].batch
    if batch < 0:
        return 1
    if t.centers[center].off_shift == k.NO_START:
        return int(load_that_fits(t, s, unit, lot))
    return int(t.batches[batch].most)


@kernel
def _start_batch(t: Any, s: Any, center: int, unit: int, first: int, most: int) -> None:
    """Begin a batch of a lot and those that may go with it, in the order of the queue, up to the most."""
    batch = t.alternatives[s.lots[first].alternative].batch
    b = t.batches[batch]
    row = gather_of(t, s, batch, first)
    _dequeue(t, s, center, first)
    last, lots, pieces = first, 1, s.lots[first].active
    room = most - (pieces if b.in_pieces else 1)
    lot = s.centers[center].head
    while lot >= 0 and room > 0:
        x = s.lots[lot]
        following = x.next
        size = x.active if b.in_pieces else 1
        if size <= room and joins(t, s, lot, row) and parts_there(t, s, lot):
            if t.steps[x.step].extras & k.X_LIMIT:
                _limit_broken(t, s, center, lot)
            if t.steps[x.step].extras & k.X_PARTS:
                take_parts(t, s, lot)
            _dequeue(t, s, center, lot)
            s.lots[last].next = lot
            x.unit = unit
            for column in range(t.whole[0].needs_n):
                s.crew_of[lot, column] = -1  # the first lot has the people
            room -= size
            last, lots, pieces = lot, lots + 1, pieces + x.active
        lot = following
    s.lots[last].next = -1
    start(t, s, unit, first, lots, pieces)


@kernel
def _next_to_start(t: Any, s: Any, center: int) -> Any:
    """(Lot, unit) to start now, where more than the queue is to be looked at; -1: none."""
    if t.centers[center].extras & k.X_BATCH and s.centers[center].ready + t.centers[center].ready == 0:
        return -1, -1
    first = find_unit(t, s, center)
    if first < 0:
        return -1, -1
    s.centers[center].short = 0
    lot, unit = choose(t, s, center, first)
    if t.centers[center].extras & k.X_AHEAD:
        show_short(t, s, center, s.centers[center].short if lot < 0 else 0)
    return lot, unit


@kernel
def _start_one(t: Any, s: Any, center: int) -> bool:
    """Start a lot, or a batch, that `_next_to_start` gives; whether one was started."""
    lot, unit = _next_to_start(t, s, center)
    if lot < 0:
        return False
    batch = t.alternatives[s.lots[lot].alternative].batch
    if (
        batch >= 0
        and t.centers[center].extras & k.X_LATE
        and _late_leave(t, s, center, gather_of(t, s, batch, lot))
    ):
        return True
    if t.steps[s.lots[lot].step].extras & k.X_LIMIT and _limit_broken(t, s, center, lot):
        return True
    most = _most_of(t, s, center, unit, lot)
    if t.steps[s.lots[lot].step].extras & k.X_PARTS:
        take_parts(t, s, lot)
    if t.steps[s.lots[lot].step].extras & k.X_AHEAD:
        _keep_place(t, s, center, lot)
    if batch >= 0:
        _start_batch(t, s, center, unit, lot, most)
    else:
        _dequeue(t, s, center, lot)
        start(t, s, unit, lot, 1, s.lots[lot].active)
    return True


@cold
def _make_way(t: Any, s: Any, center: int) -> bool:
    """Interrupt a unit for the hot lot at the head of a queue, if it must and can; whether one was."""
    lot = s.centers[center].head
    if s.centers[center].waiting == 0 or not s.lots[lot].special & k.HOT:
        return False
    if unit_for(t, s, center, lot, -1) >= 0:
        return False
    unit = most_left(t, s, center, lot)
    if unit < 0:
        return False
    lend_crews(t, s, s.units[unit].lot, k.GIVE_BACK)
    able = may_start(t, s, center, unit, lot)
    lend_crews(t, s, s.units[unit].lot, k.TAKE)
    if not able:
        return False
    other = s.units[unit].lot
    interrupt(t, s, unit)
    enqueue(t, s, center, other)
    _start_one(t, s, center)  # at once, before those for whom people fall free are served
    return True


@cold
def _before_all(t: Any, s: Any, center: int) -> bool:
    """Tell of room where places are kept, and let a hot lot interrupt; whether one did."""
    if t.centers[center].extras & k.X_BEFORE:
        tell_of_room(t, s, center)
    return bool(t.centers[center].extras & k.X_PREEMPT and _make_way(t, s, center))


@inline
def attend(t: Any, s: Any, center: int) -> bool:
    """Let one lot in at a center, or start one; whether there may be more to do."""
    x = s.centers[center]
    if x.blocked_head >= 0 and has_room(t, s, center):
        _admit(t, s, center)
        return True
    if t.centers[center].extras & (k.X_PREEMPT | k.X_BEFORE) and _before_all(t, s, center):
        return True
    if x.waiting == 0 or x.empty == 0:
        return False
    if t.centers[center].fresh:
        unit = find_unit(t, s, center)
        if unit < 0:
            return False
        lot = x.head
        if t.centers[center].setup_by != k.NO_SETUP:
            unit = unit_for(t, s, center, lot, -1)
        _dequeue(t, s, center, lot)
        start(t, s, unit, lot, 1, s.lots[lot].active)
    elif not _start_one(t, s, center):
        return False
    elif x.blocked_head >= 0 or x.awaited:  # a batch makes room for several
        return True
    return bool(x.empty > 0 and x.waiting > 0)
