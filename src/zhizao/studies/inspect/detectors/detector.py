"""The detector: a bank of patches, alone or combined with a Gaussian of the whole picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.studies.inspect.detectors.bank import Bank, build_bank
from zhizao.studies.inspect.detectors.gaussian import Gaussian, fit_gaussian
from zhizao.studies.inspect.features import Floats, View
from zhizao.studies.inspect.recipe import Recipe

Doubles = NDArray[np.float64]

WORST = 0.025
"""Share of the cells that make the score of a bank: 5 of 196. On magnetic tile the area under the ROC curve
is .80 to .82 with them, .79 to .80 with the single worst cell (two splits by tile)."""
FOLDS = 3
"""Parts of the fit are left out in as many turns, to learn how scores of unseen pictures spread."""


@dataclass(frozen=True, slots=True, eq=False)
class Combination:
    """How the scores of two detectors are put on one scale: their means and deviations on unseen pictures."""

    centres: Doubles
    spreads: Doubles

    def combined(self, scores: Doubles) -> float:
        """Fisher's statistic of the two, as if they were normal and independent.

        Nothing rests on that: the calibration makes a p-value of whatever comes out. Source: R. Fisher
        (1932), Statistical methods for research workers, section 21.1.
        """
        from scipy.stats import norm

        return float(-2 * norm.logsf((scores - self.centres) / self.spreads).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """What scores a picture; `gaussian` and `combination` only where the whole is judged too."""

    bank: Bank
    gaussian: Gaussian | None = None
    combination: Combination | None = None

    def heat(self, view: View) -> Floats:
        """Anomaly of each cell."""
        return self.bank.distances(view.patches)

    def score(self, view: View, heat: Floats) -> float:
        """Anomaly of a picture with this heat."""
        if self.gaussian is None or self.combination is None:
            return worst_of(heat)
        both = np.array([worst_of(heat), self.gaussian.distance(view.summary)])
        return self.combination.combined(both)


def worst_of(heat: Floats) -> float:
    """Anomaly of a picture by its cells: the mean of the most anomalous ones."""
    cells = heat.ravel()
    count = max(1, round(WORST * cells.size))
    return float(np.partition(cells, -count)[-count:].mean())


def fit_detector(
    views: Sequence[View], parts: Sequence[str], recipe: Recipe, rng: np.random.Generator
) -> Detector:
    """Fit the detector of a recipe to good pictures, and the part of each."""
    bank = _bank(views, recipe, rng)
    if not recipe.whole:
        return Detector(bank)
    names = sorted(set(parts))
    fold_of = dict(zip(names, (rng.permutation(len(names)) % FOLDS).tolist(), strict=True))
    unseen = []
    for fold in range(FOLDS):
        kept = [view for view, part in zip(views, parts, strict=True) if fold_of[part] != fold]
        part_bank, part_gaussian = _bank(kept, recipe, rng), _gaussian(kept)
        for view, part in zip(views, parts, strict=True):
            if fold_of[part] == fold:
                cells = worst_of(part_bank.distances(view.patches))
                unseen.append((cells, part_gaussian.distance(view.summary)))
    scores = np.array(unseen)
    combination = Combination(scores.mean(axis=0), np.maximum(scores.std(axis=0), 1e-9))
    return Detector(bank, _gaussian(views), combination)


def _bank(views: Sequence[View], recipe: Recipe, rng: np.random.Generator) -> Bank:
    return build_bank([view.patches for view in views], recipe.bank, rng)


def _gaussian(views: Sequence[View]) -> Gaussian:
    return fit_gaussian([view.summary for view in views])
