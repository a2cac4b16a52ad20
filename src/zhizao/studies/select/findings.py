"""What is asked for, and what the study found, as data and tables; `result` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import isfinite

import polars as pl

from zhizao.experiments.facts import RunFacts
from zhizao.experiments.selection import Effort
from zhizao.kpi import FORMULAS, formula_of, unit_of
from zhizao.kpi.analysis import Difference, Interval
from zhizao.report.text import quantity, signed_percent


class Method(Enum):
    """How replications are spent."""

    KN = "kn++"  # guaranteed probability; Kim and Nelson 2006
    OCBA = "ocba"  # estimated probability within a budget; Chen et al. 2000


@dataclass(frozen=True, slots=True)
class Goal:
    """Which KPI is to be best (the way it improves), and how surely.

    `effort.indifference` is in the KPI's unit: smaller differences do not matter.
    """

    of: str
    effort: Effort
    method: Method = Method.KN

    def __post_init__(self) -> None:
        object.__setattr__(self, "of", formula_of(self.of).id)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One plant: its KPI, its replications, and the best one less it, over the replications of both.

    `in_play`: it was not left out on the way; of one in play it is open whether it is as good.
    """

    name: str
    kpi: Interval
    replications: int
    behind: Difference
    in_play: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Selected(RunFacts):
    """Candidates, the best first; `replications` are those of the best.

    `decided`: the goal was reached; `probability` is the promised (KN++) or estimated (OCBA) one that this is
    right.
    """

    goal: Goal
    candidates: tuple[Candidate, ...]
    decided: bool
    probability: float
    total: int

    @property
    def best(self) -> str:
        """Name of the best candidate."""
        return self.candidates[0].name

    @property
    def unit(self) -> str:
        """Unit of the KPI."""
        return unit_of(FORMULAS[self.goal.of], self.plant)

    @property
    def answer(self) -> str:
        """Which candidate is best, how surely, and by how much, in a plain sentence."""
        first, *others = self.candidates
        if not others:
            return f"{first.name!r} is the only candidate."
        second = others[0]
        lead = _lead(second.behind, FORMULAS[self.goal.of].name.lower(), self.unit)
        if not self.decided:
            return f"Not decided yet: {first.name!r} is ahead of {second.name!r} by {lead}."
        return f"{first.name!r} is best with {_sure(self.probability)}: {lead} over {second.name!r}."

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [self.answer, self._meaning()]
        if self.interrupted:
            found.insert(0, "Interrupted: the candidates are compared by what was done by then.")
        if not self.keeps_up:
            found.append(
                "A plant among the candidates cannot keep up with its orders: its KPIs depend on the length "
                "of the run."
            )
        found.append(
            f"{self.total} runs with common random numbers, {self.window.warm_up}, {self.window.days:g} days "
            "each; intervals hold with 95 % confidence, each for itself."
        )
        return tuple(found)

    def _meaning(self) -> str:
        effort = self.goal.effort
        zone, unit = quantity(effort.indifference, self.unit)
        if not self.decided:
            return (
                f"The wanted {100 * effort.confidence:g} % was not reached with at most {effort.at_most} "
                f"replications of each; allow more, or a larger indifference than {zone} {unit}."
            )
        if self.goal.method is Method.OCBA:
            return "The probability is estimated with OCBA, not guaranteed."
        return (
            f"The probability is guaranteed by KN++ for a best that leads by {zone} {unit} or more; "
            "among closer ones, one no further than that from the best was chosen."
        )

    def table(self) -> pl.DataFrame:
        """One row per candidate, the best first.

        Columns: candidate, mean, low, high, unit, behind (the best less this one), behind_low, behind_high,
        replications, in_play.
        """
        rows = [
            (
                c.name,
                *(c.kpi.mean, c.kpi.low, c.kpi.high),
                self.unit,
                *(c.behind.absolute.mean, c.behind.absolute.low, c.behind.absolute.high),
                c.replications,
                c.in_play,
            )
            for c in self.candidates
        ]
        frame = pl.DataFrame(rows, schema=_COLUMNS, orient="row")
        return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


def _lead(behind: Difference, name: str, unit: str) -> str:
    """How far the best is from another: +4.1 % throughput (+23 pieces/day)."""
    by, shown_in = quantity(behind.absolute.mean, unit)
    absolute = f"{'+' if behind.absolute.mean >= 0 else ''}{by} {shown_in}".strip()
    if not isfinite(behind.relative.mean):
        return f"{absolute} {name}"
    return f"{signed_percent(behind.relative.mean)} % {name} ({absolute})"


def _sure(probability: float) -> str:
    return f"{100 * probability:.3g} %" if probability < 0.999 else "over 99.9 %"


_COLUMNS = {
    "candidate": pl.String,
    **dict.fromkeys(("mean", "low", "high"), pl.Float64),
    "unit": pl.String,
    **dict.fromkeys(("behind", "behind_low", "behind_high"), pl.Float64),
    "replications": pl.Int64,
    "in_play": pl.Boolean,
}
