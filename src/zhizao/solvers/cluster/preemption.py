"""Queue disciplines that preempt, on a cluster of equal nodes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from zhizao.solvers.cluster.kernels import preempting as kernels
from zhizao.solvers.cluster.problem import Doubles, Longs

TIRESIAS_LIMITS_S = (3_250.0, 7_200.0)
"""GPU seconds after which a job goes to the next queue (the simulators of Tiresias and Muri)."""


class Discipline(StrEnum):
    """Which job of the queue runs first."""

    FIFO = "fifo"
    SRTF = "srtf"
    SRSF = "srsf"
    TIRESIAS = "tiresias"


_CODES = {
    Discipline.FIFO: kernels.FIFO,
    Discipline.SRTF: kernels.SRTF,
    Discipline.SRSF: kernels.SRSF,
    Discipline.TIRESIAS: kernels.TIRESIAS,
}


@dataclass(frozen=True, slots=True, eq=False)
class TimedJobs:
    """Jobs by time of submission, work alone on their GPUs, and what each start costs."""

    submit_s: Doubles
    work_s: Doubles
    gpus: Longs
    start_cost_s: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """First start and end of each job; nan for one that never fits."""

    start_s: Doubles
    end_s: Doubles


def run_preempting(jobs: TimedJobs, discipline: Discipline, *, nodes: int, gpus_per_node: int) -> Finished:
    """Run jobs to their end, with the queue ordered anew at each submission and each end.

    SRTF: shortest remaining time first; SRSF: shortest remaining service (time times GPUs) first; Tiresias:
    least attained service in three queues. A job that needs more GPUs than a node has takes whole nodes.
    """
    order = np.argsort(jobs.submit_s, kind="stable")
    table = kernels.Jobs(
        jobs.submit_s[order],
        jobs.work_s[order],
        jobs.gpus[order].astype(np.int64),
        jobs.start_cost_s[order],
    )
    limits = np.array(TIRESIAS_LIMITS_S)
    start, end = kernels.preempting(table, _CODES[discipline], nodes, gpus_per_node, limits)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Finished(start[back], end[back])
