"""Evaluate an inspector on pictures known to be good and bad: false alarms, detection, ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from zhizao.quantities import InputError
from zhizao.report import Estimate, Gallery, Headline, HeadlineRow, Prose, Report, Result, Table
from zhizao.studies.inspect.facts import Facts
from zhizao.studies.inspect.model import Scored
from zhizao.studies.inspect.overlap import aupro
from zhizao.studies.inspect.pages import gallery, roc_curve, score_distribution
from zhizao.studies.inspect.pictures import Mask
from zhizao.studies.inspect.rates import Rate, auroc, rate_of
from zhizao.studies.inspect.scoring import SCHEMA, notes_on_files


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Scored pictures of one kind, and the part of each."""

    images: tuple[Scored, ...]
    parts: tuple[str, ...]

    def read(self) -> tuple[tuple[Scored, str], ...]:
        """Those that could be read, with their part."""
        return tuple(
            (one, part) for one, part in zip(self.images, self.parts, strict=True) if one.score is not None
        )

    def called_defective(self) -> Rate | None:
        """Share that is called defective."""
        read = self.read()
        return rate_of([bool(one.defective) for one, _ in read], [part for _, part in read])

    def scores(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Scores of those that could be read."""
        return np.array([one.score for one, _ in self.read()], float)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EvaluationResult(Facts, Result):
    """Rates of an inspector on pictures known to be good and bad."""

    study: ClassVar[str] = "inspect_evaluate"

    good: Judged
    bad: Judged
    promised: float
    cautions: tuple[str, ...]
    hot: float
    """Middle grey of the heat maps."""
    threshold: float
    """Score above which a picture is called defective."""
    aupro: float | None = None
    """Area under the per-region-overlap curve (`overlap`), None without masks."""

    @property
    def false_alarms(self) -> Rate:
        """Share of good parts that is called defective."""
        return _known(self.good.called_defective())

    @property
    def detection(self) -> Rate:
        """Share of bad parts that is called defective."""
        return _known(self.bad.called_defective())

    @property
    def auroc(self) -> float:
        """Probability that a bad picture scores higher than a good one."""
        return auroc(self.good.scores(), self.bad.scores())

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        return (
            *self.cautions,
            *notes_on_files([one.picture for one in (*self.good.images, *self.bad.images)]),
        )

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        how = f"Promised false alarms: {self.promised:.3g}; intervals are exact, at 95 %, by part."
        answer = (
            f"Detection {self.detection}; false alarms {self.false_alarms}; "
            f"area under the ROC curve {self.auroc:.3f}"
        )
        under = "" if self.aupro is None else f"; under the per-region-overlap curve {self.aupro:.3f} (AUPRO)"
        return self.points(how, f"{answer}{under}.")

    def table(self) -> pl.DataFrame:
        """All pictures; good ones that are called defective and bad ones that are missed come first."""
        rows = [
            {"truth": truth, "part": part} | one.as_json()
            for truth, side in (("good", self.good), ("bad", self.bad))
            for one, part in zip(side.images, side.parts, strict=True)
        ]
        frame = pl.DataFrame(rows, schema={"truth": pl.String, "part": pl.String, **SCHEMA}, orient="row")
        wrong = (pl.col("truth") == "bad") != pl.col("defective")
        frame = frame.with_columns(wrong=wrong)
        return frame.sort("wrong", "score", "path", descending=[True, True, False], nulls_last=True)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "promised_false_alarms": self.promised,
            "false_alarms": self.false_alarms.as_json(),
            "detection": self.detection.as_json(),
            "auroc": self.auroc,
            "aupro": self.aupro,
            "notes": list(self.notes),
            "images": self.table().to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        rows: tuple[HeadlineRow, ...] = (
            _row("Detection", self.detection, "higher"),
            _row("False alarms", self.false_alarms, "lower"),
            HeadlineRow("Area under the ROC curve", "", Estimate(self.auroc), better="higher"),
        )
        if self.aupro is not None:
            rows += (HeadlineRow("AUPRO (heat maps)", "", Estimate(self.aupro), better="higher"),)
        return Report(
            title=self.title,
            subtitle="Evaluation of an inspector",
            sections=(
                Headline(rows, note=self.key_points()[0]),
                Prose("\n\n".join(self.notes) or "No caution applies.", title="To mind"),
                score_distribution(self.good.scores(), self.bad.scores(), self.threshold),
                roc_curve(self.good.scores(), self.bad.scores(), self.promised),
                *self._galleries(),
                Table("Pictures, wrong calls first", self.table()),
            ),
            facts={"promised false alarms": f"{self.promised:g}", "version": self.version},
        )

    def _galleries(self) -> tuple[Gallery, ...]:
        kinds = (
            ("False alarms", self.good, True, "Good pictures that were called defective."),
            ("Missed", self.bad, False, "Bad pictures that were not called defective."),
            ("Found", self.bad, True, "Bad pictures that were called defective."),
        )
        return tuple(
            gallery(title, [one for one in side.images if one.defective is called], self.hot, note)
            for title, side, called, note in kinds
        )


def _row(name: str, rate: Rate, better: Any) -> HeadlineRow:
    return HeadlineRow(name, "share", Estimate(rate.value, rate.low, rate.high), better=better)


def _known(rate: Rate | None) -> Rate:
    if rate is None:
        raise InputError("no picture left to evaluate")  # the study has checked it
    return rate


def overlap_of(good: Judged, bad: Judged, masks: Sequence[Mask | None]) -> float | None:
    """How well heat maps find the defects of the masks (AUPRO)."""
    heats = [one.judgement.heat for one in good.images if one.judgement is not None]
    defective = [
        (one.judgement.heat, mask)
        for one, mask in zip(bad.images, masks, strict=True)
        if one.judgement is not None and mask is not None
    ]
    return aupro(heats, defective)


def check_sides(good: Sequence[Scored], bad: Sequence[Scored]) -> None:
    """Refuse an evaluation without a readable picture on both sides."""
    for name, side in (("good", good), ("bad", bad)):
        if all(one.score is None for one in side):
            raise InputError(
                f"{name}: found no picture that can be evaluated; expected at least 1 that can be read and "
                "was not used in the training"
            )
