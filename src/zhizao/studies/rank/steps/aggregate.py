"""Aggregation: the parts of a group become one score. A missing part is left out, and its weight with it."""

from __future__ import annotations

import numpy as np

from zhizao.studies.rank.spec import Aggregation
from zhizao.studies.rank.steps.arrays import Floats

EXPONENTS = {Aggregation.ARITHMETIC: 1.0, Aggregation.GEOMETRIC: 0.0, Aggregation.HARMONIC: -1.0}
"""Exponents of the power means that have names."""


def aggregated(
    x: Floats, weights: Floats, how: Aggregation, *, power: float = 0.5, present: float = 0.0
) -> Floats:
    """Give the score of each unit (… × unit) from its parts (… × unit × part).

    `present` is the share of parts that must be known; a score of fewer is unknown.
    """
    if how is Aggregation.OUTRANKING:
        found = outranking(x, weights)
    else:
        found = power_mean(x, weights, EXPONENTS.get(how, power))
    known = np.mean(~np.isnan(x), axis=-1)
    return np.where((known > 0) & (known >= present), found, np.nan)


def power_mean(x: Floats, weights: Floats, exponent: float) -> Floats:
    """Weighted power mean over the last axis; exponent 0 is the geometric mean.

    A 0 among the parts makes a mean of exponent 0 or less 0, its limit. A negative part makes every mean but
    the arithmetic unknown.
    """
    known = ~np.isnan(x)
    share = np.where(known, np.broadcast_to(weights, x.shape), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = share / share.sum(axis=-1, keepdims=True)
        if exponent == 1:
            return np.asarray((np.where(known, x, 0.0) * share).sum(axis=-1))
        negative, zero = (known & (x < 0)).any(axis=-1), (known & (x == 0)).any(axis=-1)
        inside = np.where(known & ((x > 0) if exponent <= 0 else (x >= 0)), x, 1.0)
        if exponent == 0:
            found = np.exp((np.log(inside) * share).sum(axis=-1))
        else:
            found = (inside**exponent * share).sum(axis=-1) ** (1 / exponent)
    limit = np.where(zero, 0.0, found) if exponent <= 0 else found
    return np.where(negative, np.nan, limit)


def outranking(x: Floats, weights: Floats) -> Floats:
    """Copeland score from pairwise comparisons by weight: wins less losses, as a share of the other units.

    A unit beats another where the parts in which it is ahead weigh more than those in which it is behind
    (non-compensatory; Munda and Nardo, Applied Economics 41, 2009; Copeland's rule). Pairs compare the parts
    that both have. The result is in 0..1, 0.5 for as many wins as losses.
    """
    ahead = np.zeros((*x.shape[:-1], x.shape[-2]))
    shares = np.broadcast_to(weights, x.shape)
    for part in range(x.shape[-1]):
        signs = np.sign(x[..., :, None, part] - x[..., None, :, part])
        ahead += np.nan_to_num(signs) * shares[..., :, None, part]
    others = max(x.shape[-2] - 1, 1)
    return np.asarray(0.5 + np.sign(ahead).sum(axis=-1) / (2 * others), dtype=np.float64)
