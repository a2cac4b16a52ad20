"""Orders of jobs through a flow shop: the best place for a job, and iterated greedy around it.

Two ways to value all places of a job in an order. `span_values`: makespan from heads and tails, one pass for
all places (Taillard 1990, doi 10.1016/0377-2217(90)90090-X; with set-ups Ruiz & Stützle 2008,
doi 10.1016/j.ejor.2006.07.029). `sum_values`: any sum over jobs, 64 orders finished at once in vector lanes.
The search is the iterated greedy of Ruiz & Stützle (2007, doi 10.1016/j.ejor.2005.12.009), with the ties of
Fernandez-Viagas & Framinan (2014, doi 10.1016/j.cor.2013.12.012) and the local search on what is left of the
order of Dubois-Lacoste, Pagnozzi & Stützle (2017, doi 10.1016/j.cor.2016.12.021).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from zhizao.solvers.shop.kernels.arrays import Doubles, Longs, Words
from zhizao.solvers.shop.kernels.jit import inner, kernel

LANES = 64  # orders finished at once; a constant so that the inner loop becomes vector instructions
BLOCK = 16  # lanes at work are rounded up to this
NEVER = 2**62

# columns of Flow.job
RELEASE, TAIL, DUE, WEIGHT = range(4)
# entries of Flow.how
SETUPS, WITH_JOB, RELEASES, SUMS, LAST, REMOVED, PARTIAL = range(7)
# entries of State.counts
LENGTH, STAGE, CURSOR, FAILS, WAITING, HEADS, TAILS, VALUE, KEPT, BEST, TRIED = range(11)
BUILD, LOCAL = 0, 1


class Flow(NamedTuple):
    """A flow shop. The last family is none: nothing before, nothing after."""

    time: Longs  # [jobs, units]
    job: Longs  # [jobs, 4]: RELEASE, TAIL (time after the last unit), DUE, WEIGHT
    family: Longs  # [jobs, units]
    setup: Longs  # [units, families before, families after]
    into: Longs  # [units, families after, families before]
    how: Longs  # [7]: flags, but LAST: weight of the last end, and REMOVED: jobs removed at a time
    temperature: Doubles  # [1]: an order worse by this is accepted with probability 1/e


class State(NamedTuple):
    """An order being changed, and what is known about it."""

    order: Longs  # [jobs]
    kept: Longs
    best: Longs
    visit: Longs
    waiting: Longs
    heads: Longs  # [units, jobs + 1]: ends on each unit after the first i jobs
    tails: Longs  # [units, jobs + 1]: column jobs − r: from start to the end of all, of the last r jobs
    before: Longs  # families that go with `heads`
    after: Longs  # families that go with `tails`
    cost: Longs  # [jobs + 1]: of the first i jobs
    insertion: Longs  # [units, jobs + 1]: ends of the job that is tried at each place
    value: Longs  # [jobs + 1]: of the order with the job at each place
    lane: Longs  # [(units + 1) × LANES]
    part: Longs  # [LANES]
    counts: Longs  # [11]
    rng: Words  # [1]: state of the generator, never 0


@inner
def below(rng: Words, n: int) -> int:
    """Draw a whole number from 0 to n − 1 (xorshift64, Marsaglia 2003, doi 10.18637/jss.v008.i14)."""
    x = rng[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    rng[0] = x
    return int(np.int64(x >> np.uint64(33))) % n


@inner
def copy_order(to: Longs, of: Longs, length: int) -> None:
    """Copy an order (a slice on the left takes a second to compile)."""
    for i in range(length):
        to[i] = of[i]


@inner
def cost_of(t: Flow, job: int, end: int) -> int:
    """Cost of a job that leaves the last unit at `end`."""
    return t.job[job, WEIGHT] * max(0, end + t.job[job, TAIL] - t.job[job, DUE])


@inner
def extend_heads(t: Flow, s: State) -> None:
    """Work out the ends of the jobs behind the last place that is known."""
    units = t.time.shape[1]
    for i in range(s.counts[HEADS], s.counts[LENGTH]):
        job = s.order[i]
        end = t.job[job, RELEASE]
        for k in range(units):
            free = s.heads[k, i]
            if t.how[SETUPS]:
                family = t.family[job, k]
                gap = t.setup[k, s.before[k, i], family]
                s.before[k, i + 1] = family
                free += gap
                if t.how[WITH_JOB]:
                    end += gap
            end = max(end, free) + t.time[job, k]
            s.heads[k, i + 1] = end
        s.cost[i + 1] = s.cost[i] + cost_of(t, job, end)
    s.counts[HEADS] = s.counts[LENGTH]


@inner
def extend_tails(t: Flow, s: State) -> None:
    """Work out what is to come from each job on, before the first place that is known."""
    jobs, units = t.time.shape
    length = s.counts[LENGTH]
    for r in range(s.counts[TAILS], length):
        job = s.order[length - 1 - r]
        at = jobs - r
        tail = 0
        for k in range(units - 1, -1, -1):
            later = s.tails[k, at]
            if t.how[SETUPS]:
                family = t.family[job, k]
                later += t.setup[k, family, s.after[k, at]]
                s.after[k, at - 1] = family
            tail = max(tail, later) + t.time[job, k]
            s.tails[k, at - 1] = tail
    s.counts[TAILS] = length


@inner
def span_values(t: Flow, s: State, job: int, length: int) -> None:
    """Give the makespan with the job at each place of the order."""
    jobs, units = t.time.shape
    row, value = s.insertion[0], s.value
    for i in range(length + 1):
        row[i] = 0
        value[i] = 0
    for k in range(units):
        time = t.time[job, k]
        head, tail = s.heads[k], s.tails[k, jobs - length :]
        if t.how[SETUPS]:
            family = t.family[job, k]
            to, fro = t.into[k, family], t.setup[k, family]
            before, after = s.before[k], s.after[k, jobs - length :]
            for i in range(length + 1):
                end = max(row[i], head[i] + to[before[i]]) + time
                row[i] = end
                value[i] = max(value[i], end + fro[after[i]] + tail[i])
        else:
            for i in range(length + 1):
                end = max(row[i], head[i]) + time
                row[i] = end
                value[i] = max(value[i], end + tail[i])


@inner
def idle_at(t: Flow, s: State, job: int, place: int, length: int) -> int:
    """Estimate how long units would stand idle about the job at a place."""
    units = t.time.shape[1]
    behind = s.order[place] if place < length else -1
    idle = 0
    end = s.heads[0, place] + t.time[job, 0]
    follows = end + t.time[behind, 0] if behind >= 0 else 0
    for k in range(1, units):
        start = max(end, s.heads[k, place])
        end = start + t.time[job, k]
        idle += start - s.heads[k, place]
        if behind >= 0:
            idle += t.time[behind, k] + s.heads[k, place] - s.heads[k, place + 1] + max(0, follows - end)
            follows = max(follows, end) + t.time[behind, k]
    return idle


@inner
def put_everywhere(t: Flow, s: State, job: int, length: int) -> None:
    """Work out when the job would end on each unit, at each place."""
    units = t.time.shape[1]
    for k in range(units):
        time = t.time[job, k]
        head, row = s.heads[k], s.insertion[k]
        above = s.insertion[max(0, k - 1)]
        if k == 0:
            for i in range(length + 1):
                row[i] = t.job[job, RELEASE]
            above = row
        if t.how[SETUPS]:
            to, before = t.into[k, t.family[job, k]], s.before[k]
            late = t.how[WITH_JOB]
            for i in range(length + 1):
                gap = to[before[i]]
                row[i] = max(above[i] + late * gap, head[i] + gap) + time
        else:
            for i in range(length + 1):
                row[i] = max(above[i], head[i]) + time


@inner
def open_lane(t: Flow, s: State, job: int, place: int, lane: int) -> None:
    """Begin a lane: the job has been put before the job that stands at `place`, which now follows it."""
    units = t.time.shape[1]
    follows = s.order[place]
    end = t.job[follows, RELEASE]
    for k in range(units):
        free = s.insertion[k, place]
        if t.how[SETUPS]:
            gap = t.setup[k, t.family[job, k], t.family[follows, k]]
            free += gap
            if t.how[WITH_JOB]:
                end += gap
        end = max(end, free) + t.time[follows, k]
        s.lane[(k + 1) * LANES + lane] = end
    s.part[lane] = s.value[place] + cost_of(t, follows, end)  # what was there is of no lane begun


@inner
def move_lanes(t: Flow, s: State, place: int, width: int) -> None:
    """Let the job at `place` follow in all lanes that were begun before it."""
    units = t.time.shape[1]
    job, lane, part = s.order[place], s.lane, s.part
    if t.how[RELEASES]:
        for i in range(width):
            lane[i] = t.job[job, RELEASE]
    for k in range(units):
        free = t.time[job, k]
        early = free
        if t.how[SETUPS]:
            gap = t.setup[k, t.family[s.order[place - 1], k], t.family[job, k]]
            free += gap
            early += gap * t.how[WITH_JOB]
        base = k * LANES
        for i in range(width):
            lane[base + LANES + i] = max(lane[base + i] + early, lane[base + LANES + i] + free)
    weight = t.job[job, WEIGHT]
    if weight > 0:
        slack = t.job[job, TAIL] - t.job[job, DUE]
        base = units * LANES
        for i in range(width):
            part[i] += weight * max(0, lane[base + i] + slack)


@inner
def finish_block(t: Flow, s: State, first: int, length: int, limit: int) -> int:
    """Finish the orders with the job at places `first`… in lanes, until all are worse than the limit."""
    lanes = min(LANES, length + 1 - first)
    for place in range(first, length):
        begun = min(place - first, lanes)
        if begun > 0:
            move_lanes(t, s, place, (begun + BLOCK - 1) // BLOCK * BLOCK)
        if place - first < lanes:
            open_lane(t, s, s.counts[TRIED], place, place - first)
        elif place % 4 == 0:
            least = s.part[0]
            for i in range(1, lanes):
                least = min(least, s.part[i])
            if least > limit:
                break
    base = t.time.shape[1] * LANES
    for i in range(min(lanes, length - first)):
        last = s.lane[base + i] + t.job[s.order[length - 1], TAIL]
        s.value[first + i] = s.part[i] + t.how[LAST] * last
    for i in range(first, first + lanes):
        limit = min(limit, s.value[i])
    return limit


@inner
def sum_values(t: Flow, s: State, job: int, length: int) -> None:
    """Give the sum of costs with the job at each place, exact where it is the least."""
    units = t.time.shape[1]
    put_everywhere(t, s, job, length)
    s.counts[TRIED] = job
    limit = NEVER
    for first in range(length // LANES * LANES, -1, -LANES):
        for i in range(min(LANES, length + 1 - first)):
            end = s.insertion[units - 1, first + i]
            s.value[first + i] = s.cost[first + i] + cost_of(t, job, end)
            if first + i == length:
                s.value[length] += t.how[LAST] * (end + t.job[job, TAIL])
        limit = finish_block(t, s, first, length, limit)


@inner
def best_place(t: Flow, s: State, job: int, length: int) -> int:
    """Choose the place of least value; ties by idle time of the units, or at random."""
    least = s.value[0]
    for i in range(1, length + 1):
        least = min(least, s.value[i])
    at, idle, ties = -1, NEVER, 0
    for i in range(length + 1):
        if s.value[i] == least:
            if t.how[SUMS]:
                ties += 1
                if ties == 1 or below(s.rng, ties) == 0:
                    at = i
            else:
                here = idle_at(t, s, job, i, length)
                if here < idle:
                    at, idle = i, here
    return at


@inner
def place_job(t: Flow, s: State, job: int) -> None:
    """Put a job at its best place of the order."""
    length = s.counts[LENGTH]
    extend_heads(t, s)
    if t.how[SUMS]:
        sum_values(t, s, job, length)
    else:
        extend_tails(t, s)
        span_values(t, s, job, length)
    at = best_place(t, s, job, length)
    for i in range(length, at, -1):
        s.order[i] = s.order[i - 1]
    s.order[at] = job
    s.counts[LENGTH] = length + 1
    s.counts[HEADS] = min(s.counts[HEADS], at)
    s.counts[TAILS] = min(s.counts[TAILS], length - at)
    s.counts[VALUE] = s.value[at]
    if length + 1 == len(s.best) and s.value[at] < s.counts[BEST]:
        s.counts[BEST] = s.value[at]
        copy_order(s.best, s.order, length + 1)


@inner
def take_out(s: State, at: int) -> int:
    """Take out the job at a place."""
    length = s.counts[LENGTH] - 1
    job = s.order[at]
    for i in range(at, length):
        s.order[i] = s.order[i + 1]
    s.counts[LENGTH] = length
    s.counts[HEADS] = min(s.counts[HEADS], at)
    s.counts[TAILS] = min(s.counts[TAILS], length - at)
    return job


@inner
def value_of(t: Flow, s: State) -> int:
    """Value of the order as it stands."""
    length = s.counts[LENGTH]
    extend_heads(t, s)
    if length == 0:
        return 0
    end = s.heads[t.time.shape[1] - 1, length]
    if t.how[SUMS]:
        return s.cost[length] + t.how[LAST] * (end + t.job[s.order[length - 1], TAIL])
    return end


@inner
def begin_local(s: State) -> None:
    """Begin a local search: every job once more, in a random sequence."""
    length = s.counts[LENGTH]
    copy_order(s.visit, s.order, length)
    for i in range(length - 1, 0, -1):
        j = below(s.rng, i + 1)
        s.visit[i], s.visit[j] = s.visit[j], s.visit[i]
    s.counts[STAGE], s.counts[CURSOR], s.counts[FAILS] = LOCAL, 0, 0


@inner
def accept_order(t: Flow, s: State) -> None:
    """Accept the order by the Metropolis criterion; else go back to the one kept."""
    worse = s.counts[VALUE] - s.counts[KEPT]
    if worse <= 0 or below(s.rng, 2**30) < 2**30 * math.exp(-worse / t.temperature[0]):
        copy_order(s.kept, s.order, len(s.kept))
        s.counts[KEPT] = s.counts[VALUE]
    else:
        copy_order(s.order, s.kept, len(s.kept))
        s.counts[HEADS] = s.counts[TAILS] = 0


@inner
def break_order(t: Flow, s: State) -> None:
    """Destruction: remove some random jobs, to be inserted anew."""
    s.counts[WAITING] = min(t.how[REMOVED], s.counts[LENGTH])
    for i in range(s.counts[WAITING]):
        s.waiting[i] = take_out(s, below(s.rng, s.counts[LENGTH]))
    s.counts[VALUE] = value_of(t, s)
    if t.how[PARTIAL] and s.counts[LENGTH] > 0:
        begin_local(s)
    else:
        s.counts[STAGE], s.counts[CURSOR] = BUILD, 0


@inner
def next_job(s: State) -> int:
    """Give the job to be placed next: one that waits, or one taken out of the order for it."""
    if s.counts[STAGE] == BUILD:
        return s.waiting[s.counts[CURSOR]]
    job = s.visit[s.counts[CURSOR] % s.counts[LENGTH]]
    at = 0
    while s.order[at] != job:
        at += 1
    return take_out(s, at)


@inner
def next_stage(t: Flow, s: State) -> None:
    """Go from building to the local search when no job waits, and on when no job finds a better place."""
    if s.counts[STAGE] == BUILD:
        if s.counts[CURSOR] >= s.counts[WAITING]:
            s.counts[WAITING] = 0
            begin_local(s)
    elif s.counts[FAILS] >= s.counts[LENGTH]:
        if s.counts[WAITING] > 0:
            s.counts[STAGE], s.counts[CURSOR] = BUILD, 0
        else:
            accept_order(t, s)
            break_order(t, s)


@kernel
def iterated_greedy(t: Flow, s: State, moves: int) -> int:
    """Continue until about this many positions have been tried; returns how many were."""
    tried = 0
    while tried < moves:
        before = s.counts[VALUE]
        job = next_job(s)
        tried += s.counts[LENGTH] + 1
        place_job(t, s, job)
        s.counts[CURSOR] += 1
        s.counts[FAILS] = 0 if s.counts[VALUE] < before else s.counts[FAILS] + 1
        next_stage(t, s)
    return tried


@kernel
def ends_of(t: Flow, s: State) -> int:
    """Set the order to the best one, work out its ends, and give its value."""
    copy_order(s.order, s.best, len(s.best))
    s.counts[LENGTH], s.counts[HEADS] = len(s.best), 0
    return value_of(t, s)
