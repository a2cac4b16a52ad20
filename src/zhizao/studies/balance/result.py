"""What `balance` gives back: the stations with their loads, and what is proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zhizao.report import Prose, Report, Result, Table
from zhizao.report.text import number
from zhizao.studies.balance.findings import BalancedLine


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BalanceResult(BalancedLine, Result):
    """A balanced line: table of stations, assignment of operations, JSON, page."""

    study: ClassVar[str] = "balance"

    @property
    def answer(self) -> str:
        """How many stations, or which cycle time, and what is proved."""
        if self.given == "cycle":
            least = "proved least" if self.proved else f"at least {number(self.bound)} are needed"
            return f"{self.stations} stations at a cycle time of {number(self.cycle_s)} s: {least}."
        least = "proved least" if self.proved else f"at least {number(self.bound)} s are needed"
        return f"Cycle time {number(self.cycle_s)} s with {self.stations} stations: {least}."

    @property
    def how(self) -> str:
        """What was balanced."""
        count = len(self.line.operations)
        if self.line.crew is not None:
            return f"{count} operations, {len(self.line.workers)} workers, one at each station."
        return f"{count} operations, {number(float(self.times_s().sum()))} s of work."

    @property
    def quality(self) -> str:
        """Balance efficiency and smoothness index."""
        share = number(100 * self.balance_efficiency)
        return f"Balance efficiency {share} %, smoothness index {number(self.smoothness_index_s)} s."

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        cut = ("Interrupted: the best line found by then.",) if self.interrupted else ()
        return (self.answer, *cut, self.quality, self.how)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "line": self.title,
            "answer": self.answer,
            "notes": list(self.notes),
            "stations": self.stations,
            "cycle_s": self.cycle_s,
            "bound": self.bound,
            "proved": self.proved,
            "balance_efficiency": self.balance_efficiency,
            "smoothness_index_s": self.smoothness_index_s,
            "loads": self.table().to_dicts(),
            "assignment": self.assignment().to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        stations = self.table().rename({"load_s": "load, s", "idle_s": "idle, s"})
        return Report(
            title=self.title,
            subtitle="Stations of the line, and what is proved of them",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Stations", stations),
                Table("Operations", self.assignment()),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )
