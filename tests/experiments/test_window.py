"""The window of a study: what is cut off, how long it is, whether the plant keeps up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.engine import RunSettings
from zhizao.experiments.scenario import Scenario
from zhizao.experiments.window import DAYS, Window, find_window, longest, wip_growth
from zhizao.plant import Plant, parse_plant
from zhizao.quantities import InputError
from zhizao.records import LOTS, Records, conform
from zhizao.studies.simulate import simulate

DAY = datetime(2026, 1, 5)
PLANT = (
    "{zhizao: 1, plant: p, work_centers: [{id: m}], routes: {r: [{id: o, on: m, takes: 1 h}]}, "
    "products: {p: {route: r, lot: 2}}, orders: [%s]}"
)


def stream() -> Plant:
    return parse_plant(PLANT % "{product: p, every: 2 h}")


def table() -> Plant:
    return parse_plant(PLANT % "{id: a, product: p, pieces: 3}")


def records(release_h: list[float], lead_h: list[float], days: float) -> Records:
    out = [
        None if np.isnan(lead) else DAY + timedelta(hours=r + lead)
        for r, lead in zip(release_h, lead_h, strict=True)
    ]
    lots = pl.DataFrame(
        {
            "lot": [f"L{i}" for i in range(len(release_h))],
            "release": [DAY + timedelta(hours=h) for h in release_h],
            "completed": out,
            "status": ["in-process" if moment is None else "completed" for moment in out],
        },
        schema_overrides={"completed": pl.Datetime("us")},
    )
    return Records(DAY, DAY + timedelta(days=days), conform(lots, LOTS))


def filling(days: float) -> list[Records]:
    """A plant whose lead times climb from 1 h to 20 h during the first 100 h, and stay there."""
    rng = np.random.default_rng(1)
    hours = np.arange(0.0, days * 24 - 60, 2.0)
    lead = np.where(hours < 100, 1 + 0.19 * hours, 20.0)
    return [records(hours.tolist(), (lead + rng.normal(0, 0.3, len(hours))).tolist(), days) for _ in range(4)]


def test_a_plant_that_fills_up_first_loses_that_time_to_the_warm_up() -> None:
    found = find_window(stream(), filling)
    assert 4 <= found.warm_up_days <= 7  # 100 h and the 20 h that the last of these lots takes
    assert found.days == DAYS
    assert "MSER-5" in found.warm_up


def test_the_window_is_as_long_as_asked_and_the_pilot_at_least_four_weeks() -> None:
    asked: list[float] = []

    def pilot(days: float) -> list[Records]:
        asked.append(days)
        return filling(days)

    assert find_window(stream(), pilot, 10).days == 10
    assert asked == [28.0]


def test_too_few_lots_tell_no_warm_up_and_the_result_says_so() -> None:
    found = find_window(stream(), lambda days: [records([0.0, 10.0], [1.0, 1.0], days)] * 2)
    assert found.warm_up_days == 0
    assert "only 2 lots" in found.warm_up


def test_a_table_of_orders_is_run_longer_until_all_its_lots_are_out() -> None:
    asked: list[float] = []

    def pilot(days: float) -> list[Records]:  # the second of two lots is out after 40 days
        asked.append(days)
        return [records([0.0, 0.0], [5.0, 960.0 if days > 40 else float("nan")], days)]

    found = find_window(table(), pilot)
    assert (found.days, found.warm_up_days, found.ends) == (40.0, 0.0, True)
    assert asked == [28.0, 56.0]


def test_a_table_that_is_never_done_is_refused() -> None:
    with pytest.raises(InputError, match="not done after 3660 days"):
        find_window(table(), lambda days: [records([0.0], [float("nan")], days)])


def test_the_window_of_several_plants_suits_the_slowest_of_them() -> None:
    found = longest([Window(91, 2, "a"), Window(91, 9, "b")])
    assert (found.days, found.warm_up_days, found.why) == (91, 9, "b")


@pytest.mark.parametrize(
    ("lead", "steady"),
    [(lambda h: 10.0 + 0 * h, False), (lambda h: 10.0 + 0.5 * h, True)],
    ids=["keeps up", "falls behind"],
)
def test_a_plant_whose_lots_take_ever_longer_grows_steadily(
    lead: Callable[[np.ndarray], np.ndarray], steady: bool
) -> None:
    rng = np.random.default_rng(2)
    hours = np.arange(0.0, 480.0, 2.0)
    runs = [
        records(hours.tolist(), np.maximum(lead(hours) + rng.normal(0, 2, len(hours)), 0.1).tolist(), 20)
        for _ in range(5)
    ]
    assert wip_growth(runs).steady is steady


SLOW = """
zhizao: 1
plant: Orchard
work_centers: [{id: yard, units: 60}]
routes: {tree: [{id: plant, on: yard, takes: 1 h}, {id: fell, on: yard, delay: %s, takes: 1 h}]}
products: {tree: {route: tree}}
orders: [{product: tree, every: exponential(1 d)}]
"""


def pilot_of(plant: Plant) -> Callable[[float], Sequence[Records]]:
    twin = Scenario("", plant).twin
    return lambda days: twin.run(RunSettings(days, 1, 5)).records


@pytest.mark.parametrize("delay", ["exponential(100 d)", "gamma(100 d, cv 0.2)", "200 d"])
def test_a_plant_whose_lots_take_longer_than_the_usual_window_is_seen_whole(delay: str) -> None:
    """By Little's law and the delay alone: until now, such a plant "could not keep up" after 91 days."""
    result = simulate(parse_plant(SLOW % delay), replications=20)
    lead_h = next(row for row in result.table().to_dicts() if row["kpi"] == "lead_time_mean")
    days = 200 if delay == "200 d" else 100
    assert lead_h["low"] * 0.98 <= days * 24 + 2 <= lead_h["high"] * 1.02
    assert result.keeps_up


def test_a_plant_that_cannot_keep_up_is_not_run_longer_and_longer() -> None:
    plant = parse_plant(SLOW.replace("units: 60", "units: 1").replace("takes: 1 h", "takes: 20 h") % "0 h")
    asked: list[float] = []

    def pilot(days: float) -> Sequence[Records]:
        asked.append(days)
        return pilot_of(plant)(days)

    found = find_window(plant, pilot)
    assert max(asked) <= 1456
    assert found.warm_up_days <= 91
    assert found == find_window(plant, pilot_of(plant), 91)
