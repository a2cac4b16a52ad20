"""Past lots: what a log with few lots of each product gives, and when a chart gives way to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.studies.learn.logs import MONDAY, records, row
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant, WorkCenter, WorkUnit, read_plant
from zhizao.records import Records
from zhizao.studies.compare import compare
from zhizao.studies.learn import LearnResult, learn
from zhizao.studies.learn.log.complete import Variant
from zhizao.studies.learn.log.visits import read_history
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.causes import learn_causes
from zhizao.studies.learn.routes.choice import Scores, crps
from zhizao.studies.learn.routes.past_lots import Measures, PastVisit, templates
from zhizao.studies.learn.timing.delays import learn_delays
from zhizao.studies.simulate import simulate
from zhizao.studies.validate import validate

ALWAYS = Opening(np.ones(168, bool))


def few_of_each(parts: int = 12, each: int = 3) -> list[dict[str, Any]]:
    """Lots of many parts, one every 40 h; how often each goes to the mill and the bench, nobody can tell."""
    rng = np.random.default_rng(5)
    rows = []
    for i in range(parts * each):
        at = 40.0 * i
        for name in ("mill", "bench") * int(rng.integers(1, 5)):
            work = 0.5 + float(rng.integers(6)) / 2
            rows.append(row(f"{i:02d}", name, at, at + work, product=f"part {i % parts}"))
            at += work + 2
    return rows


def sizes(lots: int = 36) -> dict[str, int]:
    return {f"{i:02d}": 5 * (1 + i % 7) for i in range(lots)}


@pytest.fixture(scope="module")
def log() -> Records:
    return records(few_of_each(), pieces=sizes(), end_h=1600)


@pytest.fixture(scope="module")
def result(log: Records) -> LearnResult:
    return learn(log, name="few of each")


def steps(log: Records) -> dict[str, list[str]]:
    """Operations of each lot in order."""
    assert log.events is not None
    found: dict[str, list[str]] = {}
    for lot, name in log.events.sort("start").select("lot", "operation").drop_nulls().iter_rows():
        found.setdefault(lot, []).append(name.split(" #")[0])
    return found


def test_each_lot_of_the_log_is_a_past_lot_with_its_visits(log: Records, result: LearnResult) -> None:
    seen, past = steps(log), result.plant.past_lots
    assert past is not None
    assert len(past.lots) > 30
    for name, what in past.lots.items():
        lot = name.removeprefix("lot ")
        assert (what.product, what.pieces) == (f"part {int(lot) % 12}", sizes()[lot])
        assert [o.id.split(" #")[0] for o in result.plant.routes[name]] == seen[lot]


def test_new_lots_visit_what_a_past_lot_visited(log: Records, result: LearnResult) -> None:
    ways = list(steps(log).values())
    (made,) = run(result.plant, RunSettings(days=200, seed=2, log=LogLevel.EVENTS)).records
    begun = list(steps(made).values())
    assert len(begun) > 50
    assert all(any(way[: len(own)] == own for way in ways) for own in begun)
    assert len({tuple(own) for own in begun}) > 3


def test_the_table_of_past_lots_stands_beside_the_plant(
    log: Records, result: LearnResult, tmp_path: Path
) -> None:
    result.write(tmp_path / "few.yaml")
    assert read_plant(tmp_path / "few.yaml") == result.plant
    table = (tmp_path / "few-past-lots.csv").read_text(encoding="utf-8").splitlines()
    assert len(table) == 1 + sum(map(len, result.plant.routes.values()))
    text = (tmp_path / "few.yaml").read_text(encoding="utf-8")
    assert f"{len(result.plant.routes)} past lots: " in text
    assert "routes:" not in text


def test_a_plant_of_past_lots_is_validated_and_compared(log: Records, result: LearnResult) -> None:
    plant = result.plant
    checked = validate(plant, log, replications=2, past=log)
    assert checked.distances
    faster = plant.model_copy(update={"name": "faster", "work_centers": tuple(_twice(plant))})
    assert compare(plant, faster, days=60, replications=3, uncertainty=2).table().height > 0
    assert simulate(plant, days=60, replications=3, uncertainty=2).table().height > 0


def _twice(plant: Plant) -> Iterator[WorkCenter]:
    for center in plant.work_centers:
        unit = WorkUnit(id=f"{center.id} again")
        yield center.model_copy(update={"units": (*center.units, unit)})


def test_sizes_that_are_missing_and_one_lot_alone_give_plants_that_run() -> None:
    unsized = learn(records(few_of_each(), pieces=1, end_h=1600)).plant
    alone = learn(records([row("1", "cut", 8, 9), row("1", "sew", 10, 12)])).plant
    for plant, lots in ((unsized, 30), (alone, 1)):
        assert plant.past_lots is not None
        assert len(plant.past_lots.lots) >= lots
        (done,) = run(plant, RunSettings(days=1000, log=LogLevel.LOTS)).records
        assert done.lots.height > 0


def test_a_part_that_was_seen_only_in_young_lots_draws_those_of_others() -> None:
    rows = [r for i in range(80) for r in _old(i)]
    young = [row("young", "cut", 40 * 80 - 30, 40 * 80 - 29, product="new")]
    plant = learn(records([*rows, *young], end_h=40 * 80 - 20)).plant
    assert plant.past_lots is not None
    assert "lot young" not in plant.past_lots.lots
    drawn = plant.products["new"].route
    assert isinstance(drawn, dict)
    assert drawn.keys() == plant.past_lots.lots.keys()


def _old(i: int) -> list[dict[str, Any]]:
    """A lot of one of eight parts, which goes to the drill in one of three ways."""
    names = (("cut", "drill", "pack"), ("drill", "cut", "pack"), ("cut", "pack"))[i % 3]
    return [
        row(f"{i:02d}", name, 40 * i + 24 * k, 40 * i + 24 * k + 1, product=f"p{i % 8}")
        for k, name in enumerate(names)
    ]


def made(rows: list[dict[str, Any]], opening: Opening) -> tuple[PastVisit, ...]:
    """Visits of the past lot that one lot makes."""
    log = records(rows)
    past, centers = read_history(log, MONDAY), {r["work_center"] for r in rows}
    openings = dict.fromkeys(centers, opening)
    causes, _ = learn_causes(log, past, {}, openings)
    by = Measures(causes, learn_delays(log, past, openings, causes), openings)
    (lot,) = templates([Variant(past.traces[0], 0)], by)
    return lot.visits


def test_work_that_overlaps_counts_once_for_the_lot() -> None:
    rows = [
        row("1", "turn", 8, 12),
        row("1", "check", 10, 13),
        row("1", "note", 11, 12),
        row("1", "pack", 15, 16),
    ]
    turn, check, note, pack = made(rows, ALWAYS)
    assert [visit.work_s / 3600 for visit in (turn, check, note, pack)] == [4, 1, 0, 1]
    assert [visit.delay_s / 3600 for visit in (turn, check, note, pack)] == [0, 0, 0, 2]


def test_work_and_delays_of_past_lots_are_in_open_time() -> None:
    day = Opening(np.tile(np.arange(24) // 8 == 1, 7))  # 8 to 16 h
    turn, pack = made([row("1", "turn", 12, 34), row("1", "pack", 39, 42)], day)
    assert [turn.work_s / 3600, pack.work_s / 3600] == [6, 1]  # what is done over time is left out
    assert pack.delay_s / 3600 == 5


# ---------------------------------------------------------------- chart or past lots
def test_the_score_of_a_sample_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(2)
    drawn, seen = rng.normal(5, 2, 40), 6.3
    plain = np.abs(drawn - seen).mean() - np.abs(drawn[:, None] - drawn[None, :]).mean() / 2
    assert crps(drawn, seen) == pytest.approx(plain)
    assert crps(np.array([4.0]), 6.0) == 2.0


@pytest.mark.parametrize(
    ("gain", "spread", "better"), [(0.2, 0.1, True), (0.02, 0.001, False), (0.2, 20.0, False)]
)
def test_past_lots_must_be_better_surely_and_relevantly(gain: float, spread: float, better: bool) -> None:
    noise = spread * np.tile([-1.0, 1.0], 50)
    assert Scores(np.ones(100), 1 - gain + noise).past_better is better


def linked(i: int, rng: np.random.Generator, *, alike: bool, ways: bool = True) -> list[dict[str, Any]]:
    """A lot of up to seven operations, each done by three of four lots if there are many `ways`; its times
    are long at all of them or at none, if they are `alike`."""
    rows, at = [], 60.0 * i
    long = rng.random() < 0.5
    names = ["saw", "turn", "mill", "drill", "grind", "wash"]
    done = rng.random(len(names)) < 0.75 if ways else np.ones(len(names), bool)
    for name in ["cut", *np.array(names)[done]]:
        hours = 6.0 if (long if alike else rng.random() < 0.5) else 1.0
        rows.append(row(f"{i:03d}", str(name), at, at + hours))
        at += hours + 0.25
    return rows


def test_lots_that_go_few_ways_keep_the_chart_that_people_can_edit() -> None:
    rng = np.random.default_rng(3)
    rows = [r for i in range(150) for r in linked(i, rng, alike=True, ways=False)]
    assert learn(records(rows, end_h=10000)).plant.past_lots is None


@pytest.mark.parametrize("alike", [True, False])
def test_lots_whose_times_belong_together_are_past_lots_and_others_have_a_chart(alike: bool) -> None:
    rng = np.random.default_rng(3)
    rows = [r for i in range(150) for r in linked(i, rng, alike=alike)]
    result = learn(records(rows, end_h=10000))
    assert (result.plant.past_lots is not None) is alike
    said = result.evidence.filter(result.evidence["how"].str.contains("rolling hold-outs"))
    assert said["value"].to_list() == ["past lots for p" if alike else "a chart for p"]
