"""Imputation: what stands in for a missing value. What has no donor stays unknown, and nothing becomes 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zhizao.studies.rank.spec import Imputation
from zhizao.studies.rank.steps.arrays import Bools, Floats

FEWEST_PAIRS = 5
"""Units that two indicators must share before one is predicted from the other."""


def imputed(values: Floats, how: Imputation, groups: Sequence[str] | None = None) -> Floats:
    """Fill missing values; `groups` is the group of each unit, for those that go by group."""
    if how is Imputation.NONE or not np.isnan(values).any():
        return values.copy()
    if how is Imputation.REGRESSION:
        return _by_regression(values)
    if how in (Imputation.GROUP_MEAN, Imputation.GROUP_MEDIAN):
        found = values.copy()
        names = np.array(groups)
        for name in dict.fromkeys(names):
            rows = names == name
            found[rows] = _filled(values[rows], median=how is Imputation.GROUP_MEDIAN)
        return found
    return _filled(values, median=how is Imputation.MEDIAN)


def _filled(values: Floats, *, median: bool) -> Floats:
    """Values with the middle of each column in its gaps; a column of gaps stays one."""
    known = ~np.isnan(values)
    some = known.any(axis=0)
    middle = np.full(values.shape[1], np.nan)
    middle[some] = (np.nanmedian if median else np.nanmean)(values[:, some], axis=0)
    return np.where(known, values, middle)


def _by_regression(values: Floats) -> Floats:
    """Predict each gap by a straight line on the indicator that correlates most and is known there."""
    known = ~np.isnan(values)
    found = values.copy()
    for column in np.flatnonzero(~known.all(axis=0)):
        lines = sorted(_lines(values, known, int(column)), key=lambda line: -line[0])
        for _, other, slope, start in lines:
            gaps = np.isnan(found[:, column]) & known[:, other]
            found[gaps, column] = start + slope * values[gaps, other]
    return found


def _lines(values: Floats, known: Bools, column: int) -> list[tuple[float, int, float, float]]:
    """Strength, indicator, slope and intercept of every line that predicts a column."""
    found = []
    for other in range(values.shape[1]):
        both = known[:, column] & known[:, other]
        if other == column or both.sum() < FEWEST_PAIRS:
            continue
        x, y = values[both, other], values[both, column]
        if np.ptp(x) == 0 or np.ptp(y) == 0:
            continue
        slope = float(np.cov(x, y)[0, 1] / np.var(x, ddof=1))
        strength = abs(float(np.corrcoef(x, y)[0, 1]))
        found.append((strength, other, slope, float(y.mean() - slope * x.mean())))
    return found
