"""Linear discriminants: what tells defects from good pictures, where examples of both are at hand.

Source: R. Fisher (1936), The use of multiple measurements in taxonomic problems; with a shrunken covariance,
as in J. Friedman (1989), Regularized discriminant analysis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.inspect.features import Floats

SCALE_FLOOR = 1e-6
"""Added to a deviation, so that a constant number divides nothing by zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Discriminant:
    """Weights of numbers; the more a row of them looks defective, the higher its value."""

    weights: Floats
    offset: float

    def values(self, rows: Floats) -> Floats:
        """Value of each row (rows, numbers)."""
        found: Floats = rows @ self.weights - np.float32(self.offset)
        return found


def fit_discriminant(good: Floats, bad: Floats, shrinkage: float) -> Discriminant:
    """The direction that separates two sets of rows best, for one covariance of both.

    Parameters
    ----------
    shrinkage
        Share of the diagonal in the covariance matrix, 0 to 1.
    """
    mean, scale = good.mean(axis=0, dtype=np.float64), good.std(axis=0, dtype=np.float64) + SCALE_FLOOR
    apart = ((bad - mean) / scale).mean(axis=0)
    inside = [(good - mean) / scale, (bad - mean) / scale - apart]
    scatter = sum(one.T @ one for one in inside) / (len(good) + len(bad))
    mixed = (1 - shrinkage) * scatter + (shrinkage + SCALE_FLOOR) * np.diag(np.diag(scatter) + SCALE_FLOOR)
    weights = (np.linalg.solve(mixed, apart) / scale).astype(np.float32)
    return Discriminant(weights, float(np.float32(mean @ weights)))
