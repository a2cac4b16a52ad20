"""Scenarios are run with common random numbers, in whole batches, and a cancel is never lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.studies.plants import line
from zhizao.engine import LogLevel, RunSettings, Twin, run, twin
from zhizao.experiments.experiment import Experiment, Replications, batch_size
from zhizao.experiments.scenario import Scenario, with_measures
from zhizao.experiments.window import Window
from zhizao.kpi import FROM_LOTS, elements, values
from zhizao.plant import Plant
from zhizao.quantities import PlantError
from zhizao.records import Records, with_events


def window(days: float = 1.0, warm_up_days: float = 0.0) -> Window:
    return Window(days, warm_up_days, "given")


def now() -> Scenario:
    return Scenario("now", line())


def test_a_scenario_has_the_same_random_numbers_in_one_batch_or_in_two() -> None:
    tried = Experiment(seed=3, window=window(2, 1))
    once = tried.records(now(), 0, 4)
    twice = [*tried.records(now(), 0, 1), *tried.records(now(), 1, 3)]
    assert [r.lots.height for r in once] == [r.lots.height for r in twice]
    assert all(a.lots.equals(b.lots) for a, b in zip(once, twice, strict=True))


def test_a_changed_plant_gets_its_orders_at_the_same_moments() -> None:
    tried = Experiment(window=window(2))
    after = Scenario("after", line().replace({"work_centers.slow.units": 2}))
    before, changed = (tried.records(one, 0, 1)[0].lots for one in (now(), after))
    assert before["release"].sort().equals(changed["release"].sort())


def test_kpis_that_need_only_lots_are_the_same_without_the_event_log() -> None:
    found = [
        values(elements(Experiment(window=window(3), log=log).records(now(), 0, 1)[0], line()))
        for log in (LogLevel.LOTS, LogLevel.EVENTS)
    ]
    for name in FROM_LOTS:
        assert found[0][name] == pytest.approx(found[1][name], nan_ok=True)


def test_a_scenario_is_lowered_once_for_all_its_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[str] = []
    real = twin.__dict__["lower"]

    def counted(plant: Plant, *args: Any, **kwargs: Any) -> Any:
        lowered.append(plant.name)
        return real(plant, *args, **kwargs)

    monkeypatch.setattr(twin, "lower", counted)
    tried = Experiment()
    scenarios = [now(), Scenario("after", line())]
    tried.find_window(scenarios, 1, 0.3)
    Replications(tried, scenarios, count).run(20, 0.7)
    assert len(lowered) == 2


def test_the_log_level_of_a_run_changes_nothing_but_the_log() -> None:
    lowered = Twin(line())
    by_level = {log: lowered.run(RunSettings(2, log=log)).records[0] for log in LogLevel}
    again = run(line(), RunSettings(2, log=LogLevel.EVENTS)).records[0]
    assert by_level[LogLevel.EVENTS].lots.equals(by_level[LogLevel.LOTS].lots)
    assert with_events(by_level[LogLevel.EVENTS]).events is not None
    assert by_level[LogLevel.LOTS].events is None
    assert again.lots.equals(by_level[LogLevel.EVENTS].lots)


# ---------------------------------------------------------------- measures
def test_a_scenario_with_measures_knows_what_they_cost() -> None:
    plant = line()
    ids = [measure.id for measure in plant.measures]
    after = with_measures(plant, ids, "all")
    assert after.plant == plant.with_measures(ids)
    assert after.cost == sum(measure.cost or 0.0 for measure in plant.measures) > 0.0
    with pytest.raises(PlantError, match="no-such"):
        with_measures(plant, ["no-such"], "none")


# ---------------------------------------------------------------- replications and cancels
def count(records: Records, plant: Plant) -> int:
    return records.lots.height


def test_replications_come_in_batches_and_are_those_of_one_run() -> None:
    tried = Experiment(window=window(1))
    runs = Replications(tried, [now()], count)
    runs.run(batch_size() + 1, 0.5)
    runs.run(2, 0.5)
    assert runs.done == batch_size() + 3
    assert runs.rows[0] == [r.lots.height for r in tried.records(now(), 0, batch_size() + 3)]


def test_progress_rises_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []
    tried = Experiment(progress=seen.append)
    tried.find_window([now()], 1, 0.3)
    Replications(tried, [now(), now()], count).run(10, 0.7)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_a_cancel_that_comes_when_all_replications_are_done_is_not_lost() -> None:
    def at_the_end(share: float) -> None:
        if share >= 1.0:
            raise KeyboardInterrupt

    done = run(line(), RunSettings(1, replications=2), progress=at_the_end)
    assert (len(done.records), done.interrupted) == (2, True)
    with pytest.raises(KeyboardInterrupt):
        Experiment(progress=at_the_end).records(now(), 0, 2, 1.0)


def test_a_batch_that_was_cancelled_half_way_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Twin.run

    def half(*args: Any, **kwargs: Any) -> Any:
        return replace(real(*args, **kwargs), interrupted=True)

    monkeypatch.setattr(Twin, "run", half)
    with pytest.raises(KeyboardInterrupt):
        Experiment().records(now(), 0, 2)


def test_of_a_single_scenario_a_cancel_keeps_each_replication_that_was_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = Twin.run

    def half(*args: Any, **kwargs: Any) -> Any:
        done = real(*args, **kwargs)
        return replace(done, records=done.records[:1], interrupted=True)

    monkeypatch.setattr(Twin, "run", half)
    runs = Replications(Experiment(), [now()], count)
    runs.run(3, 1.0)
    assert (runs.done, runs.interrupted) == (1, True)
