"""States that the event log shows: nothing is counted twice, and the window is always full."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.shops import op, order, records, shop
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.kpi import states_from_events
from zhizao.kpi.flow import lot_work_seconds
from zhizao.plant import parse_plant
from zhizao.plant.model import ByState, OffShift, Plant, Tariff, TariffPeriod
from zhizao.records import EVENTS, Activity, conform, empty_events

DAY = datetime(2026, 1, 5)
NEXT = datetime(2026, 1, 6)


def _log(*rows: tuple[str, float, float | None]) -> pl.DataFrame:
    """Rows of machine m-1: activity, start and end in hours since Monday 00:00."""
    made = [
        {
            "lot": f"L{i}",
            "work_center": "m",
            "unit": "m-1",
            "activity": activity,
            "start": DAY + timedelta(hours=start),
            "end": None if end is None else DAY + timedelta(hours=end),
        }
        for i, (activity, start, end) in enumerate(rows)
    ]
    return conform(pl.DataFrame(made), EVENTS) if made else empty_events()


def _hours(states: pl.DataFrame) -> dict[str, float]:
    seconds = states.group_by(pl.col("state").cast(pl.String)).agg(pl.col("seconds").sum())
    return {state: s / 3600 for state, s in seconds.iter_rows() if s}


def test_a_day_of_one_machine(events: pl.DataFrame, plant: Plant) -> None:
    states = states_from_events(events, DAY, NEXT, plant)
    assert _hours(states) == {"off": 16.0, "idle": 2.0, "setup": 1.0, "busy": 4.0, "down": 1.0}
    assert states["energy_kwh"].sum() == pytest.approx(5 + 40 + 2 + 4)
    assert states["energy_cost"].sum() == pytest.approx((5 + 30) * 2 + (2 + 10 + 4) * 1)


def test_blocked_and_waiting_are_not_claimed_to_be_zero(events: pl.DataFrame, plant: Plant) -> None:
    found = set(states_from_events(events, DAY, NEXT, plant)["state"])
    assert found.isdisjoint({"blocked", "waiting"})


def test_two_rows_at_once_count_once() -> None:
    states = states_from_events(_log(("process", 8, 10), ("process", 9, 11)), DAY, NEXT)
    assert _hours(states) == {"busy": 3.0, "idle": 21.0}


def test_work_that_pauses_overnight_is_not_busy_overnight(plant: Plant) -> None:
    log = _log(("process", 15, 24 + 24 + 9))  # Monday 15:00 to Wednesday 09:00, and Tuesday is a holiday
    states = states_from_events(log, DAY, datetime(2026, 1, 8), plant)
    assert _hours(states) == {"busy": 2.0, "idle": 7.0 + 7.0, "off": 72.0 - 16.0}


def test_work_that_goes_on_off_shift_is_busy_off_shift(plant: Plant) -> None:
    center = plant.work_centers[0].model_copy(update={"off_shift": OffShift.FINISH})
    late = plant.model_copy(update={"work_centers": (center,)})
    states = states_from_events(_log(("process", 15, 18)), DAY, NEXT, late)
    assert _hours(states) == {"busy": 3.0, "idle": 7.0, "off": 14.0}


@pytest.mark.parametrize("rule", ["no-start", "pause"])
def test_work_that_a_failure_holds_up_until_the_shift_ends_is_not_busy_overnight(rule: str) -> None:
    """Two hours from 11:00 on, held up from 12:00 to 13:30: half an hour is left for the next morning."""
    plant = shop(
        [
            {
                "id": "m",
                "calendar": "day",
                "off_shift": rule,
                "failures": [{"clock": "calendar", "between": "12 h", "repair": "90 min"}],
            }
        ],
        [op("a", "m", takes="2 h")],
        orders=[order("O", release=11 * 3600.0)],
        calendars={"day": {"mon-fri": ["06:00-14:00"]}},
    )
    found = records(plant, days=1.5)
    assert found.events is not None
    assert found.states is not None
    spent = {"busy": 2.0, "down": 1.5, "idle": 8.0 + 6.0 - 3.5, "off": 6.0 + 16.0}
    assert _hours(found.states) == pytest.approx(spent)
    assert _hours(states_from_events(found.events, found.start, found.end, plant)) == pytest.approx(spent)
    work = lot_work_seconds(found, plant)
    assert work is not None
    assert work["work_s"].to_list() == [(3.0 + 0.5) * 3600]  # the row's open hours: 11:00-14:00, 6:00-6:30


def test_a_row_without_an_end_runs_to_the_windows_end() -> None:
    assert _hours(states_from_events(_log(("failure", 20, None)), DAY, NEXT)) == {"down": 4.0, "idle": 20.0}


def test_a_machine_that_did_nothing_is_idle_on_shift(plant: Plant) -> None:
    assert _hours(states_from_events(empty_events(), DAY, NEXT, plant)) == {"idle": 8.0, "off": 16.0}


def test_a_vehicle_is_no_machine() -> None:
    assert states_from_events(_log(("transport", 8, 9)), DAY, NEXT).height == 0


def test_a_log_that_names_only_work_centers_has_one_unit_each() -> None:
    log = _log(("process", 8, 9)).with_columns(unit=pl.lit(None, dtype=pl.String))
    states = states_from_events(log, DAY, NEXT)
    assert set(states["unit"]) == {"m"}


def test_energy_without_any_power_is_unknown(events: pl.DataFrame, plant: Plant) -> None:
    center = plant.work_centers[0].model_copy(update={"power": ByState()})
    dark = plant.model_copy(update={"work_centers": (center,)})
    assert states_from_events(events, DAY, NEXT, dark)["energy_kwh"].null_count() == 7


def test_the_first_period_that_matches_gives_the_price(plant: Plant) -> None:
    periods = (
        TariffPeriod(when="mon-sun 09:00-10:00", price=7.0),
        TariffPeriod(when="mon-sun 08:00-12:00", price=3.0),
    )
    priced = plant.model_copy(update={"tariff": Tariff(default=1.0, periods=periods)})
    states = states_from_events(_log(("process", 8.5, 12.5)), DAY, NEXT, priced)
    busy = states.filter(pl.col("state") == "busy")["energy_cost"].item()
    assert busy == pytest.approx(10 * (0.5 * 3 + 1 * 7 + 2 * 3 + 0.5 * 1))


def test_prices_hold_in_any_week_and_from_any_hour(plant: Plant) -> None:
    start = datetime(2026, 1, 22, 11, 15)  # a Thursday, two weeks on
    log = _log(("process", 0, 24 * 30))
    states = states_from_events(log, start, start + timedelta(hours=2), plant)
    busy = states.filter(pl.col("state") == "busy")
    assert busy["energy_kwh"].item() == pytest.approx(20)
    assert busy["energy_cost"].item() == pytest.approx(10 * (0.75 * 2 + 1.25 * 1))


_ROWS = st.lists(
    st.tuples(
        st.sampled_from([a.value for a in Activity if a is not Activity.TRANSPORT]),
        st.floats(-30, 80),
        st.one_of(st.none(), st.floats(0, 60)),
    ).map(lambda row: (row[0], row[1], None if row[2] is None else row[1] + row[2])),
    max_size=12,
)


@given(rows=_ROWS, hours=st.floats(0.1, 60))
def test_states_fill_the_window_whatever_the_order_of_the_rows(
    rows: list[tuple[str, float, float | None]], hours: float
) -> None:
    end = DAY + timedelta(hours=hours)
    states = states_from_events(_log(*rows), DAY, end)
    for total in states.group_by("unit").agg(pl.col("seconds").sum())["seconds"]:
        assert total == pytest.approx((end - DAY).total_seconds())
    turned = states_from_events(_log(*rows[::-1]), DAY, end)
    assert _hours(turned) == pytest.approx(_hours(states))


def test_a_repair_off_shift_is_off_where_work_finishes_over_time_as_in_the_twin() -> None:
    plant = parse_plant(
        """
zhizao: 1
plant: a press that works over time
calendars: {day: {mon-sun: [08:00-16:00]}}
work_centers:
  - id: press
    calendar: day
    off_shift: finish
    failures: [{between: exponential(5 h), repair: 3 h}]
routes: {r: [{id: press, on: [press], takes: exponential(2 h)}]}
products: {p: {route: r}}
orders: [{product: p, every: exponential(4 h)}]
"""
    )
    (found,) = run(plant, RunSettings(days=40, log=LogLevel.EVENTS)).records
    assert found.events is not None
    assert found.states is not None
    booked = dict(found.states.select(pl.col("state").cast(pl.String), "seconds").iter_rows())
    logged = states_from_events(found.events, found.start, found.end, plant)
    for state, seconds in logged.select(pl.col("state").cast(pl.String), "seconds").iter_rows():
        assert seconds == pytest.approx(booked[state], abs=1e-3), state
