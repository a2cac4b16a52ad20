"""States of a plant as files, and checks against the plant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.shops import DAY, op, shop
from tests.laws.factories import factories
from zhizao.engine import Session
from zhizao.plant import Plant, PlantState, parse_state, read_plant, read_state, state_text, write_state
from zhizao.quantities import InputError, StateError

ROOT = Path(__file__).resolve().parents[2]


def saved(plant: Plant, days: float, path: Path) -> PlantState:
    session = Session(plant)
    session.advance(days * DAY)
    state = session.snapshot()
    write_state(state, path)
    return state


@pytest.mark.parametrize("name", ["agv-cell", "assembly-kanban", "garment"])
def test_what_is_written_reads_back(name: str, tmp_path: Path) -> None:
    plant, path = read_plant(ROOT / "examples" / "plants" / f"{name}.yaml"), tmp_path / "state.yaml"
    state = saved(plant, 0.77, path)
    found = read_state(path, plant)
    assert found.model_copy(update={"exact": None}) == state.model_copy(update={"exact": None})
    session = Session(plant, state=found)
    assert session.now == state.moment


@settings(max_examples=10)
@given(factories(), st.floats(0.01, 1.99))
def test_every_state_reads_back(plant: Plant, days: float) -> None:
    session = Session(plant)
    session.advance(days * DAY)
    state = session.snapshot(exact=False)
    assert parse_state(state_text(state), plant) == state


def two() -> Plant:
    setup = {"setup": {"by": "product", "default": "1 min"}}
    return shop([{"id": "press", "units": 2, **setup}, {"id": "paint"}], [op("a", "press"), op("b", "paint")])


WRONG = """
zhizao_state: 1
plant: shop
moment: 2026-01-05 14:00
lots:
  - {id: A, product: q, pieces: 1, operation: a}
  - {id: B, product: p, pieces: 1, operation: aa}
  - {id: B, product: p, pieces: 1, operation: a, work_center: paint}
  - {id: C, product: p, pieces: 1, operation: a, at: in-work}
  - {id: D, product: p, pieces: 1, operation: a, at: in-work, unit: press-9, left: 5 min}
units:
  - {id: pres-1}
  - {id: paint-1, setup_family: p}
  - {id: press-1, setup_family: pp}
  - {id: press-2, repair_left: 5 min}
stock: {p: 3}
personnel: {tom: 1}
next_orders: {S2: 2026-01-05 15:00, S1: 2026-01-05 13:00}
"""


def test_all_faults_are_reported_at_once_with_their_lines_and_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "state.yaml"
    path.write_text(WRONG, encoding="utf-8")
    with pytest.raises(StateError, match="the state has 14 faults") as reported:
        read_state(path, two())
    lines = [fault.line for fault in reported.value.faults]
    assert lines == [6, 7, 8, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 18]
    nearest = {fault.where: fault.nearest for fault in reported.value.faults if fault.nearest}
    assert nearest["units.pres-1.id"] == "press-1"
    assert nearest["lots.B.operation"] == "a"


def test_a_state_made_in_python_is_checked_by_its_own_method() -> None:
    state = parse_state(WRONG)
    with pytest.raises(StateError, match="the state has 14 faults"):
        state.check(two())


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("", "found no state"),
        ("- a", "found no state"),
        ("{", "the state has 1 fault"),
        ("plant: shop\n", "found no moment"),
        ("plant: shop\nmoment: noon\n", "state:2: moment: found 'noon'"),
        ("plant: shop\nmoment: 2026-01-05\nlot: []\n", "state:3: .*did you mean 'lots'"),
        ("plant: s\nmoment: 2026-01-05\nunits: [{id: m, state: bussy}]\n", "did you mean 'busy'"),
        ("plant: s\nmoment: 2026-01-05\nunits: [{id: m, repair_left: 5}]\n", "state:3: .*unit"),
    ],
)
def test_a_file_that_is_no_state_says_so_with_its_line(text: str, reported: str) -> None:
    with pytest.raises(InputError, match=reported):
        parse_state(text)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml: found no such file; give the path of a state file"):
        read_state("nowhere.yaml")
