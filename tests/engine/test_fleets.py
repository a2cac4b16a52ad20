"""Vehicles that carry lots between work centers; all numbers are worked out by hand (minutes)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engine.shops import DAY, op, order, orders, raw_run, records, rows, sequence, shop, state_minutes
from tests.naive import twin
from zhizao.kpi.elements import elements
from zhizao.kpi.loads import loads
from zhizao.plant import Plant
from zhizao.quantities import Distribution

WAY = [{"from": "x", "to": "y", "takes": "2 min"}]


def cell(fleet: dict[str, Any] | None = None, *, wants: Any = None, y: Any = None, **whole: Any) -> Plant:
    """Work 10 min at x, then 1 min at y, 2 min away; one vehicle that stands at x."""
    vehicle = {"id": "agv", "times": WAY, **(fleet or {})}
    transport = whole.pop("transport", {}) | {"fleets": [vehicle]}
    route = [op("a", "x"), op("b", "y", takes="1 min")]
    centers = [{"id": "x"}, {"id": "y", **(y or {})}]
    return shop(centers, route, wants or [order("A")], transport=transport, **whole)


def trips(plant: Plant, **where: str) -> list[tuple[str, float, float | None]]:
    return rows(records(plant, days=1), "transport", **where)


def test_a_vehicle_comes_empty_takes_up_the_lot_carries_it_and_puts_it_down() -> None:
    found = records(cell({"home": "y", "load": "1 min", "unload": "30 s"}))
    assert rows(found, "setup") == [("agv-1", 10, 12)]
    assert rows(found, "transport") == [("agv-1", 12, 15.5)]
    assert rows(found, work_center="y") == [("y-1", 15.5, 16.5)]


def test_the_row_of_a_trip_says_from_where_to_where_and_an_empty_trip_has_no_lot() -> None:
    found = records(cell({"home": "y"}))
    assert found.events is not None
    trip = found.events.filter(work_center="agv").sort("start")
    assert trip["operation"].to_list() == ["x to y", "x to y"]
    assert trip["lot"].to_list() == [None, "L000000"]
    assert trip["pieces_good"].to_list() == [None, 1]


def test_a_unit_is_free_while_its_lot_waits_for_a_vehicle() -> None:
    found = records(cell({"times": [{"from": "x", "to": "y", "takes": "30 min"}]}, wants=orders(2)), days=1)
    assert rows(found, work_center="x") == [("x-1", 0, 10), ("x-1", 10, 20)]
    assert rows(found, "transport") == [("agv-1", 10, 40), ("agv-1", 70, 100)]


def test_a_vehicle_stays_where_it_has_put_down_its_lot() -> None:
    found = records(cell(wants=orders(2)), days=1)
    assert rows(found, "setup") == [("agv-1", 20, 22)]
    assert rows(found, "transport") == [("agv-1", 10, 12), ("agv-1", 22, 24)]


def test_the_nearest_free_vehicle_comes() -> None:
    """One has gone to y with the first lot; the other still stands at x."""
    assert trips(cell({"vehicles": 2}, wants=orders(2))) == [("agv-1", 10, 12), ("agv-2", 20, 22)]


def star(dispatch: str) -> Plant:
    """At minute 10 there are loads at x, z and y; the one vehicle stands at y, 1 min from z, 9 min from x."""
    times = [
        {"from": a, "to": b, "takes": takes}
        for a, b, takes in (("x", "y", "9 min"), ("z", "y", "1 min"), ("x", "z", "8 min"))
    ]
    routes = {
        "r": [op("a", "x"), op("b", "y", takes="1 min")],
        "s": [op("c", "z"), op("d", "y", takes="1 min")],
    }
    return shop(
        [{"id": "x"}, {"id": "z"}, {"id": "y"}],
        routes=routes,
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("A", due=7200), order("B", "q", priority=1, due=3600)],
        transport={"fleets": [{"id": "agv", "home": "y", "times": times, "dispatch": dispatch}]},
    )


@pytest.mark.parametrize(
    ("dispatch", "first"), [("fifo", "A"), ("nearest", "B"), ("priority", "B"), ("earliest-due-date", "B")]
)
def test_a_free_vehicle_takes_the_load_that_its_rule_says(dispatch: str, first: str) -> None:
    assert sequence(records(star(dispatch), days=1), "transport")[0] == first


def test_a_lot_sets_off_only_when_there_is_room_for_it_and_keeps_that_place_on_the_way() -> None:
    y = {"buffer": {"capacity": 0}}
    found = records(cell(wants=orders(3), y=y, transport={}), days=1)
    assert rows(found, work_center="x")[:2] == [("x-1", 0, 10), ("x-1", 10, 20)]
    slow = cell({"times": [{"from": "x", "to": "y", "takes": "20 min"}]}, wants=orders(3), y=y)
    found = records(slow, days=1)
    assert state_minutes(found, "x-1")["blocked"] == 11 + 31  # until minutes 31 and 72
    assert rows(found, "transport") == [("agv-1", 10, 30), ("agv-1", 51, 71), ("agv-1", 92, 112)]


def test_a_time_holds_for_the_way_back_unless_that_is_listed_too() -> None:
    both = [*WAY, {"from": "y", "to": "x", "takes": "5 min"}]
    assert rows(records(cell({"home": "y"}), days=1), "setup") == [("agv-1", 10, 12)]
    assert rows(records(cell({"home": "y", "times": both}), days=1), "setup") == [("agv-1", 10, 15)]


@pytest.mark.parametrize(("layout", "minutes"), [("rectilinear", 7), ("straight", 5)])
def test_a_way_between_coordinates_runs_along_the_axes_or_straight(layout: str, minutes: float) -> None:
    plant = shop(
        [{"id": "x", "at": [0, 30]}, {"id": "y", "at": [40, 0]}],
        [op("a", "x"), op("b", "y")],
        [order("A")],
        transport={"fleets": [{"id": "agv", "speed": "10 m/min", "layout": layout}]},
    )
    assert trips(plant) == [("agv-1", 10, 10 + minutes)]


def test_a_listed_distance_is_driven_at_the_speed_of_the_fleet() -> None:
    way = {"times": [], "distances": [{"from": "x", "to": "y", "length": "30 m"}], "speed": "10 m/min"}
    assert trips(cell(way)) == [("agv-1", 10, 13)]


def test_a_vehicle_may_start_from_a_location() -> None:
    park = {"locations": [{"id": "park", "at": [0, 0]}]}
    times = [
        *WAY,
        {"from": "park", "to": "x", "takes": "4 min"},
        {"from": "park", "to": "y", "takes": "6 min"},
    ]
    assert trips(cell({"home": "park", "times": times}, transport=park)) == [("agv-1", 14, 16)]


def test_a_way_with_a_listed_time_needs_no_vehicle_and_one_that_no_fleet_serves_takes_the_default() -> None:
    found = records(cell(transport={"times": [{"from": "x", "to": "y", "takes": "3 min"}]}), days=1)
    assert rows(found, "transport") == []
    assert rows(found, work_center="y") == [("y-1", 13, 14)]
    found = records(cell({"serves": ["x"]}, transport={"default": "4 min"}), days=1)
    assert rows(found, "transport") == []
    assert rows(found, work_center="y") == [("y-1", 14, 15)]


def test_a_way_that_several_fleets_serve_belongs_to_the_first() -> None:
    plant = cell().replace({"transport.fleets": [{"id": "f", "times": WAY}, {"id": "g", "times": WAY}]})
    assert trips(plant) == [("f-1", 10, 12)]


def test_a_lot_sent_back_for_rework_goes_by_vehicle_too() -> None:
    back = {"share": 1.0, "found": 1.0, "then": "rework a"}
    route = [op("a", "x"), op("b", "y", takes="1 min", defects=back)]
    fleet = {"id": "agv", "times": WAY}
    plant = shop([{"id": "x"}, {"id": "y"}], route, [order("A")], transport={"fleets": [fleet]})
    assert trips(plant) == [("agv-1", 10, 12), ("agv-1", 13, 15), ("agv-1", 25, 27)]


# ---------------------------------------------------------------- what happens to vehicles
def test_a_vehicle_is_charged_when_it_has_run_so_long_and_ends_its_trip_first() -> None:
    """It runs 2 min with A, 2 empty, and the charge of 5 min ends within its trip with B."""
    found = records(cell({"charging": {"after": "5 min", "for": "30 min"}}, wants=orders(3)), days=1)
    assert rows(found, "transport") == [("agv-1", 10, 12), ("agv-1", 22, 24), ("agv-1", 56, 58)]
    assert rows(found, "maintenance") == [("agv-1", 24, 54)]


def test_a_vehicle_goes_to_its_charger_and_starts_from_there() -> None:
    park = {"locations": [{"id": "dock", "at": [0, 0]}]}
    times = [
        *WAY,
        {"from": "dock", "to": "x", "takes": "4 min"},
        {"from": "dock", "to": "y", "takes": "6 min"},
    ]
    charging = {"after": "1 min", "for": "10 min", "at": "dock"}
    found = records(cell({"times": times, "charging": charging}, wants=orders(2), transport=park), days=1)
    assert rows(found, "maintenance") == [("agv-1", 12, 28), ("agv-1", 34, 50)]
    assert rows(found, "setup") == [("agv-1", 28, 32)]


def test_vehicles_wait_for_a_charger_where_they_are_few_and_the_first_to_wait_is_the_first() -> None:
    """Each has carried a lot to y by 12, 13 and 14; it takes 10 min to drive to the dock and charge."""
    park = {"locations": [{"id": "dock", "at": [0, 0]}]}
    times = [*WAY, *({"from": "dock", "to": n, "takes": "3 min"} for n in "xy")]
    for chargers, starts, ends in ((1, [12, 13, 14], [22, 32, 42]), (2, [12, 13, 14], [22, 23, 32])):
        charging = {"after": "1 min", "for": "7 min", "at": "dock", "chargers": chargers}
        fleet = {"vehicles": 3, "times": times, "charging": charging}
        wants = [order("A", pieces=10), order("B", pieces=11), order("C", pieces=12)]
        plant = cell(fleet, wants=wants, transport=park, products={"p": {"route": "r", "lot": 12}})
        plant = plant.replace({"work_centers.x.units": 3, "routes.r.a.takes": {"per_piece": "1 min"}})
        found = records(plant, days=1)
        assert rows(found, "transport") == [("agv-1", 10, 12), ("agv-2", 11, 13), ("agv-3", 12, 14)]
        charged = rows(found, "maintenance")
        assert [start for _, start, _ in charged] == starts
        assert [end for _, _, end in charged] == ends
        assert state_minutes(found, "agv-3")["maintenance"] == ends[-1] - 14
        assert found.personnel_s == {}


def test_a_vehicle_that_fails_goes_on_or_its_lot_is_scrapped() -> None:
    failure = {"between": "1 min", "repair": "10 min"}
    found = records(cell({"failures": [failure]}), days=1)
    assert rows(found, "transport") == [("agv-1", 10, 22)]
    y = {"buffer": {"capacity": 0}}
    found = records(cell({"failures": [failure | {"then": "scrap"}]}, wants=orders(2), y=y), days=1)
    assert [str(s) for s in found.lots["status"]] == ["scrapped", "scrapped"]
    assert rows(found, work_center="y") == []


def test_a_trip_that_is_begun_is_ended_over_time_and_none_is_begun_off_shift() -> None:
    calendars = {"short": {"mon-sun": ["00:00-00:11"]}}
    found = records(cell({"calendar": "short"}, wants=orders(2), calendars=calendars), days=1.5)
    assert rows(found, "transport") == [("agv-1", 10, 12), ("agv-1", 1442, 1444)]


def test_vehicles_draw_power_cost_money_and_have_a_load() -> None:
    plant = cell({"home": "y", "power": {"idle": "1 kW", "setup": "3 kW", "busy": "6 kW"}, "cost": "24/h"})
    found = records(plant, days=1)
    assert found.states is not None
    energy = float(found.states.filter(work_center="agv")["energy_kwh"].sum())
    assert energy == pytest.approx((2 * 3 + 2 * 6 + 1436 * 1) / 60)
    load = loads(found, plant).filter(resource="agv", kind="transport")
    assert load["load"].to_list() == pytest.approx([4 / 1440])


def test_how_busy_the_plant_is_says_how_busy_its_machines_are() -> None:
    plant = cell({"home": "y"})
    whole = elements(records(plant, days=1), plant)
    assert whole.units == 2
    assert whole.time.apt_s == 11 * 60
    assert whole.flow.raw_s == 11 * 60


def test_a_place_taken_on_the_way_is_free_again_when_the_lot_is_scrapped_there() -> None:
    failure = {"between": "1 min", "repair": "10 min", "then": "scrap"}
    found = records(cell({"failures": [failure]}, wants=orders(4), y={"buffer": {"capacity": 0}}), days=1)
    assert [str(s) for s in found.lots["status"]] == ["scrapped"] * 4


def test_one_vehicle_has_the_digits_of_its_recursion() -> None:
    """It starts when it is back at y and a lot is done at x: 2 min empty, 30 s up, 2 min, 15 s down."""
    every, work = Distribution.exponential(600.0), Distribution.exponential(300.0)
    fleet = {"id": "agv", "home": "y", "times": WAY, "load": "30 s", "unload": "15 s"}
    plant = shop(
        [{"id": "x", "units": 50}, {"id": "y", "units": 50}],
        [op("a", "x", takes=work), op("b", "y", takes="0 s")],
        [{"product": "p", "every": every}],
        transport={"fleets": [fleet]},
    )
    raw = raw_run(plant, 4)
    ends = sorted(moment + twin.work(work, key) for moment, key in twin.arrivals(every, 4 * DAY))
    back, plain = 0.0, []
    for ready in ends:
        back = max(back, ready) + 120.0 + ((30.0 + 15.0) + 120.0)
        plain.append(back)
    assert len(raw.exits) > 400
    np.testing.assert_allclose(np.sort(raw.exits["end"]), [t for t in plain if t <= 4 * DAY], rtol=1e-13)
