"""Simulated annealing of a line with workers: tasks and workers change stations, the order always holds.

The energy is the sum of the loads above a target, which falls one tick below each line that meets it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from zhizao.solvers.balancing.kernels.arrays import Flags, Longs, Words
from zhizao.solvers.balancing.kernels.crew import uniform
from zhizao.solvers.balancing.kernels.jit import kernel

TARGET, BEST, ENERGY, MET = range(4)  # entries of Bench.numbers


class Links(NamedTuple):
    """Immediate order of the tasks."""

    before: Longs  # predecessors, task by task
    before_from: Longs  # [tasks + 1]
    after: Longs  # successors, task by task
    after_from: Longs  # [tasks + 1]
    is_before: Flags  # [tasks, tasks]


class Bench(NamedTuple):
    """The line as it stands, and the best one that was met."""

    time: Longs  # [workers, tasks], above any target where a worker cannot do the task
    station: Longs  # [tasks]
    worker: Longs  # [stations]
    load: Longs  # [stations, workers]: time of the tasks of a station, by worker
    best_station: Longs  # [tasks]
    best_worker: Longs  # [stations]
    numbers: Longs  # [4]
    rng: Words  # [1]


@kernel
def first_station(k: Links, b: Bench, task: int) -> int:
    """Earliest station that the predecessors allow."""
    first = 0
    for at in range(k.before_from[task], k.before_from[task + 1]):
        first = max(first, b.station[k.before[at]])
    return first


@kernel
def last_station(k: Links, b: Bench, task: int) -> int:
    """Latest station that the successors allow."""
    last = len(b.worker) - 1
    for at in range(k.after_from[task], k.after_from[task + 1]):
        last = min(last, b.station[k.after[at]])
    return last


@kernel
def over(b: Bench, load: int) -> int:
    """What a load is above the target."""
    return max(0, load - b.numbers[TARGET])


@kernel
def load_of(b: Bench, station: int) -> int:
    """Load of a station with its worker."""
    return b.load[station, b.worker[station]]


@kernel
def accepts(b: Bench, worse: int, heat: float) -> bool:
    """Metropolis criterion."""
    return worse <= 0 or (heat > 0 and uniform(b.rng) < math.exp(-worse / heat))


@kernel
def put(b: Bench, task: int, station: int) -> None:
    """Move a task to a station."""
    old = b.station[task]
    for w in range(len(b.time)):
        b.load[old, w] -= b.time[w, task]
        b.load[station, w] += b.time[w, task]
    b.station[task] = station


@kernel
def pick(b: Bench, count: int) -> int:
    """A number below `count`."""
    return int(uniform(b.rng) * count)


@kernel
def shift(k: Links, b: Bench, heat: float) -> None:
    """Move a task to another station that the order allows."""
    task = pick(b, len(b.station))
    first, last = first_station(k, b, task), last_station(k, b, task)
    if first == last:
        return
    old = b.station[task]
    new = first + pick(b, last - first)
    new += 1 if new >= old else 0
    left, come = load_of(b, old), load_of(b, new)
    worse = over(b, left - b.time[b.worker[old], task]) + over(b, come + b.time[b.worker[new], task])
    worse -= over(b, left) + over(b, come)
    if accepts(b, worse, heat):
        put(b, task, new)
        b.numbers[ENERGY] += worse


@kernel
def swap(k: Links, b: Bench, heat: float) -> None:
    """Exchange two tasks of different stations."""
    one, two = pick(b, len(b.station)), pick(b, len(b.station))
    here, there = b.station[one], b.station[two]
    if here == there or k.is_before[one, two] or k.is_before[two, one]:
        return
    if not first_station(k, b, one) <= there <= last_station(k, b, one):
        return
    if not first_station(k, b, two) <= here <= last_station(k, b, two):
        return
    v, w = b.worker[here], b.worker[there]
    left, right = load_of(b, here), load_of(b, there)
    worse = over(b, left + b.time[v, two] - b.time[v, one]) + over(b, right + b.time[w, one] - b.time[w, two])
    worse -= over(b, left) + over(b, right)
    if accepts(b, worse, heat):
        put(b, one, there)
        put(b, two, here)
        b.numbers[ENERGY] += worse


@kernel
def change(b: Bench, heat: float) -> None:
    """Exchange the workers of two stations."""
    one, two = pick(b, len(b.worker)), pick(b, len(b.worker))
    v, w = b.worker[one], b.worker[two]
    worse = over(b, b.load[one, w]) + over(b, b.load[two, v])
    worse -= over(b, b.load[one, v]) + over(b, b.load[two, w])
    if one != two and accepts(b, worse, heat):
        b.worker[one], b.worker[two] = w, v
        b.numbers[ENERGY] += worse


@kernel
def rotate(b: Bench, heat: float) -> None:
    """Rotate the workers of three stations."""
    one, two, three = pick(b, len(b.worker)), pick(b, len(b.worker)), pick(b, len(b.worker))
    if one == two or two == three or one == three:
        return
    u, v, w = b.worker[one], b.worker[two], b.worker[three]
    worse = over(b, b.load[one, v]) + over(b, b.load[two, w]) + over(b, b.load[three, u])
    worse -= over(b, b.load[one, u]) + over(b, b.load[two, v]) + over(b, b.load[three, w])
    if accepts(b, worse, heat):
        b.worker[one], b.worker[two], b.worker[three] = v, w, u
        b.numbers[ENERGY] += worse
