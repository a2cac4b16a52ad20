"""An interval for a steady-state mean from one long run: by regeneration, else by batch means.

A plant regenerates when a lot is released into the empty plant: what follows is independent of what was, as
far as nothing else remembers (a failure clock, a calendar). Whether it does not is tested on the cycles.
Sources: Crane and Iglehart 1975, Operations Research 23(1), 33-45; jackknife after Iglehart 1975, Naval
Research Logistics Quarterly 22, 553-565; Law, *Simulation Modeling and Analysis* (5th ed., 2015), 9.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import nan, sqrt

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from zhizao.kpi.analysis import Floats, Interval, batch_means, mean_interval, student_t
from zhizao.kpi.flow import by_completion
from zhizao.kpi.states import seconds_from
from zhizao.records.schema import LotStatus, Records, scan_lots

_FEWEST_CYCLES = 50
_BATCHES = (20, 10)  # fewer, longer batches where the shorter ones are not independent
_FEWEST_LOTS = 200


class SteadyMethod(Enum):
    """How the interval was found."""

    REGENERATION = "regeneration"
    BATCH_MEANS = "batch means"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Steady:
    """A steady-state mean; `parts` are the cycles or batches that its interval rests on."""

    interval: Interval
    method: SteadyMethod
    parts: int

    @property
    def how(self) -> str:
        """How the interval was found, in words."""
        if self.method is SteadyMethod.REGENERATION:
            return f"regeneration: lots found the plant empty at {self.parts} cycles' starts"
        if self.method is SteadyMethod.BATCH_MEANS:
            return f"{self.parts} batch means: no 50 or more independent cycles from empty to empty"
        return "no interval: the run is too short for independent batches"


def steady_lead_time(records: Records, *, confidence: float = 0.95) -> Steady:
    """Mean lead time in h of one run in its steady state, with an interval."""
    sums, counts = _cycles(records)
    if len(counts) >= _FEWEST_CYCLES:
        ratio = sums.sum() / counts.sum()
        if abs(_correlation(sums - ratio * counts)) <= 2.58 / sqrt(len(counts)):
            found = regenerative_ratio(sums, counts, confidence=confidence)
            return Steady(found, SteadyMethod.REGENERATION, len(counts))
    lead_s = by_completion(records).select("lead_s").collect().to_series()
    lead_h = lead_s.to_numpy() / 3600
    for batches in _BATCHES if len(lead_h) >= _FEWEST_LOTS else ():
        means = batch_means(lead_h, batches)
        if _correlation(means) <= 1.645 / sqrt(batches):
            interval = mean_interval(means, confidence=confidence)
            return Steady(interval, SteadyMethod.BATCH_MEANS, batches)
    mean = float(lead_h.mean()) if len(lead_h) else nan
    return Steady(Interval(mean, nan, nan, len(lead_h), confidence), SteadyMethod.NONE, 0)


def regenerative_ratio(sums: ArrayLike, counts: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Mean per item from independent cycles (their sums and numbers of items), jackknifed against its bias.

    Each pseudo-value is n r - (n - 1) r_without, with the ratio r of all cycles and of all but one.
    """
    y, a = np.asarray(sums, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    n = len(y)
    if n < 2:
        return Interval(float(y.sum() / a.sum()) if n else nan, nan, nan, n, confidence)
    without = (y.sum() - y) / (a.sum() - a)
    pseudo = n * y.sum() / a.sum() - (n - 1) * without
    mean, half = float(pseudo.mean()), student_t(n - 1, confidence) * float(pseudo.std(ddof=1)) / sqrt(n)
    return Interval(mean, mean - half, mean + half, n, confidence)


def _cycles(records: Records) -> tuple[Floats, Floats]:
    """Lead times in h summed, and lots counted, over each whole cycle that begins within the window."""
    lots = scan_lots(records).filter(pl.col("release").is_not_null()).sort("release", "lot")
    times = lots.select(
        *(seconds_from(pl.col(name), records.start).fill_null(np.inf) for name in ("release", "completed")),
        pl.col("status") == LotStatus.COMPLETED.value,
    )
    release, left, done = (column.to_numpy() for column in times.collect())
    if not len(release):
        return np.empty(0), np.empty(0)
    empty = np.concatenate([[True], release[1:] >= np.maximum.accumulate(left)[:-1]])
    cycle = np.cumsum(empty) - 1
    sums = np.bincount(cycle[done], (left - release)[done] / 3600, minlength=cycle[-1] + 1)
    counts = np.bincount(cycle[done], minlength=cycle[-1] + 1).astype(np.float64)
    whole = release[empty] >= 0
    whole[-1] = False  # nobody saw its end
    whole &= counts > 0
    return sums[whole], counts[whole]


def _correlation(values: Floats) -> float:
    """Correlation of each value with the next."""
    off = values - values.mean()
    spread = float((off * off).sum())
    return float((off[1:] * off[:-1]).sum()) / spread if spread else 0.0
