"""Moves of a plan: what the twin says breaks, and the repair around them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from zhizao import InputError, schedule
from zhizao.plant import parse_plant
from zhizao.studies.schedule.moves import BreachKind, PlanMove, check_moves, with_moves

SHOP = """
zhizao: 1
plant: two saws and a press
start: 2026-01-05
calendars: {day: {mon-fri: [08:00-16:00]}}
work_centers: [{id: saw, units: 2}, {id: press, calendar: day}]
routes: {r: [{id: cut, on: saw, takes: 1 h}, {id: bend, on: press, takes: 1 h}]}
products: {p: {route: r, lot: 1}}
orders:
  - {id: A, product: p, pieces: 1, release: 2026-01-05 06:00, due: 2026-01-05 12:00}
  - {id: B, product: p, pieces: 1, release: 2026-01-05 06:00, due: 2026-01-05 12:00}
  - {id: C, product: p, pieces: 1, release: 2026-01-05 09:00, due: 2026-01-05 12:00}
"""
PLANT = parse_plant(SHOP)


@pytest.fixture(scope="module")
def plan():
    return schedule(PLANT, seconds=5.0, work=300).events


def at(hour: float) -> datetime:
    return datetime(2026, 1, 5) + timedelta(hours=hour)


def start_of(plan, lot, operation):
    return plan.filter(lot=lot, operation=operation, activity="process")["start"].item()


def kinds(plan, move):
    return [breach.kind for breach in check_moves(PLANT, plan, [move]).breaches]


def test_a_move_that_the_twin_does_as_it_says_breaks_nothing(plan):
    unit = plan.filter(lot="A", operation="cut")["unit"].item()
    found = check_moves(PLANT, plan, [PlanMove("A", "cut", "saw-2" if unit == "saw-1" else unit, at(6.0))])
    assert [breach.kind for breach in found.breaches] in ([], [BreachKind.OVERLAP])  # B may be there
    found = check_moves(PLANT, plan, [PlanMove("C", "cut", "saw-1", at(9))])
    assert found.breaches == ()
    assert found.starts == (at(9),)
    assert (found.later, found.late) == (0, ())


def test_each_kind_of_breach_is_named(plan):
    first, second = sorted(("A", "B"), key=lambda lot: start_of(plan, lot, "bend"))
    bend = start_of(plan, first, "bend")
    assert kinds(plan, PlanMove(first, "cut", "press-1", at(6))) == [BreachKind.UNIT]
    assert BreachKind.RELEASE in kinds(plan, PlanMove("C", "cut", "saw-1", at(8)))
    assert kinds(plan, PlanMove(second, "bend", "press-1", at(18))) == [BreachKind.CLOSED]
    assert BreachKind.OVERLAP in kinds(
        plan, PlanMove(second, "bend", "press-1", bend + timedelta(minutes=30))
    )
    assert BreachKind.PRECEDENCE in kinds(plan, PlanMove(first, "cut", "saw-1", bend))


def test_what_a_move_delays_is_counted(plan):
    found = check_moves(PLANT, plan, [PlanMove("A", "cut", "saw-1", at(14))])
    assert found.late == ("A",)
    assert found.starts == (at(14),)


def test_a_repair_keeps_the_moved_operation_and_arranges_the_rest_around_it(plan):
    move = PlanMove("A", "bend", "press-1", at(11))
    again = schedule(
        PLANT, previous=with_moves(PLANT, plan, [move]), pinned=[("A", "bend")], seconds=5.0, work=300
    )
    assert again.complete
    assert start_of(again.events, "A", "bend") == at(11)
    other = again.events.filter(work_center="press", activity="process").sort("start")
    assert other["end"].to_list()[:-1] <= other["start"].to_list()[1:], "nothing overlaps"


def test_moves_of_what_is_not_there_are_refused(plan):
    with pytest.raises(InputError, match="no operation 'drill' of lot 'A'"):
        check_moves(PLANT, plan, [PlanMove("A", "drill", "saw-1", at(9))])
    with pytest.raises(InputError, match="unit 'lathe'"):
        check_moves(PLANT, plan, [PlanMove("A", "cut", "lathe", at(9))])
    with pytest.raises(InputError, match="pinned: found no previous plan"):
        schedule(PLANT, pinned=[("A", "cut")], seconds=1.0)


def test_a_pinned_operation_does_not_start_before_it_was_moved_to():
    """Without it, lots A and B are in time: the search would gain by starting it earlier."""
    plan = schedule(PLANT, seconds=5.0, work=50).events
    moved = with_moves(PLANT, plan, [PlanMove("A", "bend", "press-1", at(12))])
    again = schedule(PLANT, previous=moved, pinned=[("A", "bend")], per_move=0.0, seconds=5.0, work=300)
    assert start_of(again.events, "A", "bend") == at(12)
