"""Prediction intervals of remaining life, calibrated on units that the model did not see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.maintain.facts import Floats, Ints

BINS = 12
"""Places at which the size of an error is estimated, by the predicted life."""
SPLITS = 200
"""Random halvings of the units by which coverage is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Predictions for units that were held out, each cut at random times.

    `unit` and `fold` are numbers, `predicted` and `actual` capped lives, all by cut; every unit has the same
    number of cuts.
    """

    unit: Ints
    fold: Ints
    predicted: Floats
    actual: Floats

    def of_units(self, units: Ints) -> HeldOut:
        """The cuts of some units."""
        keep = np.isin(self.unit, units)
        return HeldOut(self.unit[keep], self.fold[keep], self.predicted[keep], self.actual[keep])


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Errors of held-out units in sizes that are usual at the predicted life.

    `low` and `high` are None where the units are too few for the level.
    """

    level: float
    cap: float
    places: Floats
    sizes: Floats
    scores: Floats
    fold: Ints
    units: int

    @property
    def shown(self) -> bool:
        """Whether there are enough units: the tail of each side has to hold one."""
        return (self.units + 1) * (1 - self.level) / 2 >= 1

    def size(self, predicted: Floats) -> Floats:
        """Usual size of an error at a predicted life."""
        return np.asarray(np.interp(predicted, self.places, self.sizes))

    def interval(self, predicted: Floats) -> tuple[float, float] | None:
        """The interval of a new unit, from its prediction by the model of each fold; None where not shown.

        Cross-conformal with both ends by the models of the folds (CV+; Barber, Candès, Ramdas and Tibshirani
        2021, The Annals of Statistics 49), scores scaled by the usual error and taken per side (Romano,
        Patterson and Candès 2019), and each unit weighing the same (Dunn, Wasserman and Ramdas 2022).
        """
        if not self.shown:
            return None
        ends = predicted[self.fold] + self.size(predicted)[self.fold] * self.scores
        low, high = _ends(ends, self.units, self.level)
        return float(np.clip(low, 0, self.cap)), float(np.clip(high, 0, self.cap))


def _ends(values: Floats, units: int, level: float) -> tuple[float, float]:
    """Quantiles of both sides in which a new unit weighs as much as each known one."""
    ordered, tail = np.sort(values), (1 - level) / 2
    place = tail * (units + 1) / units * len(values)
    low = ordered[max(int(np.ceil(place)) - 1, 0)]
    high = ordered[min(len(values) - int(np.ceil(place)), len(values) - 1)]
    return float(low), float(high)


def calibrated(held_out: HeldOut, level: float, cap: float) -> Calibration:
    """Calibrate intervals of a level in 0..1."""
    error = np.abs(held_out.actual - held_out.predicted)
    order = np.argsort(held_out.predicted, kind="stable")
    parts = np.array_split(order, min(BINS, max(1, len(order) // 10)))
    places = np.array([held_out.predicted[part].mean() for part in parts])
    sizes = np.maximum([error[part].mean() for part in parts], 1e-3 * cap)
    scores = (held_out.actual - held_out.predicted) / np.interp(held_out.predicted, places, sizes)
    units = len(np.unique(held_out.unit))
    return Calibration(level, cap, places, sizes, scores, held_out.fold, units)


def coverage(held_out: HeldOut, level: float, cap: float, seed: int) -> float | None:
    """Mean share of cuts inside their interval: half of the units calibrate, the others are covered.

    None where half of the units are too few for the level.
    """
    random, found = np.random.default_rng(seed), []
    for _ in range(SPLITS):
        units = random.permutation(np.unique(held_out.unit))
        known, new = held_out.of_units(units[::2]), held_out.of_units(units[1::2])
        half = calibrated(known, level, cap)
        if not half.shown:
            return None
        low, high = _ends(half.scores, half.units, level)
        size = half.size(new.predicted)
        below = np.clip(new.predicted + low * size, 0, cap)
        above = np.clip(new.predicted + high * size, 0, cap)
        found.append(float(np.mean((below <= new.actual) & (new.actual <= above))))
    return float(np.mean(found))
