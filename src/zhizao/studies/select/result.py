"""What `select` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from zhizao.experiments.facts import as_json, in_words, on_page
from zhizao.kpi import FORMULAS
from zhizao.report import Prose, Report, Result, Table
from zhizao.studies.select.findings import Selected


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SelectResult(Selected, Result):
    """The best of several plants, to be shown: table, JSON, page."""

    study: ClassVar[str] = "select"

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(in_words(self), self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        return {
            **as_json(self),
            "of": self.goal.of,
            "method": self.goal.method.value,
            "effort": asdict(self.goal.effort),
            "best": self.best,
            "decided": self.decided,
            "probability": self.probability,
            "runs": self.total,
            "answer": self.answer,
            "notes": list(self.notes),
            "candidates": self.table().to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        formula = FORMULAS[self.goal.of]
        note = f"{formula.name}: {formula.description} Behind: the best less this one."
        return Report(
            title=self.plant.name,
            subtitle=f"Which is best: {formula.name.lower()}",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Candidates, best first", self.table(), note=note),
            ),
            facts=on_page(self, "runs of the best") | {"method": self.goal.method.value, "runs": self.total},
        )
