"""What the gains may be: estimates shrunk to the mean of their kind, and what one plant says of the others.

A gain is seen as a return on size (or cost). Returns of one kind scatter about a mean of the kind with a
standard deviation that the estimates show (Paule & Mandel 1982); an estimate is drawn to that mean by its own
variance (empirical Bayes, Efron & Morris 1975). Beside that, all measures of a kind miss their estimates
together by an assumed share: no estimate shows it, and the first that is realised does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.workflows.portfolio.model import Floats, Item
from zhizao.workflows.portfolio.solve import Spread

FEWEST = 3
"""Fewest measures of a kind from which its mean and scatter are estimated."""
UNKNOWN_SHARE = 1.0
"""Standard error, as a share of the gain, where no estimate has one: as large as the gain."""


@dataclass(frozen=True, slots=True, eq=False)
class Gains:
    """Yearly gains as a Gaussian: mean, standard deviation of each alone, and factors shared within a kind.

    `factors[f, i]` is what one standard deviation of factor f moves gain i. `kinds` holds the rows of each
    kind. `assumed` marks gains of unknown uncertainty, for which a standard error was put in.
    """

    mean: Floats
    own: Floats
    factors: Floats
    kinds: tuple[tuple[str, NDArray[np.int64]], ...]
    assumed: NDArray[np.bool_]
    observation: Floats

    @property
    def sd(self) -> Floats:
        """Standard deviation of each gain."""
        return np.asarray(np.sqrt(self.own**2 + (self.factors**2).sum(axis=0)))

    def draws(self, count: int, stream: np.random.Generator) -> Floats:
        """True gains, one row per draw."""
        shared = stream.standard_normal((count, len(self.factors)))
        alone = stream.standard_normal((count, len(self.mean)))
        return np.asarray(self.mean + shared @ self.factors + alone * self.own)

    def spread(self, worth: Floats) -> Spread:
        """Standard deviation of the value of plans, given the worth of a gain by measure and year."""
        wide = self.factors[:, :, None] * worth[None]
        return Spread(wide.reshape(len(self.factors), -1), (self.own[:, None] * worth).ravel())

    def given(self, seen: NDArray[np.bool_], realised: Floats) -> Floats:
        """Expected gains once some have been realised, as measured (conditional Gaussian, kind by kind)."""
        mean = self.mean.copy()
        for _, rows in self.kinds:
            known = rows[seen[rows]]
            if len(known):
                covariance = self._covariance(rows, known)
                among = self._covariance(known, known) + np.diag(self.observation[known] ** 2)
                mean[rows] += covariance @ np.linalg.solve(among, realised[known] - self.mean[known])
        return mean

    def _covariance(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
        shared = self.factors[:, rows].T @ self.factors[:, columns]
        return np.asarray(shared + (rows[:, None] == columns[None]) * self.own[rows][:, None] ** 2)


def gains_of(items: tuple[Item, ...], shared_sd: float, observation_sd: float) -> Gains:
    """Gains of measures, from their estimates and the assumed shares."""
    mean, errors, assumed = _estimates(items)
    kinds = _kinds(items)
    own, factors = errors.copy(), list[Floats]()
    for _, rows in kinds:
        if len(rows) >= FEWEST:
            mean[rows], own[rows], common = _shrunk(mean[rows], errors[rows], _scale(items, rows))
            factors.append(_on(rows, common, len(items)))
        factors.append(_on(rows, shared_sd * mean[rows], len(items)))
    kept = [factor for factor in factors if factor.any()]
    table = np.array(kept) if kept else np.zeros((0, len(items)))
    observation = np.maximum(observation_sd * np.abs(mean), 1e-9)
    return Gains(mean, own, table, kinds, assumed, observation)


def _estimates(items: tuple[Item, ...]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Gains and standard errors; an unknown error becomes the largest relative one of the known."""
    gain = np.array([one.gain for one in items], dtype=np.float64)
    errors = np.array([one.gain_se for one in items], dtype=np.float64)
    assumed = np.isnan(errors)
    known = ~assumed & (gain != 0)
    share = float((errors[known] / np.abs(gain[known])).max()) if known.any() else UNKNOWN_SHARE
    errors[assumed] = max(share, UNKNOWN_SHARE) * np.abs(gain[assumed])
    return gain, errors, assumed


def _kinds(items: tuple[Item, ...]) -> tuple[tuple[str, NDArray[np.int64]], ...]:
    """Rows of each kind; a measure of no kind stands alone."""
    found: dict[str, list[int]] = {}
    for row, one in enumerate(items):
        found.setdefault(one.kind or f"{one.plant}/{one.measure}", []).append(row)
    return tuple((kind, np.array(rows)) for kind, rows in found.items())


def _scale(items: tuple[Item, ...], rows: NDArray[np.int64]) -> Floats:
    """What a gain is related to: sizes where all are known, else costs, else 1."""
    for values in ([items[row].size for row in rows], [items[row].cost for row in rows]):
        scale = np.array(values, dtype=np.float64)
        if np.isfinite(scale).all() and (scale > 0).all():
            return scale
    return np.ones(len(rows))


def _shrunk(gain: Floats, errors: Floats, scale: Floats) -> tuple[Floats, Floats, Floats]:
    """Means drawn to that of the kind, their own standard deviations, and the loading of the kind's mean."""
    returns, variance = gain / scale, np.maximum((errors / scale) ** 2, 1e-18)
    between = scatter(returns, variance)
    weights = 1 / (variance + between)
    centre = float((weights * returns).sum() / weights.sum())
    pull = variance / (variance + between)
    mean = pull * centre + (1 - pull) * returns
    own = np.sqrt((1 - pull) * variance)
    return mean * scale, own * scale, pull * scale / np.sqrt(weights.sum())


def scatter(values: Floats, variance: Floats) -> float:
    """Variance between true values whose estimates have these variances (Paule & Mandel 1982)."""
    from scipy.optimize import brentq

    def excess(between: float) -> float:
        weights = 1 / (variance + between)
        centre = (weights * values).sum() / weights.sum()
        return float((weights * (values - centre) ** 2).sum() - (len(values) - 1))

    if excess(0.0) <= 0:
        return 0.0
    return float(brentq(excess, 0.0, float(((values - values.mean()) ** 2).sum()) + 1e-12))


def _on(rows: NDArray[np.int64], loading: Floats, count: int) -> Floats:
    factor = np.zeros(count)
    factor[rows] = loading
    return factor
