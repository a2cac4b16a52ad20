"""One unit: where it is strong and weak, which indicator its rank hangs on, and what would move it up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.rank.build import Built, Recipe, built, scored
from zhizao.studies.rank.model import IndexModel
from zhizao.studies.rank.steps.arrays import Floats, place, ranks

STEPS = 20
"""Halvings of the range in which the smallest change is sought: it is found to a millionth of the range."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit at one indicator: its value, its rank there, and its rank in the index without the indicator.

    `value` and `rank` are nan where the value is unknown.
    """

    indicator: str
    value: float
    rank: float
    without: float


@dataclass(frozen=True, slots=True)
class Gain:
    """The smallest change of one indicator that gains the places, the others staying as they are.

    `needed` is the value that it takes, `share` the change as a share of the observed range. Both are nan
    where `why` says why there is none.
    """

    indicator: str
    value: float
    needed: float
    share: float
    rank: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """All of one unit."""

    unit: str
    rank: float
    places: int
    standings: tuple[Standing, ...]
    gains: tuple[Gain, ...]


def rank_without(model: IndexModel, found: Built, recipe: Recipe) -> Floats:
    """Ranks by indicator that is left out, and unit. Its weight goes to the others of its group."""
    common = np.repeat(found.normalised[None], len(model.indicators), axis=0)
    for number in range(len(model.indicators)):
        common[number, :, number] = np.nan
    return ranks(scored(model, common, found.weights, recipe)[model.top])


def profile(model: IndexModel, found: Built, recipe: Recipe, unit: int, places: int) -> Profile:
    """Everything about one unit, by its row."""
    without = rank_without(model, found, recipe)[:, unit]
    better = found.denominated * model.posts.sign
    at = place(-better)[unit]
    standings = [
        Standing(name, float(model.raw[unit, number]), float(at[number]), float(without[number]))
        for number, name in enumerate(model.indicators)
    ]
    rank = float(found.ranks[unit])
    gains = [_gain(model, found, recipe, (unit, number), rank - places) for number in range(len(at))]
    ordered = sorted(gains, key=lambda gain: (np.isnan(gain.share), gain.share))
    return Profile(model.units[unit], rank, places, tuple(standings), tuple(ordered))


def _gain(model: IndexModel, found: Built, recipe: Recipe, cell: tuple[int, int], goal: float) -> Gain:
    unit, number = cell
    name, now = model.indicators[number], float(model.raw[cell])
    nothing = float("nan")
    if np.isnan(found.ranks[unit]):
        return Gain(name, now, nothing, nothing, nothing, "the unit has no rank")
    if goal < 1:
        return Gain(name, now, nothing, nothing, nothing, "there are not so many places above it")
    value = found.denominated[cell]
    if np.isnan(value):
        return Gain(name, now, nothing, nothing, nothing, "its value is not known")
    column = found.denominated[:, number]
    end = np.nanmax(column) if model.posts.sign[number] > 0 else np.nanmin(column)
    at_best = _rank_at(model, recipe, cell, float(end))
    if not at_best <= goal:
        why = (
            f"even the best observed value gives rank {at_best:g}" if at_best >= 1 else "no rank at the best"
        )
        return Gain(name, now, nothing, nothing, at_best, why)
    needed, rank = _smallest(model, recipe, cell, (float(value), float(end)), goal)
    share = abs(needed - value) / float(np.nanmax(column) - np.nanmin(column))
    return Gain(name, now, needed * float(model.per[cell]), float(share), rank)


def _smallest(
    model: IndexModel, recipe: Recipe, cell: tuple[int, int], between: tuple[float, float], goal: float
) -> tuple[float, float]:
    """Halve the range between a value that does not suffice and one that does."""
    short, enough = between
    rank = _rank_at(model, recipe, cell, enough)
    for _ in range(STEPS):
        middle = (short + enough) / 2
        there = _rank_at(model, recipe, cell, middle)
        if there <= goal:
            enough, rank = middle, there
        else:
            short = middle
    return enough, rank


def _rank_at(model: IndexModel, recipe: Recipe, cell: tuple[int, int], value: float) -> float:
    """Rank of the unit in the index that is built anew with another value of one indicator."""
    raw = model.raw.copy()
    raw[cell] = value * model.per[cell]
    return float(built(model, recipe, raw=raw).ranks[cell[0]])
