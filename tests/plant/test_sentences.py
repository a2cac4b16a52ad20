"""What a user reads about a wrong plant is ours, for every kind of error that pydantic may find in it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from zhizao.plant import JobOrder, Plant, parse_plant, read_plant, with_order_table
from zhizao.plant.faults import details, problems
from zhizao.plant.files.csv_tables import expand_tables
from zhizao.plant.files.yaml_tree import read_tree
from zhizao.plant.sentences import is_translated, pattern_choices, right_for
from zhizao.quantities import PlantError

PLANTS = Path(__file__).parents[2] / "examples" / "plants"
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    "two",
    "",
    [],
    {},
    [1],
    {"x": 1},
    float("nan"),
    float("inf"),
    10**30,
)

RAISED_BY: dict[str, set[str]] = {  # kinds of pydantic's core schema, and the errors of its documentation
    "any": set(),
    "bool": {"bool_type", "bool_parsing"},
    "default": set(),
    "definition-ref": set(),
    "definitions": set(),
    "dict": {"dict_type", "mapping_type", "too_short", "invalid_key"},
    "enum": {"enum"},
    "float": {
        "float_type", "float_parsing", "finite_number", "greater_than", "greater_than_equal", "less_than",
        "less_than_equal",
    },
    "function-after": set(),  # of our own, which raise `fault`
    "function-before": set(),
    "function-plain": set(),
    "int": {
        "int_type", "int_parsing", "int_parsing_size", "int_from_float", "greater_than",
        "greater_than_equal", "less_than", "less_than_equal",
    },
    "literal": {"literal_error"},
    "model": {"model_type", "model_attributes_type"},
    "model-field": set(),
    "model-fields": {"missing", "extra_forbidden", "invalid_key"},
    "no-info": set(),
    "nullable": set(),
    "str": {"string_type", "string_too_short", "string_unicode", "string_pattern_mismatch"},
    "tagged-union": set(),  # its tag is found by us, and is always one of those that there are
    "tuple": {"tuple_type", "too_short", "too_long", "missing", "iteration_error"},
    "union": set(),
    "with-info": set(),
}  # fmt: skip


def schema_kinds(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema["type"]
        for key, value in schema.items():
            if key not in ("metadata", "serialization"):
                yield from schema_kinds(value)
    elif isinstance(schema, (list, tuple)):
        for value in schema:
            yield from schema_kinds(value)


def test_every_error_that_the_model_may_raise_has_a_sentence_of_ours() -> None:
    kinds = set(schema_kinds(Plant.__pydantic_core_schema__))
    assert kinds <= RAISED_BY.keys(), "a new kind of field: look up its errors in pydantic's documentation"
    assert {"str", "int", "float", "tuple", "dict", "literal", "enum", "model"} <= kinds
    errors = set().union(*(RAISED_BY[kind] for kind in kinds))
    assert errors <= set(get_args(ErrorType))
    assert sorted(error for error in errors if not is_translated(error)) == []


def values(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in items:
        yield from values(value, (*path, step))


def with_value(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(data)
    owner = changed
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = copy.deepcopy(value)
    return changed


def errors_of_wrong_values(name: str) -> Iterator[tuple[ErrorDetails, str]]:
    file = PLANTS / f"{name}.yaml"
    tree = read_tree(file.read_text(encoding="utf-8"), str(file))
    expand_tables(tree, file.parent)
    for path in values(tree.data):
        for odd in ODD:
            try:
                Plant.model_validate(
                    with_value(tree.data, path, odd), context={"file": "p", "start": datetime(2026, 1, 5)}
                )
            except ValidationError as error:
                said = [f"{problem.found}; {problem.right}" for problem in problems(error, Plant)]
                yield from zip(details(error), said, strict=True)


@pytest.mark.parametrize("name", ["litho-cell", "agv-cell", "assembly-kanban"])
def test_whatever_stands_in_a_field_the_message_is_not_pydantics(name: str) -> None:
    kinds = set()
    for detail, said in errors_of_wrong_values(name):
        kinds.add(detail["type"])
        assert is_translated(detail["type"]), detail
        assert detail["type"] == "zhizao" or detail["msg"].removeprefix("Input should ") not in said
        assert not re.search(
            r"[Ii]nput|valid (string|tuple|dict)|pattern|instance of|[Ss]hould|None|True", said
        )
    assert len(kinds) >= 12


def test_a_pattern_is_reported_by_its_choices() -> None:
    assert pattern_choices(r"^(count|scrap|rework \S.*)$") == ["count", "scrap", "rework <operation>"]
    detail = ErrorDetails(type="string_pattern_mismatch", loc=(), msg="", input=1, ctx={"pattern": "^(a|b)$"})
    assert right_for(detail) == "write a, or b"


SMALL = """\
zhizao: 1
plant: small
work_centers: [{id: cut}]
routes: {coat: [{id: c, on: cut, takes: 5 min}]}
products: {coat: {route: coat}}
"""
HEADER = "order,product,pieces,release,due\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{route: coat}", "{route: coat, lot: 0}", "p:5: products.coat.lot: found 0; write a number greater"),
        ("{route: coat}", "{route: {coat: -1}}", "products.coat.route.coat: found -1; write a number great"),
        ("{route: coat}", "5", "p:5: products.coat: found 5; write its fields: route, price"),
        ("takes: 5 min", "takes: 5 min, defects: {then: burn}", "found 'burn'; write scrap, or rework <op"),
        ("{id: cut}", "{id: cut, at: [1 m]}", "p:3: work_centers.cut.at: found 1 item; write one more"),
        ("{id: cut}", "{id: cut, units: .nan}", "work_centers.cut.units: found '.nan'; a whole number of un"),
        ("{id: cut}", "{id: cut, units: .inf}", "work_centers.cut.units: found '.inf'; a whole number of un"),
        ("zhizao: 1", "zhizao: 1\norders: [{id: 1, product: coat, pieces: 0}]", "p:2: orders.1.pieces: fo"),
        ("zhizao: 1", "zhizao: 1\norders: [3]", "p:2: orders.#1: found 3; write its fields: product, mix"),
    ],
)  # fmt: skip
def test_a_wrong_value_has_its_place_and_its_remedy(old: str, new: str, said: str) -> None:
    text = SMALL.replace(old, new)
    with pytest.raises(PlantError) as caught:
        parse_plant(text if "orders" in text else f"{text}orders: [{{product: coat, every: 1 h}}]", file="p")
    assert said in str(caught.value)


def read_with_orders(folder: Path, given: str) -> Plant:
    if given == "--orders":
        plant = parse_plant(f"{SMALL}orders: [{{product: coat, every: 1 h}}]")
        return with_order_table(plant, folder / "orders.csv")
    (folder / "p.yaml").write_text(f"{SMALL}{given}\n", encoding="utf-8")
    return read_plant(folder / "p.yaml")


@pytest.mark.parametrize("given", ["orders: orders.csv", "orders: {table: orders.csv}", "--orders"])
@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("1,coat,0,,\n", ["orders.csv:2: orders.1.pieces: found '0'; write a number greater than or equal"]),
        (
            "1,coat,1,,\n2,cot,1,-2 h,\n",
            [
                "orders.csv:3: orders.2.release: found '-2 h', which is negative: before the plant's start; "
                "write 0, a later time, or a date (an earlier date counts as the start)",
                "orders.csv:3: orders.2.product: found no product 'cot'; known here: coat; did you mean",
            ],
        ),
        ("1,coat,1,,\n1,coat,1,,\n", ["orders.csv:3: orders.1.id: found the order '1' again"]),
        ("", ["orders.csv:1: header: found a header and no orders; write one row for each order below it"]),
    ],
)
def test_a_fault_in_an_order_table_has_its_file_and_line(
    tmp_path: Path, given: str, table: str, said: list[str]
) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(HEADER + table, encoding="utf-8")
    with pytest.raises(PlantError) as caught:
        read_with_orders(tmp_path, given)
    assert len(caught.value.faults) == len(said)
    for sentence in said:
        assert sentence in str(caught.value)


def test_an_order_table_without_a_header_is_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("", encoding="utf-8")
    (tmp_path / "p.yaml").write_text(f"{SMALL}orders: orders.csv\n", encoding="utf-8")
    with pytest.raises(PlantError, match=r"orders\.csv:1: header: found an empty table; write a header"):
        read_plant(tmp_path / "p.yaml")


def test_orders_of_a_table_may_be_due_before_they_are_released(tmp_path: Path) -> None:
    """Somebody promised a date that was past already: such an order is late, and it is planned."""
    (tmp_path / "orders.csv").write_text(f"{HEADER}1,coat,1,2026-01-08,2026-01-07\n", encoding="utf-8")
    plant = parse_plant(f"{SMALL}orders: [{{product: coat, every: 1 h}}]")
    (order,) = with_order_table(plant, tmp_path / "orders.csv").orders
    assert isinstance(order, JobOrder)
    assert (order.release, order.due) == (3 * 86400.0, 2 * 86400.0)
    (tmp_path / "p.yaml").write_text(f"{SMALL}orders: orders.csv\n", encoding="utf-8")
    assert read_plant(tmp_path / "p.yaml").orders == (order,)


def test_a_plant_says_how_to_change_it() -> None:
    plant = parse_plant(f"{SMALL}orders: [{{product: coat, every: 1 h}}]")
    with pytest.raises(AttributeError, match=r"currency: a plant never changes; .*plant\.replace"):
        plant.currency = "EUR"
    with pytest.raises(AttributeError, match=r"a plant never changes"):
        del plant.currency
