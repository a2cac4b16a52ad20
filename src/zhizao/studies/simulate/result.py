"""What `simulate` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zhizao.experiments.facts import as_json
from zhizao.report import in_notebook, write_report
from zhizao.studies.simulate.found import Simulated
from zhizao.studies.simulate.page import page


@dataclass(frozen=True, slots=True, eq=False)
class SimulateResult(Simulated):
    """A simulated plant, to be shown: table, JSON, page."""

    def to_json(self) -> str:
        """The whole result but its records as JSON; what is unknown is null."""
        return json.dumps(self._summary(), ensure_ascii=False, indent=2, allow_nan=False)

    def _summary(self) -> dict[str, Any]:
        return {
            "study": "simulate",
            **as_json(self),
            "precision": None if self.target is None else asdict(self.target),
            "steady_lead_time": None
            if self.steady is None
            else {"method": self.steady.method.value, "parts": self.steady.parts},
            "ignorance": None if self.ignorance is None else self.ignorance.as_json(),
            "notes": list(self.notes),
            "kpis": {
                row["kpi"]: {k: v for k, v in row.items() if k != "kpi"} for row in self.table().to_dicts()
            },
            "loads": self.load_table().to_dicts(),
            "welch": None if self.window.welch is None else asdict(self.window.welch),
        }

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page."""
        return write_report(page(self), path)

    def _repr_html_(self) -> str:
        return in_notebook(self.plant.name, self.notes, self.table())
