"""Intervals that cover the truth 19 times in 20: of a mean, of a rate, of a share."""

from __future__ import annotations

Interval = tuple[float, float]

COVER = 0.95


def of_mean(mean: float, error: float, n: int) -> Interval:
    """Interval of a mean with its standard error from `n` observations (Student's t), not below 0."""
    from scipy.special import stdtrit

    wide = float(stdtrit(max(n - 1, 1), (1 + COVER) / 2)) * error
    return max(mean - wide, 0.0), mean + wide


def of_rate(events: float, exposure: float) -> Interval:
    """Interval of events per unit of exposure (exact for a Poisson process, Garwood 1936)."""
    from scipy.special import gammaincinv

    tail = (1 - COVER) / 2
    low = float(gammaincinv(events, tail)) if events > 0 else 0.0
    return low / exposure, float(gammaincinv(events + 1, 1 - tail)) / exposure


def of_share(events: float, n: float) -> Interval:
    """Interval of a share (Wilson 1927); an expected number of events counts as the nearest whole number."""
    if n <= 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    found = binomtest(round(events), round(n)).proportion_ci(COVER, method="wilson")
    return float(found.low), float(found.high)
