"""Departments on a floor: a user's plan, published optima, three independent ways, and what is refused."""

from __future__ import annotations

import _thread
import threading
import time
from dataclasses import replace
from itertools import combinations, permutations, product
from threading import Thread

import numpy as np
import pytest

from tests.solvers.layout.published import minlplib
from zhizao.quantities import InputError
from zhizao.solvers.layout import (
    Department,
    FloorPlan,
    Placed,
    Rectangle,
    assign_places,
    cost_of,
    faults,
    place,
    single_row,
)
from zhizao.solvers.layout.board import Board, board_of
from zhizao.solvers.layout.program import EXACT, Program
from zhizao.solvers.layout.proof import Proof
from zhizao.solvers.layout.relations import Pair
from zhizao.solvers.layout.search import Search

SAME = 1e-5  # relative
WORKSHOP = FloorPlan(
    40.0,
    30.0,
    (
        *(
            Department(one, area, aspect=3)
            for one, area in zip("abcde", (100.0, 80.0, 120.0, 60.0, 150.0), strict=True)
        ),
        Department("dock", 20.0, at=Rectangle(0.0, 10.0, 2.0, 10.0)),
    ),
    {("a", "b"): 3, ("b", "a"): 1, ("b", "c"): 5, ("d", "e"): 7, ("e", "dock"): 9, ("dock", "a"): 6},
    (Rectangle(18.0, 0.0, 1.0, 12.0), Rectangle(30.0, 20.0, 2.0, 2.0)),
    2.0,
)

BY_HAND = {
    "a": Rectangle(4.0, 0.0, 10.0, 10.0),
    "b": Rectangle(20.0, 0.0, 10.0, 8.0),
    "c": Rectangle(20.0, 10.0, 12.0, 10.0),
    "d": Rectangle(4.0, 24.8, 12.0, 5.0),
    "e": Rectangle(4.0, 12.0, 14.0, 10.75),
    "dock": Rectangle(0.0, 10.0, 2.0, 10.0),
}


def small(seed: int, count: int = 4) -> FloorPlan:
    rng = np.random.default_rng(seed)
    departments = tuple(Department(str(i), float(rng.integers(4, 20)), aspect=2.5) for i in range(count))
    flows = {(str(i), str(j)): float(rng.integers(0, 9)) for i, j in combinations(range(count), 2)}
    area = 1.3 * sum(one.area_m2 for one in departments)
    return FloorPlan(float(np.sqrt(area * 1.5)), float(np.sqrt(area / 1.5)), departments, flows)


def test_a_workshop_with_a_dock_columns_and_aisles_has_no_faults() -> None:
    found = place(WORKSHOP, seconds=5.0)
    assert faults(WORKSHOP, found.rectangles) == []
    assert faults(WORKSHOP, BY_HAND) == []
    assert found.cost < cost_of(WORKSHOP, BY_HAND)
    assert found.cost == pytest.approx(cost_of(WORKSHOP, found.rectangles))
    assert 0 < found.bound <= found.cost
    assert found.rectangles["dock"] == Rectangle(0.0, 10.0, 2.0, 10.0)


@pytest.mark.parametrize(("name", "best"), [("m3", 37.8), ("m6", 82.25687688)])
def test_a_published_optimum_is_reached_and_proved(name: str, best: float) -> None:
    plan = minlplib(name)
    found = place(plan, seconds=60.0)
    assert found.proved
    assert found.cost == pytest.approx(best, rel=SAME)
    assert faults(plan, found.rectangles) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "best", "share"),
    [("m7", 106.7568769, SAME), ("o9_ar4_1", 236.1384562, 1e-3), ("fo9_ar2_1", 32.625, 1e-3)],
)
def test_a_larger_published_optimum_is_reached(name: str, best: float, share: float) -> None:
    plan = minlplib(name)
    found = place(plan, seconds=90.0 if name == "m7" else 60.0)
    assert best * (1 - SAME) <= found.cost <= best * (1 + share)
    assert found.bound <= best * (1 + SAME)
    assert found.proved or name != "m7"
    assert faults(plan, found.rectangles) == []


