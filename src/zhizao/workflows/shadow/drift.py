"""Tell when a plant no longer does what its twin expects, with few false alarms, and by how much.

Each kind of time (process of an operation on a unit, set-up, repair, time between failures) is turned into a
normal score by what the twin expects of it. A Shiryaev-Roberts e-detector [1]_ over several shifts watches
the scores; its threshold bounds how often all detectors together give a false alarm, however long they run.

References
----------
.. [1] J. Shin, A. Ramdas, A. Rinaldo: E-detectors: a nonparametric framework for sequential change detection.
   New England Journal of Statistics in Data Science 2 (2024) 229-260.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.workflows.shadow.reference import Reference
from zhizao.workflows.shadow.spells import Spell

SHIFTS = (-1.5, -0.75, -0.35, 0.35, 0.75, 1.5)
"""Shifts of the score, in standard deviations, for which a detector looks."""
YEARS = 0.5
"""Mean time between false alarms of all detectors together, at least."""
FEWEST = 30
"""Fewest spells of the twin from which it is known what to expect."""
RELEVANT = 0.03
"""A change of a mean that may be smaller than this share is no drift, however sure it is."""
_CLIP = 4.0  # one odd value (a stop that nobody recorded) is no change
_REMEMBERED = 2000  # spells of a detector
_LARGEST = 600.0  # of the logarithm of a detector


class Watched(NamedTuple):
    """What a detector watches: one unit over all operations, or one operation over all units (unit "")."""

    kind: str
    work_center: str
    unit: str
    operation: str

    def __str__(self) -> str:
        place = self.unit or self.work_center
        return f"{place}: {self.kind}" + (f" of {self.operation}" if self.operation else "")


@dataclass(frozen=True, slots=True)
class Drift:
    """A change: of what, since when probably, and the mean over that of the twin, with a 95 % interval."""

    watched: Watched
    noticed: datetime
    since: datetime
    spells: int
    factor: float
    low: float
    high: float

    def __str__(self) -> str:
        change, low, high = (100 * (x - 1) for x in (self.factor, self.low, self.high))
        return (
            f"{self.watched} takes {change:+.0f} % ({low:+.0f} to {high:+.0f} %) beside what the twin "
            f"expects, since about {self.since:%Y-%m-%d %H:%M} ({self.spells} times)"
        )


class _Spell(NamedTuple):
    end: datetime
    factor: float  # over the mean of the twin
    spread: float  # of the twin, likewise
    score: float


@dataclass
class _Detector:
    threshold: float
    logs: list[float] = field(default_factory=lambda: [-np.inf] * len(SHIFTS))
    seen: list[_Spell] = field(default_factory=list)

    def take(self, spell: _Spell) -> bool:
        """Take a spell; whether it is enough for an alarm."""
        self.seen.append(spell)
        del self.seen[:-_REMEMBERED]
        for number, shift in enumerate(SHIFTS):
            grown = float(np.logaddexp(self.logs[number], 0.0)) + shift * spell.score - shift * shift / 2
            self.logs[number] = min(grown, _LARGEST)
        return float(np.logaddexp.reduce(self.logs)) - log(len(SHIFTS)) >= self.threshold

    def since_change(self) -> list[_Spell]:
        """Spells since the change most probably began."""
        shift = SHIFTS[int(np.argmax(self.logs))]
        gains = [shift * spell.score - shift * shift / 2 for spell in self.seen]
        from_end = np.cumsum(gains[::-1])
        return self.seen[len(self.seen) - 1 - int(np.argmax(from_end)) :]


class DriftWatch:
    """Watches the spells of a plant as they end.

    Each spell goes to two detectors: that of its unit, and that of its operation.

    Parameters
    ----------
    reference
        What the twin expects.
    units
        How many units each work center has.
    years
        Mean time between false alarms of all detectors together, at least.
    seed
        Of the random numbers that order spells which last equally long.
    """

    def __init__(
        self, reference: Reference, units: dict[str, int], *, years: float = YEARS, seed: int = 1
    ) -> None:
        self._reference, self._units = reference, units
        self._draw = np.random.default_rng(seed)
        self._days = 365.0 * years
        self._known = {key for key, values in reference.ratios.items() if len(values) >= FEWEST}
        by_unit = {(key.kind, key.work_center) for key in self._known}
        count = sum(units.get(center, 1) for _, center in by_unit)
        self._count = count + sum(bool(key.operation) for key in self._known)
        self._detectors: dict[Watched, _Detector] = {}
        self.raised: list[Drift] = []

    def watch(self, spell: Spell) -> list[Drift]:
        """Take a spell; give the drifts that it shows."""
        key = spell.key
        if key not in self._known:
            return []
        values = self._reference.ratios[key]
        mean = float(values.mean())
        score, found = self._score(spell, values), []
        for watched in _watched(spell):
            detector = self._detectors.get(watched) or self._new(watched)
            if detector.take(_Spell(spell.end, spell.ratio / mean, float(values.std()) / mean, score)):
                drift = _drift(watched, detector)
                detector.logs = [-np.inf] * len(SHIFTS)
                if drift is not None:
                    detector.seen.clear()
                    found.append(drift)
        self.raised += found
        return found

    def _new(self, watched: Watched) -> _Detector:
        """A detector that gives its share of the false alarms: its threshold is its spells between two."""
        keys = [k for k in self._known if (k.kind, k.work_center) == (watched.kind, watched.work_center)]
        keys = [k for k in keys if not watched.operation or k.operation == watched.operation]
        per_day = sum(self._reference.per_day[k] for k in keys)
        per_day /= self._units.get(watched.work_center, 1) if watched.unit else 1
        detector = _Detector(log(max(20.0, per_day * self._days * self._count)))
        self._detectors[watched] = detector
        return detector

    def _score(self, spell: Spell, known: NDArray[np.float64]) -> float:
        """Normal score of a spell among those that the twin expects; equal ones are put in any order."""
        from scipy.special import ndtri

        near = 1e-6 * max(abs(spell.ratio), 1e-12)
        low = int(np.searchsorted(known, spell.ratio - near, side="left"))
        high = int(np.searchsorted(known, spell.ratio + near, side="right"))
        share = (low + (high - low + 1) * self._draw.random()) / (len(known) + 1)
        return float(np.clip(ndtri(share), -_CLIP, _CLIP))


def _watched(spell: Spell) -> list[Watched]:
    key = spell.key
    of_unit = Watched(key.kind, key.work_center, spell.unit, "")
    return [of_unit, Watched(key.kind, key.work_center, "", key.operation)] if key.operation else [of_unit]


def _drift(watched: Watched, detector: _Detector) -> Drift | None:
    """The change since it probably began; None where it may be too small to matter."""
    from scipy.stats import t as student

    after = detector.since_change()
    factors = np.array([spell.factor for spell in after])
    factor, half = float(factors.mean()), float("inf")
    if len(factors) > 1:
        spread = max(float(factors.std(ddof=1)), float(np.mean([spell.spread for spell in after])))
        half = float(student.ppf(0.975, len(factors) - 1)) * spread / sqrt(len(factors))
    if factor - half < 1 + RELEVANT and factor + half > 1 - RELEVANT:
        return None
    return Drift(watched, after[-1].end, after[0].end, len(after), factor, factor - half, factor + half)
