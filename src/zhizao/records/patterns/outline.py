"""The outline of a piece: its edges joined to one closed line, with area and length."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from math import dist, fsum

from zhizao.records.patterns.model import Piece, Point, Points

JOIN_MM = 0.05
"""Largest gap between two edges that still meet: below what a cutter resolves (0.1 mm)."""


def outline(piece: Piece) -> Points | None:
    """Join the edges of a piece; None if they do not make one closed line.

    Edges may come in any order and direction. Repeated vertices are dropped.
    """
    joined, left = joined_edges(piece.edges)
    if left or len(joined) < 4 or dist(joined[0], joined[-1]) > JOIN_MM:
        return None
    return (*joined[:-1], joined[0])


def joined_edges(edges: Sequence[Points]) -> tuple[Points, int]:
    """Follow the edges from the first as far as they meet; give the line, and how many edges are left."""
    rest = [_without_repeats(edge) for edge in edges]
    line = list(rest.pop(0)) if rest else []
    while rest:
        end = line[-1]
        in_order = _gap(end, rest[0]) <= JOIN_MM  # as nearly all files are written
        near = 0 if in_order else min(range(len(rest)), key=[_gap(end, edge) for edge in rest].__getitem__)
        if _gap(line[-1], rest[near]) > JOIN_MM:
            break
        edge = rest.pop(near)
        forward = dist(line[-1], edge[0]) <= dist(line[-1], edge[-1])
        line.extend((edge if forward else edge[::-1])[1:])
    return tuple(line), len(rest)


def area_mm2(closed: Points) -> float:
    """Area inside a closed line in mm² (shoelace formula)."""
    pairs = itertools.pairwise(closed)
    return abs(fsum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def length_mm(line: Points) -> float:
    """Length of a line in mm."""
    return fsum(dist(a, b) for a, b in itertools.pairwise(line))


def bounds(lines: Iterable[Points]) -> tuple[float, float, float, float]:
    """Smallest and largest coordinates of lines in mm: left, bottom, right, top.

    Raises
    ------
    ValueError
        There is no point.
    """
    points = [point for line in lines for point in line]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _gap(end: Point, edge: Points) -> float:
    """Distance from an end to the nearer end of an edge."""
    return min(dist(end, edge[0]), dist(end, edge[-1]))


def _without_repeats(edge: Points) -> Points:
    """An edge without vertices that repeat the one before."""
    return (*edge[:1], *(b for a, b in itertools.pairwise(edge) if a != b))
