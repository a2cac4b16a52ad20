"""What a unit does: its states, set-up and processing, failures, maintenance."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold, inline, kernel
from zhizao.kernels.cranes import approach, ride
from zhizao.kernels.heap import push
from zhizao.kernels.random_numbers import draw, draw_sum, stream
from zhizao.kernels.supply import (
    begin_wait,
    book_repair,
    book_resources,
    call,
    exchange,
    exchange_resources,
    job_calendar,
    resource_at_work,
    share_resources,
    start_standby_timer,
)
from zhizao.kernels.times import after_work, priced_until, worked_until
from zhizao.kernels.traffic import drive, on_floor


@inline
def moment_at(t: Any, lot: Any, step: int) -> int:
    """Count of a lot's stream at a step: which step it is and how often the lot has come back."""
    return int(t.steps[step].stream) + int(lot.loops) * 1048576


@inline
def moment(t: Any, lot: Any) -> int:
    """Count of a lot's stream where it is."""
    return int(moment_at(t, lot, lot.step))


@kernel
def write(
    t: Any, s: Any, lot: int, unit: int, activity: int, start: float,
    pieces_in: int, good: int, scrap: int, rework: int,
) -> None:  # fmt: skip
    """A row of the event log that ends now."""
    c = s.clock[0]
    r = s.log[c.log_n]
    c.log_n += 1
    r.serial = s.lots[lot].serial if lot >= 0 else -1
    r.step = s.lots[lot].step if lot >= 0 else -1
    r.unit, r.activity, r.start, r.end = unit, activity, start, c.now
    r.resource = resource_at_work(t, s, lot) if lot >= 0 and s.lots[lot].unit >= 0 else -1
    r.pieces_in, r.good, r.scrap, r.rework = pieces_in, good, scrap, rework


@inline
def works(x: Any) -> bool:
    """Whether a unit is at an activity that takes its time (it may pause or fail in it)."""
    return bool(x.phase == k.IN_PROCESS or x.phase == k.IN_SETUP or x.phase == k.IN_WAKE)


# -- states -----------------------------------------------------------------------------------------------
@cold
def _cascade_state(t: Any, s: Any, unit: int) -> int:
    """State of a unit that could take a lot and has others in its cascade."""
    own = s.calendars[t.units[unit].calendar].open
    works_on = s.units[unit].inside > s.units[unit].jammed
    if works_on and (own or t.centers[t.units[unit].center].off_shift == k.FINISH):
        return k.BUSY
    if own:
        return k.BLOCKED
    return k.START_UP if s.calendars[t.units[unit].shift].open else k.OFF


@cold
def _rest_state(x: Any) -> int:
    """State of a unit that has no lot and is not simply idle."""
    return k.STANDBY if x.asleep == k.ASLEEP else k.BLOCKED


@inline
def _state_of(t: Any, s: Any, unit: int) -> int:
    x = s.units[unit]
    own = s.calendars[t.units[unit].calendar].open
    if x.downtime >= 0:
        return _down_state(t, s, unit)
    if works(x) and s.calendars[x.calendar].open:
        return k.BUSY if x.phase == k.IN_PROCESS else k.SETUP if x.phase == k.IN_SETUP else k.START_UP
    if x.phase == k.EMPTY and x.inside > 0:
        return _cascade_state(t, s, unit)
    if not own:
        return k.START_UP if s.calendars[t.units[unit].shift].open else k.OFF
    if x.phase == k.EMPTY:
        return _rest_state(x) if x.asleep else k.IDLE
    return k.BLOCKED if x.phase == k.HOLDS else k.WAITING


@cold
def _down_state(t: Any, s: Any, unit: int) -> int:
    if not s.calendars[t.units[unit].shift].open:
        return k.OFF
    return k.MAINTENANCE if t.downtimes[s.units[unit].downtime].planned else k.DOWN


