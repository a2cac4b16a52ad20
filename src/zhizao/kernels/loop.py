"""The event loop: the earliest event, what it changes, then all that can start because of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold, entry, inline, kernel
from zhizao.kernels.compiling.options import JIT_ON
from zhizao.kernels.completion import finish, scrap_in_hand, send_all
from zhizao.kernels.heap import fill, next_time, push
from zhizao.kernels.lot_transitions import next_transition, release_card
from zhizao.kernels.plan import most_urgent_first, plan_of_lot
from zhizao.kernels.queues import line_up_again
from zhizao.kernels.random_numbers import child, draw, stream, uniform
from zhizao.kernels.resource_waits import open_unit, open_window, serve, standby_timer_over
from zhizao.kernels.routing import arrive, belt_event, new_lot, release_next
from zhizao.kernels.starts import attend
from zhizao.kernels.supply import book_repair, call
from zhizao.kernels.times import after_work, close_of, next_switch, worked_until
from zhizao.kernels.traffic import floor_full
from zhizao.kernels.work import (
    consume,
    downtime_due,
    downtime_over,
    ready_done,
    rearm,
    resume,
    settle,
    take_due,
    works,
)

if JIT_ON:
    from zhizao.kernels.compiling.pointers import BundleType, opener, pointers_to

    _tables = opener(BundleType("Tables", k.TABLE_FIELDS, fixed=True))
    _state = opener(BundleType("State", k.STATE_FIELDS, fixed=False))


def pointers(arrays: Any) -> Any:
    """What the entries take for a `Tables` or a `State`; the arrays must stay alive and where they are."""
    return pointers_to(arrays) if JIT_ON else arrays


if not JIT_ON:  # plain Python works on the arrays themselves
    _tables = _state = pointers


@inline
def _unit_event(t: Any, s: Any, unit: int, token: int) -> None:
    x = s.units[unit]
    if token != x.token:
        return
    if x.downtime >= 0:
        downtime_over(t, s, unit)
    else:
        consume(t, s, unit, x.stretch)
        if x.left > 0.0:
            take_due(t, s, unit)
            if x.downtime < 0:  # maintenance that waits for its window
                resume(t, s, unit)
        elif x.phase != k.IN_PROCESS:
            ready_done(t, s, unit)
        else:
            finish(t, s, unit)
    if x.downtime >= 0:
        scrap_in_hand(t, s, unit)


@cold
def _calendar_event(t: Any, s: Any, calendar: int) -> None:
    now = s.clock[0].now
    was = s.calendars[calendar].open
    s.calendars[calendar].open = 1 if close_of(t, calendar, now) > now else 0
    push(s, next_switch(t, calendar, now), k.E_CALENDAR, calendar, k.NOTHING)
    if was == s.calendars[calendar].open:
        return
    for unit in range(len(t.units)):
        x = s.units[unit]
        own = t.units[unit].calendar == calendar
        if own and s.calendars[calendar].open:
            open_unit(t, s, unit)
        if own or t.units[unit].shift == calendar or (works(x) and x.calendar == calendar):
            settle(t, s, unit)
    if s.calendars[calendar].open:
        open_window(t, s, calendar)
    if s.clock[0].waits > 0:
        s.clock[0].serve = 1
    for center in range(len(t.centers)):
        if s.centers[center].waiting > 0:
            call(s, center)


# -- demand -------------------------------------------------------------------------------------------------
@inline
def _next_of_source(t: Any, s: Any, source: int) -> None:
    p = t.sources[source]
    x = s.sources[source]
    gap, _ = draw(t, p.every, stream(p.key, x.number, k.P_GAP))
    push(s, after_work(t, p.calendar, s.clock[0].now, gap), k.E_SOURCE, source, k.NOTHING)


@kernel
def _new_order(t: Any, s: Any, source: int) -> None:
    """Draw product, size and due date of a source's next order."""
    p = t.sources[source]
    x = s.sources[source]
    rng = stream(p.key, x.number, k.P_ORDER)
    row = 0
    if p.mix_n > 1:
        u, rng = uniform(rng)
        while row < p.mix_n - 1 and u > t.values[p.mix_first + row]:
            row += 1
    x.product = t.lists[p.mix_product + row]
    x.left = t.products[x.product].lot
    if p.pieces >= 0:
        pieces, rng = draw(t, p.pieces, rng)
        x.left = max(1, int(pieces + 0.5))
    x.due = k.NO_DUE
    if p.due >= 0:
        allowance, rng = draw(t, p.due, rng)
        x.due = s.clock[0].now + allowance


