"""Departments, flows and the floor that they are placed on. Lengths are in m, areas in m²."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import sqrt

import numpy as np
import numpy.typing as npt

from zhizao.quantities import InputError

Doubles = npt.NDArray[np.float64]
ROUNDING = 1e-4
"""Side limits of files are rounded: an area may exceed what the limits allow by this share."""
TOLERANCE = 1e-6
"""In m for positions and sides, and as a share of an area: what `faults` takes for none."""


@dataclass(frozen=True)
class Rectangle:
    """A rectangle by its lower left corner and its sides."""

    x_m: float
    y_m: float
    width_m: float
    height_m: float

    @property
    def centre_m(self) -> tuple[float, float]:
        """Centre along the width and the height of the floor."""
        return self.x_m + self.width_m / 2, self.y_m + self.height_m / 2

    @property
    def area_m2(self) -> float:
        """Area."""
        return self.width_m * self.height_m


@dataclass(frozen=True)
class Department:
    """A department: a rectangle of at least an area, with limits of its sides.

    Parameters
    ----------
    id
        Name.
    area_m2
        Least area.
    width_m, height_m
        Least and largest side along the width and the height of the floor; None: any.
    aspect
        Longer side over shorter side at most, for a rectangle of exactly the area; None: any.
    at
        The rectangle where a department stands that cannot move; its area and limits are not checked.

    Raises
    ------
    InputError
        A number is not positive, or no rectangle has the area within the limits.
    """

    id: str
    area_m2: float
    width_m: tuple[float, float] | None = None
    height_m: tuple[float, float] | None = None
    aspect: float | None = None
    at: Rectangle | None = None

    def __post_init__(self) -> None:
        if not 0 < self.area_m2 < float("inf"):
            raise InputError(f"department {self.id}: found {self.area_m2:g} m²; expected more than 0")
        if self.aspect is not None and not 1 <= self.aspect < float("inf"):
            raise InputError(f"department {self.id}: found an aspect of {self.aspect:g}; expected 1 or more")
        for name, limits in (("width", self.width_m), ("height", self.height_m)):
            if limits is not None and not 0 <= limits[0] <= limits[1]:
                raise InputError(
                    f"department {self.id}: found a {name} of {limits[0]:g} to {limits[1]:g} m; "
                    "expected the least side first, none negative"
                )

    def sides(self, floor: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]]:
        """Limits of width and height on a floor, in m, from side limits, aspect, area and floor.

        Raises
        ------
        InputError
            No rectangle of the area meets the limits.
        """
        if self.at is not None:
            return (self.at.width_m,) * 2, (self.at.height_m,) * 2
        limits = []
        for given, most in ((self.width_m, floor[0]), (self.height_m, floor[1])):
            low, high = given or (0.0, most)
            if self.aspect is not None:
                low = max(low, sqrt(self.area_m2 / self.aspect))
                high = min(high, sqrt(self.area_m2 * self.aspect))
            limits.append((low, min(high, most)))
        (w_low, w_high), (h_low, h_high) = limits
        if w_low > w_high or h_low > h_high or w_high * h_high < self.area_m2 * (1 - ROUNDING):
            raise InputError(
                f"department {self.id}: no rectangle of {self.area_m2:g} m² has a width of {w_low:g} to "
                f"{w_high:g} m and a height of {h_low:g} to {h_high:g} m; expected wider limits or a larger "
                "floor"
            )
        return (
            (max(w_low, min(self.area_m2 / h_high, w_high)), w_high),
            (max(h_low, min(self.area_m2 / w_high, h_high)), h_high),
        )


@dataclass(frozen=True)
class FloorPlan:
    """Departments to be placed on a floor, and the flows between them.

    Parameters
    ----------
    width_m, height_m
        Sides of the floor.
    departments
        One or more.
    flows
        Flow between two departments, by their ids; both directions count.
    forbidden
        Rectangles where no department may stand: walls, columns, stairs.
    clearance_m
        Width of the aisle between any two departments; none towards walls and forbidden rectangles.

    Raises
    ------
    InputError
        Ids repeat or are unknown, numbers are negative, the areas exceed the floor, no rectangle meets the
        limits of a department, or fixed departments and forbidden rectangles overlap or leave the floor.
    """

    width_m: float
    height_m: float
    departments: tuple[Department, ...]
    flows: Mapping[tuple[str, str], float] = field(default_factory=dict)
    forbidden: tuple[Rectangle, ...] = ()
    clearance_m: float = 0.0

    def __post_init__(self) -> None:
        for name, side in (("width_m", self.width_m), ("height_m", self.height_m)):
            if not 0 < side < float("inf"):
                raise InputError(f"{name}: found {side:g}; expected more than 0")
        if not 0 <= self.clearance_m < float("inf"):
            raise InputError(f"clearance_m: found {self.clearance_m:g}; expected 0 or more")
        if not self.departments:
            raise InputError("departments: found none; expected one or more")
        if len(set(self.ids)) < len(self.ids):
            twice = next(one for one in self.ids if self.ids.count(one) > 1)
            raise InputError(f"departments: found {twice} twice; expected an id for each department")
        for pair, flow in self.flows.items():
            unknown = [one for one in pair if one not in self.ids]
            if unknown:
                raise InputError(
                    f"flows: found department {unknown[0]}; expected one of {', '.join(self.ids)}"
                )
            if not 0 <= flow < float("inf"):
                raise InputError(f"flows: found {flow:g} from {pair[0]} to {pair[1]}; expected 0 or more")
        self._check_room()

    def _check_room(self) -> None:
        for one in self.departments:
            one.sides((self.width_m, self.height_m))
        blocked = sum(one.area_m2 for one in self.forbidden)
        needed = sum(one.at.area_m2 if one.at else one.area_m2 for one in self.departments)
        floor = self.width_m * self.height_m - blocked
        if needed > floor * (1 + TOLERANCE):
            raise InputError(
                f"the areas of the departments exceed the floor: found {needed:g} m² on {floor:g} m² "
                "that are not forbidden; expected a larger floor or smaller areas"
            )
        self._check_fixed()

    def _check_fixed(self) -> None:
        fixed = [(f"department {one.id}", one.at) for one in self.departments if one.at]
        walls = [(f"forbidden rectangle {at + 1}", one) for at, one in enumerate(self.forbidden)]
        for name, here in [*fixed, *walls]:
            off = outside(here, self.width_m, self.height_m) > TOLERANCE
            if off or min(here.width_m, here.height_m) <= 0:
                raise InputError(f"{name}: found it outside the floor or without an area; expected it inside")
        for (name, here), (other, there) in combinations([*fixed, *walls], 2):
            both = not (name.startswith("forbidden") or other.startswith("forbidden"))
            gap, apart = self.clearance_m if both else 0.0, separation(here, there)
            if apart < gap - TOLERANCE and not (name.startswith("forbidden")):
                raise InputError(
                    f"{name} and {other}: found {apart:g} m between them; expected {gap:g} or more"
                )

    @property
    def ids(self) -> list[str]:
        """Ids of the departments, in their order."""
        return [one.id for one in self.departments]

    @cached_property
    def flow(self) -> Doubles:
        """[departments, departments]: flow in both directions, symmetric with a zero diagonal."""
        at = {one: number for number, one in enumerate(self.ids)}
        found = np.zeros((len(at), len(at)))
        for (a, b), flow in self.flows.items():
            if a != b:
                found[at[a], at[b]] += flow
                found[at[b], at[a]] += flow
        return found


@dataclass(frozen=True)
class Placed:
    """A layout: the rectangle of each department by id, and what is proved of it.

    `cost` is flow times rectilinear distance of centres, in units of flow times metres; `bound` a lower bound
    of the cost of every layout; `proved` is true if both are equal within a share of 1e-6.
    """

    rectangles: Mapping[str, Rectangle]
    cost: float
    bound: float
    proved: bool
    interrupted: bool


def outside(one: Rectangle, width_m: float, height_m: float) -> float:
    """How far a rectangle reaches beyond the floor, in m; 0 or less: it is inside."""
    return max(-one.x_m, -one.y_m, one.x_m + one.width_m - width_m, one.y_m + one.height_m - height_m)


def separation(a: Rectangle, b: Rectangle) -> float:
    """Width of the widest straight aisle between two rectangles, in m; negative: they overlap."""
    return max(
        b.x_m - a.x_m - a.width_m,
        a.x_m - b.x_m - b.width_m,
        b.y_m - a.y_m - a.height_m,
        a.y_m - b.y_m - b.height_m,
    )
