"""Balancing a line from tables: the answer, its numbers, and what is wrong with a table."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import zhizao
from zhizao import InputError, LineGoal
from zhizao.solvers.balancing import Balance
from zhizao.studies.balance import BalanceResult, study
from zhizao.studies.balance.read import LineFileError

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "garment"
POLO, SKILLS = FOLDER / "polo-operations.csv", FOLDER / "polo-skills.csv"
SMALL = "operation,seconds,predecessors\na,3,\nb,2,a\nc,2,a\nd,4,b; c\n"


def written(folder: Path, text: str, name: str = "line.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def in_order(result: BalanceResult, path: Path) -> bool:
    """Whether no operation stands before one of its predecessors."""
    station = dict(result.assignment().select("operation", "station").iter_rows())
    rows = pl.read_csv(path, infer_schema=False).fill_null("").iter_rows(named=True)
    return all(
        station[before.strip()] <= station[row["operation"]]
        for row in rows
        for before in row["predecessors"].split(";")
        if before.strip()
    )


def test_a_cycle_time_gives_the_least_stations(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    result = zhizao.balance(path, LineGoal(cycle_s=5), seconds=60)
    assert (result.stations, result.bound, result.proved) == (3, 3, True)
    assert in_order(result, path)
    loads = result.table()["load_s"].to_list()
    assert sum(loads) == 11
    assert max(loads) <= 5
    assert result.balance_efficiency == pytest.approx(11 / 15)
    highest = max(loads)
    assert result.smoothness_index_s == pytest.approx(sum((highest - one) ** 2 for one in loads) ** 0.5)


def test_a_number_of_stations_gives_the_least_cycle_time(tmp_path: Path) -> None:
    result = zhizao.balance(written(tmp_path, SMALL), LineGoal(stations=2), seconds=60)
    assert (result.cycle_s, result.bound, result.proved) == (6, 6, True)


def test_minutes_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL.replace("seconds", "minutes"))
    result = zhizao.balance(path, LineGoal(stations=2), seconds=60)
    assert result.cycle_s == 360


def test_workers_do_what_they_can(tmp_path: Path) -> None:
    skills = written(tmp_path, "operation,Li,Wu\na,3,1\nb,2,\nc,2,9\nd,,4\n", "skills.csv")
    result = zhizao.balance(written(tmp_path, SMALL), LineGoal(workers=skills), seconds=60)
    worker = dict(result.assignment().select("operation", "worker").iter_rows())
    assert worker == {"a": "Li", "b": "Li", "c": "Li", "d": "Wu"}
    assert (result.cycle_s, result.bound, result.proved) == (7, 7, True)


def test_the_polo_line_keeps_its_order_and_its_loads() -> None:
    for goal in (LineGoal(cycle_s=60), LineGoal(stations=8), LineGoal(workers=SKILLS)):
        result = zhizao.balance(POLO, goal, seconds=20)
        assert in_order(result, POLO)
        assert result.proved
        assert result.assignment().height == 18
        assert max(result.table()["load_s"].to_list()) <= result.cycle_s
        assert result.assignment()["seconds"].sum() == pytest.approx(result.table()["load_s"].sum())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a,3,", "a,3,d", "found a cycle: a after d after b after a"),
        ("b,2,a", "b,2,aa", "did you mean 'a'"),
        ("b,2,a", "b,two,a", "found 'two'"),
        ("b,2,a", "b,-2,a", "found '-2'"),
        ("b,2,a", "a,2,", "found the name twice"),
        ("seconds", "second", "did you mean 'seconds'"),
        ("operation,", "operations,", "found no column 'operation'"),
        ("seconds", "time", "found no column of times"),
    ],
)
def test_a_fault_of_operations_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = written(tmp_path, SMALL.replace(old, new, 1))
    with pytest.raises(LineFileError) as caught:
        zhizao.balance(path, LineGoal(cycle_s=5), seconds=60)
    assert said in str(caught.value).replace('"', "'")


@pytest.mark.parametrize(
    ("skills", "said"),
    [
        ("operation,Li,Wu\na,3,\nb,2,\nc,2,\nd,1,\n", "worker who can do nothing"),
        ("operation,Li,Wu\na,3,\nb,2,\nc,2,1\n", "nobody who can do 'd'"),
        ("operation,Li\na,3\nb,2\nc,2\ne,2\n", "no operation 'e'"),
        ("operation\na\n", "found no workers"),
    ],
)
def test_a_fault_of_workers_is_named(tmp_path: Path, skills: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        zhizao.balance(
            written(tmp_path, SMALL), LineGoal(workers=written(tmp_path, skills, "skills.csv")), seconds=5
        )
    assert said in str(caught.value)


def test_skills_that_admit_no_line_are_an_error(tmp_path: Path) -> None:
    skills = written(tmp_path, "operation,Li,Wu\na,3,\nb,,2\nc,2,\nd,,1\n", "skills.csv")
    line = written(tmp_path, "operation,seconds,predecessors\na,3,\nb,2,a\nc,2,b\nd,4,c\n")
    with pytest.raises(InputError, match="no line was found"):
        zhizao.balance(line, LineGoal(workers=skills), seconds=1)


def test_an_operation_longer_than_the_cycle_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"shorter than d \(4 s\)"):
        zhizao.balance(written(tmp_path, SMALL), LineGoal(cycle_s=3.5), seconds=60)


def test_an_interrupt_keeps_the_best_line_found_by_then() -> None:
    def interrupt(share: float) -> None:
        raise KeyboardInterrupt

    def wait(should_stop: Callable[[], bool]) -> Balance:
        deadline = time.monotonic() + 20
        while not should_stop() and time.monotonic() < deadline:
            pass
        return Balance(np.zeros(1, np.int64), 1, 5, 1, should_stop())

    found, cut = study._run(wait, 20.0, interrupt)
    assert (found.proved, cut) == (True, True)  # the search was asked to stop, and its line is there


def test_exactly_one_goal_is_given() -> None:
    with pytest.raises(InputError, match="found none"):
        LineGoal()
    with pytest.raises(InputError, match="found cycle and stations"):
        LineGoal(cycle_s=5, stations=2)
    with pytest.raises(InputError, match="expected 1 or more"):
        LineGoal(stations=0)
    with pytest.raises(InputError, match="more than 0"):
        LineGoal(cycle_s=0)
