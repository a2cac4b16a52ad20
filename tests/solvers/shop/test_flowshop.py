"""Flow shops of one order: hand-worked shops, all orders of tiny ones, limits, and what is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive.flowshop import best_value
from zhizao.solvers.shop.check import faults, value
from zhizao.solvers.shop.problem import LATEST, Objective, Problem, SetUps
from zhizao.solvers.shop.search import flowshop
from zhizao.solvers.shop.search.context import SearchContext
from zhizao.solvers.shop.solve import solve

SHARED = Path(os.environ.get("ZHIZAO_SHARED", Path(__file__).resolve().parents[4] / "shared"))
TAILLARD = SHARED / "data" / "scheduling" / "pfsp_scheduleopt" / "Taillard1993"
FEATURES = ("release", "setups", "with_job", "start", "no_wait")


def flow(times: list[list[int]]) -> Problem:
    """A shop whose jobs visit units 0, 1, …"""
    routes = [[[(unit, time)] for unit, time in enumerate(job)] for job in times]
    return replace(Problem.of_routes("flow", routes, len(times[0])), same_order=True)


def random_flow(seed: int, features: frozenset[str]) -> Problem:
    rng = np.random.default_rng(seed)
    jobs, units = int(rng.integers(1, 6)), int(rng.integers(1, 5))
    shop = flow(rng.integers(1, 9, (jobs, units)).tolist())
    shop = replace(shop, due=rng.integers(0, 30, jobs), weight=rng.integers(0, 4, jobs))
    if "release" in features:
        shop = replace(shop, release=rng.integers(0, 12, jobs))
    if "setups" in features:
        late = "with_job" in features and "no_wait" not in features
        start = rng.integers(-1, 3, units) if "start" in features else np.full(units, -1)
        family, time = rng.integers(0, 3, jobs * units), rng.integers(0, 7, (units, 3, 3))
        shop = replace(shop, setups=SetUps(family, time, start, with_job=late))
    if "no_wait" in features:
        shop = replace(shop, no_wait=np.arange(jobs * units) % units > 0 if units > 1 else None)
    return shop


def solved(shop: Problem, work: int = 3000, seed: int = 1) -> SearchContext:
    context = SearchContext(shop, seconds=60, work=work)
    flowshop.search(context, seed)
    return context


def test_two_units_are_ordered_by_johnsons_rule() -> None:
    """Johnson (1954): 3 jobs (3, 6), (5, 2), (1, 2): order 3, 1, 2 ends at 12."""
    assert solved(flow([[3, 6], [5, 2], [1, 2]])).best.value == 12


def test_one_unit_takes_short_jobs_first_for_flow_time() -> None:
    shop = replace(flow([[5], [1], [3]]), objective=Objective.FLOW_TIME)
    assert solved(shop).best.value == 1 + 4 + 9


def test_one_job_takes_its_time() -> None:
    assert solved(flow([[3, 0, 4]])).best.value == 7


def test_operations_may_take_no_time() -> None:
    assert solved(flow([[0, 0], [0, 0], [0, 4]])).best.value == 4


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.frozensets(st.sampled_from(FEATURES)), st.sampled_from(list(Objective)))
def test_tiny_shops_are_solved_to_the_best_of_all_orders(
    seed: int, features: frozenset[str], objective: Objective
) -> None:
    shop = replace(random_flow(seed, features), objective=objective)
    assert flowshop.fits(shop)
    best = solved(shop, work=600).best
    assert best.schedule is not None
    assert faults(shop, best.schedule) == ()
    assert value(shop, best.schedule) == best.value == best_value(shop)


@pytest.mark.parametrize("objective", list(Objective))
def test_many_jobs_fill_more_lanes_than_one_block(objective: Objective) -> None:
    rng = np.random.default_rng(7)
    shop = flow(rng.integers(1, 99, (150, 3)).tolist())
    shop = replace(
        shop, due=rng.integers(0, 9000, 150), objective=objective, release=rng.integers(0, 99, 150)
    )
    best = solved(shop, work=40_000).best
    assert best.schedule is not None
    assert faults(shop, best.schedule) == ()
    assert value(shop, best.schedule) == best.value


def test_equal_seeds_and_work_give_equal_schedules() -> None:
    shop = flow(np.random.default_rng(3).integers(1, 99, (20, 5)).tolist())
    first, again = solved(shop, 20_000).best, solved(shop, 20_000).best
    assert first.schedule is not None
    assert again.schedule is not None
    assert (first.schedule.start == again.schedule.start).all()


def test_a_search_that_is_over_still_gives_a_schedule() -> None:
    context = SearchContext(flow([[3, 6], [5, 2]]), seconds=60)
    context.stop()
    assert flowshop.search(context, 1) == 0
    assert context.best.schedule is not None


def test_huge_times_are_right_or_refused() -> None:
    huge = LATEST // 8
    shop = flow([[huge, 1], [1, huge]])
    assert solved(shop).best.value == huge + 2
    assert not flowshop.fits(flow([[LATEST // 2, LATEST // 2]]))


@pytest.mark.parametrize(
    "shop",
    [
        Problem.of_routes("other way", [[[(0, 1)], [(1, 1)]], [[(1, 1)], [(0, 1)]]], 2),
        Problem.of_routes("two units", [[[(0, 1), (1, 1)]]], 2),
        Problem.of_routes("again", [[[(0, 1)], [(0, 1)]]], 1),
        Problem.of_routes("shorter", [[[(0, 1)], [(1, 1)]], [[(0, 1)]]], 2),
        replace(flow([[1, 1]]), blocking=np.array([True, False])),
    ],
    ids=lambda shop: shop.name,
)
def test_a_shop_that_is_no_plain_flow_shop_is_left_to_others(shop: Problem) -> None:
    assert not flowshop.fits(shop)


@pytest.mark.skipif(not TAILLARD.is_dir(), reason="benchmark files are not here")
def test_the_first_flow_shop_of_taillard_is_solved() -> None:
    """Taillard (1993): ta001, 20 jobs on 5 units, least makespan 1278."""
    numbers = (TAILLARD / "tfs001.txt").read_text(encoding="utf-8").split()
    jobs, units, *rest = map(int, numbers)
    times = np.array(rest).reshape(jobs, units, 2)[:, :, 1]
    assert solved(flow(times.tolist()), work=1_000_000).best.value == 1278


@pytest.mark.parametrize(("jobs", "units"), [(1, 1), (2, 3), (3, 1), (3, 200)])
def test_a_small_shop_keeps_the_time_that_it_is_given(jobs: int, units: int) -> None:
    """A slice of moves is as long as it takes on this shop: two jobs once took a minute for one second."""
    shop = flow(np.random.default_rng(3).integers(1, 9, (jobs, units)).tolist())
    solve(shop, seconds=0.1)  # compiles
    began = perf_counter()
    solve(shop, seconds=0.5)
    assert perf_counter() - began < 3
