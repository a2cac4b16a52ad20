"""Buffers with a limit, blocking, transport and release control."""

from __future__ import annotations

from typing import Any

from tests.engine.shops import completions, op, order, orders, records, rows, sequence, shop, state_minutes
from zhizao.plant import Plant


def line(capacity: int, first: str = "2 min", second: str = "10 min", **whole: Any) -> Plant:
    centers = [{"id": "x"}, {"id": "y", "buffer": {"capacity": capacity}, **whole.pop("y", {})}]
    route = [op("a", "x", takes=first), op("b", "y", takes=second, **whole.pop("b", {}))]
    return shop(centers, route, whole.pop("jobs", orders(4)), **whole)


def test_a_blocked_unit_keeps_its_lot_until_the_next_buffer_has_room() -> None:
    found = records(line(0))
    assert rows(found, unit="x-1") == [("x-1", 0, 2), ("x-1", 2, 4), ("x-1", 12, 14), ("x-1", 22, 24)]
    assert rows(found, unit="y-1") == [("y-1", 2, 12), ("y-1", 12, 22), ("y-1", 22, 32), ("y-1", 32, 42)]


def test_a_blocked_unit_is_blocked_and_not_busy() -> None:
    found = state_minutes(records(line(0), days=1), "x-1")
    assert found == {"busy": 8, "blocked": 8 + 8 + 8, "idle": 1440 - 32}


def test_a_buffer_holds_its_capacity_besides_the_lots_on_units() -> None:
    found = records(line(3))
    assert [start for _, start, _ in rows(found, unit="x-1")] == [0, 2, 4, 6]
    assert "blocked" not in state_minutes(found, "x-1")
    assert state_minutes(records(line(2)), "x-1")["blocked"] == 12 - 8


def test_an_empty_unit_offers_one_more_place_even_while_it_is_off_shift() -> None:
    closed = {"c": {"mon-sun": ["12:00-24:00"], "off": ["2026-01-06"]}}
    found = records(line(1, y={"calendar": "c"}, calendars=closed), days=0.4)
    assert [end for _, _, end in rows(found, unit="x-1")] == [2, 4, 6]
    assert state_minutes(found, "x-1")["blocked"] == 0.4 * 1440 - 6


def test_a_lot_on_the_way_takes_its_place_in_the_buffer() -> None:
    plant = line(0, transport={"times": [{"from": "x", "to": "y", "takes": "3 min"}]})
    found = records(plant)
    assert rows(found, unit="y-1")[:2] == [("y-1", 5, 15), ("y-1", 18, 28)]
    assert rows(found, unit="x-1")[2] == ("x-1", 15, 17)


def test_the_first_to_be_blocked_is_the_first_to_be_let_in() -> None:
    centers = [{"id": "x", "units": 3}, {"id": "y", "buffer": {"capacity": 0}, "dispatch": "priority"}]
    routes = {
        name: [op("a", "x", takes=f"{minutes} min"), op("b", "y")]
        for name, minutes in (("s1", 5), ("s2", 3), ("s3", 4))
    }
    products = {name: {"route": name} for name in routes}
    jobs = [order(name, name, priority=int(name[1])) for name in routes]
    found = records(shop(centers, orders=jobs, routes=routes, products=products))
    assert sequence(found, work_center="y") == ["s2", "s3", "s1"]


def test_lots_from_outside_wait_outside_a_full_first_buffer() -> None:
    plant = shop([{"id": "m", "buffer": {"capacity": 1}}], orders=orders(4))
    assert completions(records(plant)) == {"O0": 10, "O1": 20, "O2": 30, "O3": 40}


def test_a_lot_blocked_before_a_full_alternative_waits_for_that_one() -> None:
    """It chose when its work was done: x, which looked quicker; y is free at 22 all the same."""
    centers = [{"id": "w"}] + [{"id": n, "buffer": {"capacity": 0}} for n in "xy"]
    on = [{"work_center": "x"}, {"work_center": "y", "takes": {"per_piece": "20 min"}}]
    route = [op("a", "w", takes="1 min"), {"id": "b", "on": on, "takes": {"per_piece": "10 min"}}]
    jobs = [order("A", pieces=3), order("B"), order("C")]
    found = records(shop(centers, route, jobs, products={"p": {"route": "r", "lot": 3}}))
    assert rows(found, operation="b") == [("x-1", 1, 31), ("y-1", 2, 22), ("x-1", 31, 41)]


def test_a_lot_reworked_at_its_own_full_work_center_does_not_block_itself() -> None:
    defects = {"share": 1, "then": "rework a", "at_most": 1, "else": "pass"}
    plant = shop([{"id": "m", "buffer": {"capacity": 0}}], [op("a", "m", defects=defects)], orders(1))
    assert completions(records(plant)) == {"O0": 20}


