"""Weibull lives with right censoring, left truncation and covariates, by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from zhizao.studies.maintain.facts import Floats, Interval
from zhizao.studies.maintain.spells import Spells

SHAPES = (0.1, 30.0)
"""Range in which the shape is looked for."""
BANDS, LEAST_IN_BAND = 8, 5
"""Most bands of age in which a fit is tested, and fewest failures in one (Cochran 1954)."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A Weibull life: shape, and the logarithm of its scale (days) as a linear function of covariates.

    S(t | x) = exp(-(t / exp(x · weights)) ** shape); the covariates change the scale in proportion
    (accelerated failure time; Lawless 2003, Statistical Models and Methods for Lifetime Data, chapter 6).
    """

    shape: float
    weights: Floats
    log_likelihood: float

    def scale(self, design: Floats) -> Floats:
        """Scale in days, by row of the design."""
        return np.asarray(np.exp(design @ self.weights))


def fitted(spells: Spells, design: Floats, *, shape: float | None = None, start: Fit | None = None) -> Fit:
    """Maximise the likelihood; with `shape`, of the scale alone (1: exponential).

    Parameters
    ----------
    design
        Covariates by machine; the first column is 1.
    start
        Where the search begins.
    """
    from scipy.optimize import minimize

    x = design[spells.machine]
    total = float(spells.exit.sum() - spells.entry.sum())
    first = np.zeros(1 + x.shape[1])
    first[1] = np.log(total / max(float(spells.failed.sum()), 0.5))
    if start is not None:
        first = np.concatenate([[np.log(start.shape)], start.weights])
    if shape is not None:
        first[0] = np.log(shape)
    low, high = np.log(SHAPES)
    bounds = [(low, high) if shape is None else (first[0], first[0]), *[(None, None)] * x.shape[1]]
    found = minimize(_loss, first, args=(spells, x), jac=True, method="L-BFGS-B", bounds=bounds)
    return Fit(float(np.exp(found.x[0])), np.asarray(found.x[1:]), -float(found.fun))


def _loss(parameters: Floats, spells: Spells, x: Floats) -> tuple[float, Floats]:
    """Negative log-likelihood and its gradient by log shape and weights."""
    shape, eta = np.exp(parameters[0]), x @ parameters[1:]
    exit_log = np.log(spells.exit) - eta
    entered = spells.entry > 0
    entry_log = np.where(entered, np.log(np.where(entered, spells.entry, 1.0)) - eta, 0.0)
    gone = np.exp(np.minimum(shape * exit_log, 500.0))
    before = np.where(entered, np.exp(np.minimum(shape * entry_log, 500.0)), 0.0)
    each = spells.failed * (parameters[0] + shape * exit_log - np.log(spells.exit)) - gone + before
    by_shape = spells.failed * (1 + shape * exit_log) - shape * (gone * exit_log - before * entry_log)
    by_eta = shape * (gone - before - spells.failed)
    return -float(each.sum()), -np.concatenate([[by_shape.sum()], x.T @ by_eta])


def shape_interval(spells: Spells, design: Floats, best: Fit, level: float = 0.95) -> Interval:
    """The shape with its interval by profile likelihood; an end is None where it lies outside `SHAPES`."""
    from scipy.optimize import brentq
    from scipy.stats import chi2

    drop = float(chi2.ppf(level, 1)) / 2

    def above(log_shape: float) -> float:
        held = fitted(spells, design, shape=float(np.exp(log_shape)), start=best)
        return held.log_likelihood - best.log_likelihood + drop

    ends: list[float | None] = []
    for bound in np.log(SHAPES):
        inside = np.log(best.shape)
        outside = above(float(bound)) < 0
        ends.append(float(np.exp(brentq(above, bound, inside, xtol=1e-4))) if outside else None)
    return Interval(best.shape, ends[0], ends[1])


def misfit(spells: Spells, fit: Fit) -> float:
    """Probability of counts of failures by age that differ as much from a fit without covariates.

    Pearson's chi-square over bands of age, expected counts from the cumulative hazard (Hjort 1990); 1 where
    there are too few failures for it.
    """
    from scipy.stats import chi2

    failed_at = spells.exit[spells.failed > 0]
    bands = min(BANDS, len(failed_at) // LEAST_IN_BAND)
    if bands < 3:
        return 1.0
    edges = np.concatenate([[0.0], np.unique(np.quantile(failed_at, np.arange(1, bands) / bands)), [np.inf]])
    scale, statistic = float(np.exp(fit.weights[0])), 0.0
    for low, high in pairwise(edges):
        observed = float(((failed_at > low) & (failed_at <= high)).sum())
        begin, end = np.clip(spells.entry, low, high), np.clip(spells.exit, low, high)
        expected = float(((end / scale) ** fit.shape - (np.minimum(begin, end) / scale) ** fit.shape).sum())
        statistic += (observed - expected) ** 2 / max(expected, 1e-9)
    return float(chi2.sf(statistic, max(len(edges) - 3, 1)))
