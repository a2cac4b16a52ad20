"""Line balancing: tasks with an order are given to stations, and to workers, with what is proved of it."""

from zhizao.solvers.balancing.problem import Balance, Tasks, faults_of
from zhizao.solvers.balancing.stations import least_stations

__all__ = ["Balance", "Tasks", "faults_of", "least_stations"]
