"""Tabu search in a job shop: one step after another along the critical path.

Nodes 0..n−1 are operations. A job's first operation has a node of its own before it, that ends when the job
is released; one more node, the last, stands for "none" and ends at 0. So every node has a node before and
after it in its job and on its unit, and no step asks whether there is one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from zhizao.solvers.shop.kernels.jit import kernel

# rows of `Search.count`
STEPS, NOW, BEST, SINCE, GOAL, PATIENCE, STRICT, TENURE, SPREAD = range(9)
U, V, WAY, WORTH, TIES, ANY_U, ANY_V, ANY_WAY, ANY_TIES = range(9, 18)
COUNTS = 18
# rows of `Search.fore` and `Search.back`: a block of the critical path, as it is met forward and backward
NODE, TIME, READY, REST, END, FULL, SLOT, NEW = range(8)
ROWS = 8
NEVER = 1 << 60
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIXER = np.uint64(0xBF58476D1CE4E5B9)
ODD = np.uint64(0x94D049BB133111EB)
HALF = np.uint64(31)
TOP = np.uint64(33)


class Jobs(NamedTuple):
    """What does not change: durations, and what comes before and after in the job."""

    time: Any  # [nodes]
    job_before: Any
    job_after: Any
    last: Any  # [jobs]: the last operation of each


class Line(NamedTuple):
    """The sequences on the units, and the longest paths that follow from them."""

    before: Any  # [nodes]: on the unit
    after: Any
    sequence: Any  # [operations]: unit by unit
    slot: Any  # [nodes]: where in `sequence`
    end: Any  # longest path up to the end of the node
    tail: Any  # longest path from the start of the node
    order: Any  # [operations]: each after all that it waits for
    place: Any  # [nodes]: where in `order`
    best: Any  # [operations]: `end` of the best line so far
    best_place: Any


class Search(NamedTuple):
    """What a search remembers."""

    count: Any  # [COUNTS]
    luck: Any  # [1]: state of the generator
    fore: Any  # [ROWS, longest unit + 2]
    back: Any
    until: Any  # [memory]: the step until which a piece of a unit's sequence is forbidden
    piece: Any  # [memory, 2]: its first and last slot
    pieces: Any  # [memory, longest unit]: its operations
    seen: Any  # [nodes]
    held: Any  # [operations]


@kernel
def draw(luck):
    """A random number of 31 bits (splitmix64: Steele, Lea & Flood 2014)."""
    luck[0] += GOLDEN
    z = luck[0]
    z = (z ^ (z >> np.uint64(30))) * MIXER
    z = (z ^ (z >> np.uint64(27))) * ODD
    return np.int64((z ^ (z >> HALF)) >> TOP)


@kernel
def settle(jobs, line, low, high):
    """Work out the ends of nodes from place `low` on, and the tails of nodes up to place `high`."""
    time, order, end, tail = jobs.time, line.order, line.end, line.tail
    job_before, job_after, before, after = jobs.job_before, jobs.job_after, line.before, line.after
    for k in range(low, len(order)):
        x = order[k]
        end[x] = max(end[job_before[x]], end[before[x]]) + time[x]
    for k in range(high, -1, -1):
        x = order[k]
        tail[x] = max(tail[job_after[x]], tail[after[x]]) + time[x]


@kernel
def longest(jobs, line):
    """The operation that ends last."""
    found = jobs.last[0]
    for x in jobs.last:
        if line.end[x] > line.end[found]:
            found = x
    return found


@kernel
def move(line, job_before, before, after, u, v, way, seen, held, stamp):
    """Put u behind v on its unit, and mend the order; with way −1 all is seen from the end."""
    sequence, slot, order, place = line.sequence, line.slot, line.order, line.place
    final = slot[v]
    k = slot[u]
    while k != final:
        x = sequence[k + way]
        sequence[k] = x
        slot[x] = k
        k += way
    sequence[final] = u
    slot[u] = final
    a, b, z = before[u], after[u], after[v]
    after[a], before[b] = b, a
    after[v], before[u] = u, v
    after[u], before[z] = z, u
    to, k, count = place[u], place[u], 0
    final = place[v]
    seen[u] = stamp
    while k != final:
        k += way
        w = order[k]
        if seen[job_before[w]] == stamp or seen[before[w]] == stamp:
            seen[w] = stamp
            held[count] = w
            count += 1
        else:
            order[to] = w
            place[w] = to
            to += way
    order[to] = u
    place[u] = to
    for k in range(count):
        to += way
        order[to] = held[k]
        place[held[k]] = to


@kernel
def weigh(block, i, j, limit):
    """Estimate the longest path when i is put behind j, given up above `limit` (Balas & Vazacopoulos 1998)."""
    ready = block[END, i - 1]
    for k in range(i + 1, j + 1):
        start = max(block[READY, k], ready)
        block[NEW, k] = start
        ready = start + block[TIME, k]
    rest = max(block[REST, i], block[FULL, j + 1]) + block[TIME, i]
    worth = max(block[READY, i], ready) + rest
    for k in range(j, i, -1):
        if worth > limit:
            return worth
        rest = max(block[REST, k], rest) + block[TIME, k]
        worth = max(worth, block[NEW, k] + rest)
    return worth


@kernel
def is_forbidden(line, s, u, a, z, way):
    """Whether moving u from slot a to slot z brings back a forbidden piece of sequence (Zhang 2007)."""
    low, high = min(a, z), max(a, z)
    for r in range(len(s.until)):
        if s.until[r] > s.count[STEPS] and s.piece[r, 0] <= high and s.piece[r, 1] >= low:
            t = s.piece[r, 0]
            while t <= s.piece[r, 1]:
                if t == z:
                    x = np.int64(u)
                else:
                    x = np.int64(line.sequence[t + way * (low <= t <= high)])
                if x != s.pieces[r, t - s.piece[r, 0]]:
                    break
                t += 1
            if t > s.piece[r, 1]:
                return True
    return False


@kernel
def forbid(line, s, a, z):
    """Forbid what is in slots a to z for some steps."""
    r = s.count[STEPS] % len(s.until)
    s.until[r] = s.count[STEPS] + s.count[TENURE] + draw(s.luck) % s.count[SPREAD]
    s.piece[r, 0], s.piece[r, 1] = a, z
    for k in range(a, z + 1):
        s.pieces[r, k - a] = line.sequence[k]


@kernel
def consider(line, s, block, i, j, way):
    """Look at one move; keep it if no allowed one is better, and one of all as a way out."""
    count = s.count
    if block[FULL, j] < block[REST, i] + count[STRICT]:
        return  # might close a circle
    worth = weigh(block, i, j, count[WORTH])
    count[ANY_TIES] += 1
    if draw(s.luck) % count[ANY_TIES] == 0:
        count[ANY_U], count[ANY_V], count[ANY_WAY] = block[NODE, i], block[NODE, j], way
    if worth > count[WORTH]:
        return
    if worth >= count[BEST] and is_forbidden(line, s, block[NODE, i], block[SLOT, i], block[SLOT, j], way):
        return
    count[TIES] = count[TIES] + 1 if worth == count[WORTH] else 1
    if count[TIES] == 1 or draw(s.luck) % count[TIES] == 0:
        count[U], count[V], count[WAY], count[WORTH] = block[NODE, i], block[NODE, j], way, worth


@kernel
def look(line, s, block, first, last, way, inner, outer):
    """Look at the moves of a block behind its last operation, and of its first into it (N7: Zhang 2007)."""
    if outer:
        for i in range(first, last):
            if way > 0 or i + 1 < last:
                consider(line, s, block, i, last, way)
    if inner:
        for j in range(first + 1, last + 1 - outer):
            if way > 0 or j > first + 1:
                consider(line, s, block, first, j, way)


@kernel
def gather(jobs, line, block, k, x):
    """Write a node of the critical path into a block."""
    block[NODE, k] = x
    block[TIME, k] = jobs.time[x]
    block[SLOT, k] = line.slot[x]


@kernel
def explore(jobs, line, s):
    """Walk a critical path from its end and look at the moves of each block."""
    end, tail = line.end, line.tail
    width = s.fore.shape[1] - 2
    s.count[WORTH], s.count[TIES], s.count[ANY_TIES] = NEVER, 0, 0
    x, final = longest(jobs, line), True
    while True:
        size, on_unit = 0, True
        s.fore[FULL, width + 1] = tail[line.after[x]]
        s.back[END, 0] = tail[line.after[x]]
        while on_unit:
            size += 1
            k = width + 1 - size
            gather(jobs, line, s.fore, k, x)
            gather(jobs, line, s.back, size, x)
            job_end, unit_end = end[jobs.job_before[x]], end[line.before[x]]
            s.fore[READY, k] = s.back[REST, size] = job_end
            s.fore[REST, k] = s.back[READY, size] = tail[jobs.job_after[x]]
            s.fore[END, k] = s.back[FULL, size] = end[x]
            s.fore[FULL, k] = s.back[END, size] = tail[x]
            start = end[x] - jobs.time[x]
            on_unit = unit_end == start and start > 0 and (job_end < start or draw(s.luck) & 1 == 0)
            if on_unit:
                x = line.before[x]
        first = width + 1 - size
        s.fore[END, first - 1] = s.back[FULL, size + 1] = unit_end
        x, initial = jobs.job_before[x], start == 0
        if size > 1:
            look(line, s, s.fore, first, width, 1, not initial, not final)
            look(line, s, s.back, 1, size, -1, not final, not initial)
        final = False
        if initial or x >= len(line.order):
            return


@kernel
def keep(jobs, line, s):
    """Keep the line if it is the best so far."""
    s.count[NOW] = line.end[longest(jobs, line)]
    if s.count[NOW] < s.count[BEST]:
        s.count[BEST] = s.count[NOW]
        s.count[SINCE] = s.count[STEPS]
        for x in range(len(line.order)):
            line.best[x] = line.end[x]
            line.best_place[x] = line.place[x]


@kernel
def step(jobs, line, s):
    """Make the best allowed move of the critical path; False if there is none at all."""
    count = s.count
    explore(jobs, line, s)
    if count[ANY_TIES] == 0:
        return False
    if count[TIES] == 0:
        count[U], count[V], count[WAY] = count[ANY_U], count[ANY_V], count[ANY_WAY]
    u, v, stamp = np.uint32(count[U]), np.uint32(count[V]), count[STEPS]
    forbid(line, s, min(line.slot[u], line.slot[v]), max(line.slot[u], line.slot[v]))
    low, high = min(line.place[u], line.place[v]), max(line.place[u], line.place[v])
    if count[WAY] > 0:
        move(line, jobs.job_before, line.before, line.after, u, v, 1, s.seen, s.held, stamp)
    else:
        move(line, jobs.job_after, line.after, line.before, u, v, -1, s.seen, s.held, stamp)
    settle(jobs, line, low, high)
    count[STEPS] += 1
    keep(jobs, line, s)
    return True


@kernel
def search(jobs, line, s, steps):
    """Make up to `steps` steps; True when patience is at an end, the goal is reached or no move is left."""
    count = s.count
    for _ in range(steps):
        if count[STEPS] - count[SINCE] >= count[PATIENCE] or count[BEST] <= count[GOAL]:
            return True
        if not step(jobs, line, s):
            return True
    return False


@kernel
def begin(jobs, line, s, unit, first):
    """Make a line of `line.order`, and forget what was forbidden; `first` tells the slots of units."""
    none = len(line.before) - 1
    line.before[:] = none
    line.after[:] = none
    filled = np.zeros(len(first), np.int64)
    for k in range(len(line.order)):
        x = line.order[k]
        line.place[x] = k
        m = unit[x]
        slot = first[m] + filled[m]
        filled[m] += 1
        line.sequence[slot] = x
        line.slot[x] = slot
        if slot > first[m]:
            a = line.sequence[slot - 1]
            line.before[x] = a
            line.after[a] = x
    settle(jobs, line, 0, len(line.order) - 1)
    s.until[:] = 0
    s.count[BEST] = NEVER
    keep(jobs, line, s)


@kernel
def dispatch(jobs, line, unit, rank, free):
    """Fill `line.order` by a rule: the unit free first takes the waiting operation of the smallest rank."""
    ahead = np.empty(len(jobs.last), np.int64)
    ready = np.empty(len(jobs.last), np.int64)
    none = len(line.before) - 1
    free[:] = 0
    for j in range(len(jobs.last)):
        x = jobs.last[j]
        while jobs.job_before[x] < len(line.order):
            x = jobs.job_before[x]
        ahead[j] = x
        ready[j] = line.end[jobs.job_before[x]]
    for k in range(len(line.order)):
        found, soonest = -1, NEVER
        for j in range(len(ahead)):
            x = ahead[j]
            if x == none:
                continue
            start = max(ready[j], free[unit[x]])
            if start < soonest or (start == soonest and rank[x] < rank[ahead[found]]):
                found, soonest = j, start
        x = ahead[found]
        line.order[k] = x
        ready[found] = free[unit[x]] = soonest + jobs.time[x]
        ahead[found] = jobs.job_after[x]


@kernel
def apart(unit_first, unit_nodes, left, right):
    """How many pairs of operations of a unit two lines (places of nodes) hold in different order."""
    found = 0
    for m in range(len(unit_first) - 1):
        for i in range(unit_first[m], unit_first[m + 1]):
            x = unit_nodes[i]
            for j in range(unit_first[m], i):
                y = unit_nodes[j]
                found += (left[x] < left[y]) != (right[x] < right[y])
    return found
