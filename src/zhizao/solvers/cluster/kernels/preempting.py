"""Jobs that are preempted: at each event the queue is ordered anew, and the first that fit run.

Each time the queue is looked at, a job in work loses its start cost: it is stopped and resumed
(Zhao et al., Muri, SIGCOMM 2022, whose simulator this follows). A job of more GPUs than a node has takes
whole nodes (gang).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from zhizao.solvers.cluster.kernels.jit import kernel
from zhizao.solvers.cluster.kernels.tables import Doubles, Longs

FIFO, SRTF, SRSF, TIRESIAS = range(4)
QUEUES = 3
"""Priority queues of Tiresias (Gu et al. 2019)."""
_QUEUE = 1e9  # more than there are places in a queue
_SOON = 1e-6  # GPU seconds by which a limit may be missed through rounding


class Jobs(NamedTuple):
    """Jobs in the order of submission."""

    submit: Doubles  # [jobs] s
    work: Doubles  # [jobs] s
    gpus: Longs  # [jobs]
    start_cost: Doubles  # [jobs] s


class Progress(NamedTuple):
    """How far each job is."""

    left: Doubles  # [jobs] s of work
    served: Doubles  # [jobs] s in work, start costs included
    since: Doubles  # [jobs] moment of the last look at it
    running: Longs  # [jobs] 0 or 1
    queue: Longs  # [jobs] number of its priority queue
    place: Longs  # [jobs] its place in that queue
    first: Doubles  # [jobs] moment at which it first ran; nan before
    end: Doubles  # [jobs] moment at which it ended; nan before


@kernel
def seat(free: Longs, per_node: int, gpus: int) -> bool:
    """Take GPUs: of the first node that has them, or of empty nodes where one is too small."""
    if gpus <= per_node:
        for node in range(len(free)):
            if free[node] >= gpus:
                free[node] -= gpus
                return True
        return False
    whole, rest = gpus // per_node, gpus % per_node
    empty = 0
    for node in range(len(free)):
        if free[node] == per_node:
            empty += 1
    if empty < whole + (1 if rest else 0):
        return False
    for node in range(len(free)):
        if free[node] == per_node and (whole > 0 or rest > 0):
            free[node] = 0 if whole > 0 else per_node - rest
            rest = rest if whole > 0 else 0
            whole -= 1 if whole > 0 else 0
    return True


@kernel
def advance(jobs: Jobs, state: Progress, job: int, now: float) -> None:
    """Bring a job up to the moment."""
    if state.running[job]:
        passed = now - state.since[job]
        state.left[job] -= max(passed - jobs.start_cost[job], 0.0)
        state.served[job] += passed
    state.since[job] = now


@kernel
def key_of(jobs: Jobs, state: Progress, discipline: int, job: int) -> float:
    """By what the queue is ordered: the smallest runs first."""
    if discipline == SRTF:
        return state.left[job]
    if discipline == SRSF:
        return state.left[job] * jobs.gpus[job]
    if discipline == TIRESIAS:
        return state.queue[job] * _QUEUE + state.place[job]
    return jobs.submit[job]


@kernel
def sort_queue(jobs: Jobs, state: Progress, discipline: int, waiting: Longs, count: int) -> None:
    """Order the queue, equals as they stand (it is nearly sorted, so insertion is quick)."""
    for at in range(1, count):
        job = waiting[at]
        key = key_of(jobs, state, discipline, job)
        to = at
        while to > 0 and key_of(jobs, state, discipline, waiting[to - 1]) > key:
            waiting[to] = waiting[to - 1]
            to -= 1
        waiting[to] = job


@kernel
def demote(jobs: Jobs, state: Progress, limits: Doubles, job: int, at: int) -> None:
    """Tiresias: a job that has had so much GPU time goes to the end of the next queue."""
    queue = state.queue[job]
    if not state.running[job] or queue == QUEUES - 1:
        return
    if state.served[job] * jobs.gpus[job] >= limits[queue] - _SOON:
        state.queue[job] = queue + 1
        state.place[job] = len(state.place) + at


@kernel
def run_first(
    jobs: Jobs,
    state: Progress,
    discipline: int,
    waiting: Longs,
    count: int,
    free: Longs,
    per_node: int,
    now: float,
) -> None:
    """Let the first of the queue that fit run; the others wait."""
    for node in range(len(free)):
        free[node] = per_node
    pool = per_node * len(free)
    for at in range(count):
        job = waiting[at]
        if discipline == TIRESIAS:  # counts GPUs, wherever they are
            runs = pool >= jobs.gpus[job]
            pool -= jobs.gpus[job] if runs else 0
        else:
            runs = seat(free, per_node, jobs.gpus[job])
        state.running[job] = 1 if runs else 0
        if runs and math.isnan(state.first[job]):
            state.first[job] = now


@kernel
def running_first(state: Progress, waiting: Longs, count: int, spare: Longs) -> None:
    """Tiresias: within a queue, what runs stands ahead of what waits."""
    to = 0
    for queue in range(QUEUES):
        for runs in range(1, -1, -1):
            for at in range(count):
                job = waiting[at]
                if state.queue[job] == queue and state.running[job] == runs:
                    spare[to] = job
                    state.place[job] = to
                    to += 1
    waiting[:count] = spare[:count]


@kernel
def next_look(
    jobs: Jobs, state: Progress, discipline: int, waiting: Longs, count: int, limits: Doubles, now: float
) -> tuple[float, float]:
    """The moment of the next end, and that of the next demotion."""
    end, demotion = math.inf, math.inf
    for at in range(count):
        job = waiting[at]
        if not state.running[job]:
            continue
        end = min(end, now + state.left[job])
        queue = state.queue[job]
        if discipline == TIRESIAS and queue < QUEUES - 1:
            due = math.ceil(limits[queue] / jobs.gpus[job]) - state.served[job] + now
            demotion = min(demotion, due)
    return end, demotion


@kernel
def drop_ended(state: Progress, waiting: Longs, count: int, now: float, planned: float) -> int:
    """Take out what ends now; gives how many are left."""
    kept = 0
    for at in range(count):
        job = waiting[at]
        if state.running[job] and state.since[job] + state.left[job] <= planned:
            state.end[job] = now
            state.running[job] = 0
        else:
            waiting[kept] = job
            kept += 1
    return kept


@kernel
def preempting(
    jobs: Jobs, discipline: int, nodes: int, per_node: int, limits: Doubles
) -> tuple[Doubles, Doubles]:
    """First start and end of each job; nan for one that the cluster is too small for."""
    n = len(jobs.submit)
    unknown = np.full(n, np.nan)
    state = Progress(
        jobs.work.copy(), np.zeros(n), jobs.submit.copy(), np.zeros(n, np.int64), np.zeros(n, np.int64),
        np.zeros(n, np.int64), unknown.copy(), unknown.copy(),
    )  # fmt: skip
    waiting, spare, free = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(nodes, np.int64)
    count, arrived = 0, 0
    end, demotion = math.inf, math.inf
    while arrived < n or end < math.inf:
        submit = jobs.submit[arrived] if arrived < n else math.inf
        now = min(min(submit, end), demotion)
        if end <= now:
            count = drop_ended(state, waiting, count, now, end)
        while arrived < n and jobs.submit[arrived] <= now:
            waiting[count] = arrived
            state.place[arrived] = count
            count += 1
            arrived += 1
        for at in range(count):
            advance(jobs, state, waiting[at], now)
            if discipline == TIRESIAS:
                demote(jobs, state, limits, waiting[at], at)
        sort_queue(jobs, state, discipline, waiting, count)
        run_first(jobs, state, discipline, waiting, count, free, per_node, now)
        if discipline == TIRESIAS:
            running_first(state, waiting, count, spare)
        end, demotion = next_look(jobs, state, discipline, waiting, count, limits, now)
    return state.first, state.end
