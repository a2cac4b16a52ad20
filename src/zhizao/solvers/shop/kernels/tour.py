"""Orders of jobs whose cost is a sum over neighbours: an asymmetric travelling salesman, by iterated 3-opt.

A no-wait flow shop for the makespan is one (Reddi & Ramamoorthy 1972, doi 10.1057/jors.1972.52). The local
search exchanges two neighbouring segments, the only exchange of three edges that turns no segment round
(Or 1976; Kanellakis & Papadimitriou 1980, doi 10.1287/opre.28.5.1086), with lists of near successors and a
queue of cities to look at (Bentley 1992, doi 10.1287/ijoc.4.4.387). Three short segments in reverse sequence
are the kick (Martin, Otto & Felten 1991); what it makes worse is taken back unless accepted by the Metropolis
criterion.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from zhizao.solvers.shop.kernels.arrays import Doubles, Longs, Words
from zhizao.solvers.shop.kernels.flowshop import below, copy_order
from zhizao.solvers.shop.kernels.jit import inner, kernel

LONGEST = 50  # cities of a segment of the kick, as in the iterated 3-opt of Johnson & McGeoch (1997)
VALUE, KEPT, BEST, QUEUED = range(4)  # entries of State.counts


class Cities(NamedTuple):
    """Costs between cities, to be visited in one cycle."""

    cost: Longs  # [cities, cities]: from, to
    near: Longs  # [cities, some]: successors by cost
    temperature: Doubles  # [1]: a cycle worse by this is accepted with probability 1/e


class State(NamedTuple):
    """A cycle being changed; it has no first city."""

    city: Longs  # [cities]: at each place
    place: Longs  # [cities]: of each city
    kept: Longs  # [cities]
    best: Longs  # [cities]
    queue: Longs  # [cities]: a stack of cities whose successor may be bad
    queued: Longs  # [cities]: whether a city is in the queue
    buffer: Longs  # [cities]
    counts: Longs  # [4]
    rng: Words  # [1]: state of the generator, never 0


@inner
def wrapped(place: int, n: int) -> int:
    """Give a place of the cycle for a number below 2n."""
    return place - n if place >= n else place


@inner
def watch(s: State, city: int) -> None:
    """Put a city into the queue."""
    if s.queued[city] == 0:
        s.queued[city] = 1
        s.queue[s.counts[QUEUED]] = city
        s.counts[QUEUED] += 1


@inner
def exchange(s: State, first: int, ahead: int, behind: int) -> None:
    """Exchange two neighbouring segments, of so many cities each; the one ahead begins at a place."""
    n = len(s.city)
    for i in range(ahead):
        s.buffer[i] = s.city[wrapped(first + i, n)]
    for i in range(behind):
        to = wrapped(first + i, n)
        city = s.city[wrapped(first + ahead + i, n)]
        s.city[to] = city
        s.place[city] = to
    for i in range(ahead):
        to = wrapped(first + behind + i, n)
        s.city[to] = s.buffer[i]
        s.place[s.buffer[i]] = to


@inner
def cut(s: State, b: int, c: int, g: int) -> None:
    """Exchange the segments from b to before c and from c to before g, by the shortest way round."""
    n = len(s.city)
    x = (s.place[c] - s.place[b]) % n
    y = (s.place[g] - s.place[c]) % n
    z = n - x - y
    if z >= x and z >= y:
        exchange(s, s.place[b], x, y)
    elif x >= y:
        exchange(s, s.place[c], y, z)
    else:
        exchange(s, s.place[g], z, x)


@inner
def improve_after(t: Cities, s: State, a: int) -> bool:
    """Make the best exchange that gives a city a nearer successor; False: there is none that gains."""
    n, some = t.near.shape
    b = s.city[wrapped(s.place[a] + 1, n)]
    most, to, until = 0, -1, -1
    for first in range(some):
        c = t.near[a, first]
        gain = t.cost[a, b] - t.cost[a, c]
        if gain <= 0:
            break
        e = s.city[wrapped(s.place[c] + n - 1, n)]
        gain += t.cost[e, c]
        room = (s.place[a] - s.place[c]) % n
        for second in range(some):
            g = t.near[e, second]
            if gain - t.cost[e, g] <= 0:
                break
            behind = (s.place[g] - s.place[c]) % n
            if 0 < behind <= room:
                f = s.city[wrapped(s.place[g] + n - 1, n)]
                whole = gain - t.cost[e, g] + t.cost[f, g] - t.cost[f, b]
                if whole > most:
                    most, to, until = whole, c, g
    if to < 0:
        return False
    for city in (to, until, b):
        watch(s, s.city[wrapped(s.place[city] + n - 1, n)])
        watch(s, city)
    cut(s, b, to, until)
    s.counts[VALUE] -= most
    return True


@inner
def improve(t: Cities, s: State) -> None:
    """Exchange segments until no city of the queue gains."""
    while s.counts[QUEUED] > 0:
        s.counts[QUEUED] -= 1
        city = s.queue[s.counts[QUEUED]]
        s.queued[city] = 0
        while improve_after(t, s, city):
            pass


@inner
def length_of(t: Cities, s: State) -> int:
    """Cost of the cycle."""
    whole, last = 0, s.city[len(s.city) - 1]
    for city in s.city:
        whole += t.cost[last, city]
        last = city
    return whole


@inner
def kick(t: Cities, s: State) -> None:
    """Put three short neighbouring segments into the reverse sequence."""
    n = len(s.city)
    longest = min(LONGEST, (n - 1) // 3)
    first = below(s.rng, n)
    x, y, z = 1 + below(s.rng, longest), 1 + below(s.rng, longest), 1 + below(s.rng, longest)
    a, d = s.city[wrapped(first + n - 1, n)], s.city[(first + x + y + z) % n]
    b, b_last = s.city[first], s.city[wrapped(first + x - 1, n)]
    c, c_last = s.city[(first + x) % n], s.city[(first + x + y - 1) % n]
    e, e_last = s.city[(first + x + y) % n], s.city[(first + x + y + z - 1) % n]
    old = t.cost[a, b] + t.cost[b_last, c] + t.cost[c_last, e] + t.cost[e_last, d]
    new = t.cost[a, e] + t.cost[e_last, c] + t.cost[c_last, b] + t.cost[b_last, d]
    s.counts[VALUE] += new - old
    exchange(s, first, x, y + z)
    exchange(s, first, y, z)
    for city in (a, b, b_last, c, c_last, e, e_last, d):
        watch(s, city)


@inner
def accept(t: Cities, s: State) -> None:
    """Accept the cycle by the Metropolis criterion; else go back to the one kept."""
    n = len(s.city)
    worse = s.counts[VALUE] - s.counts[KEPT]
    if worse <= 0 or below(s.rng, 2**30) < 2**30 * math.exp(-worse / t.temperature[0]):
        copy_order(s.kept, s.city, n)
        s.counts[KEPT] = s.counts[VALUE]
        if s.counts[VALUE] < s.counts[BEST]:
            s.counts[BEST] = s.counts[VALUE]
            copy_order(s.best, s.city, n)
        return
    s.counts[VALUE] = s.counts[KEPT]
    for i in range(n):
        s.city[i] = s.kept[i]
        s.place[s.kept[i]] = i


@kernel
def begin_tour(t: Cities, s: State) -> int:
    """Improve the cycle as it stands, and keep it; gives its cost."""
    n = len(s.city)
    for i in range(n):
        s.place[s.city[i]] = i
        watch(s, s.city[i])
    s.counts[VALUE] = length_of(t, s)
    if n >= 3:  # fewer cities have one cycle
        improve(t, s)
    s.counts[KEPT] = s.counts[BEST] = s.counts[VALUE]
    copy_order(s.kept, s.city, n)
    copy_order(s.best, s.city, n)
    return s.counts[BEST]


@kernel
def iterated_exchange(t: Cities, s: State, kicks: int) -> int:
    """Kick and improve this many times; gives how many."""
    if len(s.city) >= 4:  # three segments and a city before them
        for _ in range(kicks):
            kick(t, s)
            improve(t, s)
            accept(t, s)
    return kicks
