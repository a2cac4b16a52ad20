"""What `simulate` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

from zhizao.report import write_report
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
            "plant": self.plant.plant,
            "days": self.window.days,
            "warm_up_days": self.window.warm_up_days,
            "warm_up": self.window.why,
            "replications": self.replications,
            "seed": self.seed,
            "confidence": 0.95,
            "precision": None if self.target is None else asdict(self.target),
            "steady_lead_time": None
            if self.steady is None
            else {"method": self.steady.method.value, "parts": self.steady.parts},
            "ignorance": None if self.ignorance is None else self.ignorance.as_json(),
            "interrupted": self.interrupted,
            "keeps_up": self.window.ends or not self.growth.steady,
            "notes": list(self.notes),
            "kpis": {
                row["kpi"]: {k: v for k, v in row.items() if k != "kpi"} for row in self.table().to_dicts()
            },
            "loads": self.load_table().to_dicts(),
            "welch": None if self.window.welch is None else asdict(self.window.welch),
            "version": self.version,
        }

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page."""
        return write_report(page(self), path)

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<h3>{escape(self.plant.plant)}</h3>{notes}{self.table()._repr_html_()}"
