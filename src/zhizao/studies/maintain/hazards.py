"""Risks of failure by machine: proportional hazards, where machines held out confirm them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhizao.studies.maintain.facts import Floats, Ints
from zhizao.studies.maintain.forecast import ProductLimit
from zhizao.studies.maintain.spells import Spells

PENALTY = 1.0
"""Ridge penalty on coefficients of covariates of unit variance: as much as one event says; it keeps the
coefficient of a class without failures finite."""
FOLDS = 10
"""Folds of machines in which covariates are judged."""
ALL_FAIL = 1e-9
"""Share of those at risk that is taken to go on where all fail, which keeps the hazard finite."""
LEAST_GAIN = 1.0
"""Least rise of the cross-validated log-likelihood for one more covariate, so that chance seldom adds one."""
STEPS, TOLERANCE, LONGEST_STEP = 25, 1e-6, 2.0
"""Newton steps at most, change of the coefficients at which they end, and the largest change in one."""


@dataclass(frozen=True, slots=True, eq=False)
class _Risk:
    """Who was at risk at each age with events (ages by spells), events by age, and who failed."""

    at: npt.NDArray[np.bool_]
    events: Floats
    ages: Floats
    failed: Floats


def _risk_sets(spells: Spells) -> _Risk:
    ages, events = np.unique(spells.exit[spells.failed > 0], return_counts=True)
    at = (spells.exit[None] >= ages[:, None]) & (spells.entry[None] < ages[:, None])
    return _Risk(at, events.astype(np.float64), ages, spells.failed)


def log_likelihood(spells: Spells, x: Floats, weights: Floats) -> float:
    """Partial log-likelihood (Cox 1972) with ties by Breslow (1974) and left truncation.

    `x`: covariates by spell.
    """
    risk, score = _risk_sets(spells), x @ weights
    return float(risk.failed @ score - risk.events @ np.log(risk.at @ np.exp(score)))


def coefficients(spells: Spells, x: Floats, start: Floats | None = None) -> Floats:
    """Coefficients of the log hazard by Newton's method on the penalised partial likelihood."""
    risk = _risk_sets(spells)
    at = risk.at.astype(np.float64)
    weights = np.zeros(x.shape[1]) if start is None else start.copy()
    square = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    for _ in range(STEPS):
        each = np.exp(np.clip(x @ weights, -30, 30))
        total = at @ each
        mean = (at @ (each[:, None] * x)) / total[:, None]
        second = risk.events @ ((at @ (each[:, None] * square)) / total[:, None])
        slope = risk.failed @ x - risk.events @ mean - PENALTY * weights
        curve = second.reshape(x.shape[1], -1) - (mean * risk.events[:, None]).T @ mean
        step = np.linalg.solve(curve + PENALTY * np.eye(x.shape[1]), slope)
        weights = weights + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        if np.abs(step).max() < TOLERANCE:
            break
    return weights


def baseline(spells: Spells, each: Floats) -> ProductLimit:
    """Survival of a part of risk 1, from the risks by spell; the product-limit estimate if all are 1.

    At each age the expected failures among those at risk, 1 - share ** risk, are those observed (grouped
    proportional hazards; Prentice and Gloeckler 1978). That holds for ages with many failures too, where
    Breslow's hazard forecasts too few.
    """
    risk = _risk_sets(spells)
    most = risk.at.sum(axis=1) * (1 - ALL_FAIL)
    events = np.minimum(risk.events, most)
    hazard = events / (risk.at @ each)
    for _ in range(STEPS):
        kept = np.exp(-np.outer(hazard, each)) * risk.at
        step = (events - (risk.at.sum(axis=1) - kept.sum(axis=1))) / np.maximum(kept @ each, 1e-300)
        hazard = hazard + step
        if np.abs(step).max() < TOLERANCE:
            break
    left = np.exp(-np.cumsum(hazard))
    exposure = float(((spells.exit - spells.entry) * each).sum())
    return ProductLimit(risk.ages, np.asarray(left), float(spells.failed.sum()) / exposure)


def chosen(spells: Spells, design: Floats, groups: Ints, seed: int) -> Ints:
    """Columns of the design whose covariates improve the likelihood of machines held out.

    Covariates (columns of one group) are added one by one, best first, while the cross-validated partial
    log-likelihood (Verweij and van Houwelingen 1993) rises by at least `LEAST_GAIN`.

    Parameters
    ----------
    design
        Covariates by machine, of unit variance.
    groups
        Covariate of each column: a class has several columns.
    """
    fold = np.random.default_rng(seed).permutation(len(design)) % min(FOLDS, len(design))
    best, columns = 0.0, np.zeros(0, np.int64)
    left = set(groups.tolist())
    while left:
        tried = {
            one: _held_out(spells, design[:, np.append(columns, np.flatnonzero(groups == one))], fold)
            for one in sorted(left)
        }
        first = max(tried, key=lambda one: tried[one])
        if tried[first] <= best + LEAST_GAIN:
            break
        best, columns = tried[first], np.append(columns, np.flatnonzero(groups == first))
        left.remove(first)
    return columns


def _held_out(spells: Spells, design: Floats, fold: Ints) -> float:
    """Gain in cross-validated partial log-likelihood over equal risks."""
    x, of = design[spells.machine], fold[spells.machine]
    none, gain = np.zeros(design.shape[1]), 0.0
    for number in np.unique(of):
        rest = of != number
        kept = spells.only(rest)
        if kept.failed.sum() < 2:
            continue
        weights = coefficients(kept, x[rest])
        for value, sign in ((weights, 1.0), (none, -1.0)):
            gain += sign * (log_likelihood(spells, x, value) - log_likelihood(kept, x[rest], value))
    return gain
