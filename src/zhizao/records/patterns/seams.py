"""Seams of a garment: which edges of which pieces are sewn together; darts. Lengths are in mm."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import dist

from zhizao.records.patterns.model import Piece, Point, Points
from zhizao.records.patterns.outline import length_mm


class SeamKind(StrEnum):
    """How two edges are joined."""

    PLAIN = "plain"
    """Two edges of the same side of the body, of equal length but for the ease."""
    CENTRE = "centre"
    """An edge of a left piece with the same edge of its mirror image, the right piece."""
    CLOSURE = "closure"
    """As a centre seam, but closed by a zip."""


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge of a piece by its number in `Piece.edges`; `reversed`: run from its end to its start."""

    piece: str
    index: int
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class Seam:
    """Two chains of edges that are sewn together from their starts to their ends.

    `ease_mm` is by how much the second chain is longer than the first, after its darts are closed.
    Each pair in `notches` is a place along the first and the matching one along the second chain, in mm.
    """

    name: str
    first: tuple[Edge, ...]
    second: tuple[Edge, ...]
    ease_mm: float = 0.0
    kind: SeamKind = SeamKind.PLAIN
    notches: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Dart:
    """A dart: its legs run from two places along an edge, in mm from its start, to the tip."""

    piece: str
    edge: int
    from_mm: float
    to_mm: float
    tip: Point

    @property
    def intake_mm(self) -> float:
        """Length of the edge that the dart takes up."""
        return self.to_mm - self.from_mm


@dataclass(frozen=True, slots=True)
class Draft:
    """A style in one size: pieces along their sewing lines and as cut, with seams and darts.

    Edge `n` of a sewing piece and edge `n` of the cut piece of that name belong together. `edge_names` has
    the names of the edges of each piece.
    """

    style: str
    size: str
    sewing: tuple[Piece, ...]
    cut: tuple[Piece, ...]
    seams: tuple[Seam, ...]
    darts: tuple[Dart, ...]
    edge_names: Mapping[str, tuple[str, ...]]


def sewn_length_mm(edges: tuple[Edge, ...], pieces: Mapping[str, Piece], darts: tuple[Dart, ...]) -> float:
    """Length of a chain of edges in mm, without what darts take up.

    Parameters
    ----------
    edges
        The chain.
    pieces
        Pieces along their sewing lines, by name.
    darts
        Darts of all pieces.

    Raises
    ------
    KeyError
        There is no such piece.
    IndexError
        A piece has no such edge.
    """
    drawn = sum(length_mm(pieces[edge.piece].edges[edge.index]) for edge in edges)
    places = {(edge.piece, edge.index) for edge in edges}
    return drawn - sum(dart.intake_mm for dart in darts if (dart.piece, dart.edge) in places)


def place_along(line: Points, at_mm: float) -> tuple[Point, Point]:
    """Point at a distance along a line in mm, and the direction of the line there (a unit vector).

    Raises
    ------
    ValueError
        The line is shorter.
    """
    left = at_mm
    for a, b in itertools.pairwise(line):
        step = dist(a, b)
        if step > 0 and left <= step + 1e-9:
            share = left / step
            point = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
            return point, ((b[0] - a[0]) / step, (b[1] - a[1]) / step)
        left -= step
    raise ValueError(f"no place {at_mm:.1f} mm along a line of {length_mm(line):.1f} mm")


def place_in_chain(edges: tuple[Edge, ...], at_mm: float, pieces: Mapping[str, Piece]) -> tuple[Edge, float]:
    """Edge of a chain on which a place lies, and its distance in mm from the start of that edge as drawn.

    Raises
    ------
    ValueError
        The chain is shorter.
    """
    left = at_mm
    for edge in edges:
        length = length_mm(pieces[edge.piece].edges[edge.index])
        if left <= length + 1e-6:  # rounded coordinates
            left = min(left, length)
            return edge, length - left if edge.reversed else left
        left -= length
    raise ValueError(f"no place {at_mm:.1f} mm along {len(edges)} edges")
