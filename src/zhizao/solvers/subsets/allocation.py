"""Who gets the next replications: the subsets that may be relevantly better than the chosen one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.subsets.settings import Effort
from zhizao.solvers.subsets.surrogate import Surrogate

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


_OUT_OF_REACH = 6.0
"""Deviations behind the chosen one at which a subset wins with less than 1e-9: all 65,536 with 1e-4."""

_SUMMED = 4096
"""Subsets whose probabilities to win are added one by one; the rest count as the last of these."""
_LEAST_EXCESS = 0.1
"""Excess kurtosis below which the tails count as those of 64 degrees of freedom: nearly normal."""


@dataclass(frozen=True)
class Belief:
    """What the posterior says about the choice.

    `chosen` is a column (an allowed subset); `good` the probability that no column is better by more than the
    relevance; `rivals` the best column of each sample in which one is; `best` that of every sample.
    """

    chosen: int
    good: float
    rivals: Numbers
    best: Numbers


@dataclass(frozen=True)
class Posterior:
    """The surrogate on the allowed subsets `columns`, their posterior `mean`, and the zero of its units."""

    surrogate: Surrogate
    columns: Numbers
    mean: Array
    zero: float


def belief(now: Posterior, measured: Numbers, effort: Effort, rng: np.random.Generator) -> Belief:
    """Choose the measured column with the greatest posterior mean, and say how sure that is.

    Joint posterior samples compare it with the columns most likely to beat it; the probabilities of the
    others are added to that of an error (Bonferroni). The posterior is a Student t process: its scale and
    degrees of freedom follow from the residuals of measured subsets that were left out.
    """
    mean, settings = now.mean + now.zero, effort.settings
    chosen = int(measured[np.argmax(mean[measured])])
    if len(mean) == 1:
        return Belief(chosen, 1.0, np.empty(0, np.int64), np.array([chosen]))
    scales = _scales(now, measured, settings.strata)
    apart = mean[chosen] + effort.relevance * np.abs(mean) - mean
    reach = _OUT_OF_REACH * float(np.sqrt(np.mean(scales**2)))
    spread = now.surrogate.deviation(now.columns, apart / reach)
    behind = apart / np.maximum(np.hypot(spread, spread[chosen]), 1e-12)
    behind[chosen] = -np.inf
    order = np.argsort(behind, kind="stable")
    kept, rest = order[: settings.contenders], order[settings.contenders :]
    times = np.repeat(scales, -(-settings.samples // len(scales)))
    samples = _deviations(now.surrogate.covariance(now.columns[kept]), len(times), rng)
    samples = mean[kept] + times[:, None] * samples
    best = np.argmax(samples, axis=1)
    top = samples[np.arange(len(samples)), best]
    better = top - samples[:, 0] > effort.relevance * np.abs(top)
    good = (1.0 - better).reshape(len(scales), -1).mean(axis=1) - _others(behind[rest], scales)
    stated = np.maximum(good, 0.0).mean() * len(better) / (len(better) + 1)
    return Belief(chosen, float(stated), kept[best[better]], kept[best])


def _others(behind: Array, scales: Array) -> Array:
    """At each scale, an upper bound of the probability that any subset so many deviations behind wins."""
    from scipy.special import ndtr

    near = behind[:_SUMMED]
    bound = ndtr(-near / scales[:, None]).sum(axis=1)
    if len(behind) > len(near):
        bound += (len(behind) - len(near)) * ndtr(-near[-1] / scales)
    return np.asarray(np.minimum(bound, 1.0))


def _scales(now: Posterior, measured: Numbers, count: int) -> Array:
    """Factors on posterior deviations, as equally likely strata: a Student t process as a scale mixture.

    Its variance is the mean square of the standardised left-out residuals, of all measured subsets or of the
    better half (the larger, at least 1); its degrees of freedom give their kurtosis.
    """
    from scipy.special import chdtri

    residuals = now.surrogate.left_out()
    level = now.mean[measured[np.argsort(now.columns[measured])]]
    squares = np.maximum(residuals**2, 1e-12)
    variance = max(1.0, float(squares.mean()), float(squares[level >= np.median(level)].mean()))
    excess = float(np.mean(squares**2)) / float(squares.mean()) ** 2 - 3.0
    freedom = 4.0 + 6.0 / max(excess, _LEAST_EXCESS)
    chance = (np.arange(count) + 0.5) / count
    return np.asarray(np.sqrt(variance * (freedom - 2.0) / chdtri(freedom, 1.0 - chance)))


def _deviations(covariance: Array, count: int, rng: np.random.Generator) -> Array:
    """Normal samples with this covariance and mean 0, shape (count, n)."""
    n = len(covariance)
    jitter = _JITTER * float(np.trace(covariance)) / max(n, 1)
    try:
        root = np.linalg.cholesky(covariance + jitter * np.eye(n))
    except np.linalg.LinAlgError:  # singular by more than rounding; this takes ten times as long
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(rng.standard_normal((count, n)) @ root.T)


_JITTER = 1e-9
"""Share of the mean variance that is added to each: a posterior covariance is singular up to rounding."""


def next_subsets(found: Belief, count: int, rng: np.random.Generator) -> Numbers:
    """Distinct columns to draw next, at most `count`: the chosen one, then rivals, then other possible bests.

    A rival is drawn with the probability that it is the best and relevantly better: top-two Thompson sampling
    (Russo, Simple Bayesian algorithms for best-arm identification, 2020) with an indifference zone.
    """
    order = np.concatenate([[found.chosen], rng.permutation(found.rivals), rng.permutation(found.best)])
    _, at = np.unique(order, return_index=True)
    return np.asarray(order[np.sort(at)][:count], np.int64)


def neighbours(column: int, subsets: Numbers, size: int) -> Numbers:
    """Columns whose subset differs in one measure, or has one measure in place of another."""
    differ = np.bitwise_count(subsets ^ subsets[column])
    same_number = np.bitwise_count(subsets) == np.bitwise_count(subsets[column])
    return np.nonzero((differ == 1) | ((differ == 2) & same_number & (size > 1)))[0]
