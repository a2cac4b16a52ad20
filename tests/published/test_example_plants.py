"""The example plants: their exact answers, and Little's law in each."""

from __future__ import annotations

import runpy
from importlib import import_module
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.engine.shops import DAY, MIN, lead_times, rows, seconds
from tests.published.estimates import agree
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.engine.lower import lower
from zhizao.engine.rules import load_rules
from zhizao.engine.run import _Replication, with_keys
from zhizao.kernels import tables as k
from zhizao.kpi import elements, values
from zhizao.plant import read_plant

PLANTS = Path(__file__).resolve().parents[2] / "examples" / "plants"
engine_run = import_module("zhizao.engine.run")  # its name in the package is that of its function


@pytest.mark.parametrize("path", sorted(PLANTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_littles_law_holds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Little (1961, doi 10.1287/opre.9.3.383): the loop's count of lots inside, and the lots' own times."""
    monkeypatch.setattr(engine_run, "_BUDGET", 1)
    monkeypatch.setattr(engine_run, "_FIRST", 1)
    lowered = lower(read_plant(path), k.LOG_LOTS)
    replication = _Replication(with_keys(lowered.tables, 1, 0), load_rules(lowered.names.rules))
    inside, until, area = 0, 0.0, 0.0
    for now in replication.run_to(4 * DAY):
        area += inside * (now - until)
        inside, until = int(replication._s.clock[0].in_plant), now
    for _ in range(2):
        replication.mark()
    raw = replication.raw()
    here = raw.state.lots[(raw.state.lots.used == 2) & (raw.state.lots.release < until)]
    gone = raw.exits[raw.exits["release"] < until]
    spent = (np.minimum(gone["end"], until) - np.maximum(gone["release"], 0.0)).sum()
    spent += (until - np.maximum(here.release, 0.0)).sum()
    assert len(gone) + len(here) > 2
    assert area == pytest.approx(spent, rel=1e-9)


def test_a_lot_spends_forty_minutes_at_the_one_machine() -> None:
    found = run(read_plant(PLANTS / "one-machine.yaml"), RunSettings(days=2000)).records[0]
    agree(lead_times(found) / MIN, 40.0)


def test_two_machines_make_a_hundred_and_twenty_lots_a_day() -> None:
    found = run(read_plant(PLANTS / "two-machines.yaml"), RunSettings(days=400)).records[0]
    ends = np.sort([end for end in seconds(found.lots["completed"]) if end is not None])
    agree(np.diff(ends) / DAY * 120, 1.0)


def test_a_day_with_an_hour_of_overtime_costs_two_hundred_and_eighty_five() -> None:
    plant = read_plant(PLANTS / "overtime.yaml")
    found = run(plant, RunSettings(days=8, warm_up_days=1)).records[0]
    reported = values(elements(found, plant))
    days = reported["cost_rate"], reported["overtime"], reported["worker_efficiency"]
    assert days == pytest.approx((285.0, 1.0, 1.0))


def test_the_night_shift_is_as_worked_out_by_hand() -> None:
    plant = read_plant(PLANTS / "night-shift.yaml")
    found = run(plant, RunSettings(days=26 / 24, log=LogLevel.EVENTS)).records[0]
    hour = 22 * 60.0
    assert rows(found, "setup") == [("oven-1", hour, hour + 30), ("oven-1", hour + 390, hour + 420)]
    assert [end for _, _, end in rows(found)] == [hour + 210, hour + 390, hour + 1560]
    assert found.states is not None
    assert found.states["energy_kwh"].sum() == pytest.approx(185)
    assert found.states["energy_cost"].sum() == pytest.approx(93.5)
    assert found.lots.select(pl.col("status").cast(pl.String).unique()).to_series().to_list() == ["completed"]


def test_the_vehicles_of_the_cell_work_as_worked_out_by_hand() -> None:
    """After each vehicle's first trip a part needs 10 min, 24 s, 64 s and 9 min."""
    found = run(read_plant(PLANTS / "agv-cell.yaml"), RunSettings(days=5, log=LogLevel.EVENTS)).records[0]
    assert lead_times(found)[:4].tolist() == pytest.approx([1216, 1216, 1228, 1228])
    charges = rows(found, "maintenance")
    assert charges
    assert all(end - start == pytest.approx(40 + 0.2) for _, start, end in charges if end is not None)


def test_the_crane_of_the_warehouse_has_the_cycles_of_bozer_and_white() -> None:
    """Time under way for each pallet that was fetched: between one dual and two single commands."""
    found = run(read_plant(PLANTS / "warehouse-crane.yaml"), RunSettings(days=20)).records[0]
    assert found.states is not None
    moving = found.states.filter(pl.col("work_center") == "crane", pl.col("state").is_in(["busy", "setup"]))
    left = int(found.lots["completed"].is_not_null().sum())
    stored = found.lots.height
    dual, single = 46.370 + 4 * 8, 34.444 + 2 * 8
    assert dual * left < moving["seconds"].sum() < single * (left + stored)


def test_the_conveyor_line_makes_a_part_every_three_minutes() -> None:
    found = run(read_plant(PLANTS / "conveyor-line.yaml"), RunSettings(days=2, warm_up_days=1)).records[0]
    assert found.states is not None
    line = {(u, s): x for u, s, x in found.states.select("unit", "state", "seconds").iter_rows()}
    assert line["press-1", "blocked"] == pytest.approx(DAY / 3)
    assert line["oven-1", "busy"] == pytest.approx(DAY)
    done = found.lots.filter(pl.col("completed") > found.start).height
    assert done == 480


def test_a_plate_spends_an_hour_and_a_half_in_the_plant_of_the_furnace() -> None:
    found = run(read_plant(PLANTS / "furnace.yaml"), RunSettings(days=3000)).records[0]
    agree(lead_times(found) / MIN, 93.026)


def test_in_the_litho_cell_lots_come_back_to_their_scanner_in_time_or_are_counted() -> None:
    plant = read_plant(PLANTS / "litho-cell.yaml")
    found = run(plant, RunSettings(days=60, log=LogLevel.EVENTS)).records[0]
    assert found.events is not None
    done = found.events.filter(pl.col("activity").cast(pl.String) == "process", pl.col("end").is_not_null())
    units = {step: done.filter(pl.col("operation") == step) for step in ("expose-1", "expose-2")}
    last = units["expose-1"].group_by("lot").agg(pl.col("unit").last())
    pairs = units["expose-2"].group_by("lot").agg(pl.col("unit").first()).join(last, on="lot", suffix="_1")
    assert pairs.height > 1500
    assert (pairs["unit"] == pairs["unit_1"]).all()
    sizes = done.filter(pl.col("operation") == "clean").group_by("batch").len()["len"]
    assert set(sizes) == {1, 2, 3, 4}
    wait = units["expose-1"].join(done.filter(pl.col("operation") == "clean"), on="lot", suffix="_clean")
    wait = (
        wait.filter(pl.col("end_clean") <= pl.col("start"))
        .group_by("lot", "start")
        .agg(pl.col("end_clean").max())
    )
    assert (
        (wait["start"] - wait["end_clean"]).dt.total_minutes() <= 120 + 20
    ).all()  # a set-up may come first
    assert found.lots["limit_breaks"].sum() > 10


def test_the_display_fab_runs_at_the_rate_of_its_orders() -> None:
    """A lot of 20 glasses every 40 minutes: 720 a day; the lead time stays as it is."""
    fab = runpy.run_path(str(PLANTS.parent / "display_fab.py"))["display_fab"]()
    assert len(fab.work_centers) == 30
    assert len(fab.routes["panel"]) > 100
    found = run(fab, RunSettings(days=90, warm_up_days=30)).records[0]
    out = found.lots.filter(pl.col("completed") > found.start)
    pieces = (out["pieces_good"] + out["pieces_scrap"]).sum()
    assert pieces / 60 == pytest.approx(720, rel=0.02)
    middle = found.start + (found.end - found.start) / 2
    out = out.with_columns(lead=pl.col("completed") - pl.col("release"), late=pl.col("completed") > middle)
    halves = [out.filter(pl.col("late") == late)["lead"] for late in (False, True)]
    first, second = (half.dt.total_hours().mean() for half in halves)
    assert second == pytest.approx(first, rel=0.15)
