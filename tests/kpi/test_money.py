"""Money of a replication; and the KPIs for it from lots and states alone, against the full way."""

from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.laws.factories import factories
from zhizao import read_plant
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.kpi import elements, values
from zhizao.kpi.money import FOR_MONEY, Measured, earned_per_day, measured, uncosted_escapes_per_day
from zhizao.plant import Plant

EXAMPLES = Path("examples/plants")
NAMES = ("garment", "energy-shop", "agv-cell", "bracket-shop", "assembly-kanban", "overtime", "night-shift")


def both_ways(plant: Plant, days: float, warm_up: float) -> None:
    asked = RunSettings(days, seed=3, warm_up_days=warm_up, threads=1)
    (lean,) = run(plant, asked).records
    (full,) = run(plant, replace(asked, log=LogLevel.EVENTS)).records
    found, whole = measured(lean, plant, only=FOR_MONEY), measured(full, plant)
    assert set(found.kpis) == set(FOR_MONEY)
    for name in FOR_MONEY:
        assert found.kpis[name] == pytest.approx(whole.kpis[name], rel=0, abs=0, nan_ok=True), name
    assert found.earned == pytest.approx(whole.earned, rel=0, abs=0, nan_ok=True)
    assert found.uncosted_escapes == whole.uncosted_escapes


@pytest.mark.parametrize("name", NAMES)
def test_lots_and_states_give_the_digits_of_the_full_log(name: str) -> None:
    both_ways(read_plant(EXAMPLES / f"{name}.yaml"), 9, 2)


@given(plant=factories())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_lots_and_states_give_the_digits_of_the_full_log_of_any_plant(plant: Plant) -> None:
    both_ways(plant, 1.5, 0.25)


def test_some_values_are_those_of_all() -> None:
    plant = read_plant(EXAMPLES / "garment.yaml")
    (records,) = run(plant, RunSettings(7, log=LogLevel.EVENTS)).records
    whole = values(elements(records, plant))
    for name, value in whole.items():
        (alone,) = values(elements(records, plant), [name]).values()
        assert alone == pytest.approx(value, rel=0, abs=0, nan_ok=True)


def test_profit_is_what_was_earned_less_the_costs_that_are_known() -> None:
    assert Measured({"cost_rate": 30.0}, 100.0).profit == 70.0
    assert Measured({"cost_rate": nan}, 100.0).profit == 100.0
    assert isnan(Measured({"cost_rate": 30.0}, nan).profit)


def test_pieces_by_hand() -> None:
    plant = read_plant(EXAMPLES / "garment.yaml")
    (records,) = run(plant, RunSettings(14, warm_up_days=4)).records
    price = {"parka": 600, "vest": 320}
    earned = escaped = 0
    for lot in records.lots.iter_rows(named=True):
        if lot["status"] == "completed" and records.start < lot["completed"] <= records.end:
            earned += price[lot["product"]] * lot["pieces_good"]
            escaped += lot["pieces_escaped"]
    assert earned_per_day(records, plant) == pytest.approx(earned / 10)
    assert uncosted_escapes_per_day(records, plant) == pytest.approx(escaped / 10)
    assert escaped > 0
