"""Sampling noise of a distance: paired bootstrap over the log's lots and the twin's replications.

The log's lots are resampled with replacement (Efron, "Bootstrap methods: another look at the jackknife",
1979). Twin, baseline and noise floor see the same resample, so that what their distances have in common
cancels in their differences; the replications are resampled with it. A resampled log is further from
everything than the log itself, so only the spread of the resamples is used, around the figure of the log as
it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np
import numpy.typing as npt

from zhizao.kpi.analysis import Interval
from zhizao.studies.validate.cohort import Floats
from zhizao.studies.validate.distances import DISTANCES, Marked, between, distance, gaps

CONFIDENCE = 0.95
DRAWS = (50, 200)  # of the log, at least and at most
DRAWN_LOTS = 200_000  # altogether: the larger the log, the less one draw differs from the next
FLOORS = 40  # pairs of samples for the noise floor of the log
FLOORS_OF_DRAW = 4  # and of each draw of it
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """One figure of a log, and the same figure of its resamples."""

    value: float
    draws: Floats

    def interval(self, lots: int) -> Interval:
        """The figure with its bootstrap interval; without bounds for fewer than two lots."""
        spread = self.draws[np.isfinite(self.draws)]
        if lots < 2 or len(spread) < 2 or not np.isfinite(self.value):
            return Interval(self.value, nan, nan, lots, CONFIDENCE)
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(spread - spread.mean(), [tail, 1 - tail]) + self.value
        return Interval(self.value, float(low), float(high), lots, CONFIDENCE)

    def minus(self, other: Resampled) -> Resampled:
        """The difference, resample by resample."""
        return Resampled(self.value - other.value, self.draws - other.draws)


@dataclass(frozen=True, slots=True)
class Distance:
    """One distance of the twin from the log, with a noise floor and a resampling baseline.

    `noise` is the noise floor: the mean distance of two samples as large as the log, both drawn from its lots
    with replacement; a twin that is the truth comes that close, on average. `baseline` is the mean distance
    of past lots, resampled whole. `over_noise` and `over_baseline` are the twin's distance less these.
    NaN where a figure has no meaning.
    """

    twin: Interval
    noise: float
    baseline: float
    over_noise: Interval
    over_baseline: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Twin, noise floor and baseline for one distance, on the same resamples."""

    twin: Resampled
    noise: Resampled
    baseline: Resampled

    def distance(self, lots: int) -> Distance:
        """The figures with their intervals."""
        twin = self.twin.interval(lots)
        return Distance(
            twin=replace(twin, low=max(twin.low, 0.0) if twin.low == twin.low else nan),
            noise=self.noise.value,
            baseline=self.baseline.value,
            over_noise=self.twin.minus(self.noise).interval(lots),
            over_baseline=self.twin.minus(self.baseline).interval(lots),
        )


def resamples_for(lots: int) -> int:
    """Number of resamples for a log of so many lots."""
    return int(np.clip(DRAWN_LOTS // max(lots, 1), *DRAWS))


def resample_lots(lots: int, draws: int, rng: np.random.Generator) -> Counts:
    """How often each lot occurs in each draw of as many lots (draws × lots)."""
    return resample_again(np.ones((draws, lots), np.int64), rng)


def resample_again(counts: Counts, rng: np.random.Generator) -> Counts:
    """The same for logs that have each lot so many times (draws × lots)."""
    each = np.arange(counts.shape[1])
    lots = len(each)
    return np.stack(
        [np.bincount(np.repeat(each, own)[rng.integers(lots, size=lots)], minlength=lots) for own in counts]
    )


def comparisons(
    real: Marked,
    twins: Sequence[Marked],
    drawn: Sequence[Marked],
    counts: Counts,
    rng: np.random.Generator,
) -> dict[str, Comparison]:
    """Every distance from the log: of the twin's replications, the noise floor and the baseline's draws."""
    own = [resample_lots(real.lots, FLOORS, rng) for _ in range(2)]
    again = [[resample_again(counts, rng) for _ in range(2)] for _ in range(FLOORS_OF_DRAW)]
    return {
        name: Comparison(
            _distance_to(name, real, twins, counts, rng),
            Resampled(
                float(np.mean(_apart(name, real, own))), np.mean([_apart(name, real, w) for w in again], 0)
            ),
            _distance_to(name, real, drawn, counts, rng),
        )
        for name in DISTANCES
    }


def _apart(name: str, real: Marked, samples: Sequence[Counts]) -> Floats:
    """Distances of pairs of samples of the log's lots."""
    x, y = (real.sums(name, sample) for sample in samples)
    return between(name, x, y, real.marks[name].levels)


def _distance_to(
    name: str, real: Marked, others: Sequence[Marked], counts: Counts, rng: np.random.Generator
) -> Resampled:
    """Mean distance of the log from these; they are resampled with each resample of its lots."""
    point = np.array([distance(name, real, other) for other in others])
    sums, levels = real.sums(name, counts), real.marks[name].levels
    found = np.stack([gaps(name, sums, other, levels) for other in others])
    picks = rng.integers(len(others), size=(len(others), len(counts)))
    return Resampled(_mean(point), np.array([_mean(one) for one in np.take_along_axis(found, picks, 0).T]))


def _mean(values: Floats) -> float:
    """Mean of the finite values: a replication without a lot in the window has no distance."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else nan


def pooled(found: Sequence[dict[str, Comparison]]) -> dict[str, Comparison]:
    """Means over several logs whose lots were resampled together."""
    return {name: _pool([one[name] for one in found]) for name in DISTANCES}


def _pool(found: Sequence[Comparison]) -> Comparison:
    return Comparison(
        _middle([t.twin for t in found]),
        _middle([t.noise for t in found]),
        _middle([t.baseline for t in found]),
    )


def _middle(found: Sequence[Resampled]) -> Resampled:
    return Resampled(
        float(np.mean([one.value for one in found])), np.mean([one.draws for one in found], axis=0)
    )