@pytest.mark.parametrize("seed", range(2))
def test_the_proof_agrees_with_all_sequence_pairs(seed: int) -> None:
    plan = small(seed)
    program = Program(board_of(plan))
    orders = [np.array(one) for one in permutations(range(4))]
    costs = []
    for pair in (Pair(one, two) for one in orders for two in orders):
        cost = program.solve(pair, missing=EXACT)
        costs += [cost] if np.isfinite(cost) and not program.beyond else []
    found = place(plan, seconds=30.0)
    assert found.proved
    assert found.cost == pytest.approx(min(costs), rel=SAME)


def test_departments_as_high_as_the_floor_are_a_single_row() -> None:
    lengths = [2.0, 5.0, 3.0, 1.0, 4.0]
    flow = np.triu(np.random.default_rng(3).integers(0, 9, (5, 5)), 1).astype(float)
    departments = tuple(Department(str(i), one, height_m=(1.0, 1.0)) for i, one in enumerate(lengths))
    flows = {(str(i), str(j)): float(flow[i, j]) for i, j in combinations(range(5), 2)}
    found = place(FloorPlan(15.0, 1.0, departments, flows), seconds=20.0)
    assert found.proved
    assert found.cost == pytest.approx(single_row(lengths, flow).cost, rel=SAME)


def test_unit_squares_that_fill_the_floor_are_an_assignment_to_places() -> None:
    flow = np.triu(np.random.default_rng(5).integers(0, 9, (6, 6)), 1).astype(float)
    departments = tuple(Department(str(i), 1.0, (1.0, 1.0), (1.0, 1.0)) for i in range(6))
    flows = {(str(i), str(j)): float(flow[i, j]) for i, j in combinations(range(6), 2)}
    at = np.array([(x, y) for x in range(3) for y in range(2)], float)
    distance = np.abs(at[:, None] - at[None, :]).sum(axis=2)
    found = place(FloorPlan(3.0, 2.0, departments, flows), seconds=20.0)
    assert found.cost == pytest.approx(assign_places(flow, distance, seconds=0.5).cost, rel=SAME)


def naive_cost(plan: FloorPlan) -> float:
    """Least cost of departments with given sides, over every choice of relations, by scipy."""
    from scipy.optimize import linprog

    board: Board = board_of(plan)
    n, flows = len(board.area), len(board.flow)
    pairs = [(i, j) for i, j in combinations(range(n), 2) if not (board.fixed[i] and board.fixed[j])]
    rows: list[np.ndarray] = []
    right: list[float] = []
    for k, (i, j) in enumerate(board.pair):
        for axis, sign in product(range(2), (1.0, -1.0)):
            row = np.zeros(2 * n + 2 * flows)
            row[[2 * i + axis, 2 * j + axis, 2 * n + 2 * k + axis]] = sign, -sign, -1.0
            rows, right = [*rows, row], [*right, 0.0]
    limits = []
    for i, axis in product(range(n), range(2)):
        half, at = board.low[i, axis] / 2, board.where[i, axis]
        limits.append((at, at) if board.fixed[i] else (half, board.floor[axis] - half))
    cost = np.concatenate((np.zeros(2 * n), np.repeat(board.flow, 2)))
    least = np.inf
    for chosen in product(range(4), repeat=len(pairs)):
        more, most = [], []
        for (i, j), relation in zip(pairs, chosen, strict=True):
            a, b = (i, j) if relation < 2 else (j, i)
            axis = relation % 2
            row = np.zeros(len(cost))
            row[[2 * a + axis, 2 * b + axis]] = 1.0, -1.0
            more.append(row)
            most.append(-(board.low[a, axis] + board.low[b, axis]) / 2 - board.gap[a, b])
        bounds = [*limits, *[(0.0, None)] * (2 * flows)]
        found = linprog(cost, [*rows, *more], [*right, *most], bounds=bounds)
        least = min(least, float(found.fun)) if found.status == 0 else least
    return least


