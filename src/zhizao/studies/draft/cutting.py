"""Shapes of a style as records: along the sewing lines, and as cut with all marks. Lengths are in mm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import atan2, degrees

from zhizao.records.patterns.model import (
    Facts,
    GradePoint,
    LineKind,
    Notch,
    NotchKind,
    Piece,
    PieceLine,
    Point,
    PointKind,
    Points,
)
from zhizao.records.patterns.seams import Dart, Draft, SeamKind, place_along, place_in_chain
from zhizao.studies.draft.allowance import cut_edges, outward
from zhizao.studies.draft.shape import Drawn, Shape

DIGITS = 6
"""Decimals of a coordinate in mm: a file keeps them all."""
NOTCH_MM = 4.0
"""Depth of a notch; less where the allowance is narrow."""
NOTCH_SHARE = 0.5
"""Largest depth of a notch over the allowance: it must not reach the seam."""


def sewing_piece(shape: Shape, size: str) -> Piece:
    """A piece along its sewing lines, without allowances and notches."""
    edges = tuple(_rounded(side.line) for side in shape.sides)
    return Piece(
        shape.name, size, edges, (PieceLine(LineKind.GRAIN, _rounded(shape.grain)),), facts=_facts(shape)
    )


def cut_piece(shape: Shape, size: str, drawn: Drawn, first_rule: int | None) -> Piece:
    """A piece as cut, with its sewing lines, grain, fold, notches, drill holes and darts.

    `first_rule` is the number of the grade rule of its first corner; None if there is one size only.
    """
    lines = [side.line for side in shape.sides]
    edges = tuple(_rounded(edge) for edge in cut_edges(lines, [side.allowance_mm for side in shape.sides]))
    darts = [dart for dart in drawn.darts if dart.piece == shape.name]
    folds = [edge for edge, side in zip(edges, shape.sides, strict=True) if side.fold]
    marks = [
        PieceLine(LineKind.GRAIN, _rounded(shape.grain)),
        *(PieceLine(LineKind.MIRROR, _straight(edge)) for edge in folds),
        *(PieceLine(LineKind.SEW, _rounded(side.line)) for side in shape.sides if not side.fold),
        *(PieceLine(LineKind.INTERNAL, _rounded(line)) for line in shape.internal),
        *(PieceLine(LineKind.INTERNAL, _rounded(_legs(dart, shape))) for dart in darts),
    ]  # fmt: skip
    places = dict.fromkeys(_notch_places(shape, drawn))
    return Piece(
        shape.name, size, edges, tuple(marks),
        notches=tuple(_notch(shape, lines, index, at_mm) for index, at_mm in places),
        drill_holes=_rounded((*shape.holes, *(dart.tip for dart in darts))),
        points=tuple(
            GradePoint(PointKind.TURN, edge[0], None if first_rule is None else str(first_rule + number))
            for number, edge in enumerate(edges)
        ),
        facts=_facts(shape),
    )  # fmt: skip


def made(style: str, size: str, drawn: Drawn, *, ruled: bool) -> Draft:
    """The draft of what a style drew; `ruled` numbers its corners as grade points."""
    cut = []
    rule = 1
    for shape in drawn.shapes:
        cut.append(cut_piece(shape, size, drawn, rule if ruled else None))
        rule += len(shape.sides)
    return Draft(
        style, size, tuple(sewing_piece(shape, size) for shape in drawn.shapes), tuple(cut), drawn.seams,
        drawn.darts, {shape.name: tuple(side.name for side in shape.sides) for shape in drawn.shapes},
    )  # fmt: skip


def _facts(shape: Shape) -> Facts:
    return (("QUANTITY", str(shape.quantity)), ("MATERIAL", shape.material))


def _notch_places(shape: Shape, drawn: Drawn) -> Iterator[tuple[int, float]]:
    """Edges and distances in mm from their starts at which this piece has notches."""
    pieces = {one.name: sewing_piece(one, "") for one in drawn.shapes}
    for seam in drawn.seams:
        for first, second in seam.notches:
            sides = [(seam.first, first)]
            if seam.kind is SeamKind.PLAIN:
                sides.append((seam.second, second))
            for chain, at_mm in sides:
                edge, along = place_in_chain(chain, at_mm, pieces)
                if edge.piece == shape.name:
                    yield edge.index, along
    for dart in drawn.darts:
        if dart.piece == shape.name:
            yield from ((dart.edge, dart.from_mm), (dart.edge, dart.to_mm))


def _notch(shape: Shape, lines: Sequence[Points], index: int, at_mm: float) -> Notch:
    """A notch of the cut line, at a right angle from its place on the seam, pointing into the piece."""
    side = shape.sides[index]
    (x, y), along = place_along(side.line, at_mm)
    out = outward(lines, along)
    reach = side.allowance_mm
    angle = round(degrees(atan2(-out[1], -out[0])) % 360, DIGITS)
    at = _point((x + reach * out[0], y + reach * out[1]))
    return Notch(NotchKind.V_OR_SLIT, at, min(NOTCH_MM, NOTCH_SHARE * reach), 0.0, angle)


def _legs(dart: Dart, shape: Shape) -> Points:
    """The legs of a dart, from its edge to the tip and back."""
    line = shape.sides[dart.edge].line
    return (place_along(line, dart.from_mm)[0], dart.tip, place_along(line, dart.to_mm)[0])


def _straight(edge: Points) -> Points:
    return (edge[0], edge[-1])


def _rounded(line: Points) -> Points:
    return tuple(_point(point) for point in line)


def _point(point: Point) -> Point:
    return round(point[0], DIGITS) + 0.0, round(point[1], DIGITS) + 0.0
