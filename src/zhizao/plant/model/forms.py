"""Short forms of the plant file: how they become fields and how fields become short again."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    PlainSerializer,
    PlainValidator,
    SerializationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from zhizao.plant.rules import OwnRule, is_rule, kept, rule_name
from zhizao.quantities.calendars import weekly_window
from zhizao.quantities.distributions import Distribution, mean
from zhizao.quantities.errors import QuantityError, nearest_name
from zhizao.quantities.fields import fault
from zhizao.quantities.units import TIME, format_quantity, parse_quantity, shown

MOST_UNITS = 10_000
"""More units than this in one work center are a slip of the hand."""
MOST_PIECES = 10**15
"""The twin counts with 64 bits: so many pieces, times some thousands, are still a number there."""
_SPAN = re.compile(r"\s*(\d{1,15})\s*(?:\.\.\s*(\d{1,15})\s*)?")
_OWN_RULE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_OWN_SCHEMA: dict[str, Any] = {"type": "string", "pattern": f"^{_OWN_RULE.pattern}$"}


# ---------------------------------------------------------------- scalars
def _not_true_or_false(value: Any) -> Any:
    if isinstance(value, bool):
        raise fault(f"found {str(value).lower()}", "write a number", None, 1)
    return value


def _not_too_large(value: int) -> int:
    if value > MOST_PIECES:
        raise fault(f"found {value:,}", f"write a number up to {MOST_PIECES:,}", None, MOST_PIECES)
    return value


def read_start(value: Any) -> datetime:
    """Read the plant's start, a date with or without a time of day."""
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            moment = None
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if not isinstance(moment, datetime):
        raise fault(f"found {shown(value)}", "write a date such as 2026-01-05 or 2026-01-05 06:00", None)
    if moment.tzinfo is not None:
        raise fault(f"found {value} with a time zone", "times are local to the plant: no zone", None)
    return moment


def write_start(start: datetime) -> str:
    """Write the plant's start as short as it is exact: the day, the minute, or all of it."""
    if start.time() == time():
        return start.date().isoformat()
    short = start.isoformat(sep=" ", timespec="minutes")
    return short if datetime.fromisoformat(short) == start else start.isoformat(sep=" ")


def _check_window(value: Any) -> Any:
    try:
        weekly_window(str(value))
    except QuantityError as error:
        right = f"{error.right}; a window is written like mon-fri 08:00-11:00"
        raise fault(error.found, right, error.nearest, "00:00-24:00") from None
    return value


NOT_TRUE_OR_FALSE = BeforeValidator(_not_true_or_false)
NOT_TOO_LARGE = AfterValidator(_not_too_large)
START = (
    PlainValidator(read_start, json_schema_input_type=str),
    PlainSerializer(write_start, return_type=str),
)
WEEKLY_WINDOW = BeforeValidator(_check_window)
ONE_OR_MANY = BeforeValidator(lambda value: [value] if isinstance(value, (str, Mapping)) else value)


def dispatch_type(rules: type[Enum]) -> tuple[PlainValidator, PlainSerializer, WithJsonSchema]:
    """Make the type of a field that names a rule or a function of the user's own."""
    names = [rule.value for rule in rules]

    def validate(value: Any) -> Any:
        if isinstance(value, rules):
            return value
        if isinstance(value, str) and value in names:
            return rules(value)
        return _own_rule(value, names)

    return PlainValidator(validate), _WRITE_RULE, WithJsonSchema({"anyOf": [{"enum": names}, _OWN_SCHEMA]})


def _own_rule(value: Any, names: list[str]) -> OwnRule:
    """Read `module:function`, or a function marked with `rule`."""
    if isinstance(value, str) and _OWN_RULE.fullmatch(value):
        return value
    if is_rule(value):
        return kept(value)
    right = " or ".join([*(["one of " + ", ".join(names)] if names else []), "module:function"])
    if inspect.isfunction(value):
        right = f"mark it with @rule: from zhizao import rule, and @rule above def {value.__name__}"
    elif isinstance(value, str) and "<" in value:
        right = "a rule made inside a function is known to one process only; put it at the top of a module"
    stand_in = names[0] if names else "module:function"
    raise fault(f"found {shown(value)}", f"write {right}", nearest_name(str(value), names), stand_in)


