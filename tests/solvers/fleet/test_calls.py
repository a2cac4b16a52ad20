"""Calls: vehicles get into dead ends that others fill; settings follow density."""

import numpy as np
import pytest

from tests.solvers.fleet.published import lorr
from tests.solvers.fleet.test_planner import connected, floor_of
from zhizao.solvers.fleet.check import check
from zhizao.solvers.fleet.planner import make_planner
from zhizao.solvers.fleet.problem import Floor, Problem, Rule, Tasks
from zhizao.solvers.fleet.robot_runners import read_problem
from zhizao.solvers.fleet.settings import Settings, settings_for
from zhizao.solvers.fleet.simulate import simulate

NEVER = 10**6


def crowded(seed, share, steps=300):
    """A floor with dead ends, filled up to a share; each task has two to five errands."""
    floor = floor_of(seed, 16, 16, 0.2)
    cells = connected(floor)
    free = np.zeros(floor.free.size, bool)
    free[floor.places[cells]] = True
    floor = Floor(free.reshape(floor.free.shape))
    count = len(floor.places)
    random = np.random.default_rng(seed)
    vehicles = round(share * count)
    first = np.cumsum([0, *random.integers(2, 6, 4000)]).astype(np.int32)
    tasks = Tasks(random.integers(0, count, first[-1]).astype(np.int32), first)
    start = random.choice(count, vehicles, replace=False).astype(np.int32)
    return Problem("crowded", floor, start, tasks, Rule.POOL, steps, int(1.5 * vehicles))


@pytest.mark.parametrize("seed", [1, 2])
def test_calls_keep_a_crowded_fleet_going(seed):
    problem = crowded(seed, 0.9)
    late = []
    for patience in (NEVER, Settings.patience):
        run = simulate(make_planner(problem, Settings(depth=3, limit=1000, active=0.4, patience=patience)))
        start = problem.floor.places[problem.start]
        assert check(problem.floor, start, run.actions).conflicts == 0
        late.append(int(run.finished[-1] - run.finished[149]))
    assert late[1] > late[0]
    assert late[1] > 30


def test_the_rule_holds_80_percent_of_the_published_rate_on_a_crowded_floor():
    problem = read_problem(lorr("2024_RANDOM-04.json"))
    run = simulate(make_planner(problem, settings_for(problem)), steps=150)
    assert check(problem.floor, problem.floor.places[problem.start], run.actions).conflicts == 0
    assert run.finished[-1] - run.finished[49] > 0.8 * 2.585 * 100


def test_settings_follow_density():
    found = [settings_for(crowded(1, share)) for share in (0.1, 0.5, 0.7, 0.85, 0.98)]
    assert found[0] == found[1] == Settings()
    active = [settings.active for settings in found]
    assert active == sorted(active, reverse=True)
    assert active[-1] == 0.3
    assert [settings.depth for settings in found] == [5, 5, 4, 4, 3]


def test_a_floor_without_any_empty_cell_is_planned_without_conflict():
    free = np.ones((3, 3), bool)
    tasks = Tasks(np.arange(9, dtype=np.int32), np.arange(10, dtype=np.int32))
    problem = Problem("full", Floor(free), np.arange(9, dtype=np.int32)[::-1].copy(), tasks, Rule.QUEUE, 60)
    run = simulate(make_planner(problem, settings_for(problem)))
    assert check(problem.floor, problem.start, run.actions).conflicts == 0
