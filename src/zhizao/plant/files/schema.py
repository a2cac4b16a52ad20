"""JSON Schema of the plant file for editors, and the table of fields for the documentation."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from types import ModuleType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from zhizao.plant import model
from zhizao.plant.faults import file_name
from zhizao.plant.model import (
    downtime,
    economics,
    equipment,
    operations,
    orders,
    past_lots,
    plant,
    resources,
    transport,
)
from zhizao.quantities import fields, units

_MODULES = (plant, equipment, downtime, resources, operations, orders, past_lots, transport, economics)
"""Modules of the model, in the order in which the documentation lists their objects."""
SHORT_FORMS: dict[str, list[dict[str, Any]]] = {
    "Takes": [{"type": "string"}, {"const": 0}],
    "Alternative": [{"type": "string"}],
    "Need": [{"type": "integer", "minimum": 1}],
    "WorkUnit": [{"type": "string"}],
    "Span": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\d+ *(\.\. *\d+)?$"}],
    "QueueLimit": [{"type": "string"}],
    "Conwip": [{"type": "object", "properties": {"conwip": {"type": "integer", "minimum": 1}}}],
    "Push": [{"const": "push"}],
}
"""What a file may write in place of the whole object."""
_NEVER_WRITTEN = (model.Push, model.Conwip)  # a file has `push` or `{conwip: 20}`, described at `release`
_UNITS: dict[object, str] = {
    fields.Time: "time (s, min, h, d, wk, ms)",
    fields.MomentFromStart: "date, or time after the plant's start",
    fields.AnyMoment: "date, or time after the plant's start (or before it, negative)",
    fields.Length: f"length ({units.unit_list(units.LENGTH)})",
    fields.Speed: f"speed ({units.unit_list(units.SPEED)})",
    fields.Power: f"power ({units.unit_list(units.POWER)})",
    fields.Energy: f"energy ({units.unit_list(units.ENERGY)})",
    fields.MoneyRate: f"money per time ({units.unit_list(units.MONEY_RATE)})",
    fields.EnergyPrice: f"money per energy ({units.unit_list(units.ENERGY_PRICE)})",
    fields.Emission: f"CO2 per energy ({units.unit_list(units.EMISSION)})",
    fields.Share: "share (0 to 1, or %)",
    fields.RandomTime: "time or distribution of times",
    fields.Interval: "time (s, min, h, d, wk, ms); count for cycles and pieces",
    fields.RandomInterval: "time or distribution of times; count for cycles and pieces",
    fields.RandomCount: "count or distribution of counts",
    fields.WorkingTime: "days with shifts",
}


class FieldRow(NamedTuple):
    """One field of the plant file, as the documentation shows it."""

    object: str
    field: str
    type: str
    unit: str
    default: str
    meaning: str


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a plant file, for editors.

    It describes the file, with texts for quantities and the short forms, not the model in memory.
    """
    schema = model.Plant.model_json_schema(by_alias=True, mode="validation")
    parts: dict[str, Any] = schema["$defs"]
    for kind in _kinds():
        part = schema if kind is model.Plant else parts.get(kind.__name__)
        if part is not None:
            _describe(part, kind)
    parts["WorkCenter"]["properties"]["units"]["anyOf"] = [
        {"type": "integer", "minimum": 1},
        {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/WorkUnit"}},
    ]
    for key in ("type", "items", "minItems", "default"):
        parts["WorkCenter"]["properties"]["units"].pop(key, None)
    parts["Setup"]["properties"]["matrix"] = {"type": "string", "description": "CSV file: from,to,takes"}
    table = {"type": "object", "properties": {"table": {"type": "string"}}, "required": ["table"]}
    for field in ("orders", "wip"):
        _with_table(schema["properties"][field], table)
    _with_past_lots(schema, parts["PastLots"])
    schema["properties"]["release"] = _release(schema["properties"]["release"])
    parts["ReleaseRule"]["properties"].pop("kind")
    _one_or_many(parts["Operation"]["properties"]["on"])
    for name, short in SHORT_FORMS.items():
        if name in parts:
            parts[name] = {"title": name, "anyOf": [*short, parts[name]]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "zhizao plant file"}


def field_table() -> list[FieldRow]:
    """List every field of the plant file with type, unit, default and meaning, object by object."""
    written = (kind for kind in _kinds() if kind not in _NEVER_WRITTEN)
    return [_row(kind, field) for kind in written for field in kind.model_fields if not _marks(kind, field)]


def _marks(kind: type[model.Model], field: str) -> bool:
    """Whether a field only marks the class of an object, and no file names it."""
    return field == "kind" and get_origin(kind.model_fields[field].annotation) is Literal


def object_table() -> list[tuple[str, str]]:
    """List every object of the plant file with what it is."""
    written = (kind for kind in _kinds() if kind not in _NEVER_WRITTEN)
    return [(kind.__name__, inspect.getdoc(kind) or "") for kind in written]


# ---------------------------------------------------------------- schema
def _options(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return list(schema.get("anyOf") or schema.get("oneOf") or [schema])


def _with_table(schema: dict[str, Any], table: dict[str, Any]) -> None:
    """Let a list have tables among its items, and one table, or its name, stand for the list."""
    many = {key: schema.pop(key) for key in ("type", "items", "minItems") if key in schema}
    many["items"] = {"anyOf": [*_options(many["items"]), table]}
    schema["anyOf"] = [many, table, {"type": "string"}]


def _with_past_lots(schema: dict[str, Any], past: dict[str, Any]) -> None:
    """Let a table stand for past lots and for the routes that it brings."""
    past["properties"]["table"] = {"type": "string", "description": "CSV file, with the routes of past lots"}
    past.pop("required")
    past["anyOf"] = [{"required": ["lots"]}, {"required": ["table"]}]
    own = schema["properties"]["past_lots"]
    own["anyOf"] = [*_options(own), {"type": "string"}]
    schema["required"].remove("routes")
    schema["anyOf"] = [{"required": ["routes"]}, {"required": ["past_lots"]}]


def _release(schema: dict[str, Any]) -> dict[str, Any]:
    kept = {key: schema[key] for key in ("description",) if key in schema}
    own = {"$ref": "#/$defs/ReleaseRule"}
    return {**kept, "default": "push", "anyOf": [*SHORT_FORMS["Push"], *SHORT_FORMS["Conwip"], own]}


def _one_or_many(schema: dict[str, Any]) -> None:
    many = {key: schema.pop(key) for key in ("type", "items", "minItems") if key in schema}
    schema["anyOf"] = [{"type": "string"}, many]


def _describe(part: dict[str, Any], kind: type[BaseModel]) -> None:
    texts = _field_texts()[kind.__name__]
    for field in kind.model_fields:
        part["properties"][file_name(kind, field)]["description"] = texts[field]


@cache
def _field_texts() -> dict[str, dict[str, str]]:
    """Read the text below each field from the model's source (it is not kept at run time)."""
    trees = (ast.parse(inspect.getsource(module)) for module in _MODULES)
    nodes = (node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    return {node.name: dict(_texts_of(node)) for node in nodes}


def _texts_of(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, text in zip(node.body, node.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            documented = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            yield field.target.id, inspect.cleandoc(str(text.value.value)) if documented else ""  # type: ignore[attr-defined]


# ---------------------------------------------------------------- table
@cache
def _kinds() -> tuple[type[model.Model], ...]:
    """List the objects of a plant file, the plant first, in the order of the source."""
    found = (value for module in _MODULES for value in vars(module).values() if _made_in(value, module))
    return tuple(dict.fromkeys(found))


def _made_in(value: Any, module: ModuleType) -> bool:
    return isinstance(value, type) and issubclass(value, model.Model) and value.__module__ == module.__name__


def _row(kind: type[model.Model], field: str) -> FieldRow:
    info = kind.model_fields[field]
    hint = get_type_hints(kind, include_extras=True)[field]
    meaning = _field_texts()[kind.__name__][field].replace("\n", " ")
    default = "required" if info.default is PydanticUndefined else _default(info.default)
    return FieldRow(kind.__name__, file_name(kind, field), _type(hint), _unit(hint), default, meaning)


def _default(value: Any) -> str:
    if value is None or value in ((), {}):
        return "none"
    if isinstance(value, model.Push):
        return "push"
    if isinstance(value, BaseModel):
        return "its own defaults"
    return str(value.value if isinstance(value, Enum) else value)


def _unit(hint: Any) -> str:
    for inner in _inside(hint):
        if inner in _UNITS:
            return _UNITS[inner]
    return ""


def _inside(hint: Any) -> Iterator[Any]:
    """List a type and what it is made of; quantities are not taken apart."""
    if get_origin(hint) is Literal:
        return
    yield hint
    if hint not in _UNITS:
        for inner in get_args(hint):
            if isinstance(inner, type) or get_origin(inner) is not None:
                yield from _inside(inner)


def _type(hint: Any) -> str:
    if hint in _UNITS:
        return "quantity"
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return " or ".join(str(value) for value in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"mapping of name to {_type(arguments[1])}"
    if arguments and origin is not Callable:
        return " or ".join(_type(inner) for inner in arguments if inner is not type(None))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(str(choice.value) for choice in hint)
    return {str: "text", int: "whole number", float: "number", Any: "any", Callable: "function"}.get(
        origin or hint, getattr(hint, "__name__", str(hint))
    )
