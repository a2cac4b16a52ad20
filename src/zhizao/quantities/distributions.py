"""Distributions of times, counts and shares, in base units (s, pieces, shares).

In a file a distribution is `name(parameters)`; a plain quantity is the constant. A parameter is a quantity,
alone (in the order of the table) or after its name; quantities carry their unit (`5 min`), while cv, shape,
k, alpha, beta, mu, sigma and weights are plain numbers. `cv` is the standard deviation over the mean, `sd` is
the standard deviation.

============  ==========================================================================================
kind          forms
============  ==========================================================================================
constant      `5 min`; `constant(5 min)`
uniform       `uniform(2 min, 4 min)`: low, high; `uniform(mean 3 min, cv 0.2)`
triangular    `triangular(0.8 min, 1 min, 1.6 min)`: low, mode, high
exponential   `exponential(40 h)`: mean
gamma         `gamma(10 min, cv 0.5)`; `gamma(10 min, sd 5 min)`; `gamma(shape 4, scale 2.5 min)`
erlang        `erlang(3, 10 min)`: k, mean; `erlang(k 3, scale 200 s)`
weibull       `weibull(3 h, cv 0.6)`; `weibull(shape 2, scale 3 h)`
lognormal     `lognormal(45 min, cv 0.8)`; `lognormal(45 min, sd 36 min)`; `lognormal(mu 7.6, sigma 0.7)`:
              mean and standard deviation of the natural logarithm of the value in s (or in pieces)
normal        `normal(5 min, sd 1 min)`; `normal(5 min, cv 0.2)`: before truncation; values below 0 are
              drawn again, which raises the mean a little
beta          `beta(1 min, 9 min, mean 3 min, cv 0.4)`; `beta(1 min, 9 min, alpha 2, beta 3)`: low, high
discrete      `discrete(1 min: 0.2, 2 min: 0.8)`: value: weight; weights count relative to their sum
empirical     `empirical(3 min, 4 min, 7 min)`: observed values; linear between the sorted values
============  ==========================================================================================

Formulas are those of Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions (2nd ed., 1994).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from zhizao.quantities.errors import DistributionError


class DistributionKind(Enum):
    """Families; the comment gives the native parameters that `Distribution.parameters` holds."""

    CONSTANT = "constant"  # value
    UNIFORM = "uniform"  # low, high
    TRIANGULAR = "triangular"  # low, mode, high
    EXPONENTIAL = "exponential"  # mean
    GAMMA = "gamma"  # shape, scale
    ERLANG = "erlang"  # k (whole), scale
    WEIBULL = "weibull"  # shape, scale
    LOGNORMAL = "lognormal"  # mu, sigma of the logarithm
    NORMAL = "normal"  # mean, standard deviation; truncated at 0
    BETA = "beta"  # alpha, beta, low, high
    DISCRETE = "discrete"  # no parameters; `values` with `weights`
    EMPIRICAL = "empirical"  # no parameters; `values`, sorted: linear between order statistics


_Kind = DistributionKind

NATIVE: dict[DistributionKind, tuple[str, ...]] = {
    _Kind.CONSTANT: ("value",),
    _Kind.UNIFORM: ("low", "high"),
    _Kind.TRIANGULAR: ("low", "mode", "high"),
    _Kind.EXPONENTIAL: ("mean",),
    _Kind.GAMMA: ("shape", "scale"),
    _Kind.ERLANG: ("k", "scale"),
    _Kind.WEIBULL: ("shape", "scale"),
    _Kind.LOGNORMAL: ("mu", "sigma"),
    _Kind.NORMAL: ("mean", "sd"),
    _Kind.BETA: ("alpha", "beta", "low", "high"),
    _Kind.DISCRETE: (),
    _Kind.EMPIRICAL: (),
}
"""Names of the native parameters, in the order of `Distribution.parameters`."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution in base units; an impossible one cannot be constructed."""

    kind: DistributionKind
    parameters: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("parameters", "values", "weights"):
            object.__setattr__(self, name, tuple(float(x) + 0.0 for x in getattr(self, name)))
        _check(self)

    def __str__(self) -> str:
        from zhizao.quantities.distribution_text import format_distribution

        return format_distribution(self)

    @classmethod
    def constant(cls, value: float) -> Distribution:
        """Make the distribution that always gives `value`."""
        return cls(_Kind.CONSTANT, (value,))

    @classmethod
    def uniform(cls, low: float, high: float) -> Distribution:
        """Make a uniform distribution between `low` and `high`."""
        return cls(_Kind.UNIFORM, (low, high))

    @classmethod
    def triangular(cls, low: float, mode: float, high: float) -> Distribution:
        """Make a triangular distribution with its peak at `mode`."""
        return cls(_Kind.TRIANGULAR, (low, mode, high))

    @classmethod
    def exponential(cls, mean: float) -> Distribution:
        """Make an exponential distribution from its mean."""
        return cls(_Kind.EXPONENTIAL, (mean,))

    @classmethod
    def gamma(cls, mean: float, *, cv: float) -> Distribution:
        """Make a gamma distribution from mean and coefficient of variation."""
        _positive(_Kind.GAMMA, mean=mean, cv=cv)
        return cls(_Kind.GAMMA, (1.0 / (cv * cv), mean * (cv * cv)))

    @classmethod
    def erlang(cls, k: int, mean: float) -> Distribution:
        """Make the sum of `k` equal exponential phases with `mean` in all."""
        _positive(_Kind.ERLANG, k=k, mean=mean)
        return cls(_Kind.ERLANG, (k, mean / k))

    @classmethod
    def weibull(cls, mean: float, *, cv: float) -> Distribution:
        """Make a Weibull distribution from mean and coefficient of variation (its shape is solved for)."""
        _positive(_Kind.WEIBULL, mean=mean, cv=cv)
        shape = _weibull_shape(cv)
        return cls(_Kind.WEIBULL, (shape, mean / math.exp(math.lgamma(1.0 + 1.0 / shape))))

    @classmethod
    def lognormal(cls, mean: float, *, cv: float) -> Distribution:
        """Make a lognormal distribution from mean and coefficient of variation of the value itself."""
        _positive(_Kind.LOGNORMAL, mean=mean, cv=cv)
        variance = math.log1p(cv * cv)
        return cls(_Kind.LOGNORMAL, (math.log(mean) - variance / 2.0, math.sqrt(variance)))

    @classmethod
    def normal(cls, mean: float, *, sd: float) -> Distribution:
        """Make a normal distribution, truncated at 0, from its parameters before truncation."""
        return cls(_Kind.NORMAL, (mean, sd))

    @classmethod
    def beta(cls, low: float, high: float, *, mean: float, cv: float) -> Distribution:
        """Make a beta distribution between `low` and `high` from mean and coefficient of variation."""
        _positive(_Kind.BETA, mean=mean, cv=cv)
        if not low < mean < high:
            raise _impossible(_Kind.BETA, f"low {low:g}, mean {mean:g}, high {high:g}", "low < mean < high")
        place, spread = (mean - low) / (high - low), cv * mean / (high - low)
        strength = place * (1.0 - place) / (spread * spread) - 1.0
        if strength <= 0:
            most = math.sqrt(place * (1.0 - place)) * (high - low) / mean
            raise _impossible(_Kind.BETA, f"cv {cv:g}", f"a cv below {most:.4g} between these bounds")
        return cls(_Kind.BETA, (place * strength, (1.0 - place) * strength, low, high))

    @classmethod
    def discrete(cls, weights: Mapping[float, float]) -> Distribution:
        """Make a distribution over a few values, each with its weight."""
        values = tuple(sorted(weights))
        return cls(_Kind.DISCRETE, (), values, tuple(weights[value] for value in values))

    @classmethod
    def empirical(cls, values: Iterable[float]) -> Distribution:
        """Make a distribution that is linear between observed values (quantile i/(n-1) at the i-th)."""
        return cls(_Kind.EMPIRICAL, (), tuple(sorted(values)))


