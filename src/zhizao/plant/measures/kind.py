"""A kind of measure: its parameters with ranges and sources, and how it finds its places in a plant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isclose, log10, trunc
from typing import Any

from zhizao.plant.model import Measure, MeasureKind, Plant
from zhizao.quantities import units
from zhizao.quantities.distribution_text import parse_distribution
from zhizao.quantities.distributions import Distribution, DistributionKind, mean, scaled, variance
from zhizao.quantities.errors import InputError, QuantityError, nearest_name
from zhizao.quantities.fields import random_form
from zhizao.quantities.units import Dimension, check_bounds, format_quantity, parse_quantity

ASSUMED = "assumed"
"""Source of a number that nobody measured or published."""

_DIGITS, _TIME_DIGITS = 6, 5  # significant digits of what is written; nothing here is known better
_NEAR = 1e-3  # a distribution with rounded times is the same one if its mean and variance differ by no more
_TIME = re.compile(r"\d[\d.]*(e[-+]?\d+)? (s|min|h|d)\b")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that a kind of measure assumes, in base units of its dimension.

    `value` None: not known unless it is given. `low` and `high` None: a decision, not an uncertain number.
    """

    name: str
    meaning: str
    value: float | None
    low: float | None = None
    high: float | None = None
    dimension: Dimension = units.SHARE
    source: str = ASSUMED

    def text(self, value: float | None) -> str:
        """A value as a file says it; empty where it is not known."""
        return "" if value is None else format_quantity(value, self.dimension)

    @property
    def range_text(self) -> str:
        """The range, empty for a decision."""
        return "" if self.low is None else f"{self.text(self.low)} to {self.text(self.high)}"

    @property
    def origin(self) -> str:
        """Where its number is from; a decision is nobody's measurement."""
        decided = self.low is None and self.source == ASSUMED
        return "a choice" if decided else self.source

    def read(self, given: object) -> float:
        """Read a value of this parameter: a number in base units, or a text with its unit.

        Raises
        ------
        QuantityError
            It is none.
        """
        if isinstance(given, str):
            return parse_quantity(given, self.dimension)
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            raise InputError(f"{self.name}: found {given!r}; write a number or a text with its unit")
        return check_bounds(float(given), self.dimension, given)


MONEY = (
    Parameter("cost", "cost once", None, dimension=units.NUMBER, source="not known unless given"),
    Parameter("yearly_cost", "cost per year", None, dimension=units.NUMBER, source="0 unless given"),
    Parameter("installation", "time until it works", None, dimension=units.TIME, source="0 unless given"),
)
"""Parameters that every kind has; what a supplier asks is not in a plant."""


@dataclass(frozen=True, slots=True)
class Values:
    """Parameters of a kind as they are taken: value, and the range that it is known to."""

    given: Mapping[str, float]
    parameters: Mapping[str, Parameter]

    def __getitem__(self, name: str) -> float:
        value = self.of(name)
        assert value is not None, name
        return value

    def of(self, name: str) -> float | None:
        """The value; None where it is not known."""
        return self.given.get(name, self.parameters[name].value)

    def low(self, name: str) -> float:
        """Lower end of the range, which holds a value that was given."""
        low = self.parameters[name].low
        return self[name] if low is None else min(low, self[name])

    def high(self, name: str) -> float:
        """Upper end of the range."""
        high = self.parameters[name].high
        return self[name] if high is None else max(high, self[name])


@dataclass(slots=True)
class Changes:
    """What a measure sets, and what of it is uncertain; filled path by path."""

    set: dict[str, Any] = field(default_factory=dict)
    uncertain: dict[str, str] = field(default_factory=dict)

    def number(
        self, path: str, value: float, low: float, high: float, dimension: Dimension = units.SHARE
    ) -> None:
        """Set a number that is known to a range."""
        self.set[path] = written(value, dimension)
        self._range(path, value, low, high, dimension)

    def mean(
        self, path: str, before: Distribution, factors: tuple[float, float, float], *, counts: bool = False
    ) -> None:
        """Set a distribution to `factors[1]` times itself, of which 0 and 2 are the range of the mean."""
        low, factor, high = factors
        self.set[path] = scaled_text(before, factor, counts=counts)
        if not counts:  # counts are rounded, so that a range need not hold them
            centre = mean(before)
            ends = min(low, factor * (1 - _NEAR)) * centre, max(high, factor * (1 + _NEAR)) * centre
            if low < high:
                self._range(path, factor * centre, *ends, units.TIME)

    def _range(self, path: str, value: float, low: float, high: float, dimension: Dimension) -> None:
        if low < high and not isclose(low, high, rel_tol=_NEAR):
            parts = (written(number, dimension) for number in (low, value, high))
            self.uncertain[path] = f"triangular({', '.join(map(str, parts))})"


