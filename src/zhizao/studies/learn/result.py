"""What `learn` gives back: the plant, its evidence, and what stays unknown."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from zhizao.plant.model import Plant
from zhizao.studies.learn.unknown import Unknown


@dataclass(frozen=True, slots=True, eq=False)
class LearnResult:
    """A learned plant; `evidence` has a row per learned number, `unknown` what the log cannot tell."""

    plant: Plant
    evidence: pl.DataFrame
    unknown: tuple[Unknown, ...]
    lots: int
    seed: int

    def table(self) -> pl.DataFrame:
        """The evidence: what, value, observations, how."""
        return self.evidence

    def to_json(self) -> str:
        """The summary, the evidence and the unknown as JSON; the plant is its own file."""
        return json.dumps(self._summary(), ensure_ascii=False, indent=2)

    def _summary(self) -> dict[str, Any]:
        return {
            "plant": self.plant.plant,
            "lots": self.lots,
            "work_centers": len(self.plant.work_centers),
            "products": len(self.plant.products),
            "seed": self.seed,
            "evidence": self.evidence.to_dicts(),
            "unknown": [asdict(u) for u in self.unknown],
        }
