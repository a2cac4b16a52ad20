"""Orders of jobs through stages of parallel units: the schedule that an order stands for, and annealing.

The first stage takes jobs in the order, each later one as they come from the stage before; a job goes to the
unit that ends it first (such schedules are reviewed by Ruiz & Vázquez-Rodríguez 2010,
doi 10.1016/j.ejor.2009.09.024). How bad an order may be is drawn before it is tried (Kirkpatrick, Gelatt &
Vecchi 1983, doi 10.1126/science.220.4598.671), so most schedules are left off half made.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from zhizao.solvers.shop.kernels.arrays import Doubles, Longs, Words
from zhizao.solvers.shop.kernels.jit import inner, kernel

NEVER = 2**62
RELEASE, DUE, WEIGHT = range(3)  # columns of Stages.job
NOW, BEST, TRIES = range(3)  # entries of State.counts


class Stages(NamedTuple):
    """A hybrid flow shop."""

    time: Longs  # [jobs, units]; −1: the unit cannot do the job
    first: Longs  # [stages + 1]: the units of a stage
    rest: Longs  # [jobs, stages]: least time after the stage
    job: Longs  # [jobs, 3]: RELEASE, DUE, WEIGHT
    how: Longs  # [1]: whether the last end is the value (else the sum of costs)
    temperature: Doubles  # [1]: temperature


class State(NamedTuple):
    """An order being changed, and its schedule."""

    order: Longs  # [jobs]
    best: Longs
    queue: Longs  # [jobs]: the jobs as they come to a stage
    ready: Longs  # [jobs]
    free: Longs  # [units]
    end: Longs  # [jobs, stages]
    unit: Longs  # [jobs, stages]
    counts: Longs  # [3]
    rng: Words  # [1]: state of the generator, never 0


@inner
def draw(rng: Words) -> int:
    """Draw a whole number below 2**31 (xorshift64, Marsaglia 2003, doi 10.18637/jss.v008.i14)."""
    x = rng[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    rng[0] = x
    return int(np.int64(x >> np.uint64(33)))


@inner
def sort_queue(s: State) -> None:
    """Sort the queue by when jobs are ready; jobs ready at once stay as they are. It is nearly sorted."""
    for i in range(1, len(s.queue)):
        job = s.queue[i]
        ready = s.ready[job]
        j = i
        while j > 0 and s.ready[s.queue[j - 1]] > ready:
            s.queue[j] = s.queue[j - 1]
            j -= 1
        s.queue[j] = job


@inner
def quickest_unit(t: Stages, s: State, job: int, stage: int) -> int:
    """Choose the unit that ends a job first; of several the one that was busy last."""
    ready, least, at = s.ready[job], NEVER, -1
    for u in range(t.first[stage], t.first[stage + 1]):
        time = t.time[job, u]
        if time >= 0:
            end = max(ready, s.free[u]) + time
            if end < least or (end == least and s.free[u] > s.free[at]):
                least, at = end, u
    return at


@inner
def schedule_stages(t: Stages, s: State, limit: int) -> int:
    """Make the schedule of an order and give its value; as soon as that is over the limit, give NEVER."""
    stages = len(t.first) - 1
    for i in range(len(s.order)):
        s.queue[i] = s.order[i]
        s.ready[i] = t.job[i, RELEASE]
    for u in range(len(s.free)):
        s.free[u] = 0
    value = 0
    for stage in range(stages):
        if stage > 0:
            sort_queue(s)
        for job in s.queue:
            at = quickest_unit(t, s, job, stage)
            least = max(s.ready[job], s.free[at]) + t.time[job, at]
            s.free[at] = least
            s.ready[job] = least
            s.end[job, stage] = least
            s.unit[job, stage] = at
            if t.how[0]:
                value = max(value, least + t.rest[job, stage])
            elif stage == stages - 1:
                value += t.job[job, WEIGHT] * max(0, least - t.job[job, DUE])
            if value > limit:
                return NEVER
    return value


@inner
def move_job(order: Longs, here: int, there: int) -> None:
    """Move the job at one place to another."""
    job = order[here]
    step = 1 if there > here else -1
    for i in range(here, there, step):
        order[i] = order[i + step]
    order[there] = job


@kernel
def anneal(t: Stages, s: State, moves: int) -> int:
    """Try this many orders, one job moved or two exchanged each; give how many were tried."""
    jobs = len(s.order)
    if s.counts[TRIES] == 0:
        s.counts[NOW] = s.counts[BEST] = schedule_stages(t, s, NEVER)
    for _ in range(moves):
        s.counts[TRIES] += 1
        a, b = draw(s.rng) % jobs, draw(s.rng) % jobs
        exchange = draw(s.rng) % 2 == 0
        limit = s.counts[NOW] - np.int64(t.temperature[0] * math.log((draw(s.rng) + 1.0) / 2.0**31))
        if exchange:
            s.order[a], s.order[b] = s.order[b], s.order[a]
        else:
            move_job(s.order, a, b)
        value = schedule_stages(t, s, limit)
        if value < NEVER:
            s.counts[NOW] = value
            if value < s.counts[BEST]:
                s.counts[BEST] = value
                for i in range(jobs):
                    s.best[i] = s.order[i]
        elif exchange:
            s.order[a], s.order[b] = s.order[b], s.order[a]
        else:
            move_job(s.order, b, a)
    return moves


@kernel
def best_stages(t: Stages, s: State) -> int:
    """Make the schedule of the best order in `end` and `unit`; give its value. The search goes on from it."""
    for i in range(len(s.order)):
        s.order[i] = s.best[i]
    s.counts[NOW] = schedule_stages(t, s, NEVER)
    return s.counts[NOW]
