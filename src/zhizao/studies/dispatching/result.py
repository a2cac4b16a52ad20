"""What `dispatching` gives back: the rule, what it gains, as JSON, a page and a Python file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhizao.experiments.facts import as_json, on_page
from zhizao.kpi import FORMULAS
from zhizao.report import Prose, Report, Table, in_notebook, write_report
from zhizao.studies.dispatching.findings import Findings


@dataclass(frozen=True, slots=True, eq=False)
class DispatchingResult(Findings):
    """A dispatch rule that was searched for, to be shown and to be used."""

    def to_json(self) -> str:
        """The whole result as JSON; what is unknown is null."""
        summary: dict[str, Any] = {
            "study": "dispatching",
            **as_json(self),
            "goal": self.goal,
            "at": list(self.at),
            "formula": self.formula,
            "source": self.source,
            "known_as": self.known_as,
            "better": self.better,
            "best_known": self.best_known.name,
            "runs": self.runs,
            "tried": self.tried,
            "answer": self.answer,
            "notes": list(self.notes),
            "rules": self.table().to_dicts(),
        }
        return json.dumps(summary, ensure_ascii=False, indent=2, allow_nan=False)

    def save_rule(self, path: str | Path) -> Path:
        """Write the rule as a Python file; a plant names it `dispatch: <file without .py>:next_lot`."""
        path = Path(path)
        scratch = path.with_name(path.name + ".part")
        try:
            scratch.write_text(self.source, encoding="utf-8", newline="\n")
            os.replace(scratch, path)  # noqa: PTH105  the same call for all files of the house
        finally:
            scratch.unlink(missing_ok=True)
        return path

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page."""
        formula = FORMULAS[self.goal]
        note = f"{formula.name}: {formula.description} Differences: the found rule less this one."
        page = Report(
            title=self.plant.name,
            subtitle=f"A dispatch rule for {formula.name.lower()}",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Rules on fresh random numbers, the best first", self.table(), note=note),
                Prose(self.source, title="The rule in Python"),
            ),
            facts=on_page(self, "runs of each rule") | {"runs of the search": self.runs},
        )
        return write_report(page, path)

    def _repr_html_(self) -> str:
        return in_notebook(self.plant.name, self.notes, self.table())
