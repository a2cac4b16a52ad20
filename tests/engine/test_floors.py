"""Vehicles that meet on a floor; numbers by hand (minutes), and by a naive planner of routes."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.engine.shops import op, order, orders, records, rows, seconds, shop
from tests.naive.traffic import Floor as NaiveFloor
from zhizao.plant import Plant
from zhizao.plant.query.floors import network, spots
from zhizao.plant.query.transport import coordinates, home

AISLE = {
    "id": "hall",
    "zone": "1 m",
    "points": [{"id": "A", "at": ["0 m", "0 m"]}, {"id": "B", "at": ["120 m", "0 m"]}],
    "aisles": [{"from": "A", "to": "B"}],
    "stations": {"x": "A", "y": "B"},
}


def two_ways(wants: list[Any], hall: dict[str, Any] | None = AISLE, **fleet: Any) -> Plant:
    """Lots p from x to y and q from y to x, which are 2 min apart; in the aisle nobody can pass."""
    on = {"floor": "hall"} if hall else {"distances": [{"from": "x", "to": "y", "length": "120 m"}]}
    return shop(
        [{"id": "x"}, {"id": "y"}],
        routes={"r": [op("a", "x"), op("b", "y")], "s": [op("c", "y", takes="10 min"), op("d", "x")]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=wants,
        transport={
            "fleets": [{"id": "agv", "speed": "1 m/s", **on, **fleet}],
            "floors": [hall] if hall else [],
        },
    )


def at(minute: float, name: str, product: str = "p") -> dict[str, Any]:
    return order(name, product, release=minute * 60)


def test_alone_a_vehicle_drives_as_if_there_were_no_floor() -> None:
    wants = [at(0, "P"), at(3, "Q", "q"), at(5, "P2")]
    with_floor, without = (records(two_ways(wants, floor), days=1) for floor in (AISLE, None))
    assert rows(with_floor, "transport") == rows(without, "transport")
    assert rows(with_floor, "setup") == rows(without, "setup")
    assert with_floor.traffic is not None
    assert with_floor.traffic.delayed_s == {"agv": 0.0}
    assert without.traffic is None


def test_head_on_the_later_one_waits_beside_the_aisle() -> None:
    """At minute 20 a lot leaves y, at 21 another wants to leave x: it sets off when the first is there."""
    found = records(two_ways([at(0, "P"), at(10, "Q", "q"), at(11, "P2")], vehicles=2), days=1)
    assert rows(found, "transport") == [("agv-1", 10, 12), ("agv-1", 20, 22), ("agv-2", 21, 24)]
    assert found.traffic is not None
    assert found.traffic.trips == {"agv": 3}
    assert found.traffic.delayed_s == {"agv": 60.0}
    waited = found.traffic.zones.filter(waited_s=60.0)
    assert waited.select("x_m", "y_m").rows() == [(0.0, 0.0)]
    assert found.traffic.zones["waited_s"].sum() == 60.0


def test_one_behind_the_other_they_keep_the_distance_of_a_zone() -> None:
    """The first is in the second zone from second 1, and on its way there and on from 0 to 2; who follows
    sets off when it is out of it."""
    two = shop(
        [{"id": "x", "units": 2}, {"id": "y", "units": 2}],
        [op("a", "x"), op("b", "y")],
        orders(2),
        transport={
            "fleets": [{"id": "agv", "speed": "1 m/s", "vehicles": 2, "floor": "hall"}],
            "floors": [AISLE],
        },
    )
    assert rows(records(two, days=1), "transport") == [
        ("agv-1", 10, 12),
        ("agv-2", 10, pytest.approx(12 + 2 / 60)),
    ]


def test_at_a_passing_place_they_meet_half_way() -> None:
    """The one that comes later waits where the aisle is wider, not beside it: it is there when the other
    has passed."""
    wide = {
        "id": "hall",
        "zone": "12 m",
        "map": "##.########\n...........\n",
    }
    plant = shop(
        [{"id": "x", "at": ["6 m", "18 m"]}, {"id": "y", "at": ["126 m", "18 m"]}],
        routes={"r": [op("a", "x"), op("b", "y")], "s": [op("c", "y"), op("d", "x")]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[at(0, "P"), at(10, "Q", "q"), at(10, "P2")],
        transport={
            "fleets": [{"id": "agv", "speed": "1 m/s", "vehicles": 2, "floor": "hall"}],
            "floors": [wide],
        },
    )
    found = rows(records(plant, days=1), "transport")
    later = found[2][2]
    assert later is not None
    assert found[1][1:] == (20, 22)
    assert 22 < later < 24


def test_turns_take_their_time() -> None:
    corner = {
        "id": "hall",
        "zone": "2 m",
        "points": [
            {"id": "A", "at": ["0 m", "0 m"]},
            {"id": "C", "at": ["60 m", "0 m"]},
            {"id": "B", "at": ["60 m", "60 m"]},
        ],
        "aisles": [{"from": "A", "to": "C"}, {"from": "C", "to": "B"}],
        "stations": {"x": "A", "y": "B"},
    }
    found = records(two_ways([at(0, "P")], corner, turn="30 s"), days=1)
    assert rows(found, "transport") == [("agv-1", 10, 12.5)]
    assert found.traffic is not None
    assert found.traffic.delayed_s == {"agv": 0.0}


def test_a_vehicle_drives_to_its_charger_in_the_traffic() -> None:
    charging = {"after": "1 min", "for": "5 min", "at": "y"}
    with_floor, without = (
        records(two_ways([at(0, "P"), at(1, "P2")], floor, charging=charging), days=1)
        for floor in (AISLE, None)
    )
    assert rows(with_floor, "transport") == rows(without, "transport")


def test_failures_on_the_way_are_refused_on_a_floor() -> None:
    with pytest.raises(ValueError, match="failures that stops vehicles on their way on the floor 'hall'"):
        two_ways([at(0, "P")], failures=[{"between": "1 h", "repair": "1 h"}])
    late = {"every": "1 h", "for": "1 h", "when": "now"}
    with pytest.raises(ValueError, match="maintenance that stops vehicles"):
        two_ways([at(0, "P")], maintenance=[late])


@pytest.mark.parametrize(
    ("floor", "fleet", "said"),
    [
        ({"aisles": [{"from": "A", "to": "B", "one_way": True}]}, {}, "no way from 'y' to 'x' on the floor"),
        ({"aisles": [{"from": "A", "to": "C"}]}, {}, "found no point 'C'"),
        ({"aisles": [{"from": "A", "to": "A"}]}, {}, "an aisle from 'A' to itself"),
        ({"stations": {"x": "A"}}, {}, "no place of 'y' on the floor 'hall'"),
        ({"stations": {"xx": "A"}}, {}, "found no place 'xx'"),
        ({"aisles": []}, {}, "give points and aisles, or a map"),
        ({"map": "..\n.?"}, {}, "found '\\?' in row 2, column 2"),
        ({"map": "##", "aisles": [], "points": [], "stations": {}}, {}, "found no free cell"),
        ({}, {"floor": "hill"}, "found no floor 'hill'.*hall"),
        ({}, {"times": [{"from": "x", "to": "y", "takes": "1 s"}]}, "the floor gives them"),
        ({}, {"speed": None}, "found a floor without a speed"),
        ({}, {"floor": None, "turn": "1 s"}, "found a time to turn without a floor"),
    ],
)
def test_faults_of_a_floor_are_named(floor: dict[str, Any], fleet: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        two_ways([at(0, "P")], {**AISLE, **floor}, **fleet)


# ---------------------------------------------------------------- random floors
def random_floor(random: Random) -> tuple[Plant, float, float] | None:
    """A plant on random aisles, where all can be reached."""
    n = random.randint(3, 7)
    points = [{"id": f"P{i}", "at": [30 * random.random(), 30 * random.random()]} for i in range(n)]
    pairs = [(i, random.randrange(i)) for i in range(1, n)]
    pairs += [(i, j) for i in range(n) for j in range(i) if random.random() < 0.2 and (i, j) not in pairs]
    aisles = [{"from": f"P{i}", "to": f"P{j}", "one_way": random.random() < 0.15} for i, j in pairs]
    floor = {"id": "f", "zone": random.choice([2.0, 3.5, 50.0]), "points": points, "aisles": aisles}
    turn, speed = random.choice([0, 0, 3.1]), random.choice([0.5, 1, 2])
    centers = [{"id": name, "units": 2, "at": random.choice(points)["at"]} for name in "xyz"]
    route = [op(f"o{i}", name, takes=f"{random.uniform(1, 40)} s") for i, name in enumerate("xyzx")]
    wants = [order(f"O{i}", release=random.uniform(0, 150)) for i in range(8)]
    fleet = {"id": "agv", "speed": speed, "vehicles": random.randint(2, 5), "turn": turn, "load": "1.7 s"}
    dispatch = random.choice(["fifo", "nearest"])
    transport = {"fleets": [{**fleet, "floor": "f", "dispatch": dispatch}], "floors": [floor]}
    try:
        return shop(centers, route, wants, transport=transport), speed, float(turn)
    except ValueError:
        return None


def checked(plant: Plant, speed: float, turn_s: float) -> tuple[int, int]:
    """(Trips, delayed ones) of a run, each as long as the naive planner says; nothing overlaps or is stuck.

    They are looked at up to the first with two routes that are equally fast: nobody can say which it takes.
    """
    found = records(plant, days=1)
    assert found.lots["completed"].null_count() == 0
    assert found.standstill is None
    assert found.events is not None
    fleet, floor = plant.transport.fleets[0], plant.transport.floors[0]
    spot = spots(floor, coordinates(plant))
    naive = NaiveFloor(network(floor), speed, turn_s)
    where = {f"agv-{number}": home(plant, fleet) for number in range(1, fleet.vehicles + 1)}
    trips = found.events.filter(work_center="agv").sort("start", maintain_order=True)
    starts, ends = seconds(trips["start"]), seconds(trips["end"])
    if len(set(starts)) < len(starts):
        return 0, 0  # trips at one moment have no order here
    done = delayed = 0
    for unit, leg, activity, start, end in zip(
        trips["unit"], trips["operation"], trips["activity"], starts, ends, strict=True
    ):
        assert start is not None
        assert end is not None
        begin, goal = leg.split(" to ")
        load = 1.7 if activity == "transport" else 0.0
        place, to = (begin, goal) if activity == "transport" else (where[unit], begin)
        assert spot[place] == spot[where[unit]]
        takes = naive.drive(spot[place], spot[to], start + load)
        assert end - start == pytest.approx(load + takes, abs=2e-3)  # moments of the log are in ms
        alone = NaiveFloor(naive.net, speed, turn_s).drive(spot[place], spot[to], 0.0)
        done, delayed = done + 1, delayed + (takes > alone + 1e-6)
        where[unit] = to
        if naive.tie:
            break
    assert naive.conflicts() == 0
    return done, delayed


def many(seed: int, floors: int) -> tuple[int, int]:
    """(Trips, delayed ones) on so many floors."""
    random = Random(seed)
    trips = delayed = 0
    while floors:
        made = random_floor(random)
        if made is not None:
            more, late = checked(*made)
            trips, delayed, floors = trips + more, delayed + late, floors - 1
    return trips, delayed


def test_trips_take_what_a_naive_planner_of_routes_says_and_nobody_is_stuck() -> None:
    trips, delayed = many(1, 60)
    assert trips > 800
    assert delayed > 400


@pytest.mark.slow
def test_nobody_is_stuck_on_ten_thousand_random_floors() -> None:
    trips, delayed = many(2, 10_000)
    assert trips > 130_000
    assert delayed > 60_000
