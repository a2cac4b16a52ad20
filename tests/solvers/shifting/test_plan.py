"""Plans with and without limits of capacity: optimal where that can be proved, else above a true bound."""

from __future__ import annotations

import numpy as np
import pytest

from tests.naive.shifting import planned_plainly
from zhizao.solvers.shifting.kernels.many import NOWHERE
from zhizao.solvers.shifting.plan import Planned, plan_at_once, plan_jobs
from zhizao.solvers.shifting.problem import Doubles, Jobs, Sites, Task, jobs_table


def load_of(jobs: Jobs, found: Planned, shape: tuple[int, ...]) -> Doubles:
    """GPUs in use, [sites, slots], in plain lines."""
    load = np.zeros(shape)
    plan = found.plan
    for job, site in enumerate(plan.site):
        if plan.late[job] != NOWHERE:
            load[site, plan.late[job] : plan.late[job] + jobs.need[job]] += jobs.load[job]
        elif site != NOWHERE:
            use = plan.use[jobs.place[job] : jobs.place[job + 1]] > 0
            load[site, jobs.first[job] : jobs.end[job]] += use * jobs.load[job]
    return load


def drawn(seed: int, count: int, slots: int) -> list[Task]:
    r = np.random.default_rng(seed)
    tasks = []
    for _ in range(count):
        need, wait = int(r.integers(1, 6)), int(r.integers(0, 12))
        first = int(r.integers(0, slots - need - wait))
        restart = int(r.integers(0, 2))
        tasks.append(
            Task(need, first, first + need + wait, float(r.integers(1, 4)), bool(r.random() < 0.6), restart)
        )
    return tasks


@pytest.mark.parametrize("seed", range(8))
def test_limited_plans_of_small_cases_are_close_to_the_best_of_all(seed: int) -> None:
    r = np.random.default_rng(seed)
    weight = r.gamma(2.0, size=7)
    windows = [(2, 0, 6), (2, 1, 7), (1, 0, 5), (3, 0, 7)]
    jobs = jobs_table([Task(*one) for one in windows], 1)
    found = plan_jobs(jobs, Sites(weight[None], np.full((1, 7), 2.0)))
    right = planned_plainly(windows, weight.tolist(), 2)
    assert found.bound <= right + 1e-9
    assert right - 1e-9 <= found.value <= right * 1.05
    assert load_of(jobs, found, (1, 7)).max() <= 2


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_that_of_the_linear_program(seed: int) -> None:
    """Interruptible jobs: the bound of the prices is at most that of the relaxed program, and near it."""
    from scipy.optimize import linprog

    r = np.random.default_rng(seed)
    slots, tasks = 30, [Task(one.need, one.first, one.end, one.gpus) for one in drawn(seed, 22, 30)]
    weight, limit = r.gamma(2.0, size=slots), 9.0
    cells = [(job, slot) for job, one in enumerate(tasks) for slot in range(one.first, one.end)]
    cost = [weight[slot] * tasks[job].gpus for job, slot in cells]
    work = [[float(job == other) for job, _ in cells] for other in range(len(tasks))]
    room = [[tasks[job].gpus * (slot == other) for job, slot in cells] for other in range(slots)]
    exact = linprog(cost, room, [limit] * slots, work, [one.need for one in tasks], (0, 1))
    jobs = jobs_table(tasks, 1)
    found = plan_jobs(jobs, Sites(weight[None], np.full((1, slots), limit)), rounds=400)
    assert exact.status == 0
    assert exact.fun * 0.99 <= found.bound <= exact.fun + 1e-6
    assert not found.late.size
    assert found.value <= exact.fun * 1.06


@pytest.mark.parametrize("seed", range(6))
def test_no_slot_holds_more_than_its_capacity(seed: int) -> None:
    tasks = drawn(seed, 60, 48)
    r = np.random.default_rng(seed)
    sites = Sites(r.gamma(2.0, size=(2, 48)), np.full((2, 48), 9.0))
    jobs = jobs_table(tasks, 2)
    for found in (plan_jobs(jobs, sites, rounds=30), plan_at_once(jobs, sites)):
        assert load_of(jobs, found, (2, 48)).max() <= 9
        done = [(found.plan.use[jobs.place[job] : jobs.place[job + 1]] == 1).sum() for job in range(60)]
        on_time = [job for job in range(60) if job not in found.late]
        assert all(done[job] == tasks[job].need for job in on_time)
        assert found.value == pytest.approx((load_of(jobs, found, (2, 48)) * sites.weight).sum())


def test_a_job_without_room_runs_late_and_is_named() -> None:
    jobs = jobs_table([Task(2, 0, 2), Task(2, 0, 3)], 1)
    found = plan_jobs(jobs, Sites(np.ones((1, 6)), np.ones((1, 6))), rounds=5)
    assert found.late.tolist() == [1]
    assert found.plan.late[1] == 2


def test_a_job_goes_where_it_is_cheap_and_allowed() -> None:
    weight = np.array([[3.0, 3.0], [1.0, 1.0]])
    free = Sites(weight, np.full((2, 2), np.inf))
    found = plan_jobs(jobs_table([Task(1, 0, 2), Task(1, 0, 2, sites=(0,))], 2), free)
    assert found.plan.site.tolist() == [1, 0]
    assert (found.value, found.bound, found.gap) == (4.0, 4.0, 0.0)


@pytest.mark.parametrize(("need", "first", "end"), [(3, 0, 2), (0, 0, 2), (1, -1, 2)])
def test_a_job_that_cannot_be_is_refused(need: int, first: int, end: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        Task(need, first, end)


def test_sites_need_finite_weights_and_capacities_from_0_on() -> None:
    for weight, room in ((np.nan, 1.0), (1.0, -1.0)):
        with pytest.raises(ValueError, match="expected finite"):
            Sites(np.full((1, 2), weight), np.full((1, 2), room))
