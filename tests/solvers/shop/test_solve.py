"""The portfolio: a problem in, a checked schedule and a bound out."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zhizao.quantities import InputError
from zhizao.solvers.shop import Breaks, Objective, Pools, Problem, SetUps, faults, value
from zhizao.solvers.shop import solve as portfolio
from zhizao.solvers.shop.search import general, jobshop
from zhizao.solvers.shop.search.context import Pace, SearchContext

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
    return portfolio.solve(problem, seconds=20.0, seed=1, **options)


def test_the_job_shop_of_fisher_and_thompson_is_solved():
    found = solve(ft06(), work=200_000)
    assert found.value == 55
    assert found.bound <= 55
    assert faults(ft06(), found.schedule) == ()


def test_an_objective_may_be_a_plain_string():
    assert replace(ft06(), objective="flow-time").objective is Objective.FLOW_TIME
    with pytest.raises(InputError, match="did you mean 'makespan'"):
        replace(ft06(), objective="makespam")


@pytest.mark.parametrize(
    ("search", "routes"), [(jobshop, [[(0, 3)], [(1, 2)]]), (general, [[(0, 3), (1, 2)], [(1, 1), (0, 1)]])]
)
def test_a_shop_that_is_solved_at_once_still_compiles_its_search(monkeypatch, search, routes):
    problem = Problem.of_routes("at once", [[[mode] for mode in route] for route in routes], 2)
    if search is general:
        problem = replace(problem, due=np.full(2, 9), objective=Objective.TARDINESS)
    kernels, calls = sys.modules[f"zhizao.solvers.shop.kernels.{search.__name__.rsplit('.', 1)[-1]}"], []
    real = kernels.search

    def counted(*tables):
        calls.append(len(tables))
        return real(*tables)

    monkeypatch.setattr(kernels, "search", counted)
    monkeypatch.setattr(portfolio, "_READY", set())
    portfolio.compile_for(problem)
    assert calls


def test_a_shop_whose_work_takes_no_time_is_compiled_and_solved(monkeypatch):
    problem = Problem.of_routes("no time", [[[(0, 0), (1, 0)]], [[(1, 0), (0, 0)]]], 2)
    flexible_only = replace(problem, mode_worker=np.array([0, 1, 1, 0]), workers=2)
    monkeypatch.setattr(portfolio, "_READY", set())
    assert solve(flexible_only, work=10).value == 0


def night_shop():
    """Ten jobs of five operations on five units that rest at night, four people, families with set-ups."""
    rng = np.random.default_rng(1)
    routes = [[[(int(u), int(rng.integers(1, 20)))] for u in rng.permutation(5)] for _ in range(10)]
    begin, end = np.tile(np.arange(40, 600, 50), 5), np.tile(np.arange(50, 610, 50), 5)
    return replace(
        Problem.of_routes("night", routes, 5),
        breaks=Breaks(np.arange(0, 72, 12), begin, end),
        pools=Pools(np.array([4]), np.ones((50, 1), np.int64)),
        setups=SetUps(np.arange(50) % 3, np.full((1, 3, 3), 4) - 4 * np.eye(3, dtype=int), np.full(5, -1)),
        due=np.full(10, 80),
        objective=Objective.TARDINESS,
    )


def test_the_general_search_keeps_breaks_people_and_set_ups_and_beats_all_eight_rules():
    problem = night_shop()
    found = solve(problem, work=20_000, workers=1)
    assert faults(problem, found.schedule) == ()
    rules = [value(problem, general.first(problem, rule)) for rule in range(8)]
    assert found.value < min(rules)


def test_decoding_a_schedule_gives_it_again():
    problem = replace(ft06(), objective=Objective.FLOW_TIME)
    first = general.first(problem)
    assert np.array_equal(general.decode(problem, first).start, first.start)


def test_with_one_thread_equal_seeds_and_work_give_equal_schedules():
    problem = replace(ft06(), objective=Objective.FLOW_TIME)
    one, two = (solve(problem, work=800, workers=1).schedule for _ in range(2))
    assert np.array_equal(one.start, two.start)


def test_a_shop_that_no_search_understands_is_refused_by_name():
    pools = Pools(np.ones(1, np.int64), np.zeros((36, 1), np.int64))
    with pytest.raises(InputError, match="blocking"):
        solve(replace(ft06(), blocking=np.ones(6, bool), pools=pools))


def test_a_cancel_as_soon_as_there_is_a_schedule_gives_that_schedule():
    def at_the_first(incumbent):
        if incumbent.value is not None and threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt

    found = solve(ft06(), on_improvement=at_the_first)
    assert found.interrupted
    assert faults(ft06(), found.schedule) == ()


def test_a_cancel_before_there_is_a_schedule_gives_none():
    def at_the_bound(incumbent):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve(ft06(), on_improvement=at_the_bound)


# ---------------------------------------------------------------- time
def test_slices_of_a_search_do_not_show_in_what_it_finds(monkeypatch):
    """Calls end by the clock, so that a machine that is slower by half must find the same."""
    problem = night_shop()
    portfolio.compile_for(problem)
    found = []
    for seconds in (1e-6, 10.0):
        monkeypatch.setattr("zhizao.solvers.shop.search.context.SLICE_S", seconds)
        found.append(solve(problem, work=600, workers=1).schedule)
    assert np.array_equal(found[0].start, found[1].start)


def test_a_call_is_as_long_as_the_time_that_is_left(monkeypatch):
    context = SearchContext(ft06(), seconds=100.0, work=1000)
    pace = Pace(8)
    assert pace.next(context, 0) == 8
    pace.took(8, 0.001)
    assert pace.next(context, 0) == 16
    pace.took(16, 16.0)  # a second a move
    assert pace.next(context, 0) == 1
    pace.took(1, 1e-6)
    assert pace.next(context, 999) == 1
    monkeypatch.setattr(SearchContext, "left_s", lambda _: 1e-6)
    pace.took(2, 1e-6)
    assert pace.next(context, 0) <= 2


def flexible_shop(jobs, operations, units):
    rng = np.random.default_rng(1)
    ways = [rng.choice(units, 3, replace=False) for _ in range(jobs * operations)]
    modes = [[(int(u), int(rng.integers(1, 99))) for u in row] for row in ways]
    routes = [modes[j * operations : (j + 1) * operations] for j in range(jobs)]
    return Problem.of_routes("flexible", routes, units)


def test_checks_bounds_and_first_schedule_of_a_large_shop_take_little_of_its_time():
    """CPU time, which other work on the machine does not stretch: 60,000 operations within a second."""
    problem = flexible_shop(3000, 20, 50)
    portfolio.compile_for(problem)
    began = time.process_time()
    found = portfolio.solve(problem, seconds=0.01, workers=1)
    assert time.process_time() - began < 1.0
    assert faults(problem, found.schedule) == ()


def test_the_seconds_of_a_solution_hold_the_checks_before_and_after(monkeypatch):
    slow = faults

    def checked(problem, schedule):
        time.sleep(0.05)
        return slow(problem, schedule)

    monkeypatch.setattr(portfolio, "faults", checked)
    problem = replace(ft06(), objective=Objective.FLOW_TIME)
    portfolio.compile_for(problem)
    began = time.perf_counter()
    found = portfolio.solve(problem, seconds=0.4, workers=1)
    took = time.perf_counter() - began
    assert abs(took - found.seconds) < 0.05
    assert found.seconds >= 0.3


SLOW = """
import signal, sys, threading, time
sys.path.insert(0, {root!r})
from tests.solvers.shop.test_solve import flexible_shop
from zhizao.solvers.shop import solve as portfolio
from zhizao.solvers.shop.check import faults

