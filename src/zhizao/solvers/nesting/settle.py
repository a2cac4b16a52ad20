"""Move the parts of a layout a little, all at once: apart where they overlap, together where there is room.

Around a layout, parts stay apart if each convex piece of one lies on its side of a line. Translations that
keep to all these lines and make the strip shortest are a linear program (Li and Milenkovic, Compaction and
separation algorithms for non-convex polygons, European Journal of Operational Research 84, 1995). Here the
convex pieces are the triangles of a constrained Delaunay triangulation, and the lines run along their edges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from zhizao.solvers.nesting.problem import Doubles, Layout, Nesting, Placement, outline_of

REACH = 0.04
"""How far beyond the gap parts may be and still keep each other away, as a share of the strip's width."""
ROUNDS = 40
"""Most linear programs for a layout; each begins where the last ended."""
ENOUGH = 1e-5
"""Rounds end once one shortens the strip by less than this share."""
MISSED = 1000.0
"""Cost of missing a line, in lengths of the strip: more than any part can gain."""


@dataclass(frozen=True, slots=True)
class _Line:
    """Part `second` must move from `first` along (x, y) by `least` or more."""

    first: int
    second: int
    x: float
    y: float
    least: float


def settle(
    layout: Layout, *, margin: float = 4.0, over: Callable[[bool], bool] = lambda _: False
) -> Layout | None:
    """Separate and compact a layout.

    Parameters
    ----------
    layout
        A layout without large overlaps.
    margin
        Distance that parts keep beyond the gap of the nesting, in edges of its grid, so that they do not
        overlap once their places are rounded. Lines along the strip or across it need none.
    over
        Whether no further round is to begin; asked with whether a layout was found.

    Returns
    -------
    A layout without overlap but for rounding, nearly always shorter; None if the parts cannot be separated.
    """
    pieces = {part.id: _triangles(layout.nesting, part.id) for part in layout.nesting.parts}
    best: Layout | None = None
    for _ in range(ROUNDS):
        if over(best is not None):
            return best
        found = _moved(layout, _lines(layout, pieces, margin))
        if found is None:
            return best
        layout, missing = found
        if missing:
            continue
        if best is not None and layout.length > best.length * (1 - ENOUGH):
            return min(best, layout, key=lambda one: one.length)
        best = layout
    return best


def _triangles(nesting: Nesting, part: str) -> dict[float, Doubles]:
    """The triangles of a part for each rotation, counter-clockwise, [triangles, 3, 2]."""
    from shapely import Polygon, constrained_delaunay_triangles

    found = {}
    for angle in nesting.by_id[part].rotations_deg:
        split = constrained_delaunay_triangles(Polygon(nesting.turned[part, angle]))
        corners = np.array([one.exterior.coords[:3] for one in split.geoms])
        a, b, c = corners.transpose(1, 0, 2)
        clockwise = (b - a)[:, 0] * (c - a)[:, 1] < (b - a)[:, 1] * (c - a)[:, 0]
        corners[clockwise] = corners[clockwise, ::-1]
        found[angle] = corners
    return found


def _lines(layout: Layout, pieces: dict[str, dict[float, Doubles]], margin: float) -> list[_Line]:
    """Lines between all parts that are near each other."""
    reach = REACH * layout.nesting.width + layout.nesting.gap
    placed = [pieces[one.part][one.rotation_deg] + (one.x, one.y) for one in layout.placements]
    low = np.array([corners.min(axis=(0, 1)) for corners in placed]) - reach / 2
    high = np.array([corners.max(axis=(0, 1)) for corners in placed]) + reach / 2
    gap, more = layout.nesting.gap, margin * layout.nesting.unit
    lines: list[_Line] = []
    for i, j in combinations(range(len(placed)), 2):
        if (low[i] < high[j]).all() and (low[j] < high[i]).all():
            normals, clear = _separations(placed[i], placed[j], reach, gap > 0)
            lines += [
                _Line(i, j, float(x), float(y), gap + (more if x and y else 0.0) - float(s))
                for (x, y), s in zip(normals, clear, strict=True)
                if s < reach
            ]
    return lines


