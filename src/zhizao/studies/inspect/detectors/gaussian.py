"""A Gaussian of whole pictures: how far a summary lies from those of good pictures (Mahalanobis distance).

Source: O. Rippel, P. Mertens, D. Merhof (2021), Modeling the distribution of normal data in pre-trained deep
features for anomaly detection.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.inspect.features import Floats

SHRINKAGE = 0.1
"""Share of the identity in the correlation matrix, which has more columns than there are pictures. On
magnetic tile, .1 and .3 rank alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """Mean and scale of each number of a summary, and the matrix that makes them independent."""

    mean: Floats
    scale: Floats
    whitening: Floats
    """Lower triangular (numbers, numbers)."""

    def distance(self, summary: Floats) -> float:
        """Mahalanobis distance of a picture."""
        return float(np.linalg.norm(self.whitening @ ((summary - self.mean) / self.scale)))


def fit_gaussian(summaries: list[Floats]) -> Gaussian:
    """The Gaussian of good pictures, with a shrunken correlation matrix."""
    from scipy.linalg import solve_triangular

    rows = np.stack(summaries).astype(np.float64)
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    standard = (rows - mean) / scale
    identity = np.eye(rows.shape[1])
    correlation = (1 - SHRINKAGE) * (standard.T @ standard) / len(rows) + SHRINKAGE * identity
    whitening = solve_triangular(np.linalg.cholesky(correlation), identity, lower=True)
    parts = (np.ascontiguousarray(one, dtype=np.float32) for one in (mean, scale, whitening))
    return Gaussian(*parts)  # laid out as a file gives them, so that sums round alike