problem = flexible_shop(3000, 20, 50)
portfolio.compile_for(problem)
running, real, sent = threading.Event(), portfolio._run, []

def run(*tables):
    running.set()
    return real(*tables)

def interrupt():
    running.wait(60.0)
    time.sleep(0.2)
    sent.append(time.process_time())
    signal.raise_signal(signal.SIGINT)

portfolio._run = run
threading.Thread(target=interrupt, daemon=True).start()
found = portfolio.solve(problem, seconds=60.0, workers=2)
took = time.process_time() - sent[0]
print(found.interrupted, faults(problem, found.schedule), took)
assert found.interrupted and took < 3.0 and faults(problem, found.schedule) == ()  # CPU-s of two workers
"""


def test_a_cancel_within_a_slow_kernel_gives_the_best_by_then():
    """60,000 operations, each step some milliseconds; the interrupt comes as Ctrl-C does, to the process."""
    script = SLOW.format(root=str(Path(__file__).resolve().parents[3]))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_large_shops_keep_the_time_limit():
    """20,000 lots of two operations: a dispatch rule alone would take many times the limit."""
    rng = np.random.default_rng(1)
    first = rng.integers(1, 50, 20_000)
    routes = [[[(int(t) % 3, int(t))], [(3, int(t) % 7)]] for t in first]
    problem = replace(
        Problem.of_routes("large", routes, 4),
        due=rng.integers(1, 100_000, 20_000),
        objective=Objective.TARDINESS,
    )
    portfolio.compile_for(problem)
    found = portfolio.solve(problem, seconds=1.0, seed=1)
    assert found.seconds < 2.0  # with other work on the machine
    assert found.bound <= found.value
