"""Drift of the rate of failures in time: how much it varies between windows as long as the forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.maintain.facts import Floats, Interval

PRIOR_SD = 0.3
"""Scale of the half-normal prior of the standard deviation, as a share of the rate: few windows say little,
so their estimate is often 0. Of nine priors it had the least interval score (Gneiting and Raftery 2007) on
simulated fleets of six kinds, with drifts of 0 to 40 % (decision 0048)."""
GRID = np.linspace(0.005, 1.5, 300)
"""Standard deviations that are weighed."""


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Posterior of the standard deviation of the rate between windows: a weight for each of `GRID`.

    `windows`: number of those that are known. Without weights, no drift is taken.
    """

    weights: Floats | None
    windows: int

    def factors(self, count: int, random: np.random.Generator) -> Floats:
        """Factors on the risk, by future: gamma of mean 1, as a window to come is about the mean so far."""
        if self.weights is None:
            return np.ones((count, 1))
        sd = random.choice(GRID, size=(count, 1), p=self.weights)
        variance = sd**2 * (1 + 1 / self.windows)
        return np.asarray(random.gamma(1 / variance, variance))

    @property
    def interval(self) -> Interval | None:
        """Median of the standard deviation, and its 95 % interval."""
        if self.weights is None:
            return None
        low, median, high = GRID[np.searchsorted(np.cumsum(self.weights), (0.025, 0.5, 0.975))]
        return Interval(float(median), float(low), float(high))


NO_DRIFT = Drift(None, 1)


def drift_of(components: list[tuple[Floats, Floats]], windows: int) -> Drift:
    """Drift over components, which are taken to drift alike.

    The likelihood of the standard deviation is the restricted one of random effects by window (REML, as in
    DerSimonian and Laird 1986), the prior half-normal (Gelman 2006).

    Parameters
    ----------
    components
        Failures expected and observed by window, of each component.
    windows
        Number of windows.
    """
    log = -0.5 * (GRID / PRIOR_SD) ** 2
    for expected, observed in components:
        some = expected > 0
        if some.sum() < 2 or not observed[some].any():
            continue
        scaled = expected[some] * (observed[some].sum() / expected[some].sum())
        rates, variances = observed[some] / scaled, 1 / scaled + GRID[:, None] ** 2
        mean = (rates / variances).sum(axis=1) / (1 / variances).sum(axis=1)
        log = log - 0.5 * (np.log(variances).sum(axis=1) + np.log((1 / variances).sum(axis=1)))
        log = log - 0.5 * ((rates - mean[:, None]) ** 2 / variances).sum(axis=1)
    weights = np.exp(log - log.max())
    return Drift(weights / weights.sum(), windows)
