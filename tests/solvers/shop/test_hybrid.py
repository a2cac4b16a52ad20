"""Hybrid flow shops: hand-worked shops, schedules that keep every rule, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive import hybrid as naive
from zhizao.solvers.shop.check import faults, value
from zhizao.solvers.shop.kernels import hybrid as kernels
from zhizao.solvers.shop.problem import LATEST, Objective, Problem
from zhizao.solvers.shop.search import hybrid
from zhizao.solvers.shop.search.context import SearchContext


def stages(times: list[list[int]], units: list[int]) -> Problem:
    """A shop of stages of so many equal units; `times` of jobs × stages."""
    last = np.cumsum(units).tolist()
    groups = [range(end - count, end) for end, count in zip(last, units, strict=True)]
    routes = [[[(u, t) for u in g] for t, g in zip(job, groups, strict=True)] for job in times]
    return Problem.of_routes("hybrid", routes, last[-1])


def random_stages(seed: int) -> Problem:
    """Units of a stage differ, and not all can do each job."""
    rng = np.random.default_rng(seed)
    jobs, depth = int(rng.integers(1, 7)), int(rng.integers(1, 4))
    last = np.cumsum(rng.integers(1, 4, depth)).tolist()
    groups = list(zip([0, *last], last, strict=False))
    routes = [
        [
            [
                (int(u), int(rng.integers(0, 9)))
                for u in sorted(rng.permutation(range(*g))[: rng.integers(1, 4)])
            ]
            for g in groups
        ]
        for _ in range(jobs)
    ]
    shop = Problem.of_routes("random", routes, last[-1])
    return replace(
        shop,
        due=rng.integers(0, 30, jobs),
        weight=rng.integers(0, 4, jobs),
        release=rng.integers(0, 5, jobs) * rng.integers(0, 2),
    )


def solved(shop: Problem, work: int = 3000, seed: int = 1) -> SearchContext:
    context = SearchContext(shop, seconds=60, work=work)
    hybrid.search(context, seed)
    return context


def test_two_equal_units_share_the_work() -> None:
    """Both units end at 5, and two jobs wait for the last stage; or one ends at 6, and one job waits."""
    assert solved(stages([[4, 1], [3, 1], [2, 1], [1, 1]], [2, 1])).best.value == 7


def test_a_narrow_last_stage_is_fed_by_the_shortest_job() -> None:
    """1 on the first stage, then 5 + 5 + 5 on the last."""
    assert solved(stages([[1, 5], [4, 5], [4, 5]], [1, 1])).best.value == 16


def test_one_job_takes_the_unit_that_is_fastest() -> None:
    assert solved(Problem.of_routes("one", [[[(0, 7), (1, 3)]]], 2)).best.value == 3


def test_operations_may_take_no_time() -> None:
    assert solved(stages([[0, 0], [0, 0], [3, 0]], [2, 2])).best.value == 3


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(list(Objective)))
def test_schedules_keep_every_rule_and_are_worth_what_is_reported(seed: int, objective: Objective) -> None:
    shop = replace(random_stages(seed), objective=objective)
    assert hybrid.fits(shop)
    best = solved(shop, work=300).best
    assert best.schedule is not None
    assert faults(shop, best.schedule) == ()
    assert value(shop, best.schedule) == best.value


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_an_order_has_the_ends_of_the_plain_recursion(seed: int) -> None:
    shop = random_stages(seed)
    rows = hybrid.rows_of(shop)
    assert rows is not None
    tables = hybrid.stages_of(shop, rows, backwards=False)
    order = np.random.default_rng(seed).permutation(shop.jobs)
    state = hybrid.state_of(tables, order, 1)
    kernels.best_stages(tables, state)
    assert state.end.tolist() == naive.ends(shop, order.tolist())


def test_equal_seeds_and_work_give_equal_schedules() -> None:
    shop = stages(np.random.default_rng(3).integers(1, 99, (20, 3)).tolist(), [2, 3, 2])
    first, again = solved(shop, 20_000).best, solved(shop, 20_000).best
    assert first.schedule is not None
    assert again.schedule is not None
    assert (first.schedule.start == again.schedule.start).all()


def test_a_search_that_is_over_still_gives_a_schedule() -> None:
    context = SearchContext(stages([[3, 6], [5, 2]], [1, 2]), seconds=60)
    context.stop()
    assert hybrid.search(context, 1) == 0
    assert context.best.schedule is not None


@pytest.mark.parametrize(
    "shop",
    [
        Problem.of_routes("other way", [[[(0, 1)], [(1, 1)]], [[(1, 1)], [(0, 1)]]], 2),
        Problem.of_routes("shared unit", [[[(0, 1), (1, 1)], [(1, 1)]]], 2),
        Problem.of_routes("shorter", [[[(0, 1)], [(1, 1)]], [[(0, 1)]]], 2),
        Problem.of_routes("two modes", [[[(0, 1), (0, 2)]]], 1),
        Problem.of_routes("huge", [[[(0, LATEST)]]], 1),
        replace(stages([[1, 1]], [1, 1]), same_order=True),
    ],
    ids=lambda shop: shop.name,
)
def test_a_shop_that_is_no_plain_hybrid_flow_shop_is_left_to_others(shop: Problem) -> None:
    assert not hybrid.fits(shop)
