"""Tabu search in a job shop: one step after another along the critical path.

Nodes 0..n−1 are operations. A job's first operation has a node of its own before it, that ends when the job
is released; one more node, the last, stands for "none" and ends at 0. So every node has a node before and
after it in its job and on its unit, and no step asks whether there is one.

Arrays are arguments of their own, not fields of a NamedTuple: Numba counts references each time that an array
is taken out of a tuple, which would take most of the time of a step. Times are in the ticks of the problem.

node        [n + jobs + 1, COLUMNS]  nodes, with the columns TIME to SLOT below
order       [n]                      operations in topological order
place       [n + jobs + 1]           place of each node in `order`
sequence    [n]                      operations of all units, unit after unit, in their slots
piece       [tenure, PIECE + width]  tabu list: forbidden sequences
count       [COUNTS]                 counters and settings of the search, with the rows STEPS to LOOSE below
last        [jobs]                   last operation of each job
held        [n]                      scratch; also the critical path
fore, back  [width, COLUMNS]         block of the critical path, forwards and backwards
best        [n, 2]                   end and place of each operation in the best solution
"""

from __future__ import annotations

import numpy as np

from zhizao.solvers.shop.kernels.arrays import Doubles, Longs, Shorts
from zhizao.solvers.shop.kernels.jit import kernel

# columns of `node`: END is the longest path up to the end of a node, TAIL the longest from its start
TIME, JOB_BEFORE, JOB_AFTER, BEFORE, AFTER, END, TAIL, SLOT = range(8)
# rows of `count`
STEPS, BEST, SINCE, GOAL, PATIENCE, STRICT, TENURE, SPREAD, RNG = range(9)
U, V, WAY, WORTH, TIES, LOOSE = range(9, 15)
COUNTS = 15
# columns of `fore` and `back`: a block of the critical path as it is met forward and backward
B_NODE, B_TIME, B_READY, B_REST, B_END, B_FULL, B_SLOT, B_NEW = range(8)
COLUMNS = 8
# columns of `piece`: a sequence that is forbidden until a step, in the slots from FIRST to LAST
UNTIL, FIRST, LAST, PIECE = range(4)
NEVER = 1 << 60
LOW = (1 << 32) - 1
CARRY = 1791398085  # multiply with carry (Marsaglia 1994): no product leaves 63 bits


@kernel
def draw(count: Longs) -> int:
    """A random number of 31 bits."""
    count[RNG] = (count[RNG] & LOW) * CARRY + (count[RNG] >> 32)
    return (count[RNG] & LOW) >> 1


@kernel
def settle(node: Shorts, order: Shorts, low: int, high: int) -> None:
    """Work out the ends of nodes from place `low` on, and the tails of nodes up to place `high`."""
    for k in range(low, len(order)):
        x = order[k]
        node[x, END] = max(node[node[x, JOB_BEFORE], END], node[node[x, BEFORE], END]) + node[x, TIME]
    for k in range(high, -1, -1):
        x = order[k]
        node[x, TAIL] = max(node[node[x, JOB_AFTER], TAIL], node[node[x, AFTER], TAIL]) + node[x, TIME]


@kernel
def longest(node: Shorts, last: Shorts) -> int:
    """The operation that ends last, of the last of each job."""
    found = last[0]
    for x in last:
        if node[x, END] > node[found, END]:
            found = x
    return found


@kernel
def shift(node: Shorts, sequence: Shorts, u: int, v: int, way: int) -> None:
    """Put u behind v in the sequence of their unit; with way −1 all is seen from the end."""
    before, after = (BEFORE, AFTER) if way > 0 else (AFTER, BEFORE)
    k, final = node[u, SLOT], node[v, SLOT]
    while k != final:
        x = sequence[k + way]
        sequence[k] = x
        node[x, SLOT] = k
        k += way
    sequence[final] = u
    node[u, SLOT] = final
    a, b, z = node[u, before], node[u, after], node[v, after]
    node[a, after], node[b, before] = b, a
    node[v, after], node[u, before] = u, v
    node[u, after], node[z, before] = z, u


