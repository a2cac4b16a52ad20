"""Orders of jobs through a flow shop: the best place for a job, and iterated greedy around it.

Two ways to value all places of a job in an order. `span_values`: makespan from heads and tails, one pass for
all places (Taillard 1990, doi 10.1016/0377-2217(90)90090-X; with set-ups Ruiz & Stützle 2008,
doi 10.1016/j.ejor.2006.07.029). `sum_values`: any sum over jobs, 64 orders finished at once in vector lanes.
The hunt is the iterated greedy of Ruiz & Stützle (2007, doi 10.1016/j.ejor.2005.12.009), with the ties of
Fernandez-Viagas & Framinan (2014, doi 10.1016/j.cor.2013.12.012) and the local search on what is left of the
order of Dubois-Lacoste, Pagnozzi & Stützle (2017, doi 10.1016/j.cor.2016.12.021).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from zhizao.solvers.shop.kernels.jit import inner as kernel
from zhizao.solvers.shop.kernels.jit import kernel as entry

LANES = 64  # orders finished at once; a constant so that the inner loop becomes vector instructions
BLOCK = 16  # lanes at work are rounded up to this
NEVER = 2**62

# columns of Flow.job
RELEASE, TAIL, DUE, WEIGHT = range(4)
# entries of Flow.how
SETUPS, WITH_JOB, RELEASES, SUMS, LAST, BROKEN, PARTIAL = range(7)
# entries of Line.count
LENGTH, STAGE, CURSOR, FAILS, WAITING, HEADS, TAILS, VALUE, KEPT, BEST, TRIED = range(11)
BUILD, LOCAL = 0, 1


class Flow(NamedTuple):
    """A flow shop. The last family is none: nothing before, nothing after."""

    time: Any  # int64[jobs, units]
    job: Any  # int64[jobs, 4]: RELEASE, TAIL (time after the last unit), DUE, WEIGHT
    family: Any  # int64[jobs, units]
    setup: Any  # int64[units, families before, families after]
    into: Any  # int64[units, families after, families before]
    how: Any  # int64: flags, but LAST: weight of the last end, and BROKEN: jobs taken out at a time
    heat: Any  # float64[1]: how much worse an order may be, of which one in e is kept


class Line(NamedTuple):
    """An order being changed, and what is known about it."""

    order: Any  # int64[jobs]
    kept: Any
    best: Any
    visit: Any
    waiting: Any
    heads: Any  # int64[units, jobs + 1]: ends on each unit after the first i jobs
    tails: Any  # int64[units, jobs + 1]: column jobs − r: from start to the end of all, of the last r jobs
    before: Any  # families that go with `heads`
    after: Any  # families that go with `tails`
    cost: Any  # int64[jobs + 1]: of the first i jobs
    put: Any  # int64[units, jobs + 1]: ends of the job that is tried at each place
    value: Any  # int64[jobs + 1]: of the order with the job at each place
    lane: Any  # int64[(units + 1) × LANES]
    part: Any  # int64[LANES]
    count: Any  # int64[11]
    luck: Any  # uint64[1], never 0


@kernel
def below(luck: Any, n: int) -> Any:
    """Draw a whole number from 0 to n − 1 (xorshift64, Marsaglia 2003, doi 10.18637/jss.v008.i14)."""
    x = luck[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    luck[0] = x
    return np.int64(x >> np.uint64(33)) % n


@kernel
def copy_order(to: Any, of: Any, length: int) -> None:
    """Copy an order (a slice on the left takes a second to compile)."""
    for i in range(length):
        to[i] = of[i]


@kernel
def cost_of(t: Any, job: int, end: int) -> int:
    """Cost of a job that leaves the last unit at `end`."""
    return t.job[job, WEIGHT] * max(0, end + t.job[job, TAIL] - t.job[job, DUE])


@kernel
def extend_heads(t: Any, s: Any) -> None:
    """Work out the ends of the jobs behind the last place that is known."""
    units = t.time.shape[1]
    for i in range(s.count[HEADS], s.count[LENGTH]):
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
    s.count[HEADS] = s.count[LENGTH]


@kernel
def extend_tails(t: Any, s: Any) -> None:
    """Work out what is to come from each job on, before the first place that is known."""
    jobs, units = t.time.shape
    length = s.count[LENGTH]
    for r in range(s.count[TAILS], length):
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
    s.count[TAILS] = length


@kernel
def span_values(t: Any, s: Any, job: int, length: int) -> None:
    """Give the makespan with the job at each place of the order."""
    jobs, units = t.time.shape
    row, value = s.put[0], s.value
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


@kernel
def idle_at(t: Any, s: Any, job: int, place: int, length: int) -> int:
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


@kernel
def put_everywhere(t: Any, s: Any, job: int, length: int) -> None:
    """Work out when the job would end on each unit, at each place."""
    units = t.time.shape[1]
    for k in range(units):
        time = t.time[job, k]
        head, row = s.heads[k], s.put[k]
        above = s.put[max(0, k - 1)]
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


@kernel
def open_lane(t: Any, s: Any, job: int, place: int, lane: int) -> None:
    """Begin a lane: the job has been put before the job that stands at `place`, which now follows it."""
    units = t.time.shape[1]
    follows = s.order[place]
    end = t.job[follows, RELEASE]
    for k in range(units):
        free = s.put[k, place]
        if t.how[SETUPS]:
            gap = t.setup[k, t.family[job, k], t.family[follows, k]]
            free += gap
            if t.how[WITH_JOB]:
                end += gap
        end = max(end, free) + t.time[follows, k]
        s.lane[(k + 1) * LANES + lane] = end
    s.part[lane] = s.value[place] + cost_of(t, follows, end)  # what was there is of no lane begun


@kernel
def move_lanes(t: Any, s: Any, place: int, width: int) -> None:
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


@kernel
def finish_block(t: Any, s: Any, first: int, length: int, limit: int) -> int:
    """Finish the orders with the job at places `first`… in lanes, until all are worse than the limit."""
    lanes = min(LANES, length + 1 - first)
    for place in range(first, length):
        begun = min(place - first, lanes)
        if begun > 0:
            move_lanes(t, s, place, (begun + BLOCK - 1) // BLOCK * BLOCK)
        if place - first < lanes:
            open_lane(t, s, s.count[TRIED], place, place - first)
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


@kernel
def sum_values(t: Any, s: Any, job: int, length: int) -> None:
    """Give the sum of costs with the job at each place, exact where it is the least."""
    units = t.time.shape[1]
    put_everywhere(t, s, job, length)
    s.count[TRIED] = job
    limit = NEVER
    for first in range(length // LANES * LANES, -1, -LANES):
        for i in range(min(LANES, length + 1 - first)):
            end = s.put[units - 1, first + i]
            s.value[first + i] = s.cost[first + i] + cost_of(t, job, end)
            if first + i == length:
                s.value[length] += t.how[LAST] * (end + t.job[job, TAIL])
        limit = finish_block(t, s, first, length, limit)


@kernel
def best_place(t: Any, s: Any, job: int, length: int) -> int:
    """Choose the place of least value; ties by idle time of the units, or by lot."""
    least = s.value[0]
    for i in range(1, length + 1):
        least = min(least, s.value[i])
    at, idle, ties = -1, NEVER, 0
    for i in range(length + 1):
        if s.value[i] == least:
            if t.how[SUMS]:
                ties += 1
                if ties == 1 or below(s.luck, ties) == 0:
                    at = i
            else:
                here = idle_at(t, s, job, i, length)
                if here < idle:
                    at, idle = i, here
    return at


@kernel
def place_job(t: Any, s: Any, job: int) -> None:
    """Put a job at its best place of the order."""
    length = s.count[LENGTH]
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
    s.count[LENGTH] = length + 1
    s.count[HEADS] = min(s.count[HEADS], at)
    s.count[TAILS] = min(s.count[TAILS], length - at)
    s.count[VALUE] = s.value[at]
    if length + 1 == len(s.best) and s.value[at] < s.count[BEST]:
        s.count[BEST] = s.value[at]
        copy_order(s.best, s.order, length + 1)


@kernel
def take_out(s: Any, at: int) -> int:
    """Take out the job at a place."""
    length = s.count[LENGTH] - 1
    job = s.order[at]
    for i in range(at, length):
        s.order[i] = s.order[i + 1]
    s.count[LENGTH] = length
    s.count[HEADS] = min(s.count[HEADS], at)
    s.count[TAILS] = min(s.count[TAILS], length - at)
    return job


@kernel
def value_of(t: Any, s: Any) -> int:
    """Value of the order as it stands."""
    length = s.count[LENGTH]
    extend_heads(t, s)
    if length == 0:
        return 0
    end = s.heads[t.time.shape[1] - 1, length]
    if t.how[SUMS]:
        return s.cost[length] + t.how[LAST] * (end + t.job[s.order[length - 1], TAIL])
    return end


@kernel
def begin_local(s: Any) -> None:
    """Begin a local search: every job once more, in a random sequence."""
    length = s.count[LENGTH]
    copy_order(s.visit, s.order, length)
    for i in range(length - 1, 0, -1):
        j = below(s.luck, i + 1)
        s.visit[i], s.visit[j] = s.visit[j], s.visit[i]
    s.count[STAGE], s.count[CURSOR], s.count[FAILS] = LOCAL, 0, 0


@kernel
def accept_order(t: Any, s: Any) -> None:
    """Keep the order if it is better, or by luck when a little worse; else go back to the one kept."""
    worse = s.count[VALUE] - s.count[KEPT]
    if worse <= 0 or below(s.luck, 2**30) < 2**30 * math.exp(-worse / t.heat[0]):
        copy_order(s.kept, s.order, len(s.kept))
        s.count[KEPT] = s.count[VALUE]
    else:
        copy_order(s.order, s.kept, len(s.kept))
        s.count[HEADS] = s.count[TAILS] = 0


@kernel
def break_order(t: Any, s: Any) -> None:
    """Take some jobs out by lot, to be placed anew."""
    s.count[WAITING] = min(t.how[BROKEN], s.count[LENGTH])
    for i in range(s.count[WAITING]):
        s.waiting[i] = take_out(s, below(s.luck, s.count[LENGTH]))
    s.count[VALUE] = value_of(t, s)
    if t.how[PARTIAL] and s.count[LENGTH] > 0:
        begin_local(s)
    else:
        s.count[STAGE], s.count[CURSOR] = BUILD, 0


@kernel
def next_job(s: Any) -> int:
    """Give the job to be placed next: one that waits, or one taken out of the order for it."""
    if s.count[STAGE] == BUILD:
        return s.waiting[s.count[CURSOR]]
    job = s.visit[s.count[CURSOR] % s.count[LENGTH]]
    at = 0
    while s.order[at] != job:
        at += 1
    return take_out(s, at)


@kernel
def next_stage(t: Any, s: Any) -> None:
    """Go from building to the local search when no job waits, and on when no job finds a better place."""
    if s.count[STAGE] == BUILD:
        if s.count[CURSOR] >= s.count[WAITING]:
            s.count[WAITING] = 0
            begin_local(s)
    elif s.count[FAILS] >= s.count[LENGTH]:
        if s.count[WAITING] > 0:
            s.count[STAGE], s.count[CURSOR] = BUILD, 0
        else:
            accept_order(t, s)
            break_order(t, s)


@entry
def hunt_orders(t: Any, s: Any, moves: int) -> int:
    """Go on with the hunt until about this many places have been tried; give how many were."""
    tried = 0
    while tried < moves:
        before = s.count[VALUE]
        job = next_job(s)
        tried += s.count[LENGTH] + 1
        place_job(t, s, job)
        s.count[CURSOR] += 1
        s.count[FAILS] = 0 if s.count[VALUE] < before else s.count[FAILS] + 1
        next_stage(t, s)
    return tried


@entry
def ends_of(t: Any, s: Any) -> int:
    """Set the order to the best one, work out its ends, and give its value."""
    copy_order(s.order, s.best, len(s.best))
    s.count[LENGTH], s.count[HEADS] = len(s.best), 0
    return value_of(t, s)
