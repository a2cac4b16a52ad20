"""Pieces of a pattern as parts to be placed: unfolded, along the grain, mirrored where pairs are cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import atan2, cos, degrees, dist, sin

from zhizao.quantities import Fault, InputError
from zhizao.quantities.errors import PatternError
from zhizao.records.patterns import LineKind, Notch, Pattern, Piece, checked, outline
from zhizao.records.patterns.model import Point, Points
from zhizao.solvers.nesting import Nesting, Part

ON_LINE_MM = 1.0
"""A fold is an edge of the boundary if that keeps within this distance; real files are off by 0.1 mm."""


@dataclass(frozen=True, slots=True)
class Cloth:
    """The cloth and how it may be used; lengths in mm.

    `one_way`: pile or print, so that pieces lie in one direction only; else they may be turned by 180°.
    `gap_mm` lies between pieces, `selvedge_mm` at both edges of the cloth. `fabric` picks the pieces of one
    fabric where a pattern has several.
    """

    width_mm: float
    one_way: bool = False
    gap_mm: float = 0.0
    selvedge_mm: float = 0.0
    fabric: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.width_mm < float("inf"):
            raise InputError(f"width: found {self.width_mm:g} mm; expected more than 0")
        if not (self.gap_mm >= 0 and self.selvedge_mm >= 0 and self.usable_mm > 0):
            found = f"gap {self.gap_mm:g} mm, selvedge {self.selvedge_mm:g} mm"
            raise InputError(f"cloth: found {found}; expected 0 or more, and less than half of the width")

    @property
    def usable_mm(self) -> float:
        """Width between the selvedges."""
        return self.width_mm - 2 * self.selvedge_mm


@dataclass(frozen=True, slots=True)
class Cut:
    """One part of a marker: a piece in one size, as drawn or mirrored, and how to bring it along the cloth.

    `piece` is unfolded. Its points are turned by `turn_rad`, then mirrored in the x axis.
    """

    piece: Piece
    mirrored: bool
    turn_rad: float
    demand: int

    @property
    def id(self) -> str:
        """Piece, size, and whether it is mirrored."""
        return f"{self.piece.name}, size {self.piece.size}" + (", mirrored" if self.mirrored else "")

    def along(self, point: Point) -> Point:
        """A point of the piece with its grain along the cloth."""
        x, y = point
        c, s = cos(self.turn_rad), sin(self.turn_rad)
        x, y = c * x - s * y, s * x + c * y
        return (x, -y) if self.mirrored else (x, y)

    def direction(self, angle_deg: float) -> float:
        """A direction of the piece with its grain along the cloth, in degrees."""
        angle = angle_deg + degrees(self.turn_rad)
        return -angle if self.mirrored else angle


def cuts_of(
    pattern: Pattern, order: Mapping[str, int], fabric: str | None
) -> tuple[tuple[Cut, ...], tuple[str, ...]]:
    """All that must be cut for an order, and notes on what was assumed.

    Raises
    ------
    PatternError
        A piece that is needed has a fault.
    InputError
        The pattern has several fabrics and none is named, or not the one that is.
    """
    stated = _stated(pattern)
    needed = [
        replace(piece, facts=tuple((stated[piece.name] | dict(piece.facts)).items()))
        for piece in pattern.pieces
        if order.get(piece.size)
    ]
    chosen = [piece for piece in needed if _fabric(piece) in ("", _chosen(needed, fabric))]
    errors, _ = checked(replace(pattern, pieces=tuple(chosen)), pattern.style)
    if errors:
        raise PatternError(errors)
    cuts, unused, pairs, no_grain = [], dict[str, None](), dict[str, None](), dict[str, None]()
    for piece in chosen:
        drawn, mirrored = quantity_of(piece)
        if not drawn + mirrored:
            unused[piece.name] = None
        if mirrored and "," not in dict(piece.facts).get("QUANTITY", ""):
            pairs[piece.name] = None
        if not piece.lines_of(LineKind.GRAIN):
            no_grain[piece.name] = None
        whole = unfolded(piece, pattern.style)
        for flip, count in ((False, drawn), (True, mirrored)):
            if count:
                cuts.append(Cut(whole, flip, -_grain(piece), count * order[piece.size]))
    if not cuts:
        raise InputError("pattern: found no piece with a quantity of 1 or more")
    said = (
        (unused, "Left out, as their quantity is 0"),
        (pairs, "Cut in pairs, half of them mirrored (assumed: the file states the number only)"),
        (no_grain, "Without a grain line, so placed as drawn"),
    )
    return tuple(cuts), tuple(f"{text}: {', '.join(names)}." for names, text in said if names)


def nesting_of(cuts: tuple[Cut, ...], cloth: Cloth) -> Nesting:
    """The parts on the usable width of the cloth.

    Raises
    ------
    InputError
        A piece is wider than that.
    """
    rotations = (0.0,) if cloth.one_way else (0.0, 180.0)
    parts = tuple(
        Part(cut.id, tuple(map(cut.along, boundary(cut.piece))), cut.demand, rotations) for cut in cuts
    )
    for part in parts:
        across = part.extent(0.0)[1]
        if across > cloth.usable_mm:
            raise InputError(
                f"piece {part.id}: found {across:.0f} mm across the cloth; "
                f"expected at most {cloth.usable_mm:.0f} mm, its usable width"
            )
    return Nesting(parts, cloth.usable_mm, cloth.gap_mm)


def quantity_of(piece: Piece) -> tuple[int, int]:
    """How often a garment has a piece, as drawn and mirrored.

    ASTM files state both (`1,1`). A single number is shared between the two: AccuMark writes 2 in AAMA where
    it writes 1,1 in ASTM. Without a quantity it is 1.

    Raises
    ------
    InputError
        The quantity is no such number.
    """
    text = dict(piece.facts).get("QUANTITY", "1").strip() or "1"
    numbers = [one.strip() for one in text.split(",")]
    if len(numbers) > 2 or not all(one.isdecimal() for one in numbers):
        raise InputError(
            f"piece {piece.name}, size {piece.size}: found the quantity {text!r}; expected 2 or 1,1"
        )
    counts = [int(one) for one in numbers]
    return (counts[0], counts[1]) if len(counts) == 2 else ((counts[0] + 1) // 2, counts[0] // 2)


def unfolded(piece: Piece, file: str) -> Piece:
    """A piece that is cut on the fold, drawn whole; others as they are.

    Raises
    ------
    PatternError
        The mirror line is no edge of the boundary, nor does it halve it.
    """
    folds = piece.lines_of(LineKind.MIRROR)
    if not folds:
        return piece
    p, q = folds[0].points[0], folds[0].points[-1]
    closed = boundary(piece)
    first, last = sorted(min(range(len(closed)), key=lambda i: dist(closed[i], end)) for end in (p, q))
    there, back = closed[first : last + 1], (*closed[last:], *closed[: first + 1])
    flat = [max((_off(point, p, q) for point in chain), default=0.0) <= ON_LINE_MM for chain in (there, back)]
    if first == last or sum(flat) != 1:
        where = f"piece {piece.name}, size {piece.size}, layer 6 (mirror)"
        raise PatternError(
            (Fault(file, 0, where, "a mirror line that is no edge", "a fold along the boundary"),)
        )
    kept = back if flat[0] else there
    other = tuple(reflected(point, p, q) for point in reversed(kept))
    whole = (*kept, *(point for point in other[1:-1]), kept[0])

    def both(lines: tuple[Points, ...]) -> tuple[Points, ...]:
        return (*lines, *(tuple(reflected(point, p, q) for point in line) for line in lines))

    inner = [line for line in piece.lines if line.kind is LineKind.INTERNAL]
    return replace(
        piece,
        edges=(whole,),
        lines=(
            *(line for line in piece.lines if line.kind not in (LineKind.INTERNAL, LineKind.MIRROR)),
            *(replace(inner[0], points=points) for points in both(tuple(line.points for line in inner))),
        ),
        notches=(
            *piece.notches,
            *(folded_notch(one, p, q) for one in piece.notches),
        ),
        drill_holes=(*piece.drill_holes, *(reflected(point, p, q) for point in piece.drill_holes)),
    )


def folded_notch(notch: Notch, p: Point, q: Point) -> Notch:
    """A notch mirrored in the line through p and q, with its direction."""
    fold = degrees(atan2(q[1] - p[1], q[0] - p[0]))
    angle = None if notch.angle_deg is None else (2 * fold - notch.angle_deg) % 360
    return replace(notch, at=reflected(notch.at, p, q), angle_deg=angle)


def boundary(piece: Piece) -> Points:
    """The outline of a piece without its first point again; faults were found before."""
    closed = outline(piece)
    assert closed is not None
    return closed[:-1]


def reflected(point: Point, p: Point, q: Point) -> Point:
    """A point mirrored in the line through p and q."""
    dx, dy = q[0] - p[0], q[1] - p[1]
    x, y = point[0] - p[0], point[1] - p[1]
    share = 2 * (x * dx + y * dy) / (dx * dx + dy * dy)
    return p[0] + share * dx - x, p[1] + share * dy - y


def _off(point: Point, p: Point, q: Point) -> float:
    """Distance of a point from the line through p and q."""
    return dist(point, reflected(point, p, q)) / 2


def _grain(piece: Piece) -> float:
    """Direction of the grain in radians; 0 where the piece has none."""
    for line in piece.lines_of(LineKind.GRAIN):
        (x1, y1), (x2, y2) = line.points[0], line.points[-1]
        return atan2(y2 - y1, x2 - x1)
    return 0.0


def _stated(pattern: Pattern) -> dict[str, dict[str, str]]:
    """Facts of each piece in whatever size states them: AccuMark does so in the sample size alone."""
    stated: dict[str, dict[str, str]] = {name: {} for name in pattern.names}
    for piece in sorted(pattern.pieces, key=lambda one: one.size == pattern.sample_size):
        stated[piece.name] |= dict(piece.facts)
    return stated


def _fabric(piece: Piece) -> str:
    return dict(piece.facts).get("FABRIC", "").strip()


def _chosen(pieces: list[Piece], fabric: str | None) -> str:
    """The fabric to cut, which must be named if there are several."""
    known = list(dict.fromkeys(_fabric(piece) for piece in pieces if _fabric(piece)))
    if fabric is None and len(known) < 2:
        return "".join(known)
    if fabric not in known:
        found = "no fabric named" if fabric is None else f"fabric {fabric!r}"
        raise InputError(f"fabric: found {found}; the pattern has {', '.join(known) or 'none'}")
    return fabric