@kernel
def reorder(node: Shorts, order: Shorts, place: Shorts, held: Shorts, u: int, v: int, way: int) -> None:
    """Repair the order after u was put behind v: u and all that waits for it go behind v."""
    before, job_before = (BEFORE, JOB_BEFORE) if way > 0 else (AFTER, JOB_AFTER)
    to, k, final, many = place[u], place[u], place[v], 1
    held[0] = u
    place[u] = -1
    while k != final:
        k += way
        w = order[k]
        if place[node[w, job_before]] < 0 or place[node[w, before]] < 0:
            place[w] = -1
            held[many] = w
            many += 1
        else:
            order[to] = w
            place[w] = to
            to += way
    for k in range(many):
        order[to] = held[k]
        place[held[k]] = to
        to += way


@kernel
def weigh(block: Shorts, i: int, j: int, limit: int) -> int:
    """Estimate the longest path when i is put behind j, if not above `limit` (Balas & Vazacopoulos 1998)."""
    ready = np.int64(block[i - 1, B_END])
    for k in range(i + 1, j + 1):
        start = max(block[k, B_READY], ready)
        block[k, B_NEW] = start
        ready = start + block[k, B_TIME]
    rest = max(block[i, B_REST], block[j + 1, B_FULL]) + block[i, B_TIME]
    worth = max(block[i, B_READY], ready) + rest
    for k in range(j, i, -1):
        if worth > limit:
            return worth
        rest = max(block[k, B_REST], rest) + block[k, B_TIME]
        worth = max(worth, block[k, B_NEW] + rest)
    return worth


@kernel
def is_forbidden(sequence: Shorts, piece: Longs, step: int, u: int, a: int, z: int, way: int) -> bool:
    """Whether moving u from slot a to slot z brings back a forbidden piece of sequence (Zhang 2007)."""
    low, high = min(a, z), max(a, z)
    for r in range(len(piece)):
        if piece[r, UNTIL] > step and piece[r, FIRST] <= high and piece[r, LAST] >= low:
            t = piece[r, FIRST]
            while t <= piece[r, LAST]:
                x = np.int64(u if t == z else sequence[t + way * (low <= t <= high)])
                if x != piece[r, PIECE + t - piece[r, FIRST]]:
                    break
                t += 1
            if t > piece[r, LAST]:
                return True
    return False


@kernel
def forbid(sequence: Shorts, piece: Longs, count: Longs, a: int, z: int) -> None:
    """Forbid what is in slots a to z for some steps."""
    r = count[STEPS] % len(piece)
    piece[r, UNTIL] = count[STEPS] + count[TENURE] + draw(count) % count[SPREAD]
    piece[r, FIRST], piece[r, LAST] = a, z
    for k in range(a, z + 1):
        piece[r, PIECE + k - a] = sequence[k]


@kernel
def consider(sequence: Shorts, piece: Longs, count: Longs, block: Shorts, i: int, j: int, way: int) -> None:
    """Look at one move, i behind j; keep it if no allowed one is better."""
    if block[j, B_FULL] < block[i, B_REST] + count[STRICT]:
        return  # might close a circle
    if count[LOOSE] > 0:
        worth = draw(count)
    else:
        worth = weigh(block, i, j, count[WORTH])
    if worth > count[WORTH]:
        return
    u, a, z = block[i, B_NODE], block[i, B_SLOT], block[j, B_SLOT]
    if (
        worth >= count[BEST]
        and count[LOOSE] == 0
        and is_forbidden(sequence, piece, count[STEPS], u, a, z, way)
    ):
        return
    count[TIES] = count[TIES] + 1 if worth == count[WORTH] else 1
    if count[TIES] == 1 or draw(count) % count[TIES] == 0:
        count[U], count[V], count[WAY], count[WORTH] = u, block[j, B_NODE], way, worth


