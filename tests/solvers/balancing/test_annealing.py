"""Annealing of lines with workers: what it keeps, and the best split of two stations against enumeration."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest

from tests.solvers.balancing.test_workers import random_crew
from zhizao.solvers.balancing import Balance, crew_faults, least_cycle_of_crew
from zhizao.solvers.balancing.annealing import Annealer, Line
from zhizao.solvers.balancing.kernels.anneal import ENERGY, TARGET
from zhizao.solvers.balancing.kernels.cooling import anneal, energy
from zhizao.solvers.balancing.kernels.split import best_split, gather

OVERRUN_S = 1.0


def annealer_of(seed: int, tasks: int, workers: int) -> Annealer:
    crew = random_crew(np.random.default_rng(seed), tasks, workers)
    nothing = np.zeros(0, np.int64)
    return Annealer.of(crew.tasks, crew.time, Line(nothing, nothing, 1 + int(crew.time.sum())), seed)


@pytest.mark.parametrize("seed", range(8))
def test_loads_and_energy_are_those_of_the_line_after_any_number_of_moves(seed: int) -> None:
    one = annealer_of(seed, 20, 5)
    bench = one.bench
    for heat in (30.0, 3.0, 0.3):
        anneal(one.links, bench, one.fork, heat, 3000)
        load = np.zeros_like(bench.load)
        np.add.at(load, bench.station, bench.time.T)
        assert (load == bench.load).all()
        assert sorted(bench.worker.tolist()) == list(range(5))
        assert bench.numbers[ENERGY] == energy(bench)
        assert all(bench.station[b] <= bench.station[a] for b, a in np.argwhere(one.links.is_before))


@pytest.mark.parametrize("seed", range(20))
def test_the_best_split_is_that_of_enumeration(seed: int) -> None:
    one = annealer_of(seed, 9, 2)
    bench = one.bench
    bench.numbers[TARGET] = 12
    count = gather(bench, one.fork, 0)
    assert count == 9
    least = min(
        sum(max(0, sum(bench.time[w, i] for i in range(9) if side[i] == w) - 12) for w in (0, 1))
        for side in product((0, 1), repeat=9)
        if all(side[b] <= side[a] for b, a in np.argwhere(one.links.is_before))
    )
    assert best_split(one.links, bench, one.fork, count, (0, 1)) == least


def test_annealing_finds_a_better_line_than_it_is_given() -> None:
    crew = random_crew(np.random.default_rng(5), 30, 6)
    first = int(crew.time.max(axis=1).sum()) + 1
    one = Annealer.of(crew.tasks, crew.time, Line(np.zeros(0, np.int64), np.zeros(0, np.int64), first), 1)
    one.cool(lambda: False)
    best = one.best()
    assert best is not None
    assert best.cycle < first / 3
    assert crew_faults(crew, Balance(best.station, 6, best.cycle, 0, False, best.worker)) == []


def test_a_time_limit_holds_on_a_large_line() -> None:
    crew = random_crew(np.random.default_rng(7), 75, 19)
    least_cycle_of_crew(random_crew(np.random.default_rng(0), 4, 2), 0.1)  # compiles
    began = time.monotonic()
    found = least_cycle_of_crew(crew, 3.0)
    assert time.monotonic() - began < 3.0 + OVERRUN_S
    assert crew_faults(crew, found) == []
