"""Which family of distributions a sample of times comes from, by likelihood.

Formulas of the estimators are those of Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions
(2nd ed., 1994); the family is the one with the least Bayesian information criterion, and where even that one
is far from the sample, a list of quantiles stands for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zhizao.quantities.distributions import Distribution, DistributionKind, mean, scaled, variance

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

FEW = 8  # observations below which a family cannot be told
MOST = 20_000  # observations that the choice of the family looks at
SAME = 0.005  # a spread below this share of the mean is none
LEAST_S = 1e-3
FAR = 0.05  # distance (Kolmogorov-Smirnov) from which on no family will do
SURE = 1.95  # the same distance, times the root of the observations: one in a thousand by chance
QUANTILES = 24  # values of a list: as many as a person reads
FAITHFUL = 0.03  # relative difference of mean and spread up to which equal steps will do
CLOSE = 2.0  # information by which a family must beat a more usual one, listed before it


class Fit(NamedTuple):
    """A distribution with the mean of the sample, and the standard error of that mean."""

    distribution: Distribution
    mean: float
    error: float


class _Guess(NamedTuple):
    distribution: Distribution
    log_likelihood: float
    parameters: int


def fit_family(sample: Floats) -> Fit:
    """Distribution of a sample of times (s), its mean and the standard error of the mean.

    Families: constant, exponential, lognormal, gamma, normal, uniform, triangular, Weibull; quantiles where
    none of them is near. Of fewer than eight observations a lognormal with the sample's moments is made.
    """
    values = np.asarray(sample, np.float64)
    usual = float(values.mean())
    spread = float(values.std(ddof=1)) if len(values) > 1 else usual
    error = spread / math.sqrt(len(values))
    if usual <= LEAST_S or len(values) == 1 or spread <= SAME * usual:
        return Fit(Distribution.constant(_tidy(usual)), usual, error)
    if len(values) < FEW:
        return Fit(_tidied(Distribution.lognormal(usual, cv=spread / usual)), usual, error)
    best = _best(np.sort(_some(values)))
    if best.kind in (DistributionKind.UNIFORM, DistributionKind.TRIANGULAR):
        return Fit(_tidied(best), mean(best), error)  # their ends tell the middle better than the mean does
    return Fit(_tidied(scaled(best, usual / mean(best))), usual, error)


def _some(values: Floats) -> Floats:
    return values if len(values) <= MOST else values[np.linspace(0, len(values) - 1, MOST).astype(int)]


def _best(values: Floats) -> Distribution:
    """Family of a sorted sample."""
    above = np.maximum(values, LEAST_S)
    guesses = [found for guess in _FAMILIES if (found := guess(above)) is not None]
    weight = math.log(len(values))
    told = [2 * g.log_likelihood - g.parameters * weight for g in guesses]
    chosen = guesses[next(i for i, x in enumerate(told) if x >= max(told) - CLOSE)].distribution
    if _distance(chosen, above) > max(FAR, SURE / math.sqrt(len(values))):
        return quantiles(values)
    return chosen


def quantiles(sample: Floats) -> Distribution:
    """A sample as a short list that keeps its mean and spread.

    Quantiles at equal steps, linear between them, where they have both; else values with weights, each the
    mean of a part of the sample: a step of quantiles has the same weight as any other, so that one outlier
    would count as one step of them.
    """
    values = np.sort(np.asarray(sample, np.float64))
    usual, spread = float(values.mean()), float(values.std())
    if spread <= 0:
        return Distribution.constant(usual)
    steps = min(QUANTILES, max(len(values) // 2, 2))
    found = Distribution.empirical(float(x) for x in np.quantile(values, np.linspace(0, 1, steps)))
    if (
        abs(mean(found) - usual) <= FAITHFUL * usual
        and abs(math.sqrt(variance(found)) - spread) <= FAITHFUL * spread
    ):
        return scaled(found, usual / mean(found))
    parts = [values[low:high] for low, high in pairwise(_edges(values, steps))]
    return _weighted((float(part.mean()), _tidy(len(part) / len(values))) for part in parts)


def _edges(values: Floats, most: int) -> list[int]:
    """Edges of at most so many parts of a sorted sample that differ little within themselves.

    The part with the largest sum of squares is divided where that falls most, again and again (top-down
    regression tree, Breiman et al. 1984), so that an outlier comes to stand alone.
    """
    from_mean = values - values.mean()
    sums = np.concatenate([[0.0], np.cumsum(from_mean)])
    squares = np.concatenate([[0.0], np.cumsum(from_mean**2)])

    def within(low: Indices, high: Indices) -> Floats:
        found: Floats = squares[high] - squares[low] - (sums[high] - sums[low]) ** 2 / (high - low)
        return np.where(values[low] < values[high - 1], found, 0.0)

    edges = np.array([0, len(values)])
    while len(edges) <= most and (inside := within(edges[:-1], edges[1:])).max() > 0:
        widest = int(inside.argmax())
        at = np.arange(edges[widest] + 1, edges[widest + 1])
        left = within(np.full_like(at, edges[widest]), at) + within(at, np.full_like(at, edges[widest + 1]))
        edges = np.insert(edges, widest + 1, at[left.argmin()])
    return [int(edge) for edge in edges]


# ---------------------------------------------------------------- families, the usual ones first
def _exponential(x: Floats) -> _Guess:
    usual = float(x.mean())
    return _Guess(Distribution.exponential(usual), -len(x) * (math.log(usual) + 1), 1)


def _lognormal(x: Floats) -> _Guess | None:
    logs = np.log(x)
    sd = float(logs.std())
    if sd <= 0 or sd > 5:
        return None
    told = -len(x) * (math.log(sd * math.sqrt(2 * math.pi)) + 0.5) - float(logs.sum())
    return _Guess(Distribution(DistributionKind.LOGNORMAL, (float(logs.mean()), sd)), told, 2)


def _gamma(x: Floats) -> _Guess | None:
    """Shape by Newton's method from Minka, "Estimating a gamma distribution" (2002)."""
    from scipy.special import polygamma, psi

    usual, logs = float(x.mean()), float(np.log(x).mean())
    gap = math.log(usual) - logs
    if gap <= 1e-9:
        return None
    shape = (3 - gap + math.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)
    for _ in range(8):
        slope = 1 / shape - float(polygamma(1, shape))
        shape = 1 / (1 / shape + (math.log(shape) - float(psi(shape)) - gap) / (shape**2 * slope))
    scale = usual / shape
    told = len(x) * ((shape - 1) * logs - shape - math.lgamma(shape) - shape * math.log(scale))
    return _Guess(Distribution(DistributionKind.GAMMA, (shape, scale)), told, 2)


