"""Synthetic tables of all combinations of measures: value of each subset in each replication.

Families look like plants: a bottleneck that moves, effects that add up, measures that pay only together; each
with common random numbers, whose effect depends in part on what is taken.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def bits(measures: int) -> Array:
    return (np.arange(1 << measures)[:, None] >> np.arange(measures) & 1).astype(float)


def bottleneck(rng: np.random.Generator, taken: Array, replications: int, noise: float) -> Array:
    """Profit = price x the least capacity of five stations (soft minimum) - costs; stations vary."""
    stations, measures = 5, taken.shape[1]
    base = rng.uniform(1.0, 1.5, stations)
    lift = np.where(
        rng.random((measures, stations)) < 0.25, rng.uniform(-0.05, 0.35, (measures, stations)), 0.0
    )
    lift[np.arange(measures), rng.integers(stations, size=measures)] += rng.uniform(0.05, 0.4, measures)
    cost = rng.uniform(0.005, 0.06, measures)
    capacity = base * np.exp(taken @ lift)
    sharp = rng.uniform(8, 40)
    found = np.empty((len(taken), replications))
    for r in range(replications):
        varied = capacity * np.exp(noise * rng.standard_normal(stations))
        least = -np.log(np.exp(-sharp * varied).mean(axis=1)) / sharp
        found[:, r] = least - taken @ cost
    return found


def additive(rng: np.random.Generator, taken: Array, replications: int, noise: float) -> Array:
    """Effects add up, a few pairs saturate; half of the measures do harm."""
    measures = taken.shape[1]
    gain = rng.normal(0.01, 0.04, measures)
    found = np.empty((len(taken), replications))
    pairs = [rng.choice(measures, 2, replace=False) for _ in range(6)]
    bend = rng.normal(0, 0.02, len(pairs))
    both = np.stack([taken[:, a] * taken[:, b] for a, b in pairs], axis=1)
    for r in range(replications):
        found[:, r] = 1 + taken @ (gain * (1 + 5 * noise * rng.standard_normal(measures))) + both @ bend
    return found


def deceptive(rng: np.random.Generator, taken: Array, replications: int, noise: float) -> Array:
    """Two pairs and a triple that pay only together, each part a loss alone; the rest adds up."""
    measures = taken.shape[1]
    gain = rng.normal(0.0, 0.02, measures)
    order = rng.permutation(measures)
    groups = (order[:2], order[2:4], order[4:7])
    for group in groups:
        gain[group] = -rng.uniform(0.01, 0.03, len(group))
    together = np.stack([taken[:, group].prod(axis=1) for group in groups], axis=1)
    prize = rng.uniform(0.08, 0.2, len(groups))
    found = np.empty((len(taken), replications))
    for r in range(replications):
        luck = 1 + 3 * noise * rng.standard_normal(len(groups))
        found[:, r] = 1 + taken @ gain + together @ (prize * luck)
    return found


def flow(rng: np.random.Generator, taken: Array, replications: int, noise: float) -> Array:
    """Yield times least capacity, less energy and cost: products of effects, conflicts, near ties."""
    measures = taken.shape[1]
    base = rng.uniform(1.0, 1.3, 4)
    lift = np.where(rng.random((measures, 4)) < 0.3, rng.normal(0.1, 0.12, (measures, 4)), 0.0)
    quality = rng.normal(0.003, 0.015, measures) * (rng.random(measures) < 0.5)
    cost = rng.uniform(0.0, 0.03, measures)
    found = np.empty((len(taken), replications))
    for r in range(replications):
        varied = base * (1 + noise * rng.standard_normal(4)) * (1 + np.maximum(taken @ lift, -0.5))
        share = 0.9 + taken @ quality + noise * 0.2 * rng.standard_normal()
        found[:, r] = np.minimum(share, 1.0) * varied.min(axis=1) - taken @ cost
    return found


def triples(rng: np.random.Generator, taken: Array, replications: int, noise: float) -> Array:
    """Three triples that pay only whole: one of the three missing, the other two are a loss."""
    measures = taken.shape[1]
    gain = rng.normal(0.0, 0.012, measures)
    groups = rng.permutation(measures)[:9].reshape(3, 3)
    for group in groups:
        gain[group] = -rng.uniform(0.004, 0.02, 3)
    together = np.stack([taken[:, group].prod(axis=1) for group in groups], axis=1)
    prize = rng.uniform(0.06, 0.12, 3)
    found = np.empty((len(taken), replications))
    for r in range(replications):
        luck = 1 + 3 * noise * rng.standard_normal(3)
        found[:, r] = 1 + taken @ gain + together @ (prize * luck)
    return found


def ties(rng: np.random.Generator, taken: Array, replications: int, noise: float) -> Array:
    """Many combinations within a few percent of the best: small effects, each pair with one of its own."""
    measures = taken.shape[1]
    gain = rng.normal(0.004, 0.012, measures)
    pairs = [(a, b) for a in range(measures) for b in range(a)]
    both = np.stack([taken[:, a] * taken[:, b] for a, b in pairs], axis=1)
    bend = rng.normal(0.0, 0.006, len(pairs))
    found = np.empty((len(taken), replications))
    for r in range(replications):
        varied = gain + 0.2 * noise * rng.standard_normal(measures)
        found[:, r] = 1 + taken @ varied + both @ bend
    return found


FAMILIES: dict[str, Callable[[np.random.Generator, Array, int, float], Array]] = {
    "bottleneck": bottleneck,
    "additive": additive,
    "deceptive": deceptive,
    "flow": flow,
    "triples": triples,
    "ties": ties,
}


def table(
    family: str, seed: int, *, measures: int = 12, replications: int = 12, noise: float = 0.02
) -> Array:
    """Values, shape (2^measures, replications).

    `noise` is the standard deviation of each part (common effect, effects of what is taken, and an
    independent third of it), relative to the value of the plant as it is.
    """
    rng = np.random.default_rng([seed, list(FAMILIES).index(family)])
    found = FAMILIES[family](rng, bits(measures), replications, noise)
    scale = abs(found[0].mean())
    found += scale * noise * rng.standard_normal(replications)
    found += scale * noise / 3 * rng.standard_normal(found.shape)
    return found
