"""Tabu search for flexible shops: a critical operation is taken out and put in where it does least harm.

An operation is a node; it takes one or two resources (a unit, a worker), a *slot* each, and each resource has
its operations in a row. Node `n` stands for "none": it ends at 0 and nothing comes after it. END of v is the
length of the longest path up to and with v, REST that from the start of v to the end of the shop, so the
longest path through v is END - TIME + REST. ORDER is a topological order of all arcs; a move repairs only the
stretch between the two places concerned (Pearce and Kelly 2007).

What a move does is estimated as by Mastrolilli and Gambardella (2000): with v gone, let L be the operations
of a resource that end after v could start, R those whose rest is longer than what must follow v. Some best
place lies after all of R without L and before all of L without R, and no such place closes a cycle.
"""

from __future__ import annotations

from typing import NamedTuple

from zhizao.solvers.shop.kernels.arrays import Longs, Shorts
from zhizao.solvers.shop.kernels.jit import literal_free as kernel

FAR = 2**60  # added to the value of a forbidden move; four times as much: no move
BASE, BEFORE, AFTER, MODES = range(4)  # rows of Shop.fixed; the last three say where a list of v begins
TAKES, LASTS = 0, 2  # rows of Shop.mode: the resource of each slot, the time
END, REST, TIME, AT, MODE, MARK, SHUN = range(7)  # rows of State.op; AT: place in ORDER
PREV, NEXT = 7, 9  # and two rows each: neighbours in each slot
ORDER, BEST_ORDER, BEST_MODE, KEPT, PATH = range(5)  # rows of State.row
FROM, COUNT = range(2)  # rows of State.place: where the row of a resource begins, how many it holds
STEPS, LAST_GAIN, BEST, NOW, TENURE, RNG, REFUSED, AIM, SLOTS, RESOURCES = range(10)  # State.counts


class Shop(NamedTuple):
    """What does not change; n operations."""

    fixed: Longs  # [4, n + 1]
    arc: Longs  # operations before each, then operations after each
    mode: Longs  # [3, modes]


class State(NamedTuple):
    """One plan and the memory of the search."""

    op: Longs  # [11, n + 1]
    row: Longs  # [5, n]
    place: Longs  # [2, resources]
    queue: Longs  # the operations of each resource, in order
    tabu: Shorts  # [a power of 2] step until which a pair is forbidden
    counts: Longs  # [10]


class Spot(NamedTuple):
    """A place on one resource: after operation `a`; what v then starts after and is followed by."""

    value: int
    a: int
    start: int
    rest: int


class Move(NamedTuple):
    """An operation, its new mode, and after which operations it goes."""

    value: int
    v: int
    mode: int
    a: int
    a_worker: int


@kernel
def random_below(s: State, n: int) -> int:
    """Draw a whole number from 0 to n - 1 (xorshift, Marsaglia 2003)."""
    x = s.counts[RNG]
    x ^= x << 13
    x ^= (x >> 7) & 0x1FFFFFFFFFFFFFF
    x ^= x << 17
    s.counts[RNG] = x
    return ((x >> 20) & 0x7FFFFFFF) % n


@kernel
def pair(s: State, a: int, b: int) -> int:
    """Row of a pair in the memory of forbidden moves; b may be a resource, n + 1 + its number."""
    return (a * (s.op.shape[1] + s.counts[RESOURCES]) + b) & (len(s.tabu) - 1)


@kernel
def start_of(p: Shop, s: State, v: int) -> int:
    """Earliest start as far as jobs go, resources left out."""
    t = p.fixed[BASE, v]
    for e in range(p.fixed[BEFORE, v], p.fixed[BEFORE, v + 1]):
        t = max(t, s.op[END, p.arc[e]])
    return t


@kernel
def rest_after(p: Shop, s: State, v: int) -> int:
    """Longest rest behind an operation as far as jobs go."""
    t = 0
    for e in range(p.fixed[AFTER, v], p.fixed[AFTER, v + 1]):
        t = max(t, s.op[REST, p.arc[e]])
    return t


