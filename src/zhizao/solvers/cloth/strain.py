"""How far the cloth is stretched: edges, and principal stretches of triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


def edges_of(triangles: Numbers) -> Numbers:
    """Every edge of a mesh once [e, 2], ascending."""
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return np.unique(np.sort(ends, axis=1), axis=0)


def edge_strain(rest: Array, positions: Array, edges: Numbers) -> Array:
    """Length over rest length, less one, of every edge [e]; 0.05 = 5 % longer."""
    before = np.linalg.norm(rest[edges[:, 1]] - rest[edges[:, 0]], axis=1)
    after = np.linalg.norm(positions[edges[:, 1]] - positions[edges[:, 0]], axis=1)
    return np.asarray(after / before - 1)


def principal_stretches(rest: Array, positions: Array, triangles: Numbers) -> Array:
    """Smaller and larger principal stretch of every triangle [t, 2]; 1 = as at rest.

    They are the singular values of the deformation gradient from the flat piece to space.
    """
    flat, bent = rest[triangles], positions[triangles]
    before = np.stack([flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]], axis=2)
    after = np.stack([bent[:, 1] - bent[:, 0], bent[:, 2] - bent[:, 0]], axis=2)
    gradient = after @ np.linalg.inv(before)
    return np.asarray(np.linalg.svd(gradient, compute_uv=False)[:, ::-1])
