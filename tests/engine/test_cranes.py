"""Stacker cranes and their racks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.shops import op, order, orders, records, rows, shop, state_minutes
from tests.naive import twin
from zhizao.plant import Plant

RACK = {"id": "asrs", "serves": ["y"], "length": "60 m", "height": "20 m", "speed": "2 m/s", "lift": "1 m/s"}


def store(*, wants: Any = None, slow: str = "10 min", room: int = 0, **more: Any) -> Plant:
    """Work 1 min at x, then `slow` at y, before which lots wait in a rack of 30 s by 20 s."""
    return shop(
        [{"id": "x"}, {"id": "y", "buffer": {"capacity": room}}],
        [op("a", "x", takes="1 min"), op("b", "y", takes=slow)],
        wants or orders(1),
        transport={"cranes": [RACK | more]},
    )


def place(name: str = "O0", *, seed: int = 1) -> float:
    """Seconds from the corner of a rack to the place of an order that goes there for its second operation."""
    key = twin.child(twin.entity_key(seed, 0, 4, name), 1, twin.LOT)
    rng = twin.RandomStream(twin.stream(key, twin.id_number("b") >> 3, twin.RACK))
    return max(rng.uniform() * 30.0, rng.uniform() * 20.0)


def same(found: list[tuple[str, float, float | None]], expected: list[tuple[str, float, float]]) -> bool:
    """Whether rows are those expected, to the microsecond to which records are rounded."""
    return len(found) == len(expected) and all(
        row == pytest.approx(e) for row, e in zip(found, expected, strict=True)
    )


def test_a_lot_is_stored_at_a_random_place_and_fetched_from_there_at_once_when_there_is_room() -> None:
    out = place() / 60
    found = records(store(), days=1)
    assert same(rows(found, "transport"), [("asrs", 1, 1 + out), ("asrs", 1 + out, 1 + 2 * out)])
    assert rows(found, work_center="y")[0][1] == pytest.approx(1 + 2 * out)


def test_each_transfer_takes_its_time_four_times_for_a_lot() -> None:
    found = records(store(transfer="15 s"), days=1)
    assert rows(found, work_center="y")[0][1] == pytest.approx(1 + 2 * place() / 60 + 1)


def test_with_single_commands_the_crane_comes_back_each_time() -> None:
    out = place() / 60
    found = records(store(command="single"), days=1)
    expected = [("asrs", 1, 1 + 2 * out), ("asrs", 1 + 2 * out, 1 + 4 * out)]
    assert same(rows(found, "transport"), expected)


def test_lots_wait_in_the_rack_while_there_is_no_room_and_no_unit_is_blocked() -> None:
    found = records(store(wants=orders(4)), days=1)
    assert "blocked" not in state_minutes(found, "x-1")
    assert [start for _, start, _ in rows(found, work_center="x")] == [0, 1, 2, 3]
    assert found.events is not None
    stored = found.events.filter(operation="store in asrs", activity="transport")
    fetched = found.events.filter(operation="fetch from asrs", activity="transport")
    assert (stored.height, fetched.height) == (4, 4)
    begun = [start for _, start, _ in rows(found, work_center="y")]
    fetched_from = [start for _, start, _ in rows(found, "transport", operation="fetch from asrs")]
    assert [min(abs(f - 10 - b) for b in begun) < 1 for f in fetched_from[1:]] == [True] * 3


def test_an_empty_crane_stays_in_the_rack_and_comes_back_for_the_next_lot_to_store() -> None:
    """y has no unit free for B, so after A was fetched the crane stores B, and comes back for C."""
    found = records(store(wants=[order("A"), order("B"), order("C", release=300)]), days=1)
    home = rows(found, "setup")
    assert home[-2] == pytest.approx(("asrs", 6, 6 + place("B") / 60))  # C is done at x at minute 6


def test_a_buffer_beside_the_work_center_is_filled_from_the_rack() -> None:
    found = records(store(wants=orders(3), room=2), days=1)
    assert found.events is not None
    fetched = found.events.filter(operation="fetch from asrs", activity="transport")
    assert max(end for _, _, end in rows(found, "transport") if end) < 10
    assert fetched.height == 3


def test_lots_come_to_the_rack_in_a_fixed_time_by_vehicle_or_by_conveyor_and_leave_it_likewise() -> None:
    out = place() / 60
    plain = store().replace({"transport.default": "3 min"})
    assert rows(records(plain, days=1), "transport")[0] == pytest.approx(("asrs", 4, 4 + out))
    ways = [{"from": "x", "to": "asrs", "takes": "2 min"}, {"from": "asrs", "to": "y", "takes": "5 min"}]
    times = [*ways, {"from": "x", "to": "y", "takes": "4 min"}]
    driven = store().replace({"transport.fleets": [{"id": "agv", "times": times}]})
    found = records(driven, days=1)
    expected = [("agv-1", 1, 3), ("agv-1", 3 + 2 * out, 8 + 2 * out)]
    assert same(rows(found, "transport", unit="agv-1"), expected)
    belt = {"id": "c", "from": "x", "to": "asrs", "length": "6 m", "speed": "3 m/min", "places": 2}
    found = records(store().replace({"transport.conveyors": [belt]}), days=1)
    assert same(rows(found, "transport")[:2], [("c", 1, 3), ("asrs", 3, 3 + out)])


def test_lots_from_outside_come_to_the_rack_at_once() -> None:
    plant = shop(
        [{"id": "y", "buffer": {"capacity": 0}}],
        [op("b", "y")],
        orders(1),
        transport={"cranes": [RACK]},
    )
    assert rows(records(plant, days=1), "transport")[0][1] == 0


def test_a_crane_that_fails_with_a_lot_may_scrap_it_and_begins_again_at_the_corner() -> None:
    failure = {"between": "1 s", "repair": "10 min", "then": "scrap"}
    found = records(store(wants=orders(2), failures=[failure]), days=1)
    assert [str(status) for status in found.lots["status"]] == ["scrapped", "scrapped"]
    assert "setup" not in state_minutes(found, "asrs")


# ---------------------------------------------------------------- classes, sequence, dwell point
def at(name: str, *, seed: int = 1) -> tuple[float, float]:
    """Seconds along and up from the corner of the place of an order."""
    key = twin.child(twin.entity_key(seed, 0, 4, name), 1, twin.LOT)
    rng = twin.RandomStream(twin.stream(key, twin.id_number("b") >> 3, twin.RACK))
    return rng.uniform() * 30.0, rng.uniform() * 20.0


def test_a_lot_is_stored_in_the_region_of_the_class_of_its_product() -> None:
    """A quarter of a rack of 30 s by 20 s ends at 150 s² and so sqrt(150) s from the corner."""
    border = 150**0.5
    for classes, near in (
        ([{"share": 0.25, "products": ["p"]}, {"share": 0.75}], True),
        ([{"share": 0.25, "products": ["q"]}, {"share": 0.75}], False),
    ):
        crane = RACK | {"classes": classes}
        plant = store(wants=orders(20), slow="1 s").replace(
            {"products.q": {"route": "r"}, "transport.cranes": [crane]}
        )
        trips = rows(records(plant, days=1), "transport", operation="store in asrs")
        assert len(trips) == 20
        away = [(end - start) * 60 for _, start, end in trips if end is not None]
        assert all((one < border) is near for one in away)


def rested(seed: int, **more: Any) -> list[str]:
    """Orders in the sequence in which a crane fetches them that rests from 00:30 to 02:00.

    Eight lots come in the first minutes. Four are in work at y for 40 min; the others are stored, O7 last,
    and all have been asked for when the crane goes on.
    """
    plant = store(wants=orders(8), slow="40 min").replace(
        {
            "calendars": {"rests": {"mon-sun": ["00:00-00:30", "02:00-24:00"]}},
            "work_centers.y.units": 4,
            "work_centers.x.units": 8,
            "transport.cranes": [RACK | {"calendar": "rests", **more}],
        }
    )
    found = records(plant, days=1, seed=seed)
    assert found.events is not None
    trips = found.events.filter(operation="fetch from asrs", activity="transport").sort("start")
    return list(trips["order"])[4:]


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_nearest_of_the_lots_that_are_asked_for_is_fetched_first(seed: int) -> None:
    """From where the crane has stored the last lot that one is the nearest; then it comes from the corner."""
    fetched = rested(seed, retrieval="nearest")
    assert len(fetched) == 4
    away = [max(at(name, seed=seed)) for name in fetched]
    assert away[1:] == sorted(away[1:])


def test_without_that_the_first_to_come_is_fetched_first() -> None:
    fetched = [rested(seed) for seed in range(1, 6)]
    assert fetched != [rested(seed, retrieval="nearest") for seed in range(1, 6)]
    assert fetched == [sorted(names) for names in fetched]


def test_an_idle_crane_goes_to_its_dwell_point_in_the_middle() -> None:
    """15 s along and 10 s up: it is there when the lot comes at minute 1, and has 15 s to the corner."""
    out = place() / 60
    for command, back in (("dual", 0.0), ("single", out)):
        found = records(store(dwell="middle", command=command), days=1)
        stored = 1 + 0.25 + out + back
        assert same(rows(found, "transport")[:1], [("asrs", 1, stored)])


def test_a_lot_is_fetched_from_the_dwell_point() -> None:
    """A is stored and fetched while y is empty, B while A is in work; B is fetched from the dwell point."""
    along, up = at("B")
    for dwell, empty in (
        ("stay", 0.0),
        ("corner", max(along, up)),
        ("middle", max(abs(along - 15), abs(up - 10))),
    ):
        found = records(store(wants=[order("A"), order("B")], dwell=dwell), days=1)
        start, end = rows(found, "transport", operation="fetch from asrs")[-1][1:]
        assert end is not None
        assert (end - start) * 60 == pytest.approx(empty + max(along, up))


def test_a_crane_on_its_way_to_the_dwell_point_turns_back_at_once() -> None:
    """B is stored while A is in work, and 3 s afterwards C comes to be stored."""
    wants = [order("A"), order("B")]
    plant = store(wants=wants, dwell="corner").replace({"work_centers.x.units": 2})
    stored = rows(records(plant, days=1), "transport", operation="store in asrs")[-1][2]
    assert stored is not None
    with_c = [*wants, order("C", release=stored * 60 + 3.0 - 60.0)]
    again = store(wants=with_c, dwell="corner").replace({"work_centers.x.units": 2})
    found = rows(records(again, days=1), "setup", unit="asrs")
    start, end = next((start, end) for _, start, end in found if start == pytest.approx(stored + 0.05))
    assert end is not None
    assert place("B") > 3.0
    assert (end - start) * 60 == pytest.approx(place("B") - 3.0)
