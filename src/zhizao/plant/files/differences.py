"""What differs between two plants: values by path, as their files write them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from zhizao.plant.changes import apply_unchecked
from zhizao.plant.faults import file_name
from zhizao.plant.files.writer import flow_text
from zhizao.plant.model import Measure, Plant

_ASIDE = ("name", "measures", "uncertainty")
"""Says what the plant is called, what could be done and how well it is known, not what it is."""


class Differing(NamedTuple):
    """A value of two plants; None where it is not stated."""

    path: str
    before: str | None
    after: str | None


def differences_between(before: Plant, after: Plant) -> tuple[Differing, ...]:
    """Values that differ, in the order of a plant file; names, measures and uncertainty aside."""
    found: list[Differing] = []
    for field in Plant.model_fields:
        if field not in _ASIDE and getattr(before, field) != getattr(after, field):
            found += _between(file_name(Plant, field), _written(before, field), _written(after, field))
    return tuple(found)


def differences_of(plant: Plant, measure: Measure) -> tuple[Differing, ...]:
    """What a measure changes in a plant; what can be set only beside other measures has no value before."""
    after, problems = apply_unchecked(plant, measure.set)
    if problems:
        return tuple(Differing(path, None, _text(value)) for path, value in measure.set.items())
    return differences_between(plant, after)


def _written(plant: Plant, field: str) -> Any:
    form = plant.model_dump(mode="json", by_alias=True, include={field})
    return next(iter(form.values()), None)


def _between(path: str, old: Any, new: Any) -> Iterator[Differing]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        pairs = [(key, old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new])]
    elif isinstance(old, list) and isinstance(new, list) and (names := _names(old, new)):
        pairs = names
    else:
        yield Differing(path, _text(old), _text(new))
        return
    for key, one, other in pairs:
        yield from _between(f"{path}.{key}", one, other)


def _names(old: list[Any], new: list[Any]) -> list[tuple[str, Any, Any]]:
    """Items side by side: by id, product or work center, else by their number; none where they are values."""
    if not all(isinstance(item, dict) for item in (*old, *new)):
        return []
    for key in ("id", "product", "work_center"):
        before, after = ({item.get(key): item for item in items} for items in (old, new))
        if None not in before | after and (len(before), len(after)) == (len(old), len(new)):
            return [(str(k), before.get(k), after.get(k)) for k in dict.fromkeys([*before, *after])]
    pairs = enumerate(zip_longest(old, new), 1)
    return [(f"#{number}", before, after) for number, (before, after) in pairs]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else flow_text(_stated(value))


def _stated(value: Any) -> Any:
    """A value without the fields that nobody stated."""
    if isinstance(value, dict):
        return {key: _stated(item) for key, item in value.items() if item not in (None, [], {})}
    return [_stated(item) for item in value] if isinstance(value, list) else value
