"""What is put into a run from outside: lots on units when it begins, and events while it stands."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.choice import starting_stage
from zhizao.kernels.compiling.decorators import entry
from zhizao.kernels.completion import ruin
from zhizao.kernels.heap import push
from zhizao.kernels.loop import _state, _tables
from zhizao.kernels.queues import dequeue, enqueue
from zhizao.kernels.routing import leave
from zhizao.kernels.supply import resources_ready
from zhizao.kernels.times import worked_until
from zhizao.kernels.work import consume, family_of, resume, settle, start, works


@entry
def pull(tables: Any, state: Any, lot: int, alternative: int, behind: int) -> None:
    """Take a lot out of its queue, to go on a unit by an alternative; `behind` one of its batch, or -1."""
    t, s = _tables(tables), _state(state)
    x = s.lots[lot]
    dequeue(t, s, t.alternatives[x.alternative].center, lot)
    x.alternative, x.next = alternative, -1
    if behind >= 0:
        s.lots[behind].next = lot
        for column in range(t.whole[0].needs_n):
            s.resource_of[lot, column] = -1  # the first lot has the people


@entry
def seat(
    tables: Any, state: Any, unit: int, lot: int, lots: int, pieces: int, left: float, setup: int
) -> int:
    """Let a unit work on a lot, the first of a batch; 0: its people are not there.

    `left`: work left of the activity, which is set-up or process; -1: all of it.
    """
    t, s = _tables(tables), _state(state)
    center = t.units[unit].center
    x = s.units[unit]
    if not setup and t.centers[center].setup_by != k.NO_SETUP:
        x.family = family_of(t, s, t.centers[center].setup_by, lot)
    if t.centers[center].extras & k.X_PEOPLE and not resources_ready(
        t, s, lot, starting_stage(t, s, center, unit, lot)
    ):
        return 0
    following = s.lots[lot].next if lots > 1 else -1
    while following >= 0:
        s.lots[following].unit = unit
        following = s.lots[following].next
    start(t, s, unit, lot, lots, pieces)
    if left >= 0.0:
        x.left = left
        resume(t, s, unit)
    return 1


# -- what happens to a run from outside -----------------------------------------------------------------
@entry
def requeue(tables: Any, state: Any, lot: int) -> None:
    """Put a lot where its rank belongs in its queue, after its priority or due date has changed."""
    t, s = _tables(tables), _state(state)
    x = s.lots[lot]
    center = t.alternatives[x.alternative].center
    since = x.since
    dequeue(t, s, center, lot)
    enqueue(t, s, center, lot)
    x.since = since


@entry
def scrap(tables: Any, state: Any, lot: int) -> None:
    """A lot that waits in a queue leaves the plant as scrap."""
    t, s = _tables(tables), _state(state)
    dequeue(t, s, t.alternatives[s.lots[lot].alternative].center, lot)
    ruin(t, s, lot)
    leave(t, s, lot, k.SCRAPPED)


@entry
def halt(tables: Any, state: Any, unit: int, stop: int, duration: float) -> None:
    """A unit goes down now, for so long, as if a failure of its own had come."""
    t, s = _tables(tables), _state(state)
    x = s.units[unit]
    now = s.clock[0].now
    if works(x):
        worked = worked_until(t, x.calendar, now) - worked_until(t, x.calendar, x.resumed)
        consume(t, s, unit, min(max(worked, 0.0), x.stretch))
    x.downtime, x.asleep, x.downtime_start = stop, 0, now
    s.downtimes[stop].at = -1.0  # the event of its clock means nothing any more
    s.idle[unit] = 0
    x.token += 1
    push(s, now + duration, k.E_UNIT, unit, x.token)
    settle(t, s, unit)


@entry
def repaired(tables: Any, state: Any, unit: int) -> None:
    """The repair or maintenance of a unit is over now."""
    _, s = _tables(tables), _state(state)
    x = s.units[unit]
    x.token += 1
    push(s, s.clock[0].now, k.E_UNIT, unit, x.token)
