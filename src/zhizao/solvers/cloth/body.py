"""The body that cloth hangs on: a grid of distances for the solver, exact distances for the verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.solvers.cloth.kernels.contact import distances
from zhizao.solvers.cloth.kernels.distance import bin_triangles, nearest_triangles, signed_grid
from zhizao.solvers.cloth.kernels.tables import Field

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

MARGIN = 4
"""Cells of the grid around the body: contact begins within them."""
CELLS_AT_MOST = 40_000_000
"""Of the grid; 8 bytes each, and 8 more while it is made."""
BIN_M = 0.02
"""Edge of the bins of the exact check: about an edge of the cloth."""


@dataclass(frozen=True)
class Body:
    """One or more closed surfaces; those that overlap count as their union.

    Parameters
    ----------
    vertices
        [n, 3] in m.
    triangles
        [t, 3]; every edge belongs to two triangles.
    field
        Signed distances on a grid.
    """

    vertices: Array
    triangles: Numbers
    field: Field


@dataclass(frozen=True)
class Clearance:
    """Exact distances of cloth from body.

    Parameters
    ----------
    distance_m
        Smallest distance; 0 if they meet, `reach_m` if it is larger.
    reach_m
        How far was looked.
    cut
        Triangles of the cloth that meet the surface, or have a corner inside.
    """

    distance_m: float
    reach_m: float
    cut: Numbers

    @property
    def free(self) -> bool:
        """Whether the cloth lies wholly outside the body."""
        return not len(self.cut)


def body_of(vertices: Array, triangles: Numbers, *, cell_m: float = 0.008) -> Body:
    """Check a body and compute its distance grid; parts that overlap count as their union.

    Parameters
    ----------
    vertices, triangles
        As in `Body`.
    cell_m
        Edge of the cells of the grid.

    Raises
    ------
    InputError
        If the surface is not closed or crosses itself oddly, or the grid would be too large.
    """
    vertices = np.ascontiguousarray(vertices, float)
    triangles = np.ascontiguousarray(triangles, np.int64)
    if vertices.ndim != 2 or vertices.shape[1] != 3 or not len(vertices) or not np.isfinite(vertices).all():
        raise InputError(f"body vertices of shape {vertices.shape}; expected finite numbers [n, 3]")
    if triangles.ndim != 2 or triangles.shape[1] != 3 or not len(triangles):
        raise InputError(f"body triangles of shape {triangles.shape}; expected [t, 3]")
    if triangles.min() < 0 or triangles.max() >= len(vertices):
        raise InputError(f"body triangles name vertex {triangles.max()}; expected 0 to {len(vertices) - 1}")
    _closed(triangles)
    if not cell_m > 0:
        raise InputError(f"cell_m is {cell_m}; expected more than 0")
    return Body(vertices, triangles, _field(vertices, triangles, cell_m))


def _closed(triangles: Numbers) -> None:
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    _, count = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    if (count != 2).any():
        raise InputError(f"{(count != 2).sum()} edges of the body do not join two triangles; expected 0")


def _field(vertices: Array, triangles: Numbers, cell_m: float) -> Field:
    """Distances to the union of the parts: the smallest of their own."""
    origin = vertices.min(0) - MARGIN * cell_m
    shape = np.ceil((vertices.max(0) - origin) / cell_m).astype(int) + MARGIN + 1
    if np.prod(shape.astype(float)) > CELLS_AT_MOST:
        raise InputError(f"{np.prod(shape.astype(float)):.3g} cells; expected {CELLS_AT_MOST} at most")
    value = np.full(tuple(shape), MARGIN * cell_m)
    parts = parts_of(triangles, len(vertices))
    for part in range(parts.max() + 1):
        own = np.ascontiguousarray(triangles[parts == part])
        points = vertices[own].reshape(-1, 3)
        low = np.maximum(np.floor((points.min(0) - origin) / cell_m).astype(int) - MARGIN, 0)
        high = np.minimum(np.ceil((points.max(0) - origin) / cell_m).astype(int) + MARGIN + 1, shape)
        if parts.max() == 0:
            low, high = np.zeros(3, int), shape
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        found = np.empty(tuple(high - low))
        if signed_grid(vertices, own, origin + low * cell_m, float(cell_m), found):
            raise InputError("a line crosses the body an odd number of times; expected a closed surface")
        value[box] = found if parts.max() == 0 else np.minimum(value[box], found)
    return Field(origin, float(cell_m), value)


def parts_of(triangles: Numbers, count: int) -> Numbers:
    """Number of the connected part of each triangle [t]; `count` vertices."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]])
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (count, count))
    labels = connected_components(graph, directed=False)[1][triangles[:, 0]]
    return np.asarray(np.unique(labels, return_inverse=True)[1], np.int64)


def clearance(body: Body, positions: Array, triangles: Numbers, reach_m: float = 0.01) -> Clearance:
    """Check cloth against body: distances are exact; corners deep inside are found by the grid."""
    origin = body.vertices.min(0)
    shape = (np.floor((body.vertices.max(0) - origin) / BIN_M).astype(np.int64)) + 1
    rows = bin_triangles(body.vertices, body.triangles, origin, BIN_M, shape)
    order = np.argsort(rows[:, 0], kind="stable")
    first = np.searchsorted(rows[order, 0], np.arange(int(np.prod(shape)) + 1))
    member = np.ascontiguousarray(rows[order, 1])
    apart = nearest_triangles(
        (positions, triangles),
        (body.vertices, body.triangles),
        (origin, BIN_M, shape),
        (first, member),
        reach_m,
    )
    signed = np.empty(len(positions))
    distances(body.field, positions, signed)
    inside = (signed < -body.field.cell)[triangles].any(1)  # nearer the surface the exact distance decides
    cut = np.nonzero((apart == 0) | inside)[0]
    return Clearance(float(apart.min()) if not len(cut) else 0.0, reach_m, cut)
