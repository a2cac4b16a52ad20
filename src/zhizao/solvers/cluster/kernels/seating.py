"""Seats of jobs: each pod of a gang on one node, all of them or none."""

from __future__ import annotations

from typing import NamedTuple

from zhizao.solvers.cluster.kernels.jit import kernel
from zhizao.solvers.cluster.kernels.tables import Doubles, Longs


class Free(NamedTuple):
    """What is free on each node, and its kind of GPU."""

    cpu: Longs  # [nodes] thousandths of a core
    memory: Longs  # [nodes] MiB
    gpus: Longs  # [nodes]
    kind: Longs  # [nodes]


class Gangs(NamedTuple):
    """Jobs in the order of submission; what a pod needs, it needs on one node."""

    submit: Doubles  # [jobs] s
    work: Doubles  # [jobs] s
    restart: Doubles  # [jobs] s lost when it resumes or moves
    stoppable: Longs  # [jobs] 0 or 1: may it be preempted or moved
    pods: Longs  # [jobs]
    cpu: Longs  # [jobs] of each pod
    memory: Longs  # [jobs] of each pod
    gpus: Longs  # [jobs] of each pod
    kinds: Longs  # [jobs] one bit for each kind of GPU that will do


@kernel
def copy_free(free: Free) -> Free:
    """Give a copy of what is free."""
    return Free(free.cpu.copy(), free.memory.copy(), free.gpus.copy(), free.kind)


@kernel
def fits(free: Free, jobs: Gangs, job: int, node: int) -> bool:
    """Whether a node has room for one pod of the job."""
    if jobs.gpus[job] and not (jobs.kinds[job] >> free.kind[node]) & 1:
        return False
    room = free.cpu[node] >= jobs.cpu[job] and free.memory[node] >= jobs.memory[job]
    return room and free.gpus[node] >= jobs.gpus[job]


@kernel
def take(free: Free, jobs: Gangs, job: int, node: int, sign: int) -> None:
    """Take a pod's share of a node (sign 1), or give it back (-1)."""
    free.cpu[node] -= sign * jobs.cpu[job]
    free.memory[node] -= sign * jobs.memory[job]
    free.gpus[node] -= sign * jobs.gpus[job]


@kernel
def tightest(free: Free, jobs: Gangs, job: int) -> int:
    """Find the node on which the fewest GPUs, then the fewest cores, are left; -1 where there is no room."""
    best = -1
    for node in range(len(free.gpus)):
        if not fits(free, jobs, job, node):
            continue
        fewer = best < 0 or free.gpus[node] < free.gpus[best]
        if fewer or (free.gpus[node] == free.gpus[best] and free.cpu[node] < free.cpu[best]):
            best = node
    return best


@kernel
def seat(free: Free, jobs: Gangs, job: int, at: Longs) -> bool:
    """Seat all pods, each where it was if it can be, or none.

    `at` [pods]: nodes of the pods before (-1: none) and after; unchanged where there is no room.
    """
    before = at.copy()
    for pod in range(jobs.pods[job]):
        node = before[pod]
        if node < 0 or not fits(free, jobs, job, node):
            node = tightest(free, jobs, job)
        if node < 0:
            for back in range(pod):
                take(free, jobs, job, at[back], -1)
            at[:] = before
            return False
        take(free, jobs, job, node, 1)
        at[pod] = node
    return True


@kernel
def leave(free: Free, jobs: Gangs, job: int, at: Longs) -> None:
    """Give back the seats of a job."""
    for pod in range(jobs.pods[job]):
        take(free, jobs, job, at[pod], -1)
