"""What would be right, in our words, for every kind of error that pydantic may find in a plant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from pydantic_core import ErrorDetails

from zhizao.quantities.units import shown

_TEXT = "write a text; in quotes where YAML would read something else (true, null, a list)"
_NUMBER = "write a plain number, without a unit"
_WHOLE = "write a whole number"
_YES_NO = "write true or false"
_LIST = "write a list, such as [a, b], or one item a line after a dash"
_NAMES = "write names with their values, such as {name: value}"


def _of_context(sentence: str) -> Callable[[ErrorDetails], str]:
    def write(detail: ErrorDetails) -> str:
        return sentence.format(**detail.get("ctx", {}))

    return write


def _items(sentence: str, bound: str) -> Callable[[ErrorDetails], str]:
    def write(detail: ErrorDetails) -> str:
        number = detail["ctx"][bound]
        return sentence.format(f"{number} item{'' if number == 1 else 's'}")

    return write


def _pattern(detail: ErrorDetails) -> str:
    """Name the choices of a pattern such as `^(count|scrap)$`."""
    return f"write {', or '.join(pattern_choices(str(detail['ctx']['pattern'])))}"


def pattern_choices(pattern: str) -> list[str]:
    """List the choices of a pattern as a user writes them."""
    choices = pattern.removeprefix("^(").removesuffix(")$").split("|")
    return [choice.replace(r"\S.*", "<operation>") for choice in choices]


_SENTENCES: dict[str, str | Callable[[ErrorDetails], str]] = {
    "string_type": _TEXT,
    "string_too_short": "write a text that is not empty",
    "string_unicode": "write a text in UTF-8",
    "string_pattern_mismatch": _pattern,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "write a smaller whole number",
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "write a number that is finite",
    "greater_than": _of_context("write a number greater than {gt}"),
    "greater_than_equal": _of_context("write a number greater than or equal to {ge}"),
    "less_than": _of_context("write a number less than {lt}"),
    "less_than_equal": _of_context("write a number less than or equal to {le}"),
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "tuple_type": _LIST,
    "iteration_error": _LIST,
    "too_short": _items("write at least {}", "min_length"),
    "too_long": _items("write at most {}", "max_length"),
    "dict_type": _NAMES,
    "mapping_type": _NAMES,
    "invalid_key": "write a text as name",
    "frozen_instance": "a plant never changes: make another with plant.replace({path: value})",
    "frozen_field": "a plant never changes: make another with plant.replace({path: value})",
}
HANDLED_ELSEWHERE = frozenset(
    {"zhizao", "missing", "extra_forbidden", "enum", "literal_error", "model_type", "model_attributes_type"}
)
"""Kinds for which `faults` has more to say: names that are near, the fields of a part."""


def right_for(detail: ErrorDetails) -> str:
    """Say what would be right; never in pydantic's words."""
    sentence = _SENTENCES.get(detail["type"], "write it as docs/plant-file.md shows")
    return sentence if isinstance(sentence, str) else sentence(detail)


def is_translated(kind: str) -> bool:
    """Tell whether a kind of error has a sentence of its own."""
    return kind in _SENTENCES or kind in HANDLED_ELSEWHERE


def found_in(value: Any) -> str:
    """Quote what a file holds, in the file's words."""
    if isinstance(value, (Mapping, list, tuple)) and not value:
        return f"found an empty {'mapping' if isinstance(value, Mapping) else 'list'}"
    if isinstance(value, float) and not isfinite(value):
        return f"found .{str(value).strip('-')}" if value != value or value > 0 else "found -.inf"
    return f"found {shown(value)}"
