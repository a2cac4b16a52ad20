"""How busy each resource is, by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from zhizao.kpi.loads import loads
from zhizao.plant import parse_plant
from zhizao.records import LOTS, STATES, Records, conform, empty_events

DAY = datetime(2026, 1, 5)
PLANT = parse_plant(
    """
zhizao: 1
plant: p
calendars: {day: {mon-sun: [08:00-16:00]}}
work_centers: [{id: m}]
personnel:
  - {id: ann, count: 2, skills: [turn], calendar: day}
  - {id: bob, count: 1}
routes: {r: [{id: o, on: m, takes: 1 h, needs: {turn: 1}}]}
products: {p: {route: r}}
orders: [{product: p, every: 2 h}]
"""
)


def records(states: dict[str, float]) -> Records:
    rows = pl.DataFrame(
        {
            "work_center": ["m"] * len(states),
            "unit": ["m-1"] * len(states),
            "state": list(states),
            "seconds": [hours * 3600 for hours in states.values()],
        }
    )
    lots = conform(pl.DataFrame({"lot": []}), LOTS)
    worked = {"ann": 4 * 3600.0, "bob": 0.0}
    return Records(DAY, DAY + timedelta(days=1), lots, empty_events(), conform(rows, STATES), worked)


def test_load_is_work_over_the_time_in_which_work_is_possible() -> None:
    found = loads(
        records({"busy": 6, "setup": 2, "down": 3, "maintenance": 1, "idle": 10, "blocked": 2}), PLANT
    )
    assert found["load"][0] == pytest.approx(8 / 20)


def test_people_are_loaded_by_their_hours_of_attendance() -> None:
    found = loads(records({"busy": 6, "idle": 18}), PLANT)
    assert found.filter(pl.col("resource") == "ann")["load"].item() == pytest.approx(4 / 16)


def test_people_whom_no_operation_needs_are_left_out() -> None:
    assert loads(records({"busy": 6, "idle": 18}), PLANT)["resource"].to_list() == ["m", "ann"]


def test_a_machine_that_is_always_down_has_no_load() -> None:
    assert loads(records({"down": 24}), PLANT)["load"][0] is None
