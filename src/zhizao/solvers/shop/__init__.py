"""Scheduling: operations of jobs on units, as arrays in, a checked schedule and a bound out."""

from zhizao.solvers.shop.check import completion, faults, value
from zhizao.solvers.shop.problem import (
    LATEST,
    Breaks,
    Ints,
    Objective,
    Pools,
    Problem,
    Schedule,
    SetUps,
    Solution,
    Transport,
)

__all__ = [
    "LATEST",
    "Breaks",
    "Ints",
    "Objective",
    "Pools",
    "Problem",
    "Schedule",
    "SetUps",
    "Solution",
    "Transport",
    "completion",
    "faults",
    "value",
]
