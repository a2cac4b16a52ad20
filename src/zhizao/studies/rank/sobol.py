"""Which choice moves the ranks: Sobol indices of first and total order, with bootstrap intervals.

The options of the discrete choices are crossed completely, and every combination is run under the same
quasi-random draws of the weights. Variances over discrete choices are then exact given the draws; only the
draws are sampled, so the intervals are narrower than those of pick-freeze estimators (Saltelli et al.,
Computer Physics Communications 181, 2010) at the same number of runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.rank.build import Built
from zhizao.studies.rank.choices import Runs, shift
from zhizao.studies.rank.steps.arrays import Floats, ranks

RESAMPLES = 500
"""Bootstrap samples of the draws behind each interval."""
INTERVAL = (0.05, 0.95)
"""Ends of the intervals, as those of COINr's vignette."""


@dataclass(frozen=True, slots=True)
class Influence:
    """First-order and total Sobol index of one choice, each with its interval; nan: nothing varies."""

    factor: str
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float


def crossed(runs: Runs, nominal: Built, draws: int, seed: int) -> Floats:
    """Mean absolute change of rank by option of each factor (leading axes) and draw of weights (last)."""
    noise = weight_draws(runs, draws, seed)
    rows = [shift(ranks(runs.scores(cell, noise)), nominal) for cell in runs.cells()]
    sizes = [len(factor.options) for factor in runs.choices.factors]
    return np.stack(rows).reshape(*sizes, len(noise))


def weight_draws(runs: Runs, draws: int, seed: int) -> Floats:
    """Quasi-random noise of the weights in -1..1, by draw and weight; one draw where they do not vary."""
    if not runs.choices.noise:
        return np.zeros((1, runs.weight_count))
    from scipy.stats import qmc

    exponent = int(np.ceil(np.log2(draws)))
    points = qmc.Sobol(runs.weight_count, seed=np.random.default_rng(seed)).random_base2(exponent)
    return np.asarray(2 * points[:draws] - 1)


def influences(outcome: Floats, names: tuple[str, ...], seed: int) -> tuple[Influence, ...]:
    """Sobol indices of all factors from a crossed outcome; the last axis are the draws of the weights."""
    generator = np.random.default_rng(seed)
    point = indices(outcome, len(names))
    draws = outcome.shape[-1]
    samples = np.stack(
        [
            indices(outcome[..., generator.integers(0, draws, draws)], len(names))
            for _ in range(RESAMPLES if draws > 1 else 1)
        ]
    )
    low, high = np.quantile(samples, INTERVAL, axis=0)
    return tuple(
        Influence(
            name,
            *(float(one[0, number]) for one in (point, low, high)),
            *(float(one[1, number]) for one in (point, low, high)),
        )
        for number, name in enumerate(names)
    )


def indices(outcome: Floats, factors: int) -> Floats:
    """First-order (row 0) and total (row 1) indices; the last of the factors may be the draws."""
    last = outcome.ndim - 1
    total = _variance(outcome, last)
    found = np.full((2, factors), np.nan)
    if not total > 0:
        return found
    for axis in range(factors):
        others = tuple(other for other in range(outcome.ndim) if other != axis)
        ddof = 1 if axis == last and outcome.shape[last] > 1 else 0
        found[0, axis] = np.var(outcome.mean(axis=others), ddof=ddof) / total
        found[1, axis] = np.var(outcome, axis=axis, ddof=ddof).mean() / total
    return found


def _variance(outcome: Floats, last: int) -> float:
    """Variance over combinations, of means over draws, and of draws within combinations."""
    ddof = 1 if outcome.shape[last] > 1 else 0
    return float(np.var(outcome.mean(axis=last)) + np.var(outcome, axis=last, ddof=ddof).mean())
