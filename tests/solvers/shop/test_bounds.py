"""Lower bounds: no schedule found by trying all is better, and they know units, calendars and due dates."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from tests.solvers.shop.test_cases import shared
from tests.solvers.shop.tiny import tiny_shop
from zhizao.solvers.shop import Breaks, Objective, Problem, faults, value
from zhizao.solvers.shop.bounds import lower_bound
from zhizao.solvers.shop.formats import read_shop
from zhizao.solvers.shop.search import general

FEATURES = ("modes", "release", "breaks", "graph", "setups", "workers", "pools", "transport")


def row(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def best_of_all(problem: Problem) -> int | None:
    """The best of all orders in all modes, each operation as early as they let it; None: too many."""
    modes = [range(a, b) for a, b in zip(problem.mode_first[:-1], problem.mode_first[1:], strict=True)]
    if problem.operations > 6:
        return None
    best = None
    state = general._Search(problem, 0)
    for order in permutations(range(problem.operations)):
        if not _is_possible(problem, order):
            continue
        for mode in product(*modes):
            state.take(np.array(order), np.array(mode, np.int64))
            found = state.value()
            best = found if best is None else min(best, found)
    return best


def _is_possible(problem: Problem, order: tuple[int, ...]) -> bool:
    place = {o: k for k, o in enumerate(order)}
    return all(
        place[int(b)] < place[o]
        for o in range(problem.operations)
        for b in problem.before[problem.before_first[o] : problem.before_first[o + 1]]
    )


def none_beats_the_bound(seeds: range) -> int:
    tried = met = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        problem = tiny_shop(rng, frozenset(f for f in FEATURES if rng.random() < 0.3), 3)
        best = best_of_all(problem) if problem.operations <= 5 else None
        if best is None:
            continue
        bound = lower_bound(problem)
        assert bound <= best, (seed, bound, best)
        tried += 1
        met += bound == best
    assert met > 0.4 * tried
    return tried


def test_no_schedule_of_a_tiny_shop_beats_the_bound() -> None:
    assert none_beats_the_bound(range(150)) > 60


@pytest.mark.slow
def test_no_schedule_of_thousands_of_tiny_shops_beats_the_bound() -> None:
    assert none_beats_the_bound(range(1000, 4000)) > 1200


def test_total_work_over_the_units_that_can_do_it_bounds_the_makespan() -> None:
    """Five operations of 4 on either of two units: 20 / 2."""
    assert lower_bound(Problem.of_routes("two units", [[[(0, 4), (1, 4)]] for _ in range(5)], 2)) == 10


def test_heads_and_tails_count_on_one_unit_and_on_several() -> None:
    """Unit 1 waits 5 for its first job, and 3 follow its last."""
    routes = [[[(0, 5)], [(1, 4)], [(2, 3)]] for _ in range(3)]
    assert lower_bound(Problem.of_routes("one narrow unit", routes, 3)) == max(5 + 12 + 3, 15 + 7)
    many = [[[(k, 5)], [(3, 4), (4, 4)], [(5 + k, 3)]] for k in range(3)]
    assert lower_bound(Problem.of_routes("two narrow units", many, 8)) == 5 + 6 + 3


def test_breaks_of_a_set_of_units_count() -> None:
    shop = Problem.of_routes("night", [[[(0, 4), (1, 4)]] for _ in range(5)], 2)
    night = replace(shop, breaks=Breaks(row(0, 1, 2), row(6, 6), row(16, 16)))
    assert lower_bound(night) == 20


def test_jobs_that_share_a_unit_are_late_together() -> None:
    shop = Problem.of_routes("one unit", [[[(0, 4)]] for _ in range(3)], 1)
    tardy = replace(shop, due=row(4, 4, 4), weight=row(2, 2, 3), objective=Objective.TARDINESS)
    assert lower_bound(tardy) == 2 * (0 + 4 + 8)
    flow = replace(tardy, objective=Objective.FLOW_TIME)
    assert lower_bound(flow) == 2 * (4 + 8 + 12) + 1 * 4


def test_the_bound_of_a_flexible_benchmark_is_its_work_over_its_machines() -> None:
    path = shared("data/scheduling/fjsp_scheduleopt/fjsp/HurinkJurischThole1994")
    found = sorted(Path(path).rglob("*la01*"))
    vdata = next((f for f in found if "v" in f"{f.parent.name}{f.stem}".lower().replace("hurink", "")), None)
    if vdata is None:
        pytest.skip(f"needs la01 of the set v in {path}")
    assert lower_bound(read_shop(vdata)) == 570


def test_a_schedule_of_a_large_shop_is_listed_at_once_and_right() -> None:
    rng = np.random.default_rng(1)
    routes = [[[(int(u), int(rng.integers(1, 50)))] for u in rng.permutation(4)] for _ in range(200)]
    shop = replace(Problem.of_routes("large", routes, 4), due=rng.integers(50, 5000, 200))
    for objective in Objective:
        problem = replace(shop, objective=objective)
        schedule = general.listed(problem)
        assert faults(problem, schedule) == ()
        assert value(problem, schedule) >= lower_bound(problem)
