"""Thresholds by split-conformal calibration, with parts as the unit.

A picture is compared with those of parts that the detector has not seen, one picture of each. If parts are
exchangeable, a good picture of a new part gets a p-value of at most the promised rate with at most that
probability, whatever the detector. Where parts have several pictures, this holds for each draw of one of
each; the p-value that most draws agree on wastes none. Sources: V. Vovk, A. Gammerman, G. Shafer (2005),
Algorithmic learning in a random world, chapter 4; R. Dunn, L. Wasserman, A. Ramdas (2023), Distribution-free
prediction sets for two-layer hierarchical models (repeated subsampling).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError

Doubles = NDArray[np.float64]

ROUNDING = 1e-9
"""A p-value that equals the promised rate but for rounding counts as equal."""
AGREED = 0.6
"""Share of the draws of one picture of each part that must agree. For a promise of .05, simulations (19 to 79
parts of 2 to 6 pictures, correlated by .5 to .9) give .031 to .046 false alarms; half of the draws would give
.046 to .058, the mean p-value of all draws .009 to .042. By Markov's inequality, no more than the promise
over this share is possible."""
FEWEST_FIT = 5
"""Parts that the detector is fitted to at least: fewer show no spread of what is good."""
CALIBRATED = 0.3
"""Share of the parts that calibrate, if there are enough."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Scores of good pictures of unseen parts, and the part of each, numbered from 0."""

    scores: Doubles
    of_part: NDArray[np.int64]
    false_alarms: float
    """The promised rate, a share."""

    @property
    def parts(self) -> int:
        """Number of parts."""
        return int(self.of_part.max()) + 1

    @property
    def threshold(self) -> float:
        """Score above which a picture is called defective."""
        ordered = np.unique(self.scores)
        low, high = 0, len(ordered)  # the lowest score has a p-value of 1; p-values fall with the score
        while high - low > 1:
            middle = (low + high) // 2
            called = bool(self.defective(self.p_values(ordered[middle : middle + 1]))[0])
            low, high = (low, middle) if called else (middle, high)
        return float(ordered[low])

    def p_values(self, scores: Doubles) -> Doubles:
        """Conformal p-values: of the parts and the new one, the share that looks at least as anomalous.

        A part with several pictures counts by one that is drawn at random; the p-value is the smallest that
        a share of `AGREED` of all draws does not exceed.
        """
        pictures = np.bincount(self.of_part)
        found = []
        for score in scores:
            shares = np.bincount(self.of_part, self.scores >= score) / pictures
            found.append((1 + _quantile(shares)) / (self.parts + 1))
        return np.array(found)

    def defective(self, p_values: Doubles) -> NDArray[np.bool_]:
        """Which pictures are called defective."""
        return p_values <= self.false_alarms + ROUNDING


def _quantile(shares: Doubles) -> int:
    """How many parts look at least as anomalous, in a share of `AGREED` of all draws at most.

    Parameters
    ----------
    shares
        Share of the pictures of each part that do: the number is a sum of independent draws with these
        probabilities (Poisson binomial).
    """
    unsure = shares[(shares > 0) & (shares < 1)]
    chances = np.zeros(len(unsure) + 1)
    chances[0] = 1.0
    for share in unsure:
        chances[1:] = chances[1:] * (1 - share) + chances[:-1] * share
        chances[0] *= 1 - share
    return int((shares == 1).sum()) + int((np.cumsum(chances) < AGREED - ROUNDING).sum())


def calibrate(scores: Sequence[float], parts: Sequence[str], false_alarms: float) -> Calibration:
    """Calibrate with the scores of good pictures and the part of each."""
    numbers = {part: number for number, part in enumerate(dict.fromkeys(parts))}
    return Calibration(np.array(scores, float), np.array([numbers[part] for part in parts]), false_alarms)


def check_rate(false_alarms: float) -> None:
    """Refuse a rate that is none."""
    if not 0 < false_alarms < 1:
        raise InputError(
            f"false_alarms: found {false_alarms:g}; expected a share between 0 and 1, such as 0.05"
        )


def parts_needed(false_alarms: float) -> int:
    """Parts that a calibration needs at least, for its smallest p-value to be within the rate."""
    return ceil(1 / false_alarms - ROUNDING) - 1


def parts_to_calibrate(parts: int, false_alarms: float) -> int:
    """How many of the parts to calibrate with.

    The smallest number from a share of `CALIBRATED` on at which the rate is met exactly rather than undercut,
    if it leaves half of the parts to fit; else the largest below.

    Raises
    ------
    InputError
        There are too few parts for the rate; says how many are needed.
    """
    check_rate(false_alarms)
    fewest = parts_needed(false_alarms)
    if parts < fewest + FEWEST_FIT:
        supported = "" if parts <= FEWEST_FIT else f"; {parts} support {1 / (parts - FEWEST_FIT + 1):.3g}"
        raise InputError(
            f"false_alarms: a rate of {false_alarms:g} takes good pictures of at least "
            f"{fewest + FEWEST_FIT} parts ({FEWEST_FIT} to fit, {fewest} to calibrate), "
            f"found {parts}{supported}"
        )
    steps = max(1, ceil((CALIBRATED * parts + 1) * false_alarms - ROUNDING))
    exact = [ceil(step / false_alarms - ROUNDING) - 1 for step in range(1, steps + 1)]
    return max([count for count in exact if count <= parts / 2], default=fewest)


def most_exact(parts: int, false_alarms: float) -> int:
    """The largest number of parts, of so many, that meets a rate exactly rather than undercuts it."""
    return ceil(floor((parts + 1) * false_alarms + ROUNDING) / false_alarms - ROUNDING) - 1
