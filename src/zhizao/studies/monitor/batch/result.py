"""What `batch_quality` gives back: cross-validated error, predictions with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from zhizao.report import Prose, Report, Result, Table
from zhizao.report.text import number
from zhizao.studies.monitor.batch.running import UnderWay
from zhizao.studies.monitor.facts import Facts
from zhizao.studies.monitor.samples import Floats


@dataclass(frozen=True, slots=True)
class Predicted:
    """A batch of unknown quality: prediction and its 90 % interval (jackknife+); None: extrapolated."""

    batch: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchResult(Facts, Result):
    """Quality of batches: measured and predicted without the batch; predictions of the others."""

    study: ClassVar[str] = "batch_quality"

    target: str
    sensors: tuple[str, ...]
    left_out: tuple[str, ...]
    single: tuple[str, ...]
    unmatched: tuple[str, ...]
    known: tuple[str, ...]
    measured: Floats
    left_out_predictions: Floats
    predicted: tuple[Predicted, ...]
    under_way: UnderWay | None

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
        return tuple(
            note for note in (self.answer, *self._under_way(), *self._cautions(), said, self.how) if note
        )

    def _cautions(self) -> tuple[str, ...]:
        beyond = [one.batch for one in self.predicted if one.low is None]
        ends = f"{number(float(self.measured.min()))} to {number(float(self.measured.max()))}"
        return (
            f"Extrapolated beyond the known qualities ({ends}), without an interval: {', '.join(beyond)}."
            if beyond
            else "",
            f"One value throughout each batch: {', '.join(self.single)}; if it is known only after the "
            "batch, leave it out of the table."
            if self.single
            else "",
            f"Batches of known quality without samples, not used: {', '.join(self.unmatched)}."
            if self.unmatched
            else "",
        )

    def _under_way(self) -> tuple[str, ...]:
        """From when on predictions of batches under way are shown, and which batches have none."""
        if self.under_way is None:
            return ()
        stages, start = self.under_way.stages, self.under_way.shown_from
        if start is None:
            said = f"That {self.target} can be predicted before a batch ends is not shown at any time."
        else:
            said = (
                f"Predictions of batches under way are shown from {number(start.at)} on; "
                f"the median duration is {number(stages[-1].at)}."
            )
        without = [f"{one.batch} ({one.why})" for one in self.under_way.running if one.value is None]
        early = [one.batch for one in self.under_way.running if one.value is not None and not one.shown]
        return (
            said,
            f"Without a prediction: {', '.join(without)}." if without else "",
            f"Not shown at their time so far: {', '.join(early)}." if early else "",
        )

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

    def running_table(self) -> pl.DataFrame:
        """One row per batch under way: batch, at, predicted, low, high (90 %, jackknife+), shown."""
        running = () if self.under_way is None else self.under_way.running
        rows = [(one.batch, one.at, one.value, one.low, one.high, one.shown) for one in running]
        kinds = {"batch": pl.String, **dict.fromkeys(("at", "predicted", "low", "high"), pl.Float64)}
        return pl.DataFrame(rows, schema={**kinds, "shown": pl.Boolean}, orient="row")

    def stages_table(self) -> pl.DataFrame:
        """One row per quarter of the median duration: at, q2, rmse (each batch left out), shown."""
        stages = () if self.under_way is None else self.under_way.stages
        rows = [(one.at, one.q2, one.rmse, one.shown) for one in stages]
        kinds = dict.fromkeys(("at", "q2", "rmse"), pl.Float64)
        return pl.DataFrame(rows, schema={**kinds, "shown": pl.Boolean}, orient="row")

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
            "running": self.running_table().to_dicts(),
            "stages": self.stages_table().to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        note = "Batches of known quality are predicted without them. low, high: 90 % interval (jackknife+)."
        return Report(
            title=self.title,
            subtitle="Quality of batches",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                *self._running(),
                Table("Predicted quality by batch", self.table(), note=note),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )

    def _running(self) -> tuple[Table, ...]:
        if self.under_way is None:
            return ()
        note = "at: time since the start. shown: better than the mean of the other batches, at 95 %."
        return (
            Table("Batches under way", self.running_table(), note=note),
            Table("Error by time since the start, in cross-validation", self.stages_table(), note=note),
        )
