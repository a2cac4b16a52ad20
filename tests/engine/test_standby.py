"""Standby, starting up and shutting down, and the energy that the work itself takes."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.engine.shops import DAY, MIN, op, order, orders, records, rows, shop, state_minutes
from zhizao.kpi.states import states_from_events
from zhizao.plant import Plant
from zhizao.records import Records

STANDBY = {"after": "20 min", "wake": "5 min"}


def machine(*releases: float, takes: str = "10 min", calendars: Any = None, **center: Any) -> Plant:
    """One machine and lots that come at these minutes."""
    jobs = [order(f"O{n}", release=at * MIN) for n, at in enumerate(releases)]
    return shop([{"id": "m", **center}], [op("a", "m", takes=takes)], jobs, calendars=calendars or {})


# ---------------------------------------------------------------- standby
def test_a_unit_that_is_idle_for_long_goes_to_standby_and_its_next_lot_waits_until_it_is_awake() -> None:
    """Busy 0:00 to 0:10, asleep from 0:30; the lot of 1:00 waits for 5 min, that of 1:20 does not."""
    found = records(machine(0, 60, 80, standby=STANDBY), days=2 / 24)
    assert rows(found) == [("m-1", 0, 10), ("m-1", 65, 75), ("m-1", 80, 90)]
    assert state_minutes(found, "m-1") == {
        "idle": 20 + 5 + 20, "busy": 30, "standby": 30 + 10, "start-up": 5
    }  # fmt: skip


def test_a_unit_wakes_up_before_it_is_set_up() -> None:
    plant = machine(60, standby=STANDBY, setup={"by": "product", "default": "3 min"})
    found = records(plant)
    assert (*rows(found, "setup"), *rows(found)) == (("m-1", 65, 68), ("m-1", 68, 78))


def test_a_lot_that_comes_when_the_unit_goes_to_standby_wakes_it() -> None:
    assert rows(records(machine(20, standby=STANDBY))) == [("m-1", 25, 35)]


def test_the_time_to_standby_counts_from_the_end_of_a_repair() -> None:
    failing = [{"clock": "calendar", "between": "10 min", "repair": "5 min", "idle_too": True}]
    plant = machine(1000, standby={"after": "8 min", "wake": "1 min"}, failures=failing)
    assert state_minutes(records(plant, days=30 / 1440), "m-1") == {
        "idle": 8 + 8, "standby": 2 + 2, "down": 5 + 5
    }  # fmt: skip


def test_a_unit_stays_in_standby_over_a_closed_calendar() -> None:
    plant = machine(
        6 * 60, standby=STANDBY, calendar="c", calendars={"c": {"mon-sun": ["00:00-01:00", "05:00-24:00"]}}
    )
    found = records(plant, days=7 / 24)
    assert rows(found) == [("m-1", 365, 375)]
    assert state_minutes(found, "m-1")["standby"] == 40 + 60 + 25


def test_a_failure_may_hit_a_unit_that_wakes_up() -> None:
    failing = [{"clock": "calendar", "between": "62 min", "repair": "8 min"}]
    assert rows(records(machine(60, standby=STANDBY, failures=failing)))[0] == ("m-1", 73, 83)


# ---------------------------------------------------------------- start-up and shut-down
DAYS_ON: dict[str, Any] = {"calendar": "c", "calendars": {"c": {"mon-sun": ["06:00-14:00"]}}}


def test_a_unit_starts_up_when_its_calendar_opens_and_shuts_down_before_it_closes() -> None:
    """Work from 6:20 to 13:50: 450 of the 480 min of the lot on the first day, 30 min on the second."""
    plant = machine(0, takes="480 min", start_up="20 min", shut_down="10 min", **DAYS_ON)
    found = records(plant, days=2)
    assert rows(found) == [("m-1", 380, 1440 + 380 + 30)]
    assert state_minutes(found, "m-1") == {
        "off": 2 * 16 * 60, "start-up": 60, "busy": 480, "idle": 450 - 30
    }  # fmt: skip


def test_work_that_must_fit_into_the_shift_ends_before_the_shut_down() -> None:
    plant = machine(13 * 60, takes="55 min", shut_down="10 min", off_shift="no-start", **DAYS_ON)
    assert rows(records(plant)) == [("m-1", 1440 + 360, 1440 + 360 + 55)]


def test_shifts_that_touch_are_started_up_for_once_and_a_day_off_shuts_down_the_day_before() -> None:
    """The week has no gap, but Tuesday is off: Monday shuts down at its end, Wednesday starts up."""
    nights = {"c": {"mon-sun": ["00:00-12:00", "12:00-24:00"], "off": ["2026-01-06"]}}
    plant = machine(0, takes="47 h", calendar="c", start_up="30 min", shut_down="30 min", calendars=nights)
    found = records(plant, days=4)
    assert rows(found) == [("m-1", 0, 3 * 24 * 60)]
    assert state_minutes(found, "m-1")["start-up"] == 2 * 30


def test_a_log_shows_when_units_start_up() -> None:
    plant = machine(0, takes="480 min", start_up="20 min", shut_down="10 min", **DAYS_ON)
    found = records(plant, days=2)
    assert found.events is not None
    read = states_from_events(found.events, found.start, found.end, plant)
    known = read.filter(pl.col("seconds") > 0).select("state", pl.col("seconds") / MIN)
    assert {state: round(minutes, 6) for state, minutes in known.rows()} == state_minutes(found, "m-1")


# ---------------------------------------------------------------- energy of the work
PERIODS = {"default": "1/kWh", "periods": [{"when": "00:00-00:30", "price": "3/kWh"}]}


def presses(**whole: Any) -> Plant:
    """Two lots of four pieces, done at 0:20 and at 0:40, on a press of 6 kW while it works."""
    energy = {"per_piece": "0.5 kWh", "per_lot": "1 kWh"}
    return shop(
        [{"id": "m", "power": {"busy": "6 kW", "start_up": "2 kW", "standby": "1 kW"}}],
        [op("a", "m", takes="20 min", energy=energy)],
        orders(2, pieces=4),
        products={"p": {"route": "r", "lot": 4}},
        **whole,
    )


def busy(found: Records) -> tuple[float, float]:
    assert found.states is not None
    own = found.states.filter(pl.col("state").cast(pl.String) == "busy")
    return own["energy_kwh"].item(), own["energy_cost"].item()


def test_work_takes_energy_by_piece_and_by_lot_beside_the_power_of_the_unit() -> None:
    kwh, cost = busy(records(presses(tariff={"default": "2/kWh"})))
    assert kwh == pytest.approx(6 * 40 / 60 + 2 * (1 + 4 * 0.5))
    assert cost == pytest.approx(2 * kwh)


def test_energy_of_the_work_costs_the_price_at_its_end() -> None:
    """3 kWh at 0:20 for 3, and 3 kWh at 0:40 for 1; the press itself 30 min at 3 and 10 min at 1."""
    power = 6 * (30 * 3 + 10 * 1) / 60
    assert busy(records(presses(tariff=PERIODS)))[1] == pytest.approx(3 * 3 + 3 * 1 + power)


def test_a_log_gives_the_energy_that_the_twin_books() -> None:
    plant = presses(tariff=PERIODS)
    found = records(plant, days=1)
    assert found.events is not None
    read = states_from_events(found.events, found.start, found.end, plant)
    assert busy(Records(found.start, found.end, found.lots, states=read)) == pytest.approx(busy(found))


def test_standby_and_start_up_draw_power_of_their_own() -> None:
    plant = presses().replace({"work_centers.m.standby": STANDBY, "orders.O1.release": "2 h"})
    found = records(plant, days=150 / 1440)
    assert found.states is not None
    of = {state: (round(s), kwh) for _, _, state, s, kwh, _ in found.states.rows()}
    assert of["standby"] == (80 * 60, pytest.approx(80 / 60 * 1))
    assert of["start-up"] == (5 * 60, pytest.approx(5 / 60 * 2))
    assert sum(seconds for seconds, _ in of.values()) == 150 / 1440 * DAY