@kernel
def forward(p: Shop, s: State, lowest: int) -> None:
    """Work out ends from a place in the order on."""
    for i in range(lowest, s.row.shape[1]):
        v = s.row[ORDER, i]
        t = start_of(p, s, v)
        for k in range(s.counts[SLOTS]):
            t = max(t, s.op[END, s.op[PREV + k, v]])
        s.op[END, v] = t + s.op[TIME, v]


@kernel
def backward(p: Shop, s: State, highest: int) -> None:
    """Work out rests from a place in the order back."""
    for i in range(highest, -1, -1):
        v = s.row[ORDER, i]
        t = rest_after(p, s, v)
        for k in range(s.counts[SLOTS]):
            t = max(t, s.op[REST, s.op[NEXT + k, v]])
        s.op[REST, v] = t + s.op[TIME, v]


@kernel
def last_end(s: State) -> int:
    """The makespan."""
    t = 0
    for v in range(s.row.shape[1]):
        t = max(t, s.op[END, v])
    return t


@kernel
def link(p: Shop, s: State) -> None:
    """Set up rows and times of the plan that is given by ORDER and MODE."""
    n = s.row.shape[1]
    for resource in range(s.counts[RESOURCES]):
        s.place[COUNT, resource] = 0
    for i in range(n):
        v = s.row[ORDER, i]
        mode = s.op[MODE, v]
        s.op[AT, v] = i
        s.op[TIME, v] = p.mode[LASTS, mode]
        for k in range(s.counts[SLOTS]):
            resource = p.mode[TAKES + k, mode]
            held = s.place[COUNT, resource]
            put_after(s, v, k, s.queue[s.place[FROM, resource] + held - 1] if held else n, resource)
    forward(p, s, 0)
    backward(p, s, n - 1)
    s.counts[NOW] = last_end(s)


@kernel
def build(p: Shop, s: State, noise: int) -> None:
    """Make a plan: again and again the operation and the mode that end first, give or take `noise`."""
    n, waiting = s.row.shape[1], 0
    for resource in range(s.counts[RESOURCES]):
        s.place[COUNT, resource] = 0  # here: until when the resource is taken
    for v in range(n):
        s.op[MARK, v] = p.fixed[BEFORE, v + 1] - p.fixed[BEFORE, v]
        if s.op[MARK, v] == 0:
            s.row[PATH, waiting] = v
            waiting += 1
    for i in range(n):
        at, first = 0, 4 * FAR
        for j in range(waiting):
            t = earliest(p, s, s.row[PATH, j]) + random_below(s, noise)
            if t < first:
                at, first = j, t
        v = s.row[PATH, at]
        waiting -= 1
        s.row[PATH, at] = s.row[PATH, waiting]
        s.row[ORDER, i] = v
        s.op[END, v] = earliest(p, s, v)
        for k in range(s.counts[SLOTS]):
            s.place[COUNT, p.mode[TAKES + k, s.op[MODE, v]]] = s.op[END, v]
        for e in range(p.fixed[AFTER, v], p.fixed[AFTER, v + 1]):
            w = p.arc[e]
            s.op[MARK, w] -= 1
            if s.op[MARK, w] == 0:
                s.row[PATH, waiting] = w
                waiting += 1
    link(p, s)


@kernel
def earliest(p: Shop, s: State, v: int) -> int:
    """Give an operation the mode in which it would end first; return that end."""
    best, ready = 4 * FAR, start_of(p, s, v)
    for mode in range(p.fixed[MODES, v], p.fixed[MODES, v + 1]):
        t = ready
        for k in range(s.counts[SLOTS]):
            t = max(t, s.place[COUNT, p.mode[TAKES + k, mode]])
        if t + p.mode[LASTS, mode] < best:
            best = t + p.mode[LASTS, mode]
            s.op[MODE, v] = mode
    return best


@kernel
def put_after(s: State, v: int, k: int, a: int, resource: int) -> None:
    """Put an operation in the row of a resource, after operation a (n: first)."""
    n = s.row.shape[1]
    first = s.place[FROM, resource]
    i = first + s.place[COUNT, resource]
    s.place[COUNT, resource] += 1
    b = n
    while i > first and s.queue[i - 1] != a:
        b = s.queue[i - 1]
        s.queue[i] = b
        i -= 1
    s.queue[i] = v
    s.op[PREV + k, v] = a
    s.op[NEXT + k, v] = b
    if a != n:
        s.op[NEXT + k, a] = v
    if b != n:
        s.op[PREV + k, b] = v


