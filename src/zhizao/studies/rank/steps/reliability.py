"""Checks of what is summed up: correlations, and how far parts measure one thing (Cronbach's alpha)."""

from __future__ import annotations

import numpy as np

from zhizao.studies.rank.steps.arrays import Floats


def covariances(x: Floats) -> Floats:
    """Covariance of every pair of columns over the units that have both; nan below two such units."""
    parts = x.shape[1]
    found = np.full((parts, parts), np.nan)
    for one in range(parts):
        for other in range(one, parts):
            both = ~(np.isnan(x[:, one]) | np.isnan(x[:, other]))
            if both.sum() > 1:
                found[one, other] = found[other, one] = np.cov(x[both, one], x[both, other])[0, 1]
    return found


def correlations(x: Floats) -> Floats:
    """Pearson's correlation of every pair of columns over the units that have both; nan without spread."""
    parts = x.shape[1]
    found = np.full((parts, parts), np.nan)
    for one in range(parts):
        for other in range(one, parts):
            both = ~(np.isnan(x[:, one]) | np.isnan(x[:, other]))
            if both.sum() > 2 and np.ptp(x[both, one]) > 0 and np.ptp(x[both, other]) > 0:
                found[one, other] = found[other, one] = np.corrcoef(x[both, one], x[both, other])[0, 1]
    return found


def cronbach_alpha(x: Floats) -> float:
    """Cronbach's alpha of the columns (Psychometrika 16, 1951); nan for one column."""
    parts = x.shape[1]
    if parts < 2:
        return float("nan")
    matrix = covariances(x)
    total = float(matrix.sum())
    return parts / (parts - 1) * (1 - float(np.trace(matrix)) / total) if total else float("nan")
