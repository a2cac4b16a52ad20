"""Day-ahead forecasts: profiles of alike days, corrected by ridge regression on recent deviations."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from zhizao.studies.monitor.energy.days import Days, DayType
from zhizao.studies.monitor.samples import Floats

SAME_WEEKDAY = 2.0
"""Weight of a past day of the same day of the week, beside 1 for others of its type."""
PRIOR = 0.5
"""Days that the mean of all days counts for in profiles of rare types."""
HALF_LIVES = (15.0, 30.0, 60.0)
RIDGES = (100.0, 300.0, 1000.0)
"""Half-lives of a profile's days, in days, and penalties, among which rolling origins choose."""
BLOCKS = 3
"""Parts of a day whose deviations are predicted: eight hours each."""
HISTORY = 28
"""Days before the first forecast."""
FOREVER = 1e4
"""Half-life, in days, of single holidays: there are too few to forget any."""
_WEEK = 7
_STILL = 1e-6


@dataclass(frozen=True, slots=True)
class Settings:
    """Half-life of a profile's days in days, and the ridge penalty of the correction."""

    half_life: float
    ridge: float


def profiles(values: Floats, days: Days, half_life: float, until: int | None = None) -> Floats:
    """For each day the weighted mean of alike days before it (days by intervals; nan on the first).

    Weights halve every `half_life` days. From day `until` on, only days before it count.
    """
    known = ~np.isnan(values)
    filled, expected = np.where(known, values, 0.0), np.full_like(values, np.nan)
    for day in range(1, days.count):
        end = day if until is None else min(day, until)
        weights, share = _weights(days, day, end, half_life)
        total = weights @ known[:end] + share @ known[:end]
        amount = weights @ filled[:end] + share @ filled[:end]
        np.divide(amount, total, out=expected[day], where=total > 0)
    return expected


def _weights(days: Days, day: int, end: int, half_life: float) -> tuple[Floats, Floats]:
    """Weights of the days before `end` of the same type, and, for rare types, of all days."""
    before = np.arange(end)
    rare = days.types[day] != DayType.WEEKDAY
    life = FOREVER if days.types[day] == DayType.SINGLE_HOLIDAY else half_life
    alike = (days.types[:end] == days.types[day]) * np.where(
        days.weekdays[:end] == days.weekdays[day], SAME_WEEKDAY, 1.0
    )
    recent = 0.5 ** ((day - before) / half_life)
    shared = PRIOR * recent / recent.sum() if rare or not alike.any() else np.zeros(end)
    return 0.5 ** ((day - before) / life) * alike, shared


@dataclass(frozen=True, slots=True, eq=False)
class Deviations:
    """Profiles, and what deviates from them: by day and block, of the target and of each driver."""

    expected: Floats
    blocks: Floats
    features: Floats  # days by blocks by features


def deviations(days: Days, half_life: float) -> Deviations:
    """Deviations of all days, each from the profile of the days before it."""
    expected = profiles(days.values, days, half_life)
    blocks = _by_block(days.values - expected)
    drivers = [_by_block(one - profiles(one, days, half_life)) for one in days.drivers]
    features = np.zeros((days.count, BLOCKS, 3 * (9 + len(drivers)) + 2))
    for day in range(_WEEK, days.count):
        features[day] = _features(days, blocks, drivers, day)
    return Deviations(expected, blocks, features)


def _by_block(residual: Floats) -> Floats:
    """Mean of the known deviations of each block; 0, no deviation, where none is known."""
    parts = np.array_split(residual, BLOCKS, axis=1)
    counts = [np.maximum((~np.isnan(part)).sum(axis=1), 1) for part in parts]
    return np.column_stack([np.nansum(part, axis=1) / n for part, n in zip(parts, counts, strict=True)])


def _features(days: Days, blocks: Floats, drivers: list[Floats], day: int) -> Floats:
    """Recent deviations (all of days before `day`) and the day's drivers, by the kind of the two days."""
    level, shape = blocks.mean(axis=1), np.ones(BLOCKS)
    base = np.column_stack(
        [
            blocks[day - 1],
            blocks[day - 2],
            blocks[day - _WEEK],
            shape * level[day - 1],
            shape * level[day - 2],
            shape * level[day - 3],
            shape * level[day - _WEEK : day - 1].mean(),
            shape * blocks[day - 1, -1],
            shape * blocks[day - 1, -2:].mean(),
            *(one[day] for one in drivers),
        ]
    )
    works, worked = (float(days.types[one] == DayType.WEEKDAY) for one in (day, day - 1))
    kinds = (works * worked, works * (1 - worked), 1 - works)
    constant = np.column_stack([shape * works, shape * (1 - works)])
    return np.hstack([*(base * kind for kind in kinds), constant])


def forecast(days: Days, found: Deviations, ridge: float, first: int, last: int, every: int = 1) -> Floats:
    """Forecast days `first` to `last` (without it), each from the days before it alone.

    The regression is fitted anew every `every` days, to all days before.
    """
    made = found.expected[first:last].copy()
    sizes = [part.shape[1] for part in np.array_split(days.values[:1], BLOCKS, axis=1)]
    for origin in range(first, last, every):
        ahead = np.arange(origin, min(origin + every, last))
        added = np.column_stack([_predicted(found, ridge, block, origin, ahead) for block in range(BLOCKS)])
        made[ahead - first] += np.repeat(added, sizes, axis=1)
    return np.maximum(made, 0.0) if np.nanmin(days.values) >= 0 else made


def _predicted(found: Deviations, ridge: float, block: int, origin: int, ahead: np.ndarray) -> Floats:
    x, y = found.features[HISTORY:origin, block], found.blocks[HISTORY:origin, block]
    scale = x.std(axis=0) + _STILL
    z = x / scale
    weights = np.linalg.solve(z.T @ z + ridge * np.eye(z.shape[1]), z.T @ y)
    return np.asarray(found.features[ahead, block] / scale @ weights)


def chosen(days: Days, end: int) -> Settings:
    """Settings with the least squared error over rolling origins within the first `end` days.

    Weekly origins, from 40 % of these days on.
    """
    start, best = max(int(0.4 * end), HISTORY + _WEEK), (np.inf, Settings(HALF_LIVES[1], RIDGES[1]))
    of_life = {life: deviations(days, life) for life in HALF_LIVES}
    for life, ridge in product(HALF_LIVES, RIDGES):
        made = forecast(days, of_life[life], ridge, start, end, every=_WEEK)
        error = float(np.nanmean((days.values[start:end] - made) ** 2))
        best = min(best, (error, Settings(life, ridge)), key=lambda one: one[0])
    return best[1]
