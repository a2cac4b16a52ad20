"""Parts to be placed on a strip, and a layout of them. Lengths have one unit of the caller's choice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, cos, isfinite, log2, radians, sin

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError

Doubles = NDArray[np.float64]
Point = tuple[float, float]
BITS = 28
"""Strip and parts measure at most so many bits on the grid: products of lengths then fit in 64 bits."""


@dataclass(frozen=True)
class Part:
    """An outline and how often it is needed.

    `outline` is a simple polygon without holes whose last vertex is not the first again. `rotations_deg` are
    the rotations about the origin that are allowed, counter-clockwise; a part is never mirrored.
    """

    id: str
    outline: tuple[Point, ...]
    demand: int = 1
    rotations_deg: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        from shapely import Polygon

        if self.demand < 1:
            raise InputError(f"part {self.id}: found a demand of {self.demand}; expected 1 or more")
        if not self.rotations_deg:
            raise InputError(f"part {self.id}: found no rotation; expected one or more, such as 0")
        if len(self.outline) < 3 or not all(isfinite(value) for point in self.outline for value in point):
            raise InputError(f"part {self.id}: found no polygon; expected three finite vertices or more")
        polygon = Polygon(self.outline)
        if not polygon.is_valid or not polygon.area > 0:
            raise InputError(f"part {self.id}: the outline crosses or touches itself, or has no area")

    @cached_property
    def area(self) -> float:
        """Area inside the outline (shoelace formula)."""
        return abs(_signed_area(np.array(self.outline)))

    def rotated(self, degrees: float) -> Doubles:
        """The outline after a rotation about the origin, counter-clockwise, [vertices, 2].

        Multiples of 90° are exact.
        """
        return _rotated(self.outline, degrees % 360)

    def extent(self, degrees: float) -> tuple[float, float]:
        """Length along and across the strip after a rotation."""
        along, across = np.ptp(self.rotated(degrees), axis=0)
        return float(along), float(across)


@dataclass(frozen=True)
class Nesting:
    """Parts, the width of the strip, and the least distance between parts (not to the edges of the strip).

    Raises
    ------
    InputError
        There is no part, two have one id, or one is wider than the strip in each of its rotations.
    """

    parts: tuple[Part, ...]
    width: float
    gap: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.width < float("inf"):
            raise InputError(f"width: found {self.width:g}; expected more than 0")
        if not 0 <= self.gap < self.width:
            raise InputError(f"gap: found {self.gap:g}; expected 0 or more, and less than the width")
        if not self.parts:
            raise InputError("parts: found none; expected one or more")
        if len({part.id for part in self.parts}) < len(self.parts):
            raise InputError("parts: found one id twice; expected an id for each part")
        for part in self.parts:
            narrowest = min(part.extent(angle)[1] for angle in part.rotations_deg)
            if narrowest > self.width:
                raise InputError(
                    f"part {part.id}: found a width of {narrowest:g} as it may be turned; "
                    f"expected at most {self.width:g}, the width of the strip"
                )

    @cached_property
    def area(self) -> float:
        """Area of all parts that are needed."""
        return sum(part.area * part.demand for part in self.parts)

    @cached_property
    def unit(self) -> float:
        """Edge of the grid on which parts lie, a power of 2 and at most 2**-27 of the longest
        length: for cloth of 1.5 m and pieces of 1 m 8 nm.

        Outlines and translations are rounded to it before a layout is checked.
        """
        longest = max(
            self.width, *(max(part.extent(angle)) for part in self.parts for angle in part.rotations_deg)
        )
        return float(2.0 ** (ceil(log2(longest)) - BITS))

    @cached_property
    def turned(self) -> dict[tuple[str, float], Doubles]:
        """The outline of each part for each of its rotations, on the grid, counter-clockwise."""
        found = {}
        for part in self.parts:
            for angle in part.rotations_deg:
                points = np.rint(part.rotated(angle) / self.unit) * self.unit
                found[part.id, angle] = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
        return found

    @cached_property
    def by_id(self) -> dict[str, Part]:
        """Parts by their id."""
        return {part.id: part for part in self.parts}


@dataclass(frozen=True, slots=True)
class Placement:
    """One copy of a part: rotated about its origin, then moved by x along and y across the strip."""

    part: str
    rotation_deg: float
    x: float
    y: float


@dataclass(frozen=True)
class Layout:
    """Where each copy lies; the strip begins at x = 0 and spans y = 0 to its width."""

    nesting: Nesting
    placements: tuple[Placement, ...]

    @cached_property
    def length(self) -> float:
        """Length of the strip up to the last part."""
        return float(max(outline_of(self.nesting, one)[:, 0].max() for one in self.placements))

    @property
    def density(self) -> float:
        """Area of the parts as a share of the strip that they take, 0..1."""
        return self.nesting.area / (self.nesting.width * self.length)


def outline_of(nesting: Nesting, placement: Placement) -> Doubles:
    """The outline of a copy where it lies, on the grid, [vertices, 2].

    Raises
    ------
    InputError
        The copy is rotated as its part must not be.
    """
    turned = nesting.turned.get((placement.part, placement.rotation_deg))
    if turned is None:
        raise InputError(f"part {placement.part}: found a rotation of {placement.rotation_deg:g}°")
    placed: Doubles = turned + np.rint(np.array([placement.x, placement.y]) / nesting.unit) * nesting.unit
    return placed


def _rotated(outline: tuple[Point, ...], degrees: float) -> Doubles:
    quarters = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}
    c, s = quarters.get(degrees, (cos(radians(degrees)), sin(radians(degrees))))
    points = np.array(outline, np.float64)
    if _signed_area(points) < 0:
        points = points[::-1]
    turned: Doubles = points @ np.array([[c, s], [-s, c]])
    return turned


def _signed_area(points: Doubles) -> float:
    """Positive if the vertices run counter-clockwise."""
    x, y = (points - points[0]).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)
