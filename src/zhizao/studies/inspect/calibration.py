"""Thresholds by split-conformal calibration, with parts as the unit.

A picture is compared with those of parts that the detector has not seen. If parts are exchangeable, a good
picture of a new part gets a p-value of at most the promised rate with at most that probability, whatever the
detector. Sources: V. Vovk, A. Gammerman, G. Shafer (2005), Algorithmic learning in a random world, chapter 4;
Y. Lee, R. Barber, R. Willett (2023), Distribution-free inference with hierarchical data (weights by part).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError

Doubles = NDArray[np.float64]

ROUNDING = 1e-9
"""A p-value that equals the promised rate but for rounding counts as equal."""
FEWEST_FIT = 5
"""Parts that the detector is fitted to at least: fewer show no spread of what is good."""
CALIBRATED = 0.3
"""Share of the parts that calibrate, if there are enough."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Scores of good pictures of unseen parts, each with one over the number of pictures of its part."""

    scores: Doubles
    weights: Doubles
    false_alarms: float
    """The promised rate, a share."""

    @property
    def parts(self) -> int:
        """Number of parts."""
        return round(float(self.weights.sum()))

    @property
    def threshold(self) -> float:
        """Score above which a picture is called defective."""
        allowed = self.false_alarms * (self.parts + 1) - 1 + ROUNDING
        order = np.argsort(self.scores)[::-1]
        exceeded = np.cumsum(self.weights[order]) > allowed
        return float(self.scores[order][int(exceeded.argmax())])

    def p_values(self, scores: Doubles) -> Doubles:
        """Share of good pictures, by parts, that look at least as anomalous; a new one counts as one."""
        order = np.argsort(self.scores)
        behind = np.concatenate([np.cumsum(self.weights[order][::-1])[::-1], [0.0]])
        above = behind[np.searchsorted(self.scores[order], scores, side="left")]
        return (1 + above) / (self.parts + 1)

    def defective(self, p_values: Doubles) -> NDArray[np.bool_]:
        """Which pictures are called defective."""
        return p_values <= self.false_alarms + ROUNDING


def calibrate(scores: Sequence[float], parts: Sequence[str], false_alarms: float) -> Calibration:
    """Calibrate with the scores of good pictures and the part of each."""
    pictures = Counter(parts)
    weights = np.array([1 / pictures[part] for part in parts])
    return Calibration(np.array(scores, float), weights, false_alarms)


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
