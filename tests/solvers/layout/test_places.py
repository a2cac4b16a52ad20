"""Stations at places: all assignments of small ones, changes against full costs, and bad input."""

from __future__ import annotations

import gzip
from itertools import permutations

import numpy as np
import pytest

from tests.solvers.layout.published import problems
from zhizao.quantities import InputError
from zhizao.solvers.layout import assign_places
from zhizao.solvers.layout.kernels.tabu import change_by, exchange, places_cost
from zhizao.solvers.layout.places import _begun, lower_bound


def random_problem(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.random.default_rng(seed).integers(0, 30, (2, count, count)).astype(float)
    return first, second


def naive_cost(flow: np.ndarray, distance: np.ndarray, place: tuple[int, ...]) -> float:
    return float((flow * distance[np.ix_(place, place)]).sum())


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_a_small_problem_is_the_best_of_all_assignments(count: int) -> None:
    flow, distance = random_problem(count, count)
    found = assign_places(flow, distance, seconds=0.3)
    best = min(naive_cost(flow, distance, place) for place in permutations(range(count)))
    assert found.cost == pytest.approx(best)
    assert found.cost == pytest.approx(naive_cost(flow, distance, found.place))
    assert lower_bound(flow, distance) <= best * (1 + 1e-9)
    assert found.bound <= found.cost


def test_changes_are_those_of_the_full_cost_after_many_exchanges() -> None:
    flow, distance = random_problem(1, 12)
    table = _begun(flow, distance, 1)
    rng = np.random.default_rng(2)
    for _ in range(50):
        r, s = sorted(rng.choice(12, 2, replace=False).tolist())
        exchange(table, r, s)
        assert table.cost[0] == pytest.approx(places_cost(flow, distance, table.place))
    for i in range(12):
        for j in range(i + 1, 12):
            assert table.change[i, j] == pytest.approx(change_by(table, i, j))


def test_stations_and_places_can_change_roles() -> None:
    flow, distance = random_problem(6, 7)
    found = assign_places(flow, distance, seconds=0.3)
    assert assign_places(distance, flow, seconds=0.3).cost == pytest.approx(found.cost)


def test_a_bound_that_is_met_is_a_proof() -> None:
    flow = np.zeros((4, 4))
    flow[0, 1] = 3.0
    line = np.abs(np.arange(4.0)[:, None] - np.arange(4.0)[None, :])
    found = assign_places(flow, line, seconds=30.0)
    assert (found.cost, found.bound, found.proved) == (3.0, 3.0, True)


def test_a_published_optimum_is_reached() -> None:
    text = gzip.decompress(problems("qaplib/nug30.dat.gz").read_bytes()).decode()
    numbers = np.array(text.split(), float)
    flow, distance = numbers[1:1801].reshape(2, 30, 30)
    found = assign_places(flow, distance, seconds=3.0)
    assert 6124 <= found.cost <= 6124 * 1.005
    assert found.bound <= 6124
    assert not found.proved


def test_a_search_that_is_interrupted_keeps_its_best_assignment() -> None:
    flow, distance = random_problem(3, 40)
    costs = []

    def stop(share: float, cost: float) -> None:
        costs.append(cost)
        raise KeyboardInterrupt

    found = assign_places(flow, distance, seconds=60.0, progress=stop)
    assert found.interrupted
    assert found.cost == costs[-1] == naive_cost(flow, distance, found.place)


@pytest.mark.parametrize(
    ("flow", "distance", "seconds", "message"),
    [
        ([], [], 1.0, "found no station"),
        ([[0, 1], [1, 0]], [[0.0]], 1.0, r"distance: found a shape of \(1, 1\)"),
        ([[0, 1]], [[0.0]], 1.0, "flow: found a shape"),
        ([[0, -1], [1, 0]], [[0, 1], [1, 0]], 1.0, "flow: found -1 in row 0, column 1"),
        ([[0, 1], [1, 0]], [[0, float("nan")], [1, 0]], 1.0, "distance: found nan"),
        ([[0, 1], [1, 0]], [[0, 1], [1, 0]], 0.0, "seconds: found 0"),
    ],
)
def test_bad_input_is_named(
    flow: list[list[float]], distance: list[list[float]], seconds: float, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        assign_places(flow, distance, seconds=seconds)
