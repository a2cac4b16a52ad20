"""What ended in a plant: the same however the log is cut, and what the plant was given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tests.workflows.shadow.test_shadow import TEXT
from zhizao import Session
from zhizao.connect.tags import TagReader, TagRules, TagWriter
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant, parse_plant
from zhizao.records import GOOD, STALE, Records, values
from zhizao.workflows.shadow import Shadow, live_kpis
from zhizao.workflows.shadow.spells import PROCESS, REPAIR, UP, Spell, Spells


def plant_of(clock: str = "busy", between: str = "exponential(20 h)") -> Plant:
    old = "clock: busy, between: exponential(20 h)"
    assert old in TEXT
    return parse_plant(TEXT.replace(old, f"clock: {clock}, between: {between}"))


def log_of(plant: Plant, days: float, seed: int = 3) -> Records:
    return run(plant, RunSettings(days, seed, 1, log=LogLevel.EVENTS)).records[0]


def piecewise(plant: Plant, records: Records, step: timedelta) -> list[Spell]:
    """Spells of a log that is taken as it grows."""
    assert records.events is not None
    spells, found, before = Spells(plant), [], datetime.min
    moment = records.start + step
    while before < records.end:
        begun = records.events.filter(pl.col("start") <= moment)
        open_or_new = begun.filter(pl.col("end").is_null() | (pl.col("end") > before))
        still = pl.when(pl.col("end") <= moment).then(pl.col("end"))
        found += spells.take(open_or_new.with_columns(still.alias("end")).iter_rows(named=True), moment)
        before, moment = moment, moment + step
    return found


def in_order(spells: list[Spell]) -> list[tuple[object, ...]]:
    return sorted((s.key, s.unit, s.start, s.end, round(s.ratio, 6)) for s in spells)


@pytest.mark.parametrize("minutes", [7, 60, 1000])
@pytest.mark.parametrize("clock", ["busy", "calendar", "cycles"])
def test_spells_are_the_same_however_the_log_is_cut(clock: str, minutes: int) -> None:
    plant = plant_of(clock, "exponential(12)" if clock == "cycles" else "exponential(5 h)")
    records = log_of(plant, 6)
    assert records.events is not None
    whole = Spells(plant).take(records.events.iter_rows(named=True), records.end)
    assert {spell.key.kind for spell in whole} == {PROCESS, REPAIR, UP}
    assert in_order(piecewise(plant, records, timedelta(minutes=minutes))) == in_order(whole)


def test_the_time_between_failures_of_a_busy_clock_counts_work_that_was_interrupted() -> None:
    """A failure after about one lot: what was interrupted is a great part of it."""
    plant = plant_of("busy", "exponential(30 min)")
    records = log_of(plant, 60)
    assert records.events is not None
    spells = Spells(plant).take(records.events.iter_rows(named=True), records.end)
    ups = np.array([spell.ratio for spell in spells if spell.key.kind == UP])
    assert len(ups) > 500
    assert ups.mean() == pytest.approx(1800, abs=4 * ups.std() / np.sqrt(len(ups)))


def test_repairs_longer_than_a_look_lose_no_time_between_failures() -> None:
    plant = plant_of("busy", "exponential(2 h)")
    session, reader, writer = Session(plant, seed=3), TagReader(TagRules(plant, {})), TagWriter(plant)
    shadow = Shadow(plant, draws=1)
    seen: list[Spell] = []
    for _ in range(2 * 24 * 3):
        session.advance(timedelta(minutes=30))
        reader.feed(values(writer.step(session.records(), session.snapshot(exact=False))))
        reader.read(session.now)
        seen += shadow.observe(reader, session.now).spells
    events = session.records().events
    assert events is not None
    stops = events.filter((pl.col("activity").cast(pl.String) == "failure") & pl.col("end").is_not_null())
    assert stops.height > 8
    ups = [spell for spell in seen if spell.key.kind == UP]
    assert [spell.end for spell in ups] == stops.sort("start")["start"].to_list()[1:]
    assert sum(spell.key.kind == REPAIR for spell in seen) == stops.height


def test_what_lasted_while_nobody_looked_is_not_counted() -> None:
    plant = plant_of()
    reader = TagReader(TagRules(plant, {}))
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def say(minute: float, number: int, state: str, status: int = GOOD) -> None:
        at = start + timedelta(minutes=minute)
        job = [] if status == STALE else [("cut/cut-1/Lot", at, None, f"L{number}", GOOD)]
        reader.feed(values([*job, ("cut/cut-1/State", at, None, state, status)]))

    say(0, 1, "busy")
    say(14, 2, "busy")
    say(20, 2, "", STALE)
    say(24, 2, "busy")
    say(28, 3, "busy")
    say(42, 3, "idle")
    moment = (start + timedelta(hours=1)).replace(tzinfo=None)
    reader.read(moment)
    spells = Shadow(plant, draws=1).observe(reader, moment).spells
    assert [(s.start.minute, s.end.minute) for s in spells] == [(0, 14), (28, 42)]


def test_a_reader_that_forgets_says_the_same_of_now() -> None:
    plant = plant_of("busy", "exponential(5 h)")
    session, writer = Session(plant, seed=5), TagWriter(plant)
    whole, short = (TagReader(TagRules(plant, {})) for _ in range(2))
    shadows = Shadow(plant, draws=1), Shadow(plant, draws=1)
    for _ in range(14):
        session.advance(timedelta(hours=12))
        found = values(writer.step(session.records(), session.snapshot(exact=False)))
        observed = []
        for reader, shadow in zip((whole, short), shadows, strict=True):
            reader.feed(found)
            reader.read(session.now)
            observed.append(shadow.observe(reader, session.now))
        assert observed[0].now == observed[1].now
        assert observed[0].spells == observed[1].spells
        day = timedelta(days=1)
        ours, theirs = (live_kpis(plant, reader, day) for reader in (short, whole))
        assert ours.plant.equals(theirs.plant)
        assert ours.units.equals(theirs.units)
        short.forget(session.now - timedelta(days=2))
    assert short.events().height < whole.events().height / 2
    assert short.lots().height < whole.lots().height / 2