def mean(distribution: Distribution) -> float:
    """Give the exact mean in base units."""
    return _MOMENTS[distribution.kind](distribution)[0]


def scaled(distribution: Distribution, factor: float) -> Distribution:
    """Give the distribution of `factor` times the draw: the mean scales, the cv stays."""
    lengths = {"value", "low", "high", "mode", "mean", "sd", "scale"}  # the others are pure numbers
    named = zip(NATIVE[distribution.kind], distribution.parameters, strict=True)
    parameters = tuple(
        x * factor if name in lengths else x + math.log(factor) if name == "mu" else x for name, x in named
    )
    values = tuple(value * factor for value in distribution.values)
    return Distribution(distribution.kind, parameters, values, distribution.weights)


def variance(distribution: Distribution) -> float:
    """Give the exact variance in squared base units."""
    return _MOMENTS[distribution.kind](distribution)[1]


def least(distribution: Distribution) -> float:
    """Give the greatest value that no draw is below, in base units."""
    if distribution.values:
        return distribution.values[0]
    named = dict(zip(NATIVE[distribution.kind], distribution.parameters, strict=True))
    return named.get("value", named.get("low", 0.0))


def most(distribution: Distribution) -> float:
    """Give the least value that no draw is above, in base units; infinity if there is none."""
    if distribution.values:
        return distribution.values[-1]
    named = dict(zip(NATIVE[distribution.kind], distribution.parameters, strict=True))
    return named.get("value", named.get("high", math.inf))


