"""Simulation noise and parameter uncertainty, on numbers of which the truth is known."""

from __future__ import annotations

from math import exp, nan

import numpy as np
import pytest

from zhizao.kpi.analysis import Floats, mean_interval
from zhizao.kpi.spread import (
    difference_spread,
    draws_of,
    kpi_spread,
    relative_spread,
    relative_values,
)
from zhizao.plant import OrderStream, parse_plant
from zhizao.plant.uncertainty import Group, Number, drawn
from zhizao.quantities import mean

NUMBERS = {
    "work_centers.a.setup": Number(Group.SETUPS, "work_centers.a.setup"),
    "operations.o.takes": Number(Group.PROCESSING, "operations.o.takes"),
    "orders.every": Number(Group.ARRIVALS, "orders.every"),
}
MANY = {f"operations.o{i}.takes": Number(Group.PROCESSING, f"operations.o{i}.takes") for i in range(40)}


def noise(rng: np.random.Generator, plants: int, runs: int, sd: float) -> Floats:
    """What all plants share of a run, and what they do not."""
    shared = rng.normal(0, sd, runs)
    return np.asarray(shared[None, :] + rng.normal(0, sd / 4, (plants, runs)))


# ---------------------------------------------------------------- the shares
def test_noise_and_the_three_groups_get_the_shares_that_they_have() -> None:
    # 100 + 3 a + 2 b + 0 c and noise of 8 over 16 runs: variances 9, 4, 0 and 64 / 16 = 4.
    rng, draws = np.random.default_rng(1), draws_of(NUMBERS, 1, 400)
    values = 100 + (draws.scores @ [3, 2, 0])[:, None] + noise(rng, 400, 16, 8.0)
    found = kpi_spread(values, draws, {})
    observed = float((values.mean(axis=0)).var(ddof=1)) / 16
    assert found.parameters == pytest.approx(13 / (13 + observed), abs=0.05)
    assert found.noise == pytest.approx(1 - found.parameters)
    assert found.groups[Group.SETUPS] / found.parameters == pytest.approx(9 / 13, abs=0.06)
    assert found.groups[Group.PROCESSING] / found.parameters == pytest.approx(4 / 13, abs=0.06)
    assert found.groups[Group.ARRIVALS] < 0.01
    assert found.largest == "work_centers.a.setup"
    assert found.unexplained < 0.03


def test_twenty_draws_name_the_largest_of_few_numbers() -> None:
    named = []
    for seed in range(20):
        rng, draws = np.random.default_rng(seed), draws_of(NUMBERS, seed, 20)
        values = 100 + (draws.scores @ [3, 1, 1])[:, None] + noise(rng, 20, 10, 2.0)
        named.append(kpi_spread(values, draws, {}).largest)
    assert named.count("work_centers.a.setup") >= 19


def test_what_two_numbers_do_only_together_stays_unexplained() -> None:
    draws = draws_of(NUMBERS, 1, 200)
    values = 100 + (draws.scores[:, :1] * draws.scores[:, 1:2]) + np.array([[0.0, 0.1]])
    found = kpi_spread(values, draws, {})
    assert found.unexplained > 0.8


def test_more_numbers_than_draws_are_reported_apart_by_groups_that_are_drawn_alone() -> None:
    numbers = {**MANY, "orders.every": NUMBERS["orders.every"]}
    draws = draws_of(numbers, 1, 20)
    assert draws.apart == (Group.PROCESSING, Group.ARRIVALS)
    rng = np.random.default_rng(1)
    small, large = draws.scores[:, :40].sum(axis=1) / 10, 4 * draws.scores[:, 40]
    runs = noise(rng, 20, 4, 1.0)
    alone = {
        Group.PROCESSING: 100 + small[:, None] + runs,
        Group.ARRIVALS: 100 + large[:, None] + runs,
    }
    found = kpi_spread(100 + (small + large)[:, None] + runs, draws, alone)
    assert found.groups[Group.ARRIVALS] > 5 * found.groups[Group.PROCESSING] > 0
    assert found.largest == "orders.every"
    assert all(not name.startswith("operations") for name in found.numbers)  # none of forty stands out


