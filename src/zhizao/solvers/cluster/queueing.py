"""Queue disciplines over time, on nodes of any kind: who runs, where, and from when on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from zhizao.solvers.cluster.kernels import queueing as kernels
from zhizao.solvers.cluster.kernels.reserving import reserve
from zhizao.solvers.cluster.kernels.seating import Free, Gangs
from zhizao.solvers.cluster.preemption import TIRESIAS_LIMITS_S
from zhizao.solvers.cluster.problem import NO_GPU, Cluster, Doubles, Longs, Request, bits_of


class Queueing(StrEnum):
    """Which jobs of the queue run."""

    FIFO = "fifo"
    EASY = "easy"
    CONSERVATIVE = "conservative"
    DEFRAGMENT = "defragment"
    SRTF = "srtf"
    SRSF = "srsf"
    LAS = "las"


_CODES = {
    Queueing.FIFO: kernels.FIFO,
    Queueing.EASY: kernels.EASY,
    Queueing.DEFRAGMENT: kernels.DEFRAGMENT,
    Queueing.SRTF: kernels.SRTF,
    Queueing.SRSF: kernels.SRSF,
    Queueing.LAS: kernels.LAS,
}


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """Jobs over time, one row each.

    Attributes
    ----------
    requests
        What each pod needs, all on one node; whole GPUs only.
    pods
        Number of pods, which run at the same time or not at all.
    submit_s, work_s
        Moment of submission; time on its seats, s.
    restart_s
        Time lost, with its seats held, each time the job resumes or moves, s.
    stoppable
        Whether it may be preempted or moved.
    """

    requests: tuple[Request, ...]
    pods: Longs
    submit_s: Doubles
    work_s: Doubles
    restart_s: Doubles
    stoppable: Longs

    @property
    def gpus(self) -> Longs:
        """GPUs of all pods."""
        return np.array([one.gpus for one in self.requests], np.int64) * self.pods

    def rows(self, chosen: Longs, submit_s: Doubles) -> Queue:
        """Other jobs like these, submitted at other moments."""
        return Queue(
            tuple(self.requests[row] for row in chosen),
            self.pods[chosen],
            submit_s,
            self.work_s[chosen],
            self.restart_s[chosen],
            self.stoppable[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    """First start, end and interruptions of each job; GPU seconds of each node."""

    start_s: Doubles
    end_s: Doubles
    stops: Longs
    busy_s: Doubles


def run_queue(cluster: Cluster, jobs: Queue, discipline: Queueing) -> Ran:
    """Run jobs to their end; each must fit on the nodes when they are free (see `misfits`).

    FIFO starts jobs in the order of submission, and none overtakes. EASY lets a job overtake that does not
    delay the first of the queue; conservative, one that delays none. Defragment is FIFO that moves jobs
    where the first of the queue fits then. SRTF and SRSF preempt: least remaining time, or time times GPUs,
    first. LAS needs no durations: least attained GPU time first, in three queues (Tiresias).
    """
    order = np.argsort(jobs.submit_s, kind="stable")
    origin = float(jobs.submit_s.min(initial=np.inf)) if len(order) else 0.0
    gangs, free = _gangs(cluster, jobs, order, origin), _free(cluster)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    if discipline is Queueing.CONSERVATIVE:
        found = reserve(gangs, free)
        busy = np.zeros(len(cluster.nodes))
        for pod in range(found.at.shape[1]):
            used = found.at[:, pod] >= 0
            np.add.at(busy, found.at[used, pod], (gangs.work * gangs.gpus)[used])
        start = (found.start + origin)[back]
        return Ran(start, start + jobs.work_s, np.zeros(len(order), np.int64), busy)
    course = kernels.run_queue(gangs, free, _CODES[discipline], np.array(TIRESIAS_LIMITS_S))
    return Ran((course.first + origin)[back], (course.end + origin)[back], course.stops[back], course.busy)


def misfits(cluster: Cluster, jobs: Queue) -> Longs:
    """Rows of the jobs that would find no room on the nodes even if all were free."""
    nodes = set(cluster.nodes)
    count = {node: cluster.nodes.count(node) for node in nodes}
    room: dict[Request, int] = {}
    for one in set(jobs.requests):
        room[one] = sum(count[node] * _copies(node.cpu_milli, node.memory_mib, node.gpus, one)
                        for node in nodes if _suits(node.kind, one))  # fmt: skip
    lacks = [room[one] < pods for one, pods in zip(jobs.requests, jobs.pods, strict=True)]
    return np.flatnonzero(lacks)


def _suits(kind: str, one: Request) -> bool:
    return not one.gpus or not one.kinds or kind in one.kinds


def _copies(cpu: int, memory: int, gpus: int, one: Request) -> int:
    pairs = ((cpu, one.cpu_milli), (memory, one.memory_mib), (gpus, one.gpus))
    return min((there // needed for there, needed in pairs if needed), default=1 << 30)


def _free(cluster: Cluster) -> Free:
    kinds = {kind: number for number, kind in enumerate(cluster.kinds)}
    return Free(
        np.array([node.cpu_milli for node in cluster.nodes], np.int64),
        np.array([node.memory_mib for node in cluster.nodes], np.int64),
        np.array([node.gpus for node in cluster.nodes], np.int64),
        np.array([kinds[node.kind if node.gpus else NO_GPU] for node in cluster.nodes], np.int64),
    )


def _gangs(cluster: Cluster, jobs: Queue, order: Longs, origin: float) -> Gangs:
    wanted = [jobs.requests[row] for row in order]
    return Gangs(
        jobs.submit_s[order] - origin,
        jobs.work_s[order],
        jobs.restart_s[order],
        jobs.stoppable[order],
        jobs.pods[order],
        np.array([one.cpu_milli for one in wanted], np.int64),
        np.array([one.memory_mib for one in wanted], np.int64),
        np.array([one.gpus for one in wanted], np.int64),
        np.array([bits_of(one, cluster.kinds) for one in wanted], np.int64),
    )
