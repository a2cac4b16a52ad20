"""Working time of units and of personnel."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.engine.shops import completions, op, order, orders, records, rows, shop, state_minutes
from zhizao.engine import LogLevel
from zhizao.plant import Plant

CALENDARS = {
    "night": {"mon-sun": ["00:00-02:00", "03:00-04:00"]},  # 2 h, a break of one, 1 h
    "long": {"mon-sun": ["00:00-10:00"]},
    "late": {"mon-sun": ["01:00-12:00"], "on": {"2026-01-05": ["01:00-12:00"]}},
    "week": {"mon-fri": ["08:00-16:00"]},
}


def machine(takes: str, off_shift: str = "pause", calendar: str = "night", **whole: Any) -> Plant:
    center = {"id": "m", "calendar": calendar, "off_shift": off_shift, **whole.pop("center", {})}
    route = [op("a", "m", takes=takes, **whole.pop("op", {}))]
    return shop([center], route, whole.pop("jobs", orders(1)), calendars=CALENDARS, **whole)


def test_work_pauses_off_shift_and_goes_on_when_the_calendar_opens() -> None:
    found = records(machine("150 min"), days=1)
    assert rows(found) == [("m-1", 0, 210)]
    assert state_minutes(found, "m-1") == {"busy": 150, "idle": 30, "off": 1440 - 180}


def test_the_night_before_a_day_off_runs_through_and_its_own_does_not_begin() -> None:
    nights = {"n": {"mon-fri": ["22:00-06:00"], "off": ["2026-01-06"]}}
    plant = shop([{"id": "m", "calendar": "n"}], [op("a", "m", takes="1 h")], orders(10), calendars=nights)
    hours = [(start / 60, end / 60) for _, start, end in rows(records(plant, days=4)) if end is not None]
    monday = [(22.0 + number, 23.0 + number) for number in range(8)]
    assert hours == [*monday, (70.0, 71.0), (71.0, 72.0)]  # Wednesday, 22:00


def test_work_may_be_finished_over_time() -> None:
    found = records(machine("150 min", "finish", jobs=orders(2)), days=1)
    assert rows(found) == [("m-1", 0, 150), ("m-1", 180, 330)]
    assert state_minutes(found, "m-1") == {"busy": 300, "off": 1440 - 300}


def test_work_that_cannot_be_finished_in_the_shift_may_not_be_begun() -> None:
    found = records(machine("90 min", "no-start", jobs=orders(2)), days=2)
    assert rows(found) == [("m-1", 0, 90), ("m-1", 1440, 1530)]


def test_a_shorter_lot_may_start_where_the_first_does_not_fit() -> None:
    plant = shop(
        [{"id": "m", "calendar": "night", "off_shift": "no-start"}],
        routes={"r": [op("a", "m", takes="90 min")], "s": [op("b", "m", takes="30 min")]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("A"), order("B"), order("C", "q")],
        calendars=CALENDARS,
    )
    assert completions(records(plant)) == {"A": 90, "B": 1530, "C": 120}


def test_a_set_up_counts_when_work_must_fit_into_the_shift() -> None:
    setup = {"setup": {"by": "operation", "default": "40 min"}}
    long = "discrete(80 min: 1, 90 min: 1000000)"  # a plant in which it never fits is refused
    assert rows(records(machine(long, "no-start", calendar="night", center=setup), days=3)) == []
    assert rows(records(machine("80 min", "no-start", calendar="night", center=setup), days=3)) == [
        ("m-1", 40, 120)
    ]


def test_work_that_ends_with_the_shift_ends_with_the_shift() -> None:
    assert rows(records(machine("120 min"))) == [("m-1", 0, 120)]
    assert rows(records(machine("120 min", "no-start"))) == [("m-1", 0, 120)]


def test_a_day_off_has_no_working_time() -> None:
    calendars = {"c": {"mon-sun": ["00:00-10:00"], "off": ["2026-01-06"]}}
    plant = shop(
        [{"id": "m", "calendar": "c"}], [op("a", "m", takes="700 min")], orders(1), calendars=calendars
    )
    assert rows(records(plant)) == [("m-1", 0, 2 * 1440 + 100)]


def test_the_first_shift_after_the_start_is_worked() -> None:
    assert rows(records(machine("60 min", calendar="week"))) == [("m-1", 480, 540)]


def test_a_repair_goes_on_off_shift_and_closed_hours_count_as_off() -> None:
    broken = {"failures": [{"clock": "busy", "between": "90 min", "repair": "60 min"}]}
    found = records(machine("120 min", center=broken), days=0.5)
    assert rows(found, "failure") == [("m-1", 90, 150)]
    assert rows(found) == [("m-1", 0, 210)]
    assert state_minutes(found, "m-1") == {"busy": 120, "down": 30, "idle": 30, "off": 720 - 180}


def test_a_calendar_clock_hits_paused_work_too() -> None:
    broken = {"failures": [{"clock": "calendar", "between": "130 min", "repair": "60 min"}]}
    found = records(machine("150 min", center=broken), days=230 / 1440)
    assert rows(found) == [("m-1", 0, 220)]


def test_a_blocked_unit_is_off_when_its_calendar_is_closed() -> None:
    centers = [{"id": "x", "calendar": "night"}, {"id": "y", "buffer": {"capacity": 0}}]
    route = [op("a", "x", takes="10 min"), op("b", "y", takes="200 min")]
    found = records(shop(centers, route, orders(3), calendars=CALENDARS), days=240 / 1440)
    assert state_minutes(found, "x-1") == {"busy": 10 + 10 + 10, "blocked": 100 + 30 + 20, "off": 60}


def test_orders_come_only_in_the_working_time_of_their_calendar() -> None:
    stream = [{"product": "p", "every": "50 min", "calendar": "night"}]
    found = records(shop(orders=stream, calendars=CALENDARS), days=1)
    came = ((found.lots["release"] - found.start).dt.total_seconds() / 60).to_list()
    assert came == [50, 100, 210]


# ---------------------------------------------------------------- personnel
def crewed(takes: str = "100 min", jobs: int = 1, units: int = 2, count: int = 1, **more: Any) -> Plant:
    people = [{"id": "crew", "count": count, "skills": ["weld"], **more.pop("crew", {})}]
    center = {"id": "m", "units": units, **more.pop("center", {})}
    return shop(
        [center],
        [op("a", "m", takes=takes, needs={"weld": 1}, **more.pop("op", {}))],
        orders(jobs),
        personnel=people + more.pop("others", []),
        calendars=CALENDARS,
    )


def test_a_lot_waits_for_its_people_though_a_unit_is_free() -> None:
    found = records(crewed(jobs=2))
    assert [(start, end) for _, start, end in rows(found)] == [(0, 100), (100, 200)]


def test_people_are_there_for_set_up_and_processing_and_leave_when_the_work_is_done() -> None:
    setup = {"setup": {"by": "operation", "default": "20 min"}}
    found = records(crewed(jobs=2, center=setup))
    assert rows(found, "setup") == [("m-1", 0, 20)]
    assert rows(found) == [("m-1", 20, 120), ("m-1", 120, 220)]
    assert found.personnel_s == {"crew": 220 * 60}


def test_people_leave_a_blocked_unit() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y", "buffer": {"capacity": 0}}],
        [op("a", "x", takes="10 min", needs={"crew": 1}), op("b", "y", takes="50 min")],
        orders(2),
        personnel=[{"id": "crew", "count": 1}],
    )
    found = records(plant)
    assert rows(found, operation="a") == [("x-1", 0, 10), ("x-1", 10, 20)]
    assert found.personnel_s == {"crew": 20 * 60}


def test_people_stay_with_the_work_through_a_repair_and_it_counts_not_as_their_work() -> None:
    broken = {"failures": [{"clock": "busy", "between": "60 min", "repair": "30 min"}]}
    found = records(crewed(jobs=2, center=broken))
    assert [(start, end) for _, start, end in rows(found)] == [(0, 130), (130, 290)]
    assert found.personnel_s == {"crew": 200 * 60}


def test_work_goes_on_only_when_unit_and_people_are_both_there() -> None:
    plant = crewed("200 min", crew={"calendar": "night"}, center={"calendar": "long"}, units=1)
    found = records(plant, days=0.5)
    assert rows(found) == [("m-1", 0, None)]
    assert state_minutes(found, "m-1") == {"busy": 180, "waiting": 60 + 360, "off": 120}


def test_a_lot_does_not_start_without_its_people_on_shift() -> None:
    assert rows(records(crewed("30 min", crew={"calendar": "late"}), days=1)) == [("m-1", 60, 90)]


def test_work_finished_over_time_keeps_its_people_over_time() -> None:
    center = {"calendar": "night", "off_shift": "finish"}
    found = records(crewed("150 min", crew={"calendar": "night"}, center=center))
    assert rows(found) == [("m-1", 0, 150)]
    assert found.personnel_s == {"crew": 150 * 60}


def test_overtime_is_the_work_outside_the_calendar_of_the_group() -> None:
    center = {"off_shift": "finish", "setup": {"by": "operation", "default": "70 min"}}
    found = records(crewed("80 min", 2, center=center, units=1, count=2, crew={"calendar": "night"}))
    # The group is there from 0 to 120 and from 180 to 240.
    assert rows(found) == [("m-1", 70, 150), ("m-1", 180, 260)]
    assert found.overtime_s == {"crew": (30 + 20) * 60}
    pair = crewed("150 min", center={"off_shift": "finish"}, count=2, crew={"calendar": "night"})
    assert records(pair.replace({"routes.r.a.needs": {"weld": 2}})).overtime_s == {"crew": 2 * 30 * 60}


def test_people_without_a_calendar_have_no_overtime() -> None:
    found = records(crewed("150 min", center={"calendar": "night", "off_shift": "finish"}))
    assert (found.personnel_s, found.overtime_s) == ({"crew": 150 * 60}, {"crew": 0})


def test_work_that_pauses_has_no_overtime() -> None:
    for off_shift in ("pause", "no-start"):
        center = {"off_shift": off_shift}
        found = records(crewed("90 min", 3, center=center, crew={"calendar": "night"}), days=2)
        assert found.overtime_s == {"crew": 0}


def test_overtime_counts_within_the_window_only() -> None:
    center = {"calendar": "night", "off_shift": "finish"}
    plant = crewed("150 min", center=center, crew={"calendar": "night"})
    assert records(plant, days=130 / 1440).overtime_s == pytest.approx({"crew": 10 * 60})
    late = records(plant, days=300 / 1440, warm_up_days=130 / 1440)
    assert late.overtime_s == pytest.approx({"crew": 20 * 60})
    assert records(plant, log=LogLevel.LOTS).overtime_s == {"crew": 30 * 60}


def test_the_first_group_in_listed_order_that_can_serve_is_taken() -> None:
    others = [{"id": "aid", "count": 1, "skills": ["weld"]}]
    found = records(crewed(jobs=3, units=3, others=others))
    assert found.events is not None
    assert found.events["personnel"].to_list() == ["crew", "aid", "crew"]


def test_several_people_of_one_group_may_be_needed() -> None:
    plant = crewed(jobs=2, count=3).replace({"routes.r.a.needs": {"weld": 2}})
    found = records(plant)
    assert [start for _, start, _ in rows(found)] == [0, 100]
    assert found.personnel_s == {"crew": 2 * 200 * 60}


def test_two_needs_are_never_met_by_the_same_person() -> None:
    plant = crewed(jobs=1, count=2).replace({"routes.r.a.needs": {"weld": 1, "crew": 1}})
    assert records(plant).personnel_s == {"crew": 200 * 60}


def test_a_need_that_only_one_group_can_meet_is_met_by_it() -> None:
    others = [{"id": "aid", "count": 1, "skills": ["weld"]}]
    plant = crewed(others=others).replace({"routes.r.a.needs": {"weld": 1, "crew": 1}})
    assert completions(records(plant)) == {"O0": 100}


def test_people_given_back_go_to_the_work_center_that_waits_for_them() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y"}],
        routes={"r": [op("a", "x", needs={"crew": 1})], "s": [op("b", "y", needs={"crew": 1})]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("A"), order("B", "q")],
        personnel=[{"id": "crew", "count": 1}],
    )
    assert completions(records(plant)) == {"A": 10, "B": 20}


def test_a_rule_passes_over_a_lot_whose_people_are_busy() -> None:
    plant = shop(
        [{"id": "m", "units": 2}],
        routes={"r": [op("a", "m", needs={"crew": 1})], "s": [op("b", "m")]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("A"), order("B"), order("C", "q")],
        personnel=[{"id": "crew", "count": 1}],
    )
    assert completions(records(plant)) == {"A": 10, "B": 20, "C": 10}


def test_work_that_needs_nobody_names_nobody_though_the_lot_has_asked_for_people_before() -> None:
    """People come at 01:00; lots that wait 10 minutes for them go back to `a`, which needs none."""
    found = records(
        shop(
            [{"id": "m"}, {"id": "n"}],
            [
                op("a", "m", takes="1 min"),
                op(
                    "b",
                    "n",
                    takes="1 min",
                    needs={"crew": 1},
                    queue_at_most={"at_most": "10 min", "then": "rework a"},
                ),
            ],
            orders(3),
            calendars=CALENDARS,
            personnel=[{"id": "crew", "count": 1, "calendar": "late"}],
        ),
        days=0.2,
    )
    assert found.events is not None
    named = dict(
        found.events.group_by("operation").agg(pl.col("personnel").drop_nulls().unique()).iter_rows()
    )
    assert found.events.filter(pl.col("operation") == "a").height > 3
    assert named == {"a": [], "b": ["crew"]}
