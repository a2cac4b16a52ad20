"""Tours of vehicles from a depot: capacity, time windows, several trips; milk runs with a fixed cycle."""

from zhizao.solvers.tours.milk_runs import MilkRun, Rules, Stop, Supply, Train, milk_run
from zhizao.solvers.tours.problem import Plan, Tours, distance_of, faults_of
from zhizao.solvers.tours.solve import Found, Progress, Settings, plan_tours
from zhizao.solvers.tours.stock import boxes_needed, no_shortage
from zhizao.solvers.tours.vrplib import read_tours

__all__ = [
    "Found",
    "MilkRun",
    "Plan",
    "Progress",
    "Rules",
    "Settings",
    "Stop",
    "Supply",
    "Tours",
    "Train",
    "boxes_needed",
    "distance_of",
    "faults_of",
    "milk_run",
    "no_shortage",
    "plan_tours",
    "read_tours",
]
