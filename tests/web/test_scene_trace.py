"""The trace of the plant view against the records, read again by plain loops."""

from __future__ import annotations

import json
import random
import struct
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.studies.plants import LINE
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.kpi.states import states_from_events
from zhizao.plant import Plant, parse_plant, read_plant
from zhizao.records import Records
from zhizao.web.scene import trace_of

PLANTS = Path(__file__).resolve().parents[2] / "benchmarks" / "plants"
SHIFTS = LINE.replace("{id: slow,", "{id: slow, calendar: day, units: 2,").replace(
    "work_centers:", "calendars: {day: {mon-fri: [06:00-14:00]}}\nwork_centers:"
)
NEVER = 2**32 - 1


class Read:
    """A trace, read as the page reads it."""

    def __init__(self, content: bytes) -> None:
        assert content[:8] == b"zhizaoT1"
        length = struct.unpack("<I", content[8:12])[0]
        self.header: dict[str, Any] = json.loads(content[16 : 16 + length])
        self.columns = {
            one["name"]: np.frombuffer(content, f"<{one['type']}", one["length"], 16 + length + one["offset"])
            for one in self.header["columns"]
        }
        self.units = [unit for place in self.header["places"] for unit in place["units"]]

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    def state(self, unit: str, second: float) -> str:
        n = self.units.index(unit)
        here = slice(self["unit_first"][n], self["unit_first"][n + 1])
        ticks = round(second / self.header["tick_s"])
        place = np.searchsorted(self["change_time"][here], ticks, side="right") - 1
        found: str = self.header["states"][self["change_state"][here][place]]
        return found

    def seconds(self) -> dict[tuple[str, str], float]:
        """Time of each unit in each state."""
        total: dict[tuple[str, str], float] = {}
        for n, unit in enumerate(self.units):
            here = slice(self["unit_first"][n], self["unit_first"][n + 1])
            times = [*self["change_time"][here].tolist(), self.header["ticks"]]
            for state, low, high in zip(self["change_state"][here], times[:-1], times[1:], strict=True):
                key = unit, self.header["states"][state]
                total[key] = total.get(key, 0.0) + (high - low) * self.header["tick_s"]
        return total

    def queue(self, center: str, second: float) -> int:
        """Lots that have come to a center and have not begun there."""
        n = [place["id"] for place in self.header["places"]].index(center)
        ticks = second / self.header["tick_s"]
        here = (self["visit_place"] == n) & (self["visit_arrive"] <= ticks) & (self["visit_start"] > ticks)
        return int(here.sum())


def ran(plant: Plant, days: float = 3.0) -> Records:
    return run(plant, RunSettings(days=days, log=LogLevel.EVENTS)).records[0]


def moments(records: Records, count: int = 200) -> list[float]:
    chance = random.Random(7)
    return [chance.uniform(0, (records.end - records.start).total_seconds()) for _ in range(count)]


def state_by_loop(records: Records, unit: str, second: float) -> str:
    """What the rows of a unit say of a moment, without shifts and blocking."""
    now = records.start + timedelta(seconds=second)
    assert records.events is not None
    rows = records.events.filter(pl.col("unit") == unit).iter_rows(named=True)
    on = {row["activity"] for row in rows if row["start"] <= now < (row["end"] or records.end)}
    for activity, state in (
        ("failure", "down"),
        ("maintenance", "maintenance"),
        ("setup", "setup"),
        ("process", "busy"),
    ):
        if activity in on:
            return state
    return "idle"


def queue_by_loop(records: Records, route: list[str], center: str, second: float) -> int:
    """Lots whose next operation is at a center, of a plant with one route."""
    now = records.start + timedelta(seconds=second)
    assert records.events is not None
    rows: dict[str, list[Any]] = {}
    for row in records.events.sort("start").iter_rows(named=True):
        if row["lot"] is not None:
            rows.setdefault(row["lot"], []).append(row)
    count = 0
    for lot in records.lots.iter_rows(named=True):
        if lot["release"] > now or (lot["completed"] and lot["completed"] <= now):
            continue
        begun = [row for row in rows.get(lot["lot"], []) if row["start"] <= now]
        at_work = any(row["end"] is None or row["end"] > now for row in begun)
        done = len({row["operation"] for row in begun})
        count += not at_work and done < len(route) and route[done] == center
    return count


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        LINE.replace(
            "{id: slow,", "{id: slow, failures: [{between: exponential(6 h), repair: 1 h, clock: calendar}],"
        ),
    ],
    ids=["line", "failures"],
)
def test_units_and_queues_are_those_of_the_records(text: str) -> None:
    plant = parse_plant(text)
    records = ran(plant)
    trace = Read(trace_of(plant, records))
    for second in moments(records):
        for unit in ("first-1", "slow-1", "last-1"):
            assert trace.state(unit, second) == state_by_loop(records, unit, second), (unit, second)
    for second in moments(records, 40):
        for center in ("first", "slow", "last"):
            found = queue_by_loop(records, ["first", "slow", "last"], center, second)
            assert trace.queue(center, second) == found, (center, second)
    assert max(trace.queue("slow", second) for second in moments(records)) > 1, "there is a queue to look at"


