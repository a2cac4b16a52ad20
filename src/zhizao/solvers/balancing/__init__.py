"""Line balancing: tasks with an order are given to stations, and to workers, with what is proved of it."""

from zhizao.solvers.balancing.cycle import least_cycle
from zhizao.solvers.balancing.problem import Balance, Tasks, faults_of
from zhizao.solvers.balancing.stations import least_stations
from zhizao.solvers.balancing.workers import CrewTasks, crew_faults, least_cycle_of_crew

__all__ = [
    "Balance",
    "CrewTasks",
    "Tasks",
    "crew_faults",
    "faults_of",
    "least_cycle",
    "least_cycle_of_crew",
    "least_stations",
]
