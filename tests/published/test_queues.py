"""Queues whose exact results are published, run as plants of one work center (or three)."""

from __future__ import annotations

from math import exp, factorial
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.engine.shops import HOUR, MIN, START, lead_times, op, records, shop
from tests.published.estimates import agree
from zhizao.engine import LogLevel
from zhizao.plant import Plant
from zhizao.quantities import mean, variance
from zhizao.records import Records


def queue(service: str, every: str = "exponential(10 min)", units: int = 1, **center: Any) -> Plant:
    return shop(
        [{"id": "m", "units": units, **center}],
        [op("a", "m", takes=service)],
        [{"product": "p", "every": every}],
    )


def long_run(plant: Plant, lots: float, minutes: float = 10.0, **settings: Any) -> Records:
    return records(plant, lots * minutes / 1440.0, log=LogLevel.LOTS, **settings)


def erlang_c(units: int, load: float) -> float:
    """Probability that an arrival waits (Erlang 1917; Kleinrock 1975, eq. 3.40)."""
    busy = load**units / factorial(units) * units / (units - load)
    return busy / (sum(load**n / factorial(n) for n in range(units)) + busy)


@pytest.mark.parametrize("units", [1, 2, 5])
def test_a_work_center_of_equal_units_is_the_m_m_c_queue(units: int) -> None:
    found = long_run(queue(f"exponential({8 * units} min)", units=units), 400_000)
    wait = erlang_c(units, 0.8 * units) * 8.0 / (1 - 0.8)
    agree(lead_times(found) / MIN, wait + 8.0 * units)


SERVICES = [
    "7 min",
    "uniform(2 min, 12 min)",
    "triangular(3 min, 5 min, 13 min)",
    "exponential(7 min)",
    "gamma(7 min, cv 1.5)",
    "erlang(3, 7 min)",
    "weibull(7 min, cv 0.6)",
    "lognormal(7 min, cv 0.8)",
    "normal(5 min, sd 4 min)",
    "beta(1 min, 20 min, mean 7 min, cv 0.5)",
    "discrete(2 min: 0.5, 10 min: 0.4, 20 min: 0.1)",
    "empirical(3 min, 4 min, 7 min, 15 min)",
]


@pytest.mark.parametrize("service", SERVICES)
def test_one_unit_with_any_service_time_is_the_m_g_1_queue(service: str) -> None:
    """Pollaczek-Khinchine (Kleinrock 1975, eq. 5.64)."""
    plant = queue(service)
    takes = plant.routes["r"][0].takes
    assert takes is not None
    assert takes.per_lot is not None
    first = mean(takes.per_lot)
    second = variance(takes.per_lot) + first**2
    wait = second / (2 * 10 * MIN) / (1 - first / (10 * MIN))
    agree(lead_times(long_run(plant, 200_000)), wait + first)


def test_clockwork_arrivals_wait_as_in_the_d_m_1_queue() -> None:
    """Root of sigma = exp(-(1 - sigma) mu T) (Kleinrock 1975, eq. 6.64)."""
    found = long_run(queue("exponential(8 min)", every="10 min"), 200_000)
    sigma = 0.5
    for _ in range(200):
        sigma = exp(-(1 - sigma) * 10 / 8)
    agree(lead_times(found) / MIN, 8 / (1 - sigma))


def test_priorities_wait_as_cobham_says() -> None:
    """Cobham (1954, doi 10.1287/opre.2.1.70): non-preemptive priorities in an M/G/1 queue."""
    plant = shop(
        [{"id": "m", "dispatch": "priority"}],
        routes={"fast": [op("a", "m", takes="exponential(6 min)")], "slow": [op("b", "m", takes="10 min")]},
        products={"hot": {"route": "fast", "priority": 2}, "cold": {"route": "slow", "priority": 1}},
        orders=[{"product": name, "every": "exponential(20 min)"} for name in ("hot", "cold")],
    )
    found = long_run(plant, 400_000)
    residual = (2 * 36 + 100) / 20 / 2
    for product, work, wait in (
        ("hot", 6.0, residual / (1 - 0.3)),
        ("cold", 10.0, residual / (1 - 0.3) / (1 - 0.8)),
    ):
        own = Records(found.start, found.end, found.lots.filter(pl.col("product") == product))
        agree(lead_times(own) / MIN, wait + work)


def test_arrivals_see_time_averages() -> None:
    """PASTA (Wolff 1982, doi 10.1287/opre.30.2.223), on the geometric queue lengths of M/M/1."""
    found = long_run(queue("exponential(7 min)"), 300_000)
    zero = np.datetime64(START, "us")
    came = (found.lots["release"].to_numpy() - zero).astype(float)
    left = np.sort((found.lots["completed"].drop_nulls().to_numpy() - zero).astype(float))
    seen = np.arange(len(came)) - np.searchsorted(left, came)
    moments = np.concatenate([came, left])
    order = np.argsort(moments, kind="stable")
    number = np.cumsum(np.where(order < len(came), 1, -1))
    spent = np.diff(moments[order])
    for n in range(4):
        averaged = spent[number[:-1] == n].sum() / spent.sum()
        assert np.mean(seen == n) == pytest.approx(averaged, abs=0.004)
        agree(seen == n, 0.3 * 0.7**n, precision=0.04)


