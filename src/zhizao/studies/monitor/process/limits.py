"""Limits and rates of autocorrelated statistics: effective sample size, block bootstrap, exact intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from zhizao.kpi.analysis import binomial_interval
from zhizao.studies.monitor.samples import Floats

CONFIDENCE = 0.95
"""That further normal rows exceed a limit no more often than asked for; the plain quantile of a few hundred
autocorrelated rows is too low half the time."""
HIGH = 0.95
"""Quantile of the index above which rows are counted to see how alarms cluster."""
DRAWS = 400
"""Bootstrap samples of a limit."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of rows with its 95 % interval; `effective` is the number of independent rows it is worth."""

    value: float
    low: float
    high: float
    rows: int
    effective: float

    def __str__(self) -> str:
        return f"{self.value:.1%} ({self.low:.1%} to {self.high:.1%})"


def autocorrelation_time(values: Floats) -> float:
    """Integrated autocorrelation time in rows, at least 1 (initial positive sequence, Geyer 1992)."""
    centred = values - values.mean()
    power = float(centred @ centred)
    if len(values) < 4 or power <= 0:
        return 1.0
    size = 1 << (2 * len(values) - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(centred, size)) ** 2
    rho = np.fft.irfft(spectrum, size)[: len(values)] / power
    pairs = rho[: len(rho) // 2 * 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0)
    return max(1.0, 2.0 * float(pairs[: ends[0] if len(ends) else len(pairs)].sum()) - 1.0)


def upper_quantile(index: Floats, share: float, rng: np.random.Generator) -> float:
    """A limit that, with `CONFIDENCE`, at most `share` of further rows exceed.

    Upper bound of the quantile by a moving-block bootstrap (Künsch 1989) with blocks of three integrated
    autocorrelation times, and at least the cube root of the number of rows.
    """
    rows = len(index)
    length = min(max(ceil(3 * autocorrelation_time(index)), ceil(rows ** (1 / 3))), max(rows // 5, 1))
    starts = rng.integers(0, rows - length + 1, (DRAWS, ceil(rows / length)))
    blocks = np.arange(length)
    drawn = [np.quantile(index[(start[:, None] + blocks).ravel()], 1 - share) for start in starts]
    return float(np.quantile(drawn, CONFIDENCE))


def rate_of(alarms: NDArray[np.bool_], index: Floats) -> Rate:
    """Share of rows with an alarm, with the interval of Clopper and Pearson on the effective sample size.

    The effective size is the number of rows over the integrated autocorrelation time of the alarms, or of
    the rows above the `HIGH` quantile of the index where that is longer: a few alarms, or none, say little.
    """
    near = index > np.quantile(index, HIGH)
    time = max(autocorrelation_time(rows.astype(np.float64)) for rows in (alarms, near))
    effective = max(len(alarms) / time, 1.0)
    value = float(alarms.mean())
    low, high = binomial_interval(value * effective, effective)
    return Rate(value, low, high, len(alarms), effective)
