"""Weights that come from the data: by principal component, by entropy, or so that parts count as meant."""

from __future__ import annotations

import numpy as np

from zhizao.studies.rank.spec import Weighting
from zhizao.studies.rank.steps.arrays import Floats
from zhizao.studies.rank.steps.reliability import correlations

ROUNDS = 200
"""Most rounds of the search for balanced weights."""
BALANCED = 1e-6
"""Spread of shares of influence at which the search ends."""


def weighted_by(x: Floats, given: Floats, how: Weighting) -> Floats:
    """Weights of the parts of one group, which sum to one; `x` is by unit and part."""
    if how is Weighting.GIVEN or x.shape[1] == 1:
        return _shares(given)
    if how is Weighting.EQUAL:
        return np.full(x.shape[1], 1 / x.shape[1])
    found = _FROM_DATA[how](x, given)
    return _shares(found if np.isfinite(found).all() else given)


def _shares(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum())


def by_component(x: Floats, _given: Floats) -> Floats:
    """Squared loadings of the first principal component of the correlations (OECD/JRC Handbook, step 6)."""
    matrix = correlations(x)
    if np.isnan(matrix).any():
        return np.full(x.shape[1], np.nan)
    return np.asarray(np.linalg.eigh(matrix)[1][:, -1] ** 2)


def by_entropy(x: Floats, _given: Floats) -> Floats:
    """Shannon's entropy weights of min-max scaled parts: one that tells units apart weighs more."""
    low, high = np.nanmin(x, axis=0), np.nanmax(x, axis=0)
    scaled = (x - low) / np.where(high > low, high - low, np.nan)
    share = scaled / np.nansum(scaled, axis=0)
    logs = np.log(np.where(share > 0, share, 1.0))
    units = np.sum(~np.isnan(share), axis=0)
    return np.asarray(1 + np.nansum(share * logs, axis=0) / np.log(units))


def balanced(x: Floats, given: Floats) -> Floats:
    """Weights under which each part's correlation with the sum is in proportion to its given weight.

    Multiplicative steps; parts that correlate negatively with the sum cannot be balanced and go to nearly 0.
    After Becker, Saisana, Paruolo and Vandecasteele, Ecological Indicators 80 (2017).
    """
    centred = x - np.nanmean(x, axis=0)
    filled: Floats = np.where(np.isnan(centred), 0.0, centred)
    aim = _shares(given)
    weights = aim.copy()
    for _ in range(ROUNDS):
        total = filled @ weights
        spread = np.sqrt((filled**2).sum(axis=0) * (total**2).sum())
        with np.errstate(invalid="ignore", divide="ignore"):
            pull = np.maximum(filled.T @ total / spread, 1e-3)
        share = pull / pull.sum()
        if not np.isfinite(share).all() or np.abs(share - aim).max() < BALANCED:
            break
        weights = weights * np.sqrt(aim / share)
        weights /= weights.sum()
    return np.asarray(weights)


_FROM_DATA = {Weighting.PCA: by_component, Weighting.ENTROPY: by_entropy, Weighting.OPTIMISED: balanced}
