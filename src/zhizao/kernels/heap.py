"""The event list: a binary heap ordered by (time, class, sequence).

The root is taken lazily: the loop only marks it as a hole, and the next `push`, which nearly always comes at
once, sinks from there. That saves a third of the moves of a pop followed by a push.

Where thousands of events are ahead, the heap holds only those before `edge`; the others stand in a wheel of
buckets (Brown 1988, doi 10.1145/63039.63045) and come to the heap a bucket at a time, so that
it stays small. `engine` sets the width of a bucket; the order of events does not depend on it.
"""

from __future__ import annotations

from typing import Any

from zhizao.kernels.compiling.decorators import cold, inline, kernel

_CLASS = 1 << 56
FAR_S = 1e12  # 30,000 years; what is later stands in one bucket
NEVER = 1e300


@kernel
def _sink(h: Any, n: int, time: float, order: int, who: int, token: int) -> None:
    """Place an event that stands at the root."""
    i = 0
    while True:
        j = 2 * i + 1
        if j >= n:
            break
        if j + 1 < n and (
            h[j + 1].time < h[j].time or (h[j + 1].time == h[j].time and h[j + 1].order < h[j].order)
        ):
            j += 1
        if time < h[j].time or (time == h[j].time and order < h[j].order):
            break
        h[i].time, h[i].order, h[i].who, h[i].token = h[j].time, h[j].order, h[j].who, h[j].token
        i = j
    h[i].time, h[i].order, h[i].who, h[i].token = time, order, who, token


@inline
def _rise(s: Any, time: float, order: int, who: int, token: int) -> None:
    """Place an event from the foot of the heap."""
    c = s.clock[0]
    h = s.heap
    i = c.heap_n
    c.heap_n += 1
    while i > 0:
        j = (i - 1) // 2
        if h[j].time < time or (h[j].time == time and h[j].order < order):
            break
        h[i].time, h[i].order, h[i].who, h[i].token = h[j].time, h[j].order, h[j].who, h[j].token
        i = j
    h[i].time, h[i].order, h[i].who, h[i].token = time, order, who, token


@kernel
def _set_aside(s: Any, time: float, order: int, who: int, token: int) -> None:
    """Place an event in its bucket of the wheel."""
    c = s.clock[0]
    slot = c.far_free
    if slot >= 0:
        c.far_free = s.far[slot].next
    else:
        slot = c.far_top
        c.far_top += 1
    f = s.far[slot]
    f.time, f.order, f.who, f.token = time, order, who, token
    f.bucket = int(min(time, FAR_S) / c.width)
    place = f.bucket & (len(s.wheel) - 1)
    f.next = s.wheel[place]
    s.wheel[place] = slot
    c.far_n += 1


@cold
def _first_bucket(s: Any) -> int:
    """The first bucket of the wheel that holds an event."""
    first = 1 << 62
    for place in range(len(s.wheel)):
        slot = s.wheel[place]
        while slot >= 0:
            first = min(first, s.far[slot].bucket)
            slot = s.far[slot].next
    return first


@kernel
def _take_bucket(s: Any) -> None:
    """Bring the events of the bucket at hand to the heap."""
    c = s.clock[0]
    place = c.bucket & (len(s.wheel) - 1)
    slot = s.wheel[place]
    s.wheel[place] = -1
    while slot >= 0:
        f = s.far[slot]
        following = f.next
        if f.bucket == c.bucket:
            _rise(s, f.time, f.order, f.who, f.token)
            f.next = c.far_free
            c.far_free = slot
            c.far_n -= 1
        else:
            f.next = s.wheel[place]
            s.wheel[place] = slot
        slot = following


@kernel
def turn(s: Any) -> None:
    """Turn the wheel until the heap, which is empty, holds an event."""
    c = s.clock[0]
    looked = 0
    while c.heap_n == 0 and c.far_n > 0:
        c.bucket += 1
        looked += 1
        if looked == len(s.wheel):
            c.bucket = _first_bucket(s)
        c.edge = (c.bucket + 1) * c.width
        _take_bucket(s)


@kernel
def push(s: Any, time: float, kind: int, who: int, token: int) -> None:
    """Schedule an event of class `kind`."""
    c = s.clock[0]
    order = kind * _CLASS + c.sequence
    c.sequence += 1
    if time >= c.edge:
        _set_aside(s, time, order, who, token)
    elif c.hole:
        c.hole = 0
        _sink(s.heap, c.heap_n, time, order, who, token)
    else:
        _rise(s, time, order, who, token)


@inline
def fill(s: Any) -> None:
    """Close the hole at the root, if there is one."""
    c = s.clock[0]
    if c.hole:
        c.hole = 0
        c.heap_n -= 1
        n = c.heap_n
        e = s.heap[n]
        if n > 0:
            _sink(s.heap, n, e.time, e.order, e.who, e.token)


@inline
def next_time(s: Any) -> float:
    """Time of the next event, without touching the hole unless the heap has no other."""
    c = s.clock[0]
    h = s.heap
    if c.heap_n <= c.hole:
        if c.far_n == 0:
            return NEVER
        c.heap_n = 0
        c.hole = 0
        turn(s)
    if not c.hole:
        return h[0].time
    if c.heap_n == 2:
        return h[1].time
    return min(h[1].time, h[2].time)