# ---------------------------------------------------------------- moments: (mean, variance) of each kind
def _constant_moments(d: Distribution) -> tuple[float, float]:
    return d.parameters[0], 0.0


def _uniform_moments(d: Distribution) -> tuple[float, float]:
    low, high = d.parameters
    return low + (high - low) / 2.0, (high - low) ** 2 / 12.0


def _triangular_moments(d: Distribution) -> tuple[float, float]:
    low, mode, high = d.parameters
    a, b = mode - low, high - low
    return low + (a + b) / 3.0, (a * a + b * b - a * b) / 18.0


def _exponential_moments(d: Distribution) -> tuple[float, float]:
    return d.parameters[0], d.parameters[0] ** 2


def _gamma_moments(d: Distribution) -> tuple[float, float]:
    shape, scale = d.parameters
    return shape * scale, shape * scale * scale


def _weibull_moments(d: Distribution) -> tuple[float, float]:
    shape, scale = d.parameters
    first = scale * math.exp(math.lgamma(1.0 + 1.0 / shape))
    return first, first * first * _weibull_cv2(shape)


def _lognormal_moments(d: Distribution) -> tuple[float, float]:
    mu, sigma = d.parameters
    first = math.exp(mu + sigma * sigma / 2.0)
    return first, first * first * math.expm1(sigma * sigma)


def _normal_moments(d: Distribution) -> tuple[float, float]:
    """Moments after truncation at 0 (Johnson, Kotz and Balakrishnan 1994, sec. 13.10.1)."""
    m, sd = d.parameters
    z = -m / sd
    ratio = math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi) / (math.erfc(z / math.sqrt(2.0)) / 2.0)
    return m + sd * ratio, sd * sd * (1.0 + z * ratio - ratio * ratio)


def _beta_moments(d: Distribution) -> tuple[float, float]:
    alpha, beta, low, high = d.parameters
    total = alpha + beta
    width = high - low
    return low + width * alpha / total, width**2 * (alpha / total) * (beta / total) / (total + 1.0)


def _discrete_moments(d: Distribution) -> tuple[float, float]:
    total = math.fsum(d.weights)
    first = math.fsum(v * w for v, w in zip(d.values, d.weights, strict=True)) / total
    spread = math.fsum((v - first) ** 2 * w for v, w in zip(d.values, d.weights, strict=True)) / total
    return first, spread


def _empirical_moments(d: Distribution) -> tuple[float, float]:
    """Each gap between sorted values is a uniform distribution of equal weight."""
    gaps = len(d.values) - 1
    first = math.fsum((a + b) / 2.0 for a, b in pairwise(d.values)) / gaps
    offsets = [(a - first, b - first) for a, b in pairwise(d.values)]
    return first, math.fsum((a * a + a * b + b * b) / 3.0 for a, b in offsets) / gaps


_MOMENTS: dict[DistributionKind, Callable[[Distribution], tuple[float, float]]] = {
    _Kind.CONSTANT: _constant_moments,
    _Kind.UNIFORM: _uniform_moments,
    _Kind.TRIANGULAR: _triangular_moments,
    _Kind.EXPONENTIAL: _exponential_moments,
    _Kind.GAMMA: _gamma_moments,
    _Kind.ERLANG: _gamma_moments,
    _Kind.WEIBULL: _weibull_moments,
    _Kind.LOGNORMAL: _lognormal_moments,
    _Kind.NORMAL: _normal_moments,
    _Kind.BETA: _beta_moments,
    _Kind.DISCRETE: _discrete_moments,
    _Kind.EMPIRICAL: _empirical_moments,
}


def _weibull_cv2(shape: float) -> float:
    return math.expm1(math.lgamma(1.0 + 2.0 / shape) - 2.0 * math.lgamma(1.0 + 1.0 / shape))


