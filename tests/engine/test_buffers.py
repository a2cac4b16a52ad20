"""Buffers with a limit, blocking, transport and release control."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

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


def test_a_batch_that_starts_makes_room_for_all_its_lots() -> None:
    """Two wait for y and two are blocked at 3; when the first two of y are done at 11, all places move up."""
    centers = [{"id": "x", "units": 2}, {"id": "y", "buffer": {"capacity": 2}}]
    route = [op("a", "x", takes="1 min"), op("b", "y", batch={"lots": 2})]
    found = records(shop(centers, route, orders(8)), days=1)
    assert [start for _, start, _ in rows(found, work_center="x")] == [0, 0, 1, 1, 2, 2, 11, 11]


# ---------------------------------------------------------------- block before service
BEFORE = {"capacity": 0, "full": "block-before-service"}


def kept(capacity: int, **whole: Any) -> Plant:
    """As `line`, where a lot begins at x only when it can keep a place at y."""
    y = {"buffer": BEFORE | {"capacity": capacity}, **whole.pop("y", {})}
    return line(0, y=y, **whole)


def test_a_lot_does_not_begin_before_it_can_keep_a_place_at_the_next_work_center() -> None:
    found = records(kept(0))
    assert rows(found, unit="x-1") == [("x-1", 0, 2), ("x-1", 12, 14), ("x-1", 24, 26), ("x-1", 36, 38)]
    assert rows(found, unit="y-1") == [("y-1", 2, 12), ("y-1", 14, 24), ("y-1", 26, 36), ("y-1", 38, 48)]


def test_a_unit_whose_lot_has_no_place_ahead_is_blocked_and_the_last_never() -> None:
    found = records(kept(0), days=1)
    assert state_minutes(found, "x-1") == {"busy": 8, "blocked": 10 + 10 + 10, "idle": 1440 - 38}
    assert state_minutes(found, "y-1") == {"busy": 40, "idle": 1440 - 40}


def test_as_many_free_units_are_blocked_as_lots_have_no_place_ahead() -> None:
    """Work begins on x-1 at 0, 12 and 24; two lots wait until 12, on free units as they are listed."""
    centers = [{"id": "x", "units": 3}, {"id": "y", "buffer": BEFORE}]
    plant = shop(centers, [op("a", "x", takes="2 min"), op("b", "y")], orders(3))
    found = records(plant, days=1)
    assert state_minutes(found, "x-1") == {"busy": 6, "blocked": 10 + 10, "idle": 1440 - 26}
    assert state_minutes(found, "x-2") == {"blocked": 12 + 2, "idle": 1440 - 14}
    assert state_minutes(found, "x-3") == {"blocked": 2, "idle": 1440 - 2}


def test_a_place_on_the_way_is_kept_from_the_start_of_the_work_before() -> None:
    found = records(kept(1, transport={"default": "3 min"}))
    assert rows(found, unit="x-1") == [("x-1", 0, 2), ("x-1", 2, 4), ("x-1", 15, 17), ("x-1", 25, 27)]


def test_a_rule_passes_over_a_lot_that_has_no_place_ahead() -> None:
    """At 2 the second lot for y would be first; the place of the first one there is free at 12."""
    centers = [{"id": "x"}, {"id": "y", "buffer": BEFORE}, {"id": "z", "buffer": BEFORE}]
    routes = {to: [op("a", "x", takes="2 min"), op("b", to)] for to in "yz"}
    jobs = [order("A", "y"), order("B", "y"), order("C", "z")]
    plant = shop(centers, orders=jobs, routes=routes, products={to: {"route": to} for to in "yz"})
    found = records(plant)
    assert sequence(found, work_center="x") == ["A", "C", "B"]
    assert rows(found, unit="x-1") == [("x-1", 0, 2), ("x-1", 2, 4), ("x-1", 12, 14)]


def test_a_lot_chooses_among_alternatives_with_a_place_to_keep_when_it_begins() -> None:
    """x would be chosen at 2, when it is free; but the second lot has begun at 1, and keeps a place at y."""
    centers = [{"id": "w"}] + [{"id": n, "buffer": BEFORE} for n in "xy"]
    on = [{"work_center": "x"}, {"work_center": "y", "takes": "20 min"}]
    route = [op("a", "w", takes="1 min"), {"id": "b", "on": on, "takes": "1 min"}]
    found = records(shop(centers, route, orders(3)))
    assert rows(found, operation="a") == [("w-1", 0, 1), ("w-1", 1, 2), ("w-1", 2, 3)]
    assert rows(found, operation="b") == [("x-1", 1, 2), ("y-1", 2, 22), ("x-1", 3, 4)]


def test_a_place_is_kept_where_the_branch_will_lead() -> None:
    """Lots for y begin only when it is free; those for z, which has room, always."""
    centers = [{"id": "x"}, {"id": "y", "buffer": BEFORE}, {"id": "z", "buffer": BEFORE | {"capacity": 99}}]
    route = [
        op("a", "x", takes="2 min", next={"b": 1, "c": 1}),
        op("b", "y", takes="1 h", next={"end": 1}),
        op("c", "z", takes="1 h"),
    ]
    found = records(shop(centers, route, orders(20)))
    assert found.events is not None
    done = {end for _, _, end in rows(found, operation="a")}
    to_y = rows(found, operation="b")
    assert 4 < len(to_y) < 16
    assert all(start in done for _, start, _ in to_y)
    assert {start - 2 for _, start, _ in to_y[1:]} == {end for _, _, end in to_y[:-1]}


def test_a_lot_from_outside_comes_before_those_that_would_keep_a_place() -> None:
    """Both wait for the place at y that falls free at 12; the lot from outside came last."""
    routes = {"long": [op("a", "x", takes="2 min"), op("b", "y")], "short": [op("b", "y")]}
    plant = shop(
        [{"id": "x"}, {"id": "y", "buffer": BEFORE}],
        orders=[order("A", "long"), order("B", "long"), order("C", "short", release=300)],
        routes=routes,
        products={name: {"route": name} for name in routes},
    )
    assert sequence(records(plant), work_center="y") == ["A", "C", "B"]


def test_the_work_center_that_has_waited_longest_for_a_place_gets_it() -> None:
    """Lots at v and w wait since 3 and 2 for the place at z that falls free at 11."""
    centers = [{"id": n} for n in "vw"] + [{"id": "u"}, {"id": "z", "buffer": BEFORE}]
    routes = {n: [op("a", n, takes="1 min"), op("b", "z")] for n in "uvw"}
    jobs = [order("U", "u"), order("V", "v", release=180), order("W", "w", release=120)]
    products = {n: {"route": n} for n in "uvw"}
    found = records(shop(centers, orders=jobs, routes=routes, products=products))
    assert sequence(found, work_center="z") == ["U", "W", "V"]


def test_a_lot_that_is_scrapped_or_goes_back_gives_its_place_back() -> None:
    """Every lot is scrapped at x, or goes round once more: no lot of y is ever in the way."""
    for then, made in (("scrap", [0, 2, 4, 6]), ("rework a", [0, 2, 4, 6, 8, 10, 12, 14])):
        bad = {"share": 1, "then": then, "at_most": 1}
        plant = shop(
            [{"id": "x"}, {"id": "y", "buffer": BEFORE}],
            [op("a", "x", takes="2 min", defects=bad), op("b", "y")],
            orders(4),
        )
        assert [start for _, start, _ in rows(records(plant), unit="x-1")] == made


def test_a_lot_that_a_failure_scraps_gives_its_place_back() -> None:
    stop = {"clock": "calendar", "between": "1 min", "repair": "1 min", "then": "scrap"}
    plant = shop(
        [{"id": "x", "failures": [stop]}, {"id": "y", "buffer": BEFORE}],
        [op("a", "x", takes="2 min"), op("b", "y")],
        orders(4),
    )
    assert [start for _, start, _ in rows(records(plant, 1), unit="x-1")] == [0, 2, 4, 6]


def test_a_lot_that_comes_back_to_its_own_unit_keeps_the_place_that_it_has() -> None:
    plant = shop([{"id": "m", "buffer": BEFORE}], [op("a", "m"), op("b", "m")], orders(2))
    assert completions(records(plant)) == {"O0": 20, "O1": 40}


def test_a_held_lot_keeps_its_place() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y", "buffer": BEFORE}],
        [op("a", "x", takes="2 min", hold={"for": "5 min"}), op("b", "y")],
        orders(2),
    )
    assert rows(records(plant), work_center="x") == [("x-1", 0, 2), ("x-1", 17, 19)]


def test_a_lot_that_is_interrupted_keeps_its_place() -> None:
    plant = shop(
        [{"id": "x", "preempt": "resume"}, {"id": "y", "buffer": BEFORE | {"capacity": 1}}],
        [op("a", "x", takes="4 min"), op("b", "y")],
        [order("A"), order("H", hot=True, release=60), order("B")],
    )
    assert rows(records(plant), work_center="x") == [
        ("x-1", 0, 1), ("x-1", 1, 5), ("x-1", 5, 8), ("x-1", 15, 19)
    ]  # fmt: skip


def test_a_unit_blocked_without_a_lot_is_not_idle_for_its_standby() -> None:
    plant = line(0, y={"buffer": BEFORE})
    plant = plant.replace({"work_centers.x.standby": {"after": "5 min", "wake": "1 min"}})
    found = records(plant, days=1)
    assert state_minutes(found, "x-1") == {"busy": 8, "blocked": 30, "idle": 5, "standby": 1440 - 43}


def test_what_is_not_honoured_yet_beside_blocking_before_service_is_refused() -> None:
    batch = {"lots": 2, "wait_at_most": "1 h"}
    both = [{"id": "x"}, {"id": "y", "buffer": BEFORE}, {"id": "z"}]
    belt = {"id": "c", "from": "x", "to": "y", "length": "1 m", "speed": "1 m/s", "places": 1}
    rack = {"id": "k", "serves": ["y"], "length": "1 m", "height": "1 m", "speed": "1 m/s", "lift": "1 m/s"}
    for more, then, whole, what in (
        ({"batch": batch}, {}, {}, "found batch before 'b'"),
        ({"split": 1}, {}, {}, "found split before 'b'"),
        ({}, {"on": ["y", "z"]}, {}, "work centers that block after service"),
        ({}, {"on": ["y", "w"], "routing": "my:rule"}, {}, "found routing"),
        ({}, {}, {"transport": {"conveyors": [belt]}}, "found a conveyor to 'y'"),
        ({}, {}, {"transport": {"cranes": [rack]}}, "found a rack before 'y'"),
    ):
        route = [op("a", "x", **more), op("b", "y") | then]
        centers = [*both, {"id": "w", "buffer": BEFORE}]
        with pytest.raises(ValidationError, match=f"{what}.*not honoured yet"):
            shop(centers, route, **whole)


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


OFFICE = {"office": {"mon-fri": ["08:00-16:00"]}, "early": {"mon-sat": ["06:00-14:00"]}}
FRIDAY_14 = 4 * 24 + 14  # h after the plant's start on a Monday


def waits(hours: int, clock: str, *, on: tuple[str, ...] = ("y",), **whole: Any) -> list[float]:
    """Start of b in h, after a of 1 h from Friday 14:00 on and a delay, by order."""
    centers = [{"id": "x", "units": 2}, {"id": "y", "calendar": "office"}, {"id": "z", "calendar": "early"}]
    route = [
        op("a", "x", takes="1 h"),
        op("b", *on, takes="1 h", delay=f"{hours} h", delay_clock=clock),
    ]
    jobs = whole.pop("jobs", [order("A", release=f"{FRIDAY_14} h")])
    found = records(shop(centers, route, jobs, calendars=OFFICE, **whole), days=14)
    return sorted(start / 60 for unit, start, _ in rows(found) if unit not in {"x-1", "x-2"})


def test_a_delay_in_open_hours_rests_over_the_weekend() -> None:
    monday = 7 * 24
    assert waits(3, "open-hours") == [monday + 10]  # 1 h on Friday up to 16:00, 2 h on Monday from 8:00 on
    assert waits(3, "calendar") == [monday + 8]  # over on Friday at 18:00
    assert waits(1, "open-hours") == [monday + 8]  # over when it closes
    assert waits(20, "open-hours") == [monday + 2 * 24 + 11]  # 1 + 8 + 8 + 3 h


def test_a_delay_in_open_hours_follows_the_work_center_that_the_lot_goes_to() -> None:
    assert waits(3, "open-hours", on=("z",)) == [5 * 24 + 9]  # z is open on Saturday from 6:00 on
    assert waits(3, "open-hours", on=("z", "y")) == [7 * 24 + 10]  # y is open when it sets off, z is not


def test_a_delay_in_open_hours_begins_after_the_way() -> None:
    assert waits(3, "open-hours", transport={"default": "30 min"}) == [7 * 24 + 10.5]
    assert waits(3, "open-hours", transport={"default": "9 h"}) == [7 * 24 + 11]  # in closed hours too


def test_a_lot_queues_after_its_delay_in_open_hours() -> None:
    jobs = [order(name, release=f"{FRIDAY_14} h") for name in "AB"]
    assert waits(3, "open-hours", jobs=jobs) == [7 * 24 + 10, 7 * 24 + 11]


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
