"""Plants built in Python."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest

from zhizao.plant import (
    Batch,
    Buffer,
    Conwip,
    DispatchRule,
    Failure,
    JobOrder,
    Maintenance,
    Operation,
    Plant,
    Product,
    Push,
    QueueLimit,
    Setup,
    SetupTime,
    Span,
    Takes,
    WipLot,
    WorkCenter,
)
from zhizao.plant.files.schema import field_table, json_schema
from zhizao.plant.model import Model
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


def test_a_work_center_has_one_unit_unless_reported() -> None:
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
    assert "table" in schema["$defs"]["PastLots"]["properties"]
    assert "routes" not in schema["required"]  # a table of past lots brings them


def test_every_field_has_a_meaning_and_every_quantity_its_unit() -> None:
    rows = field_table()
    assert len(rows) > 90
    assert all(row.meaning for row in rows)
    assert all(row.unit for row in rows if "quantity" in row.type)


def test_a_size_of_a_batch_is_a_span_or_one_number() -> None:
    assert Batch.model_validate({"pieces": "100..150"}).pieces == Span(least=100, most=150)
    assert Batch.model_validate({"lots": 4}).lots == Span(least=4, most=4)
    assert Batch(pieces=Span(least=100, most=150)).model_dump(exclude_defaults=True) == {"pieces": "100..150"}
    with pytest.raises(PlantError, match="smaller number first"):
        Span(least=6, most=2)


def test_a_lot_fits_into_the_batches_of_its_route() -> None:
    batch = {"id": "o", "on": "a", "takes": 60.0, "batch": {"pieces": "4..8"}}
    routes = {"r": (Operation.model_validate(batch),)}
    assert small(routes=routes, products={"x": Product(route="r", lot=8)}).products["x"].lot == 8
    with pytest.raises(ValueError, match="at most 8 pieces, and lots of 9 of 'x'"):
        small(routes=routes, products={"x": Product(route="r", lot=9)})


def test_a_batch_by_an_attribute_asks_every_product_of_the_route_for_it() -> None:
    batch = {"id": "o", "on": "a", "takes": 60.0, "batch": {"lots": 2, "by": "heat"}}
    red, plain = Product(route="r", attributes={"heat": "red"}), Product(route="r")
    with pytest.raises(ValueError, match="no attribute 'heat', by which batches of 'o' goes"):
        small(routes={"r": (Operation.model_validate(batch),)}, products={"x": plain, "y": red})


def test_a_bare_time_is_a_queue_limit_from_the_coming_of_the_lot() -> None:
    limit = QueueLimit.model_validate("8 h")
    assert (limit.from_operation, limit.at_most, limit.then) == (None, 28_800.0, "count")
    assert json.loads(limit.model_dump_json(exclude_defaults=True)) == "8 h"


def test_a_set_up_time_may_hold_from_any_family() -> None:
    setup = Setup.model_validate({"default": 60.0, "times": [{"to": "red", "takes": 9.0}]})
    assert setup.times[0].from_family is None
    again = SetupTime(to="red", takes=Distribution.constant(3.0))
    with pytest.raises(ValueError, match="change 'any to red' again"):
        small(
            work_centers=(
                WorkCenter(id="a", setup=setup.model_copy(update={"times": (*setup.times, again)})),
            )
        )


def test_a_lot_in_the_plant_may_have_been_released_before_the_start_and_be_overdue() -> None:
    lot = WipLot.model_validate(
        {"id": "w", "product": "x", "pieces": 2, "operation": "o", "release": "-3 d", "due": "+1 d"}
    )
    assert (lot.release, lot.due) == (-259_200.0, -172_800.0)
    assert small(wip=(lot,)).wip == (lot,)
    with pytest.raises(ValueError, match="lot 'w' again"):
        small(wip=(lot, lot))
    with pytest.raises(PlantError, match="negative"):
        JobOrder(id="1", product="x", pieces=3, release=-1.0)


def test_an_order_of_a_backlog_may_be_overdue_and_long_released() -> None:
    """A date before the start is the start; what is due so long after release counts from the release."""
    start = {"start": datetime(2026, 1, 5)}
    form = {"id": "o", "product": "x", "pieces": 2, "release": "2026-01-03"}
    order = JobOrder.model_validate(form | {"due": "2026-01-04"}, context=start)
    assert (order.release, order.due) == (0.0, -86_400.0)
    assert JobOrder.model_validate(form | {"due": "+1 d"}, context=start).due == -86_400.0
    assert JobOrder.model_validate(order.model_dump(by_alias=True)) == order


def test_units_take_turns_only_from_a_first_maintenance_on() -> None:
    pieces = {"clock": "pieces", "every": 2000, "for": 60.0, "first": 1950, "in_turn": True}
    plan = Maintenance.model_validate(pieces)
    assert json.loads(plan.model_dump_json(by_alias=True, exclude_defaults=True)) == {
        **pieces,
        "for": "1 min",
    }
    with pytest.raises(PlantError, match="in_turn without first"):
        Maintenance(every=Distribution.constant(9.0), takes=Distribution.constant(1.0), in_turn=True)
