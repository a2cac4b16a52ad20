"""Drift alarm: whether new pictures are still like those that calibrated the inspector.

If they are, the rank of each new score among all scores before it is uniform and independent of earlier ranks
(ties broken at random), whatever the detector. A power martingale bets that ranks are high. Its CUSUM starts
anew whenever it falls below 1, and raises the alarm when it reaches `FALSE_EVERY`: without drift, once in
that many pictures on average, at most. Sources: V. Vovk, I. Nouretdinov, A. Gammerman (2003), Testing
exchangeability on-line; V. Vovk and others (2021), Retrain or not retrain: conformal test martingales for
change-point detection.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

import numpy as np

from zhizao.studies.inspect.calibration import Calibration

POWER = 0.5
"""Exponent of the bet: 0.5 wins on p-values below 0.25."""
FALSE_EVERY = 1000
"""Pictures between false alarms, on average and at least."""


@dataclass(slots=True)
class Drift:
    """The scores seen, those of the calibration first, and the state of the bet."""

    scores: list[float]
    """Sorted; one picture of each part that calibrated."""
    rng: np.random.Generator
    level: float = 1.0
    """The CUSUM of the martingale: evidence against the stream being as before, 1 where there is none."""
    alarms: int = field(default=0)

    def seen(self, score: float) -> bool:
        """Take a score of a new picture; tells whether the alarm is raised (the bet then starts anew)."""
        above = len(self.scores) - bisect_right(self.scores, score)
        equal = bisect_right(self.scores, score) - bisect_left(self.scores, score) + 1
        p_value = (above + self.rng.uniform() * equal) / (len(self.scores) + 1)
        insort(self.scores, score)
        self.level = max(1.0, self.level) * POWER * p_value ** (POWER - 1)
        if self.level < FALSE_EVERY:
            return False
        self.level = 1.0
        self.alarms += 1
        return True


def drift_from(calibration: Calibration, parts: list[str], seed: int) -> Drift:
    """The state before the first picture.

    Parameters
    ----------
    parts
        Part of each picture of the calibration: one picture of each counts, as each new one is of a new part.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(parts)).tolist()
    one_of = {parts[place]: float(calibration.scores[place]) for place in order}
    return Drift(sorted(one_of.values()), rng)
