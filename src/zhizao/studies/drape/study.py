"""Sew a draft on a body on the screen: place the panels, close the seams, drape, and measure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from zhizao.experiments.facts import version
from zhizao.quantities import Input, InputError
from zhizao.records.patterns import Body, Draft
from zhizao.solvers.cloth import Cloth, Drape, End, Material, Progress, Settings, body_of, drape
from zhizao.studies.drape.figure import Figure, Measures, figure_of
from zhizao.studies.drape.fit import eases, gaps, strains
from zhizao.studies.drape.placing import placed
from zhizao.studies.drape.result import DrapeResult
from zhizao.studies.drape.sewing import Sewing, sewn

FINEST_M, COARSEST_M = 0.008, 0.05
"""Bounds of the edge length of the mesh."""
CELL_M = 0.008
"""Cells of the distance grid of the body."""
AT_REST = 0.005
"""Unbalanced forces below this share of the weights count as rest: on a vest of 1,792 points no point is then
more than 0.04 mm from where it is at a fifth of it."""


SHELL = Material(density_kg_m2=0.3, bend_n_m=5e-5)
"""A light woven shell fabric with its lining (assumed)."""


@dataclass(frozen=True, slots=True)
class Fabric:
    """What is draped, and how finely.

    Parameters
    ----------
    material
        Weight, stiffness and friction; the default is a light woven shell fabric with its lining.
    edge_m
        Edge length of the triangles.
    """

    material: Material = SHELL
    edge_m: float = 0.02

    def __post_init__(self) -> None:
        if not FINEST_M <= self.edge_m <= COARSEST_M:
            bounds = f"{1000 * FINEST_M:g} to {1000 * COARSEST_M:g} mm"
            raise InputError(f"edge length {1000 * self.edge_m:g} mm; expected {bounds}")


def drape_draft(
    draft: Draft,
    worn_by: Body,
    figure: Figure | None = None,
    *,
    fabric: Fabric | None = None,
    seconds: float = 60.0,
    progress: Callable[[Progress], None] = lambda _: None,
) -> DrapeResult:
    """Sew a draft on a body and let it hang.

    Parameters
    ----------
    draft
        One size of a style.
    worn_by
        Body measures for which it was drafted.
    figure
        The body; by default one made of the measures.
    fabric
        Material and edge length.
    seconds
        Wall time at most, without the pictures.
    progress
        Called after every step of the solver.

    Returns
    -------
    DrapeResult
        Fit, strain and pictures; it says whether the garment is at rest.

    Raises
    ------
    InputError
        The body is not closed, a piece has no known place on it, or a panel cannot be meshed.
    """
    began = time.monotonic()
    fabric = fabric or Fabric()
    measures = Measures.of(worn_by)
    figure = figure or figure_of(measures)
    sewing = sewn(draft, fabric.edge_m)
    body = body_of(figure.vertices, figure.triangles, cell_m=CELL_M)
    start = placed(sewing, figure, measures.scaled(figure.height_m / measures.height))
    cloth = Cloth(sewing.rest, sewing.triangles, start, sewing.stitches)
    left = seconds - (time.monotonic() - began)
    if left <= 0:
        raise InputError(f"{seconds:g} s are over before the first step; give more")
    found = drape(
        cloth, fabric.material, body, settings=Settings(tolerance=AT_REST), seconds=left, progress=progress
    )
    return _result(draft, figure, sewing, found, fabric, time.monotonic() - began)


def _result(
    draft: Draft, figure: Figure, sewing: Sewing, found: Drape, fabric: Fabric, seconds: float
) -> DrapeResult:
    return DrapeResult(
        style=draft.style,
        size=draft.size,
        figure=figure,
        sewing=sewing,
        drape=found,
        eases=eases(figure, sewing, found),
        seams=gaps(sewing, found),
        strains=strains(sewing, found),
        edge_m=fabric.edge_m,
        seconds=seconds,
        interrupted=found.end is End.CANCELLED,
        inputs=_inputs(draft, figure),
        version=version(),
    )


def _inputs(draft: Draft, figure: Figure) -> tuple[Input, ...]:
    surface = sha256(np.round(figure.vertices, 9).tobytes() + figure.triangles.tobytes()).hexdigest()
    pattern = sha256(repr((draft.sewing, draft.seams, draft.darts)).encode()).hexdigest()
    return (Input("draft", f"{draft.style} {draft.size}", pattern), Input("body", figure.source, surface))