@inline
def _book(t: Any, s: Any, unit: int) -> None:
    """Book the time since the last change to the state that the unit was in."""
    x = s.units[unit]
    now = s.clock[0].now
    if now > x.since:
        s.seconds[unit, x.state] += now - x.since
        if t.whole[0].price_n > 0:
            s.priced[unit, x.state] += priced_until(t, now) - priced_until(t, x.since)
        if t.whole[0].people and x.lot >= 0 and (x.state == k.SETUP or x.state == k.BUSY):
            book_resources(t, s, unit)
        x.since = now


@kernel
def settle(t: Any, s: Any, unit: int) -> None:
    """Book the time up to now, and note the state that the unit is in from now on."""
    _book(t, s, unit)
    s.units[unit].state = _state_of(t, s, unit)


# -- clocks of downtimes ----------------------------------------------------------------------------------
_BUSY_CLOCK = 1 << k.BY_BUSY
_WORK_CLOCKS = _BUSY_CLOCK | 1 << k.BY_RUNNING
_COUNTS = 1 << k.BY_CYCLES | 1 << k.BY_PIECES


@inline
def fall_due(s: Any, unit: int, downtime: int) -> None:
    """A clock has run out."""
    if not s.downtimes[downtime].due:
        s.downtimes[downtime].due = 1
        s.units[unit].due += 1


@inline
def _count_down(s: Any, unit: int, downtime: int, amount: float) -> None:
    s.downtimes[downtime].left -= amount
    if s.downtimes[downtime].left <= 0.0:
        fall_due(s, unit, downtime)


# -- set-up and processing ----------------------------------------------------------------------------------
@inline
def family_of(t: Any, s: Any, by: int, lot: int) -> int:
    """Family of a lot by what set-ups or batches go by; -1: none."""
    if by >= k.BY_PRODUCT:
        return t.lists[t.products[s.lots[lot].product].family_first + by - k.BY_PRODUCT]
    if by == k.BY_FAMILY:
        return t.steps[s.lots[lot].step].family
    if by == k.BY_OPERATION:
        return t.steps[s.lots[lot].step].own_family
    return -1


@cold
def setup_between(t: Any, center: Any, before: int, after: int) -> int:
    """Distribution of the set-up from one family to another; 0: none."""
    if after < 0 or before == after:
        return 0
    if after >= center.families:
        return center.setup_default
    row = before + 1 if before < center.families else 0
    return t.lists[center.setup_first + row * center.families + after]


