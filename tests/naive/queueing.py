"""Gangs over time in plain lines: every event lists the order anew and packs it into copies of the nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from zhizao.solvers.cluster.problem import Node, Request


@dataclass
class Job:
    request: Request
    pods: int
    submit: float
    left: float
    places: list[int] = field(default_factory=list)
    end: float = 0.0


Room = list[list[int]]


def packed(room: Room, nodes: tuple[Node, ...], job: Job) -> list[int] | None:
    """Nodes of the pods, on the fullest nodes first, taken from the room; None if one has no place."""
    left, places, one = [list(row) for row in room], [], job.request
    for pod in range(job.pods):
        good = [
            at
            for at, (cpu, memory, gpus) in enumerate(left)
            if cpu >= one.cpu_milli and memory >= one.memory_mib and gpus >= one.gpus
            and (not one.gpus or not one.kinds or nodes[at].kind in one.kinds)
        ]  # fmt: skip
        if not good:
            return None
        was = job.places[pod] if job.places and job.places[pod] in good else None
        at = min(good, key=lambda row: (left[row][2], left[row][0])) if was is None else was
        left[at] = [a - b for a, b in zip(left[at], (one.cpu_milli, one.memory_mib, one.gpus), strict=True)]
        places.append(at)
    room[:] = left
    return places


def whole(nodes: tuple[Node, ...]) -> Room:
    return [[node.cpu_milli, node.memory_mib, node.gpus] for node in nodes]


def fifo(nodes: tuple[Node, ...], jobs: list[Job]) -> list[float]:
    """Each job starts when the one before it has, as soon as there is room."""
    clock, running = 0.0, list[Job]()
    for job in sorted(jobs, key=lambda one: one.submit):
        clock = max(clock, job.submit)
        while True:
            running = [one for one in running if one.end > clock + 1e-6]
            room = whole(nodes)
            for one in running:
                for at in one.places:
                    wanted = (one.request.cpu_milli, one.request.memory_mib, one.request.gpus)
                    room[at] = [a - b for a, b in zip(room[at], wanted, strict=True)]
            places = packed(room, nodes, job)
            if places is not None:
                break
            clock = min(one.end for one in running)
        job.places, job.end = places, clock + job.left
        running.append(job)
    return [job.end for job in jobs]


def shortest_first(nodes: tuple[Node, ...], jobs: list[Job], *, service: bool) -> list[float]:
    """Least remaining time, or time times GPUs, first; what moves or stops loses nothing."""
    clock, open_jobs, coming = 0.0, list[Job](), sorted(jobs, key=lambda one: one.submit)
    while open_jobs or coming:
        while coming and coming[0].submit <= clock + 1e-9:
            open_jobs.append(coming.pop(0))
        open_jobs.sort(key=lambda one: one.left * (one.request.gpus * one.pods if service else 1))
        room, running = whole(nodes), list[Job]()
        for job in open_jobs:
            places = packed(room, nodes, job)
            if places is not None:
                job.places = places
                running.append(job)
        until = min([clock + one.left for one in running] + [one.submit for one in coming[:1]])
        for job in running:
            job.left -= until - clock
        clock = until
        for job in [one for one in running if one.left <= 1e-6]:
            job.end = clock
            open_jobs.remove(job)
    return [job.end for job in jobs]
