"""Times that are longer than any reasonable tail of their like: what is in them is no work."""

from __future__ import annotations

import numpy as np

from zhizao.studies.learn.jobs import Flags, Floats

FAR = 6.0  # robust deviations of the logarithm beyond which no tail reaches that could be meant
MORE = 1.5  # and so much longer than usual
SAME = 0.005  # a scatter below this is none


def beyond(values: Floats) -> Flags:
    """Which times are beyond the tail of the others (median and median absolute deviation of logarithms)."""
    logs = np.log(np.maximum(values, 1e-3))
    middle = float(np.median(logs))
    return np.asarray(logs - middle > np.maximum(FAR * scatter(values), np.log(MORE)))


def scatter(values: Floats) -> float:
    """Robust deviation of the logarithm: the coefficient of variation of the core."""
    logs = np.log(np.maximum(values, 1e-3))
    found = 1.4826 * float(np.median(np.abs(logs - np.median(logs))))
    return found if found > SAME else 0.0
