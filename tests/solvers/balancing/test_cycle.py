"""SALBP-2 against enumeration and against published optima."""

from __future__ import annotations

import numpy as np
import pytest

from tests.solvers.balancing.lines import naive_cycle, random_tasks
from tests.solvers.balancing.test_stations import JACKSON
from zhizao.solvers.balancing import Tasks, faults_of, least_cycle
from zhizao.solvers.balancing.cycle import cycle_bound


@pytest.mark.parametrize("seed", range(30))
def test_the_cycle_time_is_that_of_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tasks = random_tasks(rng, int(rng.integers(1, 8)), density=rng.random())
    stations = int(rng.integers(1, 4))
    found = least_cycle(tasks, stations, 20)
    best = naive_cycle(tasks, stations)
    assert faults_of(tasks, found.station, found.cycle) == []
    assert found.stations <= stations
    assert (found.cycle, found.bound, found.proved) == (best, best, True)
    assert cycle_bound(tasks, stations) <= best


@pytest.mark.parametrize(("stations", "cycle"), [(8, 7), (6, 9), (5, 10), (4, 12), (3, 16)])
def test_the_line_of_jackson_has_its_published_cycle_times(stations: int, cycle: int) -> None:
    found = least_cycle(JACKSON, stations, 20)
    assert (found.cycle, found.proved) == (cycle, True)


def test_no_station_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        least_cycle(Tasks(np.array([1]), ((),)), 0, 1)
