"""People, tools and utilities that machines share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.shops import HOUR, MIN, op, order, orders, records, rows, shop, state_minutes
from zhizao.plant import Plant
from zhizao.records import Records, read_records, write_records


def machines(n: int, jobs: int, operation: dict[str, Any], *, center: Any = None, **whole: Any) -> Plant:
    """n machines and so many equal lots at the start."""
    return shop([{"id": "m", "units": n, **(center or {})}], [operation], orders(jobs), **whole)


def team(**more: Any) -> list[dict[str, Any]]:
    return [{"id": "team", "count": 1, **more}]


SETUP = {"setup": {"by": "product", "default": "10 min"}}


# ---------------------------------------------------------------- people
def test_one_person_tends_several_machines_and_works_no_more_than_the_time() -> None:
    plant = machines(4, 4, op("a", "m", takes="30 min", needs={"team": 1}), personnel=team(tends=3))
    found = records(plant, days=1)
    assert rows(found) == [("m-1", 0, 30), ("m-2", 0, 30), ("m-3", 0, 30), ("m-1", 30, 60)]
    assert found.personnel_s == pytest.approx({"team": 4 * 30 * MIN / 3})


def test_the_set_up_crew_leaves_when_the_unit_is_set_up() -> None:
    needs = {"team": {"count": 1, "during": "setup"}}
    found = records(machines(2, 2, op("a", "m", takes="60 min", needs=needs), center=SETUP, personnel=team()))
    assert rows(found, "setup") == [("m-1", 0, 10), ("m-2", 10, 20)]
    assert rows(found) == [("m-1", 10, 70), ("m-2", 20, 80)]
    assert found.personnel_s == {"team": 20 * MIN}


def test_a_unit_that_is_set_up_waits_for_those_who_are_needed_only_to_process() -> None:
    needs = {"team": {"count": 1, "during": "process"}}
    plant = machines(2, 2, op("a", "m", takes="60 min", needs=needs), center=SETUP, personnel=team())
    found = records(plant, days=1)
    assert rows(found, "setup") == [("m-1", 0, 10), ("m-2", 0, 10)]
    assert rows(found) == [("m-1", 10, 70), ("m-2", 70, 130)]
    assert state_minutes(found, "m-2") == {"setup": 10, "waiting": 60, "busy": 60, "idle": 1440 - 130}


def test_a_lot_without_a_set_up_waits_in_its_queue_for_those_who_process() -> None:
    needs = {"team": {"count": 1, "during": "process"}}
    found = records(machines(2, 2, op("a", "m", takes="60 min", needs=needs), personnel=team()), days=1)
    assert rows(found) == [("m-1", 0, 60), ("m-1", 60, 120)]
    assert state_minutes(found, "m-2") == {"idle": 1440}


def test_setters_and_operators_need_not_be_there_at_the_same_time() -> None:
    """The setter works from 0:00 to 1:00, the operator from 2:00 on."""
    calendars = {"first": {"mon-sun": ["00:00-01:00"]}, "later": {"mon-sun": ["02:00-24:00"]}}
    people = [
        {"id": "setter", "count": 1, "calendar": "first"},
        {"id": "operator", "count": 1, "calendar": "later"},
    ]
    needs = {"setter": {"count": 1, "during": "setup"}, "operator": {"count": 1, "during": "process"}}
    plant = machines(
        1, 1, op("a", "m", takes="60 min", needs=needs), center=SETUP, personnel=people, calendars=calendars
    )
    found = records(plant)
    assert (*rows(found, "setup"), *rows(found)) == (("m-1", 0, 10), ("m-1", 120, 180))
    assert found.events is not None
    assert found.events["personnel"].to_list() == ["setter", "operator"]


def test_work_follows_the_calendars_of_all_groups_whichever_is_asked_for_first() -> None:
    """The skill that two groups have is looked for last; its calendar counts all the same."""
    calendars = {"early": {"mon-sun": ["00:00-01:00"]}, "lunch": {"mon-sun": ["00:00-00:30", "00:40-24:00"]}}
    people = [
        {"id": "x", "count": 1, "skills": ["sew"], "calendar": "lunch"},
        {"id": "y", "count": 1, "skills": ["sew"], "calendar": "lunch"},
        {"id": "z", "count": 1, "calendar": "early"},
    ]
    plant = machines(
        1, 1, op("a", "m", takes="55 min", needs={"sew": 1, "z": 1}), personnel=people, calendars=calendars
    )
    assert rows(records(plant)) == [("m-1", 0, 24 * 60 + 5)]


# ---------------------------------------------------------------- tools
def fixture(**more: Any) -> list[dict[str, Any]]:
    return [{"id": "jig", **more}]


def test_a_tool_is_taken_with_the_set_up_and_given_back_when_the_work_is_done() -> None:
    plant = machines(2, 2, op("a", "m", takes="20 min", tools={"jig": 1}), center=SETUP, tools=fixture())
    found = records(plant)
    assert rows(found, "setup") == [("m-1", 0, 10)]
    assert rows(found) == [("m-1", 10, 30), ("m-1", 30, 50)]
    assert found.tools_s == {"jig": 50 * MIN}


def test_several_tools_of_a_kind_may_be_taken_at_a_time() -> None:
    plant = machines(3, 3, op("a", "m", takes="20 min", tools={"jig": 2}), tools=fixture(count=5))
    assert rows(records(plant)) == [("m-1", 0, 20), ("m-2", 0, 20), ("m-1", 20, 40)]


def test_a_tool_that_is_given_back_goes_to_another_work_center_that_waits_for_it() -> None:
    plant = shop(
        [{"id": "m"}, {"id": "n"}],
        routes={
            "r": [op("a", "m", takes="20 min", tools={"jig": 1})],
            "s": [op("b", "n", takes="30 min", tools={"jig": 1})],
        },
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("A"), order("B", "q")],
        tools=fixture(),
    )
    assert rows(records(plant)) == [("m-1", 0, 20), ("n-1", 20, 50)]


def test_tools_are_no_people_in_the_log() -> None:
    found = records(machines(1, 1, op("a", "m", tools={"jig": 1}), tools=fixture()))
    assert found.events is not None
    assert found.events["personnel"].to_list() == [None]
    assert found.personnel_s == {}


# ---------------------------------------------------------------- utilities
def boilers(n: int, jobs: int, *, limit: float, uses: float, **center: Any) -> Records:
    plant = machines(
        n, jobs, op("a", "m", takes="30 min"), center={"uses": {"steam": uses}, **center},
        utilities=[{"id": "steam", "limit": limit}],
    )  # fmt: skip
    return records(plant, days=1)


def test_work_begins_only_when_the_utilities_that_it_needs_are_free() -> None:
    found = boilers(3, 3, limit=100, uses=40)
    assert rows(found) == [("m-1", 0, 30), ("m-2", 0, 30), ("m-1", 30, 60)]
    assert found.utilities_s == pytest.approx({"steam": 3 * 40 * 30 * MIN})


def test_ten_tenths_of_a_utility_are_all_of_it() -> None:
    assert rows(boilers(11, 11, limit=1, uses=0.1)).count(("m-1", 0, 30)) == 1
    assert [start for _, start, _ in rows(boilers(11, 11, limit=1, uses=0.1))] == [0] * 10 + [30]


def test_a_set_up_takes_nothing_of_a_utility_and_processing_waits_for_it() -> None:
    found = boilers(2, 2, limit=50, uses=40, **SETUP)
    assert rows(found, "setup") == [("m-1", 0, 10), ("m-2", 0, 10)]
    assert rows(found) == [("m-1", 10, 40), ("m-2", 40, 70)]


def test_a_unit_that_is_down_keeps_what_it_takes_of_a_utility() -> None:
    """Down from 0:20 to 0:50: the other unit waits until the work is done at 1:00."""
    failing = [{"clock": "busy", "between": "20 min", "repair": "30 min"}]
    found = boilers(2, 2, limit=50, uses=40, failures=failing)
    assert rows(found)[0] == ("m-1", 0, 60)
    assert [start for _, start, _ in rows(found)] == [0, 60]


# ---------------------------------------------------------------- records
def test_what_people_tools_and_utilities_did_is_written_and_read_back(tmp_path: Any) -> None:
    found = boilers(1, 2, limit=50, uses=40)
    back = read_records(write_records(found, tmp_path / "run"))
    assert (back.personnel_s, back.tools_s, back.utilities_s) == ({}, {}, {"steam": 40 * HOUR})