def _normal(x: Floats) -> _Guess | None:
    usual, sd = float(x.mean()), float(x.std())
    if usual < 2.5 * sd:  # nearer to 0 it would be cut there
        return None
    told = -len(x) * (math.log(sd * math.sqrt(2 * math.pi)) + 0.5)
    return _Guess(Distribution.normal(usual, sd=sd), told, 2)


def _uniform(x: Floats) -> _Guess:
    beyond = float(np.ptp(x)) / (len(x) - 1)
    low, high = max(float(x[0]) - beyond, 0.0), float(x[-1]) + beyond
    return _Guess(Distribution.uniform(low, high), -len(x) * math.log(high - low), 2)


def _triangular(x: Floats) -> _Guess:
    """Ends a little beyond the least and the most seen, as far as these are expected to fall short."""
    first, last, usual = float(x[0]), float(x[-1]), float(x.mean())
    low, high = first, last
    peak = usual
    for _ in range(12):
        peak = min(max(3 * usual - low - high, low), high)
        reach = 0.886 * math.sqrt((high - low) / len(x))  # sqrt(pi) / 2
        low = max(first - reach * math.sqrt(peak - low), 0.0)
        high = last + reach * math.sqrt(high - peak)
        peak = min(max(peak, low), high)
    up = np.where(x < peak, (x - low) / max(peak - low, 1e-12), (high - x) / max(high - peak, 1e-12))
    told = float(np.log(np.maximum(up, 1e-300) * 2 / (high - low)).sum())
    return _Guess(Distribution.triangular(low, peak, high), told, 3)


