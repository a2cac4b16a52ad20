"""Serial schedule generation for shops of any kind, rules that give a first order, and a search over orders.

An order of all operations, each after those before it, is a schedule: one after the other is put on its unit
behind what is there, as early as unit, worker, pools, set-up, breaks and travel times let it. A pool is a
number of items, each with the moment at which it is free. A mode of -1 means: where the operation ends first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zhizao.solvers.shop.kernels.arrays import Doubles, Longs, Words
from zhizao.solvers.shop.kernels.jit import inner, kernel

MAKESPAN, TARDINESS, FLOW_TIME = range(3)  # values of sizes[OBJECTIVE]
FREE = -1  # a mode: where the operation ends first
# entries of Shop.sizes; ITEMS: of all pools, HOME and GOAL: places, WITH_JOB: set-ups wait for the job
UNITS, WORKERS, ITEMS, VEHICLES, HOME, GOAL, OBJECTIVE, WITH_JOB = range(8)
# entries of State.costs; MOVES: made in this cycle, CYCLE: moves of a cycle
COST, BEST_COST, TEMPERATURE, COOLING, MOVES, CYCLE, ACCEPTED = range(7)
BY_NOTHING, BY_BEFORE, BY_UNIT = 0, 1, 2  # what an operation's start waited for
RULES = 8
_NEVER = 2**60


class Shop(NamedTuple):
    """A problem as the kernels take it, times in ticks; arrays of what the shop lacks have no rows."""

    job: Longs  # [operations]
    mode_first: Longs  # [operations + 1]
    mode_unit: Longs  # [modes]
    mode_time: Longs  # [modes]
    mode_worker: Longs  # [modes]; −1: none
    before_first: Longs  # [operations + 1]
    before: Longs
    after_first: Longs  # [operations + 1]
    after: Longs
    release: Longs  # [jobs]
    due: Longs  # [jobs]
    weight: Longs  # [jobs]
    family: Longs  # [operations]
    setup: Longs  # [units or 1 or 0, families, families]
    break_first: Longs  # [units + 1]
    break_begin: Longs
    break_end: Longs
    break_work: Longs  # working time of the unit when the break begins
    travel: Longs  # [places or 0, places or 0]
    pool_first: Longs  # [pools + 1]: where the items of a pool begin in the state
    need: Longs  # [operations, pools]
    sizes: Longs  # [8]
    rest: Longs  # [operations]: least work from the operation to the end of its job


class Decoded(NamedTuple):
    """A schedule that is being decoded, by operation."""

    start: Longs  # [operations]
    end: Longs  # [operations]
    mode: Longs  # [operations]
    why: Longs  # [operations]: BY_NOTHING, BY_BEFORE or BY_UNIT
    by: Longs  # [operations]: the operation that its start waited for
    moves: Longs  # [operations + jobs, 3]: vehicle (−1: none), leaves, arrives


# The state is one row: free moment, family and last operation by unit; free moment and last operation by
# worker; free moments of items of pools; free moment and place by vehicle.


@inner
def worked(p: Shop, u: int, moment: int) -> int:
    """Working time of a unit by a moment."""
    low, high = p.break_first[u], p.break_first[u + 1]
    first = low
    while low < high:  # breaks that have begun
        middle = (low + high) >> 1
        if p.break_begin[middle] <= moment:
            low = middle + 1
        else:
            high = middle
    if low == first:
        return moment
    if p.break_end[low - 1] > moment:
        return p.break_work[low - 1]
    return p.break_work[low - 1] + moment - p.break_end[low - 1]


@inner
def after_work(p: Shop, u: int, work: int, begins: bool) -> int:
    """The moment at which a unit has worked so long; `begins`: the last such moment."""
    first, high = p.break_first[u], p.break_first[u + 1]
    low = first
    while low < high:
        middle = (low + high) >> 1
        if p.break_work[middle] < work or (begins and p.break_work[middle] == work):
            low = middle + 1
        else:
            high = middle
    if low == first:
        return work
    return p.break_end[low - 1] + work - p.break_work[low - 1]


@inner
def run_from(p: Shop, u: int, moment: int, takes: int) -> tuple[int, int]:
    """When work that begins at a moment (or at the end of its break) begins and ends."""
    if takes == 0 or p.break_first[u] == p.break_first[u + 1]:
        return moment, moment + takes
    work = worked(p, u, moment)
    return max(moment, after_work(p, u, work, True)), after_work(p, u, work + takes, False)


@inner
def has_come(p: Shop, f: Decoded, st: Longs, o: int, u: int) -> tuple[int, int]:
    """When the job of an operation can be at a unit, and the operation that it waits for; -1: its release."""
    come, by = p.release[p.job[o]], -1
    has_travel = len(p.travel) > 0
    if has_travel and p.before_first[o] == p.before_first[o + 1] and p.sizes[VEHICLES] == 0:
        come += p.travel[p.sizes[HOME], u]
    for row in range(p.before_first[o], p.before_first[o + 1]):
        b = p.before[row]
        at = f.end[b]
        if has_travel and p.sizes[VEHICLES] == 0:
            at += p.travel[p.mode_unit[f.mode[b]], u]
        if at >= come:
            come, by = at, b
    if p.sizes[VEHICLES] > 0:
        source = p.mode_unit[f.mode[by]] if by >= 0 else p.sizes[HOME]
        _, _, come = best_vehicle(p, st, source, u, come)
    return come, by


@inner
def best_vehicle(p: Shop, st: Longs, source: int, goal: int, ready: int) -> tuple[int, int, int]:
    """Vehicle that brings a job first, when it leaves loaded and when it is there."""
    if source == goal:
        return -1, ready, ready
    at = 3 * p.sizes[UNITS] + 2 * p.sizes[WORKERS] + p.sizes[ITEMS]
    best, leaves = -1, _NEVER
    for v in range(p.sizes[VEHICLES]):
        loads = max(st[at + 2 * v] + p.travel[st[at + 2 * v + 1], source], ready)
        if loads < leaves:
            best, leaves = v, loads
    return best, leaves, leaves + p.travel[source, goal]


@inner
def trial(p: Shop, f: Decoded, st: Longs, o: int, m: int) -> tuple[int, int, int, int]:
    """Start and end of an operation in a mode behind what is there; why it starts no earlier, and by whom."""
    u = p.mode_unit[m]
    come, by = has_come(p, f, st, o, u)
    why = BY_BEFORE if by >= 0 else BY_NOTHING
    free = st[3 * u]
    if len(p.setup) > 0 and st[3 * u + 1] >= 0:
        takes = p.setup[u if len(p.setup) > 1 else 0, st[3 * u + 1], p.family[o]]
        if takes > 0:
            begins = max(free, come) if p.sizes[WITH_JOB] else free
            _, free = run_from(p, u, begins, takes)
    start = come
    if free > start:
        start, why, by = free, BY_UNIT, st[3 * u + 2]
    if len(p.mode_worker) > 0 and p.mode_worker[m] >= 0:
        w = 3 * p.sizes[UNITS] + 2 * p.mode_worker[m]
        if st[w] > start:
            start, why, by = st[w], BY_UNIT, st[w + 1]
    for pool in range(len(p.pool_first) - 1):
        if p.need[o, pool] > 0:
            moment = st[p.pool_first[pool] + p.need[o, pool] - 1]
            if moment > start:
                start, why, by = moment, BY_UNIT, st[3 * u + 2]
    start, end = run_from(p, u, start, p.mode_time[m])
    return start, end, why, by


@inner
def take_pools(p: Shop, st: Longs, o: int, start: int, end: int) -> None:
    """Take the items of pools that were free last before `start`; those of a pool stay in order."""
    for pool in range(len(p.pool_first) - 1):
        k = p.need[o, pool]
        if k == 0 or end == start:
            continue
        first, stop = p.pool_first[pool], p.pool_first[pool + 1]
        last = first
        while last < stop and st[last] <= start:
            last += 1
        row = last - k
        while row + k < stop and st[row + k] < end:
            st[row] = st[row + k]
            row += 1
        for i in range(row, row + k):
            st[i] = end


@inner
def put(p: Shop, f: Decoded, st: Longs, o: int, m: int) -> None:
    """Put an operation behind what is there, in a mode or where it is done first."""
    best, start, end, why, by = m, 0, 0, 0, -1
    if m >= 0:
        start, end, why, by = trial(p, f, st, o, m)
    else:
        free = 0
        for other in range(p.mode_first[o], p.mode_first[o + 1]):
            s, e, w, b = trial(p, f, st, o, other)
            there = st[3 * p.mode_unit[other]]
            if best < 0 or e < end or (e == end and there > free):
                best, start, end, why, by, free = other, s, e, w, b, there
    u = p.mode_unit[best]
    if p.sizes[VEHICLES] > 0:
        move(p, f, st, o, u)
    f.start[o], f.end[o], f.mode[o], f.why[o], f.by[o] = start, end, best, why, by
    st[3 * u], st[3 * u + 2] = end, o
    if len(p.setup) > 0:
        st[3 * u + 1] = p.family[o]
    if len(p.mode_worker) > 0 and p.mode_worker[best] >= 0:
        w = 3 * p.sizes[UNITS] + 2 * p.mode_worker[best]
        st[w], st[w + 1] = end, o
    take_pools(p, st, o, start, end)
    if p.sizes[VEHICLES] > 0 and p.sizes[GOAL] >= 0 and p.after_first[o] == p.after_first[o + 1]:
        carry(p, f, st, len(p.job) + p.job[o], u, p.sizes[GOAL], end)


@inner
def move(p: Shop, f: Decoded, st: Longs, o: int, u: int) -> None:
    """A vehicle brings the job of an operation to its unit."""
    ready, source = p.release[p.job[o]], p.sizes[HOME]
    for row in range(p.before_first[o], p.before_first[o + 1]):
        b = p.before[row]
        if f.end[b] >= ready:
            ready, source = f.end[b], p.mode_unit[f.mode[b]]
    carry(p, f, st, o, source, u, ready)


@inner
def carry(p: Shop, f: Decoded, st: Longs, row: int, source: int, goal: int, ready: int) -> None:
    """Let the vehicle that is there first bring a job, and note its move."""
    vehicle, leaves, comes = best_vehicle(p, st, source, goal, ready)
    f.moves[row, 0], f.moves[row, 1], f.moves[row, 2] = vehicle, leaves, comes
    if vehicle >= 0:
        at = 3 * p.sizes[UNITS] + 2 * p.sizes[WORKERS] + p.sizes[ITEMS] + 2 * vehicle
        st[at], st[at + 1] = comes, goal


@kernel
def decode(
    p: Shop, f: Decoded, st: Longs, order: Longs, modes: Longs, first: int, every: int, checkpoints: Longs
) -> None:
    """Decode an order from place `first` on; the state is kept in `checkpoints` at every `every` places."""
    for place in range(first, len(order)):
        if place % every == 0:
            checkpoints[place // every] = st
        o = order[place]
        put(p, f, st, o, modes[o])


@kernel
def worth(p: Shop, f: Decoded, done: Longs) -> tuple[int, int]:
    """Objective, and the sum of the ends of jobs; `done` gets the end of each job."""
    done[:] = p.release
    for o in range(len(p.job)):
        end = f.end[o]
        if p.sizes[GOAL] >= 0 and p.after_first[o] == p.after_first[o + 1]:
            if p.sizes[VEHICLES] > 0:
                end = f.moves[len(p.job) + p.job[o], 2]
            else:
                end += p.travel[p.mode_unit[f.mode[o]], p.sizes[GOAL]]
        done[p.job[o]] = max(done[p.job[o]], end)
    value, total, last = 0, 0, 0
    for j in range(len(done)):
        total += done[j]
        last = max(last, done[j])
        if p.sizes[OBJECTIVE] == TARDINESS:
            value += p.weight[j] * max(0, done[j] - p.due[j])
        elif p.sizes[OBJECTIVE] == FLOW_TIME:
            value += p.weight[j] * (done[j] - p.release[j])
    return (last if p.sizes[OBJECTIVE] == MAKESPAN else value), total


# ---------------------------------------------------------------- first orders
@inner
def urgency(p: Shop, rule: int, o: int, start: int, end: int, come: int) -> float:
    """The key of a rule; the least goes first."""
    j = p.job[o]
    due = p.due[j] if p.due[j] < 2**49 else p.release[j] + 4 * p.rest[o] + 2**40
    work = max(1, end - start)
    slack = due - start - p.rest[o]
    if rule == 0:
        return float(come)  # first come, first served
    if rule == 1:
        return float(due)
    if rule == 2:
        return float(work)  # shortest processing time
    if rule == 3:
        return -float(p.rest[o]) * p.weight[j]  # most work remaining
    if rule == 4:
        return float(slack)
    if rule == 5:
        return (due - start) / max(1.0, float(p.rest[o]))  # critical ratio
    if rule == 6:
        return -p.weight[j] / work * np.exp(-max(0.0, float(slack)) / (3.0 * work))  # apparent tardiness cost
    return (
        -p.weight[j] / max(1.0, float(p.rest[o])) * (1.0 if slack <= 0 else 1.0 / (1.0 + slack / p.rest[o]))
    )


class Frontier(NamedTuple):
    """How far a rule has come; the rows of `ready` up to `counts[READY]` may be taken next."""

    left: Longs  # [operations]: how many before each are still to be done
    ready: Longs  # [operations]
    starts: Longs  # [operations]: when each that is ready would start, end and come
    ends: Longs
    comes: Longs
    units: Longs  # [operations]: the unit that would do it
    seen: Longs  # [operations]: how many were placed when that was looked up
    counts: Longs  # [2]: how many are placed, how many are ready


PLACED, READY = 0, 1


@kernel
def dispatch(p: Shop, f: Decoded, st: Longs, rule: int, order: Longs, w: Frontier, places: int) -> bool:
    """Place so many more operations by a rule, without delay: of those that could start first, the most
    urgent. True when all are placed."""
    n = len(p.job)
    if w.counts[PLACED] == 0:
        opened(p, f, st, w)
    many = w.counts[READY]
    until = min(n, w.counts[PLACED] + places)
    for place in range(w.counts[PLACED], until):
        first = soonest(p, f, st, w.ready[:many], w.starts, w.ends, w.comes, w.units, w.seen, place)
        best = most_urgent(p, rule, w.ready[:many], first, w.starts, w.ends, w.comes)
        o = w.ready[best]
        put(p, f, st, o, FREE)
        order[place] = o
        many -= 1
        w.ready[best] = w.ready[many]
        for row in range(p.after_first[o], p.after_first[o + 1]):
            a = p.after[row]
            w.left[a] -= 1
            if w.left[a] == 0:
                w.ready[many] = a
                many += 1
                w.units[a] = -1
        for k in range(many):  # what would have begun where something has just begun, or is new
            a = w.ready[k]
            if w.units[a] < 0 or w.units[a] == p.mode_unit[f.mode[o]]:
                look(p, f, st, a, w.starts, w.ends, w.comes, w.units)
                w.seen[a] = place + 1
    w.counts[PLACED], w.counts[READY] = until, many
    return bool(until == n)


@inner
def opened(p: Shop, f: Decoded, st: Longs, w: Frontier) -> None:
    """Look up all operations that nothing comes before."""
    w.left[:] = p.before_first[1:] - p.before_first[:-1]
    w.seen[:] = -1
    w.counts[READY] = 0
    for o in range(len(p.job)):
        if w.left[o] == 0:
            w.ready[w.counts[READY]] = o
            w.counts[READY] += 1
            look(p, f, st, o, w.starts, w.ends, w.comes, w.units)


@inner
def most_urgent(
    p: Shop, rule: int, ready: Longs, first: int, starts: Longs, ends: Longs, comes: Longs
) -> int:
    """Row of the operation that a rule takes of those that can start first."""
    best, key = -1, 0.0
    for k in range(len(ready)):
        o = ready[k]
        if starts[o] == first:
            own = urgency(p, rule, o, starts[o], ends[o], comes[o])
            if best < 0 or own < key:
                best, key = k, own
    return best


@inner
def soonest(
    p: Shop,
    f: Decoded,
    st: Longs,
    ready: Longs,
    starts: Longs,
    ends: Longs,
    comes: Longs,
    units: Longs,
    seen: Longs,
    place: int,
) -> int:
    """The first start among those that are ready, looked up anew where others may have come between."""
    while True:
        first = _NEVER
        for o in ready:
            first = min(first, starts[o])
        grown = False
        for o in ready:
            if starts[o] == first and seen[o] < place:
                look(p, f, st, o, starts, ends, comes, units)
                seen[o] = place
                grown |= starts[o] != first
        if not grown:
            return first


@inner
def look(
    p: Shop, f: Decoded, st: Longs, o: int, starts: Longs, ends: Longs, comes: Longs, units: Longs
) -> None:
    """When an operation would begin and end where it is done first."""
    best = -1
    for m in range(p.mode_first[o], p.mode_first[o + 1]):
        s, e, _, _ = trial(p, f, st, o, m)
        if best < 0 or e < ends[o]:
            best, starts[o], ends[o] = m, s, e
    units[o] = p.mode_unit[best]
    comes[o], _ = has_come(p, f, st, o, units[o])


# ---------------------------------------------------------------- search
@inner
def random(rng: Words) -> np.uint64:
    """A number of 64 bits (splitmix64, Steele et al. 2014)."""
    rng[0] += np.uint64(0x9E3779B97F4A7C15)
    z = rng[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@inner
def below(rng: Words, n: int) -> int:
    """A whole number from 0 to n - 1."""
    return int(np.int64(random(rng) >> np.uint64(11))) % n


@inner
def share(rng: Words) -> float:
    """A number from 0 to 1."""
    return np.float64(random(rng) >> np.uint64(11)) / 9007199254740992.0


@inner
def troubled_job(p: Shop, done: Longs, rng: Words) -> int:
    """A job whose end costs something: late ones by their cost, or the last one."""
    best, total = 0, 0.0
    last = done.max()
    for j in range(len(done)):
        if p.sizes[OBJECTIVE] == TARDINESS:
            cost = float(p.weight[j] * max(0, done[j] - p.due[j]))
        elif p.sizes[OBJECTIVE] == FLOW_TIME:
            cost = float(p.weight[j] * (done[j] - p.release[j]))
        else:
            cost = 1.0 if done[j] == last else 0.0
        if cost > 0.0:
            total += cost
            if share(rng) * total < cost:
                best = j
    return best


@inner
def troubled(p: Shop, f: Decoded, done: Longs, last: Longs, rng: Words) -> int:
    """An operation that waited for a unit, on the way back from the end of a troubled job; -1: none."""
    o = last[troubled_job(p, done, rng)]
    found, seen = -1, 0
    while o >= 0:
        if f.why[o] == BY_UNIT:
            seen += 1
            if below(rng, seen) == 0:
                found = o
        o = f.by[o]
    return found


@inner
def shifted(order: Longs, place: Longs, source: int, target: int) -> None:
    """Take what stands at place `source` to the place `target`; what is between moves by one."""
    o = order[source]
    step = 1 if target > source else -1
    k = source
    while k != target:
        order[k] = order[k + step]
        place[order[k]] = k
        k += step
    order[target] = o
    place[o] = target


@inner
def earliest(p: Shop, place: Longs, o: int) -> int:
    """The first place that an operation may have: behind those before it."""
    low = 0
    for row in range(p.before_first[o], p.before_first[o + 1]):
        low = max(low, place[p.before[row]] + 1)
    return low


@inner
def latest(p: Shop, place: Longs, o: int, n: int) -> int:
    """The last place that an operation may have: ahead of those after it."""
    high = n - 1
    for row in range(p.after_first[o], p.after_first[o + 1]):
        high = min(high, place[p.after[row]] - 1)
    return high


@inner
def step(
    p: Shop, f: Decoded, order: Longs, place: Longs, modes: Longs, done: Longs, last: Longs, rng: Words
) -> tuple[int, int, int]:
    """Choose a move: (operation, new place, new mode); an operation of -1: none."""
    n = len(order)
    o = troubled(p, f, done, last, rng)
    kind = share(rng)
    if o < 0 or kind < 0.08:
        o = order[below(rng, n)]
    many = p.mode_first[o + 1] - p.mode_first[o]
    if many > 1 and kind > 0.75:
        m = FREE if kind > 0.93 else p.mode_first[o] + below(rng, many)
        low, high = earliest(p, place, o), latest(p, place, o, n)
        near = max(low, place[o] - below(rng, 1 + n // 20))
        return o, min(near, high), m
    other = f.by[o] if f.why[o] == BY_UNIT else -1
    if other < 0:
        low, high = earliest(p, place, o), latest(p, place, o, n)
        return o, low + below(rng, high - low + 1), modes[o]
    if kind < 0.3:  # the one in the way goes behind it
        target = min(place[o], latest(p, place, other, n))
        if target > place[other]:
            return other, target, modes[other]
    back = below(rng, 4)  # some way back in the queue of the unit
    while back > 0 and f.why[other] == BY_UNIT and f.by[other] >= 0:
        other = f.by[other]
        back -= 1
    return o, max(earliest(p, place, o), min(place[other], place[o])), modes[o]


@kernel
def copied(to: Decoded, source: Decoded) -> None:
    """Take over a schedule."""
    to.start[:] = source.start
    to.end[:] = source.end
    to.mode[:] = source.mode
    to.why[:] = source.why
    to.by[:] = source.by
    to.moves[:] = source.moves


@inner
def last_rows(p: Shop, f: Decoded, last: Longs) -> None:
    """The operation of each job that ends last."""
    last[:] = -1
    for o in range(len(p.job)):
        j = p.job[o]
        if last[j] < 0 or f.end[o] >= f.end[last[j]]:
            last[j] = o


class State(NamedTuple):
    """What a search keeps from call to call."""

    order: Longs  # [operations]
    place: Longs  # [operations]: place of each operation in `order`
    modes: Longs  # [operations]; FREE: where the operation ends first
    now: Decoded  # the present schedule
    new: Decoded  # the schedule that is tried
    best: Decoded
    best_order: Longs  # [operations]
    best_modes: Longs  # [operations]
    start: Longs  # [state]: the state at time 0
    state: Longs  # [state]
    checkpoints: Longs  # [checkpoints, state]: states along the present order
    fresh: Longs  # [checkpoints, state]: the same along the order that is tried
    done: Longs  # [jobs]: end of each job
    last: Longs  # [jobs]: last operation of each job
    costs: Doubles  # [7]
    rng: Words  # [1]: state of the generator


@kernel
def cost_of(p: Shop, f: Decoded, done: Longs) -> tuple[float, int]:
    """Objective with a little of the mean end of jobs, which shows a way where the objective shows none."""
    value, total = worth(p, f, done)
    return value + 0.02 * total / max(1, len(done)), value


@inner
def settle(p: Shop, w: State, every: int) -> None:
    """Put the operations in the order of their starts, and make all that hangs on the order anew."""
    n = len(w.order)
    rank = np.argsort(w.now.start[w.order], kind="mergesort")
    w.order[:] = w.order[rank]
    for k in range(n):
        w.place[w.order[k]] = k
    for k in range(n):  # operations without duration may have changed places with those before them
        o = w.order[k]
        if earliest(p, w.place, o) > k:
            w.order[:] = w.order[np.argsort(rank)]
            for i in range(n):
                w.place[w.order[i]] = i
            break
    w.state[:] = w.start
    decode(p, w.now, w.state, w.order, w.modes, 0, every, w.checkpoints)
    w.costs[COST], _ = cost_of(p, w.now, w.done)
    last_rows(p, w.now, w.last)


@kernel
def search(p: Shop, w: State, every: int, moves: int) -> int:
    """Try so many moves by simulated annealing in ever longer cycles; gives the best value."""
    if w.costs[ACCEPTED] == 0:  # so that the slices of a search do not show in what it finds
        settle(p, w, every)
    _, value = cost_of(p, w.best, w.done)
    cost_of(p, w.now, w.done)
    best_value = value
    for _ in range(moves):
        w.costs[MOVES] += 1
        w.costs[TEMPERATURE] *= w.costs[COOLING]
        if w.costs[MOVES] >= w.costs[CYCLE]:
            cycle(p, w, every)
        o, target, mode = step(p, w.now, w.order, w.place, w.modes, w.done, w.last, w.rng)
        source, old = w.place[o], w.modes[o]
        if target == source and mode == old:
            continue
        first = min(source, target)
        shifted(w.order, w.place, source, target)
        w.modes[o] = mode
        copied(w.new, w.now)
        checkpoint = first // every
        w.state[:] = w.checkpoints[checkpoint]
        decode(p, w.new, w.state, w.order, w.modes, checkpoint * every, every, w.fresh)
        cost, value = cost_of(p, w.new, w.done)
        if cost <= w.costs[COST] or share(w.rng) < np.exp((w.costs[COST] - cost) / w.costs[TEMPERATURE]):
            copied(w.now, w.new)
            w.costs[COST] = cost
            w.checkpoints[checkpoint:] = w.fresh[checkpoint:]
            last_rows(p, w.now, w.last)
            w.costs[ACCEPTED] += 1
            if cost < w.costs[BEST_COST]:
                w.costs[BEST_COST] = cost
                copied(w.best, w.now)
                w.best_order[:] = w.order
                w.best_modes[:] = w.modes
                best_value = min(best_value, value)
            if w.costs[ACCEPTED] % 200 == 0:
                settle(p, w, every)
        else:
            shifted(w.order, w.place, target, source)
            w.modes[o] = old
            cost_of(p, w.now, w.done)
    return best_value


@kernel
def cycle(p: Shop, w: State, every: int) -> None:
    """Begin anew from the best, hotter and for longer."""
    w.order[:] = w.best_order
    w.modes[:] = w.best_modes
    for k in range(len(w.order)):
        w.place[w.order[k]] = k
    w.state[:] = w.start
    decode(p, w.now, w.state, w.order, w.modes, 0, every, w.checkpoints)
    w.costs[COST], _ = cost_of(p, w.now, w.done)
    last_rows(p, w.now, w.last)
    w.costs[MOVES] = 0
    w.costs[CYCLE] *= 1.5
    w.costs[TEMPERATURE] = 0.002 * max(1.0, w.costs[BEST_COST])
    w.costs[COOLING] = np.exp(np.log(0.005) / w.costs[CYCLE])