def test_aisles_beside_a_thin_wall_agree_with_every_choice_of_relations() -> None:
    rigid = {"a": (3.0, 2.0), "b": (2.0, 2.0), "c": (2.0, 4.0)}
    plan = FloorPlan(
        9.0,
        6.0,
        (
            *(Department(one, w * h, (w, w), (h, h)) for one, (w, h) in rigid.items() if one != "c"),
            Department("c", 8.0, at=Rectangle(7.0, 2.0, 2.0, 4.0)),
        ),
        {("a", "b"): 3.0, ("b", "c"): 2.0, ("a", "c"): 1.0},
        (Rectangle(4.0, 2.5, 0.2, 3.5),),
        1.0,
    )
    found = place(plan, seconds=20.0)
    assert found.proved
    assert faults(plan, found.rectangles) == []
    assert found.cost == pytest.approx(naive_cost(plan), rel=SAME)


def test_a_mirrored_floor_has_the_same_cost() -> None:
    plan = small(7, 3)
    fixed = Department("in", 1.0, at=Rectangle(0.0, 1.0, 0.5, 2.0))
    flows = {**plan.flows, ("in", "0"): 4.0, ("1", "in"): 2.0}
    mirrored = replace(fixed, at=Rectangle(plan.width_m - 0.5, 1.0, 0.5, 2.0))
    one, other = (
        place(replace(plan, departments=(*plan.departments, door), flows=flows), seconds=20.0)
        for door in (fixed, mirrored)
    )
    assert one.proved
    assert other.proved
    assert one.cost == pytest.approx(other.cost, rel=SAME)


def test_a_floor_twice_as_long_and_wide_costs_twice_as_much() -> None:
    plan = small(11, 3)
    twice = FloorPlan(
        2 * plan.width_m,
        2 * plan.height_m,
        tuple(replace(one, area_m2=4 * one.area_m2) for one in plan.departments),
        plan.flows,
    )
    assert place(twice, seconds=20.0).cost == pytest.approx(2 * place(plan, seconds=20.0).cost, rel=SAME)


def test_one_department_costs_nothing() -> None:
    found = place(FloorPlan(4.0, 3.0, (Department("a", 12.0),)), seconds=5.0)
    assert (found.cost, found.proved) == (0.0, True)
    assert found.rectangles["a"].area_m2 == pytest.approx(12.0)


def test_a_search_that_is_interrupted_keeps_its_best_layout() -> None:
    def stop(share: float, cost: float) -> None:
        if np.isfinite(cost):
            raise KeyboardInterrupt

    found = place(WORKSHOP, seconds=60.0, progress=stop)
    assert found.interrupted
    assert not found.proved
    assert faults(WORKSHOP, found.rectangles) == []


