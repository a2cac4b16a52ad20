"""Every study takes a plant, or the path of its file."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import zhizao
from tests.studies.plants import CARRIED, LINE, TABLE
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.experiments.selection import Effort
from zhizao.plant import Plant, as_plant, parse_plant
from zhizao.quantities import InputError, PlantError
from zhizao.records import Records
from zhizao.studies.schedule import with_orders
from zhizao.studies.select import Goal

SHORT: dict[str, Any] = {"days": 1.0, "replications": 2}
FASTER = LINE.replace("takes: exponential(8 min)", "takes: exponential(7 min)")


@pytest.fixture(scope="module")
def log() -> Records:
    settings = RunSettings(14.0, seed=3, log=LogLevel.EVENTS)
    return run(parse_plant(LINE), settings).records[0]


def table_of(found: Any) -> Any:
    return found.table().rows()


GOAL = Goal("lead_time_mean", Effort(600.0, first=4, at_most=8))
FEW: Any = {"seconds": None, "work": 8, "days": 1.0, "replications": 2}
ORDERS = "order,product,pieces\nc,p,2\n"


@dataclass(frozen=True)
class Given:
    """What a study gets: plants or paths, a log, and a table of orders."""

    plant: Any
    other: Any
    planned: Any
    carried: Any
    log: Records
    orders: Path


STUDIES: dict[str, Callable[[Given], Any]] = {
    "simulate": lambda on: table_of(zhizao.simulate(on.plant, **SHORT)),
    "compare": lambda on: table_of(zhizao.compare(on.plant, on.other, **SHORT)),
    "compare_measures": lambda on: table_of(zhizao.compare_measures(on.plant, ["less-scrap"], **SHORT)),
    "bottlenecks": lambda on: table_of(zhizao.bottlenecks(on.plant, tried=1, **SHORT)),
    "sensitivity": lambda on: table_of(
        zhizao.sensitivity(on.plant, fields=["routes.r.one.takes.per_lot"], days=1.0, replications=2)
    ),
    "select": lambda on: table_of(zhizao.select({"now": on.plant, "new": on.other}, GOAL, days=1.0)),
    "candidates": lambda on: zhizao.candidates(on.plant, ["less-scrap"]),
    "logistics": lambda on: table_of(zhizao.logistics(on.carried, **SHORT)),
    "dispatching": lambda on: table_of(zhizao.dispatching(on.plant, "lead_time", **FEW)),
    "validate": lambda on: table_of(zhizao.validate(on.plant, on.log, replications=2)),
    "process_map": lambda on: table_of(zhizao.process_map(on.log, on.plant, days=1.0, replications=2)),
    "schedule": lambda on: table_of(zhizao.schedule(on.planned, work=50)),
    "with_orders": lambda on: with_orders(on.planned, on.orders),
}


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def plants(log: Records, tmp_path: Path) -> Given:
    orders = written(tmp_path, "orders.csv", ORDERS)
    plant, other, planned, carried = (parse_plant(text) for text in (LINE, FASTER, TABLE, CARRIED))
    return Given(plant, other, planned, carried, log, orders)


@pytest.fixture
def files(plants: Given, tmp_path: Path) -> Given:
    return replace(
        plants,
        plant=written(tmp_path, "plant.yaml", LINE),
        other=written(tmp_path, "other.yaml", FASTER),
        planned=written(tmp_path, "planned.yaml", TABLE),
        carried=written(tmp_path, "carried.yaml", CARRIED),
    )


def as_texts(given: Given) -> Given:
    texts: dict[str, Any] = {
        name: str(getattr(given, name)) for name in ("plant", "other", "planned", "carried")
    }
    return replace(given, **texts)


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_of_a_path_is_the_study_of_the_plant_in_the_file(
    name: str, plants: Given, files: Given
) -> None:
    wanted = STUDIES[name](plants)
    assert STUDIES[name](files) == wanted
    assert STUDIES[name](as_texts(files)) == wanted


@pytest.mark.parametrize("name", STUDIES)
def test_a_file_that_is_not_there_is_refused_as_the_reader_does(name: str, files: Given) -> None:
    missing = files.orders.with_name("none.yaml")
    given = replace(files, plant=missing, planned=missing, carried=missing)
    with pytest.raises(InputError, match=r"none\.yaml: found no such file; give the path of a plant file"):
        STUDIES[name](given)
    with pytest.raises(InputError, match=r"none\.yaml: found no such file; give the path of a plant file"):
        STUDIES[name](as_texts(given))


@pytest.mark.parametrize("name", ["compare", "select"])
def test_the_second_plant_may_be_missing_too(name: str, plants: Given, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: found no such file"):
        STUDIES[name](replace(plants, other=str(tmp_path / "none.yaml")))


def test_faults_of_the_file_are_reported_with_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, "plant.yaml", LINE.replace("on: slow", "on: slw"))
    with pytest.raises(PlantError, match=r"plant\.yaml:12.*did you mean 'slow'"):
        zhizao.simulate(file, **SHORT)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (LINE, "several lines of text; give the path of a plant file"),
        (None, "found NoneType; give a plant, or the path of a plant file"),
        ({"plant": "x"}, "found dict; give a plant"),
    ],
)
def test_what_is_neither_a_plant_nor_a_path_is_refused(given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        as_plant(given)


def test_no_study_that_takes_a_plant_is_left_out() -> None:
    public = [getattr(zhizao, name) for name in zhizao.__all__]
    studies = [f for f in public if inspect.isfunction(f) and f.__module__.startswith("zhizao.studies")]
    kinds = {study.__name__: str(inspect.get_annotations(study)) for study in studies}
    takers = {name for name, kind in kinds.items() if "Plant" in kind}
    assert takers == set(STUDIES) - {"with_orders"}
    assert all("Plant | str | Path" in kinds[name] for name in takers)


def test_a_plant_is_given_back_as_it_is() -> None:
    plant: Plant = parse_plant(LINE)
    assert as_plant(plant) is plant
