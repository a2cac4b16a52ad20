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


def line(capacity: int, lots: int, block: str = "after") -> Plant:
    """Two machines; the first never starves, for there are always 12 lots."""
    buffer = {"capacity": capacity, "full": f"block-{block}-service"}
    return shop(
        [{"id": "x"}, {"id": "y", "buffer": buffer}],
        [op("a", "x", takes="exponential(9 min)"), op("b", "y", takes="exponential(10 min)")],
        [{"id": "all", "product": "p", "pieces": lots}],
        release={"conwip": 12},
    )


@pytest.mark.parametrize(
    ("capacity", "block"), [(0, "after"), (1, "after"), (5, "after"), (1, "before"), (2, "before")]
)
def test_a_line_of_two_machines_makes_what_its_markov_chain_says(capacity: int, block: str) -> None:
    """Lots past the first machine or blocked there: 0 … capacity + 2 (Buzacott & Shanthikumar 1993).

    With block before service none is blocked there, so that the same line has one place more (Dallery &
    Gershwin, Queueing Systems 12, 1992, 3-94).
    """
    most = capacity + (2 if block == "after" else 1)
    rates = {(n, n + 1): 1 / 9 for n in range(most)} | {(n + 1, n): 1 / 10 for n in range(most)}
    chance = stationary(rates)
    days = 1400.0
    found = records(line(capacity, 250_000, block), days, log=LogLevel.LOTS)
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


def test_a_line_of_three_machines_that_block_before_service_makes_what_its_markov_chain_says() -> None:
    """(a, b): lots past the first machine and past the second (Dallery & Gershwin 1992).

    Each machine works while the one behind it and its buffer hold fewer than their places.
    """
    first, second = 2, 3  # places of the buffers and one on each machine
    number = {(a, b): a * (second + 1) + b for a in range(first + 1) for b in range(second + 1)}
    rates = {}
    for (a, b), here in number.items():
        if a < first:
            rates[here, number[a + 1, b]] = 1 / 9
        if a > 0 and b < second:
            rates[here, number[a - 1, b + 1]] = 1 / 10
        if b > 0:
            rates[here, number[a, b - 1]] = 1 / 8
    chance = stationary(rates)
    y, z = ({"capacity": places - 1, "full": "block-before-service"} for places in (first, second))
    plant = shop(
        [{"id": "x"}, {"id": "y", "buffer": y}, {"id": "z", "buffer": z}],
        [op(n, n, takes=f"exponential({m} min)") for n, m in (("x", 9), ("y", 10), ("z", 8))],
        [{"id": "all", "product": "p", "pieces": 250_000}],
        release={"conwip": 12},
    )
    days = 1400.0
    found = records(plant, days, log=LogLevel.LOTS)
    idle = sum(chance[here] for (_, b), here in number.items() if b == 0)
    expected = (1 - idle) / 8 * days * 1440.0
    made = found.lots["completed"].is_not_null().sum()
    assert made == pytest.approx(expected, abs=4 * expected**0.5)
    assert found.states is not None
    share = {(u, state): value / MIN / days / 1440.0 for _, u, state, value, *_ in found.states.rows()}
    full = sum(chance[here] for (a, _), here in number.items() if a == first)
    held = sum(chance[here] for (a, b), here in number.items() if a > 0 and b == second)
    assert share["x-1", "blocked"] == pytest.approx(full, abs=0.005)
    assert share["y-1", "blocked"] == pytest.approx(held, abs=0.005)


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
