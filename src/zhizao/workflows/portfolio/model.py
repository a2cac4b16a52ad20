"""A portfolio as arrays: measures, shared limits, what may go together, and what a year is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from zhizao.studies.compare import Appraisal
from zhizao.studies.compare.payback import DAYS_OF_YEAR

Floats = NDArray[np.float64]
Plan = NDArray[np.int64]
"""The year of each measure, counted from 0; -1: not taken."""

NEVER = -1
MONTHS_OF_YEAR = 12
RESOURCES = ("money", "people", "compute")


@dataclass(frozen=True, slots=True)
class Item:
    """A measure in a plant: what it costs, what it takes, what it gains a year, and how sure that is.

    `gain_se` is nan where nobody knows it. `needs` and `excludes` name other measures as (plant, measure).
    `unknown` names the fields that nobody knows, and that count as 0.
    """

    plant: str
    measure: str
    kind: str | None
    cost: float
    gain: float
    gain_se: float = float("nan")
    yearly_cost: float = 0.0
    people: float = 0.0
    compute_h: float = 0.0
    months: float = 0.0
    size: float = float("nan")
    needs: tuple[tuple[str, str], ...] = ()
    excludes: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Plant and measure: unique in a portfolio."""
        return self.plant, self.measure


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A measure that cannot be planned, and why."""

    plant: str
    measure: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Shared limits of money, people and compute: `by_year[r, t]`, inf where there is none.

    What is left of a resource in a year is kept for the next where `kept[r]`. `total` bounds the money of
    all years.
    """

    by_year: Floats
    kept: tuple[bool, bool, bool]
    total: float = float("inf")

    @property
    def years(self) -> int:
        """Years that are planned."""
        return int(self.by_year.shape[1])

    @property
    def money(self) -> float:
        """Money that can be spent in all years together; inf without a limit."""
        return min(float(self.by_year[0].sum()), self.total)

    def scaled(self, share: float) -> Limits:
        """With a share of the money; people and compute as they are."""
        by_year = self.by_year.copy()
        by_year[0] *= share
        return replace(self, by_year=by_year, total=self.total * share)

    def split(self, parts: int) -> Limits:
        """An equal part of everything."""
        return replace(self, by_year=self.by_year / parts, total=self.total / parts)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is to be planned. `needs` and `excludes` hold pairs of rows of `items`."""

    items: tuple[Item, ...]
    limits: Limits
    needs: tuple[tuple[int, int], ...]
    excludes: tuple[tuple[int, int], ...]
    appraisal: Appraisal

    @property
    def discount(self) -> Floats:
        """Present value of 1 spent at the beginning of each year that is planned."""
        return np.array((1 + self.appraisal.interest) ** -np.arange(self.limits.years, dtype=np.float64))

    @property
    def worth(self) -> Floats:
        """Present value of a gain of 1 a year, by measure and year of the decision."""
        days = [one.months / MONTHS_OF_YEAR * DAYS_OF_YEAR for one in self.items]
        factors = np.array([self.appraisal.worth_of_a_day(each) / DAYS_OF_YEAR for each in days])
        return np.outer(factors, self.discount)

    @property
    def uses(self) -> Floats:
        """Money, people and compute that each measure takes."""
        rows = [(one.cost, one.people, one.compute_h) for one in self.items]
        return np.array(rows, dtype=np.float64).reshape(-1, len(RESOURCES)).T

    def values(self, gain: Floats) -> Floats:
        """Present value of each measure in each year, at these gains a year."""
        yearly = np.array([one.yearly_cost for one in self.items])
        return np.asarray((gain - yearly)[:, None] * self.worth - np.outer(self.uses[0], self.discount))

    def value(self, plan: Plan, gains: Floats) -> Floats:
        """Present value of a plan under each row of gains."""
        taken = np.flatnonzero(plan >= 0)
        years = plan[taken]
        worth = self.worth[taken, years]
        yearly = np.array([self.items[row].yearly_cost for row in taken])
        cost = float((self.uses[0][taken] * self.discount[years]).sum())
        return np.asarray((gains[:, taken] - yearly) @ worth - cost)

    def spent(self, plan: Plan) -> Floats:
        """Money, people and compute by year."""
        found = np.zeros((len(RESOURCES), self.limits.years))
        for year in range(self.limits.years):
            found[:, year] = self.uses[:, plan == year].sum(axis=1)
        return found

    def only(self, rows: NDArray[np.int64], limits: Limits) -> Problem:
        """The part with these measures, under other limits; pairs that leave it are dropped."""
        place = {int(row): number for number, row in enumerate(rows)}
        needs, excludes = (
            tuple((place[a], place[b]) for a, b in pairs if a in place and b in place)
            for pairs in (self.needs, self.excludes)
        )
        return replace(
            self,
            items=tuple(self.items[int(row)] for row in rows),
            limits=limits,
            needs=needs,
            excludes=excludes,
        )

    def allows(self, plan: Plan) -> bool:
        """Whether a plan keeps all limits, needs and exclusions."""
        if not fits(self.spent(plan), self.limits):
            return False
        later = any(plan[a] >= 0 and not 0 <= plan[b] <= plan[a] for a, b in self.needs)
        return not later and not any(plan[a] >= 0 and plan[b] >= 0 for a, b in self.excludes)


SLACK = 1e-6
"""Relative excess over a limit that counts as rounding."""


def fits(spent: Floats, limits: Limits) -> bool:
    """Whether what is spent keeps the limits."""
    for row, kept in enumerate(limits.kept):
        use, most = spent[row], limits.by_year[row]
        if kept:
            use, most = np.cumsum(use), np.cumsum(most)
        if (use > most + SLACK * np.maximum(1.0, np.where(np.isfinite(most), most, 1.0))).any():
            return False
    return not isfinite(limits.total) or float(spent[0].sum()) <= limits.total + SLACK * max(
        1.0, limits.total
    )