def test_states_over_shifts_add_up_to_those_of_the_kpis() -> None:
    plant = parse_plant(SHIFTS)
    records = ran(plant, 9.0)
    assert records.events is not None
    found = Read(trace_of(plant, records)).seconds()
    own = states_from_events(records.events, records.start, records.end, plant)
    for row in own.iter_rows(named=True):
        seconds = found.pop((row["unit"], row["state"]), 0.0)
        assert seconds == pytest.approx(row["seconds"], abs=1.0), row
    assert found == {}


@pytest.mark.parametrize(("name", "share"), [("conveyor-line", 0.005), ("agv-cell", 0.005), ("garment", 0.0)])
def test_blocking_is_inferred_as_the_twin_counts_it(name: str, share: float) -> None:
    plant = read_plant(PLANTS / f"{name}.yaml")
    records = ran(plant, 7.0)
    assert records.states is not None
    found = Read(trace_of(plant, records)).seconds()
    for row in records.states.filter(pl.col("state").cast(pl.String) == "blocked").iter_rows(named=True):
        inferred = found.get((row["unit"], "blocked"), 0.0)
        assert inferred == pytest.approx(row["seconds"], rel=share, abs=1.0), row["unit"]


def test_each_lot_goes_its_way_in_order() -> None:
    plant = read_plant(PLANTS / "agv-cell.yaml")
    records = ran(plant)
    trace = Read(trace_of(plant, records))
    times = [trace[f"visit_{name}"].astype(np.int64) for name in ("leave", "arrive", "start", "end")]
    for before, after in pairwise(times):
        assert (before <= after).all()
    lots = np.repeat(np.arange(records.lots.height), np.diff(trace["lot_first"].astype(np.int64)))
    same = lots[1:] == lots[:-1]
    assert (times[3][:-1][same] <= times[0][1:][same]).all(), "no lot leaves before it is done"
    names = bytes(trace["lot_names"]).decode().split("\n")
    assert sorted(names) == sorted(records.lots["lot"])
    here = records.lots.filter(pl.col("status").cast(pl.String) == "in-process").height
    assert int((trace["lot_out"] == NEVER).sum()) == here > 0


def test_a_log_of_units_that_the_plant_does_not_name_is_played_too() -> None:
    plant = parse_plant(LINE)
    records = ran(plant)
    assert records.events is not None
    other = records.events.with_columns(unit=pl.col("unit") + "-x", work_center=pl.col("work_center") + "-x")
    renamed = Records(records.start, records.end, records.lots, other)
    trace = Read(trace_of(plant, renamed))
    assert trace.seconds()["slow-1-x", "busy"] == Read(trace_of(plant, records)).seconds()["slow-1", "busy"]


def test_a_plant_without_any_lot_has_a_trace() -> None:
    plant = parse_plant(LINE)
    records = ran(plant)
    nobody = Records(records.start, records.end, records.lots.clear(), None)
    trace = Read(trace_of(plant, nobody))
    assert len(trace["lot_release"]) == 0
    assert {state for _, state in trace.seconds()} == {"idle"}


def test_floors_have_their_zones_and_the_ways_on_them() -> None:
    plant = read_plant(PLANTS.parents[1] / "examples" / "plants" / "narrow-aisles.yaml")
    found = run(plant, RunSettings(0.5, seed=2, log=LogLevel.EVENTS)).records[0]
    header = Read(trace_of(plant, found)).header
    (floor,) = header["floors"]
    assert len(floor["at"]) == len(floor["busy"]) == 34 + 8 + 3 * 4
    assert 0 < max(floor["busy"]) <= 1
    routes = {(one["from"], one["to"]): one["at"] for one in header["routes"]}
    way = routes["turning", "milling"]
    assert way[0] == [9.0, 9.0]
    assert way[-1] == [17.0, 9.0]
    assert all(abs(a[0] - b[0]) + abs(a[1] - b[1]) == 2.0 for a, b in pairwise(way)), "from zone to zone"
    lone = Read(
        trace_of(parse_plant(LINE), run(parse_plant(LINE), RunSettings(1, log=LogLevel.EVENTS)).records[0])
    )
    assert lone.header["floors"] == lone.header["routes"] == []
