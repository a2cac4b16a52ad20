"""Triangle meshes of pattern pieces: seams divided alike on both sides, triangles of about one size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

CLEAR = 0.6
"""Interior points keep this share of the edge length from the outline; nearer ones make flat triangles."""
FLAT = 1e-3
"""A triangle whose area is below this share of the squared edge length is dropped: three points in line."""


@dataclass(frozen=True)
class Mesh:
    """Triangles of a piece.

    Parameters
    ----------
    points
        Positions [n, 2] in m; the points of the outline come first, in the order given.
    triangles
        Corners [t, 3], counter-clockwise.
    boundary
        Number of points of the outline.
    """

    points: Array
    triangles: Numbers
    boundary: int

    def least_angle(self) -> float:
        """Smallest angle of all triangles, in degrees."""
        return float(angles(self.points[self.triangles]).min())


def angles(corners: Array) -> Array:
    """Angles [t, 3] in degrees of triangles [t, 3, 2 or 3]."""
    found = np.empty(corners.shape[:2])
    for i in range(3):
        u = corners[:, (i + 1) % 3] - corners[:, i]
        v = corners[:, (i + 2) % 3] - corners[:, i]
        size = np.linalg.norm(u, axis=1) * np.linalg.norm(v, axis=1)
        found[:, i] = np.degrees(np.arccos(np.clip((u * v).sum(1) / size, -1, 1)))
    return found


def divide(line: Array, count: int) -> Array:
    """Divide a line of points [n, 2 or 3] into `count` parts of equal length; `count + 1` points.

    Both edges of a seam are divided into the same number of parts, be they of equal length or eased.

    Raises
    ------
    InputError
        If there are fewer than two points, the line has no length, or `count` is below 1.
    """
    line = np.asarray(line, float)
    if len(line) < 2 or count < 1:
        raise InputError(f"{len(line)} points in {count} parts; expected 2 points and 1 part or more")
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    if along[-1] <= 0:
        raise InputError("a line without length; expected two points that differ")
    at = np.linspace(0, along[-1], count + 1)
    return np.stack([np.interp(at, along, line[:, i]) for i in range(line.shape[1])], axis=1)


def triangulate(outline: Array, edge_m: float) -> Mesh:
    """Mesh the inside of a closed outline with triangles of about one edge length.

    The points of the outline are kept as they are, and no other point lies on it. Inside, the points of a
    hexagonal grid are joined by a Delaunay triangulation.

    Parameters
    ----------
    outline
        Points [n, 2] in m, the last one joined to the first; either direction.
    edge_m
        Edge length aimed at; the outline should be divided about as finely.

    Returns
    -------
    Mesh
        Every edge of the outline is an edge of a triangle, and the areas add up to that of the outline.

    Raises
    ------
    InputError
        If the outline crosses itself, or is too coarse for its own notches and corners.
    """
    outline = np.asarray(outline, float)
    if outline.ndim != 2 or outline.shape[1] != 2 or len(outline) < 3 or not np.isfinite(outline).all():
        raise InputError(f"an outline of shape {outline.shape}; expected three or more finite points [n, 2]")
    if not edge_m > 0:
        raise InputError(f"edge length {edge_m}; expected more than 0 m")
    inside = _interior(outline, edge_m)
    points = np.concatenate([outline, inside])
    triangles = _delaunay(points, outline, edge_m)
    _check(points, triangles, outline)
    return Mesh(points, triangles, len(outline))


def _interior(outline: Array, edge_m: float) -> Array:
    """Points of a hexagonal grid inside the outline and clear of it."""
    low, high = outline.min(0), outline.max(0)
    rise = edge_m * np.sqrt(3) / 2
    rows = int((high[1] - low[1]) / rise) + 1
    columns = int((high[0] - low[0]) / edge_m) + 2
    row, column = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    shift = 0.5 * (high - low - [(columns - 1) * edge_m, (rows - 1) * rise])
    x = low[0] + shift[0] + (column + 0.5 * (row % 2) - 0.25) * edge_m
    points = np.stack([x, low[1] + shift[1] + row * rise], axis=-1).reshape(-1, 2)
    points = points[_contains(outline, points)]
    return points[_from_outline(outline, points) > CLEAR * edge_m]


def _contains(outline: Array, points: Array) -> NDArray[np.bool_]:
    """Whether points are inside, by the parity of crossings to the right."""
    odd = np.zeros(len(points), bool)
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        spans = (a[1] > points[:, 1]) != (b[1] > points[:, 1])
        if spans.any():
            rise = np.where(b[1] == a[1], 1.0, b[1] - a[1])
            odd ^= spans & (points[:, 0] < a[0] + (points[:, 1] - a[1]) * (b[0] - a[0]) / rise)
    return odd


def _from_outline(outline: Array, points: Array) -> Array:
    """Distance of points from the outline."""
    found = np.full(len(points), np.inf)
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        edge = b - a
        at = np.clip((points - a) @ edge / max(float(edge @ edge), 1e-300), 0, 1)
        found = np.minimum(found, np.linalg.norm(points - a - at[:, None] * edge, axis=1))
    return found


def _cross(u: Array, v: Array) -> Array:
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])


def _delaunay(points: Array, outline: Array, edge_m: float) -> Numbers:
    """Delaunay triangles inside the outline, counter-clockwise, without flat ones."""
    from scipy.spatial import Delaunay

    found = np.asarray(Delaunay(points).simplices, np.int64)
    corners = points[found]
    double = _cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    found[double < 0] = found[double < 0][:, ::-1]
    keep = (np.abs(double) > FLAT * edge_m**2) & _contains(outline, corners.mean(1))
    return found[keep]


def _check(points: Array, triangles: Numbers, outline: Array) -> None:
    """Refuse a mesh that does not fill its outline exactly."""
    count = len(outline)
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    have = {(int(a), int(b)) for a, b in np.sort(edges, axis=1)}
    for i in range(count):
        j = (i + 1) % count
        if (min(i, j), max(i, j)) not in have:
            raise InputError(
                f"the outline between points {i} and {j} is no edge of the mesh; "
                "expected an outline that does not cross itself, divided as finely as the mesh"
            )
    corners = points[triangles]
    area = 0.5 * _cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).sum()
    whole = 0.5 * abs(float(_cross(outline, np.roll(outline, -1, axis=0)).sum()))
    if abs(area - whole) > 1e-3 * whole:
        raise InputError(f"triangles of {area:.6g} m2 in an outline of {whole:.6g} m2: it crosses itself")
