"""What `bottlenecks` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zhizao.experiments.facts import as_json, in_words
from zhizao.report import Report, Result
from zhizao.studies.bottlenecks.findings import Limits
from zhizao.studies.bottlenecks.page import page


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BottleneckResult(Limits, Result):
    """What limits a plant, to be shown: table, JSON, page."""

    study: ClassVar[str] = "bottlenecks"

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(in_words(self), self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        sentences = {r.name: r.sentence for r in self.resources}
        return {
            "answer": self.answer,
            "limits_throughput": self.limits or ("orders" if self.keeps_up else None),
            "first_for_lead_time": self.delays,
            **as_json(self),
            "notes": list(self.notes),
            "resources": [row | {"sentence": sentences[row["resource"]]} for row in self.table().to_dicts()],
        }

    def page(self) -> Report:
        """The result as a report."""
        return page(self)
