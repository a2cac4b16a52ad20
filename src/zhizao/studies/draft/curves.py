"""Lines of a draft: straight ones and cubic Bézier curves, as chords. Lengths are in mm."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, dist, radians, sin

from zhizao.records.patterns.model import Point, Points

SEGMENTS = 64
"""Chords of one curve: the same in all sizes, so that point `n` of one size is point `n` of another."""
CHORD_MM = 0.1
"""Largest distance of a chord from its curve, held by a check: what a cutter resolves."""
THIRD = 1 / 3
"""Reach of the handles of a curve as a share of its span: that of a gentle arc (Farin 2002, ch. 5)."""


def bezier(a: Point, b: Point, c: Point, d: Point) -> Points:
    """Cubic Bézier curve by its four control points, as `SEGMENTS` chords of equal parameter."""
    points = []
    for number in range(SEGMENTS + 1):
        t = number / SEGMENTS
        s = 1 - t
        weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
        points.append(
            tuple(sum(w * p[n] for w, p in zip(weights, (a, b, c, d), strict=True)) for n in (0, 1))
        )
    return tuple((x, y) for x, y in points)


def curve(
    a: Point, leaves: Point, b: Point, arrives: Point, reach: tuple[float, float] = (THIRD, THIRD)
) -> Points:
    """Curve from `a` to `b` that leaves and arrives in given directions (unit vectors).

    `reach` is the length of both handles as a share of the distance.
    """
    first, last = (share * dist(a, b) for share in reach)
    return bezier(
        a, (a[0] + first * leaves[0], a[1] + first * leaves[1]),
        (b[0] - last * arrives[0], b[1] - last * arrives[1]), b,
    )  # fmt: skip


def chained(*parts: Points) -> Points:
    """Parts that meet, as one line."""
    return (*parts[0], *(point for part in parts[1:] for point in part[1:]))


def direction(a: Point, b: Point) -> Point:
    """Unit vector from one point to another."""
    far = dist(a, b)
    return (b[0] - a[0]) / far, (b[1] - a[1]) / far


def heading(degrees: float) -> Point:
    """Unit vector by its angle in degrees from the x axis."""
    return cos(radians(degrees)), sin(radians(degrees))


def root(function: Callable[[float], float], low: float, high: float) -> float | None:
    """Zero of a function between two values (Brent's method); None if it has the same sign at both."""
    from scipy.optimize import brentq

    if function(low) * function(high) > 0:
        return None
    return float(brentq(function, low, high, xtol=1e-10 * max(abs(low), abs(high)), rtol=1e-13))
