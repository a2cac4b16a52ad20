"""What a unit does: its states, set-up and processing, failures, maintenance, and the personnel it takes."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels._jit import kernel, rare, small
from zhizao.kernels.heap import push
from zhizao.kernels.luck import draw, draw_sum, stream
from zhizao.kernels.times import after_work, priced_until, worked_until


@small
def moment(t: Any, lot: Any) -> int:
    """Count of a lot's stream: its place in the route and how often it has come back."""
    return t.steps[lot.step].position + lot.loops * 1048576


@small
def call(s: Any, center: int) -> None:
    """Put a center on the agenda: something there may be able to start or to come in."""
    c = s.clock[0]
    x = s.centers[center]
    if x.on_agenda == 0:
        x.on_agenda = 1
        place = c.agenda_head + c.agenda_n
        if place >= len(s.agenda):
            place -= len(s.agenda)
        s.agenda[place] = center
        c.agenda_n += 1


@small
def _crew_at_work(s: Any, lot: int) -> int:
    """The first crew that serves a lot now; -1: none."""
    need = 0
    while need < s.crew_of.shape[1] - 1 and s.crew_of[lot, need] < 0:
        need += 1
    return int(s.crew_of[lot, need])


@kernel
def write(
    s: Any, lot: int, unit: int, activity: int, start: float,
    pieces_in: int, good: int, scrap: int, rework: int,
) -> None:  # fmt: skip
    """A row of the event log that ends now."""
    c = s.clock[0]
    r = s.log[c.log_n]
    c.log_n += 1
    r.serial = s.lots[lot].serial if lot >= 0 else -1
    r.step = s.lots[lot].step if lot >= 0 else -1
    r.unit, r.activity, r.start, r.end = unit, activity, start, c.now
    r.crew = _crew_at_work(s, lot) if lot >= 0 and s.lots[lot].unit >= 0 else -1
    r.pieces_in, r.good, r.scrap, r.rework = pieces_in, good, scrap, rework


@small
def works(x: Any) -> bool:
    """Whether a unit is at an activity that takes its time (it may rest or be stopped in it)."""
    return bool(x.phase == k.IN_PROCESS or x.phase == k.IN_SETUP or x.phase == k.IN_WAKE)


# -- states -----------------------------------------------------------------------------------------------
@small
def _state_of(t: Any, s: Any, unit: int) -> int:
    x = s.units[unit]
    own = s.calendars[t.units[unit].calendar].open
    if x.stopped >= 0:
        return _stopped_state(t, s, unit)
    if works(x) and s.calendars[x.calendar].open:
        return k.BUSY if x.phase == k.IN_PROCESS else k.SETUP if x.phase == k.IN_SETUP else k.START_UP
    if not own:
        return k.START_UP if s.calendars[t.units[unit].shift].open else k.OFF
    if x.phase == k.EMPTY:
        return k.STANDBY if x.asleep else k.IDLE
    return k.BLOCKED if x.phase == k.HOLDS else k.WAITING


@rare
def _stopped_state(t: Any, s: Any, unit: int) -> int:
    if not s.calendars[t.units[unit].shift].open:
        return k.OFF
    return k.MAINTENANCE if t.stops[s.units[unit].stopped].planned else k.DOWN


@small
def _book(t: Any, s: Any, unit: int) -> None:
    """Book the time since the last change to the state that the unit was in."""
    x = s.units[unit]
    now = s.clock[0].now
    if now > x.since:
        s.seconds[unit, x.state] += now - x.since
        if t.whole[0].price_n > 0:
            s.priced[unit, x.state] += priced_until(t, now) - priced_until(t, x.since)
        if x.lot >= 0 and (x.state == k.SETUP or x.state == k.BUSY):
            _book_crew(t, s, x.lot, now - x.since)
        x.since = now


@kernel
def settle(t: Any, s: Any, unit: int) -> None:
    """Book the time up to now, and note the state that the unit is in from now on."""
    _book(t, s, unit)
    s.units[unit].state = _state_of(t, s, unit)


@rare
def _book_crew(t: Any, s: Any, lot: int, seconds: float) -> None:
    a = t.alternatives[s.lots[lot].alternative]
    for need in range(a.need_first, a.need_end):
        crew = s.crew_of[lot, need - a.need_first]
        if crew >= 0:
            s.crews[crew].worked += seconds * t.needs[need].count * t.crews[crew].share


# -- personnel, tools and utilities ---------------------------------------------------------------------------
@rare
def _crew_for(t: Any, s: Any, held: Any, row: int, first: int, need: int, stage: int) -> int:
    """First crew in listed order that can serve `need` beside the needs before it; -1 if none can."""
    want = t.needs[need]
    for place in range(want.crew_first, want.crew_end):
        crew = t.lists[place]
        free = s.crews[crew].free
        for other in range(first, need):
            if held[row, other - first] == crew and (stage >> t.needs[other].during) & 1:
                free -= t.needs[other].count
        if free >= want.count and s.calendars[t.crews[crew].calendar].open:
            return crew
    return -1


@rare
def name_crews(t: Any, s: Any, held: Any, row: int, first: int, end: int, stage: int) -> bool:
    """Name in a row of `held` who serves the needs of a stage; whether all of them are there (else nobody)."""
    there = True
    for need in range(first, end):
        if (stage >> t.needs[need].during) & 1:
            crew = _crew_for(t, s, held, row, first, need, stage) if there else -1
            held[row, need - first] = crew
            there = crew >= 0
        elif stage != k.AFTER_SETUP:  # then the others hold on
            held[row, need - first] = -1
    if not there:
        for need in range(first, end):
            if (stage >> t.needs[need].during) & 1:
                held[row, need - first] = -1
    return there


@rare
def exchange(t: Any, s: Any, held: Any, row: int, first: int, end: int, stage: int, sign: int) -> None:
    """Take (1) or give back (-1) those named for the needs of a stage; those given back may serve others."""
    for need in range(first, end):
        crew = held[row, need - first]
        if crew < 0 or not (stage >> t.needs[need].during) & 1:
            continue
        s.crews[crew].free -= sign * t.needs[need].count
        if sign == k.GIVE_BACK:
            held[row, need - first] = -1
            if s.clock[0].waits > 0:
                s.clock[0].serve = 1
            for place in range(t.crews[crew].center_first, t.crews[crew].center_end):
                if s.centers[t.lists[place]].waiting > 0 and s.centers[t.lists[place]].empty > 0:
                    call(s, t.lists[place])


@small
def crews_ready(t: Any, s: Any, lot: int, stage: int) -> bool:
    """Whether all are there whom the lot needs in a stage; names them in `crew_of`."""
    a = t.alternatives[s.lots[lot].alternative]
    return a.need_first == a.need_end or name_crews(t, s, s.crew_of, lot, a.need_first, a.need_end, stage)


@rare
def _common_calendar(t: Any, s: Any, held: Any, row: int, first: int, end: int, calendar: int) -> int:
    """A calendar met with those of the crews that a row of `held` names."""
    for need in range(first, end):
        crew = held[row, need - first]
        if crew >= 0:
            calendar = t.lists[t.whole[0].merge_first + calendar * len(t.calendars) + t.crews[crew].calendar]
    return calendar


@small
def job_calendar(t: Any, s: Any, unit: int, lot: int) -> int:
    """The calendar that work on this lot follows: the unit's, met with that of each crew."""
    if t.centers[t.units[unit].center].off_shift == k.FINISH:
        return 0
    calendar = t.units[unit].calendar
    a = t.alternatives[s.lots[lot].alternative]
    if a.need_first == a.need_end:
        return calendar
    return _common_calendar(t, s, s.crew_of, lot, a.need_first, a.need_end, calendar)


@small
def _exchange_crews(t: Any, s: Any, lot: int, stage: int, sign: int) -> None:
    """Take or give back those who serve a lot in a stage."""
    a = t.alternatives[s.lots[lot].alternative]
    if a.need_first < a.need_end:
        exchange(t, s, s.crew_of, lot, a.need_first, a.need_end, stage, sign)


# -- turns of units that wait for people ----------------------------------------------------------------------
@rare
def _queue_up(s: Any, unit: int) -> None:
    """A unit waits for people, after those that wait already."""
    c = s.clock[0]
    x = s.units[unit]
    if x.ticket == 0:
        c.waits += 1
    c.tickets += 1
    x.ticket = c.tickets
    c.serve = 1


