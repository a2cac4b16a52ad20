"""What `portfolio` gives back: the plan and how sure it is, as JSON and as a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from zhizao.quantities import Input
from zhizao.report import Lines, Prose, Report, Result, Section, Table
from zhizao.report.text import number
from zhizao.workflows.portfolio.findings import Found
from zhizao.workflows.portfolio.model import LeftOut
from zhizao.workflows.portfolio.robust import MILLION
from zhizao.workflows.portfolio.sources.read import Read
from zhizao.workflows.portfolio.sources.spec import PortfolioFile

FEW = 3
"""Plants that are named in words."""
COUNT_AS_0 = {
    "yearly_cost": "Yearly costs",
    "people": "Person-months",
    "compute_h": "Compute hours",
    "months": "Months until they work",
}
"""What a measure may leave open, in words."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Planned:
    """A plan for many plants, and what it was made from."""

    file: PortfolioFile
    found: Found
    read: Read
    inputs: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PortfolioResult(Planned, Result):
    """A plan for many plants, to be shown: table, JSON, page."""

    study: ClassVar[str] = "portfolio"

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Measures that cannot be planned, and why."""
        return tuple(self.read.left_out)

    @property
    def title(self) -> str:
        """The name of the portfolio."""
        return self.file.portfolio

    @property
    def answer(self) -> str:
        """Which plants first, and what the plan is worth."""
        found, currency = self.found, self.file.currency
        plants = found.plants()
        if not plants.height:
            return "Take no measure: none is expected to be worth its cost."
        first = plants.filter(pl.col("first_year") == plants["first_year"].min())["plant"].to_list()
        low, high = np.quantile(found.values, (0.05, 0.95))
        more = f" and {len(first) - FEW} more" if len(first) > FEW else ""
        return (
            f"Begin with {', '.join(first[:FEW])}{more}; the plan is worth {number(found.expected)} "
            f"({number(float(low))} to {number(float(high))}) {currency} (measures: "
            f"{int((found.plan >= 0).sum())}; plants: {plants.height})."
        )

    @property
    def how(self) -> str:
        """How the plan was found."""
        found, aim = self.found, "the expected value"
        if found.weight:
            aim = f"the expected value less {found.weight:.2f} standard deviations"
        plants = len({one.plant for one in found.problem.items})
        return (
            f"{len(found.problem.items)} measures of {plants} plants in {self.file.years} years; the plan "
            f"maximises {aim}, and no plan is better by more than {100 * found.solution.gap:.2f} % (proved)."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        return (self.answer, *self._cautions(), self.how)

    def _cautions(self) -> list[str]:
        found = self.found
        said = ["Interrupted: what was not reached is missing."] if self.interrupted else []
        assumed = int(found.gains.assumed.sum())
        if assumed:
            said.append(
                f"The uncertainty of {assumed} gains is not known; a standard error as large as the gain, "
                "or as the largest known one, is assumed."
            )
        said += self._million()
        said += self._learning()
        shares = self.file.learning
        said.append(
            "Assumed: all measures of one kind miss their estimates together by "
            f"{100 * shares.shared_sd:g} % (standard deviation); gains of measures of one plant add up, but "
            "for packages that `improve` proved."
        )
        said += self._unknown()
        if self.left_out:
            said.append(
                f"Left out: {len(self.left_out)} measures, whose cost or gain is not known, or that need "
                "such a measure."
            )
        if self.read.no_measure:
            said.append(f"Plants of which `improve` proved no measure: {', '.join(self.read.no_measure)}.")
        if self.read.no_currency:
            said.append(
                f"Results of `improve` that do not name their currency: {self.read.no_currency}; "
                f"{self.file.currency} is assumed."
            )
        if found.timed_out:
            said.append(
                f"A time limit ended {found.timed_out} searches: with an equal seed they may end elsewhere."
            )
        if self.read.unused:
            said.append(f"Columns that this study does not use: {', '.join(self.read.unused)}.")
        return said

    def _unknown(self) -> list[str]:
        """What nobody knows and counts as 0; a resource without a limit is not asked for."""
        unlimited = {"people": self.file.people is None, "compute_h": self.file.compute_h is None}
        said = []
        for name, words in COUNT_AS_0.items():
            count = sum(name in one.unknown for one in self.found.problem.items)
            if count and not unlimited.get(name, False):
                said.append(f"{words} of {count} measures are not known and count as 0.")
        return said

    def _million(self) -> list[str]:
        found = self.found.million()
        if found is None:
            return []
        mean, low, high = (number(each) for each in found)
        return [f"A further million would add {mean} {self.file.currency} (proved: {low} to {high})."]

    def _learning(self) -> list[str]:
        rows = self.found.learned().drop_nulls("more")
        if not rows.height:
            return []
        best = rows.sort("value", descending=True).row(0, named=True)
        own = rows.row(0, named=True)
        said = [
            f"Planning anew each year by what was realised adds {number(own['more'])} "
            f"({number(own['low'])} to {number(own['high'])}) {self.file.currency}."
        ]
        if best["start"] != own["start"] and best["low"] is not None and best["low"] > own["high"]:
            said.append(f"A better way to begin: {best['start']}.")
        return said

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def table(self) -> pl.DataFrame:
        """One row per measure of the plan, by year, then by value."""
        return self.found.taken()

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        found = self.found
        million = found.million()
        return {
            "portfolio": self.title,
            "currency": self.file.currency,
            "answer": self.answer,
            "notes": list(self.notes),
            "expected_value": found.expected,
            "gap": found.solution.gap if np.isfinite(found.solution.gap) else None,
            "weight_of_standard_deviation": found.weight,
            "plan": self.table().to_dicts(),
            "years": found.years().to_dicts(),
            "plants": found.plants().to_dicts(),
            "curve": found.curve().to_dicts(),
            "further_million": None
            if million is None
            else dict(zip(("adds", "low", "high"), million, strict=True)),
            "ways": found.ways().to_dicts(),
            "learning": found.learned().to_dicts(),
            "searches_timed_out": found.timed_out,
            "count_as_0": {
                name: sum(name in one.unknown for one in found.problem.items) for name in COUNT_AS_0
            },
            "draws": 0 if found.hindsight is None else len(found.hindsight.values),
            "no_measure_proved": self.read.no_measure,
            "left_out": [asdict(one) for one in self.left_out],
        }

    def page(self) -> Report:
        """The result as a report."""
        found = self.found
        return Report(
            title=self.title,
            subtitle="Which plant first, with which measures, in which year",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                *self._plants(),
                Table("Years", heads(found.years())),
                *self._curve(),
                Table("Beside other ways", heads(found.ways()), note=WAYS),
                *self._learned(),
                *self._left(),
            ),
            facts=self._facts(),
        )

    def _facts(self) -> dict[str, object]:
        results = sum(one.kind == "improve" for one in self.inputs)
        named = {one.kind: one.name for one in self.inputs if one.kind != "improve"}
        counted = {"results of improve": results} if results else {}
        return {**named, **counted, "seed": self.seed, "zhizao": self.version}

    def _plants(self) -> tuple[Section, ...]:
        if not (self.found.plan >= 0).any():
            return ()
        return (
            Table("Plants, the first to help first", heads(self.found.plants())),
            Table("Plan", heads(self.table()), note=PLAN),
        )

    def _curve(self) -> tuple[Section, ...]:
        frame = self.found.curve()
        if not frame.height:
            return ()
        millions = (frame["budget"] / MILLION).to_list()
        values = {"value": (frame["value"] / MILLION).to_list()}
        return (
            Lines(
                "Value against budget",
                millions,
                values,
                x_label="budget (millions)",
                y_label="value (millions)",
                mark=self.found.problem.limits.money / MILLION,
            ),
            Table("What each further million buys", heads(frame), note=CURVE),
        )

    def _learned(self) -> tuple[Section, ...]:
        frame = self.found.learned()
        return (Table("What learning is worth", heads(frame), note=LEARNED),) if frame.height else ()

    def _left(self) -> tuple[Section, ...]:
        rows = pl.DataFrame([asdict(one) for one in self.left_out])
        return (Table("Left out", rows),) if rows.height else ()


PLAN = (
    "low, high: 90 % interval of the gain a year. in best plan: share of the draws in whose best plan the "
    "measure is, in whatever year; same year: in this year."
)
CURVE = (
    "price: what 1 more of money adds, by the linear relaxation (shadow price). bound: no plan is worth more "
    "(proved)."
)
WAYS = (
    "low, high: 90 % of the draws of the gains. behind: value of this plan less that of the way. plan ahead: "
    "share of the draws in which this plan is worth more. regret: what knowing the gains would have added."
)
LEARNED = (
    "Later years are planned anew, by what was realised. more: mean difference to the plan kept as it is, "
    "with its 95 % confidence interval."
)


def heads(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with heads to be read."""
    return frame.rename({name: name.replace("_", " ") for name in frame.columns})
