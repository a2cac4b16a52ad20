"""Departments in a row: all orders of small ones, the search against the dynamic program, and bad input."""

from __future__ import annotations

import tarfile
from itertools import permutations

import numpy as np
import pytest

from tests.solvers.layout.published import problems
from zhizao.quantities import InputError
from zhizao.solvers.layout import single_row
from zhizao.solvers.layout.row import MOST_EXACT


def random_row(seed: int, count: int) -> tuple[list[float], np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(1, 20, count).astype(float).tolist(), rng.integers(0, 9, (count, count)).astype(float)


def naive_cost(lengths: list[float], flow: np.ndarray, order: tuple[int, ...], clearance: float) -> float:
    centre, at = {}, 0.0
    for one in order:
        centre[one] = at + lengths[one] / 2
        at += lengths[one] + clearance
    return sum(float(flow[i, j]) * abs(centre[i] - centre[j]) for i in order for j in order)


@pytest.mark.parametrize("clearance", [0.0, 1.5])
@pytest.mark.parametrize("count", [1, 2, 6])
def test_a_short_row_is_the_best_of_all_orders(count: int, clearance: float) -> None:
    lengths, flow = random_row(count, count)
    found = single_row(lengths, flow, clearance_m=clearance)
    best = min(naive_cost(lengths, flow, order, clearance) for order in permutations(range(count)))
    assert found.proved
    assert found.cost == pytest.approx(best)
    assert found.cost == pytest.approx(naive_cost(lengths, flow, found.order, clearance))
    centres = np.array(found.start_m) + np.array(lengths) / 2
    assert found.cost == pytest.approx((flow * np.abs(centres[:, None] - centres[None, :])).sum())


def test_the_search_reaches_the_proved_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths, flow = random_row(8, 15)
    exact = single_row(lengths, flow)
    monkeypatch.setattr("zhizao.solvers.layout.row.MOST_EXACT", 5)
    searched = single_row(lengths, flow, seconds=1.0)
    assert exact.proved
    assert not searched.proved
    assert searched.bound is None
    assert searched.cost == pytest.approx(exact.cost)


def test_departments_in_another_sequence_give_the_same_cost() -> None:
    lengths, flow = random_row(9, 9)
    shuffled = np.random.default_rng(1).permutation(9)
    other = single_row([lengths[i] for i in shuffled], flow[np.ix_(shuffled, shuffled)])
    assert other.cost == pytest.approx(single_row(lengths, flow).cost)


@pytest.mark.parametrize(("name", "best"), [("P18", 10650.5), ("N30-1", 8247.0)])
def test_a_published_row_is_reached(name: str, best: float) -> None:
    with tarfile.open(problems("srflp/instances.tar.gz")) as archive:
        member = archive.extractfile(name)
        assert member is not None
        numbers = np.array(member.read().decode().replace(",", " ").split(), float)
    n = int(numbers[0])
    flow = np.triu(numbers[n + 1 : n + 1 + n * n].reshape(n, n), 1)
    found = single_row(numbers[1 : n + 1].tolist(), flow, seconds=3.0)
    assert found.cost == pytest.approx(best)
    assert found.proved == (n <= MOST_EXACT)


def test_a_search_that_is_interrupted_keeps_its_best_order() -> None:
    lengths, flow = random_row(4, 40)
    costs = []

    def stop(share: float, cost: float) -> None:
        costs.append(cost)
        raise KeyboardInterrupt

    found = single_row(lengths, flow, seconds=60.0, progress=stop)
    assert found.interrupted
    assert sorted(found.order) == list(range(40))
    assert found.cost == pytest.approx(costs[-1])
    assert found.cost == pytest.approx(naive_cost(lengths, flow, found.order, 0.0))


@pytest.mark.parametrize(
    ("lengths", "flow", "clearance", "seconds", "message"),
    [
        ([], [], 0.0, 1.0, "lengths_m"),
        ([1.0, 0.0], [[0, 1], [1, 0]], 0.0, 1.0, "lengths_m"),
        ([1.0, 2.0], [[0, 1]], 0.0, 1.0, r"flow: found a shape of \(1, 2\)"),
        ([1.0, 2.0], [[0, -1], [1, 0]], 0.0, 1.0, "found -1 in row 0, column 1"),
        ([1.0, 2.0], [[0, 1], [1, 0]], -1.0, 1.0, "clearance_m: found -1"),
        ([1.0, 2.0], [[0, 1], [1, 0]], 0.0, 0.0, "seconds: found 0"),
    ],
)
def test_bad_input_is_named(
    lengths: list[float], flow: list[list[float]], clearance: float, seconds: float, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        single_row(lengths, flow, clearance_m=clearance, seconds=seconds)