@rare
def _have_turn(s: Any, unit: int) -> None:
    s.units[unit].ticket = 0
    s.clock[0].waits -= 1


@rare
def _try_repair(t: Any, s: Any, unit: int) -> None:
    """Begin the repair that a unit waits for, if its crew is there."""
    x = s.units[unit]
    p = t.stops[x.stopped]
    if x.repair >= 0 or p.need_first == p.need_end:
        return
    if name_crews(t, s, s.repair_of, unit, p.need_first, p.need_end, k.ANYONE):
        _have_turn(s, unit)
        exchange(t, s, s.repair_of, unit, p.need_first, p.need_end, k.ANYONE, k.TAKE)
        x.repair = _common_calendar(t, s, s.repair_of, unit, p.need_first, p.need_end, 0)
        x.repair_since = s.clock[0].now
        _work_on_stop(t, s, unit, x.repair)


@rare
def _try_process(t: Any, s: Any, unit: int) -> None:
    """Begin to process on a unit that is set up, if those are there who are needed for that."""
    x = s.units[unit]
    late = t.centers[t.units[unit].center].off_shift == k.FINISH
    if (late or s.calendars[t.units[unit].calendar].open) and crews_ready(t, s, x.lot, k.AFTER_SETUP):
        _have_turn(s, unit)
        _exchange_crews(t, s, x.lot, k.AFTER_SETUP, k.TAKE)
        x.calendar = job_calendar(t, s, unit, x.lot)
        _begin(t, s, unit, k.IN_PROCESS, process_time(t, s, unit, x.lot))


@rare
def serve(t: Any, s: Any) -> None:
    """Let each unit that waits for people go on for which they are there, in the order of their tickets."""
    s.clock[0].serve = 0
    last = 0
    while True:
        unit = -1
        for other in range(len(t.units)):
            ticket = s.units[other].ticket
            if ticket > last and (unit < 0 or ticket < s.units[unit].ticket):
                unit = other
        if unit < 0:
            return
        last = s.units[unit].ticket
        if s.units[unit].stopped >= 0:
            _try_repair(t, s, unit)
        else:
            _try_process(t, s, unit)


@rare
def book_repair(t: Any, s: Any, unit: int) -> None:
    """Book what a repair crew has worked up to now."""
    x = s.units[unit]
    now = s.clock[0].now
    if x.repair < 0:
        return
    seconds = worked_until(t, x.repair, now) - worked_until(t, x.repair, x.repair_since)
    p = t.stops[x.stopped]
    for need in range(p.need_first, p.need_end):
        crew = s.repair_of[unit, need - p.need_first]
        s.crews[crew].worked += seconds * t.needs[need].count * t.crews[crew].share
    x.repair_since = now


# -- set-up and processing ----------------------------------------------------------------------------------
@small
def family_of(t: Any, s: Any, center: Any, lot: int) -> int:
    """Set-up family of a lot at a center; -1: none."""
    if center.setup_by >= k.BY_PRODUCT:
        return t.lists[t.products[s.lots[lot].product].family_first + center.setup_by - k.BY_PRODUCT]
    if center.setup_by == k.BY_FAMILY:
        return t.steps[s.lots[lot].step].family
    if center.setup_by == k.BY_OPERATION:
        return t.steps[s.lots[lot].step].own_family
    return -1


@rare
def setup_between(t: Any, center: Any, before: int, after: int) -> int:
    """Distribution of the set-up from one family to another; 0: none."""
    if after < 0 or before == after:
        return 0
    if before < 0 or center.setup_first < 0:
        return center.setup_default
    return t.lists[center.setup_first + before * center.families + after]


