"""The numbers of a plant: where they stand, what they are, and what they would be a little larger.

Generic over the model: a new field that holds a number, a share, a quantity or a distribution is found here
without a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from zhizao.plant.changes import form_of, item_names
from zhizao.plant.faults import file_name
from zhizao.plant.model import JobOrder, Model, Plant, WorkCenter
from zhizao.quantities import BaseUnits, Distribution, DistributionKind, mean, scaled

_NO_LEVERS = ("zhizao", "measures", "wip", "past_lots", "uncertainty")
"""Fields of the plant whose numbers are no property of it: a version, what could be done, what lies about,
what there was, how well it is known."""


@dataclass(frozen=True, slots=True)
class NumericField:
    """One number of a plant.

    `path` is one that `Plant.replace` takes; `value` is in base units (of a distribution the mean), `text` as
    a file says it. `whole`: it counts something. `stated`: it differs from the field's default.
    """

    path: str
    value: float
    text: str
    whole: bool
    stated: bool
    raw: int | float | Distribution

    def scaled(self, factor: float) -> BaseUnits | Distribution:
        """The value that is `factor` times as large, for `Plant.replace`; a distribution keeps its shape."""
        if isinstance(self.raw, Distribution):
            return scaled(self.raw, factor)
        return BaseUnits(self.raw * factor)

    def plus(self, count: int) -> int:
        """A whole value with so many more, for `Plant.replace`."""
        return int(self.value) + count


def numeric_fields(plant: Plant, paths: Iterable[str] | None = None) -> tuple[NumericField, ...]:
    """Every numeric field of a plant, or those at and below some paths, in the order of the model.

    Left out are orders of a table, lots in the plant at its start and measures, and what no path reaches (a
    place on the layout). A number of units is one field; the units' speeds are others.
    """
    return tuple(_of_model(plant, "", None if paths is None else _Paths(frozenset(paths))))


@dataclass(frozen=True)
class _Paths:
    """Paths that are asked for."""

    wanted: frozenset[str]

    @cached_property
    def _above(self) -> frozenset[str]:
        """Everything on the way to them."""
        return frozenset(part for path in self.wanted for part in _parts_above(path))

    def lead_to(self, path: str) -> bool:
        """Whether a path is on the way to one of them, or at or below it."""
        if path in self.wanted or path in self._above:
            return True
        return any(part in self.wanted for part in _parts_above(path))


def _parts_above(path: str) -> Iterator[str]:
    """What a path begins with, up to each of its points."""
    return (path[:number] for number, sign in enumerate(path) if sign == ".")


def _leads_to(path: str, paths: _Paths | None) -> bool:
    return paths is None or paths.lead_to(path)


def _of_model(part: Model, prefix: str, paths: _Paths | None) -> Iterator[NumericField]:
    for field, info in type(part).model_fields.items():
        if isinstance(part, Plant) and field in _NO_LEVERS:
            continue
        key, value = file_name(type(part), field), getattr(part, field)
        path = f"{prefix}{key}"
        if not _leads_to(path, paths):
            continue
        if isinstance(part, WorkCenter) and field == "units":
            count = len(part.units)
            yield NumericField(path, float(count), str(count), whole=True, stated=True, raw=count)
        if _is_number(value):
            stated = info.is_required() or value != info.get_default(call_default_factory=True)
            yield _leaf(path, value, form_of(part).get(key, value), stated)
        else:
            yield from _of_container(value, path, paths)


def _of_container(value: Any, path: str, paths: _Paths | None) -> Iterator[NumericField]:
    if isinstance(value, Model):
        yield from _of_model(value, f"{path}.", paths)
    elif isinstance(value, tuple):
        names = {number: name for name, number in item_names(value).items()}  # a name of its own comes last
        for number, item in enumerate(value):
            here = f"{path}.{names[number]}" if isinstance(item, Model) else path
            if isinstance(item, Model) and not isinstance(item, JobOrder) and _leads_to(here, paths):
                yield from _of_model(item, f"{here}.", paths)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not _leads_to(f"{path}.{key}", paths):
                continue
            if _is_number(item):
                yield _leaf(f"{path}.{key}", item, item, True)
            else:
                yield from _of_container(item, f"{path}.{key}", paths)


def _leaf(path: str, value: int | float | Distribution, form: Any, stated: bool) -> NumericField:
    if isinstance(value, Distribution):
        # A file writes a constant count as a bare number, a constant time with its unit.
        whole = value.kind is DistributionKind.CONSTANT and isinstance(form, int)
        return NumericField(path, mean(value), str(form), whole, stated, value)
    return NumericField(path, float(value), str(form), isinstance(value, int), stated, value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Distribution) and not isinstance(value, bool)
