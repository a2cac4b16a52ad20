"""Plants built in Python."""

from __future__ import annotations

import json
import re

import pytest

from zhizao.plant import (
    Buffer,
    Conwip,
    DispatchRule,
    Failure,
    JobOrder,
    Operation,
    Plant,
    Product,
    Push,
    Takes,
    WorkCenter,
)
from zhizao.plant.model import Model
from zhizao.plant.schema import field_table, json_schema
from zhizao.quantities import Distribution, PlantError


def small(**more: object) -> Plant:
    given: dict[str, object] = {
        "plant": "p",
        "work_centers": (WorkCenter(id="a"),),
        "routes": {"r": (Operation.model_validate({"id": "o", "on": "a", "takes": 60.0}),)},
        "products": {"x": Product(route="r")},
        "orders": (JobOrder(id="1", product="x", pieces=3),),
    }
    return Plant.model_validate({**given, **more})


def test_numbers_are_base_units_in_python() -> None:
    takes = small().routes["r"][0].takes
    assert takes == Takes(per_lot=Distribution.constant(60.0))


def test_a_work_center_has_one_unit_unless_told() -> None:
    assert [unit.id for unit in WorkCenter(id="a").units] == ["a-1"]
    assert WorkCenter.model_validate({"id": "a", "units": 2}).model_dump()["units"] == 2


def test_release_control_has_a_short_form() -> None:
    assert small(release="push").release == Push()
    assert small(release={"conwip": 20}).release == Conwip(lots=20)


def test_a_rule_is_an_enum_or_a_function_of_ones_own() -> None:
    assert WorkCenter.model_validate({"id": "a", "dispatch": "atc"}).dispatch is DispatchRule.ATC
    assert WorkCenter(id="a", dispatch="rules:mine").dispatch == "rules:mine"


def test_an_invalid_part_cannot_be_built() -> None:
    with pytest.raises(PlantError, match="capacity"):
        Buffer(capacity=-1)
    with pytest.raises(PlantError, match="write a number"):
        Conwip(lots=True)
    with pytest.raises(PlantError, match="pieces_per_batch go together"):
        Takes(per_batch=Distribution.constant(1.0))
    with pytest.raises(PlantError, match="above 0"):
        Failure(between=Distribution.constant(0.0), repair=Distribution.constant(1.0))


def test_a_part_inside_a_file_is_validated_with_the_context_of_the_file() -> None:
    """Guards the marker on `Model.__init__`: without it parts inside would lose their context."""
    assert Model.__pydantic_custom_init__ is False
    with pytest.raises(ValueError, match="no unit"):
        WorkCenter.model_validate({"id": "a", "power": {"idle": 3}}, context={"file": "p.yaml"})


def test_the_schema_describes_every_field_and_all_its_references_lead_somewhere() -> None:
    schema = json_schema()
    text = json.dumps(schema)
    for name in re.findall(r'"#/\$defs/(\w+)"', text):
        assert name in schema["$defs"]
    assert schema["properties"]["plant"]["description"] == "Name of the plant."
    assert "matrix" in schema["$defs"]["Setup"]["properties"]


def test_every_field_has_a_meaning_and_every_quantity_its_unit() -> None:
    rows = field_table()
    assert len(rows) > 90
    assert all(row.meaning for row in rows)
    assert all(row.unit for row in rows if "quantity" in row.type)
