"""Repair crews, and maintenance with windows and in groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.shops import HOUR, MIN, op, order, orders, records, rows, shop, state_minutes
from zhizao.plant import Plant

FITTERS = [{"id": "fitters", "count": 1}]


def failing(first: str, repair: str = "30 min", **more: Any) -> list[dict[str, Any]]:
    """A machine that fails once at a time (and not again within a month)."""
    return [{"clock": "calendar", "between": first, "repair": repair, "needs": {"fitters": 1}, **more}]


def plant_of(*centers: dict[str, Any], jobs: int = 1, **whole: Any) -> Plant:
    whole.setdefault("personnel", FITTERS)
    operations = [op(f"on-{center['id']}", center["id"], takes="10 min") for center in centers]
    return shop(list(centers), operations, orders(jobs), **whole)


# ---------------------------------------------------------------- repair crews
def test_a_unit_that_fails_waits_for_its_repair_crew_and_the_first_to_fail_is_first() -> None:
    plant = plant_of(
        {"id": "c", "failures": failing("62 min")},
        {"id": "b", "failures": failing("61 min")},
        {"id": "a", "failures": failing("60 min")},
    )
    found = records(plant, days=160 / 1440)
    assert rows(found, "failure")[:3] == [("a-1", 60, 90), ("b-1", 61, 120), ("c-1", 62, 150)]
    assert state_minutes(found, "c-1")["down"] == 150 - 62
    assert found.personnel_s == pytest.approx({"fitters": (160 - 60) * MIN})


def test_units_that_wait_for_a_crew_that_is_not_there_let_others_pass() -> None:
    """The electrician comes at 3:00; the fitter repairs what failed later."""
    people = [*FITTERS, {"id": "electrician", "count": 1, "calendar": "late"}]
    plant = plant_of(
        {"id": "a", "failures": failing("60 min")},
        {"id": "b", "failures": [failing("50 min")[0] | {"needs": {"electrician": 1}}]},
        personnel=people,
        calendars={"late": {"mon-sun": ["03:00-24:00"]}},
    )
    found = records(plant, days=220 / 1440)
    assert rows(found, "failure")[:2] == [("b-1", 50, 210), ("a-1", 60, 90)]


def test_a_repair_goes_on_in_the_working_time_of_its_crew() -> None:
    """Two hours of repair from 1:00: until 2:00, and from 6:00 to 7:00."""
    plant = plant_of(
        {"id": "a", "failures": failing("60 min", "2 h")},
        personnel=[{"id": "fitters", "count": 1, "calendar": "two"}],
        calendars={"two": {"mon-sun": ["00:00-02:00", "06:00-14:00"]}},
    )
    found = records(plant, days=7.5 / 24)
    assert rows(found, "failure") == [("a-1", 60, 420)]
    assert found.personnel_s == {"fitters": 2 * HOUR}


def test_a_repair_crew_may_be_of_several_people_who_leave_together() -> None:
    people = [{"id": "fitters", "count": 2}, {"id": "electrician", "count": 1}]
    two = [failing("60 min")[0] | {"needs": {"fitters": 2, "electrician": 1}}]
    plant = plant_of(
        {"id": "a", "failures": two}, {"id": "b", "failures": failing("70 min")}, personnel=people
    )
    found = records(plant, days=125 / 1440)
    assert rows(found, "failure")[:2] == [("a-1", 60, 90), ("b-1", 70, 120)]
    assert found.personnel_s == {"fitters": 2 * 30 * MIN + 30 * MIN, "electrician": 30 * MIN}


def test_repair_comes_before_the_work_that_waits_for_the_same_people() -> None:
    """The fitter runs m until 0:40; then the broken unit is repaired first, and the next lot runs."""
    plant = shop(
        [{"id": "m"}, {"id": "x", "failures": failing("20 min")}],
        routes={"r": [op("a", "m", takes="40 min", needs={"fitters": 1})], "s": [op("b", "x")]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[*orders(2), order("Z", "q", release=10 * HOUR)],
        personnel=FITTERS,
    )
    found = records(plant, days=2 / 24)
    assert rows(found, "failure")[0] == ("x-1", 20, 70)
    assert rows(found)[:2] == [("m-1", 0, 40), ("m-1", 70, 110)]


def test_the_log_names_the_repair_crew() -> None:
    found = records(plant_of({"id": "a", "failures": failing("60 min")}), days=100 / 1440)
    assert found.events is not None
    who = dict(found.events.select("activity", "personnel").rows())
    assert who == {"process": None, "failure": "fitters"}


def test_work_that_a_failure_hit_goes_on_after_it_waited_for_its_crew() -> None:
    plant = plant_of(
        {"id": "a", "failures": failing("5 min", "10 min")},
        {"id": "b", "failures": failing("4 min", "10 min")},
    )
    found = records(plant, days=29 / 1440)
    assert rows(found, "failure")[:2] == [("b-1", 4, 14), ("a-1", 5, 24)]
    assert rows(found, work_center="a") == [("a-1", 0, 29)]


# ---------------------------------------------------------------- maintenance
def served(**more: Any) -> dict[str, Any]:
    return {"every": "1 h", "for": "10 min", **more}


def test_maintenance_that_is_due_waits_until_its_window_opens() -> None:
    plant = plant_of(
        {"id": "a", "maintenance": [served(window="night")]},
        calendars={"night": {"mon-sun": ["03:00-04:30"]}},
    )
    found = records(plant, days=8 / 24)
    assert rows(found, "maintenance") == [("a-1", 180, 190), ("a-1", 250, 260)]


@pytest.mark.parametrize("clock", ["calendar", "busy"])
def test_maintenance_that_interrupts_waits_for_its_window_and_the_work_goes_on_until_then(clock: str) -> None:
    plant = shop(
        [{"id": "a", "maintenance": [served(clock=clock, window="night", when="now")]}],
        [op("x", "a", takes="4 h")],
        orders(1),
        calendars={"night": {"mon-sun": ["03:00-03:30"]}},
    )
    found = records(plant, days=5 / 24)
    assert rows(found, "maintenance") == [("a-1", 180, 190)]
    assert rows(found) == [("a-1", 0, 250)]


def test_maintenance_of_a_group_that_is_due_before_long_is_done_with_the_first() -> None:
    """At 4:00 the oil, with it the filter due at 5:00 (within 2 h) and not the belt due at 7:00."""
    plans = [
        served(every="4 h", group="stop", ahead="2 h"),
        served(every="5 h", group="stop", ahead="2 h"),
        served(every="7 h", group="stop", ahead="2 h"),
        served(every="5 h"),
    ]
    found = records(plant_of({"id": "a", "maintenance": plans}), days=6 / 24)
    assert rows(found, "maintenance") == [("a-1", 240, 250), ("a-1", 250, 260), ("a-1", 300, 310)]


def test_maintenance_that_was_done_ahead_counts_from_its_own_end() -> None:
    plans = [
        served(every="4 h", group="stop", ahead="2 h"),
        served(clock="busy", every="3 h", group="stop", ahead="2 h"),
    ]
    plant = shop([{"id": "a", "maintenance": plans}], [op("x", "a", takes="2 h")], orders(1))
    assert rows(records(plant, days=9 / 24), "maintenance") == [
        ("a-1", 240, 250), ("a-1", 250, 260), ("a-1", 490, 500),
    ]  # fmt: skip


def test_maintenance_waits_for_its_people_and_the_unit_with_it() -> None:
    plant = plant_of(
        {"id": "a", "maintenance": [served(needs={"fitters": 1})]},
        {"id": "b", "maintenance": [served(every="65 min", needs={"fitters": 1})]},
    )
    found = records(plant, days=80 / 1440)
    assert rows(found, "maintenance") == [("a-1", 60, 70), ("b-1", 65, 80)]
    assert state_minutes(found, "b-1")["maintenance"] == 15


# ---------------------------------------------------------------- who serves the lot in hand
def operated(center: dict[str, Any], count: int = 1, **whole: Any) -> Plant:
    """Lots of 30 min that an operator is there for; he (or another one) repairs and maintains too."""
    return shop(
        [{"id": "m"} | center, {"id": "n"}],
        [op("a", "m", takes="30 min", needs={"operator": 1})],
        whole.pop("orders", orders(3)),
        personnel=[{"id": "operator", "count": count}],
        **whole,
    )


BUSY = {"clock": "busy", "needs": {"operator": 1}}
STOPS = {
    "failure": {"failures": [BUSY | {"between": "40 min", "repair": "10 min"}]},
    "maintenance": {"maintenance": [BUSY | {"every": "40 min", "takes": "10 min", "when": "now"}]},
}


@pytest.mark.parametrize("kind", STOPS)
def test_who_serves_the_lot_in_hand_repairs_his_own_machine(kind: str) -> None:
    found = records(operated(STOPS[kind]), days=1)
    assert rows(found, kind) == [("m-1", 40, 50), ("m-1", 90, 100)]
    assert rows(found) == [("m-1", 0, 30), ("m-1", 30, 70), ("m-1", 70, 110)]
    assert found.personnel_s == {"operator": 110 * 60}


def test_a_colleague_stays_free_for_others_while_one_repairs_his_own_machine() -> None:
    """At 45, in the repair of m, the second operator begins on n: one serves and repairs m, not two."""
    plant = operated(
        STOPS["failure"],
        count=2,
        routes={
            "r": [op("a", "m", takes="60 min", needs={"operator": 1})],
            "s": [op("b", "n", takes="5 min", needs={"operator": 1})],
        },
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("A"), order("B", "q", release=45 * 60), order("C", "q", release=46 * 60)],
    )
    found = records(plant, days=1)
    assert rows(found, unit="n-1") == [("n-1", 45, 50), ("n-1", 50, 55)]
    assert rows(found, unit="m-1") == [("m-1", 0, 70)]


def test_a_repair_that_takes_two_needs_one_beside_who_serves_the_lot_in_hand() -> None:
    failure = [{"clock": "busy", "between": "40 min", "repair": "10 min", "needs": {"operator": 2}}]
    plant = operated(
        {"failures": failure},
        count=2,
        routes={
            "r": [op("a", "m", takes="60 min", needs={"operator": 1})],
            "s": [op("b", "n", takes="50 min", needs={"operator": 1})],
        },
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("A"), order("B", "q")],
    )
    found = records(plant, days=1)
    assert rows(found, "failure") == [("m-1", 40, 60)]
    assert rows(found, unit="m-1") == [("m-1", 0, 80)]
    assert found.personnel_s == {"operator": (60 + 50 + 2 * 10) * 60}
