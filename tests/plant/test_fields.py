"""The numbers of a plant, found wherever the model has them."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strategies import plants
from zhizao.plant import NumericField, Plant, numeric_fields, parse_plant
from zhizao.quantities import PlantError

TEXT = """
zhizao: 1
plant: one of each
work_centers:
  - id: a.b
    units: [one, {id: two, speed: 1.5}]
    failures: [{between: 40 h, repair: 30 min}, {clock: cycles, between: 500, repair: 1 h}]
    buffer: {capacity: 3}
    at: [1 m, 2 m]
personnel: [{id: crew, count: 2}]
routes: {r: [{id: o, on: a.b, takes: {per_piece: 2 min}, needs: {crew: 1}, defects: {share: 2 %}}]}
products: {p: {route: r, price: 5}, q: {route: r}}
orders:
  - {mix: {p: 1, q: 3}, every: exponential(1 h), pieces: 20}
  - {id: x, product: p, pieces: 7}
measures: [{id: m, cost: 10, set: {personnel.crew.count: 3}}]
"""


@pytest.fixture(scope="module")
def plant() -> Plant:
    return parse_plant(TEXT)


@pytest.fixture(scope="module")
def found(plant: Plant) -> dict[str, NumericField]:
    return {field.path: field for field in numeric_fields(plant)}


@pytest.mark.parametrize(
    ("path", "value", "text", "whole"),
    [
        ("work_centers.a.b.units", 2, "2", True),
        ("work_centers.a.b.units.two.speed", 1.5, "1.5", False),
        ("work_centers.a.b.failures.#1.between", 144000, "40 h", False),
        ("work_centers.a.b.failures.#2.between", 500, "500", True),
        ("work_centers.a.b.buffer.capacity", 3, "3", True),
        ("personnel.crew.count", 2, "2", True),
        ("routes.r.o.takes.per_piece", 120, "2 min", False),
        ("routes.r.o.needs.crew.count", 1, "1", True),
        ("routes.r.o.defects.share", 0.02, "0.02", False),
        ("products.p.price", 5, "5.0", False),
        ("orders.#1.mix.q", 3, "3.0", False),
        ("orders.#1.every", 3600, "exponential(1 h)", False),
        ("orders.#1.pieces", 20, "20", True),
    ],
)
def test_a_number_is_found_with_its_path_and_its_value(
    found: dict[str, NumericField], path: str, value: float, text: str, whole: bool
) -> None:
    field = found[path]
    assert (field.value, field.text, field.whole, field.stated) == (value, text, whole, True)


def test_what_is_no_property_of_the_plant_is_left_out(found: dict[str, NumericField]) -> None:
    assert not [path for path in found if fnmatchcase(path, "measures.*") or path.startswith("orders.x")]
    assert "zhizao" not in found


def test_a_number_that_nobody_stated_is_known_as_a_default(found: dict[str, NumericField]) -> None:
    assert not found["work_centers.a.b.units.one.speed"].stated
    assert not found["routes.r.o.sample"].stated


def test_a_scaled_field_is_that_many_times_as_large(plant: Plant, found: dict[str, NumericField]) -> None:
    for field in found.values():
        if not field.whole:
            after = plant.replace({field.path: field.scaled(0.5)})
            now = {other.path: other.value for other in numeric_fields(after)}
            assert now.pop(field.path) == pytest.approx(field.value / 2)
            assert all(now[path] == other.value for path, other in found.items() if path in now)


@given(st.data(), plants())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_path_is_one_that_replace_takes(data: st.DataObject, plant: Plant) -> None:
    field = data.draw(st.sampled_from(numeric_fields(plant)))
    value = field.plus(1) if field.whole else field.scaled(0.9)
    after, said = _after(plant, field.path, value)
    assert "found no" not in said  # the value may not fit; the path leads somewhere
    now = {other.path: other.value for other in numeric_fields(after)}
    wanted = field.value if said else field.value + 1 if field.whole else 0.9 * field.value
    assert now[field.path] == pytest.approx(wanted)


def _after(plant: Plant, path: str, value: object) -> tuple[Plant, str]:
    try:
        return plant.replace({path: value}), ""
    except PlantError as error:
        return plant, str(error)


def test_fields_below_paths_are_those_of_all_that_begin_so(plant: Plant) -> None:
    every = numeric_fields(plant)
    for paths in (
        ["work_centers.a.b"],
        ["routes.r.o.defects", "tariff.co2"],
        ["products"],
        ["orders.#1.mix"],
        ["no"],
    ):
        below = [f for f in every if any(f.path == p or f.path.startswith(f"{p}.") for p in paths)]
        assert list(numeric_fields(plant, paths)) == below
        assert bool(below) == (paths != ["no"])
