"""What `validate` gives back: each distance with its interval, its noise floor and a baseline, and a
verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl

from zhizao.kpi.analysis import Interval
from zhizao.quantities import Input
from zhizao.report import Bars, Estimate, Histogram, Prose, Report, Result, Table
from zhizao.studies.validate.bootstrap import Distance
from zhizao.studies.validate.cohort import DAY_S, ObservationWindow


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ValidateResult(Result):
    """A twin validated against a log at equal follow-up."""

    study: ClassVar[str] = "validate"

    title: str = field()  # name of the plant; field(), or the property of Result would be its default
    inputs: tuple[Input, ...] = field()
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
    notes: tuple[str, ...] = ()
    waits: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Hours of waiting by work center: work_center, log_h, twin_h, twin_low, twin_high."""
    interrupted: bool = False  # always: a cancelled validation has no result

    def key_points(self) -> tuple[str, str, str]:
        """What was compared, the verdict, and what to mind."""
        days = self.window.follow_s / DAY_S
        how = (
            f"{self.replications} replications of the twin against {self.lots} lots of the log, "
            f"each followed for {days:.1f} days; baseline: {self.baseline}."
        )
        return how, self.verdict, self.notes[0] if self.notes else self._largest_gap()

    def _largest_gap(self) -> str:
        """The work center whose hours of work differ most."""
        gap = (pl.col("twin_h") - pl.col("log_h")).abs()
        rows = self.work_centers.sort(gap, descending=True, maintain_order=True).head(1).to_dicts()
        if not rows:
            return "Neither log nor twin has hours of work."
        name, log_h, twin_h = (rows[0][column] for column in ("work_center", "log_h", "twin_h"))
        return f"Hours of work differ most at {name}: {twin_h:.1f} h in the twin, {log_h:.1f} h in the log."

    def table(self) -> pl.DataFrame:
        """One row per distance: twin with interval, noise floor, baseline, and the twin's differences to
        these with theirs."""
        return distance_table(self.distances)

    def details(self) -> dict[str, Any]:
        """Means of the distances by name, their intervals under `details`, and everything else."""
        return {
            **{name: _number(d.twin.mean) for name, d in self.distances.items()},
            "plant": self.title,
            "verdict": self.verdict,
            "notes": list(self.notes),
            "details": details(self.distances),
            "work_centers": [
                {k: _number(v) if isinstance(v, float) else v for k, v in row.items()}
                for row in self.work_centers.to_dicts()
            ],
            "waits": self.waits.to_dicts(),
            "releases": [self.window.start.isoformat(), self.window.end.isoformat()],
            "follow_up_days": self.window.follow_s / DAY_S,
            "lots": self.lots,
            "twin_lots": _number(self.twin_lots.mean),
            "replications": self.replications,
            "baseline": self.baseline,
        }

    def page(self) -> Report:
        """The verdict, the distances, cycle times and hours of work."""
        days = self.window.follow_s / DAY_S
        return Report(
            title="Does the twin do what the factory did?",
            subtitle=f"{self.title}: {self.lots} lots, each followed for {days:.1f} days",
            sections=(
                Prose("\n\n".join((self.verdict, *self.notes))),
                Table("Distance between twin and log", self.table(), note=f"Baseline: {self.baseline}."),
                Histogram("Cycle time", self.cycle_times_h, "h", note="Within the follow-up."),
                *self._waits(),
                Table(
                    "Hours of work", self.work_centers, note="Twin: mean, for as many lots as the log has."
                ),
            ),
            facts={
                "releases from": self.window.start,
                "releases to": self.window.end,
                "replications": self.replications,
                "seed": self.seed,
                "zhizao": self.version,
            },
        )

    def _waits(self) -> tuple[Bars, ...]:
        """Waiting by work center, log beside twin, the longest first."""
        rows = self.waits.head(_LONGEST).to_dicts()
        if not rows:
            return ()
        left_out = self.waits.height - len(rows)
        more = f" The {len(rows)} longest of {self.waits.height}." if left_out else ""
        values = {
            "log": [Estimate(row["log_h"]) for row in rows],
            "twin": [Estimate(row["twin_h"], row["twin_low"], row["twin_high"]) for row in rows],
        }
        note = (
            "Mean of a visit, from the end of the work before to the start there, closed shifts included; "
            f"the first work of a lot is left out. Twin: mean and 95 % interval over replications.{more}"
        )
        return (
            Bars("Waiting before each work center", [r["work_center"] for r in rows], values, "h", note=note),
        )


_LONGEST = 20  # work centers in the chart of waits

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