@kernel
def take_out(s: State, v: int, k: int, resource: int) -> None:
    """Take an operation out of the row of a resource."""
    n = s.row.shape[1]
    a, b = s.op[PREV + k, v], s.op[NEXT + k, v]
    s.place[COUNT, resource] -= 1
    last = s.place[FROM, resource] + s.place[COUNT, resource]
    i, held = last, n
    while held != v:
        held, s.queue[i] = s.queue[i], held
        i -= 1
    if a != n:
        s.op[NEXT + k, a] = b
    if b != n:
        s.op[PREV + k, b] = a


@kernel
def better(s: State, old: Spot, new: Spot, ties: int) -> tuple[Spot, int]:
    """Keep the smaller of two places, and among equals each with the same chance."""
    if new.value < old.value:
        return new, 1
    if new.value > old.value:
        return old, ties
    if random_below(s, ties + 1) == 0:
        return new, ties + 1
    return old, ties + 1


@kernel
def first_later(s: State, low: int, high: int, start: int) -> int:
    """First of a row that ends after `start`."""
    while low < high:
        middle = (low + high) >> 1
        if s.op[END, s.queue[middle]] > start:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def first_shorter(s: State, low: int, high: int, rest: int) -> int:
    """First of a row whose rest is no longer than `rest`."""
    while low < high:
        middle = (low + high) >> 1
        if s.op[REST, s.queue[middle]] <= rest:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def best_elsewhere(s: State, spot: Spot, resource: int, time: int) -> Spot:
    """Best place on a resource that the operation is not on; `spot`: what is settled so far."""
    n, ties = s.row.shape[1], 0
    low = s.place[FROM, resource]
    high = low + s.place[COUNT, resource]
    later, shorter = first_later(s, low, high, spot.start), first_shorter(s, low, high, spot.rest)
    if shorter <= later:
        g = shorter + random_below(s, later - shorter + 1)
        a = s.queue[g - 1] if g > low else n
        return Spot(spot.start + spot.rest + time + spot.value, a, spot.start, spot.rest)
    best = Spot(4 * FAR, n, 0, 0)
    for g in range(later, shorter + 1):
        a = s.queue[g - 1] if g > low else n
        b = s.queue[g] if g < high else n
        h, r = max(spot.start, s.op[END, a]), max(spot.rest, s.op[REST, b])
        best, ties = better(s, best, Spot(h + r + time + spot.value, a, h, r), ties)
    return best


@kernel
def rest_without(p: Shop, s: State, w: int, k: int, t: int) -> int:
    """Rest of an operation if `t` followed it on the resource of a slot."""
    t = max(t, rest_after(p, s, w))
    if s.counts[SLOTS] == 2:
        t = max(t, s.op[REST, s.op[NEXT + 1 - k, w]])
    return t + s.op[TIME, w]


@kernel
def end_without(p: Shop, s: State, w: int, k: int, t: int) -> int:
    """End of an operation if what is before it on the resource of a slot ended at `t`."""
    t = max(t, start_of(p, s, w))
    if s.counts[SLOTS] == 2:
        t = max(t, s.op[END, s.op[PREV + 1 - k, w]])
    return t + s.op[TIME, w]


@kernel
def best_before(p: Shop, s: State, v: int, k: int, spot: Spot, time: int) -> Spot:
    """Best place on the operation's own resource before where it is."""
    n, ties = s.row.shape[1], 0
    best, bar = Spot(4 * FAR, n, 0, 0), spot.value
    b = s.op[PREV + k, v]
    rest_b = rest_without(p, s, b, k, s.op[REST, s.op[NEXT + k, v]]) if b != n else 0
    while b != n and (rest_b <= spot.rest or s.op[END, b] > spot.start):
        a = s.op[PREV + k, b]
        rest_a = rest_without(p, s, a, k, rest_b) if a != n else 0
        if s.tabu[pair(s, v, b)] > s.counts[STEPS]:
            bar = spot.value + FAR
        if a == n or s.op[END, a] <= spot.start or rest_a > spot.rest:
            h, r = max(spot.start, s.op[END, a]), max(spot.rest, rest_b)
            value = h + r + time
            value += spot.value if value < s.counts[BEST] else bar
            best, ties = better(s, best, Spot(value, a, h, r), ties)
        b, rest_b = a, rest_a
    return best


