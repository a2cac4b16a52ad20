"""Failures to come, from lives and replacements as they were recorded: no form of the life is assumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhizao.studies.maintain.facts import Floats
from zhizao.studies.maintain.spells import Spells


@dataclass(frozen=True, slots=True, eq=False)
class ProductLimit:
    """Survival by age in days (Kaplan and Meier 1958): ages of events, and the share left after each.

    Beyond the last age, the hazard is `rate` a day.
    """

    ages: Floats
    left: Floats
    rate: float

    def expected(self, spells: Spells, risks: Floats) -> float:
        """Failures that spells of so many risks are expected to end with, by age at risk."""
        kept = self.left / np.maximum(np.concatenate([[1.0], self.left])[:-1], 1e-300)
        at = (spells.entry[:, None] < self.ages) & (spells.exit[:, None] >= self.ages)
        return float(((1 - kept ** risks[:, None]) * at).sum())

    def drawn(self, age: Floats, uniform: Floats) -> Floats:
        """Age at the event of parts of some age, by uniform random numbers."""
        share = uniform * np.concatenate([[1.0], self.left])[np.searchsorted(self.ages, age, side="right")]
        place = np.searchsorted(-self.left, -share, side="left")
        if self.rate <= 0:
            return np.asarray(np.append(self.ages, np.inf)[place])
        last = self.left[-1] if len(self.left) else 1.0
        beyond = np.maximum(age, self.ages[-1] if len(self.ages) else 0.0)
        beyond = beyond - np.log(np.maximum(share, 1e-300) / last) / self.rate if last > 0 else beyond
        return np.asarray(np.where(place < len(self.ages), np.append(self.ages, 0.0)[place], beyond))


def replacements_of(spells: Spells) -> ProductLimit:
    """Survival of preventive replacements; failures censor, and come first where both have the same age."""
    ages, events = _events(spells.exit, spells.replaced > 0)
    gone = spells.failed > 0
    risk = [((spells.exit > age) | ((spells.exit == age) & ~gone))[spells.entry < age].sum() for age in ages]
    return ProductLimit(ages, np.asarray(np.cumprod(1 - events / np.maximum(risk, 1)), float), 0.0)


def _events(exits: Floats, ended: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    ages, events = np.unique(exits[ended], return_counts=True)
    return ages, events.astype(np.float64)


def counts(
    fails: ProductLimit,
    replaced: ProductLimit,
    ages: Floats,
    days: float,
    random: np.random.Generator,
    *,
    factors: tuple[Floats | float, Floats | float] = (1.0, 1.0),
) -> Floats:
    """Failures within so many days, by future: parts by future and machine, from their ages on.

    A part is renewed at each failure and replacement. `factors`: those on the hazards of
    failure and of preventive replacement, by future and machine.
    """
    age, now = ages.copy(), np.zeros(ages.shape)
    failures = np.zeros(len(ages))
    while (now < days).any():
        fails_at = fails.drawn(age, random.uniform(size=age.shape) ** (1 / factors[0]))
        replaced_at = replaced.drawn(age, random.uniform(size=age.shape) ** (1 / factors[1]))
        now = now + np.minimum(fails_at, replaced_at) - age
        failures += ((fails_at <= replaced_at) & (now <= days)).sum(axis=1)
        age = np.zeros(age.shape)
    return failures
