"""What `phase` gives back: lots with their times, acceptance and energy, as JSON and a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zhizao.report import Histogram, Lines, Prose, Report, Result, Table
from zhizao.studies.phase.findings import PhaseLots


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PhaseResult(PhaseLots, Result):
    """Lots of a phase, to be shown and to be put into a plant file."""

    study: ClassVar[str] = "phase"

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(f"{self.lots.height} lots, seed {self.seed}.", self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "phase": self.name,
            "model": self.model,
            "answer": self.answer,
            "notes": list(self.notes),
            "assumed": list(self.assumed),
            "units": {one.name: one.unit for one in self.states},
            "failure": self.failure,
            "lots": self.lots.to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        course = [
            Lines(
                f"First lot: {one.name}",
                x=self.first.times.tolist(),
                series={one.name: self.first.values[:, place].tolist()},
                x_label=f"time, {self.time.value}",
                y_label=one.unit,
            )
            for place, one in enumerate(self.states)
        ]
        return Report(
            title=self.name,
            subtitle="What a process makes of lots",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Histogram("Time of lots", {"time": self.lots["takes_h"].to_list()}, "h"),
                *course,
                Table("Lots at the end of the phase", self.lots),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )
