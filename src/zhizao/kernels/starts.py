"""Which lots start at a work center: one by one, in batches, within queue limits, and hot ones at once."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.choice import (
    choose,
    find_unit,
    gather_of,
    joins,
    load_that_fits,
    may_join,
    may_start,
    unit_for,
)
from zhizao.kernels.compiling.decorators import cold, inline, kernel
from zhizao.kernels.completion import ruin
from zhizao.kernels.material import parts_there, take_parts
from zhizao.kernels.plan import note_over, note_start
from zhizao.kernels.preemption import interrupt, most_left
from zhizao.kernels.queues import dequeue, enqueue
from zhizao.kernels.reservations import has_room, offer_room, show_short
from zhizao.kernels.routing import admit, go_on, keep_place, leave
from zhizao.kernels.supply import lend_resources
from zhizao.kernels.work import start


@cold
def _limit_broken(t: Any, s: Any, center: int, lot: int) -> bool:
    """Look at the queue limit of a lot that could start; whether it goes elsewhere because of it."""
    x = s.lots[lot]
    p = t.steps[x.step]
    began = x.since if p.limit < 0 else s.marks[lot, p.limit]
    if s.clock[0].now - began <= p.limit_s:
        return False
    x.breaks += 1
    note_over(t, s, lot, s.clock[0].now - began - p.limit_s)
    if p.limit >= 0:
        s.marks[lot, p.limit] = k.NO_DUE
    if p.limit_then == k.COUNT:
        return False
    dequeue(t, s, center, lot)
    if p.limit_then == k.REWORK:
        x.loops += 1
        go_on(t, s, lot, p.limit_step)
    else:
        ruin(t, s, lot)
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
    dequeue(t, s, center, first)
    last, lots, pieces = first, 1, s.lots[first].active
    room = most - (pieces if b.in_pieces else 1)
    lot = s.centers[center].head
    while lot >= 0 and room > 0:
        x = s.lots[lot]
        following = x.next
        size = x.active if b.in_pieces else 1
        own = s.clock[0].frozen == 0 or may_join(t, s, center, unit, lot)
        if size <= room and own and joins(t, s, lot, row) and parts_there(t, s, lot):
            if t.steps[x.step].extras & k.X_LIMIT:
                _limit_broken(t, s, center, lot)
            if t.steps[x.step].extras & k.X_PARTS:
                take_parts(t, s, lot)
            dequeue(t, s, center, lot)
            s.lots[last].next = lot
            x.unit = unit
            for column in range(t.whole[0].needs_n):
                s.resource_of[lot, column] = -1  # the first lot has the people
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
    if t.centers[center].extras & k.X_RESERVES:
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
    if t.steps[s.lots[lot].step].extras & k.X_RESERVES:
        keep_place(t, s, center, lot)
    if batch >= 0:
        _start_batch(t, s, center, unit, lot, most)
    else:
        dequeue(t, s, center, lot)
        start(t, s, unit, lot, 1, s.lots[lot].active)
    if t.centers[center].extras & k.X_PLAN:
        note_start(t, s, unit, lot, int(batch >= 0))
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
    lend_resources(t, s, s.units[unit].lot, k.GIVE_BACK)
    able = may_start(t, s, center, unit, lot)
    lend_resources(t, s, s.units[unit].lot, k.TAKE)
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
    if t.centers[center].extras & k.X_RESERVED:
        offer_room(t, s, center)
    return bool(t.centers[center].extras & k.X_PREEMPT and _make_way(t, s, center))


@inline
def attend(t: Any, s: Any, center: int) -> bool:
    """Let one lot in at a center, or start one; whether there may be more to do."""
    x = s.centers[center]
    if x.blocked_head >= 0 and has_room(t, s, center):
        admit(t, s, center)
        return True
    if t.centers[center].extras & (k.X_PREEMPT | k.X_RESERVED) and _before_all(t, s, center):
        return True
    if x.waiting == 0 or x.empty == 0:
        return False
    if t.centers[center].starts != k.BY_CHOICE:
        unit = find_unit(t, s, center)
        if unit < 0:
            return False
        lot = x.head
        if t.centers[center].setup_by != k.NO_SETUP:
            unit = unit_for(t, s, center, lot, -1)
        dequeue(t, s, center, lot)
        start(t, s, unit, lot, 1, s.lots[lot].active)
    elif not _start_one(t, s, center):
        return False
    elif x.blocked_head >= 0 or x.awaited:  # a batch makes room for several
        return True
    return bool(x.empty > 0 and x.waiting > 0)
