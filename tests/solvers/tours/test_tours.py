"""Tours beside brute force and best known solutions, judged by a check that knows no solver."""

from __future__ import annotations

import os
import signal
import time
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zhizao.quantities import InputError
from zhizao.solvers.tours import Found, Plan, Settings, Tours, distance_of, faults_of, plan_tours, read_tours
from zhizao.solvers.tours.vrplib import Rounding

_ROOT = Path(__file__).resolve().parents[3]
_SHARED = (os.environ.get("ZHIZAO_SHARED"), _ROOT / "shared", _ROOT.parent / "shared")
_FOUND = [path for path in (Path(one) / "data/logistics/vrp" for one in _SHARED if one) if path.exists()]
DATA = _FOUND[0] if _FOUND else _ROOT / "shared"
needs_data = pytest.mark.skipif(not _FOUND, reason="needs the instances of VRPLIB")


def random_tours(n: int, seed: int = 1, **more: Any) -> Tours:
    rng = np.random.default_rng(seed)
    at = rng.integers(0, 100, (n + 1, 2))
    distance = np.abs(at[:, None] - at[None]).sum(axis=-1)
    demand = np.array([0, *rng.integers(1, 5, n)])
    given = {"capacity": 8, "vehicles": n} | more
    return Tours(distance, demand, **given)


def shortest(tours: Tours) -> int:
    """Over all orders of all customers, cut by dynamic programming into trips (Beasley 1983)."""
    best = 1 << 60
    for order in permutations(range(1, tours.size)):
        cost = [0] + [1 << 60] * len(order)
        for end in range(1, len(order) + 1):
            for begin in range(end):
                trip = order[begin:end]
                if tours.demand[list(trip)].sum() <= tours.capacity:
                    cost[end] = min(cost[end], cost[begin] + distance_of(tours, ((trip,),)))
        best = min(best, cost[-1])
    return best


def checked(tours: Tours, found: Found) -> Plan:
    assert found.plan is not None
    assert not faults_of(tours, found.plan)
    assert found.distance == distance_of(tours, found.plan)
    return found.plan


@pytest.mark.parametrize("seed", range(4))
def test_small_problems_are_solved_to_the_optimum(seed: int) -> None:
    tours = random_tours(6, seed)
    found = plan_tours(tours, settings=Settings(0.3))
    checked(tours, found)
    assert found.distance == shortest(tours)


def test_with_several_trips_one_vehicle_serves_all() -> None:
    tours = random_tours(8, vehicles=1, trips_at_most=8)
    plan = checked(tours, plan_tours(tours, settings=Settings(0.3)))
    assert len(plan) == 1
    assert len(plan[0]) >= -(-int(tours.demand.sum()) // 8)
    assert plan_tours(random_tours(8, vehicles=1), settings=Settings(0.3)).plan is None


def test_loading_and_releases_delay_each_trip() -> None:
    """Two customers, each a trip of 10 there and 10 back, with 3 to load and goods at 0 and at 50."""
    distance = np.array([[0, 10, 10], [10, 0, 20], [10, 20, 0]])
    given: dict[str, Any] = {"capacity": 1, "vehicles": 1, "trips_at_most": 2}
    given |= {"service": np.array([3, 1, 1]), "release": np.array([0, 0, 50])}
    in_time = Tours(distance, np.array([0, 1, 1]), latest=np.array([74, 99, 99]), **given)
    assert checked(in_time, plan_tours(in_time, settings=Settings(0.2))) == (((1,), (2,)),)
    late = Tours(distance, np.array([0, 1, 1]), latest=np.array([73, 99, 99]), **given)
    assert plan_tours(late, settings=Settings(0.2)).plan is None
    assert faults_of(late, (((1,), (2,)),)) == ("vehicle 0 is back at 74, after 73",)


def test_the_check_finds_each_fault() -> None:
    tours = random_tours(4, vehicles=1, latest=np.array([10_000, 0, 10_000, 10_000, 10_000]))
    found = faults_of(tours, (((1, 2), (3,)), ((2, 3, 4, 3),)))
    for said in ("customer 2 is visited 2 times", "2 vehicles are used, of 1", "makes 2 trips", "after 0"):
        assert any(said in fault for fault in found)
    heavy = random_tours(4, capacity=4)
    assert any("carries" in fault for fault in faults_of(heavy, (((1, 2, 3, 4),),)))
    assert faults_of(tours, (((9,),),)) == ("place 9 is no customer",)


def test_the_deadline_holds_and_progress_is_shown() -> None:
    seen: list[tuple[float, int | None]] = []
    begun = time.perf_counter()
    found = plan_tours(
        random_tours(150), settings=Settings(1.0), progress=lambda share, cost: seen.append((share, cost))
    )
    assert time.perf_counter() - begun < 3
    assert found.seconds >= 1.0
    assert not found.interrupted
    assert len(seen) >= 2
    assert seen[-1][1] is not None


def test_ctrl_c_keeps_the_best_plan_so_far() -> None:
    tours = random_tours(60)
    found = plan_tours(tours, settings=Settings(60), progress=lambda *_: os.kill(os.getpid(), signal.SIGINT))
    assert found.interrupted
    assert found.seconds < 20
    checked(tours, found)


def test_equal_seeds_begin_alike_and_no_customers_need_no_tours() -> None:
    nothing = Tours(np.zeros((1, 1), dtype=int), np.zeros(1, dtype=int), 5, 2)
    assert plan_tours(nothing).plan == ()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"capacity": 1}, "more than the capacity"),
        ({"vehicles": 0}, "vehicles: found 0"),
        ({"trips_at_most": 0}, "trips_at_most"),
        ({"service": np.zeros(3, dtype=int)}, "service: found the shape"),
        ({"service": np.zeros(7)}, "whole numbers"),
        ({"release": -np.ones(7, dtype=int)}, "expected 0 to"),
        ({"earliest": np.full(7, 9), "latest": np.full(7, 8)}, "before the earliest"),
    ],
)
def test_a_problem_that_makes_no_sense_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        random_tours(6, **more)


