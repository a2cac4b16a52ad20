"""Files of measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhizao.plant import Plant, measures_text, parse_plant, with_measure_files
from zhizao.quantities.errors import InputError, PlantError

PLANT = """
zhizao: 1
plant: two routes
work_centers: [{id: m}]
routes:
  a: [{id: cut, on: m, takes: 1 min, defects: {share: 0.1}}, {id: 'cut #2', on: m, takes: 1 min}]
  b: [{id: cut, on: m, takes: 1 min, defects: {share: 0.1}}]
products: {p: {route: a}, q: {route: b}}
orders: [{product: p, every: 1 h}, {product: q, every: 1 h}]
measures:
  - {id: own, set: {work_centers.m.units: 2}}
"""


@pytest.fixture
def plant() -> Plant:
    return parse_plant(PLANT)


def written(folder: Path, text: str) -> Path:
    file = folder / "measures.yaml"
    file.write_text(text)
    return file


def test_measures_are_added_behind_those_of_the_plant(plant: Plant, tmp_path: Path) -> None:
    file = written(tmp_path, "measures:\n  - {id: faster, cost: 5, set: {routes.*.cut.takes: 30 s}}\n")
    found = with_measure_files(plant, [file])
    assert [one.id for one in found.measures] == ["own", "faster"]
    assert set(found.measures[1].set) == {f"routes.{one}.takes" for one in ("a.cut", "a.cut #2", "b.cut")}
    after = found.with_measures(["faster"])
    assert {one.takes for route in after.routes.values() for one in route} != {
        one.takes for route in plant.routes.values() for one in route
    }
    assert with_measure_files(plant, []) is plant


def test_what_is_written_is_read_again(plant: Plant, tmp_path: Path) -> None:
    file = written(tmp_path, measures_text(plant.measures, {"own": ("said above it",)}))
    assert "# said above it" in file.read_text()
    bare = plant.replace({"measures": ()})
    assert with_measure_files(bare, [file]).measures == plant.measures


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("measures: []", "is no file of measures"),
        ("plant: x\nmeasures: [{id: a, set: {work_centers.m.units: 2}}]", "is no file of measures"),
        ("- 1", "is no file of measures"),
        ("measures: [{id: a, set: {routes.*.cuts.takes: 1 s}}]", "did you mean 'cut'"),
        ("measures: [{id: own, set: {work_centers.m.units: 3}}]", "found a second measure 'own'"),
    ],
)
def test_a_file_that_is_none_is_refused(plant: Plant, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        with_measure_files(plant, [written(tmp_path, text)])


def test_a_fault_names_its_file_and_line(plant: Plant, tmp_path: Path) -> None:
    text = "measures:\n  - id: a\n    set: {work_centers.m.units: 2}\n    costs: 3\n"
    with pytest.raises(PlantError, match=r"measures.yaml:4"):
        with_measure_files(plant, [written(tmp_path, text)])
    text = "measures: [{id: a, set: {work_centers.n.units: 2}}]\n"
    with pytest.raises(PlantError, match="work_centers"):
        with_measure_files(plant, [written(tmp_path, text)])
