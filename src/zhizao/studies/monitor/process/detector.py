"""A detector: statistics fitted to normal samples, pooled into one index with one limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.studies.monitor.process.limits import upper_quantile
from zhizao.studies.monitor.process.statistics import Method, Statistic, fitted, lagged
from zhizao.studies.monitor.samples import Floats, Samples

MOST_UNKNOWN = 0.2
"""Share of unknown cells above which a sensor is left out: each takes its row, and the next ones, with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows in the order of time; `segments` numbers their gap-free stretches."""

    values: Floats
    segments: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.values)

    def cut(self, start: int, end: int) -> Part:
        """Some rows of it."""
        return Part(self.values[start:end], self.segments[start:end])

    def of(self, columns: Sequence[int]) -> Part:
        """Some columns of it."""
        return Part(self.values[:, list(columns)], self.segments)


def part_of(samples: Samples, names: Sequence[str]) -> Part:
    """Some columns of a table."""
    return Part(samples.chosen(names), samples.segments)


def joined(parts: Sequence[Part]) -> Part:
    """Parts behind one another; no lag reaches from one into another."""
    offsets = np.cumsum([0, *(int(part.segments[-1]) + 1 for part in parts[:-1])])
    segments = [part.segments + offset for part, offset in zip(parts, offsets, strict=True)]
    return Part(np.vstack([part.values for part in parts]), np.concatenate(segments))


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """Statistics with their own limits (`bases`) and the limit of the largest ratio of the two."""

    names: tuple[str, ...]
    mean: Floats
    deviation: Floats
    statistics: tuple[Statistic, ...]
    bases: Floats
    limit: float

    def ratios(self, part: Part) -> Floats:
        """Each statistic over its own limit, rows by statistics; nan where a value is unknown."""
        found = [one.values(self._lagged(part, one.lags)) for one in self.statistics]
        return np.column_stack(found) / self.bases

    def index(self, part: Part) -> Floats:
        """The monitoring index of each row: above 1 is an alarm, nan is unknown."""
        return np.asarray(self.ratios(part).max(axis=1) / self.limit)

    def contributions(self, part: Part, rows: NDArray[np.int64]) -> Floats:
        """Share of each sensor in the statistic that is farthest above its limit (rows by sensors)."""
        leading = self.ratios(part)[rows].argmax(axis=1)
        shares = np.zeros((len(rows), len(self.names)))
        for number, one in enumerate(self.statistics):
            mine = leading == number
            if mine.any():
                shares[mine] = one.contributions(self._lagged(part, one.lags)[rows[mine]])
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def _lagged(self, part: Part, lags: int) -> Floats:
        return lagged((part.values - self.mean) / self.deviation, lags, part.segments)


def usable(part: Part, names: Sequence[str]) -> tuple[tuple[int, ...], dict[str, str]]:
    """Numbers of the sensors that can be monitored, and why each other one is left out."""
    left_out = dict[str, str]()
    for number, name in enumerate(names):
        values = part.values[:, number]
        unknown, known = float(np.isnan(values).mean()), values[~np.isnan(values)]
        if unknown > MOST_UNKNOWN:
            left_out[name] = f"{unknown:.0%} of its normal values are unknown"
        elif np.ptp(known) <= 1e-12 * max(float(np.abs(known).max()), 1e-300):
            left_out[name] = "constant in the normal data"
    return tuple(n for n, name in enumerate(names) if name not in left_out), left_out


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a detector is made; see `MonitorOptions`."""

    method: Method
    lags: int
    false_alarms: float


def train(recipe: Recipe, names: Sequence[str], fit: Part, held_out: Part, seed: int) -> Detector:
    """Fit statistics to some normal rows, and set the limits on others.

    Raises
    ------
    InputError
        There are too few rows for the number of sensors, or to set a limit.
    """
    _check_rows(recipe, len(names), fit, held_out)
    mean, deviation = np.nanmean(fit.values, axis=0), np.nanstd(fit.values, axis=0)
    lags = 1 if recipe.method is Method.PCA else recipe.lags
    statistics = fitted(recipe.method, (fit.values - mean) / deviation, lags, fit.segments)
    bare = Detector(tuple(names), mean, deviation, statistics, np.ones(len(statistics)), 1.0)
    ratios = _known(bare.ratios(held_out))
    bases = np.quantile(ratios, 1 - recipe.false_alarms, axis=0)
    index = (ratios / bases).max(axis=1)
    limit = upper_quantile(index, recipe.false_alarms, np.random.default_rng(seed))
    return Detector(tuple(names), mean, deviation, statistics, bases, limit)


def _known(ratios: Floats) -> Floats:
    return np.asarray(ratios[~np.isnan(ratios).any(axis=1)])


def _check_rows(recipe: Recipe, sensors: int, fit: Part, held_out: Part) -> None:
    plain = recipe.method is Method.PCA
    reach = 1 if plain else recipe.lags if recipe.method is Method.DPCA else 2 * recipe.lags
    found = lagged(fit.values, reach, fit.segments)
    usable_rows, needed = int((~np.isnan(found).any(axis=1)).sum()), 2 * sensors * reach
    if usable_rows < needed:
        fewer = "fewer columns" if plain else "fewer columns or lags, or the method pca"
        raise InputError(
            f"found {usable_rows} complete rows to fit {sensors} sensors; {recipe.method} takes {needed}: "
            f"give more rows, {fewer}"
        )
    least = int(np.ceil(1 / recipe.false_alarms))
    lags = 1 if plain else recipe.lags
    rows = int((~np.isnan(lagged(held_out.values, lags, held_out.segments)).any(axis=1)).sum())
    if rows < least:
        raise InputError(
            f"found {rows} complete rows to set a limit; a false-alarm rate of {recipe.false_alarms:g} takes "
            f"{least}: give more normal rows, or a higher rate"
        )
