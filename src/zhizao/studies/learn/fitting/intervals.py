"""Intervals that cover the truth 19 times in 20: of a mean, of a rate, of a share."""

from __future__ import annotations

from collections.abc import Sequence

Interval = tuple[float, float]

COVER = 0.95
HALF = (
    0.5  # of a second, to which moments are rounded, or of one: no interval is narrower than this, both ways
)
UNSEEN = 3.0  # expected observations, none of which is seen by chance once in twenty (rule of three)


def of_mean(mean: float, error: float, n: int) -> Interval:
    """Interval of a mean with its standard error from `n` observations (Student's t), not below 0."""
    from scipy.special import stdtrit

    wide = max(float(stdtrit(max(n - 1, 1), (1 + COVER) / 2)) * error, HALF)
    return max(mean - wide, 0.0), mean + wide


def of_capacity(found: int, level_shares: Sequence[float], observations: int) -> Interval:
    """Interval of a number that are at work at once, as limits of its whole numbers.

    `level_shares` has the share of the time with 0, 1, 2 … at work. It holds every number from what was found
    (or the level that 95 % of the time do with, if that is less) to the most ever seen; and one more, if as
    many observations would not surely have shown it: a further level is reached as much more rarely than the
    last as that is than the one before.
    """
    share = list(level_shares)
    if sum(share) <= 0:
        return found - HALF, found + HALF
    usual = next((k for k in range(len(share)) if sum(share[: k + 1]) >= COVER), found)
    most = max(k for k, part in enumerate(share) if part > 0)
    rarer = min(share[most] / share[most - 1], 1.0) if most > 0 and share[most - 1] > 0 else 1.0
    more = most > 0 and observations * share[most] * rarer < UNSEEN
    return max(min(usual, found), 1) - HALF, max(most + more, found) + HALF


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
