"""Running a plant: settings, windows, seeds, progress, cancel, growth."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import polars as pl
import pytest

from tests.engine.shops import completions, digest, op, orders, raw_run, records, rows, shop
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.engine import state as engine_state
from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.records import EVENTS, LOTS, STATES

engine_run = import_module("zhizao.engine.run")  # its name in the package is that of its function
BUSY = shop(route=[op("a", "m", takes="exponential(8 min)")])


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 0},
        {"days": -1},
        {"days": float("nan")},
        {"days": float("inf")},
        {"days": 5, "warm_up_days": 5},
        {"days": 5, "warm_up_days": -1},
        {"days": 5, "replications": 0},
        {"days": 5, "first_replication": -1},
        {"days": 5, "threads": 0},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="right is"):
        RunSettings(**wrong)


def test_tables_have_the_columns_and_types_of_the_schema() -> None:
    found = records(BUSY, days=2)
    assert found.events is not None
    assert found.states is not None
    assert (dict(found.events.schema), dict(found.lots.schema), dict(found.states.schema)) == (
        EVENTS,
        LOTS,
        STATES,
    )


def test_what_is_written_down_does_not_change_what_happens() -> None:
    by_level = {level: run(BUSY, RunSettings(days=5, log=level)).records[0] for level in LogLevel}
    states = [found.states for found in by_level.values() if found.states is not None]
    assert len(states) == 3
    assert states[0].equals(states[1])
    assert states[0].equals(states[2])
    assert by_level[LogLevel.LOTS].lots.equals(by_level[LogLevel.EVENTS].lots)
    assert by_level[LogLevel.LOTS].events is None


def test_another_seed_or_replication_has_other_random_numbers() -> None:
    first, second = run(BUSY, RunSettings(days=2, replications=2)).records
    other = run(BUSY, RunSettings(days=2, seed=2)).records[0]
    assert not first.lots.equals(second.lots)
    assert not first.lots.equals(other.lots)


def test_replications_can_be_run_in_parts() -> None:
    whole = run(BUSY, RunSettings(days=2, replications=4)).records
    part = run(BUSY, RunSettings(days=2, replications=2, first_replication=2)).records
    assert [a.lots.equals(b.lots) for a, b in zip(whole[2:], part, strict=True)] == [True, True]


def test_the_window_begins_after_the_warm_up() -> None:
    found = run(BUSY, RunSettings(days=5, warm_up_days=2, log=LogLevel.EVENTS)).records[0]
    whole = run(BUSY, RunSettings(days=5, log=LogLevel.EVENTS)).records[0]
    assert found.events is not None
    assert whole.events is not None
    assert found.states is not None
    assert found.states["seconds"].sum() == pytest.approx(3 * 86400)
    kept = whole.events.filter(pl.col("end").is_null() | (pl.col("end") > found.start))
    assert found.events.equals(kept)
    assert found.lots.equals(whole.lots)


def test_work_still_going_on_has_no_end() -> None:
    found = records(shop(orders=orders(2)), days=15 / 1440)
    assert rows(found) == [("m-1", 0, 10), ("m-1", 10, None)]
    assert found.lots["status"].to_list() == ["completed", "in-process"]
    assert found.lots["pieces_good"].to_list() == [1, None]


def test_an_event_at_the_very_end_still_counts() -> None:
    assert completions(records(shop(orders=orders(1)), days=10 / 1440)) == {"O0": 10}


# ---------------------------------------------------------------- progress and cancel
def test_progress_never_goes_back_and_ends_at_one() -> None:
    seen: list[float] = []
    run(BUSY, RunSettings(days=3000, replications=3, threads=2), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def cancel(_: float) -> None:
    raise KeyboardInterrupt


def test_a_cancelled_run_keeps_the_replications_that_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_run, "_BUDGET", 2000)
    done: list[float] = []

    def after_one(share: float) -> None:
        done.append(share)
        if share > 0.25:
            raise KeyboardInterrupt

    found = run(BUSY, RunSettings(days=2000, replications=4, threads=1), progress=after_one)
    assert found.interrupted
    assert 1 <= len(found.records) < 4
    plain = run(BUSY, RunSettings(days=2000)).records[0]
    assert found.records[0].lots.equals(plain.lots)


def test_a_run_cancelled_before_anything_is_done_has_nothing_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_run, "_BUDGET", 1000)
    with pytest.raises(KeyboardInterrupt):
        run(BUSY, RunSettings(days=100_000, log=LogLevel.NONE), progress=cancel)


def test_a_cancelled_run_begins_no_further_replication() -> None:
    found = run(BUSY, RunSettings(days=20, replications=400, threads=1), progress=cancel)
    assert len(found.records) < 400


# ---------------------------------------------------------------- growth
def test_tables_that_grow_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    route = [
        op("a", "m", takes="exponential(11 min)"),
        op("b", "n", takes="1 min", delay="exponential(30 h)"),
    ]
    plant = shop([{"id": "m"}, {"id": "n"}], route)
    large = digest(raw_run(plant, 60))
    for name, rows_at_first in (("_LOG_ROWS", 8), ("_EXIT_ROWS", 4), ("_LOTS", 2)):
        monkeypatch.setattr(engine_state, name, rows_at_first)
    little = raw_run(plant, 60)
    assert digest(little) == large
    assert len(little.state.heap) > 4 * 66
    assert len(little.state.lots) > 200


def test_a_wheel_of_events_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    route = [
        op("a", "m", takes="exponential(11 min)"),
        op("b", "n", takes="1 min", delay="exponential(30 h)"),
    ]
    plant = shop([{"id": "m"}, {"id": "n"}], route)
    plain = digest(raw_run(plant, 4))
    monkeypatch.setattr(engine_state, "_MANY_EVENTS", 2)
    for budget in (7, 500):
        monkeypatch.setattr(engine_run, "_FIRST", budget)
        monkeypatch.setattr(engine_run, "_BUDGET", budget)
        wheel = raw_run(plant, 4)
        assert digest(wheel) == plain
        assert wheel.state.clock[0].far_n > 50


def test_many_lots_at_once_are_no_trouble() -> None:
    found = records(
        shop(orders=[{"id": "all", "product": "p", "pieces": 300_000}]), days=1, log=LogLevel.LOTS
    )
    assert found.lots.height == 300_000
    assert found.lots["completed"].is_not_null().sum() == 144


def test_a_plant_that_cannot_keep_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_run, "_MOST_LOTS", 2000)
    flooded = shop(orders=[{"product": "p", "every": "1 s"}])
    with pytest.raises(InputError, match="cannot keep up"):
        run(flooded, RunSettings(days=10))


def test_the_random_numbers_of_a_machine_stay_when_another_is_added() -> None:
    """Common random numbers: the new work center comes first in the list, the random numbers go by id."""
    broken = [{"between": "exponential(3 h)", "repair": "exponential(20 min)"}]
    before = shop([{"id": "m", "failures": broken}], [op("a", "m", takes="exponential(8 min)")])
    after = shop(
        [{"id": "new", "failures": broken}, {"id": "m", "failures": broken}],
        [op("a", "m", takes="exponential(8 min)"), op("b", "new", takes="1 min")],
    )

    def at_m(plant: Plant) -> pl.DataFrame:
        events = run(plant, RunSettings(days=5, log=LogLevel.EVENTS)).records[0].events
        assert events is not None
        return events.filter(pl.col("work_center") == "m").sort("start", "activity")

    assert at_m(before).equals(at_m(after))
