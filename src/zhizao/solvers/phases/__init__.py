"""Phases: processes described by ordinary differential equations, integrated between events."""

from zhizao.solvers.phases.problem import (
    Crossing,
    Direction,
    Method,
    Model,
    Parameter,
    Phase,
    PhaseError,
    Settings,
    Signal,
    TimeUnit,
    Variable,
)
from zhizao.solvers.phases.run import Course, End, Hit, PhaseFailedError, follow_phase, run_phase

__all__ = [
    "Course",
    "Crossing",
    "Direction",
    "End",
    "Hit",
    "Method",
    "Model",
    "Parameter",
    "Phase",
    "PhaseError",
    "PhaseFailedError",
    "Settings",
    "Signal",
    "TimeUnit",
    "Variable",
    "follow_phase",
    "run_phase",
]