def test_ctrl_c_before_there_is_a_layout_is_passed_on() -> None:
    def stop(share: float, cost: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place(WORKSHOP, seconds=60.0, progress=stop)


def test_ctrl_c_ends_a_proof() -> None:
    search = Search(WORKSHOP, board_of(WORKSHOP), 1, lambda cost: bool(np.isfinite(cost)))
    search.run()
    proof = Proof(search)
    begun = time.monotonic()
    timer = threading.Timer(0.5, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        proof.run(lambda: 60.0)
    assert time.monotonic() - begun < 30
    assert not proof.closed


def test_two_layouts_are_proved_at_once() -> None:
    """As in a server that has two users."""
    found: list[bool] = []
    square = tuple(Department(one, 1.0, (0.5, 2.0), (0.5, 2.0)) for one in "abc")
    plan = FloorPlan(3.0, 2.0, square, {("a", "b"): 2.0, ("b", "c"): 1.0, ("a", "c"): 1.0})
    threads = [Thread(target=lambda: found.append(place(plan, seconds=10.0).proved)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 3


def test_a_floor_without_a_layout_is_proved_to_have_none() -> None:
    rigid = tuple(Department(one, 4.0, (2.0, 2.0), (2.0, 2.0)) for one in "ab")
    with pytest.raises(InputError, match="no layout exists"):
        place(FloorPlan(3.0, 3.0, rigid, {("a", "b"): 1.0}), seconds=10.0)


A = Department("a", 4.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FloorPlan(2.0, 3.0, (A, Department("b", 3.0))), "areas of the departments exceed the floor"),
        (lambda: FloorPlan(3.0, 3.0, (A,), forbidden=(Rectangle(0, 0, 3, 2),)), "exceed the floor"),
        (lambda: FloorPlan(9.0, 9.0, (Department("a", 9.0, (1, 2), (1, 3)),)), "department a: no rectangle"),
        (lambda: FloorPlan(9.0, 1.0, (Department("a", 9.0, aspect=2),)), "department a: no rectangle"),
        (lambda: FloorPlan(9.0, 9.0, (A, A)), "found a twice"),
        (lambda: FloorPlan(9.0, 9.0, ()), "departments: found none"),
        (lambda: FloorPlan(9.0, 9.0, (A,), {("a", "z"): 1.0}), "found department z; expected one of a"),
        (lambda: FloorPlan(9.0, 9.0, (A,), {("a", "a"): -1.0}), "found -1 from a to a"),
        (lambda: FloorPlan(0.0, 9.0, (A,)), "width_m: found 0"),
        (lambda: FloorPlan(9.0, 9.0, (A,), clearance_m=-1.0), "clearance_m"),
        (lambda: Department("a", 0.0), "found 0 m²"),
        (lambda: Department("a", 1.0, aspect=0.5), "an aspect of 0.5"),
        (lambda: Department("a", 1.0, (2.0, 1.0)), "a width of 2 to 1 m"),
        (
            lambda: FloorPlan(9.0, 9.0, (replace(A, at=Rectangle(8, 8, 2, 2)),)),
            "department a: found it outside",
        ),
        (
            lambda: FloorPlan(
                9.0, 9.0, (replace(A, at=Rectangle(0, 0, 2, 2)),), forbidden=(Rectangle(1, 1, 1, 1),)
            ),
            "department a and forbidden rectangle 1",
        ),
        (lambda: place(FloorPlan(9.0, 9.0, (A,)), seconds=0.0), "seconds: found 0"),
    ],
)
def test_what_cannot_be_placed_is_refused_by_name(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": Rectangle(-1.0, 0.0, 10.0, 10.0)}, "a leaves the floor"),
        ({"dock": Rectangle(0.0, 11.0, 2.0, 10.0)}, "dock was moved"),
        ({"a": Rectangle(3.0, 0.0, 9.9, 10.0)}, "a has 99 m² of 100"),
        ({"a": Rectangle(3.0, 0.0, 2.0, 50.0)}, "a has a width of 2 m"),
        ({"a": Rectangle(12.0, 0.0, 10.0, 10.0)}, "a stands on forbidden rectangle 1"),
    ],
)
def test_the_check_finds_what_is_wrong(change: dict[str, Rectangle], message: str) -> None:
    right: Placed = place(WORKSHOP, seconds=1.0)
    assert faults(WORKSHOP, right.rectangles) == []
    assert any(message in one for one in faults(WORKSHOP, {**right.rectangles, **change}))


def test_the_check_finds_departments_that_are_missing_or_too_near() -> None:
    plan = FloorPlan(9.0, 9.0, (A, Department("b", 4.0)), clearance_m=1.0)
    near = {"a": Rectangle(0, 0, 2, 2), "b": Rectangle(2.5, 0, 2, 2)}
    assert faults(plan, near) == ["departments a and b are 0.5 m apart"]
    assert faults(plan, {"a": near["a"]}) == ["departments ['a'] are placed, not ['a', 'b']"]
