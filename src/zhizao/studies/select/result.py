"""What `select` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zhizao.experiments.facts import as_json, on_page
from zhizao.kpi import FORMULAS
from zhizao.report import Prose, Report, Table, in_notebook, write_report
from zhizao.studies.select.found import Selected


@dataclass(frozen=True, slots=True, eq=False)
class SelectResult(Selected):
    """The best of several plants, to be shown: table, JSON, page."""

    def to_json(self) -> str:
        """The whole result as JSON; what is unknown is null."""
        return json.dumps(self._summary(), ensure_ascii=False, indent=2, allow_nan=False)

    def _summary(self) -> dict[str, Any]:
        return {
            "study": "select",
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

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page."""
        formula = FORMULAS[self.goal.of]
        note = f"{formula.name}: {formula.description} Behind: the best less this one, on the same luck."
        page = Report(
            title=self.plant.name,
            subtitle=f"Which is best: {formula.name.lower()}",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Candidates, the best first", self.table(), note=note),
            ),
            facts=on_page(self, "runs of the best") | {"method": self.goal.method.value, "runs": self.total},
        )
        return write_report(page, path)

    def _repr_html_(self) -> str:
        return in_notebook(self.plant.name, self.notes, self.table())
