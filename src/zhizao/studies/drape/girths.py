"""Level sections of a surface: girth of a body as a tape measures it, girth of cloth around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.studies.drape.figure import Figure

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

BANDS = {"bust": (0.68, 0.77), "waist": (0.58, 0.68), "hip": (0.47, 0.56)}
"""Where girths are looked for, over the height: the largest of bust and hip, the smallest of the waist."""
STEP_M = 0.005
ARMPIT = 0.05
"""Growth of the girth within one step upward at which the arms have joined the torso: there the band ends."""
MIDDLE_M = 0.02
"""Torso sections pass through the plane of symmetry within this distance."""


@dataclass(frozen=True, slots=True)
class Level:
    """A girth of the body, m, and the height where it was found."""

    name: str
    y_m: float
    girth_m: float


def section(vertices: Array, triangles: Numbers, y: float) -> Array:
    """Segments [s, 2, 3] in which triangles cross the level y."""
    corners = vertices[triangles]
    above = corners[:, :, 1] > y
    crossed = corners[above.any(1) & ~above.all(1)]
    up = crossed[:, :, 1] > y
    alone = np.where(up.sum(1) == 1, up.argmax(1), (~up).argmax(1))
    rows = np.arange(len(crossed))
    a = crossed[rows, alone]
    ends = []
    for turn in (1, 2):
        b = crossed[rows, (alone + turn) % 3]
        share = (y - a[:, 1]) / (b[:, 1] - a[:, 1])
        ends.append(a + share[:, None] * (b - a))
    return np.stack(ends, axis=1) if len(crossed) else np.empty((0, 2, 3))


def loops(segments: Array) -> list[Array]:
    """Segments that hang together, as arrays like the one given."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if not len(segments):
        return []
    key = np.round(segments.reshape(-1, 3) * 1e7).astype(np.int64)
    place = np.unique(key, axis=0, return_inverse=True)[1].reshape(-1, 2)
    count = int(place.max()) + 1
    graph = coo_matrix((np.ones(len(place)), (place[:, 0], place[:, 1])), (count, count))
    label = connected_components(graph, directed=False)[1][place[:, 0]]
    return [segments[label == one] for one in np.unique(label)]


def tape_girth(segments: Array) -> float:
    """Length of a taut tape around segments, m: the perimeter of the convex hull, seen from above."""
    from scipy.spatial import ConvexHull

    return float(ConvexHull(segments.reshape(-1, 3)[:, [0, 2]]).area)


def torso_girth(figure: Figure, y: float) -> float:
    """Girth of the torso at a height, without arms, m; of both legs together below the crotch."""
    found = loops(section(figure.vertices, figure.triangles, y))
    middle = [one for one in found if one[:, :, 0].min() < MIDDLE_M and one[:, :, 0].max() > -MIDDLE_M]
    widest = [one for one in middle if one[:, :, 0].min() < 0 < one[:, :, 0].max()]
    return max((tape_girth(one) for one in widest or middle), default=0.0)


def levels(figure: Figure) -> tuple[Level, ...]:
    """Bust, waist and hip of a body."""
    floor, tall = float(figure.vertices[:, 1].min()), figure.height_m
    found = []
    for name, (low, high) in BANDS.items():
        heights = np.arange(floor + low * tall, floor + high * tall, STEP_M)
        girths = [torso_girth(figure, float(y)) for y in heights]
        grown = np.nonzero(np.diff(girths) > ARMPIT * np.array(girths[:-1]))[0]
        girths = girths[: int(grown[0]) + 1] if name == "bust" and len(grown) else girths
        best = int(np.argmin(girths) if name == "waist" else np.argmax(girths))
        found.append(Level(name, float(heights[best]), girths[best]))
    return tuple(found)


def cloth_girth(positions: Array, triangles: Numbers, y: float) -> float:
    """Length of the closed lines in which cloth crosses the level y around the body, m; 0 without any.

    Where the level crosses an edge of the garment, lines end there: what is left of it is no girth.
    """
    return sum(
        float(np.linalg.norm(one[:, 1] - one[:, 0], axis=1).sum())
        for one in loops(section(positions, triangles, y))
        if _is_closed(one) and _goes_around(one)
    )


def _is_closed(segments: Array) -> bool:
    """Whether two segments meet at every end."""
    key = np.round(segments.reshape(-1, 3) * 1e7).astype(np.int64)
    return bool((np.unique(key, axis=0, return_counts=True)[1] == 2).all())


def _goes_around(segments: Array) -> bool:
    """Whether there is cloth in every sector of 30 degrees around the axis of the body."""
    turn = np.degrees(np.arctan2(segments[:, :, 2], segments[:, :, 0]))
    return len(np.unique(np.floor(turn.ravel() / 30))) >= 12
