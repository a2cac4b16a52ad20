"""Attendance, overtime and what they cost: by hand, and from a log against what the twin books."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan

import polars as pl
import pytest

from tests.engine.shops import records
from zhizao.kpi import elements, values
from zhizao.kpi.loads import loads
from zhizao.plant import Plant, parse_plant
from zhizao.records import Records, read_records, write_records

PLANT = parse_plant(
    """
zhizao: 1
plant: p
calendars: {day: {mon-sun: [08:00-16:00]}, early: {mon-sun: [06:00-14:00]}}
work_centers: [{id: m, calendar: day, off_shift: finish}, {id: n, calendar: day}]
personnel: [{id: op, count: 1, calendar: day, cost: 30/h, overtime_cost: 45/h}]
routes: {r: [{id: o, on: m, takes: 3 h, needs: {op: 1}}]}
products: {A: {route: r}}
orders: [{product: A, every: 2 h}]
"""
)
# A day brings three lots of 3 h, from 08:00 to 17:00: 8 h on shift and 1 h over time.


def of(found: Records, plant: Plant = PLANT) -> dict[str, float]:
    return values(elements(found, plant))


def as_log(found: Records) -> Records:
    """The records of a factory that wrote down no more than who did what."""
    return replace(found, personnel_s=None, overtime_s=None)


def renamed(found: Records, name: str) -> Records:
    assert found.events is not None
    return as_log(replace(found, events=found.events.with_columns(personnel=pl.lit(name))))


def test_attendance_has_the_overtime_in_it() -> None:
    found = records(PLANT, days=5)
    reported = of(found)
    assert (reported["worker_efficiency"], reported["overtime"]) == pytest.approx((1.0, 1.0))
    cost = elements(found, PLANT).cost
    assert (cost.apwt_s, cost.apat_s, cost.overtime_s) == pytest.approx((5 * 9 * 3600,) * 2 + (5 * 3600,))
    assert dict(loads(found, PLANT).select("resource", "load").iter_rows())["op"] == pytest.approx(1.0)


@pytest.mark.parametrize(("rate", "cost"), [(45.0, 8 * 30 + 45), (None, 9 * 30), (0.0, 8 * 30)])
def test_overtime_costs_its_own_rate_or_else_the_normal_one(rate: float | None, cost: float) -> None:
    plant = PLANT.replace({"personnel.op.overtime_cost": None if rate is None else f"{rate}/h"})
    found = records(plant, days=5)
    assert elements(found, plant).cost.personnel_cost == pytest.approx(5 * cost)
    assert elements(as_log(found), plant).cost.personnel_cost == pytest.approx(5 * cost)


def test_a_group_that_is_only_paid_for_overtime_has_a_cost() -> None:
    plant = PLANT.replace({"personnel.op.cost": 0.0})
    assert elements(records(plant, days=5), plant).cost.personnel_cost == pytest.approx(5 * 45)


@pytest.mark.parametrize("name", ["op", "Ann"])
def test_a_log_that_names_people_tells_the_overtime_that_the_twin_books(name: str) -> None:
    found = records(PLANT, days=5)
    log = renamed(found, name)
    assert of(log)["overtime"] == pytest.approx(of(found)["overtime"])
    assert of(log)["worker_efficiency"] == pytest.approx(of(found)["worker_efficiency"])


def test_work_that_pauses_over_night_is_no_overtime_in_a_log() -> None:
    plant = PLANT.replace({"work_centers.m.off_shift": "pause"})
    found = records(plant, days=5)
    reported = of(as_log(found), plant)
    assert (reported["overtime"], reported["worker_efficiency"]) == pytest.approx((0.0, 1.0))
    assert of(found, plant)["worker_efficiency"] == pytest.approx(1.0)


def test_overtime_is_not_known_where_it_depends_on_whose_name_it_is() -> None:
    early = PLANT.personnel[0].model_copy(update={"id": "other", "calendar": "early"})
    plant = PLANT.replace({"personnel": [*PLANT.personnel, early]})
    reported = of(renamed(records(PLANT, days=5), "Ann"), plant)
    assert isnan(reported["overtime"])
    assert isnan(reported["worker_efficiency"])
    assert isnan(reported["unit_cost"])


def test_overtime_is_not_known_from_a_log_that_names_nobody_but_where_there_can_be_none() -> None:
    found = records(PLANT, days=5)
    assert found.events is not None
    nobody = as_log(replace(found, events=found.events.with_columns(personnel=pl.lit(None, pl.String))))
    assert isnan(of(nobody)["overtime"])
    assert isnan(of(nobody)["unit_cost"])
    plant = PLANT.replace({"work_centers.m.off_shift": "pause"})
    assert of(nobody, plant)["overtime"] == 0.0
    assert elements(nobody, plant).cost.personnel_cost == pytest.approx(5 * 8 * 30)


def test_a_plant_without_people_has_no_hours_of_people() -> None:
    plant = PLANT.replace({"personnel": [], "routes.r.o.needs": {}})
    cost = elements(records(plant, days=1), plant).cost
    assert (cost.apat_s, cost.overtime_s, cost.personnel_cost) == pytest.approx((nan,) * 3, nan_ok=True)


def test_records_in_a_folder_keep_the_overtime(tmp_path: object) -> None:
    found = records(PLANT, days=2)
    assert (
        read_records(write_records(found, f"{tmp_path}/run")).overtime_s == found.overtime_s == {"op": 7200.0}
    )