@kernel
def look(
    sequence: Shorts,
    piece: Longs,
    count: Longs,
    block: Shorts,
    first: int,
    last: int,
    way: int,
    inner: int,
    outer: int,
) -> None:
    """Look at the moves of a block behind its last operation, and of its first into it (N7: Zhang 2007)."""
    adjacent = 1 if way > 0 else 2  # two neighbours change places once, not from both ends
    if outer:
        for i in range(first, last + 1 - adjacent):
            consider(sequence, piece, count, block, i, last, way)
    if inner:
        for j in range(first + adjacent, last + 1 - outer):
            consider(sequence, piece, count, block, first, j, way)


@kernel
def trace(node: Shorts, count: Longs, path: Shorts, x: int) -> int:
    """Write a longest path that ends with x, from its end; ties are broken at random."""
    size = 0
    while True:
        path[size] = x
        size += 1
        start = node[x, END] - node[x, TIME]
        if start == 0:
            return size
        by_job, by_unit = node[x, JOB_BEFORE], node[x, BEFORE]
        tight = node[by_job, END] == start
        if node[by_unit, END] == start and not (tight and draw(count) & 1):
            x = by_unit
        else:
            x = by_job
            if x >= len(path):
                return size


@kernel
def gather(node: Shorts, path: Shorts, low: int, high: int, fore: Shorts, back: Shorts) -> int:
    """Write the block that the path holds, from its end, in places low to high − 1, into both tables."""
    size = high - low
    for k in range(size):
        x = path[low + k]
        i, j = size - k, k + 1
        fore[i, B_NODE] = back[j, B_NODE] = x
        fore[i, B_TIME] = back[j, B_TIME] = node[x, TIME]
        fore[i, B_SLOT] = back[j, B_SLOT] = node[x, SLOT]
        fore[i, B_READY] = back[j, B_REST] = node[node[x, JOB_BEFORE], END]
        fore[i, B_REST] = back[j, B_READY] = node[node[x, JOB_AFTER], TAIL]
        fore[i, B_END] = back[j, B_FULL] = node[x, END]
        fore[i, B_FULL] = back[j, B_END] = node[x, TAIL]
    fore[0, B_END] = back[size + 1, B_FULL] = node[node[x, BEFORE], END]
    fore[size + 1, B_FULL] = back[0, B_END] = node[node[path[low], AFTER], TAIL]
    return size


@kernel
def explore(
    node: Shorts,
    sequence: Shorts,
    piece: Longs,
    count: Longs,
    path: Shorts,
    size: int,
    fore: Shorts,
    back: Shorts,
) -> None:
    """Look at the moves of each block of a path; of one at time 0 or at the end, the other end counts."""
    count[WORTH], count[TIES] = NEVER, 0
    low = 0
    while low < size:
        high = low + 1
        while high < size and node[path[high - 1], BEFORE] == path[high]:
            high += 1
        if high - low > 1:
            end = gather(node, path, low, high, fore, back)
            first = fore[1, B_NODE]
            opens = int(high < size or node[first, END] > node[first, TIME])
            closes = int(low > 0)
            look(sequence, piece, count, fore, 1, end, 1, opens, closes)
            look(sequence, piece, count, back, 1, end, -1, closes, opens)
        low = high


@kernel
def step(
    node: Shorts,
    order: Shorts,
    place: Shorts,
    sequence: Shorts,
    piece: Longs,
    count: Longs,
    last: Shorts,
    held: Shorts,
    fore: Shorts,
    back: Shorts,
) -> bool:
    """Make the best allowed move of a critical path; False if there is none at all."""
    size = trace(node, count, held, longest(node, last))
    count[LOOSE] = 0
    explore(node, sequence, piece, count, held, size, fore, back)
    if count[TIES] == 0:
        count[LOOSE] = 1
        explore(node, sequence, piece, count, held, size, fore, back)
    if count[TIES] == 0:
        return False
    u, v, way = count[U], count[V], count[WAY]
    forbid(sequence, piece, count, min(node[u, SLOT], node[v, SLOT]), max(node[u, SLOT], node[v, SLOT]))
    low, high = min(place[u], place[v]), max(place[u], place[v])
    shift(node, sequence, u, v, way)
    reorder(node, order, place, held, u, v, way)
    settle(node, order, low, high)
    count[STEPS] += 1
    return True


