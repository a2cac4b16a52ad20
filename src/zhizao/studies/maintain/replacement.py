"""Age replacement: whether a preventive replacement is worth its downtime, and at which age."""

from __future__ import annotations

from dataclasses import dataclass
from math import gamma

import numpy as np

from zhizao.studies.maintain.facts import Floats, Interval

AGES = (0.02, 3.0)
"""Ages of replacement that are looked at, in scales of the life: the optimum of a shape above 1 that is worth
anything lies within them."""
GRID = 400
"""Ages at which the downtime is worked out."""
QUANTILES = 100
"""Pieces of the distribution of the failures that are left."""


@dataclass(frozen=True, slots=True)
class Stops:
    """Downtime of a failure and of a preventive replacement, in days (assumed: not in the records)."""

    repair: float
    preventive: float


@dataclass(frozen=True, slots=True)
class Life:
    """A Weibull life: shape, and scale in days of uptime."""

    shape: float
    scale: float

    def left(self, age: Floats) -> Floats:
        """Share of parts that reach an age."""
        return np.asarray(np.exp(-((age / self.scale) ** self.shape)))

    def uptime(self, age: Floats) -> Floats:
        """Mean uptime until failure or replacement at an age: the integral of `left`."""
        from scipy.special import gammainc

        whole = self.scale * gamma(1 + 1 / self.shape)
        return np.asarray(whole * gammainc(1 / self.shape, (age / self.scale) ** self.shape))

    def downtime(self, age: Floats, stops: Stops) -> Floats:
        """Share of the time that is down with replacement at an age, by renewal reward.

        Barlow and Hunter 1960, Optimum preventive maintenance policies, Operations Research 8 (policy I).
        An infinite age is none: the part runs to failure.
        """
        left = self.left(age)
        down = stops.repair * (1 - left) + stops.preventive * left
        return np.asarray(down / (self.uptime(age) + down))

    def best_age(self, stops: Stops) -> float:
        """Age in days that has the least downtime."""
        ages = self.scale * np.geomspace(*AGES, GRID)
        return float(ages[np.argmin(self.downtime(ages, stops))])

    def failure_days(self, age: float, stops: Stops) -> Floats:
        """Days between failures with replacement at an age: ends of pieces of equal probability.

        Cycles without a failure come first, each with its preventive replacement. Linear within the pieces;
        the last ends where the mean is exact.
        """
        left = float(self.left(np.array(age)))
        share = 1 - np.arange(QUANTILES) / QUANTILES
        cycles = np.floor(np.log(share) / np.log(left)) if 0 < left < 1 else np.zeros(QUANTILES)
        rest = share / left**cycles if left > 0 else share
        days = cycles * (age + stops.preventive)
        days = days + self.scale * np.maximum(-np.log(rest), 0.0) ** (1 / self.shape)
        mean = (float(self.uptime(np.array(age))) + stops.preventive * left) / (1 - left)
        return np.append(days, 2 * (QUANTILES * mean - days.sum() + days[0] / 2))

    def stop_days(self, age: float, stops: Stops) -> float:
        """Mean days from a preventive replacement to the next, repairs in between included."""
        left = float(self.left(np.array(age)))
        return (float(self.uptime(np.array(age))) + stops.repair * (1 - left)) / left


@dataclass(frozen=True, slots=True)
class Replacement:
    """Age replacement of a component against running to failure.

    `age`: days of uptime with the least downtime; `downtime`, `to_failure`: shares of the time; `saving`: the
    latter less the former, with a 95 % interval by bootstrap of machines. All are None where nothing is
    shown; `why` says why.
    """

    component: str
    why: str = ""
    age: float | None = None
    downtime: float | None = None
    to_failure: float | None = None
    saving: Interval | None = None
    life: Life | None = None

    @property
    def shown(self) -> bool:
        """Whether a replacement by age is shown to be worth it."""
        return self.age is not None


def age_replacement(
    component: str, shape: Interval, life: Life, drawn: list[Life], stops: Stops, *, fits: bool
) -> Replacement:
    """Judge age replacement of a component.

    Parameters
    ----------
    shape
        Shape of the life with its interval: without wear there is no gain.
    drawn
        Lives of bootstrap samples of machines.
    fits
        Whether the form of the life fits the records.
    """
    if shape.low is None or shape.low <= 1:
        return Replacement(component, "no wear is shown: the interval of the shape includes 1 or less")
    if not fits:
        return Replacement(component, "the form of the life does not fit the records")
    age, never = life.best_age(stops), np.array(np.inf)
    ages = np.array(age)
    savings = [float(one.downtime(never, stops) - one.downtime(ages, stops)) for one in drawn]
    low, high = np.percentile(savings, [2.5, 97.5]) if len(savings) > 1 else (-np.inf, np.inf)
    if low <= 0:
        return Replacement(component, "the interval of the saving includes none")
    down, fail = float(life.downtime(ages, stops)), float(life.downtime(never, stops))
    saving = Interval(fail - down, float(low), float(high))
    return Replacement(component, "", age, down, fail, saving, life)
