"""Conveyors between work centers; all numbers are worked out by hand (minutes)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engine.shops import DAY, op, order, orders, raw_run, records, rows, shop, state_minutes
from tests.naive import twin
from zhizao.plant import Plant
from zhizao.quantities import Distribution


def line(kind: str, *, wants: Any = None, slow: str = "1 min", room: int | None = None, **more: Any) -> Plant:
    """Work 1 min at x, then `slow` at y; between them 12 m at 3 m/min (4 min), 4 places, a place a minute."""
    belt = {
        "id": "c",
        "from": "x",
        "to": "y",
        "length": "12 m",
        "speed": "3 m/min",
        "places": 4,
        "kind": kind,
    }
    buffer = {} if room is None else {"buffer": {"capacity": room}}
    return shop(
        [{"id": "x"}, {"id": "y", **buffer}],
        [op("a", "x", takes="1 min"), op("b", "y", takes=slow)],
        wants or orders(1),
        transport={"conveyors": [belt | {"kind": kind} | more]},
    )


@pytest.mark.parametrize("kind", ["accumulating", "slotted"])
def test_a_lot_moves_the_length_of_a_conveyor_at_its_speed(kind: str) -> None:
    found = records(line(kind), days=1)
    assert rows(found, "transport") == [("c", 1, 5)]
    assert rows(found, work_center="y") == [("y-1", 5, 6)]


def test_the_next_lot_goes_on_an_accumulating_conveyor_when_the_one_before_has_moved_on_by_a_place() -> None:
    """x takes no time; the entrance is free again after 1 min, and x is blocked until then."""
    plant = line("accumulating", wants=orders(3)).replace({"routes.r.a.takes": "0 s"})
    found = records(plant, days=1)
    assert rows(found, "transport") == [("c", 0, 4), ("c", 1, 5), ("c", 2, 6)]
    assert state_minutes(found, "x-1")["blocked"] == 2


def test_lots_close_up_at_the_end_of_an_accumulating_conveyor_and_block_the_unit_before_a_full_one() -> None:
    """y takes 10 min and has no room to spare: at most 4 lots are on the way, then x keeps its lot."""
    found = records(line("accumulating", wants=orders(7), slow="10 min", room=0), days=1)
    starts = [start for _, start, _ in rows(found, "transport")]
    assert starts == [1, 2, 3, 4, 5, 15, 25]
    assert [start for _, start, _ in rows(found, work_center="y")] == [5, 15, 25, 35, 45, 55, 65]
    ends = [end for _, _, end in rows(found, "transport")]
    assert ends == [5, 6, 16, 26, 36, 46, 56]  # each moves up 1 min after the one before has left
    assert state_minutes(found, "x-1")["blocked"] == 9 + 9


def test_a_lot_goes_on_a_slotted_conveyor_only_where_a_slot_passes() -> None:
    plant = line("slotted", wants=[order("A"), order("B", release=90)])
    found = records(plant, days=1)
    assert rows(found, "transport") == [("c", 1, 5), ("c", 3, 7)]  # B is done at minute 2.5
    assert state_minutes(found, "x-1")["blocked"] == 0.5


def test_a_slotted_conveyor_stands_while_its_first_lot_finds_no_room() -> None:
    """y takes 3 min: A leaves at 5, B stands from 6 to 8, C from 9 to 11, and D waits for its slot."""
    found = records(line("slotted", wants=orders(4), slow="3 min", room=0), days=1)
    assert [start for _, start, _ in rows(found, work_center="y")] == [5, 8, 11, 14]
    assert rows(found, "transport") == [("c", 1, 5), ("c", 2, 6), ("c", 3, 9), ("c", 4, 12)]


def test_a_conveyor_is_busy_while_lots_move_blocked_while_the_first_waits_and_else_idle() -> None:
    found = records(line("accumulating", wants=orders(2), slow="10 min", room=0), days=1)
    assert state_minutes(found, "c") == {"idle": 1440 - 14, "busy": 5, "blocked": 9}
    plant = line("accumulating", power={"idle": "1 kW", "busy": "4 kW"}, cost="6/h")
    states = records(plant, days=1).states
    assert states is not None
    assert states.filter(work_center="c")["energy_kwh"].sum() == pytest.approx((4 * 4 + 1436) / 60)


# ---------------------------------------------------------------- the digits of a recursion
SERVICE = Distribution.exponential(420.0)
EVERY = Distribution.exponential(500.0)


def belt_run(kind: str, places: int, room: int) -> tuple[Any, list[float], list[list[float]]]:
    """Ends of work at the second of two machines with a conveyor between them; arrivals; works."""
    centers = [{"id": "x"}, {"id": "y", "buffer": {"capacity": room}}]
    belt = {"id": "c", "from": "x", "to": "y", "length": "50 m", "speed": "0.1 m/s", "places": places}
    raw = raw_run(
        shop(
            centers,
            [op("a", "x", takes=SERVICE), op("b", "y", takes=SERVICE)],
            [{"product": "p", "every": EVERY}],
            transport={"conveyors": [belt | {"kind": kind}]},
        ),
        4,
    )
    lots = list(twin.arrivals(EVERY, 4 * DAY))
    works = [[twin.work(SERVICE, key, operation) for _, key in lots] for operation in "ab"]
    return raw.exits["end"][np.argsort(raw.exits["serial"])], [t for t, _ in lots], works


@pytest.mark.parametrize(("places", "room"), [(1, 0), (4, 0), (7, 2)])
def test_an_accumulating_conveyor_has_the_digits_of_its_recursion(places: int, room: int) -> None:
    ends, came, works = belt_run("accumulating", places, room)
    plain = twin.accumulating(came, works, 500.0, places, room)
    assert len(ends) > 400
    np.testing.assert_array_equal(ends, [t for t in plain if t <= 4 * DAY])


@pytest.mark.parametrize(("places", "room"), [(1, 0), (4, 0), (7, 2)])
def test_a_slotted_conveyor_has_the_times_of_its_recursion(places: int, room: int) -> None:
    ends, came, works = belt_run("slotted", places, room)
    plain = twin.slotted(came, works, 500.0, places, room)
    assert len(ends) > 400
    np.testing.assert_allclose(ends, [t for t in plain if t <= 4 * DAY], rtol=1e-12)


def test_a_release_rule_counts_the_lots_of_work_centers_not_those_of_conveyors() -> None:
    """The queues are short whenever the lot before has started; a belt that is shut is no queue."""
    plant = line("accumulating", wants=orders(4)).replace(
        {"release": {"rule": "tests.engine.rules_of_mine:short_queue"}}
    )
    assert [start for _, start, _ in rows(records(plant, days=1), operation="a")] == [0, 1, 2, 3]