@kernel
def process_time(t: Any, s: Any, unit: int, lot: int) -> float:
    """Processing time of a lot on a unit; drawn from the lot's own stream, so asking twice gives the same."""
    x = s.lots[lot]
    a = t.alternatives[x.alternative]
    luck = stream(x.key, moment(t, x), k.P_PROCESS)
    total, luck = draw(t, a.per_lot, luck)
    if a.fixed > 0:
        more, luck = draw(t, a.fixed, luck)
        total += more
    if a.per_piece > 0:
        more, luck = draw_sum(t, a.per_piece, x.active, luck)
        total += more
    if a.per_batch > 0:
        more, luck = draw_sum(t, a.per_batch, (x.active + a.batch_pieces - 1) // a.batch_pieces, luck)
        total += more
    return total * t.units[unit].pace


@rare
def setup_time(t: Any, s: Any, unit: int, lot: int) -> float:
    """Set-up time of a unit for a lot."""
    center = t.centers[t.units[unit].center]
    family = family_of(t, s, center, lot)
    number = setup_between(t, center, s.units[unit].family, family)
    time, _ = draw(t, number, stream(s.lots[lot].key, moment(t, s.lots[lot]), k.P_SETUP))
    return time


@kernel
def run_on(t: Any, s: Any, unit: int) -> None:
    """Work until the activity is done or a busy clock runs out, whichever is first."""
    x = s.units[unit]
    now = s.clock[0].now
    stretch = x.left
    if x.phase == k.IN_PROCESS:
        for stop in range(t.units[unit].stop_first, t.units[unit].stop_end):
            p = t.stops[stop]
            if p.clock == k.BY_BUSY and p.at_once and not s.stops[stop].due and s.stops[stop].left < stretch:
                stretch = s.stops[stop].left
    x.resumed = now
    x.stretch = stretch
    x.token += 1
    push(s, after_work(t, x.calendar, now, stretch), k.E_UNIT, unit, x.token)
    settle(t, s, unit)


@small
def _begin(t: Any, s: Any, unit: int, phase: int, work: float) -> None:
    x = s.units[unit]
    x.phase = phase
    x.start = s.clock[0].now
    x.total = work
    x.left = work
    run_on(t, s, unit)


@small
def _set_to_work(t: Any, s: Any, unit: int, lot: int) -> None:
    """Set-up first where the family changes, then processing."""
    center = t.centers[t.units[unit].center]
    x = s.units[unit]
    if center.setup_by != k.NO_SETUP:
        family = family_of(t, s, center, lot)
        if setup_between(t, center, x.family, family) > 0:
            x.next_family = family
            _begin(t, s, unit, k.IN_SETUP, setup_time(t, s, unit, lot))
            return
        if family >= 0:
            x.family = family
    _begin(t, s, unit, k.IN_PROCESS, process_time(t, s, unit, lot))


@small
def start(t: Any, s: Any, unit: int, lot: int) -> None:
    """Begin a lot on an empty unit; one in standby wakes up first."""
    x = s.units[unit]
    s.centers[t.units[unit].center].empty -= 1
    s.clock[0].operations += 1
    s.lots[lot].unit = unit
    x.calendar = job_calendar(t, s, unit, lot)
    _exchange_crews(t, s, lot, k.ANYONE, k.TAKE)
    x.lot = lot
    if x.asleep:
        _wake_up(t, s, unit)
    else:
        _set_to_work(t, s, unit, lot)


@rare
def _wake_up(t: Any, s: Any, unit: int) -> None:
    x = s.units[unit]
    y = s.lots[x.lot]
    time, _ = draw(t, t.units[unit].wake, stream(y.key, moment(t, y), k.P_WAKE))
    _begin(t, s, unit, k.IN_WAKE, time)
    x.asleep = 0


@rare
def ready_done(t: Any, s: Any, unit: int) -> None:
    """The unit is awake, or it is set up: processing begins, when those are there who are needed for it."""
    x = s.units[unit]
    if x.phase == k.IN_WAKE:
        _set_to_work(t, s, unit, x.lot)
        return
    x.family = x.next_family
    if t.whole[0].log == k.LOG_EVENTS:
        write(s, x.lot, unit, k.A_SETUP, x.start, s.lots[x.lot].active, k.NOTHING, k.NOTHING, k.NOTHING)
    if t.alternatives[s.lots[x.lot].alternative].staged:
        _book(t, s, unit)
        _exchange_crews(t, s, x.lot, 1 << k.FOR_SETUP, k.GIVE_BACK)
        x.phase = k.WAITS
        _queue_up(s, unit)
        settle(t, s, unit)
        return
    _begin(t, s, unit, k.IN_PROCESS, process_time(t, s, unit, x.lot))


@small
def put_down(t: Any, s: Any, unit: int) -> None:
    """The work in hand is done: give back the personnel, count the cycle, keep the lot."""
    _book(t, s, unit)
    x = s.units[unit]
    _exchange_crews(t, s, x.lot, k.ANYONE, k.GIVE_BACK)
    x.phase = k.HOLDS
    for stop in range(t.units[unit].stop_first, t.units[unit].stop_end):
        if t.stops[stop].clock == k.BY_CYCLES:
            s.stops[stop].left -= 1.0
            if s.stops[stop].left <= 0.0:
                s.stops[stop].due = 1


@kernel
def vacate(t: Any, s: Any, unit: int) -> None:
    """The lot has left the unit; maintenance that waited for that begins."""
    x = s.units[unit]
    x.phase = k.EMPTY
    x.lot = -1
    center = t.units[unit].center
    s.centers[center].empty += 1
    if s.centers[center].waiting > 0 or s.centers[center].blocked_head >= 0:
        call(s, center)
    if x.stopped < 0:
        take_due(t, s, unit)
    settle(t, s, unit)
    if t.units[unit].dozes:
        idle_from_now(t, s, unit)


# -- standby --------------------------------------------------------------------------------------------------
@rare
def idle_from_now(t: Any, s: Any, unit: int) -> None:
    """The time after which a unit goes to standby begins."""
    x = s.units[unit]
    x.idle_since = s.clock[0].now
    if not x.dozes:
        x.dozes = 1
        push(s, x.idle_since + t.units[unit].doze_s, k.E_DOZE, unit, k.NOTHING)


@rare
def doze(t: Any, s: Any, unit: int) -> None:
    """A unit that has been idle long enough goes to standby; one that has not is looked at again."""
    x = s.units[unit]
    x.dozes = 0
    if x.phase != k.EMPTY or x.stopped >= 0 or not s.calendars[t.units[unit].calendar].open:
        return
    due = x.idle_since + t.units[unit].doze_s
    if s.clock[0].now < due:
        x.dozes = 1
        push(s, due, k.E_DOZE, unit, k.NOTHING)
    elif not x.asleep:
        x.asleep = 1
        settle(t, s, unit)


@rare
def open_unit(t: Any, s: Any, unit: int) -> None:
    """The calendar of a unit opens: one that starts up is awake then, and the time to standby begins."""
    x = s.units[unit]
    if t.units[unit].shift != t.units[unit].calendar:
        x.asleep = 0
    if t.units[unit].dozes and x.phase == k.EMPTY and not x.asleep:
        idle_from_now(t, s, unit)


# -- failures and maintenance --------------------------------------------------------------------------------
@rare
def rearm(t: Any, s: Any, stop: int) -> None:
    """Draw the time (or cycles) to the next failure or maintenance."""
    x = s.stops[stop]
    p = t.stops[stop]
    between, _ = draw(t, p.between, stream(p.key, x.draws, k.P_BETWEEN))
    if x.draws == 0 and p.first >= 0.0:
        between = p.first
    x.draws += 1
    x.due = 0
    x.left = between
    x.at = s.clock[0].now + between
    if p.clock == k.BY_CALENDAR:
        push(s, x.at, k.E_STOP, stop, k.NOTHING)


@small
def consume(t: Any, s: Any, unit: int, worked: float) -> None:
    """Take work off what is left, and off the busy clocks while processing."""
    x = s.units[unit]
    x.left -= worked
    if x.phase != k.IN_PROCESS:
        return
    for stop in range(t.units[unit].stop_first, t.units[unit].stop_end):
        if t.stops[stop].clock == k.BY_BUSY:
            s.stops[stop].left -= worked
            if s.stops[stop].left <= 0.0:
                s.stops[stop].due = 1


@rare
def _halt(t: Any, s: Any, unit: int, stop: int) -> None:
    """The unit goes down."""
    x = s.units[unit]
    p = t.stops[stop]
    if p.group >= 0 and s.stops[stop].due != k.WITH_ITS_GROUP:
        _bring_forward(t, s, unit, stop)
    s.stops[stop].due = 0
    x.stopped = stop
    x.stop_start = s.clock[0].now
    x.token += 1
    if p.then == k.RESTART and (x.phase == k.IN_PROCESS or x.phase == k.IN_SETUP):
        x.left = x.total
    if p.need_first < p.need_end:
        _queue_up(s, unit)
    else:
        _work_on_stop(t, s, unit, 0)
    settle(t, s, unit)
    x.asleep = 0


@rare
def _work_on_stop(t: Any, s: Any, unit: int, calendar: int) -> None:
    """The repair or maintenance of a unit begins, and goes on in the working time of a calendar."""
    stop = s.units[unit].stopped
    p = t.stops[stop]
    now = s.clock[0].now
    duration, _ = draw(t, p.duration, stream(p.key, s.stops[stop].draws, k.P_REPAIR))
    push(s, after_work(t, calendar, now, duration), k.E_UNIT, unit, s.units[unit].token)


@rare
def _bring_forward(t: Any, s: Any, unit: int, stop: int) -> None:
    """Other maintenance of the group that is due before long follows at once."""
    now = s.clock[0].now
    for other in range(t.units[unit].stop_first, t.units[unit].stop_end):
        q = t.stops[other]
        y = s.stops[other]
        if other == stop or q.group != t.stops[stop].group:
            continue
        by_calendar = q.clock == k.BY_CALENDAR and y.at - now <= q.ahead
        if y.due or by_calendar or (q.clock == k.BY_BUSY and y.left <= q.ahead):
            y.due = k.WITH_ITS_GROUP
            y.at = -1.0  # its event means nothing any more


@small
def _may_begin(t: Any, s: Any, unit: int, stop: int) -> bool:
    p = t.stops[stop]
    if s.stops[stop].due == k.WITH_ITS_GROUP:
        return True
    return bool((p.at_once or s.units[unit].phase == k.EMPTY) and s.calendars[p.window].open)


@kernel
def take_due(t: Any, s: Any, unit: int) -> bool:
    """Begin the first stop that is due and may begin now; whether one did."""
    for stop in range(t.units[unit].stop_first, t.units[unit].stop_end):
        if s.stops[stop].due and _may_begin(t, s, unit, stop):
            _halt(t, s, unit, stop)
            return True
    return False


@rare
def stop_due(t: Any, s: Any, stop: int) -> None:
    """A calendar clock has run out: now, or when the unit is free for it."""
    if s.stops[stop].at == s.clock[0].now:
        s.stops[stop].due = 1
        take_up(t, s, stop)


@rare
def take_up(t: Any, s: Any, stop: int) -> None:
    """Begin a stop that is due, if it may begin now."""
    unit = t.stops[stop].unit
    x = s.units[unit]
    if x.stopped >= 0 or not _may_begin(t, s, unit, stop):
        return
    if t.stops[stop].at_once and works(x):
        now = s.clock[0].now
        worked = worked_until(t, x.calendar, now) - worked_until(t, x.calendar, x.resumed)
        consume(t, s, unit, min(max(worked, 0.0), x.stretch))
    take_due(t, s, unit)


@rare
def stop_over(t: Any, s: Any, unit: int) -> None:
    """Repair or maintenance is done; what was interrupted goes on."""
    _book(t, s, unit)
    x = s.units[unit]
    stop = x.stopped
    if t.whole[0].log == k.LOG_EVENTS:
        activity = k.A_MAINTENANCE if t.stops[stop].planned else k.A_FAILURE
        write(s, x.lot, unit, activity, x.stop_start, k.NOTHING, k.NOTHING, k.NOTHING, k.NOTHING)
    if x.repair >= 0:
        _repair_done(t, s, unit)
    x.stopped = -1
    rearm(t, s, stop)
    if take_due(t, s, unit):
        return
    if works(x):
        run_on(t, s, unit)
        return
    if x.phase == k.EMPTY:
        call(s, t.units[unit].center)
        if t.units[unit].dozes:
            idle_from_now(t, s, unit)
    elif x.phase == k.WAITS:
        _queue_up(s, unit)
    settle(t, s, unit)


@rare
def _repair_done(t: Any, s: Any, unit: int) -> None:
    """The repair crew goes; the log names it rather than those who wait with the lot."""
    x = s.units[unit]
    p = t.stops[x.stopped]
    book_repair(t, s, unit)
    if t.whole[0].log == k.LOG_EVENTS:
        s.log[s.clock[0].log_n - 1].crew = s.repair_of[unit, 0]
    exchange(t, s, s.repair_of, unit, p.need_first, p.need_end, k.ANYONE, k.GIVE_BACK)
    x.repair = -1
