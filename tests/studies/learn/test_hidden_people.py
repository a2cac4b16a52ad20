"""People that a log does not name, from lots that wait beside a free machine."""

from __future__ import annotations

from typing import Any

import pytest

from tests.studies.learn.test_hidden_setups import DAYS, form, work_alone
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant
from zhizao.records import with_events
from zhizao.studies.learn import learn


def shop(operators: int, **more: Any) -> dict[str, Any]:
    """Two units at each machine and so many operators for all of them."""
    shown = form({"needs": {"operators": 1}}, units=2, **more)
    shown["work_centers"][0]["units"] = 3
    shown["personnel"] = [{"id": "operators", "count": operators, "calendar": "shifts"}]
    shown["orders"][0]["every"] = f"exponential({75 / operators:.0f} min)"
    return shown


@pytest.mark.parametrize("operators", [1, 2, 3])
def test_a_crew_is_counted(operators: int) -> None:
    learned = learn(work_alone(Plant.model_validate(shop(operators))))
    assert [p.count for p in learned.plant.personnel] == [operators]
    found = learned.evidence.filter(what="personnel.people.inferred")
    assert found["value"][0] == f"{operators} at once"
    assert f"personnel.people: {operators} at once" in str(learned.overview())
    assert "tool" in found["how"][0]  # what the log cannot tell apart is said


def test_one_person_whom_the_log_names_limits_the_plant() -> None:
    """At work at all busy times, for there is no other."""
    source = Plant.model_validate(shop(1))
    full = with_events(run(source, RunSettings(DAYS, seed=7, log=LogLevel.EVENTS, threads=1)).records[0])
    assert [p.count for p in learn(full).plant.personnel] == [1]


def test_a_crew_is_counted_beside_hidden_set_ups() -> None:
    source = Plant.model_validate(shop(2, setup={"by": "product", "default": "10 min"}))
    learned = learn(work_alone(source)).plant
    assert [p.count for p in learned.personnel] == [2]
    assert {c.id for c in learned.work_centers if c.setup} == {"mill"}


def test_a_machine_that_needs_nobody_is_left_out() -> None:
    shown = shop(1)
    shown["work_centers"].append({"id": "wash", "calendar": "shifts"})
    for steps in shown["routes"].values():
        steps.append({"id": f"wash {steps[0]['id']}", "on": "wash", "takes": "gamma(30 min, cv 0.3)"})
    learned = learn(work_alone(Plant.model_validate(shown))).plant
    assert [p.count for p in learned.personnel] == [1]
    steps = [o for route in learned.routes.values() for o in route]
    needy = {center.work_center for o in steps for center in o.on if o.needs}
    assert needy == {"saw", "mill"}


def test_delays_of_lots_are_no_people() -> None:
    source = form({"delay": "uniform(10 min, 60 min)"}, units=2)
    assert learn(work_alone(Plant.model_validate(source))).plant.personnel == ()


def test_failures_that_the_log_does_not_show_are_no_people() -> None:
    failures = [{"between": "exponential(10 h)", "repair": "exponential(2 h)"}]
    source = form(None, units=2, failures=failures)
    source["orders"][0]["every"] = "exponential(30 min)"
    assert learn(work_alone(Plant.model_validate(source))).plant.personnel == ()
