"""No-wait flow shops as a travelling salesman: all orders of tiny ones, bounds, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive.flowshop import best_value
from tests.solvers.shop.test_flowshop import flow, random_flow
from zhizao.solvers.shop.check import faults, value
from zhizao.solvers.shop.kernels import tour as kernels
from zhizao.solvers.shop.problem import Objective, Problem
from zhizao.solvers.shop.search import nowait
from zhizao.solvers.shop.search.context import SearchContext

FEATURES = ("setups", "start")


def unstopped(shop: Problem) -> Problem:
    """The shop, its jobs without a stop."""
    return replace(shop, no_wait=np.ones(shop.operations, np.bool_))


def solved(shop: Problem, work: int = 300, seed: int = 1) -> SearchContext:
    context = SearchContext(shop, seconds=60, work=work)
    nowait.search(context, seed)
    return context


def cycle_cost(cost: np.ndarray, cycle: np.ndarray) -> int:
    return int(cost[cycle, np.roll(cycle, -1)].sum())


def test_two_jobs_go_in_the_order_that_lets_them_overlap() -> None:
    """Job 1 (1, 5), then job 2 (4, 1) starts at 2 to be on unit 1 at 6; the other way round it is 10."""
    assert solved(unstopped(flow([[1, 5], [4, 1]]))).best.value == 7


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.frozensets(st.sampled_from(FEATURES)))
def test_tiny_shops_are_solved_to_the_best_of_all_orders(seed: int, features: frozenset[str]) -> None:
    shop = unstopped(random_flow(seed, features))
    assert nowait.fits(shop)
    best = solved(shop).best
    assert best.schedule is not None
    assert faults(shop, best.schedule) == ()
    assert value(shop, best.schedule) == best.value == best_value(shop)
    assert best.bound <= best.value


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_reduced_costs_shift_every_cycle_by_the_bound(seed: int, cities: int) -> None:
    cost = np.random.default_rng(seed).integers(0, 30, (cities, cities))
    start = nowait.relaxed(cost)
    assert (start.reduced >= 0).all()
    assert sorted(start.cycle.tolist()) == list(range(cities))
    for order in permutations(range(cities)):
        cycle = np.array(order)
        assert cycle_cost(cost, cycle) == start.bound + cycle_cost(start.reduced, cycle)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40))
def test_exchanges_keep_a_cycle_and_know_its_cost(seed: int, n: int) -> None:
    cost = np.random.default_rng(seed).integers(0, 99, (n, n))
    cities = nowait.cities_of(cost)
    state = nowait.state_of(np.arange(n), seed)
    first = kernels.begin_tour(cities, state)
    assert first == cycle_cost(cost, state.best) <= cycle_cost(cost, np.arange(n))
    kernels.iterated_exchange(cities, state, 50)
    assert sorted(state.best.tolist()) == list(range(n))
    assert state.counts[kernels.BEST] == cycle_cost(cost, state.best) <= first
    assert state.counts[kernels.KEPT] == cycle_cost(cost, state.kept)
    assert (state.place[state.city] == np.arange(n)).all()


def test_a_large_shop_is_near_its_bound() -> None:
    times = np.random.default_rng(5).integers(1, 99, (100, 10)).tolist()
    best = solved(unstopped(flow(times)), work=3000).best
    assert best.value is not None
    assert best.bound <= best.value <= 1.02 * best.bound


def test_equal_seeds_and_work_give_equal_schedules() -> None:
    shop = unstopped(flow(np.random.default_rng(3).integers(1, 99, (20, 5)).tolist()))
    first, again = solved(shop, 500).best, solved(shop, 500).best
    assert first.schedule is not None
    assert again.schedule is not None
    assert (first.schedule.start == again.schedule.start).all()


def test_a_search_that_is_over_still_gives_a_schedule() -> None:
    context = SearchContext(unstopped(flow([[3, 6], [5, 2]])), seconds=60)
    context.stop()
    nowait.search(context, 1)
    assert context.best.schedule is not None


@pytest.mark.parametrize(
    "shop",
    [
        flow([[1, 1]]),
        replace(unstopped(flow([[1, 1]])), objective=Objective.FLOW_TIME),
        replace(unstopped(flow([[1, 1]])), release=np.array([1])),
    ],
    ids=("stops", "flow time", "release"),
)
def test_a_shop_of_another_kind_is_left_to_others(shop: Problem) -> None:
    assert not nowait.fits(shop)
