"""What `validate_rolling` gives back: each origin's figures, and the mean over all with its interval."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from zhizao.report import Prose, Report, Section, Table, write_report
from zhizao.studies.validate.bootstrap import Distance
from zhizao.studies.validate.result import ValidateResult, details, distance_table


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """A moment, the number of lots that were learned from, and the twin validated against what came after."""

    at: datetime
    training_lots: int
    result: ValidateResult


@dataclass(frozen=True, slots=True, eq=False)
class RollingResult:
    """Twins learned at several moments of a log, each validated against what came after.

    `distances` are means over the origins; their intervals resample each lot of the log as often for all
    origins that it comes after.
    """

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

    def to_json(self) -> str:
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
        return json.dumps(
            {
                "verdict": self.verdict,
                "notes": list(self.notes),
                "details": details(self.distances),
                "origins": origins,
                "interrupted": self.interrupted,
                "seed": self.seed,
                "version": self.version,
            },
            ensure_ascii=False,
            indent=2,
        )

    def report(self, path: str | Path) -> Path:
        """Write one HTML page: the verdict, the pooled distances, those of every origin."""
        sections: list[Section] = [
            Prose("\n\n".join((self.verdict, *self.notes))),
            Table("All origins together", distance_table(self.distances)),
        ]
        for o in self.origins:
            note = f"Learned from {o.training_lots} lots, validated against {o.result.lots}."
            sections.append(Table(f"{o.at:%Y-%m-%d %H:%M}", distance_table(o.result.distances), note=note))
        page = Report(
            title="Does a twin learned from this log predict what comes after?",
            subtitle=f"{len(self.origins)} moments of the log",
            sections=tuple(sections),
            facts={"seed": self.seed, "version": self.version},
        )
        return write_report(page, path)

    def _repr_html_(self) -> str:
        return f"<p>{self.verdict}</p>{self.table()._repr_html_()}"
