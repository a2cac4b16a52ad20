"""Prediction intervals from the errors of the forecasts before: split conformal, day by day."""

from __future__ import annotations

from math import ceil

import numpy as np

from zhizao.studies.monitor.samples import Floats

WINDOW = 60
"""Days of forecasts whose errors give an interval: as long as errors stay alike."""
_LEAST = 1e-9


def half_widths(values: Floats, forecasts: Floats, first: int, level: float) -> Floats:
    """Half-widths of the intervals of days `first` on, by intervals of the day.

    Errors of the last `WINDOW` days are divided by their mean size at that interval of the day (normalised
    nonconformity scores, Lei et al. 2018); their quantile, corrected for a finite sample, is scaled back.
    Parts that are not exchangeable (seasons) are not covered by the guarantee: the coverage is measured.

    Parameters
    ----------
    values, forecasts
        Days by intervals of the day; nan where unknown.
    first
        First day with an interval; the forecasts of at least some days before it are known.
    level
        Coverage that is aimed at.
    """
    errors = np.abs(values - forecasts)
    return np.array(
        [_half_width(errors[max(day - WINDOW, 0) : day], level) for day in range(first, len(values))]
    )


def _half_width(errors: Floats, level: float) -> Floats:
    known = ~np.isnan(errors)
    scale = np.where(known, errors, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1) + _LEAST
    scores = np.sort((errors / scale)[known])
    place = ceil((len(scores) + 1) * level) - 1
    return np.asarray(scale * (scores[place] if place < len(scores) else np.inf))
