"""A plant with its times rounded as a person would write them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from zhizao.plant import Plant
from zhizao.quantities.distributions import Distribution, DistributionKind, mean, variance

DIGITS = 3  # significant; a log of 10,000 lots tells a mean to one in a hundred


def rounded(plant: Plant) -> Plant:
    """The plant with three significant digits in every distribution; all else as it is."""
    found: Plant = _walked(plant)
    return found


def shortened(number: float) -> float:
    """A number with three significant digits."""
    return float(f"{number:.{DIGITS}g}")


def round_distribution(one: Distribution) -> Distribution:
    """A distribution by rounded numbers, as they are written: mean and coefficient of variation, or its own
    parameters and values; as it is, if it would lose its scatter."""
    usual, kind = mean(one), one.kind
    cv = variance(one) ** 0.5 / usual if usual > 0 else 0.0
    if kind is DistributionKind.LOGNORMAL:
        return Distribution.lognormal(shortened(usual), cv=shortened(cv))
    if kind is DistributionKind.GAMMA:
        return Distribution.gamma(shortened(usual), cv=shortened(cv))
    values = tuple(map(shortened, one.values))
    parameters = tuple(map(shortened, one.parameters))
    if kind is DistributionKind.DISCRETE:
        weights: dict[float, float] = {}
        for value, weight in zip(values, one.weights, strict=True):
            weights[value] = weights.get(value, 0.0) + weight
        return Distribution.discrete(weights) if len(weights) > 1 else one
    if len({*parameters, *values}) < len({*one.parameters, *one.values}) == 2:
        return one  # its ends would fall together
    return Distribution(kind, parameters, values, one.weights)


def _walked(value: Any) -> Any:
    if isinstance(value, Distribution):
        return round_distribution(value)
    if isinstance(value, BaseModel):
        own = {name: getattr(value, name) for name in type(value).model_fields}
        new = {name: _walked(old) for name, old in own.items()}
        return value.model_copy(update={name: each for name, each in new.items() if each is not own[name]})
    if isinstance(value, dict):
        return {key: _walked(each) for key, each in value.items()}
    return tuple(map(_walked, value)) if type(value) is tuple else value
