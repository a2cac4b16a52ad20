"""Small lines, and their optima by looking at every assignment."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

from zhizao.solvers.balancing import Tasks


def random_tasks(rng: np.random.Generator, count: int, longest: int = 9, density: float = 0.3) -> Tasks:
    before = tuple(tuple(b for b in range(task) if rng.random() < density) for task in range(count))
    return Tasks(rng.integers(1, longest + 1, count), before)


def _assignments(tasks: Tasks, stations: int) -> list[tuple[int, ...]]:
    return [
        station
        for station in product(range(stations), repeat=tasks.count)
        if all(station[b] <= station[task] for task in range(tasks.count) for b in tasks.before[task])
    ]


def naive_cycle(tasks: Tasks, stations: int) -> int:
    """Least cycle time at a number of stations (SALBP-2)."""
    return min(
        max(sum(int(tasks.time[i]) for i in range(tasks.count) if station[i] == k) for k in range(stations))
        for station in _assignments(tasks, stations)
    )


def naive_stations(tasks: Tasks, cycle: int) -> int:
    """Least number of stations at a cycle time (SALBP-1)."""
    return next(k for k in range(1, tasks.count + 1) if naive_cycle(tasks, k) <= cycle)


def naive_worker_cycle(tasks: Tasks, time: np.ndarray) -> int | None:
    """Least cycle time where each worker has a station; `time` [tasks, workers], -1: cannot."""
    workers = time.shape[1]
    best = None
    for station in _assignments(tasks, workers):
        for worker in permutations(range(workers)):
            done = [int(time[i, worker[station[i]]]) for i in range(tasks.count)]
            if min(done) < 0:
                continue
            loads = [sum(d for d, k in zip(done, station, strict=True) if k == s) for s in range(workers)]
            if best is None or max(loads) < best:
                best = max(loads)
    return best
