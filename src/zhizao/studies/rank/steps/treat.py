"""Outliers: an indicator whose skew and kurtosis are both beyond bounds is Winsorised, or else logged.

Procedure: COINr's `Treat` (winsorise, then log_CT on the untreated values where it does not suffice).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.rank.spec import Treatment
from zhizao.studies.rank.steps.arrays import Floats, kurtosis, skew

LOG_OFFSET = 0.01
"""Share of the range that is added before logs are taken, so that the least value has one."""


@dataclass(frozen=True, slots=True)
class Treated:
    """What was done to one indicator: so many points Winsorised, or logs; `cured`: it passes now."""

    column: int
    points: int
    logged: bool
    cured: bool


def passes(x: Floats, treatment: Treatment) -> bool:
    """Whether skew and kurtosis are not both beyond their bounds."""
    return not (abs(skew(x)) > treatment.skew and kurtosis(x) > treatment.kurtosis)


def treated(values: Floats, treatment: Treatment | None) -> tuple[Floats, tuple[Treated, ...]]:
    """Give values without outliers, and what was done to each indicator that had some."""
    found, done = values.copy(), list[Treated]()
    for column in range(values.shape[1]) if treatment is not None else ():
        assert treatment is not None
        if not passes(values[:, column], treatment):
            found[:, column], what = _cure(values[:, column], column, treatment)
            done.append(what)
    return found, tuple(done)


def _cure(x: Floats, column: int, treatment: Treatment) -> tuple[Floats, Treated]:
    trimmed, points = winsorised(x, treatment)
    if passes(trimmed, treatment):
        return trimmed, Treated(column, points, logged=False, cured=True)
    if not treatment.log:
        return trimmed, Treated(column, points, logged=False, cured=False)
    logs = log_ct(x)
    return logs, Treated(column, 0, logged=True, cured=passes(logs, treatment))


def winsorised(x: Floats, treatment: Treatment) -> tuple[Floats, int]:
    """Pull in the farthest point, again and again, until the indicator passes or the allowance is spent."""
    x = x.copy()
    for points in range(treatment.winsorise):
        if passes(x, treatment):
            return x, points
        x = _pulled_in(x)
    return x, treatment.winsorise


def _pulled_in(x: Floats) -> Floats:
    """Bring all values at the end of the longer tail to the next one."""
    if skew(x) < 0:
        return np.where(x == np.nanmin(x), np.nanmin(x[x > np.nanmin(x)]), x)
    return np.where(x == np.nanmax(x), np.nanmax(x[x < np.nanmax(x)]), x)


def log_ct(x: Floats) -> Floats:
    """Logarithm of the distance from the least value, or for a tail of low values from the greatest."""
    low, high = float(np.nanmin(x)), float(np.nanmax(x))
    offset = LOG_OFFSET * (high - low)
    return -np.log(high - x + offset) if skew(x) < 0 else np.log(x - low + offset)