# ---------------------------------------------------------------- transport and delays
def test_a_lot_is_ready_at_the_next_work_center_after_its_transport() -> None:
    moves = {"default": "3 min", "times": [{"from": "y", "to": "z", "takes": "7 min"}]}
    route = [op("a", "x"), op("b", "y"), op("c", "y"), op("d", "z")]
    plant = shop([{"id": n} for n in "xyz"], route, orders(1), transport=moves)
    assert [start for _, start, _ in rows(records(plant))] == [0, 13, 23, 40]


def test_the_way_into_the_plant_and_out_of_it_takes_no_time() -> None:
    plant = shop(orders=orders(1), transport={"default": "3 min"})
    assert completions(records(plant)) == {"O0": 10}


def test_a_lot_is_ready_after_its_delay_and_needs_no_unit_for_it() -> None:
    plant = shop(route=[op("a", "m"), op("b", "m", delay="5 min")], orders=orders(1))
    found = records(plant, days=1)
    assert rows(found) == [("m-1", 0, 10), ("m-1", 15, 25)]
    assert state_minutes(found, "m-1")["idle"] == 1440 - 20


def test_transport_and_delay_add_up() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y"}],
        [op("a", "x"), op("b", "y", delay="5 min")],
        orders(1),
        transport={"default": "3 min"},
    )
    assert [start for _, start, _ in rows(records(plant))] == [0, 18]


# ---------------------------------------------------------------- release
def test_conwip_lets_the_next_lot_in_when_one_has_left() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y"}],
        [op("a", "x", takes="4 min"), op("b", "y", takes="10 min")],
        orders(4),
        release={"conwip": 2},
    )
    found = records(plant)
    assert [x / 60 for x in (found.lots["release"] - found.start).dt.total_seconds()] == [0, 0, 14, 24]


def test_conwip_counts_lots_and_not_pieces() -> None:
    products = {"p": {"route": "r", "lot": 5}}
    plant = shop(orders=[order("A", pieces=15)], products=products, release={"conwip": 2})
    found = records(plant)
    assert found.lots["pieces"].to_list() == [5, 5, 5]
    assert [x / 60 for x in (found.lots["release"] - found.start).dt.total_seconds()] == [0, 0, 10]


def test_a_lot_that_waits_outside_is_not_in_the_records_yet() -> None:
    plant = shop(orders=orders(4), release={"conwip": 1})
    assert records(plant, days=15 / 1440).lots.height == 2


def test_push_lets_every_lot_in_when_it_comes() -> None:
    found = records(shop(orders=[order("A", release=60), order("B", release=90)]))
    assert (found.lots["release"] - found.start).dt.total_seconds().to_list() == [60, 90]


def test_an_order_is_split_into_full_lots_and_a_rest() -> None:
    products = {"p": {"route": "r", "lot": 20}}
    found = records(shop(orders=[order("A", pieces=50)], products=products))
    assert found.lots["pieces"].to_list() == [20, 20, 10]
    assert found.lots["order"].to_list() == ["A", "A", "A"]


# ---------------------------------------------------------------- output places
def with_output(places: int) -> Plant:
    """Work of 1 min at `x` before work of 10 min at `y`, where only the unit has room."""
    return shop(
        [{"id": "x", "buffer": {"output": places}}, {"id": "y", "buffer": {"capacity": 0}}],
        [op("a", "x", takes="1 min"), op("b", "y")],
        orders(4),
    )


def test_a_lot_that_finds_no_room_leaves_its_unit_for_an_output_place() -> None:
    """y begins at 1, 11, 21, 31. The third lot, done at 3, waits on the unit until 11."""
    found = records(with_output(1))
    assert rows(found, work_center="x") == [("x-1", 0, 1), ("x-1", 1, 2), ("x-1", 2, 3), ("x-1", 11, 12)]
    assert rows(found, work_center="y") == [("y-1", 1, 11), ("y-1", 11, 21), ("y-1", 21, 31), ("y-1", 31, 41)]


def test_a_unit_is_blocked_when_the_output_places_are_full() -> None:
    assert state_minutes(records(with_output(0), 2 / 24), "x-1")["blocked"] == 9 + 9 + 9
    assert state_minutes(records(with_output(1), 2 / 24), "x-1")["blocked"] == 8 + 9
    assert "blocked" not in state_minutes(records(with_output(3), 2 / 24), "x-1")


def test_an_output_place_that_falls_free_goes_to_the_unit_that_has_been_blocked_longest() -> None:
    plant = shop(
        [{"id": "x", "units": 3, "buffer": {"output": 1}}, {"id": "y", "buffer": {"capacity": 0}}],
        [op("a", "x", takes={"per_piece": "1 min"}), op("b", "y")],
        [order("A"), order("B", pieces=4), order("C", pieces=3), order("D", pieces=2)],
        products={"p": {"route": "r", "lot": 9}},
    )
    found = records(plant, 2 / 24)
    assert sequence(found, work_center="y") == ["A", "C", "D", "B"]
    assert state_minutes(found, "x-1")["blocked"] == 11 - 3  # with D, since C has the place
    assert state_minutes(found, "x-2")["blocked"] == 21 - 4  # with B, since D has it next