def _weibull(x: Floats) -> _Guess | None:
    """Shape by a damped fixed-point iteration of the likelihood equation."""
    top = float(x.max())
    part, logs = x / top, np.log(x / top)
    shape, usual = min(max(1.2 / max(float(logs.std()), 1e-6), 0.1), 50.0), float(logs.mean())
    for _ in range(30):
        powers = part**shape
        shape = (shape + 1 / (float(powers @ logs) / float(powers.sum()) - usual)) / 2
    if not 0.1 < shape < 100:
        return None
    scale = float((part**shape).mean()) ** (1 / shape)
    n = len(x)
    told = n * (math.log(shape / top) - shape * math.log(scale) + (shape - 1) * usual - 1)
    return _Guess(Distribution(DistributionKind.WEIBULL, (shape, scale * top)), told, 2)


_FAMILIES: tuple[Callable[[Floats], _Guess | None], ...] = (
    _exponential, _lognormal, _gamma, _normal, _uniform, _triangular, _weibull,
)  # fmt: skip


# ---------------------------------------------------------------- how near
def _distance(d: Distribution, x: Floats) -> float:
    """Kolmogorov-Smirnov distance of a sorted sample; ties (a log to the minute) count at their middle."""
    from scipy.special import gammainc, ndtr

    p = d.parameters
    match d.kind:
        case DistributionKind.EXPONENTIAL:
            below = -np.expm1(-x / p[0])
        case DistributionKind.LOGNORMAL:
            below = ndtr((np.log(x) - p[0]) / p[1])
        case DistributionKind.GAMMA:
            below = gammainc(p[0], x / p[1])
        case DistributionKind.NORMAL:
            below = ndtr((x - p[0]) / p[1])
        case DistributionKind.WEIBULL:
            below = -np.expm1(-((x / p[1]) ** p[0]))
        case DistributionKind.UNIFORM:
            below = (x - p[0]) / (p[1] - p[0])
        case _:
            below = _below_triangle(x, *p)
    seen = (np.searchsorted(x, x, side="left") + np.searchsorted(x, x, side="right")) / (2 * len(x))
    return float(np.abs(below - seen).max())


def _below_triangle(x: Floats, low: float, peak: float, high: float) -> Floats:
    left = (x - low) ** 2 / ((high - low) * max(peak - low, 1e-12))
    right = 1 - (high - x) ** 2 / ((high - low) * max(high - peak, 1e-12))
    below: Floats = np.where(x < peak, left, right)
    return below


# ---------------------------------------------------------------- as a person writes it
def _tidy(number: float) -> float:
    """Four significant digits: more than a sample tells."""
    return float(f"{number:.4g}")


def _weighted(values: Iterable[tuple[float, float]]) -> Distribution:
    """Values with weights; those that are written alike are one."""
    weights: dict[float, float] = {}
    for value, weight in values:
        weights[_tidy(value)] = weights.get(_tidy(value), 0.0) + weight
    return Distribution.discrete(weights)


def _tidied(d: Distribution) -> Distribution:
    if d.kind is DistributionKind.LOGNORMAL:  # digits of a logarithm count otherwise
        return Distribution(d.kind, (round(d.parameters[0], 4), round(d.parameters[1], 4)))
    if d.kind is DistributionKind.TRIANGULAR:
        low, peak, high = (_tidy(x) for x in d.parameters)
        return Distribution.triangular(low, min(max(peak, low), high), high)
    if d.kind is DistributionKind.DISCRETE:
        return _weighted(zip(d.values, d.weights, strict=True))
    values = sorted(_tidy(x) for x in d.values)
    return Distribution(d.kind, tuple(_tidy(x) for x in d.parameters), tuple(values), d.weights)
