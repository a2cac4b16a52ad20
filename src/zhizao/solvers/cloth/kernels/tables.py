"""What the kernels of the cloth solver read: typed arrays only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


class Sheet(NamedTuple):
    """Elements of the cloth on its nodes (vertices, those of a closed seam being one node)."""

    triangle: Longs  # [triangles, 3] nodes
    inverse: Doubles  # [triangles, 2, 2] inverse of the rest edges (columns), 1/m
    area: Doubles  # [triangles] at rest, m2
    lame: Doubles  # [2] lambda and mu of plane stress, N/m
    hinge: Longs  # [hinges, 4] nodes: both ends of an edge, then the two opposite corners
    weight: Doubles  # [hinges, 4] weights of the nodes in the mean curvature of the hinge
    stiffness: Doubles  # [hinges] N m / m2: factor of half the squared weighted sum
    stitch: Longs  # [stitches, 2] nodes
    pull: Doubles  # [2] stiffness of a stitch, N/m, and the gap where its pull stops growing, m
    load: Doubles  # [nodes, 3] weight of the nodes, N
    mass: Doubles  # [nodes] kg


class Slots(NamedTuple):
    """The sparse matrix of 3 x 3 blocks by rows, and where each element adds its blocks."""

    first: Longs  # [nodes + 1]
    column: Longs  # [blocks]
    diagonal: Longs  # [nodes]
    triangle: Longs  # [triangles, 3, 3]
    hinge: Longs  # [hinges, 4, 4]
    stitch: Longs  # [stitches, 2, 2]


class Field(NamedTuple):
    """Signed distance to a body at the corners of a regular grid, negative inside."""

    origin: Doubles  # [3] m
    cell: float  # m
    value: Doubles  # [nx, ny, nz] m


class Touch(NamedTuple):
    """Contact of the nodes with the body; `force`, `normal` and `anchor` stay fixed during a step."""

    offset: Doubles  # [nodes] distance that is kept, m
    stiffness: float  # N/m
    friction: float  # coefficient of Coulomb friction
    force: Doubles  # [nodes] normal force, N
    normal: Doubles  # [nodes, 3]
    anchor: Doubles  # [nodes, 3] where the node sticks, m
