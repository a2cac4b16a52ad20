"""Lines and loops with finite places, against their exact Markov chains."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.shops import MIN, op, records, shop
from zhizao.engine import LogLevel
from zhizao.plant import Plant


def stationary(rates: dict[tuple[int, int], float]) -> np.ndarray:
    """Stationary probabilities of a Markov chain from its rates (from, to)."""
    n = 1 + max(max(pair) for pair in rates)
    generator = np.zeros((n, n))
    for (origin, target), rate in rates.items():
        generator[origin, target] += rate
        generator[origin, origin] -= rate
    equations = np.vstack([generator.T, np.ones(n)])
    return np.linalg.lstsq(equations, np.append(np.zeros(n), 1.0), rcond=None)[0]


def line(capacity: int, lots: int) -> Plant:
    """Two machines; the first never starves, for all orders are there at the start."""
    return shop(
        [{"id": "x"}, {"id": "y", "buffer": {"capacity": capacity}}],
        [op("a", "x", takes="exponential(9 min)"), op("b", "y", takes="exponential(10 min)")],
        [{"id": "all", "product": "p", "pieces": lots}],
    )


@pytest.mark.parametrize("capacity", [0, 1, 5])
def test_a_line_of_two_machines_makes_what_its_markov_chain_says(capacity: int) -> None:
    """Lots past the first machine or blocked there: 0 … capacity + 2 (Buzacott & Shanthikumar 1993)."""
    most = capacity + 2
    rates = {(n, n + 1): 1 / 9 for n in range(most)} | {(n + 1, n): 1 / 10 for n in range(most)}
    chance = stationary(rates)
    days = 1400.0
    found = records(line(capacity, 250_000), days, log=LogLevel.LOTS)
    made = found.lots["completed"].is_not_null().sum()
    minutes = days * 1440.0
    expected = (1 - chance[0]) / 10 * minutes
    assert made == pytest.approx(expected, abs=4 * expected**0.5)  # output varies less than Poisson's
    assert found.states is not None
    states = {
        (unit, state): value / MIN / minutes for _, unit, state, value, *_ in found.states.rows() if value
    }
    assert states["x-1", "blocked"] == pytest.approx(chance[most], abs=0.005)
    assert states["y-1", "idle"] == pytest.approx(chance[0], abs=0.005)


@pytest.mark.parametrize("lots", [1, 3, 8])
def test_a_closed_loop_makes_what_gordon_and_newell_say(lots: int) -> None:
    """Gordon & Newell (1967, doi 10.1287/opre.15.2.254): throughput G(N - 1) / G(N) of a cyclic queue."""

    def g(n: int) -> float:
        return sum(9.0**i * 12.0 ** (n - i) for i in range(n + 1))

    plant = shop(
        [{"id": "x"}, {"id": "y"}],
        [op("a", "x", takes="exponential(9 min)"), op("b", "y", takes="exponential(12 min)")],
        [{"id": "all", "product": "p", "pieces": 120_000}],
        release={"conwip": lots},
    )
    days = 800.0
    found = records(plant, days, log=LogLevel.LOTS)
    expected = g(lots - 1) / g(lots) * days * 1440.0
    made = found.lots["completed"].is_not_null().sum()
    assert made == pytest.approx(expected, abs=4 * expected**0.5)