@inline
def _source_event(t: Any, s: Any, source: int) -> None:
    """One lot of the order at hand; the rest of the order comes at the same moment."""
    p = t.sources[source]
    x = s.sources[source]
    if x.left == 0:
        _new_order(t, s, source)
    pieces = min(x.left, t.products[x.product].lot)
    key = child(child(p.key, x.number, k.P_LOT), x.left, k.P_LOT)
    x.left -= pieces
    number = x.number
    if x.left > 0:
        s.clock[0].parts += 1
        push(s, s.clock[0].now, k.E_SOURCE, source, k.NOTHING)
    else:
        x.number += 1
        _next_of_source(t, s, source)
    new_lot(t, s, x.product, source, number, pieces, x.due, p.priority, key, -1, 0.0, p.special, -1)


@cold
def _order_event(t: Any, s: Any, token: int) -> None:
    """One lot of the next order in the table, or of a kanban card."""
    if token == k.CARDS:
        release_card(t, s)
        return
    c = s.clock[0]
    o = t.orders[c.next_order]
    if c.order_left == 0:
        c.order_left = o.pieces
    pieces = min(c.order_left, t.products[o.product].lot) if o.step < 0 else o.pieces
    key = child(o.key, c.order_left, k.P_LOT)
    number = c.next_order
    plan = plan_of_lot(t, o, (o.pieces - c.order_left) // t.products[o.product].lot)
    c.order_left -= pieces
    if c.order_left == 0:
        c.next_order += 1
    if c.next_order < len(t.orders):
        push(s, t.orders[c.next_order].release, k.E_ORDER, k.NOTHING, k.NOTHING)
    new_lot(t, s, o.product, k.TABLE, number, pieces, o.due, o.priority, key, o.step, o.came, o.special, plan)


# -- the loop -------------------------------------------------------------------------------------------
@inline
def _full(t: Any, s: Any) -> int:
    """What is too full for one more turn, which writes 3 rows, pushes 7 events and 2 a unit, and a burst."""
    c = s.clock[0]
    if c.bad:
        return k.BAD_RULE
    burst = min(t.whole[0].burst, c.lots_top)
    if c.log_n + burst + 3 > len(s.log):
        return k.LOG_FULL
    if c.exits_n + burst + 1 > len(s.exits):
        return k.EXITS_FULL
    if c.free_lot < 0 and c.lots_top >= len(s.lots):
        return k.LOTS_FULL
    if c.heap_n + c.far_n + burst + 2 * len(s.units) + 7 > len(s.heap):
        return k.HEAP_FULL
    if t.whole[0].links_in > 0 and floor_full(t, s):
        return k.FLOOR_FULL
    return k.DONE


@inline
def _attend_next(t: Any, s: Any) -> None:
    c = s.clock[0]
    if c.agenda_n > 1 and t.whole[0].by_plan:
        most_urgent_first(t, s)
    center = s.agenda[c.agenda_head]
    if attend(t, s, center):
        return
    c.agenda_head += 1
    if c.agenda_head == len(s.agenda):
        c.agenda_head = 0
    c.agenda_n -= 1
    s.centers[center].on_agenda = 0


@cold
def _seldom(t: Any, s: Any, kind: int, who: int, token: int) -> None:
    if kind == k.E_BELT:
        belt_event(t, s, who, token)
    else:
        _calendar_event(t, s, who)


@inline
def _lot_event(t: Any, s: Any, lot: int, token: int) -> None:
    if token == k.NOTHING:
        arrive(t, s, lot)
    else:
        next_transition(t, s, lot, token)


@inline
def _handle(t: Any, s: Any, kind: int, who: int, token: int) -> None:
    if kind == k.E_UNIT:
        _unit_event(t, s, who, token)
    elif kind == k.E_SOURCE:
        _source_event(t, s, who)
    elif kind == k.E_ARRIVE:
        _lot_event(t, s, who, token)
    elif kind == k.E_DONE:
        send_all(t, s, who)
    elif kind == k.E_DOWNTIME:
        downtime_due(t, s, who)
        scrap_in_hand(t, s, t.downtimes[who].unit)
    elif kind == k.E_ORDER:
        _order_event(t, s, token)
    elif kind == k.E_LOOK:
        call(s, who)
    elif kind == k.E_RELEASE:
        push(s, s.clock[0].now + t.whole[0].release_every, k.E_RELEASE, k.NOTHING, k.NOTHING)
    elif kind == k.E_STANDBY:
        standby_timer_over(t, s, who)
    else:
        _seldom(t, s, kind, who, token)


@cold
def _first_orders(t: Any, s: Any) -> None:
    if t.whole[0].has_cards:
        push(s, 0.0, k.E_ORDER, k.NOTHING, k.CARDS)
    if len(t.orders) > 0:
        push(s, t.orders[0].release, k.E_ORDER, k.NOTHING, k.NOTHING)


@entry
def begin(tables: Any, state: Any) -> None:
    """Set the first events at t = 0. Arguments of all entries: `pointers` of a Tables and of a State."""
    t, s = _tables(tables), _state(state)
    for calendar in range(len(t.calendars)):
        if t.calendars[calendar].first < t.calendars[calendar].end:
            s.calendars[calendar].open = 1 if close_of(t, calendar, 0.0) > 0.0 else 0
            push(s, next_switch(t, calendar, 0.0), k.E_CALENDAR, calendar, k.NOTHING)
    for downtime in range(len(t.downtimes)):
        rearm(t, s, downtime)
    for unit in range(len(t.units)):
        if s.calendars[t.units[unit].calendar].open:
            open_unit(t, s, unit)
        settle(t, s, unit)
    for source in range(len(t.sources)):
        if t.sources[source].first >= 0.0:
            push(s, t.sources[source].first, k.E_SOURCE, source, k.NOTHING)
        else:
            _next_of_source(t, s, source)
    _first_orders(t, s)
    if t.whole[0].release_rule >= 0:
        push(s, t.whole[0].release_every, k.E_RELEASE, k.NOTHING, k.NOTHING)


@entry
def run(tables: Any, state: Any, until: float, budget: int, more: int) -> int:
    """Run to time `until` (events at `until` included) or for `budget` turns; says why it returned.

    A turn handles an event, or starts or lets in one lot: what goes round within one moment costs turns too.
    It returns before an event, or after `more` turns over the budget that bring none. All events of a moment
    are handled before anything starts at that moment, so that a rule sees every lot that is there. The clock
    stays at the last event: a run that goes on from there is one run.
    """
    t, s = _tables(tables), _state(state)
    c = s.clock[0]
    last = c.turns + budget
    while True:
        full = _full(t, s)
        if full != k.DONE:
            return full
        if c.turns > last + more:
            return k.BUDGET
        c.turns += 1
        time = next_time(s)
        if time > c.now:
            if c.serve:
                serve(t, s)
                continue
            if c.agenda_n > 0:
                _attend_next(t, s)
                continue
            if t.whole[0].conwip >= 0 and release_next(t, s):
                continue
            if time > until:
                return k.DONE
        if c.turns > last:
            return k.BUDGET
        fill(s)
        e = s.heap[0]
        kind, who, token = e.order >> 56, e.who, e.token
        c.now = e.time
        c.hole = 1
        _handle(t, s, kind, who, token)


@entry
def rank_again(tables: Any, state: Any) -> None:
    """Put the lots in all queues in the order that the plan gives them now."""
    t, s = _tables(tables), _state(state)
    for center in range(len(t.centers)):
        if t.centers[center].extras & k.X_PLAN:
            line_up_again(t, s, center)


@entry
def close(tables: Any, state: Any) -> None:
    """Book all units up to now, so that the states of each add up to the time that has passed."""
    t, s = _tables(tables), _state(state)
    for unit in range(len(t.units)):
        settle(t, s, unit)
        book_repair(t, s, unit)


@entry
def book_work(tables: Any, state: Any) -> None:
    """Take the work done up to now off what each unit has left of its activity; only to look at a copy."""
    t, s = _tables(tables), _state(state)
    for unit in range(len(t.units)):
        x = s.units[unit]
        if works(x) and x.downtime < 0:
            since = worked_until(t, x.calendar, x.resumed)
            worked = worked_until(t, x.calendar, s.clock[0].now) - since
            x.left -= min(max(worked, 0.0), x.stretch)


def seed_key(root: int, *parts: int) -> np.uint64:
    """Key of an entity: SplitMix64's finaliser over the parts, in plain Python."""
    mask = (1 << 64) - 1
    z = root & mask
    for part in parts:
        z = (z + 0x9E3779B97F4A7C15 * (part + 1)) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        z ^= z >> 31
    return np.uint64(z)
