"""The next station of lines whose workers differ: loads for each state and each worker that is free.

A state is a set of tasks that are done and a set of workers that are used. What is left is bounded by prices
of the workers' time: with prices p, the tasks left need at least the sum of min p(w) t(i, w) over the free
workers, and the stations left give at most the cycle time times the sum of p(w). That is the dual of the
assignment without order (Lenstra, Shmoys & Tardos 1990, doi 10.1007/BF01585745).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from zhizao.solvers.balancing.kernels.arrays import Doubles, Ints, Longs, Words
from zhizao.solvers.balancing.kernels.jit import kernel
from zhizao.solvers.balancing.kernels.loads import (
    DEPTH,
    ELIGIBLE,
    ROOM,
    Order,
    Walk,
    begin_walk,
    choose,
    has,
    next_load,
)

SLACK = 1e-9  # of the bounds, in shares: prices are floating-point numbers
BETAS = 2.0  # largest weight of the positional weight in a draw of loads
NOISE = 0.6  # largest standard deviation of the logarithm of a task's merit in a draw
NOBODY = 1e18  # price of a task that no free worker can do
COUNT, OVER = range(2)  # entries of Found.counts


class Crew(NamedTuple):
    """Tasks and workers."""

    order: Order
    time: Longs  # [workers, tasks], above any cycle time where a worker cannot do the task
    price: Doubles  # [prices, workers], each row with a sum of 1
    behind: Doubles  # [tasks]: positional weight with the least times, the largest is 1


class States(NamedTuple):
    """States with as many stations each."""

    done: Words  # [states, words]
    used: Words  # [states]: set of workers


class Found(NamedTuple):
    """States one station on."""

    done: Words  # [room, words]
    used: Words  # [room]
    parent: Ints  # [room]
    worker: Ints  # [room]
    score: Doubles  # [room]: largest bound of the cycle time that the rest needs
    counts: Longs  # [2]
    least: Doubles  # [prices, tasks]: of the free workers, price times time
    rest: Doubles  # [prices]: sum of `least` over the tasks left
    total: Doubles  # [prices]: sum of the prices of the free workers
    merit: Doubles  # [tasks]
    rng: Words  # [1]: state of the generator, never 0


@kernel
def uniform(rng: Words) -> float:
    """A number in 0..1 (xorshift; Marsaglia 2003, doi 10.18637/jss.v008.i14)."""
    x = rng[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    rng[0] = x
    return np.float64(x >> np.uint64(11)) / 9007199254740992.0


@kernel
def price_tasks(t: Crew, f: Found, cycle: int, used: int) -> None:
    """Find the least price of each task over the free workers who can do it."""
    prices, workers = t.price.shape
    for i in range(t.time.shape[1]):
        for p in range(prices):
            f.least[p, i] = NOBODY
        for k in range(workers):
            if (used >> k) & 1 == 0 and t.time[k, i] <= cycle:
                for p in range(prices):
                    f.least[p, i] = min(f.least[p, i], t.price[p, k] * t.time[k, i])


@kernel
def sum_prices(t: Crew, f: Found, done: Words, used: int) -> int:
    """Sum the prices of the free workers and of the tasks left; gives how many of these no worker can do."""
    prices, workers = t.price.shape
    for p in range(prices):
        f.rest[p] = f.total[p] = 0.0
        for k in range(workers):
            if (used >> k) & 1 == 0:
                f.total[p] += t.price[p, k]
    unable = 0
    for i in range(t.time.shape[1]):
        if not has(done, i):
            if f.least[0, i] == NOBODY:
                unable += 1
            else:
                for p in range(prices):
                    f.rest[p] += f.least[p, i]
    return unable


@kernel
def bound_after(f: Found, w: Walk) -> float:
    """Cycle time that the tasks left after the load need of the free workers, at least."""
    most = 0.0
    for p in range(len(f.rest)):
        rest = f.rest[p]
        for depth in range(w.counts[DEPTH]):
            least = f.least[p, w.eligible[w.chosen[depth]]]
            rest -= least if least < NOBODY else 0.0
        if f.total[p] > 0:
            most = max(most, rest / f.total[p])
    return most


@kernel
def leaves_unable(f: Found, done: Words) -> bool:
    """Whether a task is left that no free worker can do."""
    for i in range(f.least.shape[1]):
        if f.least[0, i] == NOBODY and not has(done, i):
            return True
    return False


@kernel
def keep_load(f: Found, w: Walk, s: States, at: Longs, cycle: int) -> None:
    """Keep the state after a load, unless the rest needs more than the cycle time."""
    state, worker = at[0], at[1]
    row = f.counts[COUNT]
    if row >= len(f.score):
        f.counts[OVER] = 1
        return
    score = bound_after(f, w)
    if score > cycle * (1 + SLACK):
        return
    for k in range(f.done.shape[1]):
        f.done[row, k] = s.done[state, k]
    for depth in range(w.counts[DEPTH]):
        task = w.eligible[w.chosen[depth]]
        f.done[row, task >> 6] |= np.uint64(1) << np.uint64(task & 63)
    if at[2] > 0 and leaves_unable(f, f.done[row]):
        return
    f.used[row] = s.used[state] | (np.uint64(1) << np.uint64(worker))
    f.parent[row] = state
    f.worker[row] = worker
    f.score[row] = score
    f.counts[COUNT] = row + 1


@kernel
def stand_at(t: Crew, f: Found, s: States, at: Longs, cycle: int) -> None:
    """Prepare the bounds for a state and a worker of it."""
    used = np.int64(s.used[at[0]]) | (1 << at[1])
    price_tasks(t, f, cycle, used)
    at[2] = sum_prices(t, f, s.done[at[0]], used)


@kernel
def rate(t: Crew, f: Found, worker: int) -> None:
    """Draw how tasks are rated for a worker: what others would need per time, what is behind, noise."""
    beta, noise = BETAS * uniform(f.rng), NOISE * uniform(f.rng)
    price = int(uniform(f.rng) * len(t.price))
    for i in range(t.time.shape[1]):
        least = f.least[price, i]
        normal = math.sqrt(-2 * math.log(1 - uniform(f.rng))) * math.cos(6.283185307179586 * uniform(f.rng))
        share = least / max(1, t.time[worker, i]) if least < NOBODY else 1e6
        f.merit[i] = share * (1 + beta * t.behind[i]) * math.exp(noise * normal)


@kernel
def fill(t: Crew, f: Found, w: Walk, worker: int) -> None:
    """Put the best rated task that fits into the load until none fits."""
    time = t.time[worker]
    while True:
        best = -1
        for place in range(w.counts[ELIGIBLE]):
            task = w.eligible[place]
            if w.inside[task] == 0 and time[task] <= w.counts[ROOM]:
                if best < 0 or f.merit[task] > f.merit[w.eligible[best]]:
                    best = place
        if best < 0:
            return
        choose(t.order, time, w, best)


@kernel
def draw_loads(t: Crew, f: Found, w: Walk, s: States, cycle: int, draws: int) -> None:
    """Draw loads for each state and each free worker of it."""
    at = np.zeros(3, np.int64)  # state, worker, tasks that none of the workers left can do
    for state in range(len(s.used)):
        for worker in range(len(t.time)):
            if (np.int64(s.used[state]) >> worker) & 1 == 0:
                at[0], at[1] = state, worker
                stand_at(t, f, s, at, cycle)
                for _ in range(draws):
                    rate(t, f, worker)
                    begin_walk(t.order, cycle, w, s.done[state])
                    fill(t, f, w, worker)
                    keep_load(f, w, s, at, cycle)


@kernel
def all_loads(t: Crew, f: Found, w: Walk, s: States, cycle: int, most: int) -> int:
    """Keep every maximal load of each state and free worker; gives how many, -1 if above `most`."""
    at = np.zeros(3, np.int64)  # state, worker, tasks that none of the workers left can do
    loads = 0
    for state in range(len(s.used)):
        for worker in range(len(t.time)):
            if (np.int64(s.used[state]) >> worker) & 1 == 0:
                at[0], at[1] = state, worker
                stand_at(t, f, s, at, cycle)
                begin_walk(t.order, cycle, w, s.done[state])
                while next_load(t.order, t.time[worker], w):
                    loads += 1
                    keep_load(f, w, s, at, cycle)
                    if loads > most or f.counts[OVER] == 1:
                        return -1
    return loads
