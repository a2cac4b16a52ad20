"""What `sensitivity` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from zhizao.experiments.facts import as_json, on_page
from zhizao.kpi import FORMULAS
from zhizao.report import Prose, Report, Section, Table, Tornado, in_notebook, write_report
from zhizao.studies.sensitivity.found import Sensitive, change

_BARS = 20


@dataclass(frozen=True, slots=True, eq=False)
class SensitivityResult(Sensitive):
    """Which numbers of a plant move a KPI, to be shown: table, JSON, page."""

    def to_json(self) -> str:
        """The whole result as JSON; what is unknown is null."""
        return json.dumps(self._summary(), ensure_ascii=False, indent=2, allow_nan=False)

    def _summary(self) -> dict[str, Any]:
        return {
            "study": "sensitivity",
            **as_json(self),
            "of": self.of,
            "answer": self.answer,
            "notes": list(self.notes),
            "fields": self.table().to_dicts(),
            "skipped": [asdict(item) for item in self.skipped],
        }

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page."""
        formula = FORMULAS[self.of]
        page = Report(
            title=self.plant.name,
            subtitle=f"What moves it: {formula.name.lower()}",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                self._tornado(),
                self._fields(),
                *self._skipped(),
            ),
            facts=on_page(self),
        )
        return write_report(page, path)

    def _tornado(self) -> Tornado:
        shown = [effect for effect in self.effects if effect.shown][:_BARS]
        return Tornado(
            "Largest effects",
            [f"{effect.nudges.field.path} {effect.nudges.label}" for effect in shown],
            {"a step down": [effect.down for effect in shown], "a step up": [effect.up for effect in shown]},
            f"change of {FORMULAS[self.of].name.lower()} (%)",
            note="Only effects that can be told from chance.",
        )

    def _fields(self) -> Table:
        formula = FORMULAS[self.of]
        rows = [
            {
                "field": effect.nudges.field.path,
                "now": effect.nudges.field.text,
                "step": effect.nudges.label,
                f"change of {formula.name.lower()}": change(effect),
                "elasticity": effect.elasticity,
            }
            for effect in self.effects
            if effect.moves
        ]
        note = (
            f"{formula.name}: {formula.description} ~: cannot be told from no change. Elasticity: relative "
            "change of the KPI per relative change of the field."
        )
        return Table("Every field that moves it", pl.DataFrame(rows).fill_nan(None), note=note)

    def _skipped(self) -> tuple[Section, ...]:
        said = "\n\n".join(f"{item.path}: {item.why}." for item in self.skipped)
        return (Prose(said, title="Fields that could not be changed"),) if said else ()

    def _repr_html_(self) -> str:
        return in_notebook(self.plant.name, self.notes, self.table())
