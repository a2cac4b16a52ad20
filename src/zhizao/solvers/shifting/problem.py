"""Jobs and sites as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zhizao.solvers.shifting.kernels.many import NOWHERE, Jobs, Plan, load_all
from zhizao.solvers.shifting.kernels.windows import Doubles, Longs

__all__ = [
    "NOWHERE",
    "Doubles",
    "Jobs",
    "Longs",
    "Plan",
    "Sites",
    "Task",
    "empty_plan",
    "ends_of",
    "jobs_table",
    "load_of",
]


@dataclass(frozen=True, slots=True)
class Task:
    """A job in slots: `need` slots of work on `gpus` GPUs between `first` (in) and `end` (out).

    An interruptible job may pause; each time it goes on it takes `restart` more slots, which use energy
    and do no work. `sites` are the numbers of the sites where it may run; none: all.
    """

    need: int
    first: int
    end: int
    gpus: float = 1.0
    interruptible: bool = True
    restart: int = 0
    sites: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.need < 1 or self.first < 0 or self.restart < 0 or self.gpus <= 0:
            raise ValueError(f"found {self}; expected some work on some GPUs, and no negative slot")
        if self.end - self.first < self.need:
            window = f"a window of {self.end - self.first} slots for {self.need} slots of work"
            raise ValueError(f"found {window}; expected a deadline that leaves time for the work")


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """What a GPU costs in a slot (g of CO2, or money), and how many GPUs there are; both [sites, slots]."""

    weight: Doubles
    capacity: Doubles

    def __post_init__(self) -> None:
        if self.weight.shape != self.capacity.shape or self.weight.ndim != 2:
            shapes = f"{self.weight.shape} and {self.capacity.shape}"
            raise ValueError(f"found shapes {shapes}; expected [sites, slots] twice")
        if not np.isfinite(self.weight).all() or not (self.capacity >= 0).all():
            raise ValueError("expected finite weights, and capacities from 0 on")

    @property
    def limited(self) -> bool:
        """Whether any capacity is finite."""
        return bool(np.isfinite(self.capacity).any())


def jobs_table(tasks: Sequence[Task], sites: int) -> Jobs:
    """Jobs as arrays."""
    allowed = np.array([[not one.sites or at in one.sites for at in range(sites)] for one in tasks], np.bool_)
    place = np.zeros(len(tasks) + 1, np.int64)
    place[1:] = np.cumsum([one.end - one.first for one in tasks])
    return Jobs(
        np.array([one.need for one in tasks], np.int64),
        np.array([one.first for one in tasks], np.int64),
        np.array([one.end for one in tasks], np.int64),
        np.array([one.interruptible for one in tasks], np.bool_),
        np.array([one.restart for one in tasks], np.int64),
        np.array([one.gpus for one in tasks], np.float64),
        allowed.reshape(len(tasks), sites),
        place,
    )


def empty_plan(jobs: Jobs) -> Plan:
    """No job runs anywhere."""
    size = len(jobs.need)
    nowhere = np.full(size, NOWHERE, np.int64)
    return Plan(nowhere, np.zeros(int(jobs.place[-1]), np.int8), nowhere.copy())


def load_of(jobs: Jobs, plan: Plan, shape: tuple[int, ...]) -> Doubles:
    """GPUs in use, [sites, slots]."""
    load: Doubles = np.zeros(shape)
    load_all(jobs, plan, load)
    return load


def ends_of(jobs: Jobs, plan: Plan) -> Longs:
    """Slot after the last that each job uses; that of its start for one that runs nowhere."""
    ends = jobs.first.copy()
    for job in range(len(ends)):
        used = np.flatnonzero(plan.use[jobs.place[job] : jobs.place[job + 1]])
        if plan.late[job] != NOWHERE:
            ends[job] = plan.late[job] + jobs.need[job]
        elif len(used):
            ends[job] += used[-1] + 1
    return ends
