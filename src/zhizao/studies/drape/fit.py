"""What is measured on a draped garment: ease at the girths, gaps of seams, strain of pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.solvers.cloth import Drape
from zhizao.studies.drape.figure import Figure
from zhizao.studies.drape.girths import cloth_girth, levels
from zhizao.studies.drape.placing import Place, place_of
from zhizao.studies.drape.sewing import Sewing

LARGE = 0.05
"""Strain that a woven fabric hardly bears: where it is larger, the garment pulls."""


@dataclass(frozen=True, slots=True)
class Ease:
    """Girths at one level of the body, m; the garment's is None where it does not go around the body."""

    level: str
    height_m: float
    body_m: float
    garment_m: float | None

    @property
    def ease_m(self) -> float | None:
        """Girth of the garment less that of the body."""
        return None if self.garment_m is None else self.garment_m - self.body_m


@dataclass(frozen=True, slots=True)
class SeamGap:
    """Widest distance of the two sides of a seam that is left, m."""

    seam: str
    stitches: int
    gap_m: float


@dataclass(frozen=True, slots=True)
class PieceStrain:
    """Largest principal strain of the triangles of a piece: quantiles and the area beyond 5 %, shares."""

    piece: str
    median: float
    p95: float
    largest: float
    pulling: float


def eases(figure: Figure, sewing: Sewing, found: Drape) -> tuple[Ease, ...]:
    """Ease at bust, waist and hip: sleeves are left out."""
    around = np.array([place_of(str(name)) is not Place.ARM for name in sewing.piece_of()])
    triangles = sewing.triangles[around]
    return tuple(
        Ease(one.name, one.y_m, one.girth_m, cloth_girth(found.positions, triangles, one.y_m) or None)
        for one in levels(figure)
    )


def gaps(sewing: Sewing, found: Drape) -> tuple[SeamGap, ...]:
    """Gap of every seam of the pieces that were sewn."""
    a, b = found.positions[sewing.stitches[:, 0]], found.positions[sewing.stitches[:, 1]]
    apart = np.linalg.norm(b - a, axis=1)
    names = [*((number, name) for number, name in enumerate(sewing.seams)), (-1, "darts and folds")]
    return tuple(
        SeamGap(name, int((sewing.seam == number).sum()), float(apart[sewing.seam == number].max()))
        for number, name in names
        if (sewing.seam == number).any()
    )


def strains(sewing: Sewing, found: Drape) -> tuple[PieceStrain, ...]:
    """Strain of every piece, both halves together."""
    names, most = sewing.piece_of(), found.stretches[:, 1] - 1
    corners = sewing.rest[sewing.triangles]
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = 0.5 * np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    rows = []
    for name in dict.fromkeys(str(one) for one in names):
        own = names == name
        middle, high = (float(value) for value in np.quantile(most[own], (0.5, 0.95)))
        pulling = float(area[own & (most > LARGE)].sum() / area[own].sum())
        rows.append(PieceStrain(name, middle, high, float(most[own].max()), pulling))
    return tuple(rows)
