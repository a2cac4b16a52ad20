"""What `compare` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import polars as pl

from zhizao.experiments.facts import as_json
from zhizao.kpi.analysis import Interval
from zhizao.report import in_notebook, write_report
from zhizao.studies.compare.found import Compared, Outcome
from zhizao.studies.compare.page import page


@dataclass(frozen=True, slots=True, eq=False)
class CompareResult(Compared):
    """A plant and what becomes of it, to be shown: table, JSON, page."""

    def to_json(self) -> str:
        """The whole result as JSON; what is unknown is null, a bound that does not exist too."""
        return json.dumps(self._summary(), ensure_ascii=False, indent=2, allow_nan=False)

    def _summary(self) -> dict[str, Any]:
        return {
            "study": "compare",
            **as_json(self),
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
            "cost": scenario.cost,
            "yearly_cost": money.yearly_cost,
            "keeps_up": scenario.keeps_up,
            "gain_per_day": _bounds(money.gain_per_day),
            "gain_per_day_if_escapes_cost_nothing": _bounds(money.before_escapes),
            "break_even_escape_cost": money.break_even_escape_cost,
            "net_present_value": _bounds(money.net_present_value),
            "payback_days": None
            if paid is None
            else {"mean": _finite(paid.days), "low": _finite(paid.low), "high": _finite(paid.high)},
            "ignorance": None if scenario.ignorance is None else scenario.ignorance.as_json(),
            "kpis": {row["kpi"]: {k: v for k, v in row.items() if k != "kpi"} for row in rows},
        }

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page."""
        return write_report(page(self), path)

    def _repr_html_(self) -> str:
        return in_notebook(self.plant.name, self.notes, self.table())


def _bounds(interval: Interval) -> dict[str, float | None]:
    return {name: _finite(getattr(interval, name)) for name in ("mean", "low", "high")}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
