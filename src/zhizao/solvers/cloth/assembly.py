"""From cloth and material to the tables of the kernels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.cloth.kernels.tables import Sheet, Slots
from zhizao.solvers.cloth.problem import Cloth, Material, Settings

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


def sheet_of(cloth: Cloth, material: Material, node: Numbers, settings: Settings, gravity: bool) -> Sheet:
    """Elements on nodes.

    Parameters
    ----------
    node
        Node of every vertex [n]; closed stitches share one.
    gravity
        False while the pieces are sewn together, so that they do not fall off the body.
    """
    young, ratio = material.stretch_n_m, material.poisson
    lame = np.array([young * ratio / (1 - ratio**2), young / (2 * (1 + ratio))])
    corners = cloth.rest[cloth.triangles]
    edges = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=2)
    area = cloth.rest_areas()
    share = np.repeat(area / 3 * material.density_kg_m2, 3)
    mass = np.asarray(np.bincount(node[cloth.triangles].ravel(), share), np.float64)
    hinge, weight, stiffness = _hinges(cloth, material)
    open_stitch = cloth.stitches[node[cloth.stitches[:, 0]] != node[cloth.stitches[:, 1]]]
    pull = np.array([young, settings.weld_m])
    load = mass[:, None] * np.array(cloth.gravity_m_s2) * float(gravity)
    return Sheet(
        node[cloth.triangles],
        np.ascontiguousarray(np.linalg.inv(edges)),
        area,
        lame,
        node[hinge],
        weight,
        stiffness,
        node[open_stitch],
        pull,
        load,
        mass,
    )


def inner_edges(triangles: Numbers) -> Numbers:
    """Edges between two triangles [h, 4]: both ends, then the two opposite corners."""
    ends = np.concatenate([triangles[:, [1, 2]], triangles[:, [2, 0]], triangles[:, [0, 1]]])
    opposite = triangles.T.ravel()
    ordered = np.sort(ends, axis=1)
    order = np.lexsort((ordered[:, 1], ordered[:, 0]))
    ordered, opposite = ordered[order], opposite[order]
    pair = np.nonzero((ordered[1:] == ordered[:-1]).all(1))[0]
    return np.column_stack([ordered[pair], opposite[pair], opposite[pair + 1]])


def _hinges(cloth: Cloth, material: Material) -> tuple[Numbers, Array, Array]:
    """Quadratic bending of inner edges (Bergou et al. 2006): nodes, weights, stiffness.

    The factor is that of the bending modulus of an equilateral lattice (Seung and Nelson 1988, "Defects in
    flexible membranes with crystalline order"); tests measure it on a bent plate.
    """
    hinge = inner_edges(cloth.triangles)
    if material.bend_n_m == 0:
        hinge = hinge[:0]
    p = cloth.rest[hinge]
    edge = p[:, 1] - p[:, 0]
    first, second = [_cotangents(edge, p[:, k] - p[:, 0]) for k in (2, 3)]
    weight = np.column_stack(
        [first[1] + second[1], first[0] + second[0], -first[0] - first[1], -second[0] - second[1]]
    )
    area = 0.5 * (_doubles(edge, p[:, 2] - p[:, 0]) + _doubles(edge, p[:, 3] - p[:, 0]))
    return hinge, np.ascontiguousarray(weight), np.asarray(material.bend_n_m / area)


def _doubles(edge: Array, side: Array) -> Array:
    """Twice the areas of triangles by two of their edges."""
    return np.asarray(np.abs(edge[:, 0] * side[:, 1] - edge[:, 1] * side[:, 0]))


def _cotangents(edge: Array, side: Array) -> tuple[Array, Array]:
    """Cotangents of the angles at both ends of an edge of a triangle."""
    double = _doubles(edge, side)
    along = (edge * side).sum(1)
    return along / double, ((edge * edge).sum(1) - along) / double


def slots_of(sheet: Sheet) -> Slots:
    """Pattern of the sparse matrix, and the place of every block of every element in it."""
    count = len(sheet.mass)
    keys = [np.arange(count) * count + np.arange(count)]
    keys += [_pairs(part, count).ravel() for part in (sheet.triangle, sheet.hinge, sheet.stitch)]
    pattern = np.unique(np.concatenate(keys))
    row, column = pattern // count, pattern % count
    first = np.searchsorted(row, np.arange(count + 1))

    def place(key: Numbers) -> Numbers:
        return np.ascontiguousarray(np.searchsorted(pattern, key))

    return Slots(
        first,
        column,
        place(keys[0]),
        place(_pairs(sheet.triangle, count)),
        place(_pairs(sheet.hinge, count)),
        place(_pairs(sheet.stitch, count)),
    )


def _pairs(nodes: Numbers, count: int) -> Numbers:
    return np.asarray(nodes[:, :, None] * count + nodes[:, None, :])
