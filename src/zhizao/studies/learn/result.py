"""What `learn` gives back: the plant, its evidence, and what stays unknown."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from zhizao.plant import Plant, write_plant
from zhizao.plant.measures.library import evidence_in
from zhizao.quantities import Input
from zhizao.report import Prose, Report, Result, Table
from zhizao.studies.learn.overview import overview
from zhizao.studies.learn.routes.past_lots import fit_in_table
from zhizao.studies.learn.unknown import Unknown

_WORDS = {
    "calendar": "working hours",
    "units": "jobs at once",
    "dispatch": "next lot by",
    "setup": "set-up",
    "between": "fails",
    "repair": "a repair takes",
    "every": "one in",
    "for": "it takes",
    "off_shift": "off shift",
    "due": "due after",
    "speed": "speed",
    "count": "people",
    "tends": "jobs of one person",
}


def _plain(what: str) -> str:
    """What a number is, in plain words, by the end of its address."""
    _, _, last = what.rpartition(".")
    return f"{_WORDS.get(last, last)}: " if last != what else ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LearnResult(Result):
    """A learned plant; `evidence` has a row per learned number, `unknown` what the log cannot tell, and
    `work_centers` how busy each was."""

    study: ClassVar[str] = "learn"

    inputs: tuple[Input, ...] = field()  # field(), or the property of Result would be its default
    plant: Plant
    evidence: pl.DataFrame
    unknown: tuple[Unknown, ...]
    work_centers: pl.DataFrame
    lots: int
    seed: int
    version: str
    interrupted: bool = False  # always: there is no part of a plant

    @property
    def title(self) -> str:
        """The name of the plant."""
        return self.plant.name

    @property
    def notes(self) -> tuple[str, ...]:
        """What the log does not show, and what the plant assumes instead."""
        return tuple(f"Not in the log: {one.what}; assumed: {one.assumed}." for one in self.unknown)

    def key_points(self) -> tuple[str, str, str]:
        """What was learned from, what the plant has, and the next step."""
        centers, products = len(self.plant.work_centers), len(self.plant.products)
        return (
            f"Learned from {self.lots} lots of the log.",
            f"{centers} work centers, {products} products, {self.evidence.height} parameters with evidence.",
            f"{len(self.unknown)} things are assumed, because the log does not show them: see the notes.",
        )

    def table(self) -> pl.DataFrame:
        """The evidence: what, value, observations, how."""
        return self.evidence

    def measures(self) -> pl.DataFrame:
        """What the log knows of each kind of measure: kind, places, observations, said."""
        rows = [(one.kind.value, one.places, one.observations, one.said) for one in evidence_in(self.plant)]
        schema = {"kind": pl.String, "places": pl.Int64, "observations": pl.Int64, "said": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def details(self) -> dict[str, Any]:
        """The size of the plant, the evidence, what is unknown, and what the log knows of each kind of
        measure; the plant is its own file."""
        return {
            "plant": self.plant.name,
            "lots": self.lots,
            "work_centers": len(self.plant.work_centers),
            "busy": self.work_centers.to_dicts(),
            "products": len(self.plant.products),
            "evidence": self.evidence.fill_nan(None).to_dicts(),
            "unknown": [asdict(u) for u in self.unknown],
            "measures": self.measures().to_dicts(),
        }

    def overview(self) -> tuple[str, ...]:
        """One page that a person reads: what was learned, how busy the plant is, and what is unknown."""
        return overview(self.plant, self.work_centers, self.evidence, self.unknown, self.lots)

    def write(self, path: str | Path) -> None:
        """Write the plant file, with the evidence as comments beside what it is about, and its past lots as a
        table in a file of their own."""
        table = f"{Path(path).stem}-past-lots.csv" if fit_in_table(self.plant) else None
        write_plant(self.plant, path, comments=self._comments(), past_lots=table)

    def _comments(self) -> dict[str, str]:
        """What was found, by the part of the plant that it is about.

        Operations stand in many routes, and people who do not limit the plant in none: see the evidence.
        """
        found: dict[str, list[str]] = {}
        people = tuple(f"personnel.{group.id}." for group in self.plant.personnel)
        for what, value, n, how in self.evidence.select("what", "value", "observations", "how").iter_rows():
            if what.startswith(("work_centers.", "routes", "past_lots", "orders", "calendars", *people)):
                why = f": {how}" if what == "past_lots" else ""  # a choice stands with its evidence
                found.setdefault(what, []).append(f"{_plain(what)}{value}{why} (n = {n})")
        past = self.plant.past_lots
        if past is not None and past.lots.keys() >= self.plant.routes.keys():  # they bring the routes
            found["past_lots"] = found.pop("routes", []) + found.get("past_lots", [])
        return {what: "; ".join(texts) for what, texts in found.items()}

    def page(self) -> Report:
        """What was learned, from how much, and what the log cannot tell."""
        unknown = pl.DataFrame([asdict(u) for u in self.unknown])
        return Report(
            title=f"{self.plant.name}: learned from its log",
            subtitle=f"{self.lots} lots, {len(self.plant.work_centers)} work centers",
            sections=(
                Prose(self.summary().replace("\n", "\n\n"), title="In short"),
                Table("How busy the work centers were", self.work_centers),
                Table("What the log cannot tell, and what to record", unknown),
                Table("For which measures the log has evidence", self.measures()),
                Table("What was learned, from what", self.evidence, limit=1000),
                Prose("Delays and times of a lot are drawn mostly from what that lot itself showed."),
            ),
            facts={"lots": self.lots, "seed": self.seed, "zhizao": self.version},
        )
