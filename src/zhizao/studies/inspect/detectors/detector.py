"""The detector: a bank of patches, alone or combined with judgements of cells and of the whole picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.studies.inspect.detectors.bank import Bank, build_bank
from zhizao.studies.inspect.detectors.discriminant import Discriminant, fit_discriminant
from zhizao.studies.inspect.detectors.gaussian import Gaussian, fit_gaussian
from zhizao.studies.inspect.detectors.samples import Sample, joined
from zhizao.studies.inspect.features import Floats, View
from zhizao.studies.inspect.recipe import Recipe

Doubles = NDArray[np.float64]

WORST = 0.025
"""Share of the cells that make the score of a bank: 5 of 196. On magnetic tile the area under the ROC curve
is .80 to .82 with them, .79 to .80 with the single worst cell (two splits by tile)."""
CELLS_SHRINKAGE = 0.01
"""Of the discriminant of cells, which has many more rows than channels."""
KNOWN_SHRINKAGE = 0.3
"""Of the discriminant of whole pictures, which has more numbers than pictures."""


@dataclass(frozen=True, slots=True, eq=False)
class Combination:
    """How several scores are put on one scale: their means and deviations on unseen good pictures."""

    centres: Doubles
    spreads: Doubles

    def combined(self, scores: Doubles) -> float:
        """Fisher's statistic of them, as if they were normal and independent.

        Nothing rests on that: the calibration makes a p-value of whatever comes out. Source: R. Fisher
        (1932), Statistical methods for research workers, section 21.1.
        """
        from scipy.stats import norm

        return float(-2 * norm.logsf((scores - self.centres) / self.spreads).sum())


def combination_of(scores: Doubles) -> Combination:
    """The combination for scores of unseen good pictures (pictures, scores)."""
    return Combination(scores.mean(axis=0), np.maximum(scores.std(axis=0), 1e-9))


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """What judges a picture beside the bank."""

    gaussian: Gaussian
    cells: Discriminant
    """Tells cells with synthetic defects."""
    known: Discriminant | None = None
    """Tells pictures of defective parts, where some were given."""


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """What scores a picture; `whole` and `combination` only where more than the bank judges."""

    bank: Bank
    whole: Whole | None = None
    combination: Combination | None = None

    def heat(self, view: View) -> Floats:
        """Anomaly of each cell."""
        return self.bank.distances(view.patches)

    def scores(self, view: View, heat: Floats) -> Doubles:
        """Anomaly of a picture with this heat by each of those who judge."""
        found = [worst_of(heat)]
        if self.whole is not None:
            rows = view.patches.reshape(-1, view.patches.shape[2])
            found += [self.whole.gaussian.distance(view.summary), worst_of(self.whole.cells.values(rows))]
            if self.whole.known is not None:
                found.append(float(self.whole.known.values(view.summary[None])[0]))
        return np.array(found)

    def score(self, view: View, heat: Floats) -> float:
        """Anomaly of a picture with this heat."""
        if self.combination is None:
            return worst_of(heat)
        return self.combination.combined(self.scores(view, heat))


def worst_of(heat: Floats) -> float:
    """Anomaly of a picture by its cells: the mean of the most anomalous ones."""
    cells = heat.ravel()
    count = max(1, round(WORST * cells.size))
    return float(np.partition(cells, -count)[-count:].mean())


def fit_detector(
    samples: Sequence[Sample], known: Sequence[Floats], recipe: Recipe, rng: np.random.Generator
) -> Detector:
    """Fit the detector of a recipe to good pictures; it is combined later, on pictures that it has not seen.

    Parameters
    ----------
    samples
        What was kept of good pictures.
    known
        Summaries of pictures of defective parts; may be empty.
    """
    bank = build_bank(np.concatenate([one.patches for one in samples]), recipe.bank, rng)
    if not recipe.whole:
        return Detector(bank)
    summaries = np.stack([one.summary for one in samples])
    good, defective = (joined([getattr(one, name) for one in samples]) for name in ("good", "defective"))
    whole = Whole(
        gaussian=fit_gaussian([one.summary for one in samples]),
        cells=fit_discriminant(good, defective, CELLS_SHRINKAGE),
        known=fit_discriminant(summaries, np.stack(known), KNOWN_SHRINKAGE) if known else None,
    )
    return Detector(bank, whole)
