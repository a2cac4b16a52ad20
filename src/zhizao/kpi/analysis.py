"""Output analysis: how far a simulated (or measured) mean can be trusted.

Sources: Law, *Simulation Modeling and Analysis* (5th ed., 2015), chapters 9 and 10; others at their function.
Values that are nan (a KPI that a replication could not know) are left out, and `n` counts the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_NO_SKEW = 1e-9  # below this Willink's interval is that of Student to the last digits


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean (or quantile) with its confidence interval; the bounds are nan where n is too small for one."""

    mean: float
    low: float
    high: float
    n: int
    confidence: float = 0.95

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2

    @property
    def relative_half_width(self) -> float:
        """Half-width over the size of the mean; inf for a mean of 0 that is not exact."""
        if self.half_width == 0:
            return 0.0
        return self.half_width / abs(self.mean) if self.mean else inf

    def within(self, least: float, most: float) -> Interval:
        """The interval cut to the values that there can be, which costs no coverage; the mean stays."""
        return replace(
            self, low=max(self.low, min(least, self.mean)), high=min(self.high, max(most, self.mean))
        )

    def hull(self, other: Interval) -> Interval:
        """The interval, widened to hold another one of the same mean."""
        return replace(self, low=min(self.low, other.low), high=max(self.high, other.high))

    def excludes(self, value: float) -> bool:
        """Whether `value` lies outside the interval."""
        return bool(self.low > value or self.high < value)


@dataclass(frozen=True, slots=True)
class Difference:
    """After minus before, from pairs with common random numbers; `relative` is a share of the mean before."""

    before: Interval
    after: Interval
    absolute: Interval
    relative: Interval


