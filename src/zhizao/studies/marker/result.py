"""What `marker` gives back: the length of cloth, what is wasted, and where each piece lies."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import polars as pl

from zhizao.quantities import Input
from zhizao.records.patterns import Pattern
from zhizao.report import Prose, Report, Result, Table
from zhizao.solvers.nesting import Found
from zhizao.studies.marker.pieces import Cloth, Cut


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Marked:
    """A marker as data."""

    pattern: Pattern
    order: dict[str, int]
    cloth: Cloth
    cuts: tuple[Cut, ...]
    found: Found
    assumed: tuple[str, ...]
    inputs: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool

    @property
    def length_mm(self) -> float:
        """Length of cloth in mm."""
        return self.found.layout.length

    @property
    def utilisation(self) -> float:
        """Area of the pieces as a share of the cloth, selvedges included, 0..1."""
        return self.found.layout.nesting.area / (self.length_mm * self.cloth.width_mm)

    @property
    def garments(self) -> int:
        """Garments in the marker."""
        return sum(self.order.values())

    @property
    def title(self) -> str:
        """Name of the style."""
        return self.pattern.style or "style without a name"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MarkerResult(Marked, Result):
    """A marker, to be shown: table, JSON, page; `as_pattern` and `as_plot` draw it."""

    study: ClassVar[str] = "marker"

    @property
    def answer(self) -> str:
        """Length and utilisation."""
        return (
            f"The marker is {self.length_mm / 1000:.3f} m long and uses {100 * self.utilisation:.2f} % of "
            f"the cloth: {self.length_mm / 1000 / self.garments:.3f} m per garment."
        )

    @property
    def how(self) -> str:
        """How it was found."""
        return (
            f"{len(self.found.layout.placements)} pieces of {self.garments} garments on cloth of "
            f"{self.cloth.width_mm / 10:g} cm; no two overlap and none leaves the cloth, which is proved "
            "in integers."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers."""
        said = [self.answer, self.how]
        if self.found.searched_length is None:
            said.append("The search found nothing shorter than the boxes of the pieces side by side.")
        if self.interrupted:
            said.append("Interrupted: the best marker so far is shown.")
        return (*said, *self.assumed)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def table(self) -> pl.DataFrame:
        """One row per size: garments, pieces, area in m², and cloth per garment in m, shared out by area."""
        rows = []
        parts = self.found.layout.nesting.by_id
        per_area = self.length_mm / self.found.layout.nesting.area
        for size, count in self.order.items():
            of_size = [cut for cut in self.cuts if cut.piece.size == size]
            area = sum(parts[cut.id].area * cut.demand for cut in of_size)
            pieces = sum(cut.demand for cut in of_size)
            rows.append((size, count, pieces, area / 1e6, per_area * area / count / 1000))
        heads = ("size", "garments", "pieces", "area_m2", "cloth_per_garment_m")
        return pl.DataFrame(rows, schema=heads, orient="row")

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "style": self.title,
            "answer": self.answer,
            "notes": list(self.notes),
            "cloth": asdict(self.cloth),
            "length_mm": self.length_mm,
            "utilisation": self.utilisation,
            "searched_length_mm": self.found.searched_length,
            "sizes": self.table().to_dicts(),
            "placements": [asdict(one) for one in self.found.layout.placements],
        }

    def page(self) -> Report:
        """The result as a report."""
        frame = self.table()
        return Report(
            title=self.title,
            subtitle="Marker: where the pieces of an order lie on the cloth",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table(
                    "Cloth by size", frame.rename({name: name.replace("_", " ") for name in frame.columns})
                ),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )
