"""How many vehicles are enough, what traffic costs, and where work centers should stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import zhizao
from tests.engine.shops import op, shop
from zhizao.plant import Plant, read_plant
from zhizao.quantities import InputError
from zhizao.studies.logistics.alternatives import exchanged, flow_between, without_traffic
from zhizao.studies.logistics.findings import Verdict

PLANTS = Path(__file__).resolve().parents[3] / "examples" / "plants"
AISLE = {"id": "hall", "zone": "2 m", "map": "..........\n.########.\n.########.\n..........\n"}


def hall(vehicles: int, every: str = "exponential(3 min)", **fleet: Any) -> Plant:
    """Three machines around a block, lots from the first to the last."""
    own = {"id": "agv", "vehicles": vehicles, "speed": "0.5 m/s", "load": "20 s", "floor": "hall"}
    return shop(
        [
            {"id": "x", "units": 3, "at": ["1 m", "1 m"], "cost": "10/h"},
            {"id": "y", "units": 3, "at": ["19 m", "7 m"], "cost": "10/h"},
            {"id": "z", "units": 3, "at": ["19 m", "1 m"], "cost": "10/h"},
        ],
        [op(name, name, takes="exponential(2 min)") for name in "xyz"],
        [{"product": "p", "every": every}],
        transport={"fleets": [{**own, **fleet}], "floors": [AISLE]},
    )


def verdicts(found: Any) -> dict[str, str]:
    return dict(found.table().select("alternative", "verdict").iter_rows())


def test_vehicles_that_cannot_keep_up_and_those_that_are_as_good() -> None:
    """A lot needs two trips of about a minute, so that one vehicle is too few and five are too many."""
    many = zhizao.logistics(hall(7), days=2, replications=6, seed=2)
    enough = many.enough("agv")
    assert enough is not None
    assert enough.alternative.vehicles == 5
    assert "agv: 5 vehicles do as well as 7" in many.answer
    few = zhizao.logistics(hall(3, "exponential(2.2 min)"), days=3, replications=6, seed=2)
    assert verdicts(few)["agv: 1 vehicle"] == Verdict.CANNOT.value
    assert "agv: fewer than 3 vehicles are not shown to do as well." in few.answer


def test_a_margin_that_no_interval_can_meet_shows_nothing_to_be_as_good() -> None:
    found = zhizao.logistics(hall(3), days=1, replications=2, margin=1e-9, seed=2)
    assert Verdict.AS_GOOD.value not in {row for name, row in verdicts(found).items() if "vehicles" in name}
    assert found.enough("agv") is None


def test_without_traffic_times_are_those_of_the_empty_floor() -> None:
    plant = hall(4)
    free = without_traffic(plant)
    assert free.transport.fleets[0].floor is None
    times = {(move.from_center, move.to): move.takes for move in free.transport.fleets[0].times}
    assert times["x", "z"] == pytest.approx(18 / 0.5)
    assert times["x", "y"] == pytest.approx((18 + 6) / 0.5)
    alone = zhizao.simulate(hall(1, "1 h"), days=2, replications=2, seed=5)
    empty = zhizao.simulate(without_traffic(hall(1, "1 h")), days=2, replications=2, seed=5)
    assert alone.kpis["lead_time_mean"].mean == pytest.approx(empty.kpis["lead_time_mean"].mean, rel=1e-9)


def test_work_centers_are_exchanged_where_that_saves_ways() -> None:
    """Lots go x to y to z: y belongs between them. By hand, the ways of a lot fall from 24 + 6 m to 24 m."""
    plant = hall(2)
    flow = pl.DataFrame({"start": ["x", "y"], "end": ["y", "z"], "lots": [10, 10]})
    changes = exchanged(plant, flow)
    assert changes is not None
    moved = plant.replace(changes)
    at = {center.id: center.at for center in moved.work_centers}
    assert at["y"] == (19.0, 1.0)
    assert exchanged(moved, flow) is None


def test_the_flow_counts_where_each_lot_is_worked_next() -> None:
    log = pl.DataFrame(
        {
            "lot": ["a", "a", "a", "b", "b", None],
            "work_center": ["x", "x", "y", "x", "y", "y"],
            "activity": ["process"] * 5 + ["failure"],
            "start": [0, 1, 2, 0, 5, 3],
        }
    )
    assert flow_between([log]).rows() == [("x", "y", 2)]


def test_delays_and_zones_add_up() -> None:
    found = zhizao.logistics(hall(4), days=1, replications=2, seed=2)
    assert found.zones is not None
    (delay,) = found.delays
    assert delay.per_trip_s.mean >= 0
    occupied, waited = (found.zones[name].to_numpy() for name in ("held_s", "waited_s"))
    assert (occupied <= 86400.0 * found.window.days + 1e-6).all()
    moves = 4.0 * found.zones["visits"].to_numpy()  # one zone of 2 m at 0.5 m/s: to it, or from it
    assert (occupied >= moves - 1e-6).all()
    assert (occupied <= 2 * moves + waited + 1e-6).all()
    assert 0 < waited.sum() <= 1.001 * delay.per_trip_s.mean * delay.trips  # others drive a detour
    assert "Traffic delays a trip of agv" in " ".join(found.notes)


def test_what_is_as_good_with_fewer_vehicles_is_a_measure_that_fits_the_plant() -> None:
    plant = hall(7)
    found = zhizao.logistics(plant, days=2, replications=6, seed=2)
    named = {measure.id: measure for measure in found.measures}
    assert named["agv-5-vehicles"].set == {"transport.fleets.agv.vehicles": 5}
    assert named["agv-5-vehicles"].cost is None
    assert not any("without" in name for name in named)
    taken = plant.replace({"measures": found.measures})
    assert taken.with_measures(["agv-5-vehicles"]).transport.fleets[0].vehicles == 5


def test_fewer_vehicles_than_were_tried_are_not_passed_over() -> None:
    found = zhizao.logistics(hall(12, "exponential(60 min)"), days=2, replications=4, seed=1)
    assert found.answer.startswith("agv: 10 vehicles do as well as 12")
    assert "agv: fewer than 10 vehicles were not tried." in found.answer


def test_of_vehicles_that_carry_nothing_nothing_is_shown() -> None:
    plant = shop(
        [{"id": "x", "at": ["1 m", "1 m"]}],
        [op("x", "x", takes="1 min")],
        [{"product": "p", "every": "exponential(5 min)"}],
        transport={"fleets": [{"id": "agv", "vehicles": 2, "speed": "1 m/s"}]},
    )
    found = zhizao.logistics(plant, days=2, replications=3, seed=1)
    assert found.answer.startswith("agv: it carries no lot, so that nothing is shown of how many are enough.")
    assert "do as well" not in found.answer
    assert found.enough("agv") is None


def test_a_plant_without_transport_is_refused() -> None:
    with pytest.raises(InputError, match="shop: found no vehicles and no cranes"):
        zhizao.logistics(shop())
    with pytest.raises(InputError, match="margin: found 2"):
        zhizao.logistics(hall(2), margin=2.0)


def test_cranes_are_tried_with_other_commands_sequences_and_dwell_points() -> None:
    plant = read_plant(PLANTS / "warehouse-crane.yaml")
    found = zhizao.logistics(plant, days=2, replications=5, seed=1)
    names = [one.alternative.name.partition(": ")[2] for one in found.alternatives]
    assert names[0] == "single command"
    assert "fetches nearest" in names
    assert len([name for name in names if name.startswith("dwell point")]) == 2
    assert verdicts(found)[found.alternatives[0].alternative.name] == Verdict.CANNOT.value


def test_more_vehicles_that_only_cost_more_are_worse() -> None:
    found = zhizao.logistics(PLANTS / "agv-cell.yaml", days=1, replications=3, seed=2)
    assert verdicts(found)["agv: 3 vehicles"] == Verdict.WORSE.value
    assert verdicts(found)["agv: 1 vehicle"] == Verdict.MIXED.value
