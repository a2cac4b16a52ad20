"""Simulated annealing of a line whose workers differ, in rounds, each longer than the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from zhizao.solvers.balancing.kernels.anneal import BEST, ENERGY, MET, TARGET, Bench, Links
from zhizao.solvers.balancing.kernels.cooling import anneal, energy
from zhizao.solvers.balancing.kernels.split import MOST_TASKS, Fork
from zhizao.solvers.balancing.problem import Ints, Tasks

HOT, COLD = 0.12, 0.006  # temperatures as shares of the cycle time; lines melt above, nothing moves below
HEATS = 40  # temperatures of a round
STEPS = 12_000  # at each temperature of the first round
MOST_STEPS = 60_000  # at each temperature of a round
GROWTH = 1.25  # of the steps from round to round
CALL_STEPS = 6_000  # of a call, some hundredths of a second


class Line(NamedTuple):
    """Station of each task, worker of each station, and the cycle time; empty: none is known."""

    station: Ints
    worker: Ints
    cycle: int


@dataclass(eq=False)
class Annealer:
    """A line that is annealed, and the tables of the kernels."""

    links: Links
    bench: Bench
    fork: Fork
    steps: int = STEPS

    @classmethod
    def of(cls, tasks: Tasks, time: Ints, start: Line, seed: int) -> Annealer:
        """Begin with a line, or where none is known with tasks and workers in their order.

        Parameters
        ----------
        tasks
            The order.
        time
            [tasks, workers]: time in ticks; -1 where a worker cannot do a task.
        start
            A line, or empty arrays and a cycle time above that of any line.
        seed
            Seed of the draws.
        """
        n, stations = time.shape
        known = len(start.station) > 0
        station = start.station.copy() if known else np.arange(n) * stations // n
        worker = start.worker.copy() if known else np.arange(stations)
        able = np.ascontiguousarray(np.where(time < 0, start.cycle + 1, time).T)
        load = np.zeros((stations, stations), np.int64)
        np.add.at(load, station, able.T)
        numbers = np.zeros(4, np.int64)
        numbers[TARGET], numbers[BEST] = start.cycle - 1, start.cycle
        rng = np.array([seed * 2 + 1], np.uint64)
        bench = Bench(able, station, worker, load, station.copy(), worker.copy(), numbers, rng)
        numbers[ENERGY] = energy(bench)
        fork = Fork(*(np.zeros(MOST_TASKS + 1, np.int64) for _ in Fork._fields))
        return cls(_links(tasks), bench, fork)

    def best(self) -> Line | None:
        """The best line that was met, if it is better than that of the start."""
        b = self.bench
        return Line(b.best_station, b.best_worker, int(b.numbers[BEST])) if b.numbers[MET] else None

    def cool(self, is_over: Callable[[], bool]) -> None:
        """Cool once from hot to cold; the next round is longer."""
        cycle = int(self.bench.numbers[BEST])
        for heat in np.geomspace(HOT * cycle, COLD * cycle, HEATS):
            for _ in range(0, self.steps, CALL_STEPS):
                anneal(self.links, self.bench, self.fork, float(heat), min(self.steps, CALL_STEPS))
                if is_over():
                    return
        self.steps = min(int(GROWTH * self.steps), MOST_STEPS)


def _links(tasks: Tasks) -> Links:
    after: list[list[int]] = [[] for _ in range(tasks.count)]
    near = np.zeros((tasks.count, tasks.count), bool)
    for task, them in enumerate(tasks.before):
        for b in them:
            after[b].append(task)
            near[b, task] = True
    return Links(*_rows(tasks.before), *_rows(after), near)


def _rows(them: tuple[tuple[int, ...], ...] | list[list[int]]) -> tuple[Ints, Ints]:
    """Lists one after the other, and where each begins."""
    flat = np.array([one for row in them for one in row], np.int64)
    return flat, np.cumsum([0, *map(len, them)], dtype=np.int64)
