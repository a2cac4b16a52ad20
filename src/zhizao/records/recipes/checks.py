"""What is wrong in a recipe on its own, without a plant: all of it, each with file, element and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zhizao.quantities.errors import Fault, FaultsError, UnitError
from zhizao.records.recipes.charts import chart_of
from zhizao.records.recipes.model import BatchSize, Element, Link, Parameter, ParameterKind, Recipe
from zhizao.records.recipes.units import UnitDimension, unit_of

_DURATIONS = ("duration", "time")
"""Last words of the names of parameters that are durations."""


class RecipeError(FaultsError):
    """A recipe cannot be used; all faults that were found are in `faults`, with element and remedy."""

    _of = "recipe"


def check_recipe(recipe: Recipe) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """Find what is wrong in a recipe.

    Returns
    -------
    Errors, with which it cannot be used: unknown units, loops that never end, steps that are never reached,
    branches that never join, links to what is not there, ids that are there twice, a batch size out of its
    own bounds. Warnings: a duration whose unit is no time (it counts as not stated) or that stands beside
    parts (these count), a link that leaves an end, a transfer or synchronization, a transition that is linked
    with nothing.
    """
    errors = list(_size(recipe))
    warnings: list[Fault] = []
    for one in recipe.formula:
        errors += _units(recipe, "formula", one)
    for _, element in recipe.procedure.walk():
        for problem in chart_of(element).problems:
            fault = Fault(recipe.file, problem.node.line, _where(element), problem.found, problem.right)
            (errors if problem.stops else warnings).append(fault)
        warnings += [_at_once(recipe, element, link) for link in element.logic.at_once]
        known = len(errors)
        for parameter in element.parameters:
            wrong = list(_units(recipe, _where(element), parameter))
            errors += wrong
            warnings += [] if wrong else _no_time(recipe, element, parameter)
        warnings += _beside_parts(recipe, element) if len(errors) == known else ()
    return tuple(errors), tuple(warnings)


def require_sound(recipe: Recipe) -> tuple[Fault, ...]:
    """Give the warnings of a recipe.

    Raises
    ------
    RecipeError
        It has errors.
    """
    errors, warnings = check_recipe(recipe)
    if errors:
        raise RecipeError(errors)
    return warnings


def _where(element: Element) -> str:
    return f"{element.level.value} {element.name!r}"


def _at_once(recipe: Recipe, element: Element, link: Link) -> Fault:
    found = f"found a transfer or synchronization of {link.source} and {link.target}"
    return Fault(recipe.file, link.line, _where(element), found, "it is no part of the order of the steps")


def _beside_parts(recipe: Recipe, element: Element) -> Iterator[Fault]:
    own = duration_s(element) if element.elements else None
    if own is not None:
        found = f"found a duration of {own / 60:g} min beside parts; those of the parts count"
        right = f"take it out, or give it in the equipment file: times: {{{element.name}: {own / 60:g} min}}"
        yield Fault(recipe.file, element.line, _where(element), found, right)


def _units(recipe: Recipe, where: str, one: Parameter) -> Iterator[Fault]:
    try:
        unit_of(one.unit)
    except UnitError as error:
        place = f"{where}: parameter {one.label!r}"
        yield Fault(recipe.file, one.line, place, error.found, error.right, error.nearest)


def _no_time(recipe: Recipe, element: Element, one: Parameter) -> Iterator[Fault]:
    unit = unit_of(one.unit)
    named = one.label.lower().split()[-1:] and one.label.lower().split()[-1] in _DURATIONS
    timed = unit is not None and unit[0] is UnitDimension.TIME
    if named and one.value and not timed and _iso_s(one) is None:
        place = f"{_where(element)}: parameter {one.label!r}"
        found = f"found {one.value} {one.unit}".rstrip()
        right = "write a time, such as 12 min (it counts as not stated)"
        yield Fault(recipe.file, one.line, place, found, right)


def _size(recipe: Recipe) -> Iterator[Fault]:
    size = recipe.size
    if size is None:
        return
    try:
        unit_of(size.unit)
    except UnitError as error:
        yield Fault(recipe.file, size.line, "batch size", error.found, error.right, error.nearest)
    if not _ordered(size):
        found = f"found {size.nominal} beside bounds of {size.least} and {size.most}"
        yield Fault(recipe.file, size.line, "batch size", found, "write a size within its bounds")


def _ordered(size: BatchSize) -> bool:
    stated = [one for one in (size.least, size.nominal, size.most) if one is not None]
    return stated == sorted(stated) and all(one > 0 for one in stated)


_NUMBER = r"(?:(\d+(?:\.\d+)?)"
_ISO_DURATION = re.compile(rf"P(?=[\dT]){_NUMBER}D)?(?:T(?=\d){_NUMBER}H)?{_NUMBER}M)?{_NUMBER}S)?)?")
_ISO_S = (86_400.0, 3_600.0, 60.0, 1.0)


def duration_s(element: Element) -> float | None:
    """Duration that a phase states, in s; None where it states none, or several.

    It is its one parameter that is a time, and no process output: a number with a unit of time, or days to
    seconds of ISO 8601 (`PT1H30M`, the type `duration` of XML Schema) without a unit.
    """
    found = []
    for one in element.parameters:
        if one.kind is ParameterKind.OUTPUT:  # such as a shelf life: what comes out, not how long it takes
            continue
        unit = unit_of(one.unit)
        if unit is not None and unit[0] is UnitDimension.TIME and one.value:
            try:
                found.append(float(one.value) * unit[1])
            except ValueError:
                return None
        elif not one.unit and (match := _ISO_DURATION.fullmatch((one.value or "").strip())):
            found.append(
                sum(float(part) * by for part, by in zip(match.groups(), _ISO_S, strict=True) if part)
            )
    return found[0] if len(found) == 1 and 0 <= found[0] < float("inf") else None


def _iso_s(one: Parameter) -> float | None:
    """Seconds of a duration of ISO 8601; None: it is none, or has years or months, whose length differs."""
    match = None if one.unit else _ISO_DURATION.fullmatch((one.value or "").strip())
    if match is None:
        return None
    return sum(float(part) * by for part, by in zip(match.groups(), _ISO_S, strict=True) if part)
