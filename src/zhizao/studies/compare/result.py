"""What `compare` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

import polars as pl

from zhizao.experiments.facts import as_json, in_words
from zhizao.kpi.analysis import Interval
from zhizao.report import Report, Result
from zhizao.studies.compare.findings import Compared, Outcome
from zhizao.studies.compare.page import page


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CompareResult(Compared, Result):
    """A plant and what becomes of it, to be shown: table, JSON, page."""

    study: ClassVar[str] = "compare"

    def key_points(self) -> tuple[str, str, str]:
        """How the pairs were run, what the last change brings, and what to mind."""
        return self.points(in_words(self), self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; a bound that does not exist is null."""
        return {
            **as_json(self),
            "answer": self.answer,
            "notes": list(self.notes),
            "changes": [self._scenario(scenario) for scenario in self.scenarios],
            "relevance": self.relevance,
            "interest": self.appraisal.interest,
            "years": self.appraisal.years,
            "payback_assumptions": self.appraisal.assumptions,
        }

    def _scenario(self, scenario: Outcome) -> dict[str, Any]:
        rows = self.table().filter(pl.col("change") == scenario.name).drop("change").to_dicts()
        money, paid = scenario.money, scenario.payback
        return {
            "name": scenario.name,
            "measures": list(scenario.measures),
            "cost": _finite(scenario.cost),
            "yearly_cost": money.yearly_cost,
            "differs": [one._asdict() for one in self.differing(scenario)],
            "keeps_up": scenario.keeps_up,
            "gain_per_day": _bounds(money.gain_per_day),
            "gain_per_day_if_escapes_cost_nothing": _bounds(money.before_escapes),
            "break_even_escape_cost": money.break_even_escape_cost,
            "net_present_value": _bounds(money.net_present_value),
            "payback_days": None
            if paid is None
            else {"mean": _finite(paid.days), "low": _finite(paid.low), "high": _finite(paid.high)},
            "uncertainty": None if scenario.uncertainty is None else scenario.uncertainty.as_json(),
            "kpis": {row["kpi"]: {k: v for k, v in row.items() if k != "kpi"} for row in rows},
        }

    def page(self) -> Report:
        """The result as a report."""
        return page(self)


def _bounds(interval: Interval) -> dict[str, float | None]:
    return {name: _finite(getattr(interval, name)) for name in ("mean", "low", "high")}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