def test_a_route_with_rework_is_a_jackson_network() -> None:
    """Jackson (1957, doi 10.1287/opre.5.4.518): each station is M/M/1 (or M/M/2) with its own flow."""
    again = {"share": 0.2, "then": "rework a", "at_most": 1000}
    plant = shop(
        [{"id": "x"}, {"id": "y", "units": 2}, {"id": "z"}],
        [
            op("a", "x", takes="exponential(6 min)"),
            op("b", "y", takes="exponential(11 min)"),
            op("c", "z", takes="exponential(5 min)", defects=again),
        ],
    )
    found = long_run(plant, 200_000, 12.0)
    flow = 1 / 12 / 0.8
    x, y, z = 6 * flow, 11 * flow, 5 * flow
    inside = x / (1 - x) + y + erlang_c(2, y) * (y / 2) / (1 - y / 2) + z / (1 - z)
    agree(lead_times(found) / MIN, inside * 12)


def white_and_christie(arrive: float, work: float, fail: float, repair: float) -> float:
    """Mean number in an M/M/1 queue whose server fails at any time (1958, doi 10.1287/opre.6.1.79).

    From the generating functions of the number while up (G) and down (H):
    G = work p / (work - arrive z - fail arrive z / (arrive (1 - z) + repair)),
    H = fail G / (arrive (1 - z) + repair).
    """
    up = repair / (fail + repair)
    bottom = work - arrive - fail * arrive / repair
    slope = -arrive - fail * arrive * (repair + arrive) / repair**2
    up_slope = -up * slope / bottom
    return up_slope + fail * up_slope / repair + fail * up * arrive / repair**2


def test_breakdowns_at_any_time_lengthen_the_queue_as_white_and_christie_say() -> None:
    failures = [{"clock": "calendar", "between": "exponential(100 min)", "repair": "exponential(20 min)"}]
    found = long_run(queue("exponential(6 min)", failures=failures), 400_000)
    agree(lead_times(found) / MIN, 10 * white_and_christie(1 / 10, 1 / 6, 1 / 100, 1 / 20))


def test_breakdowns_while_busy_lengthen_the_work_as_gaver_says() -> None:
    """Completion times (Gaver 1962, JRSS B 24(1); Avi-Itzhak & Naor 1963, doi 10.1287/opre.11.3.303)."""
    failures = [{"clock": "busy", "between": "exponential(100 min)", "repair": "gamma(20 min, cv 0.5)"}]
    found = long_run(queue("uniform(2 min, 10 min)", failures=failures), 400_000)
    repair_2 = 20**2 * 1.25
    first = 6 * (1 + 20 / 100)
    second = (36 + 64 / 12) * (1 + 20 / 100) ** 2 + 6 / 100 * repair_2
    agree(lead_times(found) / MIN, first + second / 20 / (1 - first / 10))


def test_work_begun_again_after_each_failure_takes_the_repeat_time() -> None:
    """Preemptive-repeat-identical completion time (Gaver 1962): (exp(f s) - 1) (1/f + r) for constant s."""
    failures = [
        {"clock": "busy", "between": "exponential(20 min)", "repair": "exponential(5 min)", "then": "restart"}
    ]
    found = long_run(queue("10 min", "10 h", failures=failures), 40_000, 600.0)
    agree(lead_times(found) / MIN, (exp(0.5) - 1) * (20 + 5), precision=0.02)


def test_hours_of_a_busy_unit_are_its_load() -> None:
    """Utilisation law (Denning & Buzen 1978, doi 10.1145/356733.356735)."""
    found = long_run(queue("lognormal(7 min, cv 0.8)"), 200_000)
    assert found.states is not None
    busy = found.states.filter(pl.col("state").cast(pl.String) == "busy")["seconds"].to_numpy()
    assert busy.sum() / HOUR == pytest.approx(0.7 * 200_000 / 6, rel=0.01)


def full_batches(every: float, takes: float, size: int) -> float:
    """Mean time in the system of M/M[K]/1 with full batches of K (Gross & Harris 1998, sec. 3.2).

    r is the root in (0, 1) of r^(K+1) / takes - (1 / every + 1 / takes) r + 1 / every.
    """
    arrive, serve = 1 / every, 1 / takes
    low, high = 0.0, 1.0 - 1e-9
    for _ in range(200):
        r = (low + high) / 2
        if serve * r ** (size + 1) - (arrive + serve) * r + arrive > 0:
            low = r
        else:
            high = r
    first = (1 - r) / size
    below = [first * (1 - r ** (n + 1)) / (1 - r) for n in range(size)]
    above = [first * arrive / serve * r ** (n - size) for n in range(size, 5000)]
    assert sum(below) + sum(above) == pytest.approx(1)
    return sum(n * p for n, p in enumerate([*below, *above])) / arrive


@pytest.mark.parametrize(("size", "takes"), [(1, 8), (2, 15), (3, 24), (6, 50)])
def test_the_mean_number_waiting_for_full_batches_is_that_of_bulk_service_theory(
    size: int, takes: int
) -> None:
    batch = {"lots": size}
    plant = shop(
        route=[op("a", "m", takes=f"exponential({takes} min)", batch=batch)],
        orders=[{"product": "p", "every": "exponential(10 min)"}],
    )
    found = long_run(plant, 400_000)
    agree(lead_times(found) / MIN, full_batches(10, takes, size))
    inside = lead_times(found).sum() / (400_000 * 600)  # Little (1961): lots in the plant on average
    assert inside == pytest.approx(full_batches(10, takes, size) / 10, rel=0.05)


def test_a_cascade_makes_a_lot_every_interval() -> None:
    """A pipeline that never starves: its rate is 1 / interval."""
    plant = shop(
        route=[op("a", "m", takes="35 min", cascade="6 min")], orders=[{"product": "p", "every": "5 min"}]
    )
    found = records(plant, 20, log=LogLevel.LOTS)
    ends = found.lots["completed"].drop_nulls().dt.epoch("s").sort().to_numpy()
    assert len(ends) > 4700
    assert set(np.diff(ends)) == {360}
