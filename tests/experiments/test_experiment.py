"""The bench on which studies try plants."""

from __future__ import annotations

from typing import Any

import pytest

from tests.studies.plants import line
from zhizao.engine import LogLevel, RunSettings, sweep
from zhizao.experiments import experiment as bench
from zhizao.experiments.experiment import Bench
from zhizao.kpi import FROM_LOTS, elements, values


def test_a_plant_has_the_same_luck_in_one_batch_or_in_two() -> None:
    tried = Bench(seed=3, days=2, warm_up_days=1)
    once = tried.records(line(), 0, 4)
    twice = [*tried.records(line(), 0, 1), *tried.records(line(), 1, 3)]
    assert [r.lots.height for r in once] == [r.lots.height for r in twice]
    assert all(a.lots.equals(b.lots) for a, b in zip(once, twice, strict=True))


def test_a_changed_plant_gets_its_orders_at_the_same_moments() -> None:
    tried = Bench(days=2)
    after = line().replace({"work_centers.slow.units": 2})
    before, changed = (tried.records(plant, 0, 1)[0].lots for plant in (line(), after))
    assert before["release"].sort().equals(changed["release"].sort())


def test_kpis_that_need_only_lots_are_the_same_without_the_event_log() -> None:
    found = [
        values(elements(Bench(days=3, log=log).records(line(), 0, 1)[0], line()))
        for log in (LogLevel.LOTS, LogLevel.EVENTS)
    ]
    for name in FROM_LOTS:
        assert found[0][name] == pytest.approx(found[1][name], nan_ok=True)


def test_a_cancel_that_comes_when_all_replications_are_done_is_not_lost() -> None:
    def at_the_end(share: float) -> None:
        if share >= 1.0:
            raise KeyboardInterrupt

    done = sweep.run(line(), RunSettings(1, replications=2), progress=at_the_end)
    assert (len(done.records), done.interrupted) == (2, True)
    with pytest.raises(KeyboardInterrupt):
        Bench().records(line(), 0, 2, at_the_end)


def test_a_batch_that_was_cancelled_half_way_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    real = sweep.run

    def half(*args: Any, **kwargs: Any) -> Any:
        from dataclasses import replace

        return replace(real(*args, **kwargs), interrupted=True)

    monkeypatch.setattr(bench, "run", half)
    with pytest.raises(KeyboardInterrupt):
        Bench().records(line(), 0, 2)
