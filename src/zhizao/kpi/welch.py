"""Welch's plot: lead times averaged across replications and smoothed, for the eye to judge a warm-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from zhizao.kpi.analysis import Floats

_POINTS = 300


@dataclass(frozen=True, slots=True)
class Welch:
    """Mean lead time in h of the n-th lot by its mean moment of completion in days, raw and smoothed.

    `window` lots on either side are averaged; `warm_up_days` is what was cut off in the end.
    """

    days: tuple[float, ...]
    mean_h: tuple[float, ...]
    smoothed_h: tuple[float, ...]
    window: int
    warm_up_days: float


def welch(days: ArrayLike, lead_h: ArrayLike, warm_up_days: float) -> Welch:
    """Welch's plot of series that are averaged across replications; of long ones every n-th point.

    Welch 1983, in *The Computer Performance Modeling Handbook*, 268-328; the window of the moving average is
    a twentieth of the series (at most a quarter is advised: Law 2015, section 9.5.1).
    """
    x, y = np.asarray(days, dtype=np.float64), np.asarray(lead_h, dtype=np.float64)
    window = max(1, len(y) // 20)
    smooth = moving_average(y, window)
    chosen = np.unique(np.linspace(0, len(smooth) - 1, min(len(smooth), _POINTS)).astype(int))
    days_of, means, smoothed = (tuple(float(v) for v in part[chosen]) for part in (x, y, smooth))
    return Welch(days_of, means, smoothed, window, warm_up_days)


def moving_average(series: ArrayLike, window: int) -> Floats:
    """Mean of each value and `window` values on both sides; near the start of as many as there are.

    The last `window` values have no mean, so that every mean is centred (Law 2015, section 9.5.1).
    """
    y = np.asarray(series, dtype=np.float64)
    sums = np.concatenate([[0.0], np.cumsum(y)])
    at = np.arange(max(len(y) - window, 0))
    half = np.minimum(at, window)
    return np.asarray((sums[at + half + 1] - sums[at - half]) / (2 * half + 1), dtype=np.float64)