def _written_rule(value: Any, info: SerializationInfo) -> Any:
    """A rule that only this process knows stays itself in memory; in a file it has its name."""
    if isinstance(value, Enum):
        return value.value
    return rule_name(value) if info.mode == "json" else value


_WRITE_RULE = PlainSerializer(_written_rule)
OWN_RULE = (PlainValidator(lambda value: _own_rule(value, [])), _WRITE_RULE, WithJsonSchema(_OWN_SCHEMA))


def mean_above_zero(value: Distribution) -> Distribution:
    """Refuse a time between events that is always 0: the events would never end."""
    if mean(value) <= 0:
        raise fault("found 0", "the time between two of them must be above 0", None, 1)
    return value


def time_above_zero(value: float) -> float:
    """Refuse a time of 0 between events: they would never end."""
    if value <= 0:
        raise fault("found 0", "the time between two of them must be above 0", None, 3600.0)
    return value


# ---------------------------------------------------------------- equipment
def read_units(data: Any) -> Any:
    """Turn `units: 2` into units `<id>-1`, `<id>-2`, and plain ids into units."""
    if not isinstance(data, Mapping) or isinstance(data.get("units", 1), tuple):
        return data
    return {**data, "units": _unit_list(data.get("units", 1), str(data.get("id")))}


def _unit_list(units: Any, owner: str) -> Any:
    if isinstance(units, list):
        return [unit if isinstance(unit, (Mapping, BaseModel)) else {"id": unit} for unit in units]
    if isinstance(units, bool) or not isinstance(units, (int, float)):
        return units
    if not 1 <= units <= MOST_UNITS or units != int(units):
        return units  # refused by `UNITS`
    return [{"id": f"{owner}-{number}"} for number in range(1, int(units) + 1)]


