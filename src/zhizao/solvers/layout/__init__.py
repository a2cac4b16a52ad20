"""Facility layout: departments on a floor, departments in a row, and stations at given places."""

from zhizao.solvers.layout.check import cost_of, faults
from zhizao.solvers.layout.place import place
from zhizao.solvers.layout.places import Places, assign_places
from zhizao.solvers.layout.problem import TOLERANCE, Department, FloorPlan, Placed, Rectangle
from zhizao.solvers.layout.row import RowOrder, single_row

__all__ = [
    "TOLERANCE",
    "Department",
    "FloorPlan",
    "Placed",
    "Places",
    "Rectangle",
    "RowOrder",
    "assign_places",
    "cost_of",
    "faults",
    "place",
    "single_row",
]
