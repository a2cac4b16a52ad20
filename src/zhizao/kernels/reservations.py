"""Room at the next work center, and places kept there before work begins (block before service)."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold, inline
from zhizao.kernels.material import drawn
from zhizao.kernels.random_numbers import stream, uniform
from zhizao.kernels.supply import call, start_standby_timer
from zhizao.kernels.work import moment, moment_at, settle


@inline
def has_room(t: Any, s: Any, center: int) -> bool:
    """Whether one more lot may leave for a center; an empty unit offers one more place."""
    x = s.centers[center]
    capacity = t.centers[center].capacity
    return bool(capacity < 0 or (x.waiting + x.on_the_way < capacity + x.empty and not x.shut))


@inline
def sampled(t: Any, s: Any, lot: int, step: int) -> int:
    """The first step from `step` on that this lot does; -1: none is left."""
    x = s.lots[lot]
    while step >= 0 and t.steps[step].sample < 1.0:
        u, _ = uniform(stream(x.key, moment_at(t, x, step), k.P_SAMPLE))
        if u <= t.steps[step].sample:
            break
        step = t.steps[step].next
    return step


@cold
def following(t: Any, s: Any, lot: int) -> int:
    """The step that a lot goes on to; one that branches back has new random numbers there."""
    x = s.lots[lot]
    here = t.steps[x.step]
    step = here.next
    if here.extras & k.X_AFTER and t.materials[here.material].branches > 0:
        m = t.materials[here.material]
        rng = stream(x.key, moment(t, x), k.P_BRANCH)
        step = drawn(t, m.branches, m.branch_weight, m.branch_step, rng)
        if step >= 0 and t.steps[step].position <= here.position:
            x.loops += 1
    return int(sampled(t, s, lot, step))


# -- places kept ------------------------------------------------------------------------------------------
@cold
def step_to_reserve(t: Any, s: Any, lot: int) -> int:
    """The next step of a lot, if it has to keep a place there before it begins; -1: none."""
    x = s.lots[lot]
    if not t.steps[x.step].extras & k.X_RESERVES or x.special & k.RESERVED:
        return -1
    loops = x.loops
    step = following(t, s, lot)
    x.loops = loops
    if step < 0 or not t.centers[t.alternatives[t.steps[step].alt_first].center].extras & k.X_RESERVED:
        return -1
    return int(step)


@cold
def can_keep(t: Any, s: Any, center: int, goal: int) -> bool:
    """Whether a lot at a center may keep a place at its goal, before which none waits; at home it has one."""
    y = s.centers[goal]
    return bool(goal == center or (y.awaited == 0 and y.blocked_head < 0 and has_room(t, s, goal)))


@cold
def can_reserve(t: Any, s: Any, center: int, lot: int) -> bool:
    """Whether there is a place for a lot where it goes next; if not, the place is awaited."""
    step = step_to_reserve(t, s, lot)
    if step < 0:
        return True
    for row in range(t.steps[step].alt_first, t.steps[step].alt_end):
        if can_keep(t, s, center, t.alternatives[row].center):
            return True
    for row in range(t.steps[step].alt_first, t.steps[step].alt_end):
        s.centers[t.alternatives[row].center].awaited = 1
    x = s.centers[center]
    if x.short == 0:
        x.short_since = s.clock[0].now
    x.short += 1
    return False


@cold
def give_place(t: Any, s: Any, lot: int) -> int:
    """Give back the place that a lot keeps; the alternative where that was."""
    x = s.lots[lot]
    row = s.lot_extra[lot].reserved
    goal = t.alternatives[row].center
    x.special &= ~k.RESERVED
    if goal != t.alternatives[x.alternative].center:
        s.centers[goal].on_the_way -= 1
        call(s, goal)
    return int(row)


@cold
def show_short(t: Any, s: Any, center: int, short: int) -> None:
    """As many free units are blocked, in listed order, as lots lack nothing but a place ahead."""
    for unit in range(t.centers[center].unit_first, t.centers[center].unit_end):
        x = s.units[unit]
        if x.asleep == k.ASLEEP:
            continue
        lacks = k.LACKS_ROOM if short > 0 and s.idle[unit] else 0
        if lacks:
            short -= 1
        if x.asleep != lacks:
            x.asleep = lacks
            settle(t, s, unit)
            if lacks == 0 and t.units[unit].has_standby:
                start_standby_timer(t, s, unit)


@cold
def offer_room(t: Any, s: Any, center: int) -> None:
    """Call the centers where lots wait for a place here, the one first that has waited longest."""
    if s.centers[center].awaited == 0 or s.centers[center].blocked_head >= 0 or not has_room(t, s, center):
        return
    s.centers[center].awaited = 0
    while True:
        best = -1
        for place in range(t.centers[center].feed_first, t.centers[center].feed_end):
            other = t.lists[place]
            x = s.centers[other]
            if x.short == 0 or x.on_agenda:
                continue
            if best < 0 or x.short_since < s.centers[best].short_since:
                best = other
        if best < 0:
            return
        call(s, best)
