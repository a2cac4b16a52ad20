"""Events from outside do what they say, and what the twin cannot do is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engine.shops import DAY, HOUR, MIN, START, completions, op, order, orders, rows, sequence, shop
from tests.laws.test_same_bits import digest
from zhizao.engine import Session
from zhizao.engine.session import Event, LotChanged, LotScrapped, OrderReleased, UnitDown, UnitUp
from zhizao.plant import Condition, JobOrder, Plant, parse_state, read_plant, state_text
from zhizao.quantities import InputError

ROOT = Path(__file__).resolve().parents[3]
RARE = [{"clock": "calendar", "between": "900 h", "repair": "1 h"}]


def mill(n: int = 3, **center: Any) -> Plant:
    return shop([{"id": "m", "failures": RARE, **center}], [op("a", "m", takes="10 min")], orders(n))


def at(plant: Plant, minutes: float) -> Session:
    session = Session(plant)
    session.advance(minutes * MIN)
    return session


def after(session: Session, *events: Event) -> Session:
    for event in events:
        session.apply(event)
    session.advance(DAY)
    return session


def test_a_unit_goes_down_for_so_long_and_its_work_goes_on() -> None:
    found = after(at(mill(), 4), UnitDown("m-1", 30 * MIN)).records()
    assert rows(found) == [("m-1", 0, 40), ("m-1", 40, 50), ("m-1", 50, 60)]
    assert rows(found, "failure") == [("m-1", 4, 34)]


def test_an_idle_unit_takes_no_lot_while_it_is_down() -> None:
    plant = shop([{"id": "m", "failures": RARE}], orders=[order("A", release=20 * MIN)])
    assert rows(after(at(plant, 5), UnitDown("m-1", 30 * MIN)).records()) == [("m-1", 35, 45)]


def test_a_unit_comes_up_before_its_time() -> None:
    session = at(mill(), 4)
    session.apply(UnitDown("m-1", 30 * MIN))
    session.advance(9 * MIN)
    assert session.snapshot(exact=False).units[0].state is Condition.DOWN
    assert rows(after(session, UnitUp("m-1")).records())[0] == ("m-1", 0, 15)


def test_an_order_comes_now_before_those_that_come_later() -> None:
    plant = shop([{"id": "m"}], orders=[order("A"), order("late", release=15 * MIN)])
    new = JobOrder(id="new", product="p", pieces=2, due=2 * HOUR)
    found = after(at(plant, 12), OrderReleased(new)).records()
    assert sequence(found) == ["A", "new", "new", "late"]
    due = found.lots.filter(found.lots["order"] == "new")["due"].to_list()
    assert due == 2 * [START + timedelta(hours=2)]


def test_an_order_comes_where_none_is_left() -> None:
    new = JobOrder(id="new", product="p", pieces=1)
    assert completions(after(at(mill(), 60), OrderReleased(new)).records())["new"] == 70


def test_a_lot_gets_another_priority_or_due_date_and_its_place_in_the_queue() -> None:
    by_priority = mill(4, dispatch="priority")
    assert sequence(after(at(by_priority, 1), LotChanged("L000003", priority=5.0)).records())[1] == "O3"
    by_date = mill(4, dispatch="earliest-due-date")
    found = after(at(by_date, 1), LotChanged("L000002", due=START + timedelta(hours=1)))
    assert sequence(found.records()) == ["O0", "O2", "O1", "O3"]


def test_a_lot_is_scrapped() -> None:
    found = after(at(mill(), 1), LotScrapped("L000001")).records()
    assert found.lots["status"].cast(str).to_list() == ["completed", "scrapped", "completed"]
    assert len(rows(found)) == 2


EVENTS: tuple[Event, ...] = (
    UnitDown("cut-1", 3 * HOUR),
    OrderReleased(JobOrder(id="X", product="parka", pieces=40)),
)


def test_with_events_too_a_session_that_is_saved_and_restored_is_one_run() -> None:
    plant = read_plant(ROOT / "examples" / "plants" / "garment.yaml")
    one = Session(plant)
    other = Session(plant)
    for hours, event in zip((7.5, 11.25), EVENTS, strict=True):
        one.advance(hours * HOUR)
        one.apply(event)
        other.advance((hours - 0.5) * HOUR)
        other = Session(plant, state=parse_state(state_text(other.snapshot()), plant))
        other.advance(hours * HOUR)
        other.apply(event)
    other = Session(plant, state=other.snapshot())
    one.advance(2 * DAY)
    other.advance(2 * DAY)
    assert digest(one.records()) == digest(other.records())
    assert one.records().lots.filter(one.records().lots["order"] == "X").height == 2


# ---------------------------------------------------------------- refused
@pytest.mark.parametrize(
    ("event", "reported"),
    [
        (UnitDown("m-9", 60.0), "found no unit 'm-9'; did you mean 'm-1'"),
        (UnitDown("m-1", 0.0), "right is more than 0"),
        (UnitUp("m-1"), "m-1 is not down"),
        (LotScrapped("L000000"), "L000000 is in no queue now"),
        (LotScrapped("L9"), "found no lot in the plant 'L9'"),
        (LotChanged("L000001", priority=float("nan")), "found the priority nan"),
        (OrderReleased(JobOrder(id="O1", product="p", pieces=1)), "found the order 'O1' again"),
        (OrderReleased(JobOrder(id="X", product="q", pieces=1)), "found no product 'q'"),
        (OrderReleased(JobOrder(id="X", product="p", pieces=1, hot=True)), "order X is hot: refused"),
        ("strike", "found str; a session takes"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(event: Any, reported: str) -> None:
    session, other = at(mill(), 3), at(mill(), 3)
    with pytest.raises(InputError, match=reported):
        session.apply(event)
    assert digest(after(session).records()) == digest(after(other).records())


def test_a_unit_that_never_fails_cannot_go_down() -> None:
    with pytest.raises(InputError, match="has no failure in the plant"):
        at(shop(orders=orders(2)), 1).apply(UnitDown("m-1", 60.0))
