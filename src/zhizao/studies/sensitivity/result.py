"""What `sensitivity` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import polars as pl

from zhizao.experiments.facts import as_json, in_words, on_page
from zhizao.kpi import FORMULAS
from zhizao.report import Prose, Report, Result, Section, Table, Tornado
from zhizao.studies.sensitivity.findings import Sensitive, change

_BARS = 20


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SensitivityResult(Sensitive, Result):
    """Which numbers of a plant move a KPI, to be shown: table, JSON, page."""

    study: ClassVar[str] = "sensitivity"

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(in_words(self), self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        return {
            **as_json(self),
            "of": self.of,
            "answer": self.answer,
            "notes": list(self.notes),
            "fields": self.table().to_dicts(),
            "skipped": [asdict(item) for item in self.skipped],
        }

    def page(self) -> Report:
        """The result as a report."""
        formula = FORMULAS[self.of]
        return Report(
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

    def _tornado(self) -> Tornado:
        shown = [effect for effect in self.effects if effect.shown][:_BARS]
        return Tornado(
            "Largest effects",
            [f"{effect.nudges.field.path} {effect.nudges.label}" for effect in shown],
            {"a step down": [effect.down for effect in shown], "a step up": [effect.up for effect in shown]},
            f"change of {FORMULAS[self.of].name.lower()} (%)",
            note="Only significant effects.",
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
            f"{formula.name}: {formula.description} ~: not significant. Elasticity: relative "
            "change of the KPI per relative change of the field."
        )
        return Table("Every field that moves it", pl.DataFrame(rows).fill_nan(None), note=note)

    def _skipped(self) -> tuple[Section, ...]:
        said = "\n\n".join(f"{item.path}: {item.why}." for item in self.skipped)
        return (Prose(said, title="Fields that could not be changed"),) if said else ()
