"""What `validate_rolling` gives back: each origin's figures, and the mean over all with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Any, ClassVar

import polars as pl

from zhizao.quantities import Input
from zhizao.report import Prose, Report, Result, Section, Table
from zhizao.studies.validate.bootstrap import Distance
from zhizao.studies.validate.result import ValidateResult, details, distance_table


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """A moment, the number of lots that were learned from, and the twin validated against what came after."""

    at: datetime
    training_lots: int
    result: ValidateResult


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RollingResult(Result):
    """Twins learned at several moments of a log, each validated against what came after.

    `distances` are means over the origins; their intervals resample each lot of the log as often for all
    origins that it comes after.
    """

    study: ClassVar[str] = "validate_rolling"

    title: str = field()  # the log's dates; field(), or the property of Result would be its default
    inputs: tuple[Input, ...] = field()
    origins: tuple[Origin, ...]
    distances: Mapping[str, Distance]
    verdict: str
    interrupted: bool
    seed: int
    version: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the figures."""
        found = [f"Origin {o.at:%Y-%m-%d}: {note}" for o in self.origins for note in o.result.notes]
        if self.interrupted:
            found.insert(0, f"Interrupted: only the {len(self.origins)} origins done by then are counted.")
        return tuple(found)

    def table(self) -> pl.DataFrame:
        """One row per distance and origin, then those of all origins together."""
        frames = [(f"{o.at:%Y-%m-%d %H:%M}", distance_table(o.result.distances)) for o in self.origins]
        frames.append(("all", distance_table(self.distances)))
        return pl.concat([frame.select(pl.lit(at).alias("origin"), pl.all()) for at, frame in frames])

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the verdict, and the origin with the largest error."""
        first, last = self.origins[0], self.origins[-1]
        how = (
            f"{len(self.origins)} origins from {first.at:%Y-%m-%d} to {last.at:%Y-%m-%d}, with "
            f"{first.training_lots} to {last.training_lots} lots to learn from; "
            f"{first.result.replications} replications each."
        )
        return how, self.verdict, self.notes[0] if self.notes else self._largest_error()

    def _largest_error(self) -> str:
        errors = [(o.result.distances["cycle_time_emd_h"].twin.mean, o.at) for o in self.origins]
        finite = [(error, at) for error, at in errors if isfinite(error)]
        if not finite:
            return "No origin has a cycle-time error."
        error, at = max(finite)
        return f"The cycle-time error is largest at the origin {at:%Y-%m-%d %H:%M}: {error:.1f} h."

    def details(self) -> dict[str, Any]:
        """The pooled distances, and those of every origin."""
        origins = [
            {
                "origin": o.at.isoformat(),
                "learned_from_lots": o.training_lots,
                "lots": o.result.lots,
                "details": details(o.result.distances),
            }
            for o in self.origins
        ]
        return {
            "verdict": self.verdict,
            "notes": list(self.notes),
            "details": details(self.distances),
            "origins": origins,
        }

    def page(self) -> Report:
        """The verdict, the pooled distances, those of every origin."""
        sections: list[Section] = [
            Prose("\n\n".join((self.verdict, *self.notes))),
            Table("All origins together", distance_table(self.distances)),
        ]
        for o in self.origins:
            note = f"Learned from {o.training_lots} lots, validated against {o.result.lots}."
            sections.append(Table(f"{o.at:%Y-%m-%d %H:%M}", distance_table(o.result.distances), note=note))
        return Report(
            title="Does a twin learned from this log predict what comes after?",
            subtitle=f"{self.title}: {len(self.origins)} origins",
            sections=tuple(sections),
            facts={"seed": self.seed, "zhizao": self.version},
        )
