"""Distributions of the time between orders."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.quantities.distributions import Distribution

Floats = npt.NDArray[np.float64]


def between_orders(sample: Floats) -> Distribution:
    """Time between arrivals: exponential where the spread says so, else gamma."""
    mean, cv = float(np.mean(sample)), float(np.std(sample)) / max(float(np.mean(sample)), 1e-9)
    mean = to_the_minute(mean)
    if len(sample) < 10 or 0.8 <= cv <= 1.25 or cv == 0.0:
        return Distribution.exponential(mean)
    return Distribution.gamma(mean, cv=round(cv, 2))


def to_the_minute(seconds: float) -> float:
    """Round a mean to what a log carries: a whole minute from an hour on, a whole second below."""
    step = 60.0 if seconds >= 3600.0 else 1.0
    return max(round(seconds / step) * step, 1.0)
