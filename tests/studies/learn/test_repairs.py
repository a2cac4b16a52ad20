"""Repairs that rest over the night are learned in open hours, with a crew that keeps them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant, WorkCenter
from zhizao.quantities import mean
from zhizao.records import Records
from zhizao.studies.learn import LearnResult, learn


def one_shift(failures: dict[str, Any]) -> Plant:
    """A mill with set-ups that fails every 8 h of work, in a plant that works 40 h a week."""
    setup = {"by": "product", "default": "20 min"}
    steps = [{"id": name, "on": [name], "takes": {"per_lot": f"gamma({minutes} min, cv 0.4)"}}
             for name, minutes in (("cut", 30), ("mill", 40))]  # fmt: skip
    return Plant.model_validate({
        "plant": "hidden",
        "calendars": {"day": {"mon-fri": ["06:00-14:00"]}},
        "personnel": [{"id": "crew", "count": 1, "calendar": "day"}],
        "work_centers": [{"id": "cut", "calendar": "day"},
                         {"id": "mill", "calendar": "day", "setup": setup, "failures": [failures]}],
        "routes": {"r": steps},
        "products": {name: {"route": "r", "lot": 1} for name in ("p", "q")},
        "orders": [{"mix": {"p": 1, "q": 1}, "every": "exponential(85 min)", "calendar": "day"}],
    })  # fmt: skip


def log_of(failures: dict[str, Any]) -> Records:
    settings = RunSettings(days=180, seed=3, log=LogLevel.EVENTS, threads=1)
    (records,) = run(one_shift(failures), settings).records
    assert records.events is not None
    return replace(records, events=records.events.with_columns(personnel=pl.lit(None, pl.String)))


def mill(result: LearnResult) -> WorkCenter:
    return next(center for center in result.plant.work_centers if center.id == "mill")


def repair_h(result: LearnResult) -> float:
    (mode,) = mill(result).failures
    return mean(mode.repair) / 3600


@pytest.mark.parametrize("repair", ["90 min", "lognormal(90 min, cv 0.6)"])
def test_a_repair_that_rests_over_the_night_has_its_length_in_open_hours(repair: str) -> None:
    log = log_of({"between": "exponential(8 h)", "repair": repair, "needs": {"crew": 1}})
    assert log.events is not None
    rows = log.events.filter(pl.col("activity").cast(pl.String) == "failure")
    assert ((rows["end"] - rows["start"]).dt.total_hours() > 15).any()  # some go over the night
    found = learn(log)
    assert repair_h(found) == pytest.approx(1.5, rel=0.2)
    assert mill(found).failures[0].needs == {"repair of mill": 1}
    (crew,) = found.plant.personnel
    assert crew.calendar == mill(found).calendar
    setup = mill(found).setup
    assert setup is not None
    assert mean(setup.default) == pytest.approx(20 * 60, rel=0.05)


def test_a_repair_that_goes_on_off_shift_has_its_length_by_the_clock() -> None:
    found = learn(log_of({"clock": "calendar", "between": "exponential(20 h)", "repair": "exponential(6 h)"}))
    assert repair_h(found) == pytest.approx(6, rel=0.2)
    assert found.plant.personnel == ()
