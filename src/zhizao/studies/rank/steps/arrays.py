"""Least, largest, places and moments of the known values among some that are missing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
"""Values by unit (last axis but one) and indicator (last axis); nan is unknown."""
Bools = npt.NDArray[np.bool_]


def best(x: Floats) -> Floats:
    """Largest known value of each indicator; nan where none is known."""
    return _or_unknown(np.where(np.isnan(x), -np.inf, x).max(axis=-2, keepdims=True))


def lowest(x: Floats) -> Floats:
    """Smallest known value of each indicator; nan where none is known."""
    return _or_unknown(np.where(np.isnan(x), np.inf, x).min(axis=-2, keepdims=True))


def _or_unknown(ends: Floats) -> Floats:
    return np.where(np.isfinite(ends), ends, np.nan)


def place(x: Floats) -> Floats:
    """Place of each value from the least, 1 first; ties share the lowest place, an unknown value has none."""
    order = np.argsort(x, axis=-2, kind="stable")
    ordered = np.take_along_axis(x, order, axis=-2)
    first = np.ones(x.shape, dtype=bool)
    first[..., 1:, :] = ordered[..., 1:, :] != ordered[..., :-1, :]
    counted = np.arange(1, x.shape[-2] + 1, dtype=np.float64)[:, None]
    places = np.maximum.accumulate(np.where(first, counted, 0.0), axis=-2)
    found = np.empty_like(x)
    np.put_along_axis(found, order, places, axis=-2)
    return np.where(np.isnan(x), np.nan, found)


def ranks(scores: Floats) -> Floats:
    """Ranks along the last axis, 1 for the largest score; ties share the best rank, unknown stays unknown."""
    return place(-scores[..., None])[..., 0]


def skew(x: Floats) -> float:
    """Sample skewness of the known values (G1 of Joanes and Gill, 1998); nan below three values."""
    known = x[~np.isnan(x)]
    n, deviations = known.size, known - known.mean() if known.size else known
    second = float(np.mean(deviations**2)) if n else 0.0
    if n < 3 or second == 0:
        return float("nan")
    return float(float(np.mean(deviations**3)) / second**1.5 * np.sqrt(n * (n - 1)) / (n - 2))


def kurtosis(x: Floats) -> float:
    """Sample excess kurtosis of the known values (G2 of Joanes and Gill, 1998); nan below four values."""
    known = x[~np.isnan(x)]
    n, deviations = known.size, known - known.mean() if known.size else known
    second = float(np.mean(deviations**2)) if n else 0.0
    if n < 4 or second == 0:
        return float("nan")
    plain = float(np.mean(deviations**4)) / second**2 - 3
    return float(((n + 1) * plain + 6) * (n - 1) / ((n - 2) * (n - 3)))
