"""Queues of lots: at a work center, in the order of its rule, and before a place that is full."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.choice import gather_of, rank_in_queue
from zhizao.kernels.compiling.decorators import cold, inline, kernel
from zhizao.kernels.heap import push
from zhizao.kernels.preemption import line_up_hot
from zhizao.kernels.supply import call


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
def dequeue(t: Any, s: Any, center: int, lot: int) -> None:
    """A lot leaves the queue of a center."""
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


@cold
def line_up_again(t: Any, s: Any, center: int) -> None:
    """Sort the queue of a center by the ranks that its lots have now."""
    x = s.centers[center]
    lot = x.head
    x.head, x.tail = -1, -1
    while lot >= 0:
        following = s.lots[lot].next
        s.lots[lot].rank = rank_in_queue(t, s, center, lot)
        if x.tail >= 0 and s.lots[lot].rank < s.lots[x.tail].rank:
            _push_in(s, center, lot)
        else:
            s.lots[lot].next, s.lots[lot].previous = -1, x.tail
            if x.tail >= 0:
                s.lots[x.tail].next = lot
            else:
                x.head = lot
            x.tail = lot
        lot = following


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
