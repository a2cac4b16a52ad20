"""What `bottlenecks` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhizao.experiments.facts import as_json
from zhizao.report import in_notebook, write_report
from zhizao.studies.bottlenecks.found import Limits
from zhizao.studies.bottlenecks.page import page


@dataclass(frozen=True, slots=True, eq=False)
class BottleneckResult(Limits):
    """What limits a plant, to be shown: table, JSON, page."""

    def to_json(self) -> str:
        """The whole result as JSON; what is unknown or was not tried is null."""
        return json.dumps(self._summary(), ensure_ascii=False, indent=2, allow_nan=False)

    def _summary(self) -> dict[str, Any]:
        sentences = {r.name: r.sentence for r in self.resources}
        return {
            "study": "bottlenecks",
            "answer": self.answer,
            "limits_throughput": self.limits or ("orders" if self.keeps_up else None),
            "first_for_lead_time": self.delays,
            **as_json(self),
            "notes": list(self.notes),
            "resources": [row | {"sentence": sentences[row["resource"]]} for row in self.table().to_dicts()],
        }

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page."""
        return write_report(page(self), path)

    def _repr_html_(self) -> str:
        return in_notebook(self.plant.name, self.notes, self.table())