def _weibull_shape(cv: float) -> float:
    """Solve for the shape that gives `cv` by bisection in log space (the cv falls as the shape grows)."""
    low, high = math.log(0.1), math.log(1000.0)
    if not _weibull_cv2(1000.0) <= cv * cv <= _weibull_cv2(0.1):
        raise _impossible(_Kind.WEIBULL, f"cv {cv:g}", "a cv between 0.0013 and 429, or shape and scale")
    for _ in range(200):
        middle = (low + high) / 2.0
        if _weibull_cv2(math.exp(middle)) > cv * cv:
            low = middle
        else:
            high = middle
    return math.exp(low)


# ---------------------------------------------------------------- what is possible
def _check(d: Distribution) -> None:
    names = NATIVE[d.kind]
    if len(d.parameters) != len(names):
        right = f"it has {len(names)}: {', '.join(names)}" if names else "it has values instead"
        raise _impossible(d.kind, f"{len(d.parameters)} parameters", right)
    if not all(math.isfinite(x) for x in (*d.parameters, *d.values, *d.weights)):
        raise _impossible(d.kind, "a number that is not finite", "finite numbers")
    named = dict(zip(names, d.parameters, strict=True))
    if d.kind in (_Kind.DISCRETE, _Kind.EMPIRICAL):
        _check_values(d)
    elif d.values or d.weights:
        raise _impossible(d.kind, "values or weights", f"only {', '.join(names)}")
    _positive(
        d.kind, **{name: x for name, x in named.items() if name in _POSITIVE and d.kind in _POSITIVE[name]}
    )
    _check_bounds(d.kind, named)
    _check_mean(d)


_POSITIVE: dict[str, tuple[DistributionKind, ...]] = {
    "mean": (_Kind.EXPONENTIAL,),
    "shape": (_Kind.GAMMA, _Kind.WEIBULL),
    "scale": (_Kind.GAMMA, _Kind.WEIBULL, _Kind.ERLANG),
    "k": (_Kind.ERLANG,),
    "sigma": (_Kind.LOGNORMAL,),
    "sd": (_Kind.NORMAL,),
    "alpha": (_Kind.BETA,),
    "beta": (_Kind.BETA,),
}


def _positive(kind: DistributionKind, **named: float) -> None:
    for name, value in named.items():
        if not (value > 0 and math.isfinite(value)):
            raise _impossible(kind, f"{name} {value:g}", f"{name} must be above 0 and finite")


def _check_bounds(kind: DistributionKind, named: Mapping[str, float]) -> None:
    start = min((named[name] for name in ("value", "low") if name in named), default=0.0)
    if start < 0 or (kind is _Kind.NORMAL and named["mean"] < 0):
        raise _impossible(kind, f"a value below 0 ({min(named.values()):g})", "all values must be 0 or more")
    if "high" in named and not named["low"] < named["high"]:
        found = f"low {named['low']:g} and high {named['high']:g}"
        raise _impossible(kind, found, "low must be below high (write a plain value for a constant)")
    if "mode" in named and not named["low"] <= named["mode"] <= named["high"]:
        found = f"low {named['low']:g}, mode {named['mode']:g}, high {named['high']:g}"
        raise _impossible(kind, found, "low <= mode <= high")
    if "k" in named and named["k"] != int(named["k"]):
        raise _impossible(kind, f"k {named['k']:g}", "k must be a whole number")


def _check_values(d: Distribution) -> None:
    if any(value < 0 for value in d.values):
        raise _impossible(d.kind, f"a value below 0 ({min(d.values):g})", "all values must be 0 or more")
    if d.kind is _Kind.EMPIRICAL:
        if len(d.values) < 2 or d.weights or any(a > b for a, b in pairwise(d.values)):
            raise _impossible(d.kind, f"{len(d.values)} values", "two or more sorted values, no weights")
        return
    if not d.values or len(d.values) != len(d.weights) or any(weight <= 0 for weight in d.weights):
        found = f"{len(d.values)} values with the weights {', '.join(f'{w:g}' for w in d.weights) or 'none'}"
        raise _impossible(d.kind, found, "one weight above 0 for each value")
    if any(a >= b for a, b in pairwise(d.values)):
        raise _impossible(d.kind, "values that repeat or are not sorted", "each value once, in rising order")


def _check_mean(d: Distribution) -> None:
    try:
        finite = all(math.isfinite(moment) for moment in _MOMENTS[d.kind](d))
    except OverflowError:
        finite = False
    if not finite:
        raise _impossible(d.kind, f"parameters {', '.join(f'{p:g}' for p in d.parameters)}", "a finite mean")


def _impossible(kind: DistributionKind, found: str, right: str) -> DistributionError:
    return DistributionError(f"found {found} in {kind.value}", right)
