"""ALWABP-2 against enumeration."""

from __future__ import annotations

import numpy as np
import pytest

from tests.solvers.balancing.lines import naive_worker_cycle, random_tasks
from zhizao.solvers.balancing import CrewTasks, Tasks, crew_faults, least_cycle_of_crew
from zhizao.solvers.balancing.workers import relaxation


def random_crew(rng: np.random.Generator, tasks: int, workers: int) -> CrewTasks:
    order = random_tasks(rng, tasks, density=rng.random() * 0.6)
    time = rng.integers(1, 10, (tasks, workers))
    time[rng.random(time.shape) < 0.2] = -1
    time[np.arange(tasks), rng.integers(0, workers, tasks)] = rng.integers(1, 10, tasks)
    least = np.where(time < 0, 99, time).min(axis=1)
    return CrewTasks(Tasks(least, order.before), time)


@pytest.mark.parametrize("seed", range(30))
def test_the_cycle_time_is_that_of_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crew = random_crew(rng, int(rng.integers(2, 7)), int(rng.integers(1, 4)))
    best = naive_worker_cycle(crew.tasks, crew.time)
    if best is None:
        with pytest.raises(ValueError, match="no line"):
            least_cycle_of_crew(crew, 2.0)
        return
    found = least_cycle_of_crew(crew, 20)
    assert crew_faults(crew, found) == []
    assert (found.cycle, found.bound, found.proved) == (best, best, True)
    assert relaxation(crew).bound <= best


def test_a_checker_names_what_is_wrong() -> None:
    rng = np.random.default_rng(3)
    crew = random_crew(rng, 5, 2)
    from dataclasses import replace

    found = least_cycle_of_crew(crew, 20)
    assert crew_faults(crew, replace(found, worker=np.array([0, 0]))) == ["each worker needs one station"]
    assert any("load" in one for one in crew_faults(crew, replace(found, cycle=0)))


def test_a_task_that_nobody_can_do_is_refused() -> None:
    with pytest.raises(ValueError, match="no worker"):
        CrewTasks(Tasks(np.array([1]), ((),)), np.array([[-1, -1]]))
