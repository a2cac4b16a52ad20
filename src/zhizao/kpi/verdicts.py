"""When a difference counts: significant after a correction for multiplicity, and large enough to matter.

Of 35 KPIs that do not differ, one or two have a 95 % interval that excludes 0. Holm's step-down procedure
(Holm 1979, Scand. J. Stat. 6, 65-70) keeps the chance of any false claim in a family at 5 %, whatever their
dependence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan, nan

import numpy as np

from zhizao.kpi.analysis import Difference, Interval, student_t
from zhizao.quantities.errors import InputError

RELEVANCE = 0.005
"""Relative change from which a difference matters, unless a study sets another threshold."""
_LEVEL = 0.05  # chance of any false claim in a family


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence for a difference: its p-value, and whether it is significant in its family and relevant."""

    p_value: float
    significant: bool
    relevant: bool

    @property
    def shown(self) -> bool:
        """Whether the difference counts."""
        return self.significant and self.relevant


def check_relevance(relevance: float) -> None:
    """Refuse a relevance that is no share of a value."""
    if not 0 <= relevance < 1:
        raise InputError(f"relevance: found {relevance:g}; right is a share from 0 to below 1, as 0.005")


def p_value(interval: Interval, value: float = 0.0) -> float:
    """Two-sided p-value of Student's t test that an interval belongs to, nan where there is no interval.

    The side of the interval that looks at `value` counts, so that p < 0.05 says that a 95 % interval excludes
    it, also where the interval is not symmetric.
    """
    from scipy.special import stdtr

    near = interval.low if interval.mean > value else interval.high
    if isnan(interval.mean) or isnan(near) or interval.n < 2:
        return nan
    if interval.mean == value:
        return 1.0
    reach = abs(interval.mean - near)
    if reach == 0:
        return 0.0
    t = abs(interval.mean - value) / reach * student_t(interval.n - 1, interval.confidence)
    return float(2 * stdtr(interval.n - 1, -t))


def holm(p_values: Sequence[float], level: float = _LEVEL) -> list[bool]:
    """Which hypotheses of a family are rejected; a p-value of nan is no test, and not counted."""
    found = np.asarray(p_values, dtype=np.float64)
    tests = [int(i) for i in np.argsort(found, kind="stable") if not isnan(found[i])]
    rejected = [False] * len(found)
    for passed, test in enumerate(tests):
        if found[test] > level / (len(tests) - passed):
            break
        rejected[test] = True
    return rejected


def relevant(difference: Difference, relevance: float) -> bool:
    """Whether a mean change is at least this share of the mean before; any change from 0 is."""
    relative = difference.relative.mean
    return abs(relative) >= relevance if isfinite(relative) else difference.absolute.mean != 0


def family(
    differences: Sequence[Difference], relevance: float = RELEVANCE, *, by_ratio: bool = False
) -> list[Evidence]:
    """Evidence for each difference of a family; `by_ratio` tests the relative change where there is one.

    What does not differ in a single pair is no test: a price, for one, cannot move a lead time.
    """
    tested = [_tested(difference, by_ratio) for difference in differences]
    p_values = [p_value(interval) for interval in tested]
    counted = [nan if _never_differs(one) else p for one, p in zip(tested, p_values, strict=True)]
    return [
        Evidence(p, significant, relevant(difference, relevance))
        for difference, p, significant in zip(differences, p_values, holm(counted), strict=True)
    ]


def _never_differs(interval: Interval) -> bool:
    return interval.mean == 0 and interval.half_width == 0


def _tested(difference: Difference, by_ratio: bool) -> Interval:
    return difference.relative if by_ratio and isfinite(difference.relative.low) else difference.absolute
