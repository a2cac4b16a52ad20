"""Fit a detector, and score the pictures that calibrate it with one that has not seen their part.

Split: some parts fit, the others calibrate. Crossed: each part is scored by a detector that is fitted to the
other folds, and the detector that is kept is fitted to all. Source: V. Vovk (2015), Cross-conformal
predictors.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from zhizao.studies.inspect.calibration import most_exact, parts_to_calibrate
from zhizao.studies.inspect.detectors import (
    Detector,
    Doubles,
    Joined,
    fit_detector,
    joined_of,
    worst_of,
)
from zhizao.studies.inspect.training.seeing import Seen

FOLDS = 10
"""Folds of a crossed calibration at most. The detector that is kept is fitted to all parts and finds good
pictures more normal than those of the folds do, above all the Gaussian. On the development part of magnetic
tile, calibration lies .25 standard deviations above new pictures with 5 folds, .18 with 10, .13 with 30."""
FEWEST_KNOWN = 5
"""Defective parts that sharpen a score at least: each fold is fitted to those of the others."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A training picture in its role; those that only fit the detector have no score."""

    picture: int
    role: str
    score: float = np.nan
    worst: float = np.nan
    """Anomaly of its worst cells."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A detector, and the training pictures with scores of a detector that has not seen their part."""

    detector: Detector
    good: tuple[Judged, ...]
    bad: tuple[Judged, ...]
    sharpened: bool = False
    """Whether the pictures of defective parts were learned from."""


def fit_split(good: Seen, bad: Seen | None, false_alarms: float, seed: int) -> Fitted:
    """Fit to some parts; the others calibrate."""
    rng = np.random.default_rng(seed)
    held_out = _drawn_to_calibrate(good, false_alarms, rng)
    fit = [place for place in good.readable if good.parts[place] not in held_out]
    samples = good.samples(fit, seed, rng)
    detector = fit_detector(list(samples.values()), (), good.views.recipe, rng)

    def judged(side: Seen, place: int, role: str) -> Judged:
        view = side.view(place)
        heat = detector.heat(view)
        return Judged(place, role, detector.score(view, heat), worst_of(heat))

    return Fitted(
        detector,
        tuple(
            Judged(place, "fit") if place in samples else judged(good, place, "calibrate")
            for place in good.readable
        ),
        tuple(judged(bad, place, "bad") for place in bad.readable) if bad is not None else (),
    )


def _drawn_to_calibrate(good: Seen, false_alarms: float, rng: np.random.Generator) -> set[str]:
    parts = good.names()
    count = parts_to_calibrate(len(parts), false_alarms)
    return {parts[place] for place in rng.permutation(len(parts))[:count]}


def fit_crossed(good: Seen, bad: Seen | None, false_alarms: float, seed: int) -> Fitted:
    """Fit to all parts; each calibrates a detector of the others. Defective parts sharpen it."""
    rng = np.random.default_rng(seed)
    names = good.names()
    parts_to_calibrate(len(names), false_alarms)  # refuses a rate that the parts cannot support
    folds = min(FOLDS, len(names))
    sides = [_Folded.of(side, folds, rng) for side in (good, bad) if side is not None]
    calibrating = set(rng.permutation(names)[: most_exact(len(names), false_alarms)].tolist())
    sharpened = len(sides) > 1 and len(sides[1].fold_of) >= FEWEST_KNOWN
    samples = good.samples(good.readable, seed, rng)

    def fitted(left_out: int | None) -> Detector:
        kept = [samples[place] for place in sides[0].outside(left_out)]
        known = (
            [sides[1].side.view(place).summary for place in sides[1].outside(left_out)] if sharpened else ()
        )
        return fit_detector(kept, known, good.views.recipe, rng)

    for fold in range(folds):
        detector = fitted(fold)
        for one in sides:
            one.judge(detector, fold)
    joined = joined_of([sides[0].found[place] for place in good.readable])
    return Fitted(
        replace(fitted(None), joined=joined),
        tuple(
            one if good.parts[one.picture] in calibrating else Judged(one.picture, "fit")
            for one in sides[0].judged("crossed", joined)
        ),
        sides[1].judged("bad", joined) if len(sides) > 1 else (),
        sharpened,
    )


@dataclass(slots=True)
class _Folded:
    """Pictures of one kind in folds by part, with what is found by detectors of the other folds."""

    side: Seen
    fold_of: dict[str, int]
    found: dict[int, tuple[Doubles, Doubles]] = field(default_factory=dict)
    """Maps of cells, and the scores of those who judge a picture as a whole, by picture."""

    @staticmethod
    def of(side: Seen, folds: int, rng: np.random.Generator) -> _Folded:
        names = side.names()
        return _Folded(side, dict(zip(names, (rng.permutation(len(names)) % folds).tolist(), strict=True)))

    def outside(self, fold: int | None) -> list[int]:
        return [place for place in self.side.readable if self.fold_of[self.side.parts[place]] != fold]

    def judge(self, detector: Detector, fold: int) -> None:
        for place in self.side.readable:
            if self.fold_of[self.side.parts[place]] == fold:
                view = self.side.view(place)
                self.found[place] = detector.maps(view), detector.others(view)

    def judged(self, role: str, joined: Joined) -> tuple[Judged, ...]:
        heats = {place: joined.heat(maps) for place, (maps, _) in self.found.items()}
        return tuple(
            Judged(place, role, joined.score(heats[place], others), worst_of(heats[place]))
            for place, (_, others) in sorted(self.found.items())
        )
