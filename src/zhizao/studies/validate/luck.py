"""What chance alone does to a distance: paired bootstrap over the log's lots and the twin's replications.

The log's lots are drawn with replacement (Efron, "Bootstrap methods: another look at the jackknife", 1979),
the same draw for twin, baseline and noise floor, so that what their distances have in common cancels in
their differences; the replications are drawn with it. A log drawn again is further from everything than the
log itself, so only the spread of the draws is used, laid around the figure of the log as it is.
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
class Luck:
    """One figure of a log, and the same figure of the log drawn again."""

    value: float
    draws: Floats

    def interval(self, lots: int) -> Interval:
        """The figure with the interval that the draws give it; without bounds for fewer than two lots."""
        spread = self.draws[np.isfinite(self.draws)]
        if lots < 2 or len(spread) < 2 or not np.isfinite(self.value):
            return Interval(self.value, nan, nan, lots, CONFIDENCE)
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(spread - spread.mean(), [tail, 1 - tail]) + self.value
        return Interval(self.value, float(low), float(high), lots, CONFIDENCE)

    def less(self, other: Luck) -> Luck:
        """The difference, draw by draw."""
        return Luck(self.value - other.value, self.draws - other.draws)


@dataclass(frozen=True, slots=True)
class Distance:
    """One distance of the twin from the log, beside what chance alone and the past give.

    `noise` is the noise floor: the mean distance of two samples as large as the log, both drawn from its lots
    with replacement; a twin that is the truth comes that close, on average. `baseline` is the mean distance
    of whole lots drawn from the past. `over_noise` and `over_baseline` are the twin's distance less these.
    NaN where a figure has no meaning.
    """

    twin: Interval
    noise: float
    baseline: float
    over_noise: Interval
    over_baseline: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Triple:
    """Twin, noise floor and baseline for one distance, on the same draws."""

    twin: Luck
    noise: Luck
    baseline: Luck

    def distance(self, lots: int) -> Distance:
        """The figures with their intervals."""
        twin = self.twin.interval(lots)
        return Distance(
            twin=replace(twin, low=max(twin.low, 0.0) if twin.low == twin.low else nan),
            noise=self.noise.value,
            baseline=self.baseline.value,
            over_noise=self.twin.less(self.noise).interval(lots),
            over_baseline=self.twin.less(self.baseline).interval(lots),
        )


def draws_for(lots: int) -> int:
    """How often a log of so many lots is drawn again."""
    return int(np.clip(DRAWN_LOTS // max(lots, 1), *DRAWS))


def draw_lots(lots: int, draws: int, rng: np.random.Generator) -> Counts:
    """How often each lot occurs in each draw of as many lots (draws × lots)."""
    return draw_again(np.ones((draws, lots), np.int64), rng)


def draw_again(counts: Counts, rng: np.random.Generator) -> Counts:
    """The same for logs that have each lot so many times (draws × lots)."""
    each = np.arange(counts.shape[1])
    lots = len(each)
    return np.stack(
        [np.bincount(np.repeat(each, own)[rng.integers(lots, size=lots)], minlength=lots) for own in counts]
    )


def triples(
    real: Marked,
    twins: Sequence[Marked],
    drawn: Sequence[Marked],
    counts: Counts,
    rng: np.random.Generator,
) -> dict[str, Triple]:
    """Every distance of the twin's replications, the noise floor and the baseline's draws from the log."""
    own = [draw_lots(real.lots, FLOORS, rng) for _ in range(2)]
    again = [[draw_again(counts, rng) for _ in range(2)] for _ in range(FLOORS_OF_DRAW)]
    return {
        name: Triple(
            _against(name, real, twins, counts, rng),
            Luck(float(np.mean(_apart(name, real, own))), np.mean([_apart(name, real, w) for w in again], 0)),
            _against(name, real, drawn, counts, rng),
        )
        for name in DISTANCES
    }


def _apart(name: str, real: Marked, samples: Sequence[Counts]) -> Floats:
    """Distances of pairs of samples of the log's lots."""
    x, y = (real.sums(name, sample) for sample in samples)
    return between(name, x, y, real.marks[name].levels)


def _against(
    name: str, real: Marked, others: Sequence[Marked], counts: Counts, rng: np.random.Generator
) -> Luck:
    """Mean distance of the log from these; in each draw of its lots they are drawn again too."""
    point = np.array([distance(name, real, other) for other in others])
    sums, levels = real.sums(name, counts), real.marks[name].levels
    found = np.stack([gaps(name, sums, other, levels) for other in others])
    picks = rng.integers(len(others), size=(len(others), len(counts)))
    return Luck(_mean(point), np.array([_mean(one) for one in np.take_along_axis(found, picks, 0).T]))


def _mean(values: Floats) -> float:
    """Mean of what is known: a replication without a lot in the window has no distance."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else nan


def pooled(found: Sequence[dict[str, Triple]]) -> dict[str, Triple]:
    """Means over several logs whose lots were drawn together."""
    return {name: _pool([one[name] for one in found]) for name in DISTANCES}


def _pool(found: Sequence[Triple]) -> Triple:
    return Triple(
        _middle([t.twin for t in found]),
        _middle([t.noise for t in found]),
        _middle([t.baseline for t in found]),
    )


def _middle(found: Sequence[Luck]) -> Luck:
    return Luck(float(np.mean([one.value for one in found])), np.mean([one.draws for one in found], axis=0))
