"""What work takes and gives back: people, tools, utilities; and the order of units that wait for people."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold, inline
from zhizao.kernels.heap import push
from zhizao.kernels.times import closed_between, price_at, worked_until


@inline
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


@cold
def call_first(s: Any, center: int) -> None:
    """Put a center on the agenda before all others."""
    c = s.clock[0]
    if s.centers[center].on_agenda == 0:
        s.centers[center].on_agenda = 1
        c.agenda_head -= 1
        if c.agenda_head < 0:
            c.agenda_head += len(s.agenda)
        s.agenda[c.agenda_head] = center
        c.agenda_n += 1


# -- who serves ----------------------------------------------------------------------------------------
@cold
def _resource_for(t: Any, s: Any, held: Any, row: int, first: int, need: int, stage: int) -> int:
    """First resource in listed order that can serve `need` beside the needs before it; -1 if none can."""
    want = t.needs[need]
    for place in range(want.resource_first, want.resource_end):
        resource = t.lists[place]
        free = s.resources[resource].free
        for other in range(first, need):
            if held[row, other - first] == resource and (stage >> t.needs[other].during) & 1:
                free -= t.needs[other].count
        if free >= want.count and s.calendars[t.resources[resource].calendar].open:
            return resource
    return -1


@cold
def name_resources(t: Any, s: Any, held: Any, row: int, first: int, end: int, stage: int) -> bool:
    """Name in a row of `held` who serves the needs of a stage; whether all are there (else none is)."""
    there = True
    for need in range(first, end):
        if (stage >> t.needs[need].during) & 1:
            resource = _resource_for(t, s, held, row, first, need, stage) if there else -1
            held[row, need - first] = resource
            there = resource >= 0
        elif stage != k.AFTER_SETUP:  # then the others hold on
            held[row, need - first] = -1
    if not there:
        for need in range(first, end):
            if (stage >> t.needs[need].during) & 1:
                held[row, need - first] = -1
    return there


@cold
def exchange(t: Any, s: Any, held: Any, row: int, first: int, end: int, stage: int, sign: int) -> None:
    """Take (1) or give back (-1) those named for the needs of a stage; those given back may serve others."""
    for need in range(first, end):
        resource = held[row, need - first]
        if resource < 0 or not (stage >> t.needs[need].during) & 1:
            continue
        s.resources[resource].free -= sign * t.needs[need].count
        if sign == k.GIVE_BACK:
            held[row, need - first] = -1
            if s.clock[0].waits > 0:
                s.clock[0].serve = 1
            for place in range(t.resources[resource].center_first, t.resources[resource].center_end):
                if s.centers[t.lists[place]].waiting > 0 and s.centers[t.lists[place]].empty > 0:
                    call(s, t.lists[place])


@inline
def resources_ready(t: Any, s: Any, lot: int, stage: int) -> bool:
    """Whether all are there whom the lot needs in a stage; names them in `crew_of`."""
    a = t.alternatives[s.lots[lot].alternative]
    return a.need_first == a.need_end or name_resources(
        t, s, s.resource_of, lot, a.need_first, a.need_end, stage
    )


@inline
def exchange_resources(t: Any, s: Any, lot: int, stage: int, sign: int) -> None:
    """Take or give back those who serve a lot in a stage."""
    a = t.alternatives[s.lots[lot].alternative]
    if a.need_first < a.need_end:
        exchange(t, s, s.resource_of, lot, a.need_first, a.need_end, stage, sign)


@cold
def lend_resources(t: Any, s: Any, lot: int, sign: int) -> None:
    """Count the people of a lot in hand as free (-1) for a look at whom they could serve, or not (1)."""
    a = t.alternatives[s.lots[lot].alternative]
    for need in range(a.need_first, a.need_end):
        resource = s.resource_of[lot, need - a.need_first]
        if resource >= 0:
            s.resources[resource].free -= sign * t.needs[need].count


@inline
def serves_in_hand(x: Any) -> bool:
    """Whether a unit may have people who serve the lot in its hand."""
    return bool(x.lot >= 0 and x.phase != k.EMPTY and x.phase != k.HOLDS)


@cold
def share_resources(t: Any, s: Any, unit: int, sign: int) -> None:
    """Count those once who repair the unit whose lot they serve: when the repair begins (1) and ends (-1)."""
    x = s.units[unit]
    if not serves_in_hand(x):
        return
    a = t.alternatives[s.lots[x.lot].alternative]
    p = t.downtimes[x.downtime]
    for need in range(a.need_first, a.need_end):
        resource = s.resource_of[x.lot, need - a.need_first]
        if resource < 0 or held_before(t, s.resource_of, x.lot, a.need_first, need, resource) > 0:
            continue
        own = held_before(t, s.resource_of, x.lot, a.need_first, a.need_end, resource)
        taken = held_before(t, s.repair_of, unit, p.need_first, p.need_end, resource)
        s.resources[resource].free += sign * min(own, taken)


@cold
def held_before(t: Any, held: Any, row: int, first: int, end: int, resource: int) -> int:
    """How much of a resource a row of `held` names for the needs from `first` up to `end`."""
    count = 0
    for need in range(first, end):
        if held[row, need - first] == resource:
            count += t.needs[need].count
    return count


@cold
def common_calendar(t: Any, s: Any, held: Any, row: int, first: int, end: int, calendar: int) -> int:
    """A calendar met with those of the resources that a row of `held` names."""
    for need in range(first, end):
        resource = held[row, need - first]
        if resource >= 0:
            calendar = t.lists[
                t.whole[0].merge_first + calendar * len(t.calendars) + t.resources[resource].calendar
            ]
    return calendar


@inline
def job_calendar(t: Any, s: Any, unit: int, lot: int) -> int:
    """The calendar that work on this lot follows: the unit's, met with that of each resource."""
    if t.centers[t.units[unit].center].off_shift == k.FINISH:
        return 0
    calendar = t.units[unit].calendar
    a = t.alternatives[s.lots[lot].alternative]
    if a.need_first == a.need_end:
        return calendar
    return common_calendar(t, s, s.resource_of, lot, a.need_first, a.need_end, calendar)


