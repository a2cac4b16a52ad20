"""Features of a unit at each time, from its past alone: windowed means, slopes, weighted means, start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.maintain.facts import Floats
from zhizao.studies.maintain.histories import History, filled, informative

MEANS, SLOPES, WEIGHT, START = (10, 30), (30, 60), 0.1, 20
"""Rows of the windows of means and slopes, weight of the newest row in the exponentially weighted mean, rows
of the start; chosen by cross-validation by unit on the training engines of C-MAPSS FD001."""
INDEX_MEANS, INDEX_SLOPES = (5, 10, 20, 40), (15, 30, 60)
"""Rows of the windows of the health index, which has less noise than one sensor."""


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """How a history becomes features: sensors used, their mean and deviation, weights of the health index.

    The health index is the linear combination of sensors that fits the capped remaining life best (least
    squares); it is used as a feature and has no meaning of its own.
    """

    sensors: tuple[int, ...]
    mean: Floats
    deviation: Floats
    weights: Floats

    def scaled(self, values: Floats) -> Floats:
        """Sensor values in deviations from their means, gaps filled."""
        return np.asarray((filled(values[:, self.sensors], self.mean) - self.mean) / self.deviation)

    def features(self, history: History) -> Floats:
        """Features by time and number: age, then those of sensors, then those of the health index."""
        x = self.scaled(history.values)
        age = history.time[:, None] - history.time[0] + 1.0
        index = x @ self.weights[:-1, None] + self.weights[-1]
        parts = [age, *(moving_mean(x, rows) for rows in MEANS), weighted_mean(x, WEIGHT)]
        parts += [moving_mean(x, MEANS[0]) - start_mean(x), *(slope(x, rows) for rows in SLOPES)]
        parts += [*(moving_mean(index, rows) for rows in INDEX_MEANS), weighted_mean(index, WEIGHT)]
        parts += [*(slope(index, rows) for rows in INDEX_SLOPES), start_mean(index)]
        return np.hstack(parts)


def recipe_of(histories: tuple[History, ...], cap: float) -> Recipe:
    """The recipe, from histories of units run to failure."""
    sensors = informative(histories)
    both = np.vstack([one.values[:, sensors] for one in histories])
    mean, deviation = np.nanmean(both, axis=0), np.nanstd(both, axis=0)
    raw = Recipe(sensors, mean, deviation, np.zeros(len(sensors) + 1))
    smooth = np.vstack([weighted_mean(raw.scaled(one.values), WEIGHT) for one in histories])
    target = np.concatenate([capped_life(one, cap) for one in histories])
    design = np.column_stack([smooth, np.ones(len(smooth))])
    weights = np.linalg.solve(design.T @ design + 1e-3 * np.eye(design.shape[1]), design.T @ target)
    return Recipe(sensors, mean, deviation, weights)


def capped_life(history: History, cap: float) -> Floats:
    """Remaining life at each time, at most `cap`, of a unit that failed at its last time."""
    return np.asarray(np.minimum(history.time[-1] - history.time, cap))


# ---------------------------------------------------------------- windows
def moving_mean(x: Floats, rows: int) -> Floats:
    """Mean of the last rows, fewer at the beginning."""
    sums = np.vstack([np.zeros(x.shape[1]), np.cumsum(x, axis=0)])
    end = np.arange(1, len(x) + 1)
    begin = np.maximum(end - rows, 0)
    return np.asarray((sums[end] - sums[begin]) / (end - begin)[:, None])


def slope(x: Floats, rows: int) -> Floats:
    """Least-squares slope per row over the last rows; 0 where there is one row."""
    row = np.arange(len(x), dtype=float)[:, None]
    middle = moving_mean(row, rows)
    spread = moving_mean(row * row, rows) - middle * middle
    together = moving_mean(row * x, rows) - middle * moving_mean(x, rows)
    return np.asarray(np.where(spread > 1e-9, together / np.maximum(spread, 1e-9), 0.0))


def weighted_mean(x: Floats, weight: float) -> Floats:
    """Exponentially weighted mean, normalised by the weights so far."""
    out, total, weights = np.empty_like(x), np.zeros(x.shape[1]), 0.0
    for number, row in enumerate(x):
        total = (1 - weight) * total + row
        weights = (1 - weight) * weights + 1
        out[number] = total / weights
    return out


def start_mean(x: Floats) -> Floats:
    """Mean of the first rows of the unit, as far as they are there."""
    place = np.minimum(np.arange(len(x)), START - 1)
    return np.asarray(np.cumsum(x, axis=0)[place] / (place + 1)[:, None])
