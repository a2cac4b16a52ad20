"""What `queue_jobs` found: completion, waiting, utilisation and energy by discipline; as JSON and page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

import polars as pl

from zhizao.kpi.analysis import mean_interval
from zhizao.quantities import Input
from zhizao.report import Prose, Report, Result, Section, Table
from zhizao.solvers.cluster.problem import NO_GPU, Cluster
from zhizao.solvers.cluster.queueing import Queueing
from zhizao.studies.compute.findings import Ends, ends, frame
from zhizao.studies.compute.trials import few

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Course:
    """How one stream of jobs went by one discipline."""

    completion_s: float  # mean from submission to completion
    completion_95_s: float  # 95 % of the jobs take no longer
    wait_s: float  # mean from submission to the first start
    utilisation: float  # of the GPUs, from the first submission to the last end
    energy_kwh: float  # nan where the node list has no power
    stops: float  # preemptions and moves per job
    by_kind: tuple[float, ...]  # utilisation by kind of GPU


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of jobs by each discipline, on the nodes and with the added ones; and its lower bound."""

    courses: tuple[Course, ...]
    more: tuple[Course, ...]
    bound_s: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Queued:
    """Queue disciplines on common streams of jobs."""

    name: str
    disciplines: tuple[Queueing, ...]
    listed: Stream | None
    streams: tuple[Stream, ...]
    cluster: Cluster
    larger: Cluster | None
    jobs: int
    misfits: tuple[str, ...]
    unused: tuple[str, ...]
    inputs: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool

    @property
    def title(self) -> str:
        """Name of the node list."""
        return self.name

    def table(self) -> pl.DataFrame:
        """One row per discipline: mean completion time with its interval, difference from the first, h.

        `as_listed_h` is that of the list as it is, `bound_h` what no discipline goes below on it as long as
        no two jobs share a GPU.
        """
        listed = self.listed.courses if self.listed else ()
        bound = self.listed.bound_s / _HOUR if self.listed else None
        return self._compared([one.courses for one in self.streams], listed, bound)

    def with_added(self) -> pl.DataFrame:
        """The same with the added nodes; the bound is that of the nodes as they are, and left out."""
        listed = self.listed.more if self.listed else ()
        return self._compared([one.more for one in self.streams if one.more], listed, None)

    def measures(self) -> pl.DataFrame:
        """One row per discipline and measure: mean over the streams, with its interval."""
        rows: list[tuple[str | float | None, ...]] = []
        for at, discipline in enumerate(self.disciplines if self.streams else ()):
            found = [one.courses[at] for one in self.streams]
            series = {
                "95 % completed within, h": [one.completion_95_s / _HOUR for one in found],
                "wait, h": [one.wait_s / _HOUR for one in found],
                "utilisation, %": [100 * one.utilisation for one in found],
                "energy, kWh": [one.energy_kwh for one in found],
                "stops per job": [one.stops for one in found],
            }
            rows += [(str(discipline), name, *_ends(values)) for name, values in series.items()]
        return frame(rows, ("discipline", "measure"), "mean", "low", "high")

    def by_kind(self) -> pl.DataFrame:
        """One row per discipline and kind of GPU: utilisation, with its interval."""
        rows: list[tuple[str | float | None, ...]] = []
        for at, discipline in enumerate(self.disciplines if self.streams else ()):
            for number, kind in enumerate(self.cluster.kinds):
                if kind != NO_GPU or any(node.gpus and not node.kind for node in self.cluster.nodes):
                    values = [one.courses[at].by_kind[number] for one in self.streams]
                    rows.append((str(discipline), kind or "without a name", *_ends(values)))
        return frame(rows, ("discipline", "kind"), "utilisation", "low", "high")

    def _compared(
        self, streams: Sequence[Sequence[Course]], listed: Sequence[Course], bound: float | None
    ) -> pl.DataFrame:
        rows: list[tuple[str | float | None, ...]] = []
        for at, discipline in enumerate(self.disciplines if streams else ()):
            own = [one[at].completion_s / _HOUR for one in streams]
            apart = [one[at].completion_s / _HOUR - one[0].completion_s / _HOUR for one in streams]
            difference = _ends(apart) if at else (None, None, None)
            whole = listed[at].completion_s / _HOUR if listed else None
            rows.append((str(discipline), *_ends(own), *difference, whole, bound))
        heads = ("completion_h", "low", "high", "difference", "difference_low", "difference_high")
        return frame(rows, ("discipline",), *heads, "as_listed_h", "bound_h")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QueueResult(Queued, Result):
    """Queue disciplines compared, to be shown: table, JSON, page."""

    study: ClassVar[str] = "queue_jobs"

    @property
    def answer(self) -> str:
        """Which discipline completes jobs soonest, and how far that is from the first."""
        rows = self.table().to_dicts()
        if not rows:
            return "No stream of jobs was finished."
        best = min(rows, key=lambda row: row["completion_h"])
        said = f"{best['discipline']} completes jobs in {best['completion_h']:.2f} h in the mean"
        if best["difference"] is None:
            return f"{said}; no other discipline is faster." if len(rows) > 1 else f"{said}."
        low, high = best["difference_low"], best["difference_high"]
        first, less = rows[0]["discipline"], -best["difference"]
        if low is None:
            return f"{said}, {less:.2f} h less than {first}."
        ends = f"(95 %: {-high:+.2f} to {-low:+.2f})"
        if high >= 0:
            return f"{said}; that this is less than with {first} is not shown {ends}."
        return f"{said}, {less:.2f} h less than {first} {ends}."

    @property
    def how(self) -> str:
        """How it was found."""
        gpus = self.cluster.gpu_milli // 1000
        return (
            f"{self.jobs:,} jobs on {gpus:,} GPUs of {len(self.cluster.nodes):,} nodes; "
            f"{len(self.streams)} streams are resampled from the list in blocks of consecutive jobs, the "
            "same for every discipline. Durations are taken as known exactly."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers."""
        said = [self.answer]
        if self.listed:
            best = min(one.completion_s for one in self.listed.courses) / _HOUR
            said.append(
                f"On the list as it is, the best mean is {best:.2f} h; without sharing GPUs between jobs "
                f"none is below {self.listed.bound_s / _HOUR:.2f} h (proved)."
            )
        if self.misfits:
            named = few(self.misfits)
            said.append(f"These jobs fit nowhere, even if all nodes were free: {named}; they never run.")
        if self.larger is not None and self.streams:
            extra = (self.larger.gpu_milli - self.cluster.gpu_milli) // 1000
            said.append(f"What-if: {extra} GPUs more, with the same jobs.")
        if self.unused:
            said.append(f"Columns that this study does not use: {', '.join(self.unused)}.")
        if self.interrupted:
            said.append("Interrupted: the streams that were finished are shown.")
        return (*said, self.how)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        return {
            "cluster": self.title,
            "answer": self.answer,
            "notes": list(self.notes),
            "replications": len(self.streams),
            "gpus": self.cluster.gpu_milli // 1000,
            "disciplines": self.table().to_dicts(),
            "measures": self.measures().to_dicts(),
            "kinds": self.by_kind().to_dicts(),
            "jobs_that_fit_nowhere": list(self.misfits),
            "with_added_nodes": self.with_added().to_dicts() if self.larger is not None else None,
        }

    def page(self) -> Report:
        """The result as a report."""
        pair = "difference: paired with the first discipline, on the same streams; all intervals 95 %."
        sections: list[Section] = [
            Prose("\n\n".join(self.notes), title="In short"),
            Table("Mean time from submission to completion", _heads(self.table()), note=f"In hours. {pair}"),
        ]
        if self.larger is not None:
            sections.append(Table("With the added nodes", _heads(self.with_added()), note="In hours."))
        shares = self.by_kind().with_columns(pl.col(pl.Float64) * 100)
        sections += [
            Table("Waiting, utilisation, energy", _heads(self.measures()), note="Mean over the streams."),
            Table("Utilisation by kind of GPU", _heads(shares), note="In per cent."),
        ]
        return Report(
            title=self.title,
            subtitle="How long jobs take, by queue discipline",
            sections=tuple(sections),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )


def _ends(values: Sequence[float]) -> Ends:
    found = mean_interval(values)
    if min(values) >= 0:
        found = found.within(0.0, inf)
    return ends(found)


def _heads(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({name: name.replace("_", " ") for name in frame.columns})
