"""Is a layout free of overlap? Decided in integers, independent of the search that made it.

Outlines and translations are rounded to a grid; from there on nothing is rounded. Two outlines may share
edges and vertices, but no interior point.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.nesting.problem import Layout, outline_of

Longs = NDArray[np.int64]

GAP_SLACK = 1e-7
"""Distances are computed in floating point: the gap may fall short by this share of the strip's width."""


def on_grid(layout: Layout) -> list[Longs]:
    """All placed outlines in units of the grid, counter-clockwise, [vertices, 2] each."""
    nesting = layout.nesting
    return [np.rint(outline_of(nesting, one) / nesting.unit).astype(np.int64) for one in layout.placements]


def faults(layout: Layout) -> tuple[str, ...]:
    """What is wrong with a layout, in words; empty if it is proved to be right.

    Checked are the number of copies, the rotations, the edges of the strip, overlaps (exact, on the grid) and
    the gap between parts, if there is one.
    """
    wrong = _copies(layout)
    if wrong:
        return tuple(wrong)
    return (*_outside(layout), *_overlaps(layout), *_too_near(layout))


def _copies(layout: Layout) -> list[str]:
    placed = [one.part for one in layout.placements]
    wrong = [
        f"part {part.id}: found {placed.count(part.id)} copies; expected {part.demand}"
        for part in layout.nesting.parts
        if placed.count(part.id) != part.demand
    ]
    for number, one in enumerate(layout.placements):
        allowed = layout.nesting.by_id[one.part].rotations_deg
        if one.rotation_deg not in allowed:
            wrong.append(f"copy {number} of {one.part}: found a rotation of {one.rotation_deg:g}°")
    return wrong


def _outside(layout: Layout) -> list[str]:
    """Copies beyond the edges of the strip."""
    top = np.rint(layout.nesting.width / layout.nesting.unit)
    return [
        f"copy {number} of {layout.placements[number].part}: beyond an edge of the strip"
        for number, points in enumerate(on_grid(layout))
        if points.min() < 0 or points[:, 1].max() > top
    ]


def _overlaps(layout: Layout) -> list[str]:
    """Pairs that overlap."""
    placed = on_grid(layout)
    boxes = [(points.min(axis=0), points.max(axis=0)) for points in placed]
    said = []
    for i, j in combinations(range(len(placed)), 2):
        apart = (boxes[i][0] >= boxes[j][1]).any() or (boxes[j][0] >= boxes[i][1]).any()
        if not apart and interiors_meet(placed[i], placed[j]):
            said.append(f"copies {i} of {layout.placements[i].part} and {j} of {layout.placements[j].part}")
    return [f"{pair}: they overlap" for pair in said]


def _too_near(layout: Layout) -> list[str]:
    """Pairs nearer than the gap."""
    from shapely import Polygon, STRtree

    gap = layout.nesting.gap - GAP_SLACK * layout.nesting.width
    if gap <= 0:
        return []
    shapes = [Polygon(outline_of(layout.nesting, one)) for one in layout.placements]
    first, second = STRtree(shapes).query(shapes, predicate="dwithin", distance=gap)
    return [
        f"copies {i} and {j}: found {shapes[i].distance(shapes[j]):g} between them; "
        f"expected {layout.nesting.gap:g}"
        for i, j in zip(first, second, strict=True)
        if i < j
    ]


def interiors_meet(a: Longs, b: Longs) -> bool:
    """Whether two simple polygons have an interior point in common.

    Parameters
    ----------
    a, b
        Vertices in integers, counter-clockwise, [vertices, 2]; together they extend over less than 2**30.

    Notes
    -----
    If no two edges cross properly, boundaries meet in vertices of one or the other. Cut there, each edge lies
    inside, outside, or on the other boundary as a whole, and its midpoint tells which. On the other boundary,
    interiors lie on the same side if both edges run the same way.
    """
    origin = np.minimum(a.min(axis=0), b.min(axis=0))
    a, b = a - origin, b - origin  # small numbers: their products fit in 64 bits
    if _cross(a, b):
        return True
    return _enters(_cut(a, b), b) or _enters(_cut(b, a), a)


def _turn(p: Longs, q: Longs, r: Longs) -> Longs:
    """Sign of the turn p, q, r for each p, q [edges, 2] and each r [points, 2]; [edges, points]."""
    along, to = q - p, r[None] - p[:, None]
    turn: Longs = np.sign(along[:, None, 0] * to[..., 1] - along[:, None, 1] * to[..., 0])
    return turn


def _cross(a: Longs, b: Longs) -> bool:
    """Whether two edges cross at a point inside both."""
    of_b = _turn(a, np.roll(a, -1, axis=0), b)
    of_a = _turn(b, np.roll(b, -1, axis=0), a).T
    proper = (of_b * np.roll(of_b, -1, axis=1) < 0) & (of_a * np.roll(of_a, -1, axis=0) < 0)
    return bool(proper.any())


def _on(p: Longs, q: Longs, r: Longs) -> NDArray[np.bool_]:
    """Which points lie on which edges, ends included; [edges, points]."""
    low, high = np.minimum(p, q)[:, None], np.maximum(p, q)[:, None]
    within = ((low <= r[None]) & (r[None] <= high)).all(axis=2)
    found: NDArray[np.bool_] = np.logical_and(within, _turn(p, q, r) == 0)
    return found


def _cut(a: Longs, b: Longs) -> tuple[Longs, Longs]:
    """Edges of a, cut where vertices of b lie on them: begins and ends, [edges, 2]."""
    begins, ends = a, np.roll(a, -1, axis=0)
    touched = _on(begins, ends, b)
    whole = ~touched.any(axis=1)
    first, last = [begins[whole]], [ends[whole]]
    for number in np.flatnonzero(~whole):
        points = np.vstack([begins[number], b[touched[number]], ends[number]])
        along = (points - begins[number]) @ (ends[number] - begins[number])
        points = points[np.unique(along, return_index=True)[1]]
        first.append(points[:-1])
        last.append(points[1:])
    return np.vstack(first), np.vstack(last)


def _enters(pieces: tuple[Longs, Longs], b: Longs) -> bool:
    """Whether a piece of a boundary runs inside b, or along its boundary with b on the same side."""
    begins, ends = pieces
    middle, p = begins + ends, 2 * b
    q = np.roll(p, -1, axis=0)
    on = _on(p, q, middle)
    same_way = ((q - p)[:, None] * (ends - begins)[None]).sum(axis=2) > 0
    if (on & same_way).any():
        return True
    below = p[:, None, 1] <= middle[None, :, 1]
    upward, downward = below & ~np.roll(below, -1, axis=0), ~below & np.roll(below, -1, axis=0)
    turn = _turn(p, q, middle)
    winding = (upward & (turn > 0)).sum(axis=0) - (downward & (turn < 0)).sum(axis=0)
    return bool(((winding != 0) & ~on.any(axis=0)).any())
