"""Set-ups that a log of work alone hides in the gaps between the jobs of a unit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.studies.learn.logs import MONDAY, records, row
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant
from zhizao.quantities import mean
from zhizao.records import Records, with_events
from zhizao.studies.learn import learn
from zhizao.studies.learn.log.week import Opening

DAYS = 60.0
SHIFTS = {"mon-fri": ["06:00-14:00", "14:00-22:00"]}


def form(step: dict[str, Any] | None = None, **center: Any) -> dict[str, Any]:
    """Three products over a saw and a mill that is busy 85 % of its time, set-ups of the mill included."""
    work = {"saw": "gamma(20 min, cv 0.3)", "mill": "gamma(40 min, cv 0.3)"}
    return {
        "plant": "two machines",
        "start": MONDAY.isoformat(),
        "calendars": {"shifts": SHIFTS},
        "work_centers": [
            {"id": "saw", "calendar": "shifts"},
            {"id": "mill", "calendar": "shifts", **center},
        ],
        "routes": {
            name: [
                {"id": f"{machine} {name}", "on": machine, "takes": takes, **(step or {})}
                for machine, takes in work.items()
            ]
            for name in "abc"
        },
        "products": {name: {"route": name, "lot": 10} for name in "abc"},
        "orders": [{"mix": {"a": 1, "b": 1, "c": 1}, "every": "exponential(58 min)", "calendar": "shifts"}],
    }


def plant(**center: Any) -> Plant:
    return Plant.model_validate(form(**center))


def work_alone(source: Plant) -> Records:
    """What an execution system exports of a run of the plant: rows of work, released at their first row."""
    settings = RunSettings(DAYS, seed=7, log=LogLevel.EVENTS, threads=1)
    full = with_events(run(source, settings).records[0])
    assert full.events is not None
    events = full.events.filter(pl.col("activity").cast(pl.String) == "process")
    began = events.group_by("lot").agg(first=pl.col("start").min())
    lots = full.lots.join(began, on="lot", how="inner").with_columns(release="first").drop("first")
    nobody = pl.lit(None, pl.String).alias("personnel")
    return replace(full, events=events.with_columns(nobody), lot_table=lots, states=None, personnel_s=None)


def test_set_ups_between_products_are_found_in_the_gaps() -> None:
    log = work_alone(plant(setup={"by": "product", "default": "15 min"}))
    learned = learn(log)
    found = {c.id: c.setup for c in learned.plant.work_centers}
    assert found["saw"] is None
    assert found["mill"] is not None
    assert found["mill"].by == "part"
    assert mean(found["mill"].default) == pytest.approx(900, rel=0.01)
    inferred = learned.evidence.filter(what="work_centers.mill.setup.inferred")
    assert inferred.height == 1
    assert "no set-up rows" in inferred["how"][0]


def test_the_mill_is_as_busy_as_with_set_up_rows() -> None:
    """Two ways to the same number: the log with set-up rows, and the one without."""
    source = plant(setup={"by": "product", "default": "lognormal(15 min, cv 0.3)"})
    full = with_events(run(source, RunSettings(DAYS, seed=7, log=LogLevel.EVENTS, threads=1)).records[0])
    seen, hidden = (
        {c.id: c.setup for c in learn(log).plant.work_centers}["mill"] for log in (full, work_alone(source))
    )
    assert seen is not None
    assert hidden is not None
    assert mean(hidden.default) == pytest.approx(mean(seen.default), rel=0.05)


def test_what_takes_longer_between_two_families_is_not_cut_off() -> None:
    """Like are set-ups between the same two families, not all that lead to one."""
    times = [{"from": "a", "to": "b", "takes": "uniform(50 min, 60 min)"}]
    source = plant(setup={"by": "product", "default": "10 min", "times": times})
    full = with_events(run(source, RunSettings(DAYS, seed=7, log=LogLevel.EVENTS, threads=1)).records[0])
    for log in (full, work_alone(source)):
        setup = {c.id: c.setup for c in learn(log).plant.work_centers}["mill"]
        assert setup is not None
        own = {(t.from_family, t.to): mean(t.takes) for t in setup.times}
        assert own["a", "b"] == pytest.approx(55 * 60, rel=0.03)
        assert own["c", "b"] == pytest.approx(600, rel=0.03)


def test_delays_of_lots_are_no_set_ups() -> None:
    log = work_alone(Plant.model_validate(form({"delay": "uniform(10 min, 40 min)"})))
    assert all(c.setup is None for c in learn(log).plant.work_centers)


def test_waits_for_people_are_no_set_ups() -> None:
    short = form({"needs": {"operators": 1}})
    short["personnel"] = [{"id": "operators", "count": 1, "calendar": "shifts"}]
    short["orders"][0]["every"] = "exponential(75 min)"
    assert all(c.setup is None for c in learn(work_alone(Plant.model_validate(short))).plant.work_centers)


def test_a_log_with_set_up_rows_of_a_work_center_hides_none_there() -> None:
    rows, at = [], 0.0
    for n in range(80):
        product = "ab"[n % 2]
        rows.append(row(f"l{n:02}", "mill", at, at + 0.25, activity="setup", product=product))
        rows.append(row(f"l{n:02}", "mill", at + 0.5, at + 1, product=product))
        at += 1
    learned = learn(records(rows))
    assert not learned.evidence.filter(pl.col("what").str.ends_with("inferred")).height


def test_a_moment_so_many_open_hours_earlier() -> None:
    day = np.zeros(24, bool)
    day[6:22] = True
    opening = Opening(np.tile(day, 7))
    at = np.array([30.5, 30.5, 54.0]) * 3600  # half past six on Tuesday, six on Wednesday
    assert opening.before(at, np.array([1800.0, 3600.0, 7200.0])) / 3600 == pytest.approx(
        [30, 21.5, 44], abs=1e-4
    )
