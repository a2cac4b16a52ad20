"""Which numbers of a plant are tried, and the plants in which each is a little smaller and larger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from zhizao.plant import NumericField, Plant, numeric_fields
from zhizao.quantities import InputError, PlantError, nearest_name


@dataclass(frozen=True, slots=True)
class Nudges:
    """One field with the plants in which it is a step smaller and a step larger; None where that cannot be.

    A whole number gets one more, and none less; any other is multiplied by 1 - step and 1 + step.
    """

    field: NumericField
    step: float
    down: Plant | None
    up: Plant | None

    @property
    def label(self) -> str:
        """The step in words."""
        return "+1" if self.field.whole else f"{100 * self.step:+g} %"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A field that was not tried, and why."""

    path: str
    why: str


def chosen(plant: Plant, patterns: Iterable[str] | None) -> tuple[NumericField, ...]:
    """Fields whose path fits one of the patterns (`*` stands for anything); else all that are stated."""
    known = numeric_fields(plant)
    if patterns is None:
        return tuple(field for field in known if field.stated)
    found: set[str] = set()
    for pattern in patterns:
        fitting = {field.path for field in known if fnmatchcase(field.path, pattern)}
        if not fitting:
            near = nearest_name(pattern, (field.path for field in known))
            raise InputError(
                f"found no number of the plant at {pattern!r}"
                + (f"; did you mean {near!r}?" if near else "; `*` stands for anything, as in 'routes.*'")
            )
        found |= fitting
    return tuple(field for field in known if field.path in found)


def nudged(plant: Plant, field: NumericField, step: float) -> Nudges | Skipped:
    """Give the plants with a step down and up, or why there are none."""
    if field.whole:
        up = _replaced(plant, field.path, field.plus(1))
        return Skipped(field.path, up) if isinstance(up, str) else Nudges(field, step, None, up)
    if field.value == 0:
        return Skipped(field.path, "it is 0, of which any share is 0")
    down, up = (_replaced(plant, field.path, field.scaled(1 + share)) for share in (-step, step))
    if isinstance(down, str) and isinstance(up, str):
        return Skipped(field.path, up)
    return Nudges(field, step, None if isinstance(down, str) else down, None if isinstance(up, str) else up)


def _replaced(plant: Plant, path: str, value: object) -> Plant | str:
    """The plant after the change, or what speaks against it."""
    try:
        return plant.replace({path: value})
    except PlantError as error:
        fault = error.faults[0]
        return f"{fault.found}; {fault.right}"