@kernel
def _more_work(t: Any, a: Any, pieces: int, rng: Any) -> float:
    """Work beside that of the lot: load, pieces, runs."""
    total, rng = draw(t, a.fixed, rng)
    if a.per_piece > 0:
        more, rng = draw_sum(t, a.per_piece, pieces, rng)
        total += more
    if a.per_batch > 0:
        more, rng = draw_sum(t, a.per_batch, (pieces + a.batch_pieces - 1) // a.batch_pieces, rng)
        total += more
    return float(total)


@inline
def work_of(t: Any, row: int, pieces: int, rng: Any) -> float:
    """Work that a row of `alternatives` asks for, at speed 1."""
    a = t.alternatives[row]
    total, rng = draw(t, a.per_lot, rng)
    if a.parts > 0:
        total += _more_work(t, a, pieces, rng)
    return float(total)


@inline
def process_time(t: Any, s: Any, unit: int, lot: int, pieces: int) -> float:
    """Processing time of a lot on a unit; drawn from the lot's own stream, so asking twice gives the same."""
    x = s.lots[lot]
    rng = stream(x.key, moment(t, x), k.P_PROCESS)
    return float(work_of(t, x.alternative, pieces, rng) * t.units[unit].pace)


@cold
def _drive(t: Any, s: Any, unit: int, place: int, to: int, depart: float) -> float:
    """Time of a vehicle from one place to another in the traffic on its floor; notes the delay by it."""
    center = t.centers[t.units[unit].center]
    takes = drive(t, s, unit, place, to, depart)
    free = t.dists[setup_between(t, center, place, to)].average
    s.transporters[t.units[unit].center - t.whole[0].centers_n].delayed_s += takes - free
    return takes


@cold
def setup_time(t: Any, s: Any, unit: int, lot: int) -> float:
    """Set-up time of a unit for a lot."""
    center = t.centers[t.units[unit].center]
    if t.steps[s.lots[lot].step].kind in (k.STORE, k.RETRIEVE):
        return approach(t, s, unit, lot)
    family = family_of(t, s, center.setup_by, lot)
    number = setup_between(t, center, s.units[unit].family, family)
    time, _ = draw(t, number, stream(s.lots[lot].key, moment(t, s.lots[lot]), k.P_SETUP))
    return time


@inline
def _run_on(t: Any, s: Any, unit: int) -> None:
    """Work until the activity is done or a busy clock runs out, whichever is first."""
    x = s.units[unit]
    now = s.clock[0].now
    stretch = x.left
    if x.phase == k.IN_PROCESS and t.units[unit].clocks & _BUSY_CLOCK:
        for downtime in range(t.units[unit].downtime_first, t.units[unit].downtime_end):
            p = t.downtimes[downtime]
            if (
                p.clock == k.BY_BUSY
                and p.at_once
                and not s.downtimes[downtime].due
                and s.downtimes[downtime].left < stretch
            ):
                stretch = s.downtimes[downtime].left
    x.resumed = now
    x.stretch = stretch
    x.token += 1
    push(s, after_work(t, x.calendar, now, stretch), k.E_UNIT, unit, x.token)
    if x.state != k.BUSY or x.since < now or x.phase != k.IN_PROCESS or not s.calendars[x.calendar].open:
        settle(t, s, unit)  # else it goes from lot to lot and has just been booked


@cold
def resume(t: Any, s: Any, unit: int) -> None:
    """Work that was interrupted goes on."""
    _run_on(t, s, unit)


@inline
def _begin(t: Any, s: Any, unit: int, phase: int, work: float) -> None:
    x = s.units[unit]
    x.phase = phase
    x.start = s.clock[0].now
    x.total = work
    x.left = work
    _run_on(t, s, unit)


@cold
def _begin_leg(t: Any, s: Any, unit: int, lot: int) -> float:
    """Time under way beside given times: a crane's by where it is, a vehicle's on a floor by the traffic."""
    s.units[unit].in_hand = k.TRIP_IN_HAND
    y = s.lots[lot]
    p = t.steps[y.step]
    if p.kind in (k.STORE, k.RETRIEVE):
        return ride(t, s, unit, lot)
    if not on_floor(t, unit):
        return 0.0
    load, _ = draw(t, t.alternatives[y.alternative].fixed, stream(y.key, moment(t, y), k.P_PROCESS))
    return _drive(t, s, unit, p.family, p.own_family, s.clock[0].now + load)


@cold
def _enter_cascade(t: Any, s: Any, unit: int, lot: int, work: float) -> float:
    """Time after which the unit takes the next lot; what the lot needs beyond it is the unit's `rest`."""
    x = s.units[unit]
    y = s.lots[lot]
    if t.alternatives[y.alternative].kind == k.LEG:
        return work + _begin_leg(t, s, unit, lot)
    rng = stream(y.key, moment(t, y), k.P_CASCADE)
    interval = work_of(t, t.alternatives[y.alternative].cascade, x.pieces, rng) * t.units[unit].pace
    x.rest = max(work - interval, 0.0)
    if x.rest > 0.0:
        if x.in_hand == k.ONE_LOT:
            y.next = -1  # a batch of one
        x.in_hand = k.BATCH_IN_HAND
    return float(min(interval, work))


@kernel
def _start_others(s: Any, lot: int) -> None:
    """The lots of a batch begin with the first of it."""
    following = s.lots[lot].next
    while following >= 0:
        s.lots[following].start = s.clock[0].now
        following = s.lots[following].next


@cold
def _resumed(t: Any, s: Any, unit: int, lot: int, work: float) -> float:
    """Work of a lot that a hot one interrupted, which now goes on or begins again."""
    s.lots[lot].special &= ~k.BACK
    left = s.lot_extra[lot].left
    return float(left * t.units[unit].pace) if left >= 0.0 else work


@inline
def _begin_process(t: Any, s: Any, unit: int) -> None:
    x = s.units[unit]
    lot = x.lot
    work = process_time(t, s, unit, lot, x.pieces)
    s.lots[lot].start = s.clock[0].now
    if s.lots[lot].special & k.BACK:
        work = _resumed(t, s, unit, lot, work)
    if x.in_hand != k.ONE_LOT:
        _start_others(s, lot)
    if t.alternatives[s.lots[lot].alternative].kind != k.PROCESSING:
        work = _enter_cascade(t, s, unit, lot, work)
    _begin(t, s, unit, k.IN_PROCESS, work)


@cold
def begin_process(t: Any, s: Any, unit: int) -> None:
    """Processing of the lot or batch in hand begins, after a set-up or a wait."""
    _begin_process(t, s, unit)


@cold
def _set_up(t: Any, s: Any, unit: int, lot: int) -> bool:
    """Begin the set-up that a lot needs; whether it needs one."""
    center = t.centers[t.units[unit].center]
    x = s.units[unit]
    family = family_of(t, s, center.setup_by, lot)
    if setup_between(t, center, x.family, family) > 0:
        x.next_family = family
        if on_floor(t, unit):
            takes = _drive(t, s, unit, x.family, family, s.clock[0].now)
        else:
            takes = setup_time(t, s, unit, lot)
        _begin(t, s, unit, k.IN_SETUP, takes)
        return True
    if family >= 0:
        x.run = x.hands + (x.run if x.family == family else 0)
        x.family = family
    elif center.extras & k.X_CLEAR:
        x.family = family
    return False


@cold
def _note_begin(s: Any, lot: int, lots: int) -> None:
    """Note when the lots of a batch, each for the first time, begin an activity."""
    for _ in range(lots):
        y = s.lots[lot]
        if not y.special & k.BEGUN:
            y.special |= k.BEGUN
            y.began = s.clock[0].now
        lot = y.next


@inline
def start(t: Any, s: Any, unit: int, lot: int, lots: int, pieces: int) -> None:
    """Begin a lot, the first of `lots` in a batch, on an idle unit: set-up first where the family changes."""
    x = s.units[unit]
    s.centers[t.units[unit].center].empty -= 1
    s.clock[0].operations += lots
    s.lots[lot].unit = unit
    s.idle[unit] = 0
    x.calendar = job_calendar(t, s, unit, lot)
    exchange_resources(t, s, lot, k.ANYONE, k.TAKE)
    x.lot = lot
    x.hands = lots
    x.in_hand = k.BATCH_IN_HAND if lots > 1 else k.ONE_LOT
    x.pieces = pieces
    if lots > 1:
        _note_begin(s, lot, lots)
    elif not s.lots[lot].special & k.BEGUN:
        s.lots[lot].special |= k.BEGUN
        s.lots[lot].began = s.clock[0].now
    if x.asleep:
        _wake_up(t, s, unit)
    elif t.centers[t.units[unit].center].setup_by == k.NO_SETUP or not _set_up(t, s, unit, lot):
        _begin_process(t, s, unit)


@cold
def _wake_up(t: Any, s: Any, unit: int) -> None:
    x = s.units[unit]
    y = s.lots[x.lot]
    time, _ = draw(t, t.units[unit].wake, stream(y.key, moment(t, y), k.P_WAKE))
    x.asleep = 0
    _begin(t, s, unit, k.IN_WAKE, time)


@cold
def _awake(t: Any, s: Any, unit: int) -> None:
    if t.centers[t.units[unit].center].setup_by == k.NO_SETUP or not _set_up(t, s, unit, s.units[unit].lot):
        begin_process(t, s, unit)


@cold
def ready_done(t: Any, s: Any, unit: int) -> None:
    """The unit is awake, or it is set up: processing begins, when those are there who are needed for it."""
    x = s.units[unit]
    if x.phase == k.IN_WAKE:
        _awake(t, s, unit)
        return
    x.family = x.next_family
    x.set_up = s.clock[0].now
    x.run = x.hands
    if t.whole[0].log == k.LOG_EVENTS:
        write(t, s, x.lot, unit, k.A_SETUP, x.start, x.pieces, k.NOTHING, k.NOTHING, k.NOTHING)
    if t.alternatives[s.lots[x.lot].alternative].staged:
        _book(t, s, unit)
        exchange_resources(t, s, x.lot, 1 << k.FOR_SETUP, k.GIVE_BACK)
        x.phase = k.WAITS
        begin_wait(s, unit)
        settle(t, s, unit)
    else:
        begin_process(t, s, unit)


@inline
def put_down(t: Any, s: Any, unit: int) -> None:
    """The work in hand is done: give back the personnel, count the cycle, keep the lot."""
    _book(t, s, unit)
    x = s.units[unit]
    exchange_resources(t, s, x.lot, k.ANYONE, k.GIVE_BACK)
    x.phase = k.HOLDS
    if t.units[unit].clocks & _COUNTS:
        for downtime in range(t.units[unit].downtime_first, t.units[unit].downtime_end):
            if t.downtimes[downtime].clock >= k.BY_CYCLES:
                _count_down(
                    s, unit, downtime, 1.0 if t.downtimes[downtime].clock == k.BY_CYCLES else float(x.pieces)
                )


@kernel
def vacate(t: Any, s: Any, unit: int) -> None:
    """The last lot in hand has left the unit; maintenance that waited for that begins."""
    x = s.units[unit]
    x.phase = k.EMPTY
    x.lot = -1
    center = t.units[unit].center
    s.centers[center].empty += 1
    if s.clock[0].pulling == unit:
        s.idle[unit] = 1
        return
    if s.centers[center].waiting > 0 or s.centers[center].blocked_head >= 0 or s.centers[center].awaited:
        call(s, center)
    if x.downtime < 0:
        offer(t, s, unit)
    settle(t, s, unit)
    if t.units[unit].has_standby:
        start_standby_timer(t, s, unit)


@inline
def offer(t: Any, s: Any, unit: int) -> None:
    """An empty unit that is up may take a lot, unless downtime is due or the end of its cascade is jammed."""
    if not take_due(t, s, unit) and s.units[unit].jammed == 0:
        s.idle[unit] = 1


@cold
def _leave_cascade(t: Any, s: Any, unit: int, lot: int) -> None:
    x = s.units[unit]
    x.inside -= 1
    if s.lots[lot].in_cascade > 1:
        x.jammed -= 1
    s.lots[lot].in_cascade = 0
    if x.phase == k.EMPTY and x.downtime < 0:
        offer(t, s, unit)
        call(s, t.units[unit].center)
    settle(t, s, unit)
    if t.units[unit].has_standby:
        start_standby_timer(t, s, unit)


@inline
def let_go(t: Any, s: Any, lot: int) -> None:
    """A lot leaves the unit that holds it."""
    unit = s.lots[lot].unit
    s.lots[lot].unit = -1
    if s.lots[lot].in_cascade:
        _leave_cascade(t, s, unit, lot)
        return
    s.units[unit].hands -= 1
    if s.units[unit].hands == 0:
        vacate(t, s, unit)


# -- failures and maintenance --------------------------------------------------------------------------------
@cold
def rearm(t: Any, s: Any, downtime: int) -> None:
    """Draw the time (or cycles) to the next failure or maintenance."""
    x = s.downtimes[downtime]
    p = t.downtimes[downtime]
    between, _ = draw(t, p.between, stream(p.key, x.draws, k.P_BETWEEN))
    if x.draws == 0 and p.first >= 0.0:
        between = p.first
    x.draws += 1
    x.due = 0
    x.left = between
    x.at = s.clock[0].now + between
    if p.clock == k.BY_CALENDAR:
        push(s, x.at, k.E_DOWNTIME, downtime, k.NOTHING)


@inline
def consume(t: Any, s: Any, unit: int, worked: float) -> None:
    """Take work off what is left, and off the busy clocks while processing."""
    x = s.units[unit]
    x.left -= worked
    if t.units[unit].clocks & _WORK_CLOCKS:
        for downtime in range(t.units[unit].downtime_first, t.units[unit].downtime_end):
            clock = t.downtimes[downtime].clock
            if clock == k.BY_RUNNING or (clock == k.BY_BUSY and x.phase == k.IN_PROCESS):
                _count_down(s, unit, downtime, worked)


@cold
def _halt(t: Any, s: Any, unit: int, downtime: int) -> None:
    """The unit goes down."""
    x = s.units[unit]
    p = t.downtimes[downtime]
    if p.group >= 0 and s.downtimes[downtime].due != k.WITH_ITS_GROUP:
        _bring_forward(t, s, unit, downtime)
    s.downtimes[downtime].due = 0
    x.due -= 1
    x.downtime = downtime
    x.asleep = 0
    s.idle[unit] = 0
    x.downtime_start = s.clock[0].now
    x.token += 1
    if p.then == k.RESTART and (x.phase == k.IN_PROCESS or x.phase == k.IN_SETUP):
        x.left = x.total
    if p.need_first < p.need_end:
        begin_wait(s, unit)
    else:
        work_on_downtime(t, s, unit, 0)
    settle(t, s, unit)


@cold
def work_on_downtime(t: Any, s: Any, unit: int, calendar: int) -> None:
    """The repair or maintenance of a unit begins, and goes on in the working time of a calendar."""
    downtime = s.units[unit].downtime
    p = t.downtimes[downtime]
    now = s.clock[0].now
    duration, _ = draw(t, p.duration, stream(p.key, s.downtimes[downtime].draws, k.P_REPAIR))
    if p.place >= 0:  # a vehicle drives to its charger
        x = s.units[unit]
        if on_floor(t, unit):
            duration += _drive(t, s, unit, x.family, p.place, now)
        else:
            duration += t.dists[setup_between(t, t.centers[t.units[unit].center], x.family, p.place)].average
        x.family = p.place
    push(s, after_work(t, calendar, now, duration), k.E_UNIT, unit, s.units[unit].token)


@cold
def _bring_forward(t: Any, s: Any, unit: int, downtime: int) -> None:
    """Other maintenance of the group that is due before long follows at once."""
    now = s.clock[0].now
    for other in range(t.units[unit].downtime_first, t.units[unit].downtime_end):
        q = t.downtimes[other]
        y = s.downtimes[other]
        if other == downtime or q.group != t.downtimes[downtime].group:
            continue
        by_calendar = q.clock == k.BY_CALENDAR and y.at - now <= q.ahead
        if y.due or by_calendar or (q.clock == k.BY_BUSY and y.left <= q.ahead):
            fall_due(s, unit, other)
            y.due = k.WITH_ITS_GROUP
            y.at = -1.0  # its event means nothing any more


@inline
def _may_begin(t: Any, s: Any, unit: int, downtime: int) -> bool:
    """Whether a downtime that is due may begin now."""
    x = s.units[unit]
    p = t.downtimes[downtime]
    if s.downtimes[downtime].due == k.WITH_ITS_GROUP:
        return True
    return bool((p.at_once or (x.phase == k.EMPTY and x.inside == 0)) and s.calendars[p.window].open)


@inline
def take_due(t: Any, s: Any, unit: int) -> bool:
    """Begin the first downtime that is due and may begin; whether one did, or waits for an empty cascade."""
    return bool(s.units[unit].due > 0 and _take_due(t, s, unit))


@kernel
def _take_due(t: Any, s: Any, unit: int) -> bool:
    x = s.units[unit]
    held = False
    for downtime in range(t.units[unit].downtime_first, t.units[unit].downtime_end):
        if s.downtimes[downtime].due:
            if _may_begin(t, s, unit, downtime):
                _halt(t, s, unit, downtime)
                return True
            held = held or (x.phase == k.EMPTY and bool(s.calendars[t.downtimes[downtime].window].open))
    return held


@cold
def downtime_due(t: Any, s: Any, downtime: int) -> None:
    """A calendar clock has run out: now, or when the unit is free for it."""
    unit = t.downtimes[downtime].unit
    x = s.units[unit]
    if s.downtimes[downtime].at != s.clock[0].now:  # it was done with its group
        return
    if not t.downtimes[downtime].idle_too and x.phase == k.EMPTY and x.inside == 0:
        rearm(t, s, downtime)
        return
    fall_due(s, unit, downtime)
    take_up(t, s, downtime)


@cold
def take_up(t: Any, s: Any, downtime: int) -> None:
    """Begin a downtime that is due, if it may begin now."""
    unit = t.downtimes[downtime].unit
    x = s.units[unit]
    if x.downtime >= 0:
        return
    if t.downtimes[downtime].at_once and works(x) and s.calendars[t.downtimes[downtime].window].open:
        now = s.clock[0].now
        worked = worked_until(t, x.calendar, now) - worked_until(t, x.calendar, x.resumed)
        consume(t, s, unit, min(max(worked, 0.0), x.stretch))
    if take_due(t, s, unit):
        s.idle[unit] = 0


@cold
def downtime_over(t: Any, s: Any, unit: int) -> None:
    """Repair or maintenance is done; what was interrupted goes on."""
    _book(t, s, unit)
    x = s.units[unit]
    downtime = x.downtime
    x.up_since = s.clock[0].now
    if t.downtimes[downtime].planned:
        x.busy_before = s.seconds[unit, k.BUSY]
    if t.whole[0].log == k.LOG_EVENTS:
        activity = k.A_MAINTENANCE if t.downtimes[downtime].planned else k.A_FAILURE
        hit = x.lot if x.lot >= 0 and s.lots[x.lot].unit == unit else -1  # of a batch it may have left
        write(t, s, hit, unit, activity, x.downtime_start, k.NOTHING, k.NOTHING, k.NOTHING, k.NOTHING)
    if x.repair >= 0:
        _repair_done(t, s, unit)
    x.downtime = -1
    rearm(t, s, downtime)
    held = take_due(t, s, unit)
    if x.downtime >= 0:
        return
    if works(x):
        resume(t, s, unit)
        return
    if x.phase == k.EMPTY:
        s.idle[unit] = 1 if x.jammed == 0 and not held else 0
        call(s, t.units[unit].center)
        if t.units[unit].has_standby:
            start_standby_timer(t, s, unit)
    elif x.phase == k.WAITS:
        begin_wait(s, unit)
    settle(t, s, unit)


@cold
def _repair_done(t: Any, s: Any, unit: int) -> None:
    """The repair crew goes; the log names it rather than those who wait with the lot."""
    x = s.units[unit]
    p = t.downtimes[x.downtime]
    book_repair(t, s, unit)
    if t.whole[0].log == k.LOG_EVENTS:
        s.log[s.clock[0].log_n - 1].resource = s.repair_of[unit, 0]
    share_resources(t, s, unit, k.GIVE_BACK)
    exchange(t, s, s.repair_of, unit, p.need_first, p.need_end, k.ANYONE, k.GIVE_BACK)
    x.repair = -1
