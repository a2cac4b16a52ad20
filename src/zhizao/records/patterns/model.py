"""The record of a garment pattern: a style, its pieces, each in its sizes. Lengths are in mm.

The names follow ASTM D6673 (Sewn Products Pattern Data Interchange) and its predecessor ANSI/AAMA-292.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

Point = tuple[float, float]
Points = tuple[Point, ...]
"""Vertices of a polyline, in mm; a closed one repeats its first vertex at the end."""
Facts = tuple[tuple[str, str], ...]


class LengthUnit(StrEnum):
    """Unit of the coordinates in a file."""

    MILLIMETRE = "mm"
    CENTIMETRE = "cm"
    INCH = "inch"

    @property
    def mm(self) -> float:
        """Millimetres in one unit."""
        return {"mm": 1.0, "cm": 10.0, "inch": 25.4}[self.value]


class UnitSource(StrEnum):
    """How the unit of a file is known."""

    STATED = "stated in the file"
    GIVEN = "given by the user"
    ASSUMED = "assumed"


class Standard(StrEnum):
    """Which layers hold grade rules, and whether boundaries are repeated as quality validation curves."""

    AAMA = "AAMA"
    ASTM = "ASTM"


class LineKind(IntEnum):
    """What a line on a piece is for; the value is its layer in ASTM D6673."""

    GRADE_REFERENCE = 5
    MIRROR = 6
    GRAIN = 7
    INTERNAL = 8
    STRIPE = 9
    PLAID = 10
    CUTOUT = 11
    SEW = 14


class NotchKind(IntEnum):
    """Shape of a notch; the value is its layer in ASTM D6673."""

    V_OR_SLIT = 4
    T = 80
    CASTLE = 81
    CHECK = 82
    U = 83


class PointKind(IntEnum):
    """Whether the boundary turns at a point or is curved there; the value is its layer in ASTM D6673."""

    TURN = 2
    CURVE = 3


@dataclass(frozen=True, slots=True)
class PieceLine:
    """A line on a piece that is no boundary."""

    kind: LineKind
    points: Points


@dataclass(frozen=True, slots=True)
class Notch:
    """A notch in the boundary.

    `depth_mm` keeps the sign that the file has; a slit has no width. `angle_deg` is None where the file
    states no direction.
    """

    kind: NotchKind
    at: Point
    depth_mm: float = 0.0
    width_mm: float = 0.0
    angle_deg: float | None = None


@dataclass(frozen=True, slots=True)
class GradePoint:
    """A turn or curve point of the drawing, and the number of its grade rule, if it has one."""

    kind: PointKind
    at: Point
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A text that stands at a place of the piece."""

    text: str
    at: Point
    layer: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece in one size: the edges of its boundary as drawn, and all that is marked on it.

    A piece with a `MIRROR` line is drawn as one half, and cut on the fold. `curves` and `inner_curves` are
    the quality validation curves of ASTM D6673, where they differ from edges and internal lines: the curve
    through the points that the edges join by straight lines.
    """

    name: str
    size: str
    edges: tuple[Points, ...]
    lines: tuple[PieceLine, ...] = ()
    notches: tuple[Notch, ...] = ()
    drill_holes: Points = ()
    points: tuple[GradePoint, ...] = ()
    labels: tuple[Label, ...] = ()
    facts: Facts = ()
    curves: tuple[Points, ...] = ()
    inner_curves: tuple[Points, ...] = ()

    def lines_of(self, kind: LineKind) -> tuple[PieceLine, ...]:
        """The lines of one kind."""
        return tuple(line for line in self.lines if line.kind is kind)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A style: its pieces, each in its sizes.

    `unit` is that of the file that it came from or goes to; coordinates here are in mm in any case.
    """

    style: str
    pieces: tuple[Piece, ...]
    sample_size: str = ""
    standard: Standard = Standard.ASTM
    unit: LengthUnit = LengthUnit.MILLIMETRE
    unit_source: UnitSource = UnitSource.STATED
    facts: Facts = ()

    @property
    def sizes(self) -> tuple[str, ...]:
        """Sizes in the order in which they come."""
        return tuple(dict.fromkeys(piece.size for piece in self.pieces))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the pieces in the order in which they come."""
        return tuple(dict.fromkeys(piece.name for piece in self.pieces))
