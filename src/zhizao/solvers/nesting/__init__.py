"""Irregular strip packing: parts of any outline on a strip of fixed width and least length.

Needs the extra `garment` (spyrrow, shapely).
"""

from zhizao.solvers.nesting.exact import faults, interiors_meet
from zhizao.solvers.nesting.problem import Layout, Nesting, Part, Placement, outline_of
from zhizao.solvers.nesting.search import Found, Settings, nest

__all__ = [
    "Found",
    "Layout",
    "Nesting",
    "Part",
    "Placement",
    "Settings",
    "faults",
    "interiors_meet",
    "nest",
    "outline_of",
]
