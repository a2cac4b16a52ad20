"""What `validate` gives back: each distance with its interval, its noise floor and a baseline, and a
verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from zhizao.kpi.analysis import Interval
from zhizao.report import Histogram, Prose, Report, Table, write_report
from zhizao.studies.validate.bootstrap import Distance
from zhizao.studies.validate.cohort import DAY_S, ObservationWindow


@dataclass(frozen=True, slots=True, eq=False)
class ValidateResult:
    """A twin validated against a log at equal follow-up."""

    distances: dict[str, Distance]
    work_centers: pl.DataFrame  # work_center, log_h, twin_h, error (hours of work per lot, relative gap)
    window: ObservationWindow
    lots: int
    twin_lots: Interval
    replications: int
    seed: int
    baseline: str  # where the baseline's lots come from
    verdict: str
    version: str
    cycle_times_h: dict[str, tuple[float, ...]]  # of the log's lots and of the twin's, all replications
    notes: tuple[str, ...] = ()  # what a reader must know before the figures

    def table(self) -> pl.DataFrame:
        """One row per distance: twin with interval, noise floor, baseline, and the twin's differences to
        these with theirs."""
        return distance_table(self.distances)

    def to_json(self) -> str:
        """Means of the distances at the top level, everything else under `details` and its neighbours."""
        means = {name: _number(d.twin.mean) for name, d in self.distances.items()}
        return json.dumps({**means, **self._context()}, ensure_ascii=False, indent=2)

    def _context(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "notes": list(self.notes),
            "details": details(self.distances),
            "work_centers": [
                {k: _number(v) if isinstance(v, float) else v for k, v in row.items()}
                for row in self.work_centers.to_dicts()
            ],
            "releases": [self.window.start.isoformat(), self.window.end.isoformat()],
            "follow_up_days": self.window.follow_s / DAY_S,
            "lots": self.lots,
            "twin_lots": _number(self.twin_lots.mean),
            "replications": self.replications,
            "seed": self.seed,
            "baseline": self.baseline,
            "version": self.version,
        }

    def report(self, path: str | Path) -> Path:
        """Write one HTML page: the verdict, the distances, cycle times and hours of work."""
        days = self.window.follow_s / DAY_S
        page = Report(
            title="Does the twin do what the factory did?",
            subtitle=f"{self.lots} lots, each followed for {days:.1f} days",
            sections=(
                Prose("\n\n".join((self.verdict, *self.notes))),
                Table("Distance between twin and log", self.table(), note=f"Baseline: {self.baseline}."),
                Histogram("Cycle time", self.cycle_times_h, "h", note="Within the follow-up."),
                Table(
                    "Hours of work", self.work_centers, note="Twin: mean, for as many lots as the log has."
                ),
            ),
            facts={
                "releases from": self.window.start,
                "releases to": self.window.end,
                "replications": self.replications,
                "seed": self.seed,
                "version": self.version,
            },
        )
        return write_report(page, path)

    def _repr_html_(self) -> str:
        return f"<p>{self.verdict}</p>{self.table()._repr_html_()}"


_COLUMNS = (
    "mean", "low", "high", "noise_floor", "baseline",
    "over_floor", "over_floor_low", "over_floor_high",
    "over_baseline", "over_baseline_low", "over_baseline_high",
)  # fmt: skip


def distance_table(distances: Mapping[str, Distance]) -> pl.DataFrame:
    """One row per distance: the twin's, the noise floor, the baseline, and the differences."""
    rows = [
        (name, d.twin.mean, d.twin.low, d.twin.high, d.noise, d.baseline, d.over_noise.mean, d.over_noise.low,
         d.over_noise.high, d.over_baseline.mean, d.over_baseline.low, d.over_baseline.high)
        for name, d in distances.items()
    ]  # fmt: skip
    kinds = {"distance": pl.String, **dict.fromkeys(_COLUMNS, pl.Float64)}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def details(distances: Mapping[str, Distance]) -> dict[str, dict[str, float | None]]:
    """The table as JSON, by distance."""
    return {
        row["distance"]: {name: _number(row[name]) for name in _COLUMNS}
        for row in distance_table(distances).to_dicts()
    }


def _number(value: float) -> float | None:
    """A number that JSON knows: NaN is none."""
    return round(value, 6) if value == value else None
