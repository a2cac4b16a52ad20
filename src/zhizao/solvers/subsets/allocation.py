"""Who gets the next replications: the subsets that may be relevantly better than the chosen one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Belief:
    """What the posterior says about the choice.

    `chosen` is a column of the samples; `good` the share of samples in which no column is better by more than
    the relevance; `rivals` the best column of each sample in which one is; `best` that of every sample.
    """

    chosen: int
    good: float
    rivals: Numbers
    best: Numbers


def belief(samples: Array, measured: Numbers, mean: Array, relevance: float) -> Belief:
    """Choose among the measured columns the one with the greatest posterior mean, and say how sure that is.

    `samples` (m, n) are joint posterior draws and `mean` (n,) their mean, in units in which a relative
    difference makes sense (more is better).
    """
    chosen = int(measured[np.argmax(mean[measured])])
    best = np.argmax(samples, axis=1)
    top = samples[np.arange(len(samples)), best]
    better = top - samples[:, chosen] > relevance * np.abs(top)
    return Belief(chosen, float(1 - better.mean()), best[better], best)


def next_subsets(found: Belief, count: int, rng: np.random.Generator) -> Numbers:
    """Distinct columns to draw next, at most `count`: the chosen one, then rivals, then other possible bests.

    A rival is drawn with the probability that it is the best and relevantly better: top-two Thompson sampling
    (Russo, Simple Bayesian algorithms for best-arm identification, 2020) with an indifference zone.
    """
    order = np.concatenate([[found.chosen], rng.permutation(found.rivals), rng.permutation(found.best)])
    _, at = np.unique(order, return_index=True)
    return np.asarray(order[np.sort(at)][:count], np.int64)


def neighbours(column: int, subsets: Numbers, size: int) -> Numbers:
    """Columns whose subset differs in one measure, or has one measure in place of another."""
    differ = np.bitwise_count(subsets ^ subsets[column])
    same_number = np.bitwise_count(subsets) == np.bitwise_count(subsets[column])
    return np.nonzero((differ == 1) | ((differ == 2) & same_number & (size > 1)))[0]
