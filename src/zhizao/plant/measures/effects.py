"""What is uncertain of a measure: numbers among its changes that are known as a range only.

A range is drawn by its quantile function at a hash of seed, index, measure and path: a measure has the same
effect in every combination, and one that is left out moves no other (as in `plant.uncertainty`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import sqrt

from zhizao.plant.changes import changed
from zhizao.plant.faults import Path, Problem
from zhizao.plant.fields import numeric_fields
from zhizao.plant.model import Measure, Plant
from zhizao.plant.uncertainty import Group, Number, uniform_score
from zhizao.quantities import units
from zhizao.quantities.distribution_text import parse_distribution
from zhizao.quantities.distributions import Distribution, DistributionKind, least, most
from zhizao.quantities.errors import QuantityError, nearest_name

_KINDS = (DistributionKind.UNIFORM, DistributionKind.TRIANGULAR)
_DIMENSIONS = (
    units.NUMBER, units.TIME, units.POWER, units.ENERGY, units.MONEY_RATE, units.ENERGY_PRICE,
    units.LENGTH, units.SPEED, units.EMISSION,
)  # fmt: skip
_RIGHT = "uniform(low, high) or triangular(low, mode, high), with the unit of the number"


@dataclass(frozen=True, slots=True)
class Effect:
    """One number of a measure: where, the value set (base units; a mean), and the range it is known to."""

    measure: str
    path: str
    value: float
    range: Distribution


def effects(after: Plant, measure: Measure) -> tuple[Effect, ...]:
    """The uncertain numbers of a measure that the plant `after` has taken."""
    if not measure.uncertain:
        return ()
    there = {field.path: field for field in numeric_fields(after, measure.uncertain)}
    return tuple(
        Effect(measure.id, path, there[path].value, _range(text)) for path, text in measure.uncertain.items()
    )


def effect_numbers(measures: Iterable[Measure]) -> dict[str, Number]:
    """The uncertain effects by their address, as `plant.uncertainty.numbers` gives those of a plant."""
    addresses = (_address(measure.id, path) for measure in measures for path in measure.uncertain)
    return {what: Number(Group.EFFECTS, what) for what in addresses}


def _address(measure: str, path: str) -> str:
    return f"measures.{measure}.{path}"


def with_drawn_effects(after: Plant, measures: Iterable[Measure], seed: int, index: int) -> Plant:
    """The plant whose measures have effects drawn from their ranges, instead of the values they set."""
    ranged = [measure for measure in measures if measure.uncertain]
    paths = [path for measure in ranged for path in measure.uncertain]
    there = {field.path: field for field in numeric_fields(after, paths)} if paths else {}
    changes: dict[str, object] = {}
    for measure in ranged:
        for path, text in measure.uncertain.items():
            value = drawn_effect(_range(text), measure.id, path, seed, index)
            field = there[path]
            if isinstance(field.raw, Distribution):
                changes[path] = field.scaled(value / field.value)
            else:
                changes[path] = round(value) if field.whole else units.BaseUnits(value)
    return changed(after, changes) if changes else after


def drawn_effect(known: Distribution, measure: str, path: str, seed: int, index: int) -> float:
    """One draw of an effect, in base units."""
    u = uniform_score(seed, index, _address(measure, path))
    if known.kind is DistributionKind.UNIFORM:
        low, high = known.parameters
        return low + u * (high - low)
    low, mode, high = known.parameters
    if u * (high - low) < mode - low:
        return low + sqrt(u * (high - low) * (mode - low))
    return high - sqrt((1 - u) * (high - low) * (high - mode))


def check_effects(path: Path, after: Plant, measure: Measure) -> Iterator[Problem]:
    """Find ranges of what the measure does not set, that are none, or that do not hold the value set."""
    if not measure.uncertain:
        return
    there = {field.path: field for field in numeric_fields(after, measure.set)}
    mine = [p for p in there if any(p == key or p.startswith(f"{key}.") for key in measure.set)]
    for key, text in measure.uncertain.items():
        here = (*path, key)
        if key not in mine:
            right = f"the numbers that it sets are {', '.join(mine) or 'none'}"
            yield Problem(
                here, f"found {key!r}, which this measure does not set", right, nearest_name(key, mine)
            )
            continue
        try:
            known = _range(text)
        except QuantityError as error:
            yield Problem(here, error.found, error.right, error.nearest)
            continue
        if not least(known) <= there[key].value <= most(known):
            found = f"found {text}, which does not hold the value set, {there[key].text}"
            yield Problem(here, found, f"right is {_RIGHT}, around that value")


def _range(text: str) -> Distribution:
    """Read a range in whatever unit it is written.

    Raises
    ------
    QuantityError
        It is no range.
    """
    failed: QuantityError | None = None
    for dimension in _DIMENSIONS:
        try:
            known = parse_distribution(text, dimension)
        except QuantityError as error:
            failed = failed or error
            continue
        if known.kind not in _KINDS:
            raise QuantityError(f"found {text}", f"write {_RIGHT}")
        return known
    assert failed is not None
    raise failed
