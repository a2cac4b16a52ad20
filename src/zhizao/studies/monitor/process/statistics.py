"""Monitoring statistics: squared lengths of projections of lagged samples (PCA, dynamic PCA, CVA)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from zhizao.studies.monitor.samples import Floats

VARIANCE = 0.9
"""Share of the variance that the principal components keep; as in the published baselines of the data."""
RIDGE = 0.01
"""Added to the variances (1) of the standardised columns before CVA whitens them; chosen on faults with odd
numbers of the Tennessee Eastman data."""
_LEAST = 1e-9


class Method(StrEnum):
    """What the statistics are computed from."""

    PCA = "pca"
    DPCA = "dpca"
    CVA = "cva"
    POOLED = "pooled"


@dataclass(frozen=True, slots=True, eq=False)
class Statistic:
    """x'WW'x of a lagged, standardised sample x (newest first); `weights` has one row per entry of x."""

    name: str
    lags: int
    weights: Floats

    def values(self, lagged: Floats) -> Floats:
        """The statistic of each row; nan where a value is unknown."""
        return np.asarray(((lagged @ self.weights) ** 2).sum(axis=1))

    def contributions(self, lagged: Floats) -> Floats:
        """How far the statistic would fall if a sensor were reconstructed, for each row and sensor.

        Reconstruction-based contributions (Alcala and Qin 2009), of all lags of a sensor together.
        """
        matrix = self.weights @ self.weights.T
        sensors = lagged.shape[1] // self.lags
        gradient = lagged @ matrix
        parts = [np.arange(sensor, lagged.shape[1], sensors) for sensor in range(sensors)]
        return np.column_stack([_reduction(gradient[:, at], matrix[np.ix_(at, at)]) for at in parts])


def _reduction(gradient: Floats, block: Floats) -> Floats:
    return np.asarray(np.einsum("ij,jk,ik->i", gradient, np.linalg.pinv(block), gradient))


def lagged(scaled: Floats, lags: int, segments: NDArray[np.int64]) -> Floats:
    """Each row with the `lags - 1` rows before it; nan where they are not in its gap-free segment."""
    parts = [scaled]
    for back in range(1, lags):
        part = np.full_like(scaled, np.nan)
        part[back:] = np.where((segments[back:] == segments[:-back])[:, None], scaled[:-back], np.nan)
        parts.append(part)
    return np.hstack(parts)


def fitted(method: Method, scaled: Floats, lags: int, segments: NDArray[np.int64]) -> tuple[Statistic, ...]:
    """Statistics of a method, fitted to normal samples (rows by columns, standardised)."""
    rows = {k: lagged(scaled, k, segments) for k in (1, lags)}
    known = {k: found[~np.isnan(found).any(axis=1)] for k, found in rows.items()}
    if method is Method.PCA:
        return _principal("PCA", known[1], 1)
    if method is Method.DPCA:
        return _principal("DPCA", known[lags], lags)
    canonical = _canonical(scaled, lags, segments)
    return canonical if method is Method.CVA else (*_principal("DPCA", known[lags], lags), *canonical)


def _principal(name: str, x: Floats, lags: int) -> tuple[Statistic, ...]:
    """Hotelling's T2 of the components that keep most variance, and Q of the others.

    Jackson and Mudholkar (1979); with lags, Ku, Storer and Georgakis (1995).
    """
    variances, vectors = np.linalg.eigh(x.T @ x / len(x))
    variances, vectors = np.maximum(variances[::-1], _LEAST), vectors[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(variances) / variances.sum(), VARIANCE)) + 1
    t2 = Statistic(f"{name} T2", lags, vectors[:, :kept] / np.sqrt(variances[:kept]))
    return (t2, Statistic(f"{name} Q", lags, vectors[:, kept:])) if kept < len(variances) else (t2,)


def _canonical(scaled: Floats, lags: int, segments: NDArray[np.int64]) -> tuple[Statistic, ...]:
    """T2 of the canonical states and of the other canonical variates (Russell, Chiang and Braatz 2000).

    The variates are those combinations of the last `lags` samples that correlate most with the next `lags`;
    as many as half the columns are states.
    """
    both = lagged(scaled, 2 * lags, segments)
    both = both[~np.isnan(both).any(axis=1)]
    half = scaled.shape[1] * lags
    future, past = both[:, :half], both[:, half:]
    white_past, white_future = _whitening(past), _whitening(future)
    cross = white_future @ (future.T @ past / len(both)) @ white_past
    variates = (np.linalg.svd(cross)[2] @ white_past).T
    states = max(scaled.shape[1] // 2, 1)
    return (
        Statistic("CVA states", lags, variates[:, :states]),
        Statistic("CVA residual", lags, variates[:, states:]),
    )


def _whitening(x: Floats) -> Floats:
    variances, vectors = np.linalg.eigh(x.T @ x / len(x) + RIDGE * np.eye(x.shape[1]))
    return np.asarray(vectors / np.sqrt(variances) @ vectors.T)


def names_of(statistics: Sequence[Statistic]) -> tuple[str, ...]:
    """Names of statistics, in their order."""
    return tuple(one.name for one in statistics)
