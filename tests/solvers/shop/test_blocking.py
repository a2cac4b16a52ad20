"""Shops that block or may not wait: hand-worked shops, the earliest end of each job, and what is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive import blocking as naive
from zhizao.solvers.shop.check import faults, value
from zhizao.solvers.shop.formats import read_shop
from zhizao.solvers.shop.problem import Objective, Problem
from zhizao.solvers.shop.search import blocking
from zhizao.solvers.shop.search.context import SearchContext
from zhizao.solvers.shop.solve import solve

SHARED = Path(os.environ.get("ZHIZAO_SHARED", Path(__file__).resolve().parents[4] / "shared"))
FT06 = SHARED / "data" / "scheduling" / "jsp_scheduleopt" / "text" / "FisherThompson1963" / "ft06.txt"


def shop(*routes: list[tuple[int, int]]) -> Problem:
    """Jobs as rows of (unit, time)."""
    units = 1 + max(unit for route in routes for unit, _ in route)
    return Problem.of_routes("shop", [[[step] for step in route] for route in routes], units)


def blocked(problem: Problem) -> Problem:
    return replace(problem, blocking=np.ones(problem.units, np.bool_))


def unstopped(problem: Problem) -> Problem:
    return replace(problem, no_wait=np.ones(problem.operations, np.bool_))


def random_shop(seed: int, longest: int = 5) -> Problem:
    """Some units block, some operations may not wait; at least the first unit blocks."""
    rng = np.random.default_rng(seed)
    jobs, units = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    routes = [
        [
            (int(u), int(rng.integers(1, longest)))
            for u in rng.permutation(units)[: rng.integers(1, units + 1)]
        ]
        for _ in range(jobs)
    ]
    drawn = replace(shop(*routes, [(units - 1, 1)]), due=rng.integers(0, 15, jobs + 1))
    drawn = replace(drawn, weight=rng.integers(0, 3, jobs + 1), release=rng.integers(0, 6, jobs + 1))
    flags = rng.random(units) < 0.6
    flags[0] = True
    waits = rng.random(drawn.operations) < rng.random()
    return replace(drawn, blocking=flags, no_wait=waits if rng.random() < 0.5 else None)


def solved(problem: Problem, work: int = 300, seed: int = 1) -> SearchContext:
    context = SearchContext(problem, seconds=60, work=work)
    blocking.search(context, seed)
    return context


def test_a_job_that_blocks_makes_the_next_wait() -> None:
    """Unit 1 is busy from 1 to 6; a job that ends on unit 0 at 3 holds it until then."""
    jobs = shop([(0, 1), (1, 5)], [(0, 2), (1, 6)], [(0, 2), (1, 1)])
    assert solved(replace(jobs, blocking=np.array([False, True]))).best.value == 1 + 5 + 6 + 1
    assert solved(replace(blocked(jobs), release=np.array([0, 0, 4]))).best.value == 13


def test_jobs_that_go_opposite_ways_change_places_at_once() -> None:
    """Each waits for the unit of the other: both move at 2."""
    assert solved(blocked(shop([(0, 2), (1, 2)], [(1, 2), (0, 2)]))).best.value == 4
    assert solved(blocked(shop([(0, 1), (1, 2)], [(1, 2), (0, 2)]))).best.value == 4


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(list(Objective)))
def test_schedules_keep_every_rule_and_are_worth_what_is_reported(seed: int, objective: Objective) -> None:
    problem = replace(random_shop(seed), objective=objective)
    assert blocking.fits(problem)
    best = solved(problem, work=60).best
    assert best.schedule is not None
    assert faults(problem, best.schedule) == ()
    assert value(problem, best.schedule) == best.value


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_a_job_is_put_in_where_it_ends_first(seed: int) -> None:
    problem = random_shop(seed, longest=4)
    order = np.random.default_rng(seed).permutation(problem.jobs)
    tables = blocking.shop_of(problem)
    schedule, _ = blocking.schedule_of(problem, tables, blocking.state_of(tables, order, problem.units, 1))
    for number, job in enumerate(order.tolist()):
        taken = naive.taken_by(problem, schedule, order[:number].tolist())
        last = naive.operations_of(problem, job)[-1]
        assert schedule.end[last] == naive.least_end(problem, job, taken)


@pytest.mark.skipif(not FT06.is_file(), reason="benchmark files are not here")
def test_the_no_wait_shop_of_fisher_and_thompson_is_solved() -> None:
    """Least makespan of ft06 without waiting: 73 (Mascis & Pacciarelli 2002)."""
    assert solved(unstopped(read_shop(FT06, form="jsp")), work=20_000).best.value == 73


def test_equal_seeds_and_work_give_equal_schedules() -> None:
    problem = random_shop(8)
    first, again = solved(problem).best, solved(problem).best
    assert first.schedule is not None
    assert again.schedule is not None
    assert (first.schedule.start == again.schedule.start).all()


def test_the_portfolio_takes_a_blocking_job_shop() -> None:
    found = solve(blocked(shop([(0, 2), (1, 2)], [(1, 2), (0, 2)])), seconds=1)
    assert found.value == 4


@pytest.mark.parametrize(
    "problem",
    [
        shop([(0, 1)]),
        blocked(shop([(0, 1), (1, 1), (0, 1)])),
        blocked(shop([(0, 0), (1, 1)])),
        blocked(Problem.of_routes("alternatives", [[[(0, 1), (1, 1)]]], 2)),
        replace(blocked(shop([(0, 1), (1, 1)])), same_order=True),
    ],
    ids=("nothing blocks", "comes back", "no time", "alternatives", "one order"),
)
def test_a_shop_of_another_kind_is_left_to_others(problem: Problem) -> None:
    assert not blocking.fits(problem)
