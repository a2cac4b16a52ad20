"""What `learn` gives back: the plant, its evidence, and what stays unknown."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from zhizao.plant import Plant, write_plant
from zhizao.report import Prose, Report, Table, write_report
from zhizao.studies.learn.unknown import Unknown


@dataclass(frozen=True, slots=True, eq=False)
class LearnResult:
    """A learned plant; `evidence` has a row per learned number, `unknown` what the log cannot tell."""

    plant: Plant
    evidence: pl.DataFrame
    unknown: tuple[Unknown, ...]
    lots: int
    seed: int
    version: str

    def table(self) -> pl.DataFrame:
        """The evidence: what, value, observations, how."""
        return self.evidence

    def to_json(self) -> str:
        """The summary, the evidence and the unknown as JSON; the plant is its own file."""
        return json.dumps(self._summary(), ensure_ascii=False, indent=2)

    def _summary(self) -> dict[str, Any]:
        return {
            "plant": self.plant.name,
            "lots": self.lots,
            "work_centers": len(self.plant.work_centers),
            "products": len(self.plant.products),
            "seed": self.seed,
            "version": self.version,
            "evidence": self.evidence.to_dicts(),
            "unknown": [asdict(u) for u in self.unknown],
        }

    def write(self, path: str | Path) -> None:
        """Write the plant file, with the evidence as comments beside what it is about."""
        write_plant(self.plant, path, comments=self._comments())

    def _comments(self) -> dict[str, str]:
        """What was found, by the part of the plant that it is about.

        Operations stand in many routes, and people who do not limit the plant in none: see the evidence.
        """
        found: dict[str, list[str]] = {}
        people = tuple(f"personnel.{group.id}." for group in self.plant.personnel)
        for what, value, n, how in self.evidence.select("what", "value", "observations", "how").iter_rows():
            if what.startswith(("work_centers.", "routes", "orders", "calendars", *people)):
                found.setdefault(what, []).append(f"{value}: {how} (n = {n})")
        return {what: "; ".join(texts) for what, texts in found.items()}

    def report(self, path: str | Path) -> Path:
        """Write one HTML page: what was learned, from how much, and what the log cannot tell."""
        unknown = pl.DataFrame([asdict(u) for u in self.unknown])
        page = Report(
            title=f"{self.plant.name}: learned from its log",
            subtitle=f"{self.lots} lots, {len(self.plant.work_centers)} work centers",
            sections=(
                Table("What was learned", self.evidence, limit=1000),
                Table("What the log cannot tell, and what to record", unknown),
                Prose("Delays and times of a lot are drawn mostly from what that lot itself showed."),
            ),
            facts={"lots": self.lots, "seed": self.seed, "version": self.version},
        )
        return write_report(page, path)

    def _repr_html_(self) -> str:
        return f"<p>{self.plant.name}: learned from {self.lots} lots</p>{self.evidence._repr_html_()}"
