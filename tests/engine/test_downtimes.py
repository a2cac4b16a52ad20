"""Failures and maintenance."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.shops import completions, op, order, orders, records, rows, shop, state_minutes
from zhizao.plant import Plant


def machine(jobs: int = 1, takes: str = "100 min", **center: Any) -> Plant:
    return shop([{"id": "m", **center}], [op("a", "m", takes=takes)], orders(jobs))


def failure(clock: str, between: str, repair: str = "20 min", then: str = "resume") -> list[dict[str, Any]]:
    return [{"clock": clock, "between": between, "repair": repair, "then": then}]


def test_a_lot_that_a_failure_hits_goes_on_after_the_repair() -> None:
    found = records(machine(failures=failure("busy", "60 min")), days=1)
    assert rows(found) == [("m-1", 0, 120)]
    assert rows(found, "failure") == [("m-1", 60, 80)]
    assert state_minutes(found, "m-1") == {"busy": 100, "down": 20, "idle": 1440 - 120}


def test_a_lot_may_begin_again_after_the_repair_with_the_same_work() -> None:
    (_, _, work) = rows(records(machine(takes="uniform(50 min, 70 min)")))[0]
    broken = failure("calendar", "500 min", "20 min", "restart")
    plant = machine(takes="uniform(50 min, 70 min)", failures=broken).replace(
        {"orders.O0.release": "480 min"}
    )
    assert work is not None
    ((_, start, end),) = rows(records(plant))
    assert start == 480
    assert end == pytest.approx(520 + work)


def test_a_lot_that_a_failure_hits_may_be_scrapped() -> None:
    found = records(machine(jobs=2, failures=failure("busy", "60 min", then="scrap")))
    assert found.lots["status"].to_list() == ["scrapped", "scrapped"]
    assert rows(found) == [("m-1", 0, 60), ("m-1", 80, 140)]
    assert found.lots["pieces_scrap"].to_list() == [1, 1]
    assert completions(found) == {"O0": 60, "O1": 140}


def test_a_busy_clock_runs_only_while_the_unit_processes() -> None:
    plant = shop(
        [{"id": "m", "setup": {"by": "product", "default": "30 min"}, "failures": failure("busy", "60 min")}],
        [op("a", "m", takes="40 min")],
        [order("A"), order("B", "q", release=7200)],
        products={"p": {"route": "r"}, "q": {"route": "r"}},
    )
    assert rows(records(plant), "failure") == [("m-1", 120 + 30 + 20, 120 + 30 + 40)]


def test_a_calendar_clock_runs_all_the_time_and_hits_idle_units_too() -> None:
    found = records(machine(jobs=1, takes="10 min", failures=failure("calendar", "60 min")), days=200 / 1440)
    assert rows(found, "failure") == [("m-1", 60, 80), ("m-1", 140, 160)]


def test_a_cycle_clock_counts_lots_and_stops_the_unit_when_the_work_is_done() -> None:
    found = records(machine(jobs=5, takes="10 min", failures=failure("cycles", "2")))
    assert [start for _, start, _ in rows(found)] == [0, 10, 40, 50, 80]
    assert rows(found, "failure") == [("m-1", 20, 40), ("m-1", 60, 80)]


def test_clocks_run_from_the_end_of_the_repair() -> None:
    found = records(machine(takes="150 min", failures=failure("busy", "60 min")))
    assert [start for _, start, _ in rows(found, "failure")] == [60, 140]


def test_work_that_is_done_at_the_moment_of_a_failure_is_done() -> None:
    found = records(machine(jobs=2, takes="60 min", failures=failure("busy", "60 min", then="scrap")))
    assert found.lots["status"].to_list() == ["completed", "completed"]
    assert [start for _, start, _ in rows(found)] == [0, 80]


def test_a_failure_during_set_up_may_scrap_or_restart_the_lot() -> None:
    def plant(then: str) -> Plant:
        setup = {"by": "product", "default": "30 min"}
        return machine(setup=setup, takes="10 min", failures=failure("calendar", "20 min", "100 h", then))

    assert records(plant("scrap"), days=1).lots["status"].to_list() == ["scrapped"]
    for then, end in (("resume", 20 + 6000 + 10), ("restart", None)):
        found = records(plant(then))
        assert rows(found, "setup")[0] == ("m-1", 0, end)


def test_a_unit_that_is_down_takes_no_lot() -> None:
    plant = machine(failures=failure("calendar", "60 min", "300 min"), takes="10 min")
    late = plant.replace({"orders.O0.release": "61 min"})
    assert rows(records(late, days=1)) == [("m-1", 360, 370)]


def test_a_blocked_unit_can_fail_and_its_lot_may_leave_meanwhile() -> None:
    centers = [
        {"id": "x", "failures": failure("calendar", "15 min", "50 min")},
        {"id": "y", "buffer": {"capacity": 0}},
    ]
    found = records(
        shop(centers, [op("a", "x", takes="5 min"), op("b", "y", takes="20 min")], orders(3)), days=0.1
    )
    assert rows(found, operation="b")[1] == ("y-1", 25, 45)
    assert rows(found, operation="a")[2] == ("x-1", 65, 70)
    assert state_minutes(found, "x-1")["blocked"] == 5


def test_failure_modes_of_one_unit_follow_one_another() -> None:
    modes = failure("calendar", "60 min", "30 min") + failure("calendar", "70 min", "10 min")
    found = records(machine(takes="200 min", failures=modes), days=0.5)
    assert rows(found, "failure")[:2] == [("m-1", 60, 90), ("m-1", 90, 100)]


# ---------------------------------------------------------------- maintenance
def test_maintenance_when_idle_waits_until_the_unit_has_no_lot() -> None:
    plan = [{"every": "60 min", "for": "30 min", "when": "idle"}]
    found = records(machine(jobs=2, maintenance=plan), days=0.5)
    assert rows(found) == [("m-1", 0, 100), ("m-1", 130, 230)]
    assert rows(found, "maintenance")[0] == ("m-1", 100, 130)


def test_maintenance_now_interrupts_the_work_in_hand() -> None:
    plan = [{"every": "60 min", "for": "30 min", "when": "now"}]
    found = records(machine(maintenance=plan), days=0.5)
    assert rows(found) == [("m-1", 0, 130)]
    assert rows(found, "maintenance")[:2] == [("m-1", 60, 90), ("m-1", 150, 180)]


def test_the_first_maintenance_may_be_set() -> None:
    plan = [{"every": "60 min", "for": "30 min", "first": "10 min"}]
    found = records(machine(takes="1 min", maintenance=plan), days=200 / 1440)
    assert rows(found, "maintenance") == [("m-1", 10, 40), ("m-1", 100, 130), ("m-1", 190, None)]


@pytest.mark.parametrize(
    ("clock", "every", "starts"), [("busy", "25 min", [30, 65]), ("cycles", "2", [20, 45])]
)
def test_maintenance_may_count_work_or_cycles(clock: str, every: str, starts: list[float]) -> None:
    plan = [{"clock": clock, "every": every, "for": "5 min"}]
    found = records(machine(jobs=6, takes="10 min", maintenance=plan))
    assert [start for _, start, _ in rows(found, "maintenance")][:2] == starts


def test_units_may_be_maintained_in_turn() -> None:
    plan = [{"every": "600 min", "for": "10 min", "first": "90 min", "in_turn": True}]
    found = records(machine(units=3, takes="10 min", maintenance=plan), days=0.5)
    assert rows(found, "maintenance")[:3] == [("m-1", 30, 40), ("m-2", 60, 70), ("m-3", 90, 100)]


def test_a_clock_may_count_pieces() -> None:
    plan = [{"clock": "pieces", "every": "5", "for": "5 min"}]
    plant = shop(
        [{"id": "m", "maintenance": plan}],
        [op("a", "m", takes="10 min")],
        [order(f"O{n}", pieces=2) for n in range(7)],
        products={"p": {"route": "r", "lot": 2}},
    )
    assert [start for _, start, _ in rows(records(plant), "maintenance")] == [30, 65]
    broken = plant.replace({"work_centers.m.maintenance": ()}).replace(
        {"work_centers.m.failures": [{"clock": "pieces", "between": "5", "repair": "8 min"}]}
    )
    assert [start for _, start, _ in rows(records(broken), "failure")] == [30, 68]


def test_a_stop_may_pass_over_units_without_work() -> None:
    """The clock runs out at 60, 120, 180 while the unit has no lot, and at 240 while it has one."""
    mode = failure("calendar", "60 min")
    plant = machine(takes="30 min", failures=[mode[0] | {"idle_too": False}]).replace(
        {"orders.O0.release": "230 min"}
    )
    assert rows(records(plant, days=0.25), "failure") == [("m-1", 240, 260)]
    plan = [{"every": "60 min", "for": "20 min", "when": "now", "idle_too": False}]
    plant = machine(takes="30 min", maintenance=plan).replace({"orders.O0.release": "230 min"})
    assert rows(records(plant, days=0.25), "maintenance") == [("m-1", 240, 260)]