def test_one_number_that_stands_out_among_forty_is_named() -> None:
    draws = draws_of(MANY, 1, 20)
    values = 100 + 5 * draws.scores[:, 7:8] + draws.scores[:, 8:9] + np.array([[0.0, 1.0, 2.0]])
    found = kpi_spread(values, draws, {})
    assert found.largest == "operations.o7.takes"
    assert found.groups == {Group.PROCESSING: pytest.approx(found.parameters)}


# ---------------------------------------------------------------- the interval
def test_without_parameter_uncertainty_the_interval_is_that_of_the_noise_alone() -> None:
    rng, draws = np.random.default_rng(1), draws_of(NUMBERS, 1, 20)
    runs = 100 + rng.normal(0, 1.0, 10)
    found = difference_spread(np.tile(runs, (20, 1)), draws, {})
    plain = mean_interval(runs)
    assert (found.noise, found.parameters, found.groups) == (1.0, 0.0, {})
    assert (found.interval.low, found.interval.high) == pytest.approx((plain.low, plain.high))


def test_an_interval_of_equal_values_is_a_point() -> None:
    found = kpi_spread(np.full((20, 5), 7.0), draws_of(NUMBERS, 1, 20), {})
    assert (found.interval.low, found.interval.high, found.noise, found.parameters) == (7.0, 7.0, 0.0, 0.0)


def test_what_a_plant_does_not_know_is_left_out_and_what_none_knows_has_no_interval() -> None:
    draws = draws_of(NUMBERS, 1, 20)
    values = 100 + draws.scores[:, :1] + np.array([[0.0, 1.0, -1.0]])
    values[3] = nan
    assert kpi_spread(values, draws, {}).interval.n == 19
    nothing = kpi_spread(np.full((20, 3), nan), draws, {})
    assert (nothing.interval.n, nothing.groups) == (0, {})


def test_a_relative_change_is_the_change_of_the_means_whatever_the_noise() -> None:
    before, after = np.array([[10.0, 30.0], [20.0, 20.0]]), np.array([[11.0, 31.0], [30.0, 22.0]])
    assert relative_values(before, after).mean(axis=1) == pytest.approx([42 / 40 - 1, 52 / 40 - 1])
    assert np.isnan(relative_values(np.zeros((2, 2)), after)).all()
    spread = relative_spread(relative_values(before, after), draws_of(NUMBERS, 1, 2), {})
    assert spread.interval.low > -1


MM1 = """
zhizao: 1
plant: one machine
work_centers: [{id: m}]
routes: {r: [{id: o, on: m, takes: exponential(7 min)}]}
products: {p: {route: r}}
orders: [{product: p, every: exponential(10 min)}]
uncertainty:
  - {what: operations.o.takes, error: 0.04, observations: 600}
  - {what: orders.every, error: 0.03, observations: 1000}
"""


def time_in_system(mean_service: float, mean_between: float) -> float:
    """M/M/1: mean service over one less the load."""
    return mean_service / (1 - mean_service / mean_between)


def test_the_interval_covers_the_true_time_in_an_mm1_queue_as_often_as_it_says() -> None:
    """What is learned scatters around the truth by its error, as an estimate from a log does; the truth is
    analytic, the noise of runs is added to it."""
    rng, plant = np.random.default_rng(1), parse_plant(MM1)
    errors, covered, trials = {k.what: k.error for k in plant.uncertainty}, 0, 150
    truth = time_in_system(7.0, 10.0)
    for trial in range(trials):
        factor = {what: exp(rng.normal(0, error)) for what, error in errors.items()}
        values = []
        for index in range(20):
            one = drawn(plant, trial, index)
            stream, takes = one.orders[0], one.routes["r"][0].takes
            assert isinstance(stream, OrderStream)
            assert takes
            assert takes.per_lot
            service = mean(takes.per_lot) / 60 * factor["operations.o.takes"]
            values.append([time_in_system(service, mean(stream.every) / 60 * factor["orders.every"])])
        runs = np.array(values) * (1 + noise(rng, 20, 6, 0.05))
        interval = kpi_spread(runs, draws_of({}, trial, 20), {}).interval
        covered += interval.low < truth < interval.high
    assert 0.89 <= covered / trials <= 0.995
