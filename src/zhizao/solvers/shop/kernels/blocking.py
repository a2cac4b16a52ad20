"""Jobs put one after another into a timetable in which nothing waits outside a unit: blocking and no-wait.

Operations of a job that follow one another without waiting are a part: it moves as a whole. A job is put in
where it ends first, which is exact: for each part and each gap of its last unit there is one earliest start,
and it leaves the next part all that a later one leaves (safe intervals: Phillips & Likhachev 2011,
doi 10.1109/ICRA.2011.5980306). What is there is not moved, so no order of jobs ends in a deadlock. For the
no-wait job shop this is the timetabling of Schuster & Framinan (2003, doi 10.1016/S0167-6377(03)00005-1).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from zhizao.solvers.shop.kernels.arrays import Doubles, Longs, Words
from zhizao.solvers.shop.kernels.flowshop import below, copy_order
from zhizao.solvers.shop.kernels.hybrid import move_job
from zhizao.solvers.shop.kernels.jit import inner, kernel

NEVER = 2**60
RELEASE, DUE, WEIGHT = range(3)  # columns of Shop.job
NOW, BEST, TRIES = range(3)  # entries of State.counts


class Shop(NamedTuple):
    """Jobs as chains of parts."""

    job: Longs  # [jobs, 3]: RELEASE, DUE, WEIGHT
    part_first: Longs  # [jobs + 1]: the parts of a job
    first: Longs  # [parts + 1]: the operations of a part
    unit: Longs  # [operations]
    time: Longs  # [operations]
    offset: Longs  # [operations]: from the start of the part
    holds: Longs  # [parts]: whether its last unit is held until the next part starts
    how: Longs  # [1]: whether the last end is the value (else the sum of costs)
    temperature: Doubles  # [1]: an order worse by this is accepted with probability 1/e


class State(NamedTuple):
    """An order of jobs being changed, and its timetable."""

    order: Longs  # [jobs]
    best: Longs  # [jobs]
    begin: Longs  # [units, most on a unit]: of what is on a unit, by time
    leave: Longs  # [units, most on a unit]
    placed: Longs  # [units]: how many are on it
    early: Longs  # [parts, most on a unit + 1]: earliest start of a part, by gap of its last unit
    since: Longs  # [parts, most on a unit + 1]: the gap of the part before
    start: Longs  # [operations]
    counts: Longs  # [3]
    rng: Words  # [1]: state of the generator, never 0


@inner
def gap_at(s: State, unit: int, moment: int) -> int:
    """Give the first gap of a unit that is open after a moment; gap g is before what stands at g."""
    low, high = 0, s.placed[unit]
    while low < high:
        middle = (low + high) >> 1
        if s.begin[unit, middle] > moment:
            high = middle
        else:
            low = middle + 1
    return low


@inner
def opens(s: State, unit: int, gap: int) -> int:
    """Give the moment at which a gap begins."""
    return s.leave[unit, gap - 1] if gap > 0 else 0


@inner
def closes(s: State, unit: int, gap: int) -> int:
    """Give the moment at which a gap ends."""
    return s.begin[unit, gap] if gap < s.placed[unit] else NEVER


@inner
def fit_operation(s: State, unit: int, moment: int, time: int) -> int:
    """Give the earliest moment from which a unit is free so long."""
    gap = gap_at(s, unit, moment)
    at = max(moment, opens(s, unit, gap))
    while at + time > closes(s, unit, gap):
        gap += 1
        at = max(moment, opens(s, unit, gap))
    return at


@inner
def fit_part(t: Shop, s: State, part: int, moment: int, until: int) -> int:
    """Give the earliest start of a part from a moment on; NEVER: there is none until then."""
    at = moment
    again = True
    while again and at <= until:
        again = False
        for o in range(t.first[part], t.first[part + 1]):
            start = fit_operation(s, t.unit[o], at + t.offset[o], t.time[o])
            if start > at + t.offset[o]:
                at = start - t.offset[o]
                again = True
    return NEVER if at > until else at


@inner
def reach(t: Shop, s: State, part: int, moment: int, until: int, since: int) -> None:
    """Note the earliest start of a part in each gap of its last unit, if it may start from … until."""
    last = t.first[part + 1] - 1
    unit, offset = t.unit[last], t.offset[last]
    at = fit_part(t, s, part, moment, until)
    while at < NEVER:
        gap = gap_at(s, unit, at + offset)
        if at < s.early[part, gap]:
            s.early[part, gap] = at
            s.since[part, gap] = since
        if not t.holds[part] or gap == s.placed[unit]:
            return
        at = fit_part(t, s, part, max(at, opens(s, unit, gap + 1) - offset), until)


@inner
def occupy(s: State, unit: int, start: int, leave: int) -> None:
    """Put an interval on a unit."""
    at = s.placed[unit]
    while at > 0 and s.begin[unit, at - 1] > start:
        s.begin[unit, at] = s.begin[unit, at - 1]
        s.leave[unit, at] = s.leave[unit, at - 1]
        at -= 1
    s.begin[unit, at], s.leave[unit, at] = start, leave
    s.placed[unit] += 1


@inner
def least_gap(t: Shop, s: State, part: int) -> int:
    """Give the gap in which a part ends first."""
    unit = t.unit[t.first[part + 1] - 1]
    at = 0
    for gap in range(1, s.placed[unit] + 1):
        if s.early[part, gap] < s.early[part, at]:
            at = gap
    return at


@inner
def search_parts(t: Shop, s: State, job: int) -> None:
    """Find the earliest starts of all parts of a job, one part after another."""
    first = t.part_first[job]
    for part in range(first, t.part_first[job + 1]):
        for gap in range(s.placed[t.unit[t.first[part + 1] - 1]] + 1):
            s.early[part, gap] = NEVER
        if part == first:
            reach(t, s, part, t.job[job, RELEASE], NEVER - 1, -1)
            continue
        before = part - 1
        last = t.first[part] - 1
        unit, takes = t.unit[last], t.offset[last] + t.time[last]
        for gap in range(s.placed[unit] + 1):
            if s.early[before, gap] < NEVER:
                until = closes(s, unit, gap) if t.holds[before] else NEVER - 1
                reach(t, s, part, s.early[before, gap] + takes, min(until, NEVER - 1), gap)


@inner
def put_job(t: Shop, s: State, job: int) -> int:
    """Put a job where it ends first; gives its end."""
    search_parts(t, s, job)
    last = t.part_first[job + 1] - 1
    gap, end = least_gap(t, s, last), 0
    for part in range(last, t.part_first[job] - 1, -1):
        for o in range(t.first[part], t.first[part + 1]):
            s.start[o] = s.early[part, gap] + t.offset[o]
            end = max(end, s.start[o] + t.time[o])
        gap = s.since[part, gap]
    for part in range(t.part_first[job], last + 1):
        for o in range(t.first[part], t.first[part + 1]):
            is_held = o == t.first[part + 1] - 1 and t.holds[part]
            leave = s.start[t.first[part + 1]] if is_held else s.start[o] + t.time[o]
            occupy(s, t.unit[o], s.start[o], leave)
    return end


@inner
def timetable(t: Shop, s: State, limit: int) -> int:
    """Make the timetable of the order and give its value; as soon as that is over the limit, give NEVER."""
    for unit in range(len(s.placed)):
        s.placed[unit] = 0
    value = 0
    for job in s.order:
        end = put_job(t, s, job)
        if t.how[0]:
            value = max(value, end)
        else:
            value += t.job[job, WEIGHT] * max(0, end - t.job[job, DUE])
        if value > limit:
            return NEVER
    return value


@kernel
def anneal_jobs(t: Shop, s: State, moves: int) -> int:
    """Try this many orders, one job moved or two exchanged each; gives how many were tried."""
    jobs = len(s.order)
    if s.counts[TRIES] == 0:
        s.counts[NOW] = s.counts[BEST] = timetable(t, s, NEVER)
    for _ in range(moves):
        s.counts[TRIES] += 1
        a, b = below(s.rng, jobs), below(s.rng, jobs)
        exchange = below(s.rng, 2) == 0
        chance = (below(s.rng, 2**30) + 1.0) / 2.0**30
        limit = s.counts[NOW] - int(t.temperature[0] * math.log(chance))
        if exchange:
            s.order[a], s.order[b] = s.order[b], s.order[a]
        else:
            move_job(s.order, a, b)
        value = timetable(t, s, limit)
        if value < NEVER:
            s.counts[NOW] = value
            if value < s.counts[BEST]:
                s.counts[BEST] = value
                copy_order(s.best, s.order, jobs)
        elif exchange:
            s.order[a], s.order[b] = s.order[b], s.order[a]
        else:
            move_job(s.order, b, a)
    return moves


@kernel
def best_timetable(t: Shop, s: State) -> int:
    """Make the timetable of the best order in `start`; gives its value. The search goes on from it."""
    copy_order(s.order, s.best, len(s.order))
    s.counts[NOW] = timetable(t, s, NEVER)
    return s.counts[NOW]