def _check_units(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        right = f"a whole number of units from 1 to {MOST_UNITS}, or a list of ids or of {{id, speed}}"
        raise fault(f"found {shown(value)}", right, None, 1)
    return value


UNITS = BeforeValidator(_check_units)


def short_units(form: Any, owner: str) -> Any:
    """Turn units back into a number where their names and speeds are the plain ones."""
    units = form.get("units")
    if not units:
        return form
    plain = [f"{owner}-{number}" for number in range(1, len(units) + 1)]
    bare = [unit["id"] if unit.get("speed", 1.0) == 1.0 else unit for unit in units]
    return {**form, "units": len(units) if bare == plain and len(units) <= MOST_UNITS else bare}


def check_turns(first: float | None, *, in_turn: bool) -> None:
    """Refuse turns of units that nobody knows the beginning of."""
    if in_turn and first is None:
        raise fault("found in_turn without first", "give first: unit k of n begins at k/n of it")


# ---------------------------------------------------------------- work
def check_takes(
    per_lot: object, per_piece: object, per_batch: object, pieces_per_batch: object, load: object
) -> None:
    """Refuse durations of which a half is missing."""
    if all(part is None for part in (per_lot, per_piece, per_batch, load)):
        raise fault("found no duration", "give per_lot, per_piece, per_batch or load", None, "1 s")
    if (per_batch is None) != (pieces_per_batch is None):
        missing = "per_batch" if per_batch is None else "pieces_per_batch"
        raise fault(f"found no {missing}", "per_batch and pieces_per_batch go together", None, "1 s")


def _read_route(value: Any) -> Any:
    if value is None or isinstance(value, Mapping):
        return value if value != {} else None
    if isinstance(value, (bool, list)):
        right = "write the name of a route, {name: weight, …}, or null for a product without work"
        raise fault(f"found {shown(value)}", right, None, "route")
    return str(value)


ROUTE = BeforeValidator(_read_route)


def read_span(data: Any) -> Any:
    """Turn `2..6` into its least and its most, and `4` into both."""
    if isinstance(data, bool) or not isinstance(data, (int, str)):
        return data
    match = _SPAN.fullmatch(str(data))
    if match is None:
        raise fault(f"found {shown(data)}", "write a span of whole numbers such as 2..6", None, "1..1")
    return {"least": int(match[1]), "most": int(match[2] or match[1])}


def check_span(least: int, most: int) -> None:
    """Refuse a span that holds nothing."""
    if least > most:
        raise fault(f"found {least}..{most}", "write the smaller number first", f"{most}..{least}", "1..1")


def check_batch(pieces: object, lots: object) -> None:
    """Refuse a batch whose size is given twice, or not at all."""
    if (pieces is None) == (lots is None):
        found = "found neither pieces nor lots" if pieces is None else "found both pieces and lots"
        raise fault(found, "a batch has its size in pieces (100..150) or in lots (2..6)")


# ---------------------------------------------------------------- demand
def check_product_or_mix(product: str | None, mix: Mapping[str, float]) -> None:
    """Refuse a stream that says twice, or not at all, what it orders."""
    if (product is None) == (not mix):
        found = "found neither product nor mix" if product is None else "found both product and mix"
        raise fault(found, "an order stream names one product, or a mix of products with weights")


def demand_kind(data: Any) -> str:
    """Tell a stream from a single order: only a stream says `every`."""
    if isinstance(data, Mapping):
        return "stream" if "every" in data or ("mix" in data and "id" not in data) else "job order"
    return "stream" if hasattr(data, "every") else "job order"


def due_after_release(data: Any, info: Any) -> Any:
    """Turn `due: +5 d`, which counts from release, into a time from the plant's start."""
    due = data.get("due") if isinstance(data, Mapping) else None
    if not (isinstance(due, str) and due.strip().startswith("+")):
        return data
    from zhizao.quantities.fields import any_moment

    try:
        release = any_moment(data.get("release", 0), info)
        after = parse_quantity(due.strip()[1:], TIME)
    except (QuantityError, PydanticCustomError):
        return data  # the fault is found again at its own field
    return {**data, "due": format_quantity(release + after, TIME)}


def _read_release(value: Any) -> Any:
    if value == "push":
        return {"kind": "push"}
    if isinstance(value, Mapping) and set(value) == {"conwip"}:
        return {"kind": "conwip", "lots": value["conwip"]}
    if isinstance(value, Mapping) and "rule" in value:
        return {"kind": "rule", **value}
    if is_rule(value):
        return {"kind": "rule", "rule": value}
    if isinstance(value, BaseModel) or (isinstance(value, Mapping) and "kind" in value):
        return value
    names = ["push", "conwip", "rule"]
    nearest = nearest_name(str(next(iter(value)) if isinstance(value, Mapping) and value else value), names)
    raise fault(
        f"found {shown(value)}", "write push, {conwip: 20}, or {rule: module:function}", nearest, "push"
    )


RELEASE = BeforeValidator(_read_release)


# ---------------------------------------------------------------- measures
def plain_form(value: Any) -> Any:
    """Turn a value into what a file would say, so that a measure reads back as it was written."""
    if isinstance(value, BaseModel):
        return plain_form(value.model_dump(by_alias=True, exclude_defaults=True))
    if isinstance(value, Enum):
        return plain_form(value.value)
    if is_rule(value):
        name = kept(value)
        if name is value:
            right = "a measure is written as in a file: name a rule in a module, module:function"
            raise fault(f"found the rule {rule_name(value)}, which is known to one process only", right)
        return name
    if isinstance(value, (Distribution, date)):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain_form(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_form(item) for item in value]
    return value


def check_changes(changes: Mapping[str, Any], *, by_plan: bool) -> None:
    """Refuse a measure that changes nothing, but for one that is a plan."""
    if not changes and not by_plan:
        raise fault("found no change", "set at least one path to a new value", None, {"currency": "CNY"})
    if changes and by_plan:
        raise fault("found changes beside kind: scheduling", "make two measures of it, one needing the other")


def check_evidence(study: str | None, source: str | None) -> None:
    """Refuse evidence of which nothing is said."""
    if study is None and source is None:
        raise fault(
            "found neither a study nor a source", "give one, or leave the evidence out: it is assumed"
        )


AS_IN_FILE = BeforeValidator(lambda value: plain_form(value) if isinstance(value, Mapping) else value)


# ---------------------------------------------------------------- writing
def without_nothing(form: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not there."""
    return {key: value for key, value in form.items() if value is not None}


def only(form: Any, key: str) -> Any:
    """Shorten a mapping that holds nothing but `key` to the value of that key."""
    return form[key] if isinstance(form, Mapping) and set(form) == {key} else form
