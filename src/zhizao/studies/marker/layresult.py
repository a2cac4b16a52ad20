"""What `plan_lays` gives back: the lays, the cloth they take, and that of markers of one size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import polars as pl

from zhizao.quantities import Input
from zhizao.records.patterns import Pattern
from zhizao.report import Prose, Report, Result, Table
from zhizao.studies.marker.pieces import Cloth
from zhizao.studies.marker.plan import LayRules
from zhizao.studies.marker.result import MarkerResult

ENDS = "Nothing is added at the ends of plies, and cloth has no defects (assumed)."


@dataclass(frozen=True, slots=True)
class Lay:
    """A marker and the plies of cloth that are cut by it at once."""

    marker: MarkerResult
    plies: int

    @property
    def cloth_m(self) -> float:
        """Cloth of all plies in m; nothing is added at their ends."""
        return self.marker.length_mm * self.plies / 1000

    @property
    def sizes(self) -> str:
        """Garments by size in the marker, as `S=1, M=2`."""
        return ", ".join(f"{size}={count}" for size, count in self.marker.order.items())


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Planned:
    """Lays as data; `single` are the best lays of markers of one size, searched as long for each marker."""

    pattern: Pattern
    order: dict[str, int]
    cloth: Cloth
    rules: LayRules
    lays: tuple[Lay, ...]
    single: tuple[Lay, ...]
    nested: int
    assumed: tuple[str, ...]
    inputs: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool

    @property
    def cloth_m(self) -> float:
        """Cloth of all lays in m."""
        return sum(lay.cloth_m for lay in self.lays)

    @property
    def single_m(self) -> float:
        """Cloth of the lays of one size in m."""
        return sum(lay.cloth_m for lay in self.single)

    @property
    def saving(self) -> float:
        """Cloth saved against markers of one size, as a share; below 0 where fewer lays take more cloth."""
        return 1 - self.cloth_m / self.single_m

    @property
    def title(self) -> str:
        """Name of the style."""
        return self.pattern.style or "style without a name"

    def cut(self, lays: Sequence[Lay]) -> dict[str, int]:
        """Garments of each size that lays give."""
        return {size: sum(lay.plies * lay.marker.order.get(size, 0) for lay in lays) for size in self.order}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LayResult(Planned, Result):
    """Lays of an order, to be shown: table, JSON, page; the marker of each can be drawn."""

    study: ClassVar[str] = "plan_lays"

    @property
    def answer(self) -> str:
        """Cloth and saving."""
        each = self.cloth_m / sum(self.cut(self.lays).values())
        return (
            f"{len(self.lays)} lays take {self.cloth_m:.2f} m of cloth, {each:.3f} m per garment: "
            f"markers of one size would take {self.single_m:.2f} m in {len(self.single)} lays (saving "
            f"{100 * self.saving:.1f} %)."
        )

    @property
    def how(self) -> str:
        """How it was found."""
        return (
            f"{self.nested} markers were nested for {self.rules.seconds:g} s each; an integer program chose "
            "among them, and no two pieces overlap, which is proved in integers."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers."""
        said = [
            self.answer,
            self.how,
            "Nothing is added at the ends of plies, and cloth has no defects (assumed).",
        ]
        if self.interrupted:
            said.append("Interrupted: the best lays of the markers so far are shown.")
        return (*said, *self.assumed)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def table(self) -> pl.DataFrame:
        """One row per lay: garments by size in the marker, plies, length in m, utilisation, cloth in m."""
        return _frame(self.lays)

    def cut_table(self) -> pl.DataFrame:
        """One row per size: garments ordered and cut."""
        cut = self.cut(self.lays)
        rows = [(size, count, cut[size]) for size, count in self.order.items()]
        return pl.DataFrame(rows, schema=("size", "ordered", "cut"), orient="row")

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "style": self.title,
            "answer": self.answer,
            "notes": list(self.notes),
            "cloth": asdict(self.cloth),
            "rules": asdict(self.rules),
            "cloth_m": self.cloth_m,
            "single_m": self.single_m,
            "saving": self.saving,
            "sizes": self.cut_table().to_dicts(),
            "lays": [
                row | {"placements": [asdict(one) for one in lay.marker.found.layout.placements]}
                for row, lay in zip(self.table().to_dicts(), self.lays, strict=True)
            ],
            "single": _frame(self.single).to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        frames = {
            "Lays": self.table(),
            "Garments by size": self.cut_table(),
            "Lays of one size, for comparison": _frame(self.single),
        }
        return Report(
            title=self.title,
            subtitle="Lays: markers and plies that cut an order",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                *(
                    Table(title, frame.rename({name: name.replace("_", " ") for name in frame.columns}))
                    for title, frame in frames.items()
                ),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )


def _frame(lays: Sequence[Lay]) -> pl.DataFrame:
    rows = [
        (number, lay.sizes, lay.plies, lay.marker.length_mm / 1000, lay.marker.utilisation, lay.cloth_m)
        for number, lay in enumerate(lays, start=1)
    ]
    heads = ("lay", "sizes", "plies", "length_m", "utilisation", "cloth_m")
    return pl.DataFrame(rows, schema=heads, orient="row")
