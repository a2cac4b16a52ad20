"""A plant with every cause of waiting is simulated, and its causes are told from its log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant
from zhizao.plant.model import Clock, DispatchRule
from zhizao.quantities import distributions as q
from zhizao.records import Records
from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.log.visits import read_history
from zhizao.studies.learn.resources.causes import Causes, learn_causes
from zhizao.studies.learn.resources.opening import learn_openings

LOTS = 6000
HOUR_S = 3600.0


def hidden(**cut: Any) -> Plant:
    """Two saws of unlike speed that are set up for each product, four machines for three people, and a
    furnace for three lots."""
    units = [{"id": "old"}, {"id": "quick", "speed": 1.25}]
    saws = {"id": "cut", "units": units, "dispatch": "shortest-processing-time", **cut}
    welder = {"welders": 1}
    matrix = [{"from": "b", "to": "a", "takes": "12 min"}]
    return Plant.model_validate(
        {
            "plant": "hidden",
            "work_centers": [
                {**saws, "setup": {"by": "product", "default": "gamma(5 min, cv 0.4)", "times": matrix}},
                {"id": "weld", "units": 2},
                {"id": "grind", "units": 2},
                {"id": "oven", "units": ["oven"]},
            ],
            "personnel": [{"id": "welders", "count": 3}],
            "routes": {
                name: [
                    {"id": "cut", "on": "cut", "takes": f"gamma({time} min, cv 0.2)"},
                    {"id": "weld", "on": "weld", "takes": "lognormal(46 min, cv 0.3)", "needs": welder},
                    {"id": "grind", "on": "grind", "takes": "gamma(30 min, cv 0.5)", "needs": welder},
                    {"id": "bake", "on": "oven", "takes": "70 min", "batch": {"lots": 3, "by": "any"}},
                ]
                for name, time in (("a", 40), ("b", 25), ("c", 45))
            },
            "products": {name: {"route": name, "lot": 10} for name in "abc"},
            "orders": [{"mix": {"a": 1, "b": 1, "c": 1}, "every": "exponential(30 min)"}],
        }
    )  # fmt: skip


FAILURES = {
    "failures": [{"clock": "busy", "between": "exponential(15 h)", "repair": "lognormal(40 min, cv 0.5)"}],
    "maintenance": [{"every": "7 d", "for": "3 h"}],
}


def log_of(plant: Plant, lots: int = LOTS) -> Records:
    settings = RunSettings(days=lots / 48 + 5, warm_up_days=5, seed=3, threads=1, log=LogLevel.EVENTS)
    return run(plant, settings).records[0]


def causes_of(records: Records) -> tuple[Causes, dict[str, Finding]]:
    history = read_history(records, records.start)
    causes, findings = learn_causes(records, history, {}, learn_openings(history)[0])
    return causes, {finding.what: finding for finding in findings}


@pytest.fixture(scope="module")
def log() -> Records:
    return log_of(hidden(**FAILURES))


@pytest.fixture(scope="module")
def found(log: Records) -> tuple[Causes, dict[str, Finding]]:
    return causes_of(log)


def test_units_and_their_speeds_are_found(found: tuple[Causes, dict[str, Finding]]) -> None:
    causes, said = found
    assert causes.units == {"cut": 2, "weld": 2, "grind": 2, "oven": 1}
    assert causes.speeds["cut"] == {"old": 1.0, "quick": pytest.approx(1.25, rel=0.02)}
    speed = said["work_centers.cut.units.quick.speed"]
    assert speed.low is not None
    assert speed.high is not None
    assert speed.low < 1.25 < speed.high
    own = causes.history.table.with_columns(work=pl.Series(causes.work_s)).filter(pl.col("product") == "a")
    cut = own.filter(pl.col("operation") == "cut")["work"].to_numpy()
    assert cut.mean() == pytest.approx(40 * 60, rel=0.02)  # as the old one does it


def test_units_without_names_are_counted_where_one_lot_takes_the_place_of_another(log: Records) -> None:
    assert log.events is not None
    nameless = replace(log, events=log.events.with_columns(unit=pl.col("work_center")))
    assert causes_of(nameless)[0].units["cut"] == 2


def test_set_ups_are_found_with_the_pair_that_takes_longer(found: tuple[Causes, dict[str, Finding]]) -> None:
    rule = found[0].setups["cut"]
    times = {(a, b): q.mean(takes) for a, b, takes in rule.times}
    assert rule.by == "part"
    assert times["b", "a"] == pytest.approx(12 * 60)
    others = [mean for pair, mean in times.items() if pair != ("b", "a")]
    assert sum(others) / len(others) == pytest.approx(5 * 60, rel=0.05)
    assert set(found[0].setups) == {"cut"}


def test_failures_and_maintenance_are_found(found: tuple[Causes, dict[str, Finding]]) -> None:
    causes, said = found
    mode, plan = causes.failures["cut"], causes.maintenance["cut"]
    between, repair = said["work_centers.cut.failures.between"], said["work_centers.cut.failures.repair"]
    assert mode.clock is Clock.BUSY
    for finding, truth in ((between, 15 * HOUR_S), (repair, 40 * 60)):
        assert finding.low is not None
        assert finding.high is not None
        assert finding.low < truth < finding.high
        assert finding.amount == pytest.approx(truth, rel=0.1)
    assert plan.clock is Clock.CALENDAR
    assert q.mean(plan.every) == pytest.approx(7 * 24 * HOUR_S, rel=0.01)
    assert q.mean(plan.takes) == pytest.approx(3 * HOUR_S)


def test_the_dispatch_rule_is_named(found: tuple[Causes, dict[str, Finding]]) -> None:
    assert found[0].dispatch["cut"].rule is DispatchRule.SHORTEST_PROCESSING_TIME
    assert found[0].dispatch["cut"].share > 0.9


def test_people_who_limit_the_plant_are_found(found: tuple[Causes, dict[str, Finding]]) -> None:
    people = found[0].people
    (welders,) = people.personnel()
    assert (welders.id, welders.count, welders.tends) == ("welders", 3, 1)
    assert people.needs("weld", "weld").keys() == {"welders"}
    assert people.needs("cut", "cut") == {}


def test_people_enough_for_all_machines_are_seen_and_left_out() -> None:
    enough = hidden().replace({"personnel.welders.count": 4})
    causes, said = causes_of(log_of(enough, 1500))
    assert causes.people.personnel() == ()
    assert "does not limit" in said["personnel.welders.count"].value


def test_one_who_tends_three_machines_is_told_from_three_people() -> None:
    tending = hidden().replace({"personnel.welders.count": 1, "personnel.welders.tends": 3})
    (welders,) = causes_of(log_of(tending, 1500))[0].people.personnel()
    assert (welders.count, welders.tends) == (1, 3)


def test_batches_are_found(found: tuple[Causes, dict[str, Finding]]) -> None:
    batch = found[0].batches["bake", "oven"].batch
    assert batch.lots is not None
    assert (batch.lots.least, batch.lots.most, batch.by, batch.wait_at_most) == (3, 3, "any", None)


@pytest.mark.parametrize(
    ("clock", "between"), [("calendar", "exponential(20 h)"), ("cycles", "exponential(25)")]
)
def test_the_clock_of_failures_is_told_by_when_they_come(clock: str, between: str) -> None:
    failing = hidden(failures=[{"clock": clock, "between": between, "repair": "20 min"}])
    causes, said = causes_of(log_of(failing, 3000))
    assert causes.failures["cut"].clock is Clock(clock)
    finding = said["work_centers.cut.failures.between"]
    assert finding.amount == pytest.approx(20 * HOUR_S if clock == "calendar" else 25, rel=0.15)


def test_failures_that_no_row_marks_are_told_from_jobs_that_took_far_too_long() -> None:
    failing = hidden(
        failures=[{"clock": "busy", "between": "exponential(20 h)", "repair": "exponential(4 h)"}]
    )
    log = log_of(failing)
    assert log.events is not None
    silent = replace(log, events=log.events.filter(pl.col("activity").cast(pl.String) != "failure"))
    causes, said = causes_of(silent)
    assert set(causes.failures) == {"cut"}
    finding = said["work_centers.cut.failures.between"]
    assert "outlier gaps" in finding.how
    assert finding.amount == pytest.approx(20 * HOUR_S, rel=0.2)
    assert q.mean(causes.failures["cut"].repair) == pytest.approx(4 * HOUR_S, rel=0.15)
