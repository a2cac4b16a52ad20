"""What `simulate` gives back: what was found, as JSON and as a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from zhizao.experiments.facts import as_json
from zhizao.report import Report, Result
from zhizao.studies.simulate.findings import Simulated
from zhizao.studies.simulate.page import page


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SimulateResult(Simulated, Result):
    """A simulated plant, to be shown: table, JSON, page."""

    study: ClassVar[str] = "simulate"

    def key_points(self) -> tuple[str, str, str]:
        """How it was run, the headline, and what limits the plant."""
        runs = "1 replication" if self.replications == 1 else f"{self.replications} replications"
        how = f"{runs} of {self.window.days:g} days, seed {self.seed}; {self.window.warm_up}."
        return how, self.answer, self.notes[0] if self._cautions() else self.hint

    def details(self) -> dict[str, Any]:
        """The whole result but its records as plain data."""
        return {
            **as_json(self),
            "answer": self.answer,
            "precision": None if self.target is None else asdict(self.target),
            "steady_lead_time": None
            if self.steady is None
            else {"method": self.steady.method.value, "parts": self.steady.parts},
            "uncertainty": None if self.uncertainty is None else self.uncertainty.as_json(),
            "notes": list(self.notes),
            "kpis": {
                row["kpi"]: {k: v for k, v in row.items() if k != "kpi"} for row in self.table().to_dicts()
            },
            "loads": self.load_table().to_dicts(),
            "power_by_hour": self.power_table().to_dicts(),
            "welch": None if self.window.welch is None else asdict(self.window.welch),
        }

    def page(self) -> Report:
        """The result as a report."""
        return page(self)