@kernel
def keep(node: Shorts, place: Shorts, count: Longs, last: Shorts, best: Shorts) -> None:
    """Keep the ends and places of the solution if it is the best so far."""
    value = node[longest(node, last), END]
    if value < count[BEST]:
        count[BEST], count[SINCE] = value, count[STEPS]
        for x in range(len(best)):
            best[x, 0], best[x, 1] = node[x, END], place[x]


@kernel
def search(
    node: Shorts,
    order: Shorts,
    place: Shorts,
    sequence: Shorts,
    piece: Longs,
    count: Longs,
    last: Shorts,
    held: Shorts,
    fore: Shorts,
    back: Shorts,
    best: Shorts,
    steps: int,
) -> bool:
    """Make up to `steps` steps; True when patience is at an end, the goal is reached or no move is left."""
    for _ in range(steps):
        if count[STEPS] - count[SINCE] >= count[PATIENCE] or count[BEST] <= count[GOAL]:
            return True
        if not step(node, order, place, sequence, piece, count, last, held, fore, back):
            return True
        keep(node, place, count, last, best)
    return False


@kernel
def begin(
    node: Shorts,
    order: Shorts,
    place: Shorts,
    sequence: Shorts,
    piece: Longs,
    count: Longs,
    last: Shorts,
    best: Shorts,
    unit: Longs,
    first: Longs,
) -> None:
    """Build the solution of `order` and clear the tabu list; `first` is the first slot of each unit."""
    none = len(node) - 1
    filled = first.copy()
    node[none, END] = node[none, TAIL] = 0
    for k in range(len(order)):
        x = order[k]
        m = unit[x]
        slot = filled[m]
        before = sequence[slot - 1] if slot > first[m] else none
        node[x, BEFORE], node[x, AFTER], node[x, SLOT] = before, none, slot
        node[before, AFTER] = x
        sequence[slot], place[x] = x, k
        filled[m] += 1
    settle(node, order, 0, len(order) - 1)
    piece[:, UNTIL] = 0
    count[BEST] = NEVER
    count[STEPS] += 1  # a start counts as work too: a search of solutions without moves ends
    keep(node, place, count, last, best)


@kernel
def dispatch(
    node: Shorts, order: Longs, unit: Longs, rank: Doubles, free: Longs, ahead: Longs, ready: Longs
) -> None:
    """Fill `order` by a rule: what can start soonest, then the smallest rank.

    `ahead` holds the first operation of each job, `ready` the release; `free` is 0 for each unit.
    """
    for k in range(len(order)):
        found, soonest = -1, NEVER
        for j in range(len(ahead)):
            x = ahead[j]
            if x >= len(order):
                continue
            start = max(ready[j], free[unit[x]])
            if start < soonest or (start == soonest and rank[x] < rank[ahead[found]]):
                found, soonest = j, start
        x = ahead[found]
        order[k] = x
        ready[found] = free[unit[x]] = soonest + node[x, TIME]
        ahead[found] = node[x, JOB_AFTER]


@kernel
def apart(first: Longs, nodes: Longs, left: Longs, right: Longs) -> int:
    """How many pairs of operations of a unit two solutions (places of nodes) order differently."""
    found = 0
    for m in range(len(first) - 1):
        for i in range(first[m], first[m + 1]):
            x = nodes[i]
            for j in range(first[m], i):
                y = nodes[j]
                found += (left[x] < left[y]) != (right[x] < right[y])
    return found
