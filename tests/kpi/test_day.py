"""Energy over the hours of the day adds up to the energy of the KPIs."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.studies.plants import line, table
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.kpi import elements
from zhizao.kpi.day import energy_by_hour
from zhizao.plant import Plant, parse_plant, read_plant
from zhizao.records import Records

DAY_SHIFT = """
zhizao: 1
plant: one saw by day
calendars: {day: {mon-sun: [06:00-18:00]}}
work_centers: [{id: saw, calendar: day, power: {off: 1 kW, idle: 2 kW, busy: 10 kW}}]
routes: {r: [{id: cut, on: saw, takes: 6 h, energy: {per_lot: 5 kWh}}]}
products: {p: {route: r}}
orders: [{product: p, every: 24 h, first: 7 h}]
tariff: {default: 1/kWh, periods: [{when: "mon-sun 08:00-12:30", price: 2/kWh}]}
"""


def by_hour(records: Records, plant: Plant) -> pl.DataFrame:
    found = energy_by_hour(records, plant)
    assert found is not None
    return found


def test_the_hours_of_a_saw_are_those_that_anyone_can_add_up() -> None:
    plant = parse_plant(DAY_SHIFT)
    found = by_hour(run(plant, RunSettings(days=4, log=LogLevel.EVENTS)).records[0], plant)
    assert found["hours"].to_list() == [4.0] * 24
    kw = (found["kwh"] / found["hours"]).to_list()
    assert kw[:6] == pytest.approx([1.0] * 6), "off"
    assert kw[8:12] == pytest.approx([10.0] * 4), "busy"
    assert sum(kw) == pytest.approx(12 * 1 + 6 * 10 + 6 * 2 + 5)
    assert found["price"][7:14].to_list() == pytest.approx([1, 2, 2, 2, 2, 1.5, 1])


@pytest.mark.parametrize("name", ["antibodies", "automotive-glass", "display-panels", "optical-fibre"])
def test_the_hours_add_up_to_the_energy_of_the_window(name: str) -> None:
    plant = read_plant(Path("examples/factories") / name / "plant.yaml")
    records = run(plant, RunSettings(days=5.3, warm_up_days=1.1, log=LogLevel.EVENTS)).records[0]
    found = by_hour(records, plant)
    assert found["kwh"].sum() == pytest.approx(elements(records, plant).cost.energy_kwh)
    assert found["hours"].sum() == pytest.approx(4.2 * 24)


def test_busy_hours_are_busy_by_the_log_of_a_line() -> None:
    plant = line()
    records = run(plant, RunSettings(days=6, log=LogLevel.EVENTS)).records[0]
    found = by_hour(records, plant)
    assert found["kwh"].sum() == pytest.approx(elements(records, plant).cost.energy_kwh)
    assert (found["kwh"] >= 0).all()


def test_without_power_nothing_is_known() -> None:
    assert energy_by_hour(run(table(), RunSettings(days=2, log=LogLevel.EVENTS)).records[0], table()) is None
