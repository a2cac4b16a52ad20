"""What `batch_quality` gives back: cross-validated error, predictions with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from zhizao.report import Prose, Report, Result, Table
from zhizao.report.text import number
from zhizao.studies.monitor.facts import Facts
from zhizao.studies.monitor.samples import Floats


@dataclass(frozen=True, slots=True)
class Predicted:
    """A batch of unknown quality: prediction and its 90 % interval (jackknife+)."""

    batch: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchResult(Facts, Result):
    """Quality of batches: measured and predicted without the batch; predictions of the others."""

    study: ClassVar[str] = "batch_quality"

    target: str
    sensors: tuple[str, ...]
    left_out: tuple[str, ...]
    known: tuple[str, ...]
    measured: Floats
    left_out_predictions: Floats
    predicted: tuple[Predicted, ...]

    @property
    def q2(self) -> float | None:
        """Share of variance explained in cross-validation, 1 - PRESS / SS; None if quality never varies."""
        spread = float(((self.measured - self.measured.mean()) ** 2).sum())
        errors = float(((self.measured - self.left_out_predictions) ** 2).sum())
        return 1 - errors / spread if spread > 0 else None

    @property
    def rmse(self) -> float:
        """Root mean squared error in cross-validation, in the unit of the target."""
        return float(np.sqrt(np.mean((self.measured - self.left_out_predictions) ** 2)))

    @property
    def answer(self) -> str:
        """How well quality is predicted."""
        if self.q2 is None or self.q2 <= 0:
            return f"That {self.target} can be predicted from these trajectories is not shown."
        return (
            f"Trajectories explain {self.q2:.1%} of the variance of {self.target} in cross-validation; "
            f"root mean squared error {number(self.rmse)}."
        )

    @property
    def how(self) -> str:
        """How it was found."""
        return (
            f"PLS on {len(self.sensors)} sensors and {len(self.known)} batches, each left out in turn; "
            f"{len(self.predicted)} batches predicted."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        said = (
            f"Left out (constant, or unknown in a batch): {', '.join(self.left_out)}."
            if self.left_out
            else ""
        )
        return tuple(note for note in (self.answer, said, self.how) if note)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def table(self) -> pl.DataFrame:
        """One row per batch: batch, measured, predicted, low, high.

        A batch of known quality is predicted without it and has no interval; the others have one (90 %).
        """
        rows: list[tuple[str, float | None, float, float | None, float | None]] = [
            (name, float(value), float(made), None, None)
            for name, value, made in zip(self.known, self.measured, self.left_out_predictions, strict=True)
        ]
        rows += [(one.batch, None, one.value, one.low, one.high) for one in self.predicted]
        kinds = {"batch": pl.String, **dict.fromkeys(("measured", "predicted", "low", "high"), pl.Float64)}
        return pl.DataFrame(rows, schema=kinds, orient="row")

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        return {
            "title": self.title,
            "answer": self.answer,
            "notes": list(self.notes),
            "target": self.target,
            "sensors": list(self.sensors),
            "left_out": list(self.left_out),
            "q2": self.q2,
            "rmse": self.rmse,
            "batches": self.table().to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        note = "Batches of known quality are predicted without them. low, high: 90 % interval (jackknife+)."
        return Report(
            title=self.title,
            subtitle="Quality of batches",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Predicted quality by batch", self.table(), note=note),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )
