"""The shadow of a plant: it looks ahead, raises what drifts, and computes live figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao import Session
from zhizao.connect.tags import TagReader, TagRules, TagWriter
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.kpi import compute
from zhizao.plant import Plant, parse_plant
from zhizao.quantities import InputError
from zhizao.records import GOOD, STALE, Records, values
from zhizao.workflows.shadow import Beside, Drift, DriftWatch, Look, Shadow, live_kpis
from zhizao.workflows.shadow.reference import Reference
from zhizao.workflows.shadow.spells import REPAIR, UP, Key, Spells

TEXT = """
zhizao: 1
plant: two in line
start: 2026-03-02 00:00
calendars: {day: {mon-sun: [06:00-22:00]}}
work_centers:
  - id: cut
    calendar: day
    failures: [{clock: busy, between: exponential(20 h), repair: "lognormal(40 min, cv 0.5)"}]
  - {id: weld, calendar: day}
routes:
  lid:
    - {id: cut-lid, on: [cut], takes: {per_lot: "lognormal(14 min, cv 0.1)"}}
    - {id: weld-lid, on: [weld], takes: {per_lot: "lognormal(15 min, cv 0.2)"}}
products: {lid: {route: lid, lot: 5}}
orders: [{product: lid, every: "exponential(26 min)", calendar: day, due: +4 h}]
"""


@pytest.fixture(name="plant", scope="module")
def _plant() -> Plant:
    return parse_plant(TEXT)


@pytest.fixture(name="reference", scope="module")
def _reference(plant: Plant) -> Reference:
    return Reference.of(plant)


def followed(plant: Plant, hours: float, seed: int = 3) -> tuple[Session, TagReader]:
    """A plant that ran, and what its tags said."""
    session, reader = Session(plant, seed=seed), TagReader(TagRules(plant, {}))
    session.advance(timedelta(hours=hours))
    reader.feed(values(TagWriter(plant).step(session.records(), session.snapshot(exact=False))))
    reader.read(session.now)
    return session, reader


def slower(plant: Plant, factor: float) -> Plant:
    """The plant with a slower cutter; the shadow does not know."""
    centers = []
    for center in plant.work_centers:
        units = tuple(u.model_copy(update={"speed": u.speed / factor}) for u in center.units)
        centers.append(center.model_copy(update={"units": units}) if center.id == "cut" else center)
    return plant.model_copy(update={"work_centers": tuple(centers)})


def test_net_times_are_those_that_the_plant_was_given(reference: Reference) -> None:
    cut = reference.ratios[Key("process", "cut", "cut-lid")]
    assert cut.mean() == pytest.approx(1.0, abs=0.02)
    assert cut.std() == pytest.approx(0.1, abs=0.02)
    assert reference.ratios[Key(REPAIR, "cut", "")].mean() == pytest.approx(2400, rel=0.25)
    assert reference.ratios[Key(UP, "cut", "")].mean() == pytest.approx(72000, rel=0.25)


def test_a_look_has_a_band_for_each_lot_in_the_plant(plant: Plant) -> None:
    session, reader = followed(plant, 34)
    look = Shadow(plant, draws=40).look(reader, session.now)
    assert look.outlook is not None
    lots = look.outlook.lots
    assert set(lots["lot"]) == {lot.id for lot in session.snapshot(exact=False).lots}
    assert lots.filter(
        ~((pl.col("low") <= pl.col("median")) & (pl.col("median") <= pl.col("high")))
    ).is_empty()
    assert lots["late"].is_between(0, 1).all()
    session.advance(timedelta(days=3))
    done = dict(session.records().lots.select("lot", "completed").iter_rows())
    inside = [row["low"] <= done[row["lot"]] <= row["high"] for row in lots.iter_rows(named=True)]
    assert np.mean(inside) > 0.5


def test_a_slower_machine_is_noticed_within_a_day_and_by_how_much(plant: Plant, reference: Reference) -> None:
    inside = 0
    for seed in range(12):
        watch = DriftWatch(reference, {"cut": 1, "weld": 1})
        assert drifts(plant, plant, watch, seed) == []
        first = drifts(slower(plant, 1.2), plant, watch, seed + 50)[0]
        assert first.watched.unit == "cut-1" or first.watched.operation == "cut-lid"
        assert first.noticed - plant.start < timedelta(days=1)
        assert first.factor == pytest.approx(1.2, abs=0.1)
        inside += first.low < 1.2 < first.high
    assert inside >= 9


def drifts(real: Plant, known: Plant, watch: DriftWatch, seed: int, days: float = 14) -> list[Drift]:
    records: Records = run(real, RunSettings(days, 100 + seed, 1, log=LogLevel.EVENTS)).records[0]
    assert records.events is not None
    spells = Spells(known).take(records.events.iter_rows(named=True), records.end)
    return [drift for spell in spells for drift in watch.watch(spell)]


def test_a_change_that_does_not_matter_is_no_drift(plant: Plant, reference: Reference) -> None:
    watch = DriftWatch(reference, {"cut": 1, "weld": 1})
    assert drifts(slower(plant, 1.01), plant, watch, 0, days=56) == []


def test_live_figures_are_those_of_the_records(plant: Plant) -> None:
    session, reader = followed(plant, 48)
    live = live_kpis(plant, reader, timedelta(days=2))
    records = session.records()
    theirs = compute(Records(records.start, records.end, records.lots, records.events), plant)
    ours = live.plant.join(theirs, on="kpi", suffix="_theirs").drop_nulls(["value"])
    assert ours.height
    assert ours["value"].to_list() == pytest.approx(ours["value_theirs"].to_list(), nan_ok=True)
    assert live.units["seen"].to_list() == [1.0] * live.units.height


def test_a_unit_that_nobody_saw_has_no_oee(plant: Plant) -> None:
    session, reader = followed(plant, 20)
    tag, late = "cut/cut-1/State", session.now.replace(tzinfo=None)

    reader.feed(values([(tag, late.replace(tzinfo=UTC), None, None, STALE)]))
    reader.read(late + timedelta(hours=10))
    units = live_kpis(plant, reader, timedelta(hours=12)).units
    cut = units.filter(pl.col("work_unit") == "cut-1")
    assert cut["seen"].max() == pytest.approx(2 / 12)
    assert cut["value"].null_count() == cut.height


def test_a_lot_that_will_be_late_all_of_a_sudden_is_said_and_a_plan_offered(plant: Plant) -> None:
    session, reader = followed(plant, 34)
    shadow = Shadow(plant, draws=30)
    shadow.look(reader, session.now)
    writer_time: datetime = session.now + timedelta(minutes=1)

    reader.feed(values([("cut/cut-1/State", writer_time.replace(tzinfo=UTC), None, "down", GOOD)]))
    moment = session.now + timedelta(hours=5)
    reader.read(moment)
    look = shadow.look(reader, moment)
    assert look.late
    assert any("no longer holds" in text for text in look.said)
    plan = shadow.offer(seconds=1.0)
    assert plan.events.height


def test_a_look_beside_the_reader_says_what_a_look_says(plant: Plant) -> None:
    session, reader = followed(plant, 34)
    looks: list[Look] = []
    beside = Beside(Shadow(plant, draws=20), looks.append, pytest.fail)
    beside.on_read(reader, session.now)
    beside.on_read(reader, session.now)  # the next one is not due
    beside.close()
    there = Shadow(plant, draws=20).look(reader, session.now)
    assert [look.as_json() for look in looks] == [there.as_json()]
    assert " in the plant; L0" in str(looks[0])


def test_a_look_that_fails_is_said_and_stops_nothing(plant: Plant) -> None:
    session, reader = followed(plant, 34)
    faults: list[str] = []

    def on_look(look: Look) -> None:
        raise OSError("no space left")

    shadow = Shadow(plant, draws=2, every=timedelta(seconds=1))
    beside = Beside(shadow, on_look, faults.append)
    beside.on_read(reader, session.now)
    beside.close()
    beside.on_read(reader, session.now)
    assert faults == ["OSError: no space left"]


def test_a_unit_down_that_never_is_in_the_plant_is_taken_as_able_and_said(plant: Plant) -> None:
    session, reader = followed(plant, 34)
    moment = session.now + timedelta(minutes=1)
    reader.feed(values([("weld/weld-1/State", moment.replace(tzinfo=UTC), None, "down", GOOD)]))
    reader.read(moment)
    look = Shadow(plant, draws=5).look(reader, moment)
    assert look.outlook is not None
    assert any("weld-1" in text and "able to work" in text for text in look.outlook.assumed)


def test_settings_that_make_no_sense_are_refused(plant: Plant) -> None:
    with pytest.raises(InputError, match="more than 0"):
        Shadow(plant, draws=0)
