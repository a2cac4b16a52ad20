"""A check of a layout that shares nothing with the search."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from zhizao.solvers.layout.problem import TOLERANCE, Department, FloorPlan, Rectangle, outside, separation


def faults(plan: FloorPlan, rectangles: Mapping[str, Rectangle]) -> list[str]:
    """What is wrong with a layout, in words: none missing, on the floor, apart, areas, sides, fixed ones.

    Lengths are compared within 1e-6 m, areas within a share of 1e-6.
    """
    if set(rectangles) != set(plan.ids):
        return [f"departments {sorted(rectangles)} are placed, not {sorted(plan.ids)}"]
    found = [fault for one in plan.departments for fault in _alone(plan, one, rectangles[one.id])]
    for a, b in combinations(plan.ids, 2):
        apart = separation(rectangles[a], rectangles[b])
        if apart < plan.clearance_m - TOLERANCE:
            found.append(f"departments {a} and {b} are {apart:.9g} m apart")
    for at, wall in enumerate(plan.forbidden):
        found += [
            f"department {one} stands on forbidden rectangle {at + 1}"
            for one in plan.ids
            if separation(rectangles[one], wall) < -TOLERANCE
        ]
    return found


def _alone(plan: FloorPlan, one: Department, here: Rectangle) -> list[str]:
    """What is wrong with a department whatever the others are."""
    found = []
    if not outside(here, plan.width_m, plan.height_m) <= TOLERANCE:
        found.append(f"department {one.id} leaves the floor")
    if one.at is not None:
        pairs = zip(_numbers(one.at), _numbers(here), strict=True)
        moved = max(abs(a - b) for a, b in pairs) > TOLERANCE
        return [*found, f"department {one.id} was moved"] if moved else found
    if not here.area_m2 >= one.area_m2 * (1 - TOLERANCE):
        found.append(f"department {one.id} has {here.area_m2:.9g} m² of {one.area_m2:g}")
    limits = one.sides((plan.width_m, plan.height_m))
    sides = (here.width_m, here.height_m)
    for name, side, (low, high) in zip(("width", "height"), sides, limits, strict=True):
        if not low - TOLERANCE <= side <= high + TOLERANCE:
            found.append(f"department {one.id} has a {name} of {side:.9g} m, not {low:g} to {high:g}")
    return found


def cost_of(plan: FloorPlan, rectangles: Mapping[str, Rectangle]) -> float:
    """Flow times rectilinear distance between centres, in units of flow times metres."""
    whole = 0.0
    for (a, b), flow in plan.flows.items():
        (ax, ay), (bx, by) = rectangles[a].centre_m, rectangles[b].centre_m
        whole += flow * (abs(ax - bx) + abs(ay - by))
    return whole


def _numbers(one: Rectangle) -> tuple[float, float, float, float]:
    return one.x_m, one.y_m, one.width_m, one.height_m
