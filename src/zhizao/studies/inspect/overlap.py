"""AUPRO: how well heat maps find the regions of defects.

At each threshold, the per-region overlap is the mean, over all connected regions of all masks, of the share
of the region that is above it; the false positive rate is the share of the pixels outside all regions, those
of good pictures included. AUPRO is the area under the overlap against that rate, up to a rate of 0.3, divided
by 0.3. Source: P. Bergmann et al. (2021), The MVTec anomaly detection dataset, IJCV 129, section 6.1.2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zhizao.studies.inspect.features import Floats
from zhizao.studies.inspect.pictures import Mask, enlarged
from zhizao.studies.inspect.regions import EIGHT_CONNECTED

Doubles = NDArray[np.float64]

LIMIT = 0.3
"""Largest false positive rate that is integrated over: the usual one."""
THRESHOLDS = 1000
"""Thresholds that the curve is drawn with: quantiles of the cells, half of them among the highest tenth."""


def aupro(good: Sequence[Floats], bad: Sequence[tuple[Floats, Mask]]) -> float | None:
    """Area under the per-region-overlap curve, 0 to 1; None if no mask has a region.

    Parameters
    ----------
    good
        Heat of the cells of good pictures, each (height, width).
    bad
        Heat of the cells of bad pictures, each with its mask; masks are square and all of one size.
    """
    if not bad:
        return None
    side = bad[0][1].shape[0]
    levels = _levels([*good, *(heat for heat, _ in bad)])
    outside = np.zeros(len(levels))
    overlaps: list[Doubles] = []
    for heat, mask in [*((heat, np.zeros((side, side), bool)) for heat in good), *bad]:
        values = enlarged(heat, side)
        outside += _above(values[~mask], levels)
        overlaps += [_above(values[region], levels) / region.sum() for region in _regions(mask)]
    if not overlaps or outside[-1] == 0:
        return None
    return _area(outside / outside[-1], np.mean(overlaps, axis=0))


def _levels(heats: Sequence[Floats]) -> Doubles:
    """Thresholds from high to low; all values are above the last."""
    cells = np.concatenate([heat.ravel() for heat in heats]).astype(np.float64)
    half = THRESHOLDS // 2
    shares = np.concatenate([np.linspace(1, 0.9, half, endpoint=False), np.linspace(0.9, 0, half)])
    return np.append(np.quantile(cells, shares), -np.inf)


def _above(values: Floats, levels: Doubles) -> Doubles:
    """Number of values above each level."""
    found = np.searchsorted(-levels, -values.astype(np.float64), side="right")
    return np.cumsum(np.bincount(found, minlength=len(levels))[: len(levels)]).astype(np.float64)


def _regions(mask: Mask) -> list[Mask]:
    from scipy.ndimage import label

    numbered, count = label(mask, structure=EIGHT_CONNECTED)
    return [numbered == number for number in range(1, count + 1)]


def _area(rates: Doubles, overlap: Doubles) -> float:
    """Area under the curve up to `LIMIT`, straight between its points, divided by it."""
    rates, overlap = np.append(0.0, rates), np.append(0.0, overlap)
    inside = rates < LIMIT
    x = np.append(rates[inside], LIMIT)
    y = np.append(overlap[inside], np.interp(LIMIT, rates, overlap))
    return float(np.trapezoid(y, x) / LIMIT)
