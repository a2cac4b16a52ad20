"""The job shop: hand-worked shops, the best of all sequences of tiny ones, and what a search promises."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive import jobshop as naive
from tests.solvers.shop.tiny import tiny_shop
from zhizao.solvers.shop.check import faults, value
from zhizao.solvers.shop.problem import LATEST, Objective, Problem
from zhizao.solvers.shop.search.context import SearchContext
from zhizao.solvers.shop.search.jobshop import Shop, fits, least_makespan, search

# Fisher & Thompson 1963: unit and time of each operation; the least makespan is 55
FT06 = """2 1 0 3 1 6 3 7 5 3 4 6
1 8 2 5 4 10 5 10 0 10 3 4
2 5 3 4 5 8 0 9 1 1 4 7
1 5 0 5 2 5 3 3 4 8 5 9
2 9 1 3 4 5 5 4 0 3 3 1
1 3 3 3 5 9 0 10 4 4 2 1"""


def ft06() -> Problem:
    rows = [[int(number) for number in row.split()] for row in FT06.splitlines()]
    return Problem.of_routes(
        "ft06", [[[pair] for pair in zip(r[::2], r[1::2], strict=True)] for r in rows], 6
    )


def shop(*routes: list[tuple[int, int]]) -> Problem:
    units = 1 + max(unit for route in routes for unit, _ in route)
    return Problem.of_routes("shop", [[[mode] for mode in route] for route in routes], units)


def searched(p: Problem, work: int = 2000, seed: int = 1) -> SearchContext:
    context = SearchContext(p, seconds=60.0, work=work)
    search(context, seed)
    best = context.best
    assert best.schedule is not None
    assert faults(p, best.schedule) == ()
    assert value(p, best.schedule) == best.value
    return context


def random_shop(seed: int) -> Problem:
    rng = np.random.default_rng(seed)
    features = frozenset({"release"} if rng.random() < 0.5 else ())
    return replace(tiny_shop(rng, features), objective=Objective.MAKESPAN)


def test_two_jobs_that_cross_take_turns() -> None:
    assert searched(shop([(0, 3), (1, 2)], [(1, 4), (0, 1)])).best.value == 6


def test_the_shop_of_fisher_and_thompson_takes_55() -> None:
    assert searched(ft06(), 20_000).best.value == 55


@pytest.mark.parametrize(
    ("routes", "least"),
    [
        ([[(0, 5), (1, 2)]], 7),
        ([[(0, 5)], [(0, 2)], [(0, 4)]], 11),
        ([[(0, 0), (1, 0)], [(1, 0), (0, 0)]], 0),
        ([[(0, 2), (1, 3), (0, 2)], [(1, 1), (0, 3)]], 7),
    ],
    ids=["one job", "one unit", "no time at all", "a job comes back to a unit"],
)
def test_the_corners_of_a_job_shop_are_shops_too(routes: list[list[tuple[int, int]]], least: int) -> None:
    assert searched(shop(*routes)).best.value == least


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_tiny_shops_are_not_beaten_by_any_sequence_and_none_is_below_its_bound(seed: int) -> None:
    p = random_shop(seed)
    least = naive.least_makespan(p)
    assert fits(p)
    assert least_makespan(p) <= least
    assert searched(p, 300).best.value == least


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_after_each_step_longest_paths_are_those_of_the_sequences(seed: int) -> None:
    p = replace(ft06(), release=np.random.default_rng(seed).integers(0, 9, 6))
    room = Shop(p, np.random.default_rng(seed))
    room.begin(room.fresh())
    for _ in range(30):
        room.go_on(1)
        ends = naive.ends(
            p, [room.sequence[a:b].tolist() for a, b in zip(room.first, room.first[1:], strict=False)]
        )
        assert room.node[: p.operations, 5].tolist() == ends


def test_equal_seeds_and_work_give_equal_schedules() -> None:
    one, two = (searched(ft06(), 700, seed=3).best.schedule for _ in range(2))
    assert one is not None
    assert two is not None
    assert one.start.tolist() == two.start.tolist()


def test_a_search_that_is_stopped_at_once_has_a_schedule() -> None:
    context = SearchContext(ft06(), seconds=60.0)
    context.stop()
    assert search(context, 1) == 1
    assert context.best.schedule is not None


def test_two_threads_recombine_one_population() -> None:
    context = SearchContext(ft06(), seconds=60.0, work=20_000)
    threads = [Thread(target=search, args=(context, seed)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert context.best.value == 55


def test_what_is_no_plain_job_shop_is_not_taken() -> None:
    plain = ft06()
    assert fits(plain)
    assert not fits(replace(plain, objective=Objective.TARDINESS))
    assert not fits(replace(plain, same_order=True))
    assert not fits(replace(plain, blocking=np.ones(6, bool)))
    assert not fits(replace(plain, release=np.full(6, LATEST - 1)))
    assert not fits(Problem.of_routes("two modes", [[[(0, 1), (1, 1)]]], 2))
    assert not fits(replace(plain, release=np.zeros(7, np.int64)))
