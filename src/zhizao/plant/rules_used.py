"""What a plant asks of its user's own rules, and what inputs it adds to theirs."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, nan

from zhizao.plant.model import DispatchRule, Plant
from zhizao.plant.rules import OwnRule, RuleKind


def rules_used(plant: Plant) -> Iterator[tuple[RuleKind, OwnRule]]:
    """List the rules that a plant uses, each once."""
    found: dict[tuple[RuleKind, OwnRule], None] = {}
    for center in plant.work_centers:
        if not isinstance(center.dispatch, DispatchRule):
            found[RuleKind.DISPATCH, center.dispatch] = None
    for operation in (operation for route in plant.routes.values() for operation in route):
        if operation.routing is not None:
            found[RuleKind.ROUTING, operation.routing] = None
        if operation.defects is not None and operation.defects.rule is not None:
            found[RuleKind.QUALITY, operation.defects.rule] = None
    if plant.release.kind == "rule":  # the only kind with a rule of the user
        found[RuleKind.RELEASE, plant.release.rule] = None
    yield from found


def numeric_attributes(plant: Plant) -> tuple[str, ...]:
    """Attributes that are a number wherever a product has them; a rule may take them as inputs."""
    values: dict[str, list[str]] = {}
    for product in plant.products.values():
        for name, value in product.attributes.items():
            values.setdefault(name, []).append(value)
    return tuple(name for name, texts in values.items() if not any(isnan(number_in(text)) for text in texts))


def number_in(text: str | None) -> float:
    """The number that an attribute says; nan: none."""
    try:
        return float(text or nan)
    except ValueError:
        return nan
