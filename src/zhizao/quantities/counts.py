"""Whole numbers from a distribution: the draw is rounded, and is at least 1.

That moves the mean of small counts: `exponential(1.5)` pieces are 1.76 on average.
"""

from __future__ import annotations

import math
from typing import Any

from zhizao.quantities.distributions import Distribution, DistributionKind, mean, most

NEVER_FAR = 100.0
"""Mean from which on rounding cannot move a count by 1 %: a draw moves by 1 at most."""
_MOST_TERMS = 1_000_000
_RARE = 1e-12  # a count that comes less often adds nothing that could be seen
_Kind = DistributionKind


def mean_count(distribution: Distribution) -> float:
    """Give the mean of the draw rounded to a whole number of at least 1.

    It is the sum of P(count >= k) over k, which is P(draw >= k - 1/2) from 2 on and 1 for k = 1. Counts whose
    mean is so large that rounding does not matter, and those that are whole already, keep their own mean.
    """
    if distribution.kind in (_Kind.CONSTANT, _Kind.DISCRETE) or mean(distribution) > NEVER_FAR:
        return mean(distribution)
    import numpy as np

    if distribution.kind is _Kind.EMPIRICAL:
        values = np.array(distribution.values)
        steps = np.arange(2, math.ceil(most(distribution)) + 2) - 0.5
        return 1.0 + float((1.0 - np.interp(steps, values, np.linspace(0.0, 1.0, len(values)))).sum())
    family = _family(distribution)
    last = min(float(family.isf(_RARE)), most(distribution), _MOST_TERMS)
    return 1.0 + float(family.sf(np.arange(2, math.ceil(last) + 2) - 0.5).sum())


def _family(distribution: Distribution) -> Any:
    """Give the distribution as SciPy has it."""
    from scipy import stats

    p = distribution.parameters
    match distribution.kind:
        case _Kind.UNIFORM:
            return stats.uniform(p[0], p[1] - p[0])
        case _Kind.TRIANGULAR:
            return stats.triang((p[1] - p[0]) / (p[2] - p[0]), p[0], p[2] - p[0])
        case _Kind.EXPONENTIAL:
            return stats.expon(scale=p[0])
        case _Kind.GAMMA | _Kind.ERLANG:
            return stats.gamma(p[0], scale=p[1])
        case _Kind.WEIBULL:
            return stats.weibull_min(p[0], scale=p[1])
        case _Kind.LOGNORMAL:
            return stats.lognorm(p[1], scale=math.exp(p[0]))
        case _Kind.NORMAL:
            return stats.truncnorm(-p[0] / p[1], math.inf, p[0], p[1])
        case _:
            return stats.beta(p[0], p[1], p[2], p[3] - p[2])
