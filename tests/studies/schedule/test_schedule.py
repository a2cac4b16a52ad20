"""The user's view: a plant and its orders in, a plan and its reasons out."""

import json
from datetime import datetime

import polars as pl
import pytest

from tests.engine.shops import op, order, orders, shop
from zhizao import InputError, schedule
from zhizao.plant import parse_plant
from zhizao.records import EVENTS
from zhizao.solvers import plans
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.search import plan_search

SHOP = """
zhizao: 1
plant: two machines
start: 2026-01-05
calendars: {day: {mon-fri: [08:00-16:00]}}
work_centers:
  - {id: cut, setup: {by: product, default: 30 min}}
  - {id: press, calendar: day}
personnel: [{id: presser, count: 1}]
routes:
  r: [{id: cut, on: cut, takes: {per_piece: 6 min}}, {id: press, on: press, takes: 1 h, needs: {presser: 1}}]
products: {a: {route: r, lot: 10}, b: {route: r, lot: 10}}
orders:
"""
ROWS = """
  - {id: one, product: a, pieces: 20, due: 2026-01-05 12:00}
  - {id: two, product: b, pieces: 10, due: 2026-01-05 10:00}
"""


def planned(rows=ROWS, **options):
    return schedule(parse_plant(SHOP + rows), seconds=5.0, work=300, **options)


def test_a_plan_keeps_working_time_people_and_set_ups():
    plan = planned()
    assert plan.judged.exact
    assert plan.events.schema == pl.Schema(EVENTS)
    pressed = plan.events.filter(work_center="press", activity="process").sort("start")
    assert pressed["start"].to_list() == [datetime(2026, 1, 5, hour) for hour in (8, 9, 10)]
    assert set(plan.events["lot"]) == {"one-1", "one-2", "two"}
    assert plan.events.filter(activity="setup").height == 2  # a unit is set up for its first lot too


def test_an_order_that_cannot_be_in_time_says_that_it_is_released_too_late():
    plan = planned("  - {id: one, product: a, pieces: 10, due: 2026-01-05 08:30}\n")
    assert [late.order for late in plan.late] == ["one"]
    assert "even alone" in plan.late[0].reason  # 1 h of cutting, then the press opens at 8 for an hour
    assert plan.late[0].late_s == 1800


def test_an_order_that_waits_names_the_machine_and_the_lots_that_it_waited_for():
    rows = "".join(f"  - {{id: o{n}, product: a, pieces: 10, due: 2026-01-05 12:00}}\n" for n in range(6))
    plan = planned(rows)
    assert len(plan.late) == 2  # the press is done with four by noon
    assert all("press" in late.reason and "o" in late.reason for late in plan.late)


def test_the_json_holds_orders_reasons_and_the_whole_schedule():
    reported = json.loads(planned().to_json())
    assert reported["objective"] == "tardiness"
    assert reported["value_s"] >= reported["lower_bound_s"] >= 0
    assert {row["operation"] for row in reported["schedule"]} == {"cut", "press"}


def test_without_due_dates_the_makespan_counts():
    plan = planned("  - {id: one, product: a, pieces: 10}\n")
    assert plan.objective is Objective.MAKESPAN
    assert plan.value_s == 9 * 3600  # the press opens at 8


@pytest.mark.parametrize("objective", ["makespan", "tardiness", "flow-time"])
def test_an_objective_may_be_written_as_the_command_takes_it(objective):
    plan = planned(objective=objective)
    assert plan.objective is Objective(objective)
    assert plan.events.equals(planned(objective=Objective(objective)).events)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ("makespann", r"objective: found 'makespann'; right is .*flow-time; did you mean 'makespan'\?"),
        ("Flow_Time", "did you mean 'flow-time'"),
        ("", "right is makespan, tardiness or flow-time$"),
        (3, "objective: found 3"),
    ],
)
def test_an_unknown_objective_is_refused_with_the_right_names_and_the_nearest(wrong, match):
    with pytest.raises(InputError, match=match):
        planned(objective=wrong)


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        ({"seconds": 0.0}, "seconds: found 0; right is more than 0"),
        ({"seconds": float("nan")}, "seconds: found nan"),
        ({"work": 0}, "work: found 0; right is 1 move or more"),
    ],
)
def test_limits_that_leave_no_search_are_refused(limits, match):
    with pytest.raises(InputError, match=match):
        schedule(parse_plant(SHOP + ROWS), **limits)


def test_equal_seeds_and_work_give_equal_plans():
    assert planned(seed=3).events.equals(planned(seed=3).events)


def test_more_lots_than_any_plan_can_hold_are_refused_at_once_with_the_order():
    plant = shop(None, None, [order("O1", pieces=24_000_000), order("O2")])
    message = "found 24,000,001 lots, most of them of O1: 24,000,000 pieces in lots of 1; right is 100,000"
    with pytest.raises(InputError, match=message):
        schedule(plant, seconds=1.0)


def test_progress_is_the_share_of_the_time():
    seen: list[float] = []
    schedule(
        shop(None, [op("a", "m"), op("b", "m")], orders(5, due=600.0)), seconds=0.5, progress=seen.append
    )
    assert seen == sorted(seen)
    assert seen[0] >= 0.0
    assert seen[-1] <= 1.0


def test_a_plant_with_streams_alone_is_refused_with_the_remedy():
    with pytest.raises(InputError, match="--orders"):
        schedule(parse_plant(SHOP + "  - {product: a, every: 1 h}\n"), seconds=1.0)


def test_the_page_shows_the_gantt_chart_and_the_reasons(tmp_path):
    page = planned("  - {id: one, product: a, pieces: 10, due: 2026-01-05 08:30}\n").report(
        tmp_path / "p.html"
    )
    text = page.read_text(encoding="utf-8")
    assert "Who does what when" in text
    assert "even alone" in text


def test_work_without_a_time_limit_still_searches(monkeypatch):
    going = []

    def improve(structure, decoder, effort, *more, **named):
        going.append(effort.go_on())
        return real(structure, decoder, effort, *more, **named)

    real = plans.improve
    monkeypatch.setattr(plan_search, "improve", improve)
    rows = "".join(f"  - {{id: o{n}, product: a, pieces: 10, due: 2026-01-05 12:00}}\n" for n in range(6))
    schedule(parse_plant(SHOP + rows), seconds=None, work=20)
    assert going
    assert all(going)
