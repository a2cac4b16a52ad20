"""What the checks say of means of transport; and what the model makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.shops import op
from zhizao.plant import Plant, equipment, parse_plant, plant_text
from zhizao.quantities import PlantError

FLEET: dict[str, Any] = {"id": "agv", "times": [{"from": "x", "to": "y", "takes": "2 min"}]}
BELT = {"id": "belt", "from": "x", "to": "y", "length": "6 m", "speed": "1 m/s", "places": 3}
RACK = {"id": "asrs", "serves": ["y"], "length": 60, "height": 20, "speed": 2, "lift": 1}


def _classes(first: list[str], last: list[str], second: float = 0.5) -> list[dict[str, Any]]:
    return [{"share": 0.5, "products": first}, {"share": second, "products": last}]


def plant(y: dict[str, Any] | None = None, **transport: Any) -> Plant:
    form: dict[str, Any] = {
        "transport": transport,
        "plant": "two machines",
        "work_centers": [{"id": "x"}, {"id": "y", **(y or {})}],
        "routes": {"r": [op("a", "x"), op("b", "y")]},
        "products": {"p": {"route": "r"}},
        "orders": [{"product": "p", "every": "1 h"}],
    }
    return Plant(**form)


def faults(y: dict[str, Any] | None = None, **transport: Any) -> list[str]:
    with pytest.raises(PlantError) as error:
        plant(y, **transport)
    return [str(fault) for fault in error.value.faults]


@pytest.mark.parametrize(
    ("transport", "said"),
    [
        ({"fleets": [{"id": "agv"}]}, "found no time from 'x' to 'y'"),
        ({"fleets": [FLEET | {"home": "z"}]}, "found no place 'z'"),
        ({"fleets": [FLEET | {"serves": ["xx"]}]}, "found no work center or crane 'xx'"),
        ({"fleets": [FLEET | {"calendar": "days"}]}, "found no calendar 'days'"),
        ({"fleets": [FLEET, FLEET]}, "found the name 'agv' again"),
        ({"fleets": [FLEET | {"id": "x"}]}, "found the name 'x' again"),
        ({"fleets": [FLEET | {"times": FLEET["times"] * 2}]}, "found the way 'x to y' again"),
        ({"fleets": [FLEET | {"charging": {"after": "1 h", "for": "1 h", "at": "dock"}}]}, "no place 'dock'"),
        ({"fleets": [{"id": "f", "distances": [{"from": "x", "to": "y", "length": 9}]}]}, "without a speed"),
        ({"fleets": [{"id": "x", "times": FLEET["times"]}]}, "found the unit 'x-1' again"),
        (
            {"fleets": [FLEET | {"failures": [{"between": "1 h", "repair": "1 h", "needs": {"crew": 1}}]}]},
            "found no personnel or skill 'crew'",
        ),
        ({"conveyors": [BELT | {"to": "x"}]}, "from 'x' to itself"),
        ({"conveyors": [BELT, BELT | {"id": "other"}]}, "found the conveyor 'x to y' again"),
        ({"conveyors": [BELT | {"from": "w"}]}, "found no work center 'w'"),
        ({"cranes": [RACK]}, "found no buffer at 'y'"),
        ({"cranes": [RACK | {"serves": ["z"]}]}, "found no work center 'z'"),
        ({"cranes": [RACK | {"command": "single", "retrieval": "nearest"}]}, "nearest with single commands"),
        ({"cranes": [RACK | {"classes": [{"share": 0.5, "products": ["p"]}]}]}, "found one storage class"),
        ({"cranes": [RACK | {"classes": _classes(["p"], [], second=0.4)}]}, "storage classes that make 0.9"),
        ({"cranes": [RACK | {"classes": _classes([], [])}]}, "two storage classes without products"),
        ({"cranes": [RACK | {"classes": _classes(["w"], [])}]}, "found no product 'w'"),
        ({"cranes": [RACK | {"classes": _classes(["p"], ["p"])}]}, "found the product 'p' again"),
        ({"cranes": [RACK | {"classes": _classes(["w"], ["v"])}]}, "found no storage class for 'p'"),
        ({"times": [{"from": "x", "to": "q", "takes": "1 s"}]}, "found no work center or crane 'q'"),
    ],
)
def test_a_fault_of_transport_is_reported_with_what_was_found(transport: dict[str, Any], said: str) -> None:
    assert any(said in line for line in faults(**transport))


@pytest.mark.parametrize(
    "transport",
    [
        {"conveyors": [BELT]},
        {"times": [{"from": "x", "to": "y", "takes": "1 s"}]},
        {"fleets": [FLEET | {"serves": ["x", "y"]}]},
    ],
)
def test_lots_of_a_work_center_with_a_rack_go_to_the_rack_first(transport: dict[str, Any]) -> None:
    found = faults({"buffer": {"capacity": 1}}, cranes=[RACK], **transport)
    assert any("go to the rack of 'asrs' first" in line for line in found)


def test_one_crane_serves_a_work_center() -> None:
    found = faults({"buffer": {"capacity": 1}}, cranes=[RACK, RACK | {"id": "other"}])
    assert any("found the work center 'y' again" in line for line in found)


def test_what_later_versions_will_honour_is_refused_by_name() -> None:
    assert any("drivers: not honoured yet" in line for line in faults(fleets=[FLEET | {"needs": {"p": 1}}]))


def test_a_plant_with_all_means_of_transport_reads_back_as_it_was_written() -> None:
    ways = [("x", "asrs"), ("asrs", "y"), ("x", "y")]
    times = [{"from": start, "to": end, "takes": "90 s"} for start, end in ways]
    fleet = {"id": "agv", "speed": "1.5 m/s", "times": times}
    home = {"locations": [{"id": "dock", "at": [1, 2]}]}
    made = plant({"buffer": {"capacity": 1}}, cranes=[RACK], fleets=[fleet | {"home": "x"}], **home)
    assert parse_plant(plant_text(made)) == made


def test_equipment_is_work_centers_then_fleets_cranes_and_conveyors() -> None:
    made = plant(fleets=[FLEET | {"vehicles": 2}], conveyors=[BELT])
    assert [(c.id, [u.id for u in c.units]) for c in equipment(made)] == [
        ("x", ["x-1"]),
        ("y", ["y-1"]),
        ("agv", ["agv-1", "agv-2"]),
        ("belt", ["belt"]),
    ]


def test_a_measure_may_buy_a_vehicle() -> None:
    more = plant(fleets=[FLEET]).replace({"transport.fleets.agv.vehicles": 3})
    assert more.transport.fleets[0].vehicles == 3