@kernel
def best_behind(p: Shop, s: State, v: int, k: int, spot: Spot, time: int) -> Spot:
    """Best place on the operation's own resource behind where it is."""
    n, ties = s.row.shape[1], 0
    best, bar = Spot(4 * FAR, n, 0, 0), spot.value
    a = s.op[NEXT + k, v]
    end_a = end_without(p, s, a, k, s.op[END, s.op[PREV + k, v]]) if a != n else 0
    while a != n and (end_a <= spot.start or s.op[REST, a] > spot.rest):
        b = s.op[NEXT + k, a]
        end_b = end_without(p, s, b, k, end_a) if b != n else 0
        if s.tabu[pair(s, a, v)] > s.counts[STEPS]:
            bar = spot.value + FAR
        if b == n or s.op[REST, b] <= spot.rest or end_b > spot.start:
            h, r = max(spot.start, end_a), max(spot.rest, s.op[REST, b])
            value = h + r + time
            value += spot.value if value < s.counts[BEST] else bar
            best, ties = better(s, best, Spot(value, a, h, r), ties)
        a, end_a = b, end_b
    return best


@kernel
def best_place(p: Shop, s: State, v: int, mode: int, k: int, spot: Spot) -> Spot:
    """Best place of an operation on the resource of a slot in a mode; `spot.a`: n if it must not stay."""
    n, time, resource = s.row.shape[1], p.mode[LASTS, mode], p.mode[TAKES + k, mode]
    if resource != p.mode[TAKES + k, s.op[MODE, v]]:
        found = best_elsewhere(s, spot, resource, time)
        if s.tabu[pair(s, v, n + 1 + resource)] > s.counts[STEPS] and found.value >= s.counts[BEST]:
            return Spot(found.value + FAR, found.a, found.start, found.rest)
        return found
    found, ties = better(s, best_before(p, s, v, k, spot, time), best_behind(p, s, v, k, spot, time), 1)
    if spot.a != n:
        h = max(spot.start, s.op[END, s.op[PREV + k, v]])
        r = max(spot.rest, s.op[REST, s.op[NEXT + k, v]])
        found, ties = better(s, found, Spot(h + r + time + spot.value, s.op[PREV + k, v], h, r), ties)
    return found


@kernel
def try_mode(p: Shop, s: State, v: int, mode: int, start: int, rest: int) -> Move:
    """Best move of an operation to a mode."""
    n = s.row.shape[1]
    stay = n if mode == s.op[MODE, v] else v
    unit = best_place(p, s, v, mode, 0, Spot(0, stay, start, rest))
    if s.counts[SLOTS] == 1 or unit.value >= 4 * FAR:
        return Move(unit.value, v, mode, unit.a, 0)
    worker = best_place(p, s, v, mode, 1, Spot(FAR if unit.value >= FAR else 0, v, unit.start, unit.rest))
    return Move(worker.value, v, mode, unit.a, worker.a)


@kernel
def critical_before(p: Shop, s: State, v: int) -> int:
    """One of the operations that end just when this one starts; n: none."""
    found, ties, start = s.row.shape[1], 0, s.op[END, v] - s.op[TIME, v]
    if start == p.fixed[BASE, v]:
        return found
    for k in range(s.counts[SLOTS]):
        w = s.op[PREV + k, v]
        if s.op[END, w] == start:
            ties += 1
            if random_below(s, ties) == 0:
                found = w
    for e in range(p.fixed[BEFORE, v], p.fixed[BEFORE, v + 1]):
        w = p.arc[e]
        if s.op[END, w] == start:
            ties += 1
            if random_below(s, ties) == 0:
                found = w
    return found


