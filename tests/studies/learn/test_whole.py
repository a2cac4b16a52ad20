"""From a log to a plant that runs: a plant with known parameters is found again from its own log."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.studies.learn.logs import records, row
from zhizao.connect.csv import read_log
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import (
    Alternative,
    Operation,
    OrderStream,
    Plant,
    Product,
    Takes,
    WorkCenter,
    WorkUnit,
    read_plant,
)
from zhizao.quantities import Distribution, mean, parse_calendar
from zhizao.records import Records
from zhizao.studies.learn import LearnResult, learn
from zhizao.studies.validate import Terms, choose_window, cohort, validate
from zhizao.studies.validate.distances import cycle_times_h

HOUR_S = 3600.0


def operation(name: str, hours: float, delay_h: float | None = None) -> Operation:
    return Operation(
        id=name,
        on=(Alternative(work_center=name),),
        takes=Takes(per_lot=Distribution.gamma(hours * HOUR_S, cv=0.3)),
        delay=Distribution.exponential(delay_h * HOUR_S) if delay_h else None,
    )


def hidden() -> Plant:
    """Two machines, a day shift, six hours for a lot, and a day that nothing explains."""
    names = ("cut", "sew")
    return Plant(
        name="hidden",
        start=datetime(2026, 1, 5),
        calendars={"day": parse_calendar({"mon-fri": ["06:00-22:00"]})},
        work_centers=tuple(WorkCenter(id=n, units=(WorkUnit(id=n),), calendar="day") for n in names),
        routes={"r": (operation("cut", 2.0), operation("sew", 4.0, delay_h=24.0))},
        products={"coat": Product(route="r", lot=10)},
        orders=(OrderStream(product="coat", every=Distribution.exponential(6 * HOUR_S), calendar="day"),),
    )


@pytest.fixture(scope="module")
def log() -> Records:
    settings = RunSettings(days=70, seed=4, log=LogLevel.EVENTS, warm_up_days=14)
    return run(hidden(), settings).records[0]


@pytest.fixture(scope="module")
def result(log: Records) -> LearnResult:
    return learn(log, name="found", seed=1)


def test_hours_capacity_and_orders_of_a_hidden_plant_are_found_again(result: LearnResult) -> None:
    plant = result.plant
    assert [len(center.units) for center in plant.work_centers] == [1, 1]
    for center in plant.work_centers:
        assert center.calendar is not None
        open_h = sum(b - a for a, b in plant.calendars[center.calendar].weekly) / HOUR_S
        assert open_h == pytest.approx(80, abs=8)
    (stream,) = plant.orders
    assert isinstance(stream, OrderStream)
    assert stream.calendar is not None
    per_week = sum(b - a for a, b in plant.calendars[stream.calendar].weekly) / mean(stream.every)
    assert per_week == pytest.approx(80 / 6, rel=0.25)


def test_times_and_delays_of_a_hidden_plant_are_found_again(result: LearnResult) -> None:
    steps = [step for route in result.plant.routes.values() for step in route if step.id == "sew"]
    times = [step.takes.per_lot for step in steps if step.takes is not None]
    # sewing that rests over a night is one row in the log; only its open hours are work
    assert sum(mean(t) for t in times if t is not None) / len(times) == pytest.approx(4 * HOUR_S, rel=0.15)
    waits = [mean(step.delay) if step.delay is not None else 0.0 for step in steps]
    assert sum(waits) / len(waits) == pytest.approx(24 * HOUR_S, rel=0.5)


def test_the_learned_plant_holds_against_the_log_it_came_from(log: Records, result: LearnResult) -> None:
    found = validate(result.plant, log, replications=5, seed=2)
    usual_h = cycle_times_h(cohort(log, choose_window(log))).mean()
    assert found.distances["cycle_time_emd_h"].twin.mean < 0.35 * usual_h
    assert found.distances["ngram"].twin.mean < 0.1


def test_a_plant_with_other_times_does_not_hold(log: Records) -> None:
    slow = hidden().replace({"routes.r.sew.delay": "exponential(90 h)"})
    found = validate(slow, log, replications=5, seed=2)
    own = validate(hidden(), log, replications=5, seed=2)
    assert found.distances["cycle_time_emd_h"].over_noise.low > 0
    assert own.distances["cycle_time_emd_h"].over_noise.low < 0
    assert "do not base decisions on this plant yet" in found.verdict


def test_the_same_log_and_seed_give_the_same_plant(log: Records, result: LearnResult) -> None:
    assert learn(log, name="found", seed=1).plant == result.plant


def test_a_learned_plant_is_written_with_its_evidence_and_reads_back(
    result: LearnResult, tmp_path: Path
) -> None:
    result.write(tmp_path / "found.yaml")
    assert read_plant(tmp_path / "found.yaml") == result.plant
    assert "(n = " in (tmp_path / "found.yaml").read_text(encoding="utf-8")


def test_people_who_do_not_limit_the_plant_are_evidence_and_no_part_of_its_file(tmp_path: Path) -> None:
    rows = [
        row(f"{day}.{k}", "cut", 24 * day + 8 + k, 24 * day + 8.5 + k, personnel=f"person {(day + k) % 4}")
        for day in range(56)
        for k in range(6)
    ]
    result = learn(records(rows))
    assert result.plant.personnel == ()
    assert result.evidence["what"].str.starts_with("personnel.").any()
    result.write(tmp_path / "found.yaml")
    assert read_plant(tmp_path / "found.yaml") == result.plant


def test_results_are_told_as_json_table_and_page(log: Records, result: LearnResult, tmp_path: Path) -> None:
    said = json.loads(result.to_json())
    assert {e["what"] for e in said["evidence"]} >= {"work_centers.cut.calendar", "operations.sew.takes"}
    checked = validate(result.plant, log, replications=2, past=log)
    emds = {f"{name}_emd_h" for name in ("cycle_time", "absolute", "circadian", "relative")}
    assert emds | {"ngram", "busy_hours_error"} <= json.loads(checked.to_json()).keys()
    for page in (result.report(tmp_path / "a.html"), checked.report(tmp_path / "b.html")):
        assert "<html" in page.read_text(encoding="utf-8")
    assert checked.table().height == len(checked.distances)


def test_a_log_of_one_lot_still_gives_a_plant_that_runs() -> None:
    result = learn(records([row("1", "cut", 8, 9), row("1", "sew", 10, 12)]))
    (done,) = run(result.plant, RunSettings(days=1000, log=LogLevel.LOTS)).records
    assert done.lots.height > 0


def test_a_plant_of_job_orders_that_starts_after_the_log_is_refused(log: Records) -> None:
    from zhizao.plant import JobOrder
    from zhizao.quantities import InputError

    late = hidden().model_copy(
        update={"start": datetime(2027, 1, 4), "orders": (JobOrder(id="1", product="coat", pieces=1),)}
    )
    with pytest.raises(InputError, match="after the log's first release"):
        validate(late, log)


def test_a_twin_of_the_machine_shop_comes_close_on_orders_it_has_not_seen(shop: Callable[[], Path]) -> None:
    from tests.studies.learn.shop import split

    full = read_log(shop()).records
    origin = datetime(2012, 1, 23)
    past, later = split(full, origin)
    found = validate(learn(past, seed=1).plant, later, replications=20, seed=1, past=past, terms=Terms(21))
    cycle = found.distances["cycle_time_emd_h"]
    # 165 h with contention and calendars alone; whole past lots drawn again are 35 h away, the floor is 39 h
    assert cycle.twin.mean < 45
    assert cycle.twin.mean < cycle.noise
    assert found.window.start - origin < timedelta(days=2)
