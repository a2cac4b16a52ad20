"""Single-row layout: dynamic programming over subsets, and iterated local search by insertion.

Exchanging neighbours a, b (a left of b) changes the cost by len(b) (left(a) - right(a)) + len(a) (right(b) -
left(b)), where left and right are the flows to what stands on either side of the pair. A department is
therefore tried at every place in time linear in the number of places.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zhizao.solvers.layout.kernels.draws import pick, shuffle, uniform
from zhizao.solvers.layout.kernels.jit import Doubles, Longs, Words, kernel

NEAR = 1e-9  # relative change of the cost that counts as none
RESTART = 0.003  # share of rounds that begin from a random order
LONGEST = 0.5  # of a segment that is reversed, as a share of the row
SWAPS = 4  # exchanges of a perturbation, at most


class Row(NamedTuple):
    """The departments, the row as it stands, and the best row so far."""

    length: Doubles  # [n]
    flow: Doubles  # [n, n], symmetric, zero diagonal
    order: Longs  # [n]: department at each place
    trial: Longs  # [n]
    best: Longs  # [n]
    left: Doubles  # [n]: flow of a department to what stands left of it
    right: Doubles  # [n]
    cost: Doubles  # [2]: of `order`, of `best`
    rng: Words  # [1]


@kernel
def row_cost(length: Doubles, flow: Doubles, order: Longs) -> float:
    """Flow times distance of centres, over all pairs."""
    whole = 0.0
    for i in range(len(order)):
        between = 0.0
        a = order[i]
        for j in range(i + 1, len(order)):
            b = order[j]
            whole += flow[a, b] * (0.5 * (length[a] + length[b]) + between)
            between += length[b]
    return whole


@kernel
def flow_into(flow: Doubles, k: int, chosen: int) -> float:
    """Flow between a department and a set."""
    whole = 0.0
    for i in range(len(flow)):
        if (chosen >> i) & 1:
            whole += flow[k, i]
    return whole


@kernel
def least_row(length: Doubles, flow: Doubles, least: Doubles, last: Longs) -> None:
    """Fill `least` and `last`, [2^n], by set of the departments that stand first.

    Every department k adds len(k) times the flow that passes over it (Picard & Queyranne 1981,
    doi 10.1287/opre.29.2.371). Half lengths of the ends of a flow are constant and left out.
    """
    n = len(length)
    cut = np.zeros(1 << n)  # flow between a set and the rest
    everything = (1 << n) - 1
    least[0] = 0.0
    for chosen in range(1, 1 << n):
        least[chosen] = np.inf
        low = 0
        while not (chosen >> low) & 1:
            low += 1
        inside = 2.0 * flow_into(flow, low, chosen)
        cut[chosen] = cut[chosen ^ (1 << low)] + flow_into(flow, low, everything) - inside
        for k in range(n):
            if not (chosen >> k) & 1:
                continue
            before = chosen ^ (1 << k)
            cost = least[before] + length[k] * (cut[before] - flow_into(flow, k, before))
            if cost < least[chosen]:
                least[chosen] = cost
                last[chosen] = k


@kernel
def sides(r: Row) -> None:
    """Find the flows to either side of each department."""
    n = len(r.order)
    for i in range(n):
        a = r.order[i]
        left, right = 0.0, 0.0
        for j in range(i):
            left += r.flow[a, r.order[j]]
        for j in range(i + 1, n):
            right += r.flow[a, r.order[j]]
        r.left[a], r.right[a] = left, right


@kernel
def best_place(r: Row, at: int) -> tuple[float, int]:
    """The best other place of a department, with the change of the cost."""
    a = r.order[at]
    found, place = 0.0, at
    left, right, change = r.left[a], r.right[a], 0.0
    for j in range(at + 1, len(r.order)):
        b = r.order[j]
        f = r.flow[a, b]
        change += r.length[b] * (left - right + f) + r.length[a] * (r.right[b] - r.left[b] + f)
        left, right = left + f, right - f
        if change < found:
            found, place = change, j
    left, right, change = r.left[a], r.right[a], 0.0
    for j in range(at - 1, -1, -1):
        b = r.order[j]
        f = r.flow[a, b]
        change += r.length[b] * (right - left + f) + r.length[a] * (r.left[b] - r.right[b] + f)
        left, right = left - f, right + f
        if change < found:
            found, place = change, j
    return found, place


@kernel
def move(order: Longs, at: int, place: int) -> None:
    """Take out a department and insert it at a place."""
    a = order[at]
    step = 1 if place > at else -1
    for j in range(at, place, step):
        order[j] = order[j + step]
    order[place] = a


@kernel
def descend(r: Row) -> None:
    """Insert departments at their best places until none has a better one."""
    n = len(r.order)
    sides(r)
    better = True
    while better:
        better = False
        for at in range(n):
            change, place = best_place(r, at)
            if change < -NEAR * r.cost[0]:
                move(r.order, at, place)
                r.cost[0] += change
                sides(r)
                better = True


@kernel
def perturb(r: Row) -> None:
    """Reverse a segment or exchange some departments."""
    n = len(r.order)
    if uniform(r.rng) < 0.5:
        size = 2 + pick(r.rng, max(1, int(LONGEST * n) - 1))
        first = pick(r.rng, max(1, n - size + 1))
        i, j = first, min(first + size, n) - 1
        while i < j:
            r.order[i], r.order[j] = r.order[j], r.order[i]
            i, j = i + 1, j - 1
        return
    for _ in range(1 + pick(r.rng, SWAPS)):
        i, j = pick(r.rng, n), pick(r.rng, n)
        r.order[i], r.order[j] = r.order[j], r.order[i]


@kernel
def improve_row(r: Row, rounds: int, heat: float) -> None:
    """Perturb and descend; a worse row is kept with a probability that falls with its excess over `heat`."""
    for _ in range(rounds):
        r.trial[:] = r.order
        before = r.cost[0]
        restart = uniform(r.rng) < RESTART
        if restart:
            shuffle(r.rng, r.order)
        else:
            perturb(r)
        r.cost[0] = row_cost(r.length, r.flow, r.order)
        descend(r)
        r.cost[0] = row_cost(r.length, r.flow, r.order)
        if r.cost[0] < r.cost[1] * (1.0 - NEAR):
            r.cost[1] = r.cost[0]
            r.best[:] = r.order
        excess = r.cost[0] - before
        if not restart and excess > 0.0 and uniform(r.rng) >= np.exp(-excess / heat):
            r.order[:] = r.trial
            r.cost[0] = before