def _separations(a: Doubles, b: Doubles, reach: float, corners: bool) -> tuple[Doubles, Doubles]:
    """For each pair of near triangles the direction in which they are farthest apart, and how far.

    One of several pairs with the same direction is kept, that with the least distance. With `corners`,
    directions from corner to corner are tried as well: parts with a gap between them may face each other so.
    """
    low_a, high_a, low_b, high_b = a.min(axis=1), a.max(axis=1), b.min(axis=1), b.max(axis=1)
    near = ((low_a[:, None] < high_b[None] + reach) & (low_b[None] < high_a[:, None] + reach)).all(axis=2)
    of_a, of_b = np.nonzero(near)
    if not len(of_a):
        return np.empty((0, 2)), np.empty(0)
    normals = np.concatenate([_normals(a)[of_a], -_normals(b)[of_b]], axis=1)  # [pairs, 6, 2], from a to b
    if corners:
        between = (b[of_b][:, None] - a[of_a][:, :, None]).reshape(-1, 9, 2)
        size = np.linalg.norm(between, axis=2, keepdims=True)
        between = np.divide(
            between, size, out=np.broadcast_to([1.0, 0.0], between.shape).copy(), where=size > 0
        )
        normals = np.concatenate([normals, between], axis=1)
    behind = np.einsum("pnd,pvd->pnv", normals, a[of_a]).max(axis=2)
    before = np.einsum("pnd,pvd->pnv", normals, b[of_b]).min(axis=2)
    widest = (before - behind).argmax(axis=1)
    rows = np.arange(len(of_a))
    directions, clear = normals[rows, widest], (before - behind)[rows, widest]
    order = np.argsort(clear, kind="stable")
    _, first = np.unique(np.round(directions[order], 12), axis=0, return_index=True)
    return directions[order][first], clear[order][first]


def _normals(corners: Doubles) -> Doubles:
    """Outward unit normals of the edges of triangles, [triangles, 3, 2]."""
    along = np.roll(corners, -1, axis=1) - corners
    outward: Doubles = np.stack([along[..., 1], -along[..., 0]], axis=2)
    outward /= np.linalg.norm(outward, axis=2, keepdims=True)
    return outward


def _moved(layout: Layout, lines: list[_Line]) -> tuple[Layout, bool] | None:
    """The layout of least length that keeps to the lines, with moves of a quarter of the reach at most.

    Where the moves do not suffice, they go as far as they can, and the second of the pair is true.
    """
    nesting, most = layout.nesting, REACH * layout.nesting.width / 4
    outlines = [outline_of(nesting, one) for one in layout.placements]
    low = np.array([one.min(axis=0) for one in outlines])
    high = np.array([one.max(axis=0) for one in outlines])
    top = np.rint(nesting.width / nesting.unit) * nesting.unit
    lower = np.minimum(np.maximum(-low, -most), most)
    found = _steps(lines, high[:, 0], high[:, 1] - top, lower, most)
    if found is None:
        return None
    steps, missing = found
    placed = []
    for one, (dx, dy) in zip(layout.placements, steps / nesting.unit, strict=True):
        x, y = (float(np.rint(start / nesting.unit) + step) for start, step in ((one.x, dx), (one.y, dy)))
        place = round(x) * nesting.unit, round(y) * nesting.unit
        placed.append(Placement(one.part, one.rotation_deg, *place))
    return Layout(nesting, tuple(placed)), missing


def _steps(
    lines: list[_Line], ends: Doubles, above: Doubles, lower: Doubles, most: float
) -> tuple[Doubles, bool] | None:
    """The moves [parts, 2] for the shortest strip, and whether a line is missed.

    `above` is how far parts lie above the top of the strip. One variable says by how much lines and top may
    be missed; it is dear. `most` is the largest move, and the unit in which the program is stated, as its
    solver has absolute tolerances.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    n, m = len(ends), len(lines)
    at, part = np.arange(m), np.arange(n)
    first, second = np.array([(one.first, one.second) for one in lines], np.int64).reshape(-1, 2).T
    x, y = np.array([(one.x, one.y) for one in lines]).reshape(-1, 2).T
    rows = [at, at, at, at, at, m + part, m + part, m + n + part, m + n + part]
    columns = [2 * first, 2 * first + 1, 2 * second, 2 * second + 1, np.full(m, 2 * n + 1)]
    columns += [2 * part, np.full(n, 2 * n), 2 * part + 1, np.full(n, 2 * n + 1)]
    ones = np.ones(n)
    values = np.concatenate([x, y, -x, -y, -np.ones(m), ones, -ones, ones, -ones])
    entries = values, (np.concatenate(rows), np.concatenate(columns))
    moves = np.stack([lower.ravel(), np.full(2 * n, most)], axis=1) / most
    done = linprog(
        np.append(np.zeros(2 * n), [1.0, MISSED]),
        A_ub=coo_array(entries, shape=(m + 2 * n, 2 * n + 2)).tocsr(),
        b_ub=np.concatenate([[-one.least for one in lines], -ends, -above]) / most,
        bounds=np.vstack([moves, [0.0, np.inf], [0.0, np.inf]]),
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-9},
    )
    if not done.success:
        return None
    return done.x[: 2 * n].reshape(-1, 2) * most, bool(done.x[-1] > 1e-7)