@kernel
def critical_last(s: State) -> int:
    """One of the operations that end last."""
    ties, v = 0, 0
    for w in range(s.row.shape[1]):
        if s.op[END, w] == s.counts[NOW]:
            ties += 1
            if random_below(s, ties) == 0:
                v = w
    return v


@kernel
def choose(p: Shop, s: State) -> Move:
    """The best move of an operation on one longest path, drawn at random."""
    n, ties, v = s.row.shape[1], 0, critical_last(s)
    best = Move(4 * FAR, 0, 0, 0, 0)
    while v != n:
        if s.op[SHUN, v] <= s.counts[STEPS]:
            start, rest = start_of(p, s, v), rest_after(p, s, v)
            for mode in range(p.fixed[MODES, v], p.fixed[MODES, v + 1]):
                if start + rest + p.mode[LASTS, mode] > best.value:
                    continue
                move = try_mode(p, s, v, mode, start, rest)
                if move.value < best.value:
                    best, ties = move, 1
                elif move.value == best.value:
                    ties += 1
                    if random_below(s, ties) == 0:
                        best = move
        v = critical_before(p, s, v)
    return best


@kernel
def relink(p: Shop, s: State, m: Move) -> None:
    """Take an operation out of its rows and put it where a move says."""
    for k in range(s.counts[SLOTS]):
        take_out(s, m.v, k, p.mode[TAKES + k, s.op[MODE, m.v]])
        put_after(s, m.v, k, m.a if k == 0 else m.a_worker, p.mode[TAKES + k, m.mode])
    s.op[MODE, m.v] = m.mode
    s.op[TIME, m.v] = p.mode[LASTS, m.mode]


@kernel
def forbid(p: Shop, s: State, m: Move) -> None:
    """Remember what a move gives up: it may not come back for a while."""
    v, n = m.v, s.row.shape[1]
    until = s.counts[STEPS] + s.counts[TENURE] + random_below(s, s.counts[TENURE])
    for k in range(s.counts[SLOTS]):
        a, old = (m.a if k == 0 else m.a_worker), p.mode[TAKES + k, s.op[MODE, v]]
        w = v
        if old != p.mode[TAKES + k, m.mode]:
            s.tabu[pair(s, v, n + 1 + old)] = until
        elif a == n or s.op[AT, a] < s.op[AT, v]:
            while s.op[PREV + k, w] != a:
                w = s.op[PREV + k, w]
                s.tabu[pair(s, w, v)] = until
        else:
            while w != a:
                w = s.op[NEXT + k, w]
                s.tabu[pair(s, v, w)] = until


@kernel
def sort_after(p: Shop, s: State, v: int) -> bool:
    """Repair the order where an operation stands before a new neighbour that precedes it; False: a cycle."""
    high, to, held = -1, s.op[AT, v], 0
    for k in range(s.counts[SLOTS]):
        if s.op[PREV + k, v] != s.row.shape[1]:
            high = max(high, s.op[AT, s.op[PREV + k, v]])
    s.op[MARK, v] = 1
    for i in range(to, high + 1):
        w = s.row[ORDER, i]
        hit = s.op[MARK, w]
        for e in range(p.fixed[BEFORE, w], p.fixed[BEFORE, w + 1]):
            hit |= s.op[MARK, p.arc[e]]
        for k in range(s.counts[SLOTS]):
            hit |= s.op[MARK, s.op[PREV + k, w]]
        if hit:
            s.op[MARK, w] = 1
            s.row[PATH, held] = w
            held += 1
        else:
            s.row[ORDER, to] = w
            s.op[AT, w] = to
            to += 1
    return settle(s, v, PREV, to, held)


@kernel
def sort_before(p: Shop, s: State, v: int) -> bool:
    """Repair the order where an operation stands behind a new neighbour that follows it; False: a cycle."""
    low, to, held = s.row.shape[1], s.op[AT, v], 0
    for k in range(s.counts[SLOTS]):
        if s.op[NEXT + k, v] != s.row.shape[1]:
            low = min(low, s.op[AT, s.op[NEXT + k, v]])
    s.op[MARK, v] = 1
    for i in range(to, low - 1, -1):
        w = s.row[ORDER, i]
        hit = s.op[MARK, w]
        for e in range(p.fixed[AFTER, w], p.fixed[AFTER, w + 1]):
            hit |= s.op[MARK, p.arc[e]]
        for k in range(s.counts[SLOTS]):
            hit |= s.op[MARK, s.op[NEXT + k, w]]
        if hit:
            s.op[MARK, w] = 1
            s.row[PATH, held] = w
            held += 1
        else:
            s.row[ORDER, to] = w
            s.op[AT, w] = to
            to -= 1
    return settle(s, v, NEXT, to, held)


