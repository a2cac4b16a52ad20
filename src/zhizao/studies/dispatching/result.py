"""What `dispatching` gives back: the rule, what it gains, as JSON, a page and a Python file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from zhizao.experiments.facts import as_json, in_words, on_page
from zhizao.kpi import FORMULAS
from zhizao.report import Prose, Report, Result, Table
from zhizao.studies.dispatching.findings import Findings


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DispatchingResult(Findings, Result):
    """A dispatch rule that was searched for, to be shown and to be used."""

    study: ClassVar[str] = "dispatching"

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(in_words(self), self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        return {
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

    def page(self) -> Report:
        """The result as a report."""
        formula = FORMULAS[self.goal]
        note = f"{formula.name}: {formula.description} Differences: the found rule less this one."
        return Report(
            title=self.plant.name,
            subtitle=f"A dispatch rule for {formula.name.lower()}",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Rules on fresh random numbers, best first", self.table(), note=note),
                Prose(self.source, title="The rule in Python"),
            ),
            facts=on_page(self, "runs of each rule") | {"runs of the search": self.runs},
        )
