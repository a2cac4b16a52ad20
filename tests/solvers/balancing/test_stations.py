"""SALBP-1 against enumeration and against published optima."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.solvers.balancing.lines import naive_stations, random_tasks
from zhizao.solvers.balancing import Tasks, faults_of, least_stations
from zhizao.solvers.balancing.bounds import root_bound, weights_of

# Jackson 1956: eleven tasks, 46 time units
JACKSON = Tasks(
    np.array([6, 2, 5, 7, 1, 2, 3, 6, 5, 5, 4]),
    ((), (0,), (0,), (0,), (0,), (1,), (2, 3, 4), (5,), (6,), (7,), (8, 9)),
)


@pytest.mark.parametrize("seed", range(40))
def test_the_number_of_stations_is_that_of_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tasks = random_tasks(rng, int(rng.integers(1, 8)), density=rng.random())
    cycle = int(tasks.time.max() + rng.integers(0, 8))
    found = least_stations(tasks, cycle, 10)
    assert faults_of(tasks, found.station, cycle) == []
    assert found.proved
    assert found.stations == found.bound == int(found.station.max()) + 1 == naive_stations(tasks, cycle)


@pytest.mark.parametrize("seed", range(40))
def test_no_bound_at_the_root_is_above_the_optimum(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    tasks = random_tasks(rng, int(rng.integers(1, 8)), density=rng.random())
    cycle = int(tasks.time.max() + rng.integers(0, 8))
    assert root_bound(tasks, weights_of(tasks.time, cycle), cycle) <= naive_stations(tasks, cycle)


@pytest.mark.parametrize(("cycle", "stations"), [(7, 8), (9, 6), (10, 5), (13, 4), (14, 4), (21, 3)])
def test_the_line_of_jackson_has_its_published_optima(cycle: int, stations: int) -> None:
    found = least_stations(JACKSON, cycle, 10)
    assert (found.stations, found.proved) == (stations, True)


def test_a_time_limit_holds_and_says_what_is_not_proved() -> None:
    rng = np.random.default_rng(5)
    tasks = Tasks(rng.integers(1, 999, 300), tuple(() for _ in range(300)))
    least_stations(JACKSON, 7, 5)  # compiled
    began = time.monotonic()
    found = least_stations(tasks, 1000, 1.0)
    assert time.monotonic() - began < 4
    assert faults_of(tasks, found.station, 1000) == []
    assert found.proved == (found.stations == found.bound)


def test_a_search_that_is_stopped_gives_the_line_so_far() -> None:
    rng = np.random.default_rng(6)
    tasks = random_tasks(rng, 60, longest=500, density=0.05)
    found = least_stations(tasks, 1000, 60, lambda: True)
    assert faults_of(tasks, found.station, 1000) == []


def test_a_task_above_the_cycle_time_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than the cycle"):
        least_stations(JACKSON, 6, 1)


def test_a_predecessor_needs_a_lower_number() -> None:
    with pytest.raises(ValueError, match="lower number"):
        Tasks(np.array([1, 2]), ((1,), ()))
