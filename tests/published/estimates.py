"""How far a simulated mean may be from the exact one: batch means (Law 2015, sec. 9.5.3)."""

from __future__ import annotations

from typing import Any

import numpy as np

_BATCHES = 40
_WARM_UP = 0.05
_ERRORS = 4.0  # of 40 batches: two in ten thousand true means lie further away; seeds are fixed


def estimate(values: Any) -> tuple[float, float]:
    """Mean of a (correlated) series and its standard error."""
    values = np.asarray(values, float)[int(len(values) * _WARM_UP) :]
    size = len(values) // _BATCHES
    means = values[: size * _BATCHES].reshape(_BATCHES, size).mean(axis=1)
    return float(means.mean()), float(means.std(ddof=1)) / _BATCHES**0.5


def agree(values: Any, exact: float, *, precision: float = 0.03) -> None:
    """The mean of a (correlated) series is the exact one, within 4 standard errors of at most `precision`."""
    mean, error = estimate(values)
    assert error < precision * exact, f"too few to judge: {mean:.5g} +- {error:.2g}"
    assert abs(mean - exact) < _ERRORS * error, f"found {mean:.5g} +- {error:.2g}, exact {exact:.5g}"
