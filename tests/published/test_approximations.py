"""Published approximations, and exact results that need a table of numbers, beside the twin."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import exp

import numpy as np
import pytest

from tests.engine.shops import MIN, lead_times, op, shop
from tests.published.estimates import agree, estimate
from tests.published.test_queues import erlang_c, long_run, queue


# ---------------------------------------------------------------- several units
def waits_in_m_m_c(units: int, busy: float, work: float) -> float:
    return erlang_c(units, units * busy) * work / units / (1 - busy)


def waits_in_m_d_c(units: int, busy: float, work: float) -> float:
    """Crommelin (1932): there after one service time is who came in it and who was not being served."""
    n = 60 * units
    came = np.empty(n)
    came[0] = exp(-units * busy)
    for number in range(1, n):
        came[number] = came[number - 1] * units * busy / number
    step = np.zeros((n, n))
    for there in range(n):
        left = max(there - units, 0)
        step[there, left:] = came[: n - left]
    system = np.vstack([step.T - np.eye(n), np.ones(n)])
    inside = np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)[0]
    return float(inside @ np.arange(n)) * work / (units * busy) - work


@pytest.mark.parametrize("units", [1, 3])
def test_a_work_center_with_constant_times_is_the_m_d_c_queue(units: int) -> None:
    found = long_run(queue(f"{8 * units} min", units=units), 300_000)
    if units == 1:
        assert waits_in_m_d_c(1, 0.8, 8.0) == pytest.approx(8 * 0.8 / (2 * 0.2))  # Pollaczek and Khinchine
    agree(lead_times(found) / MIN - 8 * units, waits_in_m_d_c(units, 0.8, 8.0 * units))


@pytest.mark.parametrize("cv", [0.5, 1.5])
def test_several_units_with_any_service_time_wait_nearly_as_kimura_and_as_allen_and_cunneen_say(
    cv: float,
) -> None:
    """Kimura (1986, doi 10.1287/mnsc.32.6.751) to 3 %; Allen (1990, sec. 5.2.2), simpler, to 8 %."""
    found = long_run(queue(f"gamma(24 min, cv {cv})", units=3), 1_600_000)
    wait = float(np.mean(lead_times(found)[20_000:])) / MIN - 24
    random, constant = waits_in_m_m_c(3, 0.8, 24.0), waits_in_m_d_c(3, 0.8, 24.0)
    assert wait == pytest.approx((1 + cv**2) / (2 * cv**2 / random + (1 - cv**2) / constant), rel=0.03)
    assert wait == pytest.approx(random * (1 + cv**2) / 2, rel=0.08)


# ---------------------------------------------------------------- heavy traffic
def test_the_wait_in_heavy_traffic_lies_between_marshalls_bound_and_kingmans() -> None:
    """Kingman (1962, Biometrika 49, 315-324) from above; Marshall (1968, Operations Research 16, 651-668)
    from below, where the next arrival is the nearer the longer ago the last one was.
    """
    load, cv = 0.93, 0.7
    found = long_run(queue(f"gamma({10 * load} min, cv {cv})", every=f"gamma(10 min, cv {cv})"), 1_000_000)
    wait, error = estimate(lead_times(found) / MIN - 10 * load)
    kingman = ((10 * cv) ** 2 + (10 * load * cv) ** 2) / (2 * 10 * (1 - load))
    assert error < 0.03 * kingman
    assert kingman - 10 * (1 + load) / 2 - 3 * error < wait < kingman + 3 * error


# ---------------------------------------------------------------- polling with set-ups
def moves_from(own: int, other: int, changing: bool) -> Iterator[tuple[tuple[int, int, bool], float]]:
    """Next states and rates at a unit that serves a kind until none is left, then changes over if need be.

    A state counts lots of the kind that the unit is set up for (or to), and of the other.
    """
    idle = own == 0 and not changing
    yield (own + 1, other, changing), CAME
    yield (1, 0, True) if idle else (own, other + 1, changing), CAME
    if changing:
        yield (own, other, False), CHANGED
    elif not idle:
        yield (other, 0, True) if own == 1 and other > 0 else (own - 1, other, False), DONE


CAME, DONE, CHANGED = 1 / 25, 1 / 8, 1 / 5  # a minute, of each kind


def lots_with_set_ups(most: int = 40) -> float:
    """Mean lots by the stationary shares of the Markov chain, cut off at `most` of a kind."""
    from scipy.sparse import csc_matrix, vstack
    from scipy.sparse.linalg import spsolve

    states = list(product(range(most + 1), range(most + 1), (False, True)))
    place = {state: row for row, state in enumerate(states)}
    moves = [(place[a], place[b], rate) for a in states for b, rate in moves_from(*a) if b in place]
    origin, target, rates = (np.array(column) for column in zip(*moves, strict=True))
    n = len(states)
    flow = csc_matrix((rates, (target, origin)), (n, n)) - csc_matrix((rates, (origin, origin)), (n, n))
    whole = vstack([flow[1:], np.ones((1, n))]).tocsc()
    shares = spsolve(whole, np.append(np.zeros(n - 1), 1.0))
    return float(shares @ [own + other for own, other, _ in states])


def test_two_kinds_with_set_ups_wait_as_in_polling_with_a_server_that_stops() -> None:
    """Exhaustive service of two queues (Takagi 1986); a unit without work keeps its set-up (Eisenberg 1994),
    so lots wait less than where it goes on changing over: Takagi's mean wait of symmetric queues.
    """
    families = {name: [op(name, "m", takes="exponential(8 min)", setup_family=name)] for name in "ab"}
    plant = shop(
        [{"id": "m", "dispatch": "least-setup", "setup": {"default": "exponential(5 min)"}}],
        routes=families,
        products={name: {"route": name} for name in "ab"},
        orders=[{"product": name, "every": "exponential(25 min)"} for name in "ab"],
    )
    found = long_run(plant, 300_000, minutes=12.5)
    lots = lots_with_set_ups()
    agree(lead_times(found) / MIN, lots * 12.5)
    always_changing = 25 / (2 * 5) + (2 / 25 * 2 * 64 + 5 * (2 - 0.64)) / (2 * (1 - 0.64))
    assert lots * 12.5 - 8 < always_changing