def binomial_interval(hits: float, trials: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval of a share by Clopper and Pearson (1934).

    Parameters
    ----------
    hits, trials
        Number of hits and of independent trials; either may be an effective number, and so a fraction.
    """
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, trials - hits + 1))
    high = 1.0 if hits == trials else float(beta.ppf(1 - tail, hits + 1, trials - hits))
    return low, high


def mean_interval(values: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Student's t interval for the mean of independent values."""
    found = known(values)
    n = len(found)
    if n == 0:
        return Interval(nan, nan, nan, 0, confidence)
    mean = float(found.mean())
    if n == 1:
        return Interval(mean, nan, nan, 1, confidence)
    half = student_t(n - 1, confidence) * float(found.std(ddof=1)) / sqrt(n)
    return Interval(mean, mean - half, mean + half, n, confidence)


def replication_interval(values: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Interval for the mean over replications, whose distribution is often skewed (lead times, tardiness).

    The hull of Student's t interval and Willink's, which corrects it for the skewness of the sample (Willink
    2005, Commun. Stat. Theory Methods 34, 753-766, after Hall 1992, J. R. Stat. Soc. B 54, 221-228). Neither
    alone keeps its confidence: t is short above for a mean skewed to the right, and Willink's is short below
    in small samples. Coverage is tabled in docs/intervals.md.
    """
    student = mean_interval(values, confidence=confidence)
    found = known(values)
    deviation = float(found.std(ddof=1)) if len(found) > 2 else 0.0
    if deviation == 0.0:
        return student
    return student.hull(_willink(found, student, deviation))


def _willink(found: Floats, student: Interval, deviation: float) -> Interval:
    n = len(found)
    third = float(((found - student.mean) ** 3).sum()) * n / ((n - 1) * (n - 2))
    a = third / (6 * sqrt(n) * deviation**3)
    if abs(a) < _NO_SKEW:
        return student

    def bound(t: float) -> float:
        root = float(np.cbrt(1 + 6 * a * (t - a)))
        return student.mean - deviation / sqrt(n) * (root - 1) / (2 * a)

    t = student_t(n - 1, student.confidence)
    return replace(student, low=bound(t), high=bound(-t))


def replicated_difference(before: ArrayLike, after: ArrayLike, *, confidence: float = 0.95) -> Difference:
    """As `paired_difference`, with intervals that allow for skewness (see `replication_interval`)."""
    plain = paired_difference(before, after, confidence=confidence)
    x, y = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    relative = plain.relative
    if np.isfinite(relative.low) and np.isfinite(relative.high):
        # The ratio of means is linearised: its residuals have a mean of 0 (Cochran 1977, section 6.3).
        terms = relative.mean + (y - (1 + relative.mean) * x) / x.mean()
        relative = relative.hull(replication_interval(terms, confidence=confidence))
    return Difference(
        replication_interval(x, confidence=confidence),
        replication_interval(y, confidence=confidence),
        replication_interval(y - x, confidence=confidence),
        relative,
    )


def paired_difference(before: ArrayLike, after: ArrayLike, *, confidence: float = 0.95) -> Difference:
    """Change between two systems whose replications share their random numbers, pair by pair.

    The absolute change has Student's t interval over the paired differences (Law 2015, section 10.2.1). The
    relative change is the ratio of the means less 1 with Fieller's interval (Fieller 1954, J. R. Stat. Soc. B
    16, 175-185), which is exact for normal pairs; it is unbounded when the mean before is not clearly off 0.
    """
    x, y = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if x.shape != y.shape:
        raise ValueError(f"pairs need equal numbers, found {x.size} before and {y.size} after")
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    return Difference(
        mean_interval(x, confidence=confidence),
        mean_interval(y, confidence=confidence),
        mean_interval(y - x, confidence=confidence),
        _fieller(x, y, confidence),
    )


def _fieller(x: Floats, y: Floats, confidence: float) -> Interval:
    n = len(x)
    if n == 0 or x.mean() == 0:
        return Interval(nan, nan, nan, n, confidence)
    mean_x, mean_y = float(x.mean()), float(y.mean())
    relative = mean_y / mean_x - 1
    if n == 1:
        return Interval(relative, nan, nan, 1, confidence)
    (var_x, cov), (_, var_y) = np.cov(x, y) * (student_t(n - 1, confidence) ** 2 / n)
    a, b, c = mean_x**2 - var_x, mean_x * mean_y - cov, mean_y**2 - var_y
    if a <= 0:  # the mean before does not differ significantly from 0: no ratio to it is excluded
        return Interval(relative, -inf, inf, n, confidence)
    root = sqrt(max(b * b - a * c, 0.0))
    return Interval(relative, (b - root) / a - 1, (b + root) / a - 1, n, confidence)


# ---------------------------------------------------------------- one long run
def mser5(series: ArrayLike, *, batch: int = 5) -> int:
    """Number of values to cut off as warm-up, by MSER-5.

    The cut minimises the marginal standard error of what remains, over means of 5 values and at most half of
    the series: White 1997, Simulation 69(6), 323-334; batches of 5: White, Cobb and Spratt 2000, Winter
    Simulation Conference, 755-760. An answer of half the series means that the run is too short.
    """
    values = np.asarray(series, dtype=np.float64)
    count = len(values) // batch
    if count < 2:
        return 0
    means = values[: count * batch].reshape(count, batch).mean(axis=1)
    noise = count * (1e-12 * np.abs(means).max()) ** 2
    means = means - means.mean()  # keeps digits when sums of squares are subtracted
    rest = np.arange(count, 0, -1)
    sums = np.cumsum(means[::-1])[::-1]
    squares = np.cumsum((means * means)[::-1])[::-1]
    spread = squares - sums * sums / rest
    spread[spread < 1e-12 * squares[0] + noise] = 0.0  # a constant rest: the subtraction leaves only noise
    return int(np.argmin((spread / (rest * rest))[: count // 2 + 1])) * batch


def batch_means(series: ArrayLike, batches: int = 20) -> Floats:
    """Means of equal consecutive batches, nearly independent if the batches are long.

    The first values, which do not fill a batch, are left out. Law 2015, section 9.5.3; 10 to 30 batches after
    Schmeiser 1982, Operations Research 30(3), 556-568.
    """
    values = np.asarray(series, dtype=np.float64)
    size = len(values) // batches
    if batches < 2 or size < 1:
        raise ValueError(f"{len(values)} values do not fill {batches} batches of at least 2")
    return np.asarray(values[len(values) - size * batches :].reshape(batches, size).mean(axis=1))


def known(values: ArrayLike | Sequence[float]) -> Floats:
    """The values that are finite."""
    array = np.asarray(values, dtype=np.float64)
    return array[np.isfinite(array)]


def student_t(degrees: int, confidence: float) -> float:
    """Student's t quantile for a two-sided interval."""
    from scipy.special import stdtrit

    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, found {confidence}")
    return float(stdtrit(degrees, (1 + confidence) / 2))
