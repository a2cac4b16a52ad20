"""Partial least squares for one response, and jackknife+ intervals around it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from zhizao.studies.monitor.samples import Floats

MOST_COMPONENTS = 6
"""Components among which cross-validation chooses."""
FOLDS = 5
_LEAST = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Pls:
    """A fitted regression: centre and scale of the columns, mean of the response, coefficients."""

    centre: Floats
    scale: Floats
    mean: float
    coefficients: Floats

    def predict(self, x: Floats) -> Floats:
        """Predicted responses of some rows."""
        return np.asarray(self.mean + (x - self.centre) / self.scale @ self.coefficients)


def paths(x: Floats, y: Floats, most: int) -> list[Pls]:
    """PLS1 regressions with 0 to `most` components, by NIPALS (Wold, Sjöström and Eriksson 2001)."""
    centre, scale, mean = x.mean(axis=0), x.std(axis=0), float(y.mean())
    scale = np.where(scale > _LEAST, scale, 1.0)
    left, target = (x - centre) / scale, y - mean
    weights, loadings, slopes = list[Floats](), list[Floats](), list[float]()
    found = [Pls(centre, scale, mean, np.zeros(x.shape[1]))]
    for _ in range(most):
        direction = left.T @ target
        if np.linalg.norm(direction) < _LEAST:
            break
        weight = direction / np.linalg.norm(direction)
        score = left @ weight
        size = float(score @ score)
        loading, slope = left.T @ score / size, float(target @ score) / size
        left = left - np.outer(score, loading)
        target = target - slope * score
        weights.append(weight)
        loadings.append(loading)
        slopes.append(slope)
        w, p = np.column_stack(weights), np.column_stack(loadings)
        found.append(Pls(centre, scale, mean, w @ np.linalg.solve(p.T @ w, np.array(slopes))))
    return found


def components(x: Floats, y: Floats) -> int:
    """Number of components with the least squared error in cross-validation; 0 is the mean alone."""
    most = min(MOST_COMPONENTS, len(y) - len(y) // FOLDS - 2)
    errors = np.zeros(most + 1)
    for fold in range(FOLDS):
        out = np.arange(len(y)) % FOLDS == fold
        found = paths(x[~out], y[~out], most)
        for number in range(most + 1):
            model = found[min(number, len(found) - 1)]
            errors[number] += float(((y[out] - model.predict(x[out])) ** 2).sum())
    return int(np.argmin(errors))


def fitted(x: Floats, y: Floats) -> Pls:
    """The regression with the number of components that cross-validation chooses."""
    found = paths(x, y, components(x, y))
    return found[-1]


def left_out_models(x: Floats, y: Floats) -> list[Pls]:
    """For each row the regression without it, its number of components chosen without it too."""
    rows = np.arange(len(y))
    return [fitted(x[rows != row], y[rows != row]) for row in rows]


def jackknife_plus(models: list[Pls], errors: Floats, x: Floats, level: float) -> tuple[Floats, Floats]:
    """Intervals of new rows by jackknife+ (Barber, Candès, Ramdas and Tibshirani 2021).

    Parameters
    ----------
    models, errors
        For each known row the regression without it, and its absolute error on that row.
    x
        New rows.
    level
        Coverage 1 - a that is aimed at; 1 - 2 a is guaranteed for exchangeable rows.
    """
    count, share = len(models), 1 - level
    made = np.array([model.predict(x) for model in models])
    low = np.sort(made - errors[:, None], axis=0)
    high = np.sort(made + errors[:, None], axis=0)
    below, above = floor(share * (count + 1)), ceil(level * (count + 1))
    unbounded = np.full(len(x), np.inf)
    return (
        low[below - 1] if below >= 1 else -unbounded,
        high[above - 1] if above <= count else unbounded,
    )
