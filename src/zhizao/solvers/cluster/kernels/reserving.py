"""Conservative backfilling: each job, when submitted, is given the earliest seats that no earlier job needs.

Source: Mu'alem & Feitelson 2001. Work is known exactly, so what is promised is kept.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zhizao.solvers.cluster.kernels.jit import kernel
from zhizao.solvers.cluster.kernels.seating import Free, Gangs, fits, seat
from zhizao.solvers.cluster.kernels.tables import Doubles, Longs


class Profile(NamedTuple):
    """What will be free, from each step on."""

    since: Doubles  # [steps] s
    cpu: Longs  # [steps, nodes] thousandths of a core
    memory: Longs  # [steps, nodes] MiB
    gpus: Longs  # [steps, nodes]


class Promised(NamedTuple):
    """Start and seats of each job."""

    start: Doubles  # [jobs] s
    at: Longs  # [jobs, pods] nodes


@kernel
def step_of(profile: Profile, nodes: Free, step: int) -> Free:
    """Give a copy of what is free in a step."""
    return Free(profile.cpu[step].copy(), profile.memory[step].copy(), profile.gpus[step].copy(), nodes.kind)


@kernel
def holds(free: Free, jobs: Gangs, job: int) -> bool:
    """Whether all pods of a job have room."""
    pods, most = 0, jobs.pods[job]
    for node in range(len(free.gpus)):
        if not fits(free, jobs, job, node):
            continue
        copies = most
        if jobs.gpus[job]:
            copies = min(copies, free.gpus[node] // jobs.gpus[job])
        if jobs.cpu[job]:
            copies = min(copies, free.cpu[node] // jobs.cpu[job])
        if jobs.memory[job]:
            copies = min(copies, free.memory[node] // jobs.memory[job])
        pods += copies
        if pods >= most:
            return True
    return False


@kernel
def earliest(profile: Profile, steps: int, nodes: Free, jobs: Gangs, job: int, at: Longs) -> float:
    """Seat a job where and as soon as it has room for all of its work; gives the start."""
    first = 0
    while True:
        begin = max(profile.since[first], jobs.submit[job])
        free, blocked = step_of(profile, nodes, first), -1
        step = first
        while (
            blocked < 0 and step < steps and (step == first or profile.since[step] < begin + jobs.work[job])
        ):
            now = step_of(profile, nodes, step)
            free.cpu[:] = np.minimum(free.cpu, now.cpu)
            free.memory[:] = np.minimum(free.memory, now.memory)
            free.gpus[:] = np.minimum(free.gpus, now.gpus)
            if not holds(now, jobs, job):
                blocked = step + 1
            elif not holds(free, jobs, job):
                blocked = first + 1
            step += 1
        if blocked < 0 and seat(free, jobs, job, at):
            return float(begin)
        first = max(blocked, first + 1)


@kernel
def split(profile: Profile, steps: int, moment: float) -> int:
    """Let a step begin at a moment; gives how many there are."""
    step = steps - 1
    while profile.since[step] > moment:
        step -= 1
    if profile.since[step] == moment:
        return steps
    for later in range(steps, step + 1, -1):
        copy_step(profile, later - 1, later)
    copy_step(profile, step, step + 1)
    profile.since[step + 1] = moment
    return steps + 1


@kernel
def copy_step(profile: Profile, source: int, target: int) -> None:
    """Copy a step over another."""
    profile.since[target] = profile.since[source]
    profile.cpu[target] = profile.cpu[source]
    profile.memory[target] = profile.memory[source]
    profile.gpus[target] = profile.gpus[source]


@kernel
def forget(profile: Profile, steps: int, moment: float) -> int:
    """Drop the steps that are over; gives how many are left."""
    over = 0
    while over + 1 < steps and profile.since[over + 1] <= moment:
        over += 1
    if over:
        for step in range(over, steps):
            copy_step(profile, step, step - over)
    return steps - over


@kernel
def reserve(jobs: Gangs, nodes: Free) -> Promised:
    """Give each job its start and seats; each must fit on the nodes when they are free."""
    n, most = len(jobs.submit), max(jobs.pods.max(), 1)
    room = 2 * n + 2
    size = (room, len(nodes.gpus))
    profile = Profile(
        np.zeros(room), np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64)
    )
    profile.cpu[0], profile.memory[0], profile.gpus[0] = nodes.cpu, nodes.memory, nodes.gpus
    found, steps = Promised(np.zeros(n), np.full((n, most), -1)), 1
    for job in range(n):
        steps = forget(profile, steps, jobs.submit[job])
        begin = earliest(profile, steps, nodes, jobs, job, found.at[job])
        found.start[job] = begin
        end = begin + jobs.work[job]
        steps = split(profile, steps, begin)
        steps = split(profile, steps, end)
        for step in range(steps):
            if begin <= profile.since[step] < end:
                for pod in range(jobs.pods[job]):
                    node = found.at[job, pod]
                    profile.cpu[step, node] -= jobs.cpu[job]
                    profile.memory[step, node] -= jobs.memory[job]
                    profile.gpus[step, node] -= jobs.gpus[job]
    return found
