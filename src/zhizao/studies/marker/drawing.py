"""A marker as a pattern: to be written as DXF, or plotted in true scale."""

from __future__ import annotations

from dataclasses import replace
from math import cos, radians, sin

from zhizao.records.patterns import Notch, Pattern, Piece
from zhizao.records.patterns.model import Point, Points
from zhizao.solvers.nesting import Placement
from zhizao.studies.marker.pieces import Cut
from zhizao.studies.marker.result import MarkerResult


def as_pattern(result: MarkerResult) -> Pattern:
    """All pieces where they lie, each with a number in its name; the cloth begins at x = 0, y = 0."""
    pieces = [
        replace(piece, name=f"{piece.name} {number}") for number, piece in enumerate(_placed(result), start=1)
    ]
    return replace(result.pattern, pieces=tuple(pieces))


def as_plot(result: MarkerResult) -> Pattern:
    """The cloth and all that lies on it as one drawing, in the colours of the sizes."""
    length, width = result.length_mm, result.cloth.width_mm
    cloth: Points = ((0.0, 0.0), (length, 0.0), (length, width), (0.0, width), (0.0, 0.0))
    drawn: dict[str, list[Piece]] = {}
    for piece in _placed(result):
        drawn.setdefault(piece.size, []).append(piece)
    pieces = [
        Piece(
            result.answer,
            size,
            tuple(edge for one in alike for edge in one.edges),
            tuple(line for one in alike for line in one.lines),
            tuple(notch for one in alike for notch in one.notches),
            tuple(hole for one in alike for hole in one.drill_holes),
        )
        for size, alike in drawn.items()
    ]
    return replace(result.pattern, pieces=(*pieces, Piece(result.answer, "cloth", (cloth,))))


def _placed(result: MarkerResult) -> list[Piece]:
    cuts = {cut.id: cut for cut in result.cuts}
    return [_at(cuts[one.part], one, result.cloth.selvedge_mm) for one in result.found.layout.placements]


def _at(cut: Cut, placement: Placement, selvedge_mm: float) -> Piece:
    """A piece where it lies on the cloth."""
    turn = radians(placement.rotation_deg)
    c, s = round(cos(turn)), round(sin(turn))

    def move(point: Point) -> Point:
        x, y = cut.along(point)
        return c * x - s * y + placement.x, s * x + c * y + placement.y + selvedge_mm

    def notch(one: Notch) -> Notch:
        if one.angle_deg is None:
            return replace(one, at=move(one.at))
        angle = (cut.direction(one.angle_deg) + placement.rotation_deg) % 360
        return replace(one, at=move(one.at), angle_deg=angle)

    piece = cut.piece
    return replace(
        piece,
        edges=tuple(tuple(map(move, edge)) for edge in piece.edges),
        lines=tuple(replace(line, points=tuple(map(move, line.points))) for line in piece.lines),
        notches=tuple(map(notch, piece.notches)),
        drill_holes=tuple(map(move, piece.drill_holes)),
        points=(),
        labels=(),
        curves=(),
        inner_curves=(),
    )
