"""What `fit_phase` gives back: parameters with their spread across batches, as JSON and a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zhizao.report import Bars, Estimate, Prose, Report, Result, Table
from zhizao.studies.phase.fit_findings import PhaseFit, known


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PhaseFitResult(PhaseFit, Result):
    """Parameters fitted to batches, to be shown and to be written as a phase file."""

    study: ClassVar[str] = "fit_phase"

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(f"{len(self.batches.names)} batches, seed {self.seed}.", self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "phase": self.name,
            "model": self.model,
            "answer": self.answer,
            "notes": list(self.notes),
            "parameters": self.table().to_dicts(),
            "batches": self.by_batch().to_dicts(),
            "not_fitting": list(self.batches.odd),
            "not_determined": {name: list(found) for name, found in self.batches.loose.items() if found},
            "noise": dict(zip(self.batches.observed, map(float, self.batches.noise), strict=True)),
            "left_out": [
                {
                    "batch": one.batch,
                    "what": one.what,
                    "measured": one.measured,
                    "low": one.low,
                    "high": known(one.high),
                    "inside": one.inside,
                }
                for one in self.held_out
            ],
            "coverage": self.coverage().to_dicts() if self.held_out else [],
        }

    def page(self) -> Report:
        """The result as a report."""
        bars = [
            Bars(
                f"By batch: {name}",
                self.batches.names,
                {
                    name: [
                        Estimate(v, v - 2 * e, v + 2 * e)
                        for v, e in zip(*self.batches.estimates(name), strict=True)
                    ]
                },
                self.units[name],
                note="Whiskers: two standard errors.",
            )
            for name in self.batches.parameters
        ]
        predicted = (Table("Batches predicted by the others", self.coverage()),) if self.held_out else ()
        return Report(
            title=self.name,
            subtitle="Parameters from records of batches",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Parameters across batches", self.table()),
                *predicted,
                *bars,
                Table("Fit of each batch", self.by_batch()),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )
