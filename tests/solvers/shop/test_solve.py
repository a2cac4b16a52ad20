"""The portfolio: a problem in, a checked schedule and a bound out."""

from dataclasses import replace

import numpy as np
import pytest

from zhizao.quantities import InputError
from zhizao.solvers.shop import Breaks, Objective, Pools, Problem, faults, general

# Fisher and Thompson 1963, 6 × 6; the best makespan is 55
FT06 = [
    [(2, 1), (0, 3), (1, 6), (3, 7), (5, 3), (4, 6)],
    [(1, 8), (2, 5), (4, 10), (5, 10), (0, 10), (3, 4)],
    [(2, 5), (3, 4), (5, 8), (0, 9), (1, 1), (4, 7)],
    [(1, 5), (0, 5), (2, 5), (3, 3), (4, 8), (5, 9)],
    [(2, 9), (1, 3), (4, 5), (5, 4), (0, 3), (3, 1)],
    [(1, 3), (3, 3), (5, 9), (0, 10), (4, 4), (2, 1)],
]


def ft06():
    return Problem.of_routes("ft06", [[[mode] for mode in route] for route in FT06], 6)


def solve(problem, **options):
    from zhizao.solvers.shop.solve import solve as portfolio

    return portfolio(problem, seconds=20.0, seed=1, **options)


def test_the_job_shop_of_fisher_and_thompson_is_solved():
    found = solve(ft06(), work=200_000)
    assert found.value == 55
    assert found.bound <= 55
    assert faults(ft06(), found.schedule) == ()


def test_breaks_and_pools_are_kept_by_the_general_search():
    night = Breaks(np.arange(7), np.full(6, 20), np.full(6, 30))
    two_people = Pools(np.array([2]), np.ones((36, 1), np.int64))
    problem = replace(ft06(), breaks=night, pools=two_people, objective=Objective.FLOW_TIME)
    found = solve(problem, work=20_000, workers=1)
    assert faults(problem, found.schedule) == ()
    assert found.value < min(solve_by_rule(problem))


def solve_by_rule(problem):
    from zhizao.solvers.shop import value

    return [value(problem, general.first(problem, rule)) for rule in range(3)]


def test_decoding_a_schedule_gives_it_again():
    problem = replace(ft06(), objective=Objective.FLOW_TIME)
    first = general.first(problem)
    assert np.array_equal(general.decode(problem, first).start, first.start)


def test_with_one_thread_equal_seeds_and_work_give_equal_schedules():
    problem = replace(ft06(), objective=Objective.FLOW_TIME)
    one, two = (solve(problem, work=800, workers=1).schedule for _ in range(2))
    assert np.array_equal(one.start, two.start)


def test_a_shop_that_no_search_understands_is_refused_by_name():
    with pytest.raises(InputError, match="blocking"):
        solve(replace(ft06(), blocking=np.ones(6, bool)))