@kernel
def settle(s: State, v: int, side: int, to: int, held: int) -> bool:
    """Put back what was held while the rest moved up; False if a new neighbour of v is among it."""
    sound, step = True, 1 if side == PREV else -1
    for k in range(s.counts[SLOTS]):
        sound &= s.op[MARK, s.op[side + k, v]] == 0
    s.op[MARK, v] = 0
    for i in range(held):
        w = s.row[PATH, i]
        s.op[MARK, w] = 0
        s.row[ORDER, to + i * step] = w
        s.op[AT, w] = to + i * step
    return sound


@kernel
def make(p: Shop, s: State, m: Move) -> bool:
    """Make a move; False, and nothing changed, if it closes a cycle."""
    v, n = m.v, s.row.shape[1]
    back = Move(0, v, s.op[MODE, v], s.op[PREV, v], s.op[PREV + 1, v])
    b, b_worker = s.op[NEXT, v], s.op[NEXT + 1, v]
    for i in range(n):
        s.row[KEPT, i] = s.row[ORDER, i]
    relink(p, s, m)
    if sort_after(p, s, v) and sort_before(p, s, v):
        low = high = s.op[AT, v]
        for w in (b, b_worker):
            low = min(low, s.op[AT, w])
        for w in (back.a, back.a_worker):
            high = max(high, s.op[AT, w] if w != n else 0)
        forward(p, s, low)
        backward(p, s, high)
        s.counts[NOW] = last_end(s)
        return True
    relink(p, s, back)
    for i in range(n):
        s.row[ORDER, i] = s.row[KEPT, i]
        s.op[AT, s.row[ORDER, i]] = i
    return False


@kernel
def keep(s: State) -> None:
    """Remember the plan as the best so far."""
    s.counts[BEST] = s.counts[NOW]
    s.counts[LAST_GAIN] = s.counts[STEPS]
    for i in range(s.row.shape[1]):
        s.row[BEST_ORDER, i] = s.row[ORDER, i]
        s.row[BEST_MODE, i] = s.op[MODE, i]


@kernel
def ends_of(p: Shop, s: State, end: Longs, free: Longs) -> None:
    """Fill the ends of the best plan, each operation as early as can be; `free`: 0 for each resource."""
    for v in s.row[BEST_ORDER]:
        mode = s.row[BEST_MODE, v]
        t = p.fixed[BASE, v]
        for k in range(s.counts[SLOTS]):
            t = max(t, free[p.mode[TAKES + k, mode]])
        for e in range(p.fixed[BEFORE, v], p.fixed[BEFORE, v + 1]):
            t = max(t, end[p.arc[e]])
        end[v] = t + p.mode[LASTS, mode]
        for k in range(s.counts[SLOTS]):
            free[p.mode[TAKES + k, mode]] = end[v]


@kernel
def walk(p: Shop, s: State, steps: int, patience: int) -> int:
    """Make moves until the steps are used up, the last gain is long ago, or the aim is reached; count
    them."""
    began = s.counts[STEPS]
    while s.counts[STEPS] < began + steps and s.counts[STEPS] < s.counts[LAST_GAIN] + patience:
        if s.counts[BEST] <= s.counts[AIM]:
            break
        s.counts[STEPS] += 1
        move = choose(p, s)
        if move.value >= 4 * FAR:
            s.counts[LAST_GAIN] = s.counts[STEPS] - patience
            break
        forbid(p, s, move)
        if not make(p, s, move):
            s.counts[REFUSED] += 1
            s.op[SHUN, move.v] = s.counts[STEPS] + 4
        elif s.counts[NOW] < s.counts[BEST]:
            keep(s)
    return s.counts[STEPS] - began
