"""The detector: a bank of patches, alone or combined with judgements of cells and of the whole picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.studies.inspect.detectors.bank import Bank, build_bank
from zhizao.studies.inspect.detectors.discriminant import Discriminant, fit_discriminant
from zhizao.studies.inspect.detectors.gaussian import Gaussian, fit_gaussian
from zhizao.studies.inspect.detectors.samples import Sample, rows_of
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

    def combined(self, scores: Doubles) -> Doubles:
        """Fisher's statistic of the scores on the last axis, as if they were normal and independent.

        Nothing rests on that: the calibration makes a p-value of whatever comes out. Source: R. Fisher
        (1932), Statistical methods for research workers, section 21.1.
        """
        from scipy.stats import norm

        found: Doubles = -2 * norm.logsf((scores - self.centres) / self.spreads).sum(axis=-1)
        return found


def combination_of(scores: Doubles) -> Combination:
    """The combination for scores of unseen good pictures or cells (rows, scores)."""
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
class Joined:
    """How the judgements of a picture become one: first those of each cell, then these and the others."""

    cells: Combination
    """Of the distance to the bank and the value of the discriminant."""
    picture: Combination
    """Of the worst cells, the Gaussian and, where there is one, the discriminant of pictures."""

    def heat(self, maps: Doubles) -> Floats:
        """Anomaly of each cell by all maps (height, width, maps)."""
        return self.cells.combined(maps).astype(np.float32)

    def score(self, heat: Floats, others: Doubles) -> float:
        """Anomaly of a picture."""
        return float(self.picture.combined(np.append(worst_of(heat), others)))


def joined_of(unseen: Sequence[tuple[Doubles, Doubles]]) -> Joined:
    """How to join judgements, for those of unseen good pictures: maps of cells, and what else judges."""
    cells = combination_of(np.concatenate([maps.reshape(-1, maps.shape[2]) for maps, _ in unseen]))
    rows = [np.append(worst_of(cells.combined(maps)), others) for maps, others in unseen]
    return Joined(cells, combination_of(np.stack(rows)))


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """What scores a picture; `whole` and `joined` only where more than the bank judges."""

    bank: Bank
    whole: Whole | None = None
    joined: Joined | None = None

    def maps(self, view: View) -> Doubles:
        """Anomaly of each cell by each of those who judge cells (height, width, maps)."""
        found = [self.bank.distances(view.patches)]
        if self.whole is not None:
            height, width, channels = view.patches.shape
            rows = view.patches.reshape(-1, channels)
            found.append(self.whole.cells.values(rows).reshape(height, width))
        return np.stack(found, axis=2).astype(np.float64)

    def others(self, view: View) -> Doubles:
        """Anomaly of a picture by each of those who judge it as a whole."""
        if self.whole is None:
            return np.zeros(0)
        found = [self.whole.gaussian.distance(view.summary)]
        if self.whole.known is not None:
            found.append(float(self.whole.known.values(view.summary[None])[0]))
        return np.array(found)

    def heat(self, view: View) -> Floats:
        """Anomaly of each cell."""
        return self.bank.distances(view.patches) if self.joined is None else self.joined.heat(self.maps(view))

    def score(self, view: View, heat: Floats) -> float:
        """Anomaly of a picture with this heat."""
        return worst_of(heat) if self.joined is None else self.joined.score(heat, self.others(view))


def worst_of(heat: Floats | Doubles) -> float:
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
    good, defective = (rows_of([getattr(one, name) for one in samples]) for name in ("good", "defective"))
    whole = Whole(
        gaussian=fit_gaussian([one.summary for one in samples]),
        cells=fit_discriminant(good, defective, CELLS_SHRINKAGE),
        known=fit_discriminant(summaries, np.stack(known), KNOWN_SHRINKAGE) if known else None,
    )
    return Detector(bank, whole)
