"""Distributions from samples: few parameters where they fit, a short list of quantiles where they do not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.quantities.distributions import Distribution

Floats = npt.NDArray[np.float64]

QUANTILES = 16
ROUND_S = 60.0  # an empirical value is written to the minute


def empirical(sample: Floats, *, mean: float | None = None) -> Distribution:
    """Quantiles of a sample, to the minute, scaled so that the mean of what is drawn from them is `mean`
    (default: the sample's own)."""
    target = float(np.mean(sample)) if mean is None else mean
    points = np.sort(sample) if len(sample) <= QUANTILES else levels(sample, QUANTILES - 2)
    drawn = float(np.mean((points[1:] + points[:-1]) / 2)) if len(points) > 1 else float(points[0])
    if drawn <= 0.0 or target <= 0.0:
        return Distribution.constant(max(target, 0.0))
    scaled: Floats = np.round(points * (target / drawn) / ROUND_S) * ROUND_S
    if float(np.ptp(scaled)) < ROUND_S:
        return Distribution.constant(round(target))
    return Distribution.empirical(float(v) for v in scaled)


def levels(sample: Floats, parts: int) -> Floats:
    """Extremes of a sample and, between them, means of its equal parts, which keep a long tail's weight."""
    means = [float(part.mean()) for part in np.array_split(np.sort(sample), parts)]
    return np.array([float(sample.min()), *means, float(sample.max())])


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
