"""A layout by bounding boxes, which exists for each nesting and fits rectangles exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.nesting.problem import Layout, Nesting, Placement

Longs = NDArray[np.int64]


def by_boxes(nesting: Nesting) -> Layout:
    """Place bounding boxes one after the other, widest across the strip first, each as far left as it fits.

    Left ends are tried at the start of the strip and at the right ends of boxes, lower ends likewise; all is
    computed in units of the grid. Source: the bottom-left rule (Baker, Coffman and Rivest, Orthogonal
    packings in two dimensions, SIAM Journal on Computing 9, 1980).
    """
    gap = int(np.ceil(nesting.gap / nesting.unit))
    top = int(np.rint(nesting.width / nesting.unit)) + gap
    placed = np.empty((0, 4), np.int64)  # left, low, right, high; the gap is added to the right and above
    placements = []
    for part in sorted(nesting.parts, key=lambda one: -max(one.extent(0.0))):
        for _ in range(part.demand):
            found = []
            for angle in part.rotations_deg:
                outline = np.rint(nesting.turned[part.id, angle] / nesting.unit).astype(np.int64)
                low, size = outline.min(axis=0), np.ptp(outline, axis=0) + gap
                if size[1] <= top:
                    x, y = _corner(placed, size, top)
                    found.append((int(x + size[0]), int(y), angle, np.array([x, y]) - low, size))
            *_, angle, move, size = min(found, key=lambda one: one[:3])
            low = np.rint(nesting.turned[part.id, angle] / nesting.unit).astype(np.int64).min(axis=0) + move
            placed = np.vstack([placed, [*low, *(low + size)]])
            placements.append(Placement(part.id, angle, *(float(one) * nesting.unit for one in move)))
    return Layout(nesting, tuple(placements))


def _corner(placed: Longs, size: Longs, top: int) -> tuple[int, int]:
    """The leftmost, then lowest place where a box overlaps none of those placed."""
    lows = np.unique(np.append(placed[:, 3], 0))
    lows = lows[lows + size[1] <= top]
    for left in np.unique(np.append(placed[:, 2], 0)):
        near = placed[(placed[:, 0] < left + size[0]) & (placed[:, 2] > left)]
        meets = (near[:, 1] < lows[:, None] + size[1]) & (near[:, 3] > lows[:, None])
        free = lows[~meets.any(axis=1)]
        if len(free):
            return int(left), int(free[0])
    return int(placed[:, 2].max()), 0
