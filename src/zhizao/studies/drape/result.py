"""What `drape_draft` gives back: fit measures and pictures, as table, JSON and page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from zhizao.quantities import Input
from zhizao.report import Gallery, Prose, Report, Result, Shot, Table
from zhizao.solvers.cloth import Drape, End
from zhizao.studies.drape.figure import Figure
from zhizao.studies.drape.fit import LARGE, Ease, PieceStrain, SeamGap
from zhizao.studies.drape.picture import CLOTH, SKIN, Surface, legend, picture, strain_colours
from zhizao.studies.drape.sewing import Sewing

ENDS = {
    End.EQUILIBRIUM: "at rest",
    End.TIME: "not at rest: the time was over",
    End.STEPS: "not at rest: the steps were used up",
    End.STALLED: "not at rest: the solver could not lower the energy",
    End.CANCELLED: "not at rest: interrupted",
}


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A garment on a body, and what was measured on it."""

    style: str
    size: str
    figure: Figure
    sewing: Sewing
    drape: Drape
    eases: tuple[Ease, ...]
    seams: tuple[SeamGap, ...]
    strains: tuple[PieceStrain, ...]
    edge_m: float
    seconds: float
    inputs: tuple[Input, ...]
    version: str
    interrupted: bool
    seed: int = 1  # nothing is random


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DrapeResult(Sample, Result):
    """A virtual sample: a garment sewn on a body on the screen."""

    study: ClassVar[str] = "drape_draft"

    @property
    def title(self) -> str:
        """Style and size."""
        return f"{self.style}, size {self.size}"

    @property
    def cut(self) -> int:
        """Triangles of the cloth that still cut the body."""
        return 0 if self.drape.clearance is None else len(self.drape.clearance.cut)

    @property
    def under(self) -> float:
        """Share of the edges that are stretched less than 5 %."""
        return float(np.mean(self.drape.edge_strain < LARGE))

    @property
    def state(self) -> str:
        """Whether the garment is at rest, sewn, and free of the body."""
        gap = f"seams open by up to {1000 * self.drape.gap_m:.1f} mm" if self.drape.gap_m else "seams closed"
        body = f"{self.cut} triangles of cloth cut the body" if self.cut else "no intersection with the body"
        return f"{ENDS[self.drape.end]} (residual {self.drape.residual:.2g} of the weight), {gap}, {body}"

    @property
    def answer(self) -> str:
        """The ease that is left, and where it pulls."""
        known = [one for one in self.eases if one.ease_m is not None]
        left = ", ".join(f"{one.level} {100 * float(one.ease_m or 0):.1f} cm" for one in known)
        said = f"Ease left: {left}." if known else "The garment goes around none of bust, waist and hip."
        worst = max(self.strains, key=lambda one: one.pulling)
        if worst.pulling == 0:
            return f"{said} No piece is stretched by more than {LARGE:.0%}."
        return (
            f"{said} It pulls most in {worst.piece}: {worst.pulling:.1%} of it stretched beyond {LARGE:.0%}."
        )

    @property
    def how(self) -> str:
        """How it was found."""
        return (
            f"{len(self.sewing.rest)} points of about {1000 * self.edge_m:.0f} mm on a body from "
            f"{self.figure.source}; {self.drape.steps} steps in {self.seconds:.0f} s."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know, in whole sentences."""
        found = [self.answer, f"State: {self.state}."]
        if not self.drape.converged:
            found.append("Not an equilibrium: girths and strains may still change; give more --seconds.")
        if self.sewing.left_out:
            found.append(f"Left out, because no seam joins them: {', '.join(self.sewing.left_out)}.")
        found.append(
            "One layer of an even fabric; cloth passes through itself, and zips are closed (assumed)."
        )
        return (*found, self.how)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and its state."""
        return self.how, self.answer, self.notes[1]

    def table(self) -> pl.DataFrame:
        """Girths in cm: level, height, body, garment, ease."""
        return pl.DataFrame([
            {
                "level": one.level,
                "height_cm": 100 * one.height_m,
                "body_cm": 100 * one.body_m,
                "garment_cm": None if one.garment_m is None else 100 * one.garment_m,
                "ease_cm": None if one.ease_m is None else 100 * one.ease_m,
            }
            for one in self.eases
        ])  # fmt: skip

    def details(self) -> dict[str, Any]:
        """The whole result but for the meshes, as plain data."""
        clear = self.drape.clearance
        return {
            "style": self.style,
            "size": self.size,
            "answer": self.answer,
            "notes": list(self.notes),
            "converged": self.drape.converged,
            "end": self.drape.end.value,
            "residual": self.drape.residual,
            "triangles_cutting_the_body": self.cut,
            "distance_mm": None if clear is None else 1000 * clear.distance_m,
            "points": len(self.sewing.rest),
            "edges_stretched_under_5_percent": self.under,
            "girths": self.table().to_dicts(),
            "seams": self.seam_table().to_dicts(),
            "strains": [asdict(one) for one in self.strains],
            "left_out": list(self.sewing.left_out),
            "steps": self.drape.steps,
            "seconds": self.seconds,
        }

    def seam_table(self) -> pl.DataFrame:
        """Widest gap of every seam in mm."""
        return pl.DataFrame([
            {"seam": one.seam, "stitches": one.stitches, "gap_mm": 1000 * one.gap_m} for one in self.seams
        ])  # fmt: skip

    def strain_table(self) -> pl.DataFrame:
        """Strain of every piece in per cent."""
        return pl.DataFrame([
            {
                "piece": one.piece,
                "median %": 100 * one.median,
                "95th percentile %": 100 * one.p95,
                "largest %": 100 * one.largest,
                "beyond 5 %, % of area": 100 * one.pulling,
            }
            for one in self.strains
        ])  # fmt: skip

    def page(self) -> Report:
        """The result as a report."""
        return Report(
            title=self.title,
            subtitle="Virtual sample",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Gallery("Front and back", self._shots(strained=False)),
                Gallery(
                    "Strain",
                    (*self._shots(strained=True), Shot("0 or less, to 1, 2, 5 %, more", legend())),
                    note="Largest principal strain of each triangle.",
                ),
                Table("Ease", _heads(self.table()), note="Garment: length of cloth around the body."),
                Table("Strain of the pieces", self.strain_table()),
                Table("Seams", _heads(self.seam_table()), note="Gap: widest distance of both sides."),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "zhizao": self.version},
        )

    def _shots(self, *, strained: bool) -> tuple[Shot, Shot]:
        most = self.drape.stretches[:, 1] - 1
        colour = strain_colours(most) if strained else np.array(CLOTH)
        cloth = Surface(self.drape.positions, self.sewing.triangles, colour)
        body = Surface(self.figure.vertices, self.figure.triangles, np.array(SKIN))
        seen = self.drape.positions[:, :2]
        window = (seen.min(0), seen.max(0))
        front, back = (picture([body, cloth], behind=behind, window=window) for behind in (False, True))
        return Shot("Front", front), Shot("Back", back)


def _heads(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({name: name.replace("_", " ") for name in frame.columns})
