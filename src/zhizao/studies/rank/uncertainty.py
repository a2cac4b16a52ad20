"""How sure a rank is: the index again and again under random choices that could have been made as well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.rank.choices import Runs, rank_runs
from zhizao.studies.rank.steps.arrays import Floats

INTERVAL = (0.05, 0.95)
"""Ends of the rank interval, as shares of the runs."""


@dataclass(frozen=True, slots=True, eq=False)
class RankIntervals:
    """Ranks of each unit over the runs; `scored` is the share of runs in which the unit had a score."""

    runs: int
    median: Floats
    low: Floats
    high: Floats
    scored: Floats
    ahead: Floats
    """Share of the runs in which one unit (row) ranks before another (column)."""


def rank_intervals(runs: Runs, count: int, seed: int) -> RankIntervals:
    """Draw every choice at random, `count` times, and rank the units each time."""
    generator = np.random.default_rng(seed)
    sizes = [len(factor.options) for factor in runs.choices.factors]
    cells = generator.integers(0, sizes, size=(count, len(sizes)))
    noise = generator.uniform(-1, 1, size=(count, runs.weight_count))
    found = rank_runs(runs, cells, noise)
    known = ~np.isnan(found)
    quantiles = np.full((3, found.shape[1]), np.nan)
    some = known.any(axis=0)
    quantiles[:, some] = np.nanquantile(
        found[:, some], [INTERVAL[0], 0.5, INTERVAL[1]], axis=0, method="closest_observation"
    )
    ahead = np.stack([np.mean(column[:, None] < found, axis=0) for column in found.T])
    return RankIntervals(count, quantiles[1], quantiles[0], quantiles[2], known.mean(axis=0), ahead)
