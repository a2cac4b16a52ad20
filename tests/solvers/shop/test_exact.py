"""Proofs: enumeration of small shops, CP-SAT beside the own search, and all of it without OR-tools."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.solvers.shop.test_bounds import best_of_all
from tests.solvers.shop.test_cases import shared
from tests.solvers.shop.test_solve import ft06
from tests.solvers.shop.tiny import tiny_shop
from zhizao.solvers.shop import Objective, Problem, faults, value
from zhizao.solvers.shop.bounds import lower_bound
from zhizao.solvers.shop.exact import cpsat, enumeration
from zhizao.solvers.shop.formats import read_shop
from zhizao.solvers.shop.search.context import SearchContext
from zhizao.solvers.shop.solve import solve

needs_ortools = pytest.mark.skipif(find_spec("ortools") is None, reason="needs the extra [schedule]")
PLAIN = ("modes", "release", "graph", "workers")


def tiny(seed: int, features: tuple[str, ...]) -> Problem:
    rng = np.random.default_rng(seed)
    return tiny_shop(rng, frozenset(f for f in features if rng.random() < 0.4), 3)


def enumerated(seeds: range) -> int:
    tried = 0
    for seed in seeds:
        problem = tiny(seed, PLAIN)
        best = best_of_all(problem) if problem.operations <= 5 else None
        if best is None:
            continue
        context = SearchContext(problem, seconds=100.0)
        assert enumeration.fits(problem)
        assert enumeration.prove(context)
        assert context.best.schedule is not None
        assert faults(problem, context.best.schedule) == ()
        assert context.best.value == context.best.bound == best, seed
        tried += 1
    return tried


def test_enumeration_finds_the_best_of_all_orders() -> None:
    assert enumerated(range(100)) > 40


@pytest.mark.slow
def test_enumeration_finds_the_best_of_thousands_of_shops() -> None:
    assert enumerated(range(100, 3000)) > 1000


def test_enumeration_gives_up_in_time() -> None:
    problem = Problem.of_routes("one unit", [[[(0, t)]] for t in range(20, 32)], 1)
    late = replace(problem, due=np.full(12, 30), weight=np.arange(1, 13), objective=Objective.TARDINESS)
    context = SearchContext(late, seconds=1000.0)
    assert not enumeration.prove(context)
    assert context.best.bound == 0


@pytest.mark.parametrize(
    "path",
    ["09-seconds-ignored-in-small-flow-shops/f2.txt", "09-seconds-ignored-in-small-flow-shops/nw-pfsp/n.txt"],
)
def test_a_small_flow_shop_is_proved_at_once(path: str) -> None:
    found = solve(read_shop(shared(f"cases/{path}")), seconds=20.0)
    assert found.gap == 0
    assert found.seconds < 2


def modelled(seeds: range) -> int:
    """Shops for which the model finds and proves the best of all orders."""
    tried = 0
    for seed in seeds:
        problem = tiny(seed, (*PLAIN, "setups", "pools"))
        best = best_of_all(problem) if problem.operations <= 5 and cpsat.fits(problem) else None
        if best is None:
            continue
        context = SearchContext(problem, seconds=100.0)
        context.prove(lower_bound(problem))
        cpsat.search(context, 0)
        assert context.best.schedule is not None
        assert faults(problem, context.best.schedule) == (), seed
        assert context.best.value == context.best.bound == best, seed
        assert value(problem, context.best.schedule) == best
        tried += 1
    return tried


@needs_ortools
def test_the_model_finds_and_proves_the_best_of_all_orders() -> None:
    assert modelled(range(60)) > 10


@needs_ortools
@pytest.mark.slow
def test_the_model_finds_and_proves_the_best_of_a_thousand_shops() -> None:
    assert modelled(range(60, 2500)) > 500


@needs_ortools
def test_the_model_proves_beside_the_own_search() -> None:
    problem = replace(ft06(), objective=Objective.FLOW_TIME)
    found = solve(problem, seconds=30.0, seed=1)
    assert (found.value, found.bound) == (265, 265)
    assert found.seconds < 30.0


@needs_ortools
def test_the_model_begins_from_the_incumbent_and_proves_that_it_is_the_best() -> None:
    first = solve(ft06(), seconds=20.0, work=200_000)
    context = SearchContext(ft06(), seconds=60.0)
    context.offer(first.schedule, first.value, by="test")
    cpsat.search(context, 0)
    assert context.best.by == "test"
    assert context.best.bound == first.value == 55


@needs_ortools
def test_ctrl_c_is_pythons_again_after_a_solve() -> None:
    """CP-SAT catches SIGINT by default, and leaves it to kill the process; in one of its own, it may."""
    script = """
import signal
from tests.solvers.shop.test_solve import ft06
from zhizao.solvers.shop.exact import cpsat
from zhizao.solvers.shop.search.context import SearchContext
cpsat.search(SearchContext(ft06(), seconds=5.0), 1)
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("lives")
"""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=root, check=False
    )
    assert done.stdout.strip() == "lives", done.stderr


@needs_ortools
def test_the_model_stops_with_the_search() -> None:
    rng = np.random.default_rng(0)
    routes = [[[(int(u), int(rng.integers(1, 99)))] for u in rng.permutation(10)] for _ in range(20)]
    problem = replace(Problem.of_routes("hard", routes, 10), objective=Objective.FLOW_TIME)
    context = SearchContext(problem, seconds=1000.0)
    context.stop()
    cpsat.search(context, 0)
    assert context.used_s() < 10


def test_all_works_without_ortools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpsat, "find_spec", lambda _: None)
    assert not cpsat.fits(ft06())
    found = solve(ft06(), seconds=1.0, seed=1)
    assert faults(ft06(), found.schedule) == ()


@needs_ortools
def test_what_the_model_does_not_hold_is_not_given_to_it() -> None:
    assert cpsat.fits(ft06())
    assert not cpsat.fits(replace(ft06(), blocking=np.ones(6, bool)))
    assert not cpsat.fits(replace(ft06(), same_order=True))
