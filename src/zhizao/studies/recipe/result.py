"""What a run of recipes gives back: table, JSON, page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from zhizao.records.recipes import BatchStatus
from zhizao.report import Prose, Report, Result, Table
from zhizao.report.text import number
from zhizao.studies.recipe.findings import MadeBatches
from zhizao.studies.recipe.vessels import broken_of

_ONE_RUN = (
    "This is one run; others differ by chance. `zhizao simulate` gives limits that are broken with intervals."
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RecipeRun(MadeBatches, Result):
    """Batches of recipes as the twin made them, to be shown."""

    study: ClassVar[str] = "run_recipe"

    @property
    def answer(self) -> str:
        """How many batches are complete, and when."""
        every = [self.status(one) for one in self.mapped.batches]
        complete, lost = every.count(BatchStatus.COMPLETE), every.count(BatchStatus.ABORTED)
        more = f", {lost} lost" if lost else ""
        open_ = len(every) - complete - lost
        more += f", {open_} not done when the run ended" if open_ else ""
        return f"{complete} of {len(every)} batches are complete{more}."

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        table = self.table()
        limited = table.filter(pl.col("hold_limit_h").is_not_null())
        lost = self.lost()
        broken, every = self.broken().height + lost, limited.height + lost
        longest = limited["held_h"].max()
        holds = "No limit of holding applies."
        if every:
            holds = f"Limits of holding: {broken} of {every} broken"
            holds += "." if longest is None else f"; the longest hold is {number(float(longest))} h."  # type: ignore[arg-type]
            holds += f" {lost} lost for it, which the table does not have." if lost else ""
        cleaned = f"{self.cleanings().height} cleanings of units."
        one = (_ONE_RUN,) if self.by_chance else ()
        return (self.answer, holds, *one, cleaned, *self._vessels(), *self.mapped.notes)

    def _vessels(self) -> Iterator[str]:
        """How many times of dirty and of clean units exceed their limits."""
        every = self.vessel_holds()
        broken = broken_of(every)
        for hold in every["hold"].unique().sort(descending=True):
            of = pl.col("hold") == hold
            longest = float(every.filter(of)["held_h"].max())  # type: ignore[arg-type]
            n, all_ = broken.filter(of).height, every.filter(of).height
            yield f"Limits of {hold} units: {n} of {all_} broken; the longest hold is {number(longest)} h."

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        how = f"One run of the twin, seed {self.seed}"
        how += "; others differ by chance." if self.by_chance else ", with constant times."
        return self.points(how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        moment = pl.col(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.f")
        return {
            "plant": self.title,
            "answer": self.answer,
            "notes": list(self.notes),
            "batches": self.table().with_columns(moment).to_dicts(),
            "cleanings": self.cleanings().with_columns(moment).to_dicts(),
            "vessel_holds": self.vessel_holds().with_columns(moment).to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        table = self.table().rename({"held_h": "held, h", "hold_limit_h": "limit of holding, h"})
        vessels = self.vessel_holds().rename({"held_h": "held, h", "limit_h": "limit of holding, h"})
        return Report(
            title=self.title,
            subtitle="Batches of recipes, as the twin made them",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Batches", table),
                Table("Cleaning", self.cleanings()),
                *(() if vessels.is_empty() else (Table("Dirty and clean units", vessels),)),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )
