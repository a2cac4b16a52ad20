"""Robust tabu search for the quadratic assignment problem (Taillard 1991, doi 10.1016/S0167-8191(05)80147-4).

The change by an exchange is kept for every pair and updated in constant time for pairs that the last exchange
did not touch. Matrices need not be symmetric.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zhizao.solvers.layout.kernels.draws import pick, shuffle, uniform
from zhizao.solvers.layout.kernels.jit import Doubles, Longs, Words, kernel

NEAR = 1e-9  # relative change of the cost that counts as none
TENURE = 0.1  # half the range of tabu tenures around n (Taillard)
ASPIRE = 2.2  # an assignment that is not taken for ASPIRE n^2 steps is taken (Taillard: 2 to 5)
RESTART_STEPS = 1000  # per station, without a better assignment: the search begins elsewhere
ITERATION, LAST_BETTER = range(2)  # entries of Assignment.counts


class Assignment(NamedTuple):
    """Flows, distances, the assignment as it stands, and the best one."""

    flow: Doubles  # [n, n]
    distance: Doubles  # [n, n]
    place: Longs  # [n]: of each station
    best: Longs  # [n]
    cost: Doubles  # [3]: of `place`, of `best`, and best since the last start
    change: Doubles  # [n, n]: of the cost by exchanging two stations
    work: Doubles  # [4, n]
    tabu: Longs  # [n, n]: station and place, iteration up to which that is tabu
    counts: Longs  # [2]
    rng: Words  # [1]


@kernel
def places_cost(flow: Doubles, distance: Doubles, place: Longs) -> float:
    """Flow times distance over all ordered pairs."""
    whole = 0.0
    for i in range(len(place)):
        for j in range(len(place)):
            whole += flow[i, j] * distance[place[i], place[j]]
    return whole


@kernel
def change_by(t: Assignment, r: int, s: int) -> float:
    """Change of the cost if two stations exchange their places."""
    f, d, p = t.flow, t.distance, t.place
    a, b = p[r], p[s]
    whole = (f[r, r] - f[s, s]) * (d[b, b] - d[a, a]) + (f[r, s] - f[s, r]) * (d[b, a] - d[a, b])
    for k in range(len(p)):
        if k not in (r, s):
            c = p[k]
            whole += (f[k, r] - f[k, s]) * (d[c, b] - d[c, a]) + (f[r, k] - f[s, k]) * (d[b, c] - d[a, c])
    return whole


@kernel
def restart(t: Assignment) -> None:
    """Begin at a random assignment."""
    shuffle(t.rng, t.place)
    begin(t)


@kernel
def begin(t: Assignment) -> None:
    """Compute all changes of the assignment as it stands."""
    n = len(t.place)
    t.cost[0] = places_cost(t.flow, t.distance, t.place)
    t.cost[2] = t.cost[0]
    for i in range(n):
        for j in range(i + 1, n):
            t.change[i, j] = change_by(t, i, j)
        for j in range(n):
            t.tabu[i, j] = t.counts[ITERATION] - (n * i + j)
    t.counts[LAST_BETTER] = t.counts[ITERATION]


@kernel
def exchange(t: Assignment, r: int, s: int) -> None:
    """Exchange two stations, and update all changes.

    The change by a pair (i, j) of others grows by (a_i - a_j) (b_i - b_j) + (c_i - c_j) (e_i - e_j): a and c
    are differences of flows with r and s, and b and e those of distances.
    """
    n, f, d = len(t.place), t.flow, t.distance
    u, v = t.place[r], t.place[s]
    a, b, c, e = t.work[0], t.work[1], t.work[2], t.work[3]
    for i in range(n):
        at = t.place[i]
        a[i], b[i] = f[r, i] - f[s, i], d[u, at] - d[v, at]
        c[i], e[i] = f[i, r] - f[i, s], d[at, u] - d[at, v]
    t.cost[0] += t.change[r, s]
    t.place[r], t.place[s] = v, u
    for i in range(n):
        for j in range(i + 1, n):
            t.change[i, j] += (a[i] - a[j]) * (b[i] - b[j]) + (c[i] - c[j]) * (e[i] - e[j])
    for i in range(n):
        for end in (r, s):
            low, high = min(i, end), max(i, end)
            if low != high:
                t.change[low, high] = change_by(t, low, high)


@kernel
def overdue(t: Assignment) -> tuple[int, int]:
    """The best exchange among those into places that were long not taken; -1: there is none."""
    n, old = len(t.place), t.counts[ITERATION] - int(ASPIRE * len(t.place) ** 2)
    r, s, least = -1, -1, np.inf
    for i in range(n):
        for j in range(i + 1, n):
            if t.change[i, j] < least and t.tabu[i, t.place[j]] < old and t.tabu[j, t.place[i]] < old:
                r, s, least = i, j, t.change[i, j]
    return r, s


@kernel
def best_exchange(t: Assignment) -> tuple[int, int]:
    """The best exchange that is overdue, or else not tabu or better than all so far; -1: there is none."""
    n, now = len(t.place), t.counts[ITERATION]
    r, s = overdue(t)
    if r >= 0:
        return r, s
    r, s, least = -1, -1, np.inf
    better = t.cost[2] - t.cost[0] - NEAR * abs(t.cost[2])
    for i in range(n):
        for j in range(i + 1, n):
            change = t.change[i, j]
            if change < least and (
                change < better or t.tabu[i, t.place[j]] < now or t.tabu[j, t.place[i]] < now
            ):
                r, s, least = i, j, change
    return r, s


@kernel
def search_places(t: Assignment, steps: int) -> None:
    """Take steps; with many steps without a better assignment the search begins at a random one."""
    n = len(t.place)
    for _ in range(steps):
        t.counts[ITERATION] += 1
        if t.counts[ITERATION] - t.counts[LAST_BETTER] > RESTART_STEPS * n:
            restart(t)
        r, s = best_exchange(t)
        if r < 0:
            continue
        for station in (r, s):
            tenure = int((1.0 - TENURE + 2.0 * TENURE * uniform(t.rng)) * n) + pick(t.rng, 9)
            t.tabu[station, t.place[station]] = t.counts[ITERATION] + tenure
        exchange(t, r, s)
        if t.cost[0] < t.cost[2] - NEAR * abs(t.cost[2]):
            t.cost[2] = t.cost[0]
            t.counts[LAST_BETTER] = t.counts[ITERATION]
            if t.cost[0] < t.cost[1] - NEAR * abs(t.cost[1]):
                t.cost[0] = places_cost(t.flow, t.distance, t.place)
                t.cost[1] = t.cost[0]
                t.best[:] = t.place
