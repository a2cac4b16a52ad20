"""An invented vest: a front, a back on the fold and a pocket in three sizes."""

from __future__ import annotations

from math import cos, pi, sin

from zhizao.records.patterns import (
    GradePoint,
    Label,
    LineKind,
    Notch,
    NotchKind,
    Pattern,
    Piece,
    PieceLine,
    PointKind,
)
from zhizao.records.patterns.model import Point, Points

GROWTH_MM = 12.5
"""By so much a piece grows in width from size to size."""


def arc(centre: Point, radius: float, start: float, end: float, *, steps: int = 8) -> Points:
    angles = [(start + (end - start) * n / steps) * pi / 180 for n in range(steps + 1)]
    return tuple(
        (round(centre[0] + radius * cos(a), 4), round(centre[1] + radius * sin(a), 4)) for a in angles
    )


def panel(name: str, size: str, steps: int, *, fold: bool) -> Piece:
    """A panel 600 mm long with a round armhole in one corner; sample size: `steps` is 0."""
    width = 240.0 + GROWTH_MM * steps
    hole = arc((600.0, width), 110.0, 270.0, 180.0)
    edges = (
        ((0.0, 0.0), (600.0, 0.0)),
        ((600.0, 0.0), hole[0]),
        hole,
        (hole[-1], (0.0, width)),
        ((0.0, width), (0.0, 0.0)),
    )
    lines = [PieceLine(LineKind.GRAIN, ((150.0, 90.0), (450.0, 90.0)))]
    lines += [PieceLine(LineKind.GRADE_REFERENCE, ((150.0, 90.0), (450.0, 90.0)))]
    lines += [PieceLine(LineKind.INTERNAL, ((40.0, 0.0), (40.0, width)))]
    if fold:
        lines.append(PieceLine(LineKind.MIRROR, ((0.0, 0.0), (600.0, 0.0))))
    notches = (
        Notch(NotchKind.V_OR_SLIT, (300.0, width), depth_mm=4.0),
        Notch(NotchKind.V_OR_SLIT, (0.0, 100.0), depth_mm=4.0, width_mm=3.0, angle_deg=0.0),
    )
    sample = steps == 0
    points = (
        GradePoint(PointKind.TURN, (0.0, 0.0), "1"),
        GradePoint(PointKind.TURN, (0.0, width), "2"),
        GradePoint(PointKind.CURVE, hole[4]),
    )
    return Piece(
        name, size, edges, tuple(lines), notches, ((200.0, 60.0),), points if sample else (),
        (Label("front" if not fold else "back", (100.0, 50.0), 15),),
        (("QUANTITY", "1" if fold else "2"), ("FABRIC", "SHELL")),
    )  # fmt: skip


def pocket(size: str) -> Piece:
    """A square pocket that is not graded."""
    square = ((0.0, 0.0), (150.0, 0.0), (150.0, 150.0), (0.0, 150.0), (0.0, 0.0))
    return Piece("VEST POCKET", size, (square,), (PieceLine(LineKind.GRAIN, ((20.0, 75.0), (130.0, 75.0))),))


def vest() -> Pattern:
    sizes = (("S", -1), ("M", 0), ("L", 1))
    pieces = [panel("VEST FRONT", size, steps, fold=False) for size, steps in sizes]
    pieces += [panel("VEST BACK", size, steps, fold=True) for size, steps in sizes]
    pieces += [pocket(size) for size, _ in sizes]
    return Pattern("VEST", tuple(pieces), sample_size="M", facts=(("AUTHOR", "ZHIZAO EXAMPLE"),))
