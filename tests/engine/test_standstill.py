"""What can never go on is reported: which lots hold what and wait for what."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from tests.engine.shops import START, crossing, op, order, orders, records, seconds, shop
from zhizao.engine import LogLevel
from zhizao.engine.packed import pack, unpack
from zhizao.engine.run import Done
from zhizao.engine.stream import LogRoom
from zhizao.plant import Plant
from zhizao.records import Standstill


def stands(plant: Plant, days: float = 2.0, **settings: Any) -> Standstill:
    found = records(plant, days, **settings).standstill
    assert found is not None
    return found


def minute(found: Standstill) -> float:
    return (found.since - START).total_seconds() / 60


def described(found: Standstill) -> list[tuple[str, str]]:
    return sorted((hold.holds, hold.waits_for) for hold in found.holds)


# ---------------------------------------------------------------- rings
def test_two_flows_through_two_places_without_room_lock_each_other() -> None:
    """Both come at 10... and are done at 5 and 6 min later: from then on each stands in the other's way."""
    found = stands(crossing())
    assert found.ring
    assert minute(found) == 16
    assert described(found) == [("holds a-1", "room at b"), ("holds b-1", "room at a")]
    assert str(found) == (
        "Deadlock since 2026-01-05 00:16:00: L000000 (p) holds a-1, waits for room at b; "
        "L000001 (q) holds b-1, waits for room at a."
    )


def test_a_ring_may_close_through_full_buffers_and_output_places() -> None:
    found = stands(crossing(capacity=2, output=1))
    assert found.ring
    assert {waits for _, waits in described(found)} == {"room at a", "room at b"}


def test_a_line_that_blocks_but_moves_is_no_deadlock() -> None:
    line = shop(
        [{"id": "a"}, {"id": "b", "buffer": {"capacity": 0}}],
        [op("o1", "a", takes="1 min"), op("o2", "b", takes="50 min")],
        [{"product": "p", "every": "10 min"}],
    )
    for days in (0.5, 1.0, 1.7):
        assert records(line, days).standstill is None


def test_a_line_that_waits_for_the_end_of_a_repair_or_of_the_night_is_no_deadlock() -> None:
    down: dict[str, Any] = {"id": "b", "buffer": {"capacity": 0}, "calendar": "day"}
    down["failures"] = [{"clock": "calendar", "between": "2 h", "repair": "30 h"}]
    line = shop(
        [{"id": "a"}, down],
        [op("o1", "a", takes="1 min"), op("o2", "b", takes="50 min")],
        calendars={"day": {"mon-sun": ["00:00-06:00"]}},
    )
    assert records(line, 1.0).standstill is None


def test_people_who_wait_for_each_other_are_a_deadlock() -> None:
    """Each of two machines has failed in the hands of one of two operators, and its repair takes both."""
    failure = {"clock": "busy", "between": "20 min", "repair": "10 min", "needs": {"operator": 2}}
    plant = shop(
        [{"id": "m", "units": 2, "failures": [failure]}],
        [op("a", "m", takes="30 min", needs={"operator": 1})],
        orders(2),
        personnel=[{"id": "operator", "count": 2}],
    )
    found = stands(plant)
    assert found.ring
    assert minute(found) == 20
    assert described(found) == [
        ("holds m-1 and operator", "operator to repair it"),
        ("holds m-2 and operator", "operator to repair it"),
    ]


# ---------------------------------------------------------------- nothing that would come
def test_lots_whose_parts_never_come_stand_still() -> None:
    plant = shop(
        [{"id": "m"}],
        [op("a", "m", parts={"lid": 1})],
        orders(3),
        products={"p": {"route": "r"}, "lid": {"route": None, "stock": {"initial": 1}}},
    )
    found = stands(plant)
    assert not found.ring
    assert found.lots == 2
    assert described(found) == [("waits before m", "parts lid")]
    assert "Standstill since 2026-01-05 00:00:00" in str(found)


def test_the_rest_of_a_batch_that_never_comes_is_a_standstill_and_one_that_may_come_is_none() -> None:
    batch = [op("a", "m", batch={"lots": 2})]
    found = stands(shop([{"id": "m"}], batch, orders(3)))
    assert described(found) == [("waits before m", "the rest of its batch")]
    more = [*orders(3), order("Z", release=40 * 86400)]
    assert records(shop([{"id": "m"}], batch, more), 2).standstill is None
    assert records(shop([{"id": "m"}], batch, orders(4)), 2).standstill is None


def test_a_plant_that_is_empty_or_at_work_does_not_stand_still() -> None:
    assert records(shop(orders=orders(3)), 1).standstill is None
    assert records(shop(orders=orders(3)), 0.01).standstill is None


# ---------------------------------------------------------------- what becomes of it
def test_what_is_logged_does_not_matter_and_a_packed_run_keeps_it() -> None:
    found = records(crossing(), 2, log=LogLevel.LOTS)
    assert found.standstill == stands(crossing())
    packed = BytesIO()
    pack(Done(found, 1), packed)
    packed.seek(0)
    assert unpack(packed, LogRoom(None), "x").records.standstill == found.standstill


def test_the_moment_is_that_from_which_no_lot_of_the_ring_moves() -> None:
    found = records(crossing(), 2)
    assert found.events is not None
    ends = [x for x in seconds(found.events["end"]) if x is not None]
    assert max(ends) == minute(stands(crossing())) * 60
