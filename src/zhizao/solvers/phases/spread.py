"""How a parameter spreads across batches, when each of its estimates has an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from zhizao.solvers.phases.fit import quantile
from zhizao.solvers.phases.kernels.tables import Doubles
from zhizao.solvers.phases.problem import PhaseError


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation of a parameter across batches, in its unit, with 95 % intervals.

    `sd` is without the error of the estimates; it and its bounds are NaN for one batch. `batches` is the
    number of estimates.
    """

    mean: float
    mean_low: float
    mean_high: float
    sd: float
    sd_low: float
    sd_high: float
    batches: int

    @property
    def shown(self) -> bool:
        """Whether batches differ by more than the errors of their estimates explain."""
        return not isnan(self.sd_low) and self.sd_low > 0


def spread_of(values: Sequence[float] | Doubles, errors: Sequence[float] | Doubles) -> Spread:
    """Mean and standard deviation of true values, from one estimate of each with a standard error.

    The variance between batches is the moment estimate, the variance of the estimates less the mean of their
    squared errors (Cochran, 1954), and 0 at least. Its interval is the Q-profile (Viechtbauer, 2007); where
    estimates differ by less than their errors explain, the upper bound is the root mean square error. The
    interval of the mean is Student's, with the squared errors as the least variance (as in the modified
    Knapp-Hartung method, Roever, Knapp and Friede, 2015).

    Parameters
    ----------
    values, errors
        Estimate and standard error by batch, in the unit of the parameter.

    Raises
    ------
    PhaseError
        There is no estimate, or a number is not finite.
    """
    found, squared = np.array(values, np.float64), np.array(errors, np.float64) ** 2
    if not len(found) or found.shape != squared.shape or not np.isfinite([found, squared]).all():
        raise PhaseError("found no estimates, or some without a finite error; expected one of each by batch")
    count, mean, own = len(found), float(found.mean()), float(squared.mean())
    if count == 1:
        wide = quantile(0.95, 10**6) * float(np.sqrt(own))
        return Spread(mean, mean - wide, mean + wide, nan, nan, nan, 1)
    between = float(found.var(ddof=1))
    wide = quantile(0.95, count - 1) * float(np.sqrt(max(between, own) / count))
    low, high = _profile(found, squared)
    sd = float(np.sqrt(max(between - own, 0.0)))
    return Spread(mean, mean - wide, mean + wide, sd, low, max(high, sd), count)


def _profile(found: Doubles, squared: Doubles) -> tuple[float, float]:
    """Standard deviations at which the weighted squares are the quantiles of chi squared."""
    from scipy.optimize import brentq
    from scipy.stats import chi2

    def q(variance: float) -> float:
        weights = 1 / np.maximum(squared + variance, 1e-300)
        center = (weights * found).sum() / weights.sum()
        return float((weights * (found - center) ** 2).sum())

    bounds = []
    for level in (0.975, 0.025):
        target = float(chi2.ppf(level, len(found) - 1))
        if q(0.0) <= target:
            bounds.append(0.0)
            continue
        most = float(found.var(ddof=1)) * (len(found) - 1) / target  # q is below the target from here on
        bounds.append(float(np.sqrt(brentq(lambda v, at=target: q(v) - at, 0.0, most, xtol=1e-12 * most))))
    low, high = bounds
    return low, high or float(np.sqrt(squared.mean()))