@inline
def resource_at_work(t: Any, s: Any, lot: int) -> int:
    """The first resource that serves a lot now; -1: none. Columns beyond its needs here keep old names."""
    a = t.alternatives[s.lots[lot].alternative]
    for need in range(a.need_end - a.need_first):
        if s.resource_of[lot, need] >= 0:
            return int(s.resource_of[lot, need])
    return -1


# -- what is booked ------------------------------------------------------------------------------------
@cold
def book_resources(t: Any, s: Any, unit: int) -> None:
    """Book the time of those who serve the lot in hand, and what of it they work over time."""
    x = s.units[unit]
    now = s.clock[0].now
    a = t.alternatives[s.lots[x.lot].alternative]
    goes_on = t.centers[t.units[unit].center].off_shift == k.FINISH
    for need in range(a.need_first, a.need_end):
        resource = s.resource_of[x.lot, need - a.need_first]
        if resource >= 0:
            people = t.needs[need].count * t.resources[resource].share
            s.resources[resource].worked += (now - x.since) * people
            if goes_on:
                closed = closed_between(t, t.resources[resource].calendar, x.since, now)
                s.resources[resource].overtime += closed * people


@cold
def book_repair(t: Any, s: Any, unit: int) -> None:
    """Book what a repair crew has worked up to now."""
    x = s.units[unit]
    now = s.clock[0].now
    if x.repair < 0:
        return
    seconds = worked_until(t, x.repair, now) - worked_until(t, x.repair, x.repair_since)
    p = t.downtimes[x.downtime]
    for need in range(p.need_first, p.need_end):
        resource = s.repair_of[unit, need - p.need_first]
        s.resources[resource].worked += seconds * t.needs[need].count * t.resources[resource].share
    x.repair_since = now


@cold
def spend(t: Any, s: Any, unit: int, step: int, pieces: int, more: float) -> None:
    """Book the energy that went into the pieces of a lot, and `more` kWh, at the price of the moment."""
    kwh = more + t.steps[step].lot_kwh + pieces * t.steps[step].piece_kwh
    s.work_energy[unit, 0] += kwh
    if t.whole[0].price_n > 0:
        s.work_energy[unit, 1] += kwh * price_at(t, s.clock[0].now)


# -- units that wait for people ------------------------------------------------------------------------
@cold
def begin_wait(s: Any, unit: int) -> None:
    """A unit waits for people, after those that wait already."""
    c = s.clock[0]
    x = s.units[unit]
    if x.ticket == 0:
        c.waits += 1
    c.tickets += 1
    x.ticket = c.tickets
    c.serve = 1


@cold
def end_wait(s: Any, unit: int) -> None:
    """A unit waits no longer."""
    s.units[unit].ticket = 0
    s.clock[0].waits -= 1


# -- standby -------------------------------------------------------------------------------------------
@cold
def start_standby_timer(t: Any, s: Any, unit: int) -> None:
    """The time after which a unit goes to standby begins."""
    x = s.units[unit]
    x.idle_since = s.clock[0].now
    if not x.standby_timer:
        x.standby_timer = 1
        push(s, x.idle_since + t.units[unit].standby_after_s, k.E_STANDBY, unit, k.NOTHING)
