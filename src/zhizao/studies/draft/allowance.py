"""Seam and hem allowances: the cut line of a piece from its sewing line, edge by edge. Lengths are in mm."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import dist, hypot

from zhizao.records.patterns.model import Point, Points

MITRE = 4.0
"""Longest corner over the larger allowance of its edges; sharper corners are cut off."""
SMOOTH = 0.17
"""Sine of the largest turn (10°) at which two edges run on smoothly: other allowances meet in a step."""


def cut_edges(lines: Sequence[Points], allowances_mm: Sequence[float]) -> tuple[Points, ...]:
    """Move each edge of a closed sewing line outward by its own allowance, and join neighbours by a mitre.

    Parameters
    ----------
    lines
        Edges that follow one another around the piece, each smooth.
    allowances_mm
        The allowance of each edge; 0 at a fold.

    Returns
    -------
    Edge `n` of the cut line belongs to edge `n` of the sewing line. Where two cut lines do not meet, edge `n`
    ends with the step to the next.
    """
    sign = 1.0 if _turns_left(lines) else -1.0
    moved = [_parallel(line, sign * mm) for line, mm in zip(lines, allowances_mm, strict=True)]
    count = len(lines)
    pairs = [(allowances_mm[n], allowances_mm[(n + 1) % count]) for n in range(count)]
    corners = [_corner(moved[n], moved[(n + 1) % count], lines[n][-1], pairs[n]) for n in range(count)]
    edges = [_between(moved[n], corners[n - 1], corners[n]) for n in range(count)]
    return tuple(
        edge if corners[n] is not None else (*edge, edges[(n + 1) % count][0]) for n, edge in enumerate(edges)
    )


def outward(lines: Sequence[Points], along: Point) -> Point:
    """Unit vector out of a closed line, at a place where it runs in direction `along`."""
    return (along[1], -along[0]) if _turns_left(lines) else (-along[1], along[0])


def _turns_left(lines: Sequence[Points]) -> bool:
    """Whether the closed line is drawn anticlockwise."""
    around = [point for line in lines for point in line]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(around, [*around[1:], around[0]], strict=True)) > 0


def _parallel(line: Points, by: float) -> Points:
    """A line moved to its right by a distance; vertices lie on the bisectors."""
    normals = [
        ((b[1] - a[1]) / dist(a, b), (a[0] - b[0]) / dist(a, b))
        for a, b in itertools.pairwise(line)
        if a != b
    ]
    kept = (line[0], *(b for a, b in itertools.pairwise(line) if a != b))
    pairs = zip(kept, [normals[0], *normals], [*normals, normals[-1]], strict=True)
    return tuple(
        (
            x + by * (m[0] + n[0]) / (1 + m[0] * n[0] + m[1] * n[1]),
            y + by * (m[1] + n[1]) / (1 + m[0] * n[0] + m[1] * n[1]),
        )
        for (x, y), m, n in pairs
    )


def _corner(one: Points, other: Points, corner: Point, allowances: tuple[float, float]) -> Point | None:
    """Where two neighbouring cut lines meet, lengthened if need be; None if they meet nowhere near."""
    from shapely import LineString

    if dist(one[-1], other[0]) < 1e-9 * (1 + hypot(*corner)):
        return one[-1]
    if allowances[0] != allowances[1] and abs(_turn(one, other)) < SMOOTH:
        return None
    reach = MITRE * max(allowances)
    first = LineString((*one, _beyond(one[-2], one[-1], reach)))
    last = LineString((_beyond(other[1], other[0], reach), *other))
    met = first.intersection(last)
    found = [part.coords[0] for part in getattr(met, "geoms", [met]) if not part.is_empty]
    near = [(float(x), float(y)) for x, y in found if dist((x, y), corner) <= reach]
    return min(near, key=lambda point: dist(point, corner)) if near else None


def _turn(one: Points, other: Points) -> float:
    """Sine of the angle by which the end of a line and the start of the next differ."""
    (a, b), (c, d) = one[-2:], other[:2]
    cross = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0])
    return cross / dist(a, b) / dist(c, d)


def _beyond(before: Point, end: Point, reach: float) -> Point:
    """The end of a line, moved on in its direction."""
    far = dist(before, end)
    return end[0] + (end[0] - before[0]) / far * reach, end[1] + (end[1] - before[1]) / far * reach


def _between(line: Points, start: Point | None, end: Point | None) -> Points:
    """A line from one corner to the next: shortened or lengthened to them."""
    points = list(line)
    if start is not None:
        points = _from(points, start)
    if end is not None:
        points = _from(points[::-1], end)[::-1]
    return tuple(points)


def _from(points: list[Point], start: Point) -> list[Point]:
    """A line from a place on it, or on its lengthened beginning."""
    from shapely import LineString
    from shapely import Point as Place

    passed = LineString(points).project(Place(start))
    if passed <= 0:
        return [start, *points[1:]]
    walked = 0.0
    for number, (a, b) in enumerate(itertools.pairwise(points), 1):
        walked += dist(a, b)
        if walked > passed + 1e-9:
            return [start, *points[number:]]
    return [start, points[-1]]
