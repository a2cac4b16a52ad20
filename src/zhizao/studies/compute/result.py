"""What `compute` gives back: allocation by policy with its interval, as JSON and as a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from zhizao.report import Prose, Report, Result, Section, Table
from zhizao.studies.compute.findings import Allocated
from zhizao.studies.compute.trials import few


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ComputeResult(Allocated, Result):
    """Placement policies compared, to be shown: table, JSON, page."""

    study: ClassVar[str] = "compute"

    @property
    def answer(self) -> str:
        """Which policy allocates most, and whether that is more than the first."""
        rows = self.table().to_dicts()
        if not rows:
            return "No stream of jobs was finished."
        best = max(rows, key=lambda row: row["allocated"])
        said = f"{best['policy']} allocates {100 * best['allocated']:.2f} % of the GPUs"
        if best["difference"] is None:
            return f"{said}; no other policy allocates more." if len(rows) > 1 else f"{said}."
        low, high = best["difference_low"], best["difference_high"]
        first, points = rows[0]["policy"], 100 * best["difference"]
        if low is None:
            return f"{said}, {points:.2f} points more than {first}."
        ends = f"(95 %: {100 * low:+.2f} to {100 * high:+.2f})"
        if low <= 0:
            return f"{said}; that this is more than with {first} is not shown {ends}."
        return f"{said}, {points:.2f} points more than {first} {ends}."

    @property
    def how(self) -> str:
        """How it was found."""
        gpus = self.cluster.gpu_milli // 1000
        return (
            f"{len(self.runs)} streams of jobs drawn from the list, until {100 * self.load:g} % of the "
            f"{gpus:,} GPUs of {len(self.cluster.nodes):,} nodes are requested; jobs stay, and one without "
            "room is turned away."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers."""
        said = [self.answer]
        if self.misfits:
            named = few(self.misfits)
            said.append(
                f"No node could hold these jobs even if it were free: {named}; they count as turned away."
            )
        if self.larger is not None and self.runs:
            extra = (self.larger.gpu_milli - self.cluster.gpu_milli) // 1000
            said.append(
                f"What-if: {extra} GPUs more, with the same jobs; shares are of the GPUs as they are."
            )
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
            "load": self.load,
            "replications": len(self.runs),
            "gpus": self.cluster.gpu_milli // 1000,
            "policies": self.table().to_dicts(),
            "refused": self.refused().to_dicts(),
            "kinds": self.by_kind().to_dicts(),
            "jobs_that_fit_nowhere": list(self.misfits),
            "with_added_nodes": self.with_added().to_dicts() if self.larger is not None else None,
        }

    def page(self) -> Report:
        """The result as a report."""
        pair = "difference: paired with the first policy, on the same streams; all intervals 95 %."
        sections: list[Section] = [
            Prose("\n\n".join(self.notes), title="In short"),
            Table("Allocated share of the GPUs", _percent(self.table()), note=f"In per cent. {pair}"),
        ]
        if self.larger is not None:
            sections.append(Table("With the added nodes", _percent(self.with_added()), note="In per cent."))
        sections += [
            Table("Allocated share by kind of GPU", _percent(self.by_kind()), note="In per cent."),
            Table("Jobs turned away", _heads(self.refused()), note="Mean over the streams."),
        ]
        return Report(
            title=self.title,
            subtitle="What the cluster allocates, by placement policy",
            sections=tuple(sections),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )


def _heads(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({name: name.replace("_", " ") for name in frame.columns})


def _percent(frame: pl.DataFrame) -> pl.DataFrame:
    return _heads(frame.with_columns(pl.col(pl.Float64) * 100))
