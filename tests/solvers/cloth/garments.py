"""Cloth and bodies to drape: grids, a body of ellipsoids, a jacket of two pieces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.cloth import Cloth, divide, triangulate

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

SPREAD = (
    ((0.27, 0.80), 3),
    ((0.27, 1.19), 3),
    ((0.60, 1.19), 1),
    ((0.60, 1.42), 0),
    ((0.20, 1.44), 0),
    ((0.09, 1.46), 2),
)
"""Right half of a jacket for arms spread sideways: corners from the hem up, and the edge that follows."""
LOWERED = (
    ((0.26, 0.80), 3),
    ((0.25, 1.10), 3),
    ((0.42, 0.93), 1),
    ((0.56, 1.07), 0),
    ((0.23, 1.40), 0),
    ((0.09, 1.46), 2),
)
"""The same for arms that hang at 45 degrees."""
DROP_M = 0.07
"""Depth of the neckline."""
OPEN = (1, 2)
"""Edges that are not sewn: cuff and neckline (and the hem)."""


def grid(nx: int, ny: int, width: float, height: float) -> tuple[Array, Numbers]:
    """Rest positions and triangles of a rectangle, with diagonals in both directions."""
    u, v = np.meshgrid(np.linspace(0, width, nx), np.linspace(0, height, ny), indexing="ij")
    at = np.arange(nx * ny).reshape(nx, ny)
    a, b, c, d = (part.ravel() for part in (at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]))
    odd = ((np.arange(nx - 1)[:, None] + np.arange(ny - 1)) % 2).reshape(-1, 1) == 1
    one = np.where(odd, np.stack([a, b, d], 1), np.stack([a, b, c], 1))
    two = np.where(odd, np.stack([b, c, d], 1), np.stack([a, c, d], 1))
    return np.stack([u, v], -1).reshape(-1, 2), np.concatenate([one, two])


def sphere(rows: int, columns: int) -> tuple[Array, Numbers]:
    """Closed unit sphere by latitude and longitude."""
    tilt = np.pi * np.arange(1, rows) / rows
    turn = 2 * np.pi * np.arange(columns) / columns
    ring = np.stack(
        [
            np.outer(np.sin(tilt), np.cos(turn)),
            np.outer(np.cos(tilt), np.ones(columns)),
            np.outer(np.sin(tilt), np.sin(turn)),
        ],
        axis=-1,
    ).reshape(-1, 3)
    points = np.concatenate([[[0.0, 1, 0]], ring, [[0.0, -1, 0]]])
    at = 1 + np.arange((rows - 1) * columns).reshape(rows - 1, columns)
    right = np.roll(at, -1, axis=1)
    last = np.full(columns, len(points) - 1)
    parts = [
        np.stack([np.zeros(columns, int), right[0], at[0]], 1),
        np.stack([at[-1], right[-1], last], 1),
        np.stack([at[:-1].ravel(), right[:-1].ravel(), at[1:].ravel()], 1),
        np.stack([right[:-1].ravel(), right[1:].ravel(), at[1:].ravel()], 1),
    ]
    return points, np.concatenate(parts)


def figure(rows: int = 80, columns: int = 120) -> tuple[Array, Numbers]:
    """A closed body with neck and arms spread: the union of ellipsoids around the middle of the chest."""
    points, triangles = sphere(rows, columns)
    axes = np.array([[0.17, 0.55, 0.11], [0.065, 0.32, 0.065], [0.68, 0.06, 0.055], [0.21, 0.10, 0.075]])
    flat = np.where(points[:, 1:2] > 0, [1, 4, 1], [1, 1, 1])  # above the chest the trunk ends soon
    axes = np.repeat(axes[None], len(points), axis=0)
    axes[:, 0] /= flat
    reach = 1 / np.sqrt(((points[:, None, :] / axes) ** 2).sum(-1))
    return points * reach.max(1)[:, None] + [0, 1.3, 0], triangles


def jacket(edge_m: float, half: tuple = LOWERED, depth_m: float = 0.2) -> Cloth:
    """Front and back of one outline, before and behind the body, to be sewn at sides and shoulders."""
    corners = [np.array(point) for point, _ in half]
    kinds = [kind for _, kind in half]
    outline, sewn = [], []
    for start, end, kind in zip(corners[:-1], corners[1:], kinds[:-1], strict=True):
        part = divide(np.stack([start, end]), round(float(np.linalg.norm(end - start)) / edge_m))
        outline += list(part[:-1])
        sewn += [kind not in OPEN] * (len(part) - 1)
    right = np.array(outline)
    turn = np.linspace(0, np.pi, 40)
    neck = np.stack([corners[-1][0] * np.cos(turn), corners[-1][1] - DROP_M * np.sin(turn)], 1)
    neck = divide(neck, round(float(np.linalg.norm(np.diff(neck, axis=0), axis=1).sum()) / edge_m))
    hem = divide(np.array([[-corners[0][0], corners[0][1]], corners[0]]), round(2 * corners[0][0] / edge_m))
    left = right[::-1] * [-1, 1]
    mesh = triangulate(np.concatenate([right, neck, left, hem[1:-1]]), edge_m)
    ends = np.array(sewn) | np.roll(sewn, 1)  # a point is sewn if an edge beside it is
    ends[0] = sewn[0]
    first = np.nonzero(ends)[0]
    shoulder = len(right)  # where the neckline begins; its other end mirrors it
    mirrored = len(right) + len(neck) + (len(right) - 1 - first)
    chosen = np.concatenate([first, [shoulder, shoulder + len(neck) - 1], mirrored])
    count = len(mesh.points)
    flat = np.concatenate([mesh.points, mesh.points])
    depth = np.repeat([depth_m, -depth_m], count)
    triangles = np.concatenate([mesh.triangles, mesh.triangles + count])
    return Cloth(flat, triangles, np.column_stack([flat, depth]), np.column_stack([chosen, chosen + count]))
