"""The end of work on a lot: its quality, its way on, the end of a batch, a cascade or a trip, and scrap."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold, inline, kernel
from zhizao.kernels.heap import next_time, push
from zhizao.kernels.queues import dequeue
from zhizao.kernels.random_numbers import binomial, row_of, stream, uniform
from zhizao.kernels.reservations import give_place, sampled
from zhizao.kernels.routing import alight, go_on, go_to, join, leave, pass_on
from zhizao.kernels.rules import own_share
from zhizao.kernels.supply import call_first, spend
from zhizao.kernels.times import after_work
from zhizao.kernels.transport import give_up
from zhizao.kernels.work import moment, put_down, settle, start, take_due, vacate, write


# -- outcomes ----------------------------------------------------------------------------------------------
@cold
def outcome_of(t: Any, s: Any, lot: int) -> int:
    """Which outcome of its operation a lot has: that of its processing time, by the same random number."""
    x = s.lots[lot]
    u, _ = uniform(stream(x.key, moment(t, x), k.P_PROCESS))
    return int(row_of(t, t.dists[t.alternatives[x.alternative].per_lot], u))


@cold
def _outcome_kwh(t: Any, s: Any, lot: int) -> float:
    """Energy by the outcome of a lot."""
    x = s.lots[lot]
    first = t.steps[x.step].outcome_first
    if first < 0:
        return 0.0
    n = t.dists[t.alternatives[x.alternative].per_lot].n
    return float(t.values[first + n + outcome_of(t, s, lot)])


# -- quality ------------------------------------------------------------------------------------------------
@cold
def _inspect(t: Any, s: Any, lot: int) -> Any:
    """Draw the defects of the step just done: (pieces rejected, sound ones among them)."""
    x = s.lots[lot]
    p = t.steps[x.step]
    rng = stream(x.key, moment(t, x), k.P_DEFECT)
    sound = x.active - x.defective
    share = own_share(t, s, lot) if p.quality >= 0 else p.share
    if p.outcome_first >= 0:
        share = t.values[p.outcome_first + outcome_of(t, s, lot)]
    together = p.defects == k.BY_LOT  # all pieces share their draws
    made, rng = binomial(min(sound, 1) if together else sound, share, rng)
    x.defective += sound * made if together else made
    bad = x.defective
    found, rng = binomial(min(bad, 1) if together else bad, p.found, rng)
    if together:
        found *= bad
    x.defective -= found
    false = 0
    if p.false_alarms > 0.0:
        sound = x.active - bad
        false, rng = binomial(min(sound, 1) if together else sound, p.false_alarms, rng)
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


_AT_END = k.X_KEEP | k.X_MARK | k.X_ENERGY | k.X_RESERVES


@inline
def _complete(t: Any, s: Any, unit: int, lot: int) -> int:
    """A lot is processed: sort out its defects, log it; how many pieces go to rework."""
    x = s.lots[lot]
    p = t.steps[x.step]
    pieces_in = x.active
    scrap, rework = 0, 0
    if p.defects != k.NO_DEFECTS:
        scrap, rework = _sort_out(t, s, lot)
    if p.extras & _AT_END:
        if p.extras & k.X_KEEP:
            s.homes[lot, p.keep] = unit
        if p.extras & k.X_MARK:
            s.marks[lot, p.mark] = s.clock[0].now
        if p.extras & k.X_ENERGY:
            spend(t, s, unit, x.step, pieces_in, _outcome_kwh(t, s, lot))
        if x.special & k.RESERVED and x.active == 0:
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
            join(x)
        if p.extras & (k.X_AFTER | k.X_RESERVES):
            pass_on(t, s, lot)
        else:
            go_to(t, s, lot, sampled(t, s, lot, p.next))


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
    if y.in_hand == k.TRIP_IN_HAND:
        alight(t, s, unit)
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
        s.lots[lot].in_cascade = 1
        lot = s.lots[lot].next
    vacate(t, s, unit)


@inline
def _may_pull(t: Any, s: Any, unit: int) -> bool:
    """Whether a unit may take the next lot at once: nobody else could, and nothing else is to be seen to."""
    c = s.clock[0]
    center = t.units[unit].center
    x = s.centers[center]
    if t.centers[center].starts != k.DIRECTLY or x.waiting == 0 or x.empty > 0 or x.blocked_head >= 0:
        return False
    clear = c.agenda_n == 0 and c.serve == 0 and s.units[unit].due == 0
    return bool(clear and s.calendars[t.centers[center].calendar].open)


@inline
def _pull_next(t: Any, s: Any, unit: int) -> None:
    """A pulling unit takes the next lot, without the round by the agenda, which would do just that.

    Where it cannot after all, because more happens at this moment, the agenda sees to it as ever.
    """
    c = s.clock[0]
    c.pulling = -1
    if s.units[unit].phase != k.EMPTY:  # its lot has found no room
        return
    center = t.units[unit].center
    lot = s.centers[center].head
    if next_time(s) > c.now and c.serve == 0 and s.centers[center].blocked_head < 0:
        dequeue(t, s, center, lot)
        start(t, s, unit, lot, 1, s.lots[lot].active)
    else:
        call_first(s, center)
        settle(t, s, unit)


@inline
def finish(t: Any, s: Any, unit: int) -> None:
    """The work in hand is done."""
    y = s.units[unit]
    if y.in_hand != k.ONE_LOT:
        _finish_more(t, s, unit)
    else:
        lot = y.lot
        rework = _complete(t, s, unit, lot)
        put_down(t, s, unit)
        if _may_pull(t, s, unit):
            s.clock[0].pulling = unit
        _proceed(t, s, lot, rework)
        if s.clock[0].pulling >= 0:
            _pull_next(t, s, unit)
    if y.phase == k.HOLDS and y.downtime < 0:  # blocked; a unit that fell empty has seen to it
        take_due(t, s, unit)


@kernel
def ruin(t: Any, s: Any, lot: int) -> None:
    """All pieces of a lot are scrap."""
    y = s.lots[lot]
    if y.special & k.RESERVED:
        give_place(t, s, lot)
    y.scrap += y.pieces
    y.pieces = 0
    y.defective = 0
    y.resting = 0


@cold
def scrap_in_hand(t: Any, s: Any, unit: int) -> None:
    """A failure has ruined the lot that the unit was working on, where the plant says so."""
    x = s.units[unit]
    if x.downtime < 0 or (x.phase != k.IN_PROCESS and x.phase != k.IN_SETUP):
        return
    p = t.downtimes[x.downtime]
    if p.planned or p.then != k.SCRAP:
        return
    lot = x.lot
    activity = k.A_SETUP if x.phase == k.IN_SETUP else k.A_PROCESS
    in_hand = x.in_hand
    x.rest = 0.0
    put_down(t, s, unit)
    while lot >= 0:
        y = s.lots[lot]
        following = y.next if in_hand == k.BATCH_IN_HAND else -1
        if t.whole[0].log == k.LOG_EVENTS:
            write(t, s, lot, unit, activity, x.start, y.active, k.NOTHING, y.pieces, k.NOTHING)
        if t.steps[y.step].kind != k.OPERATION:
            give_up(t, s, unit, lot)
        ruin(t, s, lot)
        leave(t, s, lot, k.SCRAPPED)
        lot = following
