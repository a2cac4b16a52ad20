"""A plan from a state: it begins with the lots, set-ups and repairs of then, and is a run of the twin."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.shops import DAY, HOUR, MIN, START, op, order, orders, shop
from tests.laws.factories import factories
from zhizao.engine import LogLevel, RunSettings, Session, run
from zhizao.engine.follow import follow
from zhizao.plant import LotPlace, Plant, PlantState, read_plant, starting_at
from zhizao.quantities import InputError, StateError
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule import schedule
from zhizao.studies.schedule.judge import same
from zhizao.studies.schedule.plan import outcome_of, value_s
from zhizao.studies.schedule.result import Plan

pytestmark = pytest.mark.usefixtures("few_trials")
ROOT = Path(__file__).resolve().parents[3]
MOMENT = START + timedelta(hours=10)
LATE = order("late", release=11 * HOUR)
_STARTABLE = (LotPlace.WAITING, LotPlace.IN_WORK)
FAILING = [{"clock": "calendar", "between": "5 h", "repair": "1 h"}]


def state(*lots: dict[str, Any], **more: Any) -> PlantState:
    return PlantState.model_validate({"plant": "shop", "moment": MOMENT, "lots": list(lots)} | more)


def lot(name: str, operation: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": name, "product": "p", "pieces": 1, "operation": operation, **more}


def in_work(name: str, unit: str, left: float | None = None, operation: str = "a") -> dict[str, Any]:
    return lot(name, operation, at="in-work", unit=unit, left=left)


def planned(plant: Plant, begin: PlantState, objective: str = "makespan") -> Plan:
    return schedule(plant, state=begin, objective=objective, seconds=10.0, work=200)


def minutes(plan: Plan, activity: str = "process") -> list[tuple[str, str, float, float]]:
    """(Lot, unit, start, end) of the rows of a plan, from the moment of the state."""
    rows = plan.events.filter(pl.col("activity").cast(pl.String) == activity)
    return [
        (lot, unit, (a - MOMENT).total_seconds() / MIN, (b - MOMENT).total_seconds() / MIN)
        for lot, unit, a, b in rows.select("lot", "unit", "start", "end").iter_rows()
    ]


def two(**more: Any) -> Plant:
    route = [op("a", "m", takes="10 min"), op("b", "n", takes="20 min")]
    return shop([{"id": "m", **more}, {"id": "n"}], route, [LATE])


# ---------------------------------------------------------------- by hand
def test_a_plan_begins_with_the_lots_in_work_and_those_that_wait() -> None:
    plan = planned(two(), state(in_work("A", "m-1", 4 * MIN), lot("B"), in_work("C", "n-1", 7 * MIN, "b")))
    assert minutes(plan) == [
        ("A", "m-1", 0, 4), ("C", "n-1", 0, 7), ("B", "m-1", 4, 14), ("A", "n-1", 7, 27),
        ("B", "n-1", 27, 47), ("late", "m-1", 60, 70), ("late", "n-1", 70, 90),
    ]  # fmt: skip
    assert (plan.value_s, plan.proved) == (90 * MIN, True)
    assert "It begins with the state of 2026-01-05 10:00." in plan.notes


def test_a_lot_that_waits_has_its_delay_behind_it_also_in_the_bound() -> None:
    """Flow times from the moment on: 10 min for B, which was delayed before, 70 min for the order."""
    route = [op("a", "m", takes="10 min", delay="1 h")]
    plant = shop([{"id": "m"}], route, [LATE])
    plan = planned(plant, state(lot("B")), "flow-time")
    assert minutes(plan) == [("B", "m-1", 0, 10), ("late", "m-1", 120, 130)]
    assert plan.bound_s <= plan.judged.value_s == pytest.approx(80 * MIN)


def test_a_repair_is_waited_for_and_failures_are_left_out() -> None:
    plant = two(failures=FAILING)
    down = {"units": [{"id": "m-1", "state": "down", "repair_left": 25 * MIN}]}
    plan = planned(plant, state(in_work("A", "m-1", 3 * MIN), **down))
    assert minutes(plan)[:2] == [("A", "m-1", 0, 28), ("A", "n-1", 28, 48)]
    assert plan.left_out == ("failures",)


def test_units_begin_with_their_set_ups() -> None:
    centers = [{"id": "m", "units": 2, "setup": {"by": "family", "default": "6 min"}}]
    plant = shop(centers, [op("a", "m", setup_family="red")], [LATE])
    plan = planned(plant, state(lot("A"), units=[{"id": "m-2", "setup_family": "red"}]))
    assert (minutes(plan)[0], minutes(plan, "setup")) == (("A", "m-2", 0, 10), [])
    assert plan.value_s == 70 * MIN
    assert plan.bound_s == pytest.approx(70 * MIN)


def test_a_set_up_in_hand_goes_on() -> None:
    plant = shop([{"id": "m", "setup": {"by": "product", "default": "6 min"}}], [op("a", "m")], [LATE])
    plan = planned(plant, state(in_work("A", "m-1", 2 * MIN), units=[{"id": "m-1", "state": "setup"}]))
    assert (minutes(plan)[0], minutes(plan, "setup")) == (("A", "m-1", 2, 12), [("A", "m-1", 0, 2)])


def test_a_faster_unit_needs_no_more_than_the_time_left() -> None:
    fast = shop([{"id": "m", "units": [{"id": "x", "speed": 2.0}]}], orders=[LATE])
    plan = planned(fast, state(in_work("A", "x", 90 * MIN)))
    assert (plan.value_s, plan.proved) == (95 * MIN, True)


def test_a_lot_in_work_may_end_after_closing_time() -> None:
    day: dict[str, Any] = {"calendars": {"day": {"mon-sun": ["06:00-10:00"]}}}
    center = {"id": "m", "calendar": "day", "off_shift": "finish"}
    plan = planned(shop([center], orders=[order("done")], **day), state(in_work("A", "m-1", 30 * MIN)))
    assert plan.bound_s <= 30 * MIN
    assert plan.value_s == 30 * MIN


# ---------------------------------------------------------------- what has no effect is named
def test_what_a_plan_takes_no_notice_of_is_named() -> None:
    centers = [{"id": "m", "maintenance": [{"every": "30 d", "for": "1 h"}]}, {"id": "n"}]
    plant = shop(centers, [op("a", "m", "n")], orders(4))
    session = Session(plant)
    session.advance(5 * MIN)
    plan = planned(plant, session.snapshot())
    assert plan.not_taken == (
        "the exact image",
        "how far the clocks of maintenance are (they begin anew)",
        "at which work center lots wait (chosen anew)",
    )
    assert any("of no effect: the exact image; how far" in note for note in plan.notes)
    assert plan.details()["not_taken"] == list(plan.not_taken)
    assert [one.kind for one in plan.inputs] == ["plant", "state"]


def test_what_a_plan_cannot_begin_with_is_refused_by_name() -> None:
    with pytest.raises(StateError, match=r"lots\.A.*found a hot lot in the plant"):
        planned(two(), state(lot("A", hot=True)))


def test_a_run_from_a_state_takes_the_plant_that_starts_there() -> None:
    with pytest.raises(InputError, match=r"give the plant of starting_at\(plant, state\)"):
        follow(two(), state=state(lot("A")))


# ---------------------------------------------------------------- two ways to the value
def stands_in_the_twin(plant: Plant, begin: PlantState, plan: Plan) -> None:
    again = follow(starting_at(plant, begin), plan.events, state=begin)
    assert again is not None
    outcome = outcome_of(plan.plant, plan.lots, again)
    assert value_s(plan.lots, outcome, plan.objective) == pytest.approx(plan.judged.value_s)
    if plan.judged.exact:
        assert same(outcome.rows, plan.events)
    if plan.complete:
        assert plan.bound_s <= plan.judged.value_s + 1e-3


def test_the_plan_of_a_certain_plant_is_its_simulation_from_the_state() -> None:
    plant, begin = two(), state(in_work("A", "m-1", 4 * MIN), lot("B"), lot("C"))
    plan = planned(plant, begin)
    found = run(plant, RunSettings(days=1, log=LogLevel.EVENTS), plan=plan.events, state=begin).records[0]
    assert found.lots.select((pl.col("completed").max() - MOMENT).dt.total_seconds()).item() == plan.value_s


def startable(session: Session) -> PlantState | None:
    """What a plant can start with of a snapshot; None: it cannot start with the rest."""
    found = session.snapshot().readable()
    lots = [one.model_copy(update={"hot": False}) for one in found.lots if one.at in _STARTABLE]
    begin = found.model_copy(update={"lots": tuple(lots)})
    try:
        starting_at(session.plant, begin)
        run(session.plant, RunSettings(days=0.01), state=begin)
    except InputError:
        return None
    return begin if lots else None


@settings(max_examples=6, suppress_health_check=list(HealthCheck), deadline=None)
@given(factories(), st.floats(0.01, 1.0), st.sampled_from(list(Objective)))
def test_followed_in_the_twin_a_plan_of_any_factory_gives_its_value(
    plant: Plant, days: float, objective: Objective
) -> None:
    session = Session(plant)
    session.advance(days * DAY)
    begin = startable(session)
    if begin is None:
        return
    try:
        plan = planned(plant, begin, objective.value)
    except InputError:  # branches whose only way without randomness leads back at once
        return
    stands_in_the_twin(plant, begin, plan)


@pytest.mark.parametrize("name", ["garment", "energy-shop"])
def test_the_plan_of_an_example_gives_its_value(name: str) -> None:
    plant = read_plant(ROOT / "examples" / "plants" / f"{name}.yaml")
    session = Session(plant)
    session.advance(0.4 * DAY)
    begin = startable(session)
    assert begin is not None
    stands_in_the_twin(plant, begin, planned(plant, begin))


def test_work_that_should_be_over_does_not_keep_the_reasons_going_round() -> None:
    line = shop(route=[op("a", "m"), op("b", "m", takes="0 min")], orders=[LATE])
    over = in_work("over", "m-1", 0) | {"due": MOMENT - timedelta(hours=1)}
    plan = schedule(line, state=state(over), seconds=0.2)
    assert "over" in [late.order for late in plan.late]
