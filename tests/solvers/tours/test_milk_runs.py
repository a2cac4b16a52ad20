"""Milk runs beside a simulation piece by piece, and at their edges."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive.milk_run import poisson_times, shares_of_cycles
from zhizao.quantities import InputError
from zhizao.solvers.tours import Rules, Settings, Stop, boxes_needed, milk_run, no_shortage
from zhizao.solvers.tours.stock import emptied

QUICK = Settings(0.6)
RULES = Rules(cycle_s=1800, capacity=20, service=0.99, load_s=60, stop_s=30, box_s=10)


def hall(n: int, seed: int = 1) -> tuple[list[Stop], np.ndarray]:
    """Stops in a hall of 100 m by 100 m, between which a train drives at 1.5 m/s along the axes."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 100, (n + 1, 2))
    stops = [Stop(f"s{i}", float(rng.uniform(10, 120)), int(rng.integers(5, 40))) for i in range(n)]
    return stops, np.abs(at[:, None] - at[None]).sum(axis=-1) / 1.5


def test_a_milk_run_visits_each_stop_once_in_a_cycle_and_fits() -> None:
    stops, travel = hall(20)
    found = milk_run(stops, travel, RULES, settings=QUICK)
    visited = [stop for train in found.trains for trip in train.trips for stop in trip]
    assert sorted(visited) == sorted(stop.id for stop in stops)
    assert [supply.stop for supply in found.supplies] == [stop.id for stop in stops]
    for train in found.trains:
        assert train.busy_s <= RULES.cycle_s
        assert min(train.fits) >= RULES.service
    assert all(supply.no_shortage >= RULES.service for supply in found.supplies)
    shorter = milk_run(stops, travel, replace(RULES, cycle_s=600), settings=QUICK)
    assert len(shorter.trains) > len(found.trains)
    fewer = [a.boxes <= b.boxes for a, b in zip(shorter.supplies, found.supplies, strict=True)]
    assert all(fewer)


def test_few_stops_are_visited_in_the_shortest_order() -> None:
    """Against all orders of one trip."""
    stops, travel = hall(6, seed=4)
    found = milk_run(stops, travel, replace(RULES, capacity=100), settings=QUICK)
    ways = (
        sum(travel[a, b] for a, b in zip((0, *order), (*order, 0), strict=True))
        for order in permutations(range(1, 7))
    )
    assert len(found.trains) == len(found.trains[0].trips) == 1
    assert found.travel_s == pytest.approx(min(ways), abs=0.01)


@pytest.mark.parametrize(
    ("per_h", "per_box", "boxes"), [(40.0, 10, 4), (40.0, 10, 3), (7.0, 1, 12), (90.0, 45, 3), (3.0, 8, 2)]
)
def test_shortages_and_boxes_are_those_of_a_simulation_piece_by_piece(
    per_h: float, per_box: int, boxes: int
) -> None:
    cycle, cycles = 1200.0, 30_000
    rng = np.random.default_rng(per_box)
    good, brought = shares_of_cycles(poisson_times(rng, per_h / 3600), boxes, per_box, cycle, cycles)
    stop = Stop("s", per_h, per_box)
    expected = no_shortage(boxes, stop.pieces(2 * cycle), per_box)
    assert good == pytest.approx(expected, abs=4 * np.sqrt(0.25 / cycles) * 1.5)
    chances = emptied(stop.pieces(cycle), per_box)
    for number, chance in enumerate(chances):
        assert brought.get(number, 0.0) == pytest.approx(chance, abs=4 * np.sqrt(0.25 / cycles) * 1.5)


@pytest.mark.parametrize("dispersion", [0.0, 0.3, 4.0])
def test_continuous_consumption_has_the_chances_of_draws(dispersion: float) -> None:
    rng = np.random.default_rng(3)
    pieces, per_box, n = 27.0, 10, 400_000
    drawn = rng.normal(pieces, np.sqrt(dispersion * pieces), n) + rng.uniform(0, per_box, n)
    for boxes in (2, 3, 4, 5):
        expected = np.mean(drawn <= boxes * per_box)
        assert no_shortage(boxes, pieces, per_box, dispersion) == pytest.approx(expected, abs=0.004)
    assert emptied(pieces, per_box, dispersion) @ np.arange(len(emptied(pieces, per_box, dispersion))) == (
        pytest.approx(pieces / per_box, abs=0.02)
    )


def test_constant_consumption_needs_two_cycles_and_one_box() -> None:
    assert boxes_needed(1.0, 40.0, 10, 0.0) == 5
    assert boxes_needed(1.0, 41.0, 10, 0.0) == 6


@given(st.floats(0.5, 0.999), st.floats(0.01, 500), st.integers(1, 60), st.sampled_from([0.0, 0.5, 1.0, 3.0]))
@settings(max_examples=60, deadline=None)
def test_the_boxes_needed_are_the_fewest(service: float, pieces: float, per_box: int, spread: float) -> None:
    boxes = boxes_needed(service, pieces, per_box, spread)
    assert no_shortage(boxes, pieces, per_box, spread) >= service
    assert boxes == 1 or no_shortage(boxes - 1, pieces, per_box, spread) < service
    assert emptied(pieces, per_box, spread).sum() == pytest.approx(1)
    assert (emptied(pieces, per_box, spread) >= -1e-12).all()


def test_too_little_room_names_the_stop_and_the_longest_cycle() -> None:
    stops, travel = hall(3)
    tight = [replace(stops[0], room=3), *stops[1:]]
    with pytest.raises(InputError, match=r"stop s0: found room for 3 boxes.* a cycle of (\d+) s") as error:
        milk_run(tight, travel, replace(RULES, cycle_s=7200), settings=QUICK)
    cycle = int(str(error.value).split("a cycle of ")[-1].split(" ")[0])
    pieces = tight[0].pieces(2 * cycle)
    assert boxes_needed(0.99, pieces, tight[0].per_box) <= 3
    assert boxes_needed(0.99, tight[0].pieces(2 * (cycle + 1)), tight[0].per_box) > 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cycle_s": 0.0}, "cycle_s"),
        ({"capacity": 0}, "capacity"),
        ({"service": 1.0}, "service"),
        ({"load_s": -1.0}, "negative time"),
        ({"cycle_s": 100.0}, "no tours that end within the cycle"),
        ({"capacity": 1}, "more than a train of 1 carries"),
    ],
)
def test_rules_that_make_no_sense_are_refused(change: dict[str, Any], said: str) -> None:
    stops, travel = hall(5)
    with pytest.raises(InputError, match=said):
        milk_run(stops, travel, replace(RULES, **change), settings=QUICK)


def test_stops_and_times_that_make_no_sense_are_refused() -> None:
    stops, travel = hall(3)
    with pytest.raises(InputError, match="no stops"):
        milk_run([], np.zeros((1, 1)), RULES, settings=QUICK)
    with pytest.raises(InputError, match="'s0' again"):
        milk_run([stops[0], *stops[:2]], travel, RULES, settings=QUICK)
    with pytest.raises(InputError, match="shape"):
        milk_run(stops, travel[1:, 1:], RULES, settings=QUICK)
    with pytest.raises(InputError, match="negative"):
        milk_run(stops, travel - 50, RULES, settings=QUICK)
    for change, said in (({"pieces_per_h": 0.0}, "more than 0"), ({"per_box": 0}, "1 or more")):
        with pytest.raises(InputError, match=said):
            replace(stops[0], **change)
    with pytest.raises(InputError, match="dispersion"):
        replace(stops[0], dispersion=-1.0)
