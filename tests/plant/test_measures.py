"""Needs and exclusions of measures."""

from __future__ import annotations

import pytest

from zhizao.experiments import with_measures
from zhizao.plant import Plant, parse_plant
from zhizao.plant.query.measures import excluded_pairs, with_needed
from zhizao.quantities import PlantError

PLANT = """
zhizao: 1
plant: shop
work_centers: [{id: saw, units: 2}, {id: drill}]
routes:
  part:
    - {id: cut, on: saw, takes: 5 min, defects: {share: 0.1, found: 0.5}}
    - {id: bore, on: drill, takes: 2 min}
products: {part: {route: part}}
orders: [{product: part, every: 6 min}]
measures:
  - {id: camera, cost: 10, set: {routes.part.cut.defects.found: 0.9}}
  - {id: loop, cost: 5, set: {routes.part.cut.defects.share: 0.05}, needs: [camera]}
  - {id: second-saw, set: {work_centers.saw.units: 3}}
  - {id: third-saw, set: {work_centers.saw.units: 4}}
  - {id: drill-twin, set: {work_centers.drill.units: 2}, excludes: [camera]}
"""


def plant(old: str = "", new: str = "") -> Plant:
    assert old in PLANT
    return parse_plant(PLANT.replace(old, new))


def test_a_measure_is_not_taken_without_what_it_needs() -> None:
    with pytest.raises(PlantError, match="found 'loop' without 'camera', which it needs; take 'camera' too"):
        plant().with_measures(["loop"])
    after = plant().with_measures(["loop", "camera"])
    assert after.routes["part"][0].defects.found == 0.9  # type: ignore[union-attr]


def test_needed_measures_come_along_in_the_order_of_the_plant() -> None:
    assert with_needed(plant().measures, ["loop"]) == ("camera", "loop")
    alone = with_measures(plant(), ["loop"], "loop")
    assert [measure.id for measure in alone.measures] == ["camera", "loop"]
    assert alone.cost == 15


def test_measures_that_exclude_each_other_are_not_taken_together_in_either_order() -> None:
    for pair in (["camera", "drill-twin"], ["drill-twin", "camera"]):
        with pytest.raises(PlantError, match="'drill-twin' together with 'camera'"):
            plant().with_measures(pair)


def test_measures_that_set_one_number_exclude_each_other() -> None:
    assert excluded_pairs(plant().measures) == {
        frozenset(("camera", "drill-twin")): "one excludes the other",
        frozenset(("second-saw", "third-saw")): "both set work_centers.saw.units",
    }


def test_a_part_and_a_number_of_it_are_one_place() -> None:
    whole = "{id: drill-twin, set: {work_centers.saw: {id: saw}}}"
    found = excluded_pairs(
        plant("{id: drill-twin, set: {work_centers.drill.units: 2}, excludes: [camera]}", whole).measures
    )
    assert found[frozenset(("second-saw", "drill-twin"))] == "both set work_centers.saw.units"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("needs: [camera]", "needs: [camra]", "plant:13: .*found no measure 'camra'.*did you mean 'camera'"),
        ("needs: [camera]", "needs: [loop]", "found 'loop' itself; leave it out"),
        ("excludes: [camera]", "needs: [loop], excludes: [camera]", "it could never be taken"),
    ],
)
def test_names_that_cannot_be_are_refused_with_their_line(old: str, new: str, said: str) -> None:
    with pytest.raises(PlantError, match=said):
        plant(old, new)


def test_a_cost_that_is_not_stated_is_not_known() -> None:
    from math import isnan

    assert isnan(with_measures(plant(), ["second-saw"], "x").cost)
    assert isnan(with_measures(plant(), ["second-saw", "camera"], "x").cost)
