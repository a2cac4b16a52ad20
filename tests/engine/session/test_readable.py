"""What a state says agrees with what the records of the run say of that moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.shops import DAY, MIN, START, op, order, orders, records, shop
from tests.laws.factories import factories
from zhizao.engine import Session
from zhizao.plant import Condition, LotPlace, Plant, PlantState, read_plant
from zhizao.records import Records, UnitState

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("agv-cell", "assembly-kanban", "conveyor-line", "garment", "litho-cell", "warehouse-crane")


def state_at(plant: Plant, seconds: float, seed: int = 1) -> PlantState:
    session = Session(plant, seed)
    session.advance(seconds)
    return session.snapshot(exact=False)


def here(found: Records, moment: datetime) -> set[str]:
    """Lots in the plant at a moment, counted from the table of lots."""
    left = pl.col("completed").is_not_null() & (pl.col("completed") <= moment)
    return set(found.lots.filter((pl.col("release") <= moment) & ~left)["lot"])


def open_at(found: Records, moment: datetime, *activities: str) -> pl.DataFrame:
    """Activities that have begun and not ended at a moment, from the event log."""
    assert found.events is not None
    ends = pl.col("end").is_null() | (pl.col("end") > moment)
    kind = pl.col("activity").cast(pl.String).is_in(activities)
    return found.events.filter((pl.col("start") <= moment) & ends & kind)


def agrees(plant: Plant, state: PlantState, found: Records) -> None:
    moment = state.moment
    inside = [lot for lot in state.lots if lot.at is not LotPlace.OUTSIDE]
    assert {lot.id for lot in inside} == here(found, moment)
    own = {unit.id for center in plant.work_centers for unit in center.units}
    works = open_at(found, moment, "setup", "process").filter(pl.col("unit").is_in(own))
    reported = {(lot.id, lot.unit) for lot in inside if lot.at is LotPlace.IN_WORK}
    logged = set(zip(works["lot"], works["unit"], strict=True)) - {(None, unit) for unit in own}
    assert logged <= reported  # beside those of a batch that is set up for, or waits for people or to wake up
    stopped = set(open_at(found, moment, "failure", "maintenance")["unit"])
    conditions = {unit.id: unit.state for unit in state.units}
    off = {unit for unit, state in conditions.items() if state is Condition.OFF}
    down = {u for u, state in conditions.items() if state in (Condition.DOWN, Condition.MAINTENANCE)}
    assert down <= stopped <= down | off
    idle = {unit for unit, state in conditions.items() if state is Condition.IDLE}
    assert not idle & {unit for _, unit in reported}


@pytest.mark.parametrize("name", NAMES)
def test_lots_and_units_are_where_the_log_has_them(name: str) -> None:
    plant = read_plant(ROOT / "examples" / "plants" / f"{name}.yaml")
    found = records(plant, 1.0)
    for hour in (0.5, 7.3, 12.1, 20.9):
        agrees(plant, state_at(plant, hour * 3600.0), found)


@settings(max_examples=20)
@given(factories(), st.floats(0.01, 1.99))
def test_they_are_in_every_factory(plant: Plant, days: float) -> None:
    state = state_at(plant, days * DAY)
    state.check(plant)
    agrees(plant, state, records(plant, 2.0))


def test_work_left_ends_when_the_log_says_so() -> None:
    plant = shop([{"id": "m", "units": 3}], [op("a", "m", takes="exponential(40 min)")])
    found = records(plant, 1.0)
    state = state_at(plant, 9.7 * 3600.0)
    works = open_at(found, state.moment, "process")
    ends = dict(zip(works["lot"], works["end"], strict=True))
    reported = {
        lot.id: state.moment + timedelta(seconds=lot.left) for lot in state.lots if lot.left is not None
    }
    assert len(reported) == 3
    assert all(abs(reported[lot] - ends[lot]) < timedelta(microseconds=3) for lot in reported)


def test_work_left_counts_working_time_only() -> None:
    day = {"calendars": {"day": {"mon-sun": ["06:00-14:00"]}}}
    plant = shop([{"id": "m", "calendar": "day"}], [op("a", "m", takes="10 h")], [order("X")], **day)
    for hours, left, condition in ((6, 10, "busy"), (10, 6, "busy"), (14, 2, "off"), (30, 2, "busy")):
        state = state_at(plant, hours * 3600.0)
        assert (state.lots[0].left, state.units[0].state.value) == (left * 3600.0, condition)


def test_a_repair_says_how_long_it_takes_yet() -> None:
    failing = [{"clock": "calendar", "between": "1 h", "repair": "30 min"}]
    plant = shop([{"id": "m", "failures": failing}], [op("a", "m", takes="40 min")], orders(3))
    state = state_at(plant, 70 * MIN)
    unit, lot = state.units[0], state.lots[0]
    assert (unit.state, unit.repair_left) == (Condition.DOWN, 20 * MIN)
    assert (lot.at, lot.left) == (LotPlace.IN_WORK, 20 * MIN)


def test_lots_wait_outside_block_and_are_on_their_way() -> None:
    centers = [{"id": "m"}, {"id": "n", "buffer": {"capacity": 0}}]
    route = [op("a", "m", takes="10 min"), op("b", "n", takes="1 h"), op("c", "m", takes="1 h")]
    state = state_at(shop(centers, route, orders(4), release={"conwip": 3}), 30 * MIN)
    assert [(lot.order, lot.at.value, lot.operation) for lot in state.lots] == [
        ("O0", "in-work", "b"), ("O1", "done", "b"), ("O2", "waiting", "a"), ("O3", "outside", "a"),
    ]  # fmt: skip
    assert (state.lots[1].unit, state.units[0].state) == ("m-1", Condition.BLOCKED)


def test_set_ups_stock_people_and_the_next_order_are_reported() -> None:
    plant = shop(
        [{"id": "m", "setup": {"by": "product", "default": "5 min"}}],
        [op("a", "m", takes="10 min", needs={"crew": 2}, parts={"bolt": 3})],
        [{"product": "p", "every": "30 min", "first": "1 min"}],
        products={"p": {"route": "r"}, "bolt": {"route": None, "stock": {"initial": 10}}},
        personnel=[{"id": "crew", "count": 4}],
    )
    state = state_at(plant, 10 * MIN)
    assert (state.units[0].setup_family, state.stock, state.personnel) == ("p", {"bolt": 7}, {"crew": 2})
    assert state.next_orders == {"S1": START + timedelta(minutes=31)}


def test_conditions_are_the_states_of_the_records() -> None:
    assert [condition.value for condition in Condition] == [state.value for state in UnitState]