Finder = Callable[[Plant, Values], Iterator[tuple[str, str, Changes, float | None]]]
"""Gives place, title, changes and cost (None: not known), the most important place first."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of measure. `without` says why a plant has no place for it, by looking at the plant.

    `known_by`: the ends of the addresses of uncertainties (`plant.uncertainty`) that tell of it.
    """

    kind: MeasureKind
    title: str
    about: str
    without: Callable[[Plant], str]
    find: Finder
    own: tuple[Parameter, ...] = ()
    known_by: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its own parameters, and what it costs."""
        return (*self.own, *MONEY)

    def places(self, plant: Plant, values: Mapping[str, object] | None = None) -> Iterator[Measure]:
        """Find its places in a plant, the most important first.

        Parameters
        ----------
        values
            Parameters that are not at their defaults: base units, or texts with units.

        Raises
        ------
        InputError
            A parameter has another name, or its value is impossible.
        """
        taken = self.values(values or {})
        cost, yearly, installation = (taken.of(parameter.name) for parameter in MONEY)
        for place, title, changes, stated in self.find(plant, taken):
            if changes.set:
                yield Measure(
                    id=f"{self.kind.value}-{place}",
                    title=title,
                    kind=self.kind,
                    cost=stated if cost is None else cost,
                    yearly_cost=yearly or 0.0,
                    installation=units.BaseUnits(installation or 0.0),
                    set=changes.set,
                    uncertain=changes.uncertain,
                )

    def absent(self, plant: Plant) -> str:
        """Why a plant has no place for it, in a sentence; empty if it has one."""
        return "" if next(self.places(plant), None) is not None else self.without(plant)

    def values(self, given: Mapping[str, object]) -> Values:
        """Parameters with some of them given."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                near = nearest_name(name, known)
                hint = f"; did you mean {near!r}?" if near else ""
                raise InputError(
                    f"{self.kind.value}: found no parameter {name!r}; right is {', '.join(known)}{hint}"
                )
        return Values({name: self._read(known[name], value) for name, value in given.items()}, known)

    def _read(self, parameter: Parameter, value: object) -> float:
        try:
            return parameter.read(value)
        except QuantityError as error:
            raise InputError(f"{self.kind.value}.{parameter.name}: {error}") from None


def because(reason: str) -> Callable[[Plant], str]:
    """The same reason for every plant."""
    return lambda plant: reason  # noqa: ARG005  every reason has this form


def nowhere(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:  # noqa: ARG001
    """Find no place: what a study has to find first."""
    return iter(())


# ---------------------------------------------------------------- numbers as a file says them
def written(value: float, dimension: Dimension) -> Any:
    """A number with its unit, at few digits; a plain number where it needs no unit."""
    if dimension is units.TIME:
        return times_text(value)
    short = _short(value)
    if not dimension.bare:
        return format_quantity(short, dimension)
    return int(short) if short == trunc(short) and dimension is not units.SHARE else short


def times_text(value: float) -> str:
    """A time as a file says it, in its largest unit of which it is at least one (days only if whole)."""
    for factor, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        amount = value / factor
        if amount >= 1 and (unit != "d" or isclose(amount, round(amount), rel_tol=1e-9)):
            return f"{_short(amount, _TIME_DIGITS):g} {unit}"
    return f"{_short(value, _TIME_DIGITS):g} s"


def scaled_text(before: Distribution, factor: float, *, counts: bool = False) -> Any:
    """A distribution `factor` times as large, as a file says it, with few digits; counts stay whole."""
    exact = scaled(before, factor)
    if counts:
        constant = before.kind is DistributionKind.CONSTANT
        return max(1, round(mean(exact))) if constant else random_form(exact, counts=True)
    text = _TIME.sub(lambda m: times_text(parse_quantity(m[0], units.TIME) * factor), str(before))
    try:
        short = parse_distribution(text)
    except QuantityError:
        return random_form(exact, counts=False)
    near = isclose(mean(short), mean(exact), rel_tol=_NEAR) and isclose(
        variance(short), variance(exact), rel_tol=_NEAR, abs_tol=1e-9
    )
    return text if near else random_form(exact, counts=False)


def _short(value: float, digits: int = _DIGITS) -> float:
    return round(value, digits - 1 - int(log10(abs(value)) // 1)) if value else 0.0
