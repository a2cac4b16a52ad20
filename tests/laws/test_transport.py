"""What holds in every factory whose lots are carried."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.shops import DAY, raw_run, records
from tests.laws.factories import DAYS, factories
from zhizao.kpi.states import states_from_events
from zhizao.plant import Plant, Transport

few = settings(max_examples=12)
_AT = {"x": [0, 0], "y": [30, 10], "z": [5, 40]}
_HALL = {"id": "hall", "zone": "5 m", "map": "...v....\n.#.v..#.\n.#.v..#.\n.....>..\n" * 2}


@st.composite
def carried(draw: st.DrawFn) -> Plant:
    """A factory with vehicles, and perhaps a conveyor and a rack (not where places are kept before work)."""
    before = draw(st.booleans())
    plant = draw(factories(before=before))
    stops = [{"clock": "busy", "between": "40 min", "repair": "9 min", "then": draw(_then)}]
    fleet: dict[str, Any] = {"id": "agv", "vehicles": draw(st.integers(1, 3)), "speed": "0.2 m/s"}
    fleet |= {"load": "exponential(20 s)", "dispatch": draw(st.sampled_from(["fifo", "nearest", "priority"]))}
    charging = {"after": "2 h", "for": "20 min", "chargers": draw(st.none() | st.integers(1, 2))}
    fleet |= {"charging": charging, "failures": stops if draw(st.booleans()) else []}
    fleet |= {"calendar": draw(st.none() | st.just("two")), "power": {"idle": "1 kW", "busy": "2 kW"}}
    floors = draw(st.sampled_from([[], [_HALL]]))
    if floors:
        fleet |= {"floor": "hall", "turn": "5 s", "failures": []}
    changes: dict[str, Any] = {f"work_centers.{n}.at": [f"{x} m", f"{y} m"] for n, (x, y) in _AT.items()}
    transport: dict[str, Any] = {"fleets": [fleet] if before else draw(st.sampled_from([[fleet], []]))}
    transport["floors"] = floors
    if not before and draw(st.booleans()):
        belt = {"id": "belt", "from": "x", "to": "y", "length": "60 m", "speed": "0.1 m/s"}
        kind = draw(st.sampled_from(["accumulating", "slotted"]))
        transport["conveyors"] = [belt | {"places": draw(st.integers(1, 4)), "kind": kind}]
    if not before and (draw(st.booleans()) or not transport["fleets"]):
        rack = {
            "id": "asrs",
            "serves": ["z"],
            "length": 90,
            "height": 30,
            "speed": 0.5,
            "lift": 0.2,
            "at": [0, 40],
        }
        command = draw(st.sampled_from(["single", "dual"]))
        share = draw(st.sampled_from([0.1, 0.5]))
        near = {"share": share, "products": [draw(st.sampled_from(sorted(plant.products)))]}
        rack["classes"] = draw(st.sampled_from([[], [near, {"share": 1 - share}]]))
        rack["dwell"] = draw(st.sampled_from(["stay", "corner", "middle"]))
        rack["retrieval"] = (
            draw(st.sampled_from(["first-come", "nearest"])) if command == "dual" else "first-come"
        )
        transport["cranes"] = [rack | {"command": command, "failures": stops if draw(st.booleans()) else []}]
        changes["work_centers.z.buffer"] = {"capacity": draw(st.integers(0, 2))}
    return plant.replace(changes | {"transport": Transport.model_validate(transport)})


_then = st.sampled_from(["resume", "restart", "scrap"])


@few
@given(carried())
def test_no_lot_is_lost_on_the_way(plant: Plant) -> None:
    raw = raw_run(plant, DAYS)
    inside = raw.state.lots[raw.state.lots.used > 0]
    made = sorted([*raw.exits["serial"].tolist(), *inside.serial.tolist()])
    assert made == list(range(int(raw.state.clock[0].serial)))
    np.testing.assert_allclose(raw.seconds.sum(axis=1), DAYS * DAY, rtol=1e-12)


@few
@given(carried())
def test_a_lot_that_is_carried_is_nowhere_else_and_a_vehicle_carries_one(plant: Plant) -> None:
    found = records(plant, DAYS)
    assert found.events is not None
    works = found.events.filter(pl.col("activity").cast(pl.String).is_in(["process", "transport", "setup"]))
    in_order = works.filter(pl.col("lot").is_not_null()).sort("lot", "start", "end")
    before = in_order.with_columns(end=pl.col("end").shift(1).over("lot"))
    assert (before["start"] >= before["end"]).drop_nulls().all()
    vehicles = works.filter(pl.col("work_center").is_in(["agv", "asrs"])).sort("unit", "start", "end")
    before = vehicles.with_columns(end=pl.col("end").shift(1).over("unit"))
    assert (before["start"] >= before["end"]).drop_nulls().all()


@few
@given(carried())
def test_places_taken_on_the_way_are_places_of_lots_that_are_on_the_way(plant: Plant) -> None:
    raw = raw_run(plant, DAYS)
    s, real = raw.state, len(plant.work_centers)
    used = s.lots.used == 2
    kept = int(s.trips.keeps[used].sum())
    assert (s.centers.on_the_way >= 0).all()
    assert kept <= int(s.centers.on_the_way[:real].sum())
    held = {int(x.lot) for x in s.units if x.lot >= 0}
    assert int(s.centers.waiting.sum()) + int(s.centers.on_the_way[:real].sum()) - kept + len(held) <= int(
        used.sum()
    )
    assert not s.trips.keeps[~used].any()
    assert not s.trips.stage[~used].any()


@few
@given(carried())
def test_the_states_of_vehicles_are_those_of_their_log(plant: Plant) -> None:
    """Vehicles end their trips over time, so their hours are those of their rows."""
    found = records(plant, DAYS)
    assert found.events is not None
    assert found.states is not None
    shown = states_from_events(found.events, found.start, found.end, plant)
    for name in ("busy", "setup"):
        booked, logged = (
            frame.filter(pl.col("work_center").is_in(["agv", "asrs"]), pl.col("state") == name)[
                "seconds"
            ].sum()
            for frame in (found.states, shown)
        )
        assert logged == pytest.approx(booked, abs=1e-3)
