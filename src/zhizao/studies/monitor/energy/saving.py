"""Saving since a change: metered consumption against a baseline from before it, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from zhizao.studies.monitor.energy.days import Days
from zhizao.studies.monitor.energy.model import HISTORY, deviations, profiles
from zhizao.studies.monitor.samples import Floats

LEVEL = 0.9
"""Level of intervals of savings and of forecasts."""
FEWEST_PERIODS = 4
"""Periods of the same length before the change: with fewer the baseline's error is not known."""
_DRIVER_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Saving:
    """Consumption avoided since a change, in the unit of the column: baseline less metered.

    `low` and `high` are None where too few periods before the change show the error of the baseline.
    """

    days: int
    baseline: float
    metered: float
    saved: float
    low: float | None
    high: float | None
    periods: int

    @property
    def shown(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def saving(days: Days, change: int, half_life: float) -> Saving:
    """Saving from day `change` on, as in IPMVP, option C (whole facility; EVO 2022).

    The baseline knows the calendar and the drivers of the days after the change, and no consumption of them.
    Its error is that of the same baseline over periods of the same length before the change (relative to the
    baseline): their mean is taken off, and the interval is Student's for a further period.
    """
    horizon = days.count - change
    baseline, metered = _totals(days, change, days.count, half_life)
    origins = range(change - horizon, HISTORY, -horizon)
    errors = []
    for origin in origins:
        expected, actual = _totals(days, origin, origin + horizon, half_life)
        if expected > 0:
            errors.append((expected - actual) / expected)
    if len(errors) < FEWEST_PERIODS:
        return Saving(horizon, baseline, metered, baseline - metered, None, None, len(errors))
    unbiased = baseline * (1 - float(np.mean(errors)))
    half = baseline * _half_width(np.array(errors))
    saved = unbiased - metered
    return Saving(horizon, unbiased, metered, saved, saved - half, saved + half, len(errors))


def _half_width(errors: Floats) -> float:
    from scipy.stats import t

    spread = float(t.ppf((1 + LEVEL) / 2, len(errors) - 1)) * float(errors.std(ddof=1))
    return spread * sqrt(1 + 1 / len(errors))


def _totals(days: Days, origin: int, end: int, half_life: float) -> tuple[float, float]:
    """Baseline and metered consumption of days `origin` to `end`, over intervals where both are known."""
    expected = frozen(days, origin, half_life)[origin:end]
    actual = days.values[origin:end]
    both = ~np.isnan(expected) & ~np.isnan(actual)
    return float(expected[both].sum()), float(actual[both].sum())


def frozen(days: Days, origin: int, half_life: float) -> Floats:
    """Expected consumption of all days, of which those from `origin` on use nothing metered since."""
    expected = profiles(days.values, days, half_life, origin)
    if not days.drivers:
        return expected
    own = deviations(days, half_life).blocks[HISTORY:origin].mean(axis=1)
    levels = [one - profiles(one, days, half_life, origin) for one in days.drivers]
    x = np.column_stack([np.nan_to_num(np.nanmean(level, axis=1)) for level in levels])
    scale = x[HISTORY:origin].std(axis=0) + 1e-9
    z = x / scale
    past = z[HISTORY:origin]
    slope = np.linalg.solve(past.T @ past + _DRIVER_RIDGE * np.eye(z.shape[1]), past.T @ own)
    return np.asarray(expected + (z @ slope)[:, None])