def test_a_search_without_time_is_refused() -> None:
    with pytest.raises(InputError, match="seconds"):
        Settings(0)
    with pytest.raises(InputError, match="seed"):
        Settings(seed=-1)


# ---------------------------------------------------------------- files
SMALL = """NAME : small
TYPE : CVRP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 5
NODE_COORD_SECTION
1 0 0
2 3 4
3 6 8
DEMAND_SECTION
1 0
2 2
3 3
DEPOT_SECTION
1
-1
EOF
"""


def test_a_file_of_vrplib_is_read(tmp_path: Path) -> None:
    file = tmp_path / "small.vrp"
    file.write_text(SMALL, encoding="utf-8")
    tours = read_tours(file)
    assert tours.distance.tolist() == [[0, 5, 10], [5, 0, 5], [10, 5, 0]]
    assert (tours.demand.tolist(), tours.capacity) == ([0, 2, 3], 5)
    assert plan_tours(tours, settings=Settings(0.2)).distance == 20
    assert read_tours(file, Rounding.EXACT).distance[0, 1] == 5000


@pytest.mark.parametrize("text", ["", "DIMENSION : 3\n", SMALL.replace("3 3\n", ""), "\x00\x01", SMALL[:120]])
def test_another_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "wrong.vrp"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"wrong\.vrp"):
        read_tours(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_tours(tmp_path / "none.vrp")


@needs_data
def test_best_known_tours_pass_the_check_and_have_their_published_length() -> None:
    for name, length in (("X-n101-k25", 27_591), ("X-n200-k36", 58_578)):
        tours = read_tours(DATA / f"CVRP_{name}.vrp")
        lines = (DATA / f"CVRP_{name}.sol").read_text(encoding="utf-8").splitlines()
        trips = [line.split(":")[1].split() for line in lines if line.startswith("Route")]
        plan = tuple((tuple(int(place) for place in trip),) for trip in trips)
        assert not faults_of(tours, plan)
        assert distance_of(tours, plan) == length


@needs_data
@pytest.mark.parametrize("name", ["HFVRP_X110-HD", "SDVRPTW_PR01"])
def test_an_instance_with_more_than_tours_know_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="kinds of vehicles"):
        read_tours(DATA / f"{name}.vrp")


@needs_data
def test_several_trips_with_windows_and_releases_are_near_the_best_known() -> None:
    tours = read_tours(DATA / "MTVRPTWR_R204R0.25.vrp", Rounding.DIMACS)
    found = plan_tours(tours, settings=Settings(4))
    plan = checked(tours, found)
    assert max(len(vehicle) for vehicle in plan) > 1
    assert found.distance is not None
    assert found.distance <= 13_246 * 1.05


@needs_data
@pytest.mark.slow
def test_x_n101_k25_is_within_3_in_1000_of_the_optimum_in_20_s() -> None:
    tours = read_tours(DATA / "CVRP_X-n101-k25.vrp")
    found = plan_tours(tours, settings=Settings(20))
    checked(tours, found)
    assert found.distance is not None
    assert found.distance <= 27_591 * 1.003
