"""A queue of gangs over time: at each submission and each end, the discipline says who runs.

Sources: EASY backfilling (Lifka 1995; Mu'alem & Feitelson 2001); least attained service in queues (Tiresias,
Gu et al. 2019); shortest remaining time and service (Zhao et al. 2022).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from zhizao.solvers.cluster.kernels.jit import kernel
from zhizao.solvers.cluster.kernels.seating import Free, Gangs, copy_free, leave, seat
from zhizao.solvers.cluster.kernels.tables import Doubles, Longs

FIFO, EASY, DEFRAGMENT, SRTF, SRSF, LAS = range(6)
_LEVEL = 1e12  # s; more than any moment of submission
_SOON = 1e-6  # s by which a moment may be missed through rounding


class Course(NamedTuple):
    """How far each job is."""

    left: Doubles  # [jobs] s of work
    idle: Doubles  # [jobs] s of restart before the work goes on
    served: Doubles  # [jobs] s on its seats
    running: Longs  # [jobs] 0 or 1
    level: Longs  # [jobs] queue of least attained service
    at: Longs  # [jobs, pods] nodes; -1: none
    first: Doubles  # [jobs] moment at which it first ran; nan before
    end: Doubles  # [jobs] moment at which it ended; nan before
    stops: Longs  # [jobs] times it was stopped or moved
    busy: Doubles  # [nodes] GPU seconds


@kernel
def key_of(jobs: Gangs, course: Course, discipline: int, job: int) -> float:
    """By what the queue is ordered: the smallest first; what may not be stopped, and runs, before all."""
    if course.running[job] and not jobs.stoppable[job]:
        return -1.0
    if discipline == SRTF:
        return course.left[job]
    if discipline == SRSF:
        return course.left[job] * jobs.gpus[job] * jobs.pods[job]
    if discipline == LAS:
        return course.level[job] * _LEVEL + jobs.submit[job]
    return jobs.submit[job]


@kernel
def advance(jobs: Gangs, course: Course, active: Longs, count: int, passed: float) -> None:
    """Bring the jobs that run up to the moment."""
    for place in range(count):
        job = active[place]
        if not course.running[job]:
            continue
        restart = min(course.idle[job], passed)
        course.idle[job] -= restart
        course.left[job] -= passed - restart
        course.served[job] += passed
        for pod in range(jobs.pods[job]):
            course.busy[course.at[job, pod]] += passed * jobs.gpus[job]


@kernel
def next_change(
    jobs: Gangs, course: Course, discipline: int, active: Longs, count: int, limits: Doubles
) -> float:
    """Seconds to the next end, or to the next job that has had its fill."""
    soon = math.inf
    for place in range(count):
        job = active[place]
        if not course.running[job]:
            continue
        soon = min(soon, course.idle[job] + course.left[job])
        if discipline == LAS and course.level[job] < len(limits):
            width = max(jobs.gpus[job] * jobs.pods[job], 1)
            soon = min(soon, max(limits[course.level[job]] / width - course.served[job], 0.0))
    return soon


@kernel
def drop_ended(jobs: Gangs, course: Course, free: Free, active: Longs, count: int, now: float) -> int:
    """Take out what ends now; gives how many are left."""
    kept = 0
    for place in range(count):
        job = active[place]
        if course.running[job] and course.idle[job] + course.left[job] <= _SOON:
            course.end[job] = now
            course.running[job] = 0
            leave(free, jobs, job, course.at[job])
        else:
            active[kept] = job
            kept += 1
    return kept


@kernel
def demote(jobs: Gangs, course: Course, limits: Doubles, active: Longs, count: int) -> None:
    """Least attained service: a job that has had so much GPU time goes to the next queue."""
    for place in range(count):
        job = active[place]
        width = max(jobs.gpus[job] * jobs.pods[job], 1)
        level = course.level[job]
        while level < len(limits) and course.served[job] >= limits[level] / width - _SOON:
            level += 1
        course.level[job] = level


@kernel
def sort_active(jobs: Gangs, course: Course, discipline: int, active: Longs, count: int) -> None:
    """Order the jobs, equals as they stand (they are nearly sorted, so insertion is quick)."""
    for place in range(1, count):
        job = active[place]
        key = key_of(jobs, course, discipline, job)
        to = place
        while to > 0 and key_of(jobs, course, discipline, active[to - 1]) > key:
            active[to] = active[to - 1]
            to -= 1
        active[to] = job


@kernel
def begin(course: Course, job: int, now: float) -> None:
    """Let a job that has been seated run."""
    course.running[job] = 1
    if math.isnan(course.first[job]):
        course.first[job] = now


@kernel
def in_order(jobs: Gangs, free: Free, active: Longs, count: int, seats: Longs, runs: Longs) -> None:
    """Seat the jobs in their order, each where it was if it can be; those without room do not run."""
    for place in range(count):
        job = active[place]
        runs[job] = 1 if seat(free, jobs, job, seats[job]) else 0


@kernel
def without_moves(
    jobs: Gangs, course: Course, free: Free, active: Longs, count: int, seats: Longs, runs: Longs
) -> bool:
    """Seat the same jobs, those that run already where they are; false where that leaves one without room."""
    for running in range(1, -1, -1):
        for place in range(count):
            job = active[place]
            if not runs[job] or course.running[job] != running:
                continue
            if not seat(free, jobs, job, seats[job]):
                return False
    return True


@kernel
def seat_anew(jobs: Gangs, course: Course, free: Free, active: Longs, count: int, now: float) -> None:
    """Let the first that have room run, with as few moves as can be; what moves or stops restarts."""
    for place in range(count):
        job = active[place]
        if course.running[job]:
            leave(free, jobs, job, course.at[job])
    seats, runs = course.at.copy(), np.zeros(len(jobs.submit), np.int64)
    after, calm, still = copy_free(free), copy_free(free), course.at.copy()
    in_order(jobs, after, active, count, seats, runs)
    if without_moves(jobs, course, calm, active, count, still, runs):
        seats, after = still, calm
    free.cpu[:], free.memory[:], free.gpus[:] = after.cpu, after.memory, after.gpus
    for place in range(count):
        job = active[place]
        if course.running[job] and (not runs[job] or not np.all(seats[job] == course.at[job])):
            course.stops[job] += 1
            course.idle[job] = jobs.restart[job]
        course.running[job] = 0
        if runs[job]:
            course.at[job, :] = seats[job]
            begin(course, job, now)


@kernel
def start_in_turn(jobs: Gangs, course: Course, free: Free, active: Longs, count: int, now: float) -> int:
    """Start waiting jobs in their order up to the first without room; gives that one, or -1."""
    for place in range(count):
        job = active[place]
        if course.running[job]:
            continue
        if not seat(free, jobs, job, course.at[job]):
            return int(job)
        begin(course, job, now)
    return -1


@kernel
def room_at(jobs: Gangs, course: Course, free: Free, active: Longs, count: int, head: int) -> float:
    """Seconds until the head of the queue has room, as what runs ends one after another."""
    then = copy_free(free)
    runs = np.array([job for job in active[:count] if course.running[job]])
    ends = np.array([course.idle[job] + course.left[job] for job in runs])
    at = np.full(course.at.shape[1], -1)
    for place in np.argsort(ends, kind="mergesort"):
        leave(then, jobs, runs[place], course.at[runs[place]])
        if seat(then, jobs, head, at):
            return float(ends[place])
    return math.inf


@kernel
def holds_up(
    jobs: Gangs, course: Course, free: Free, active: Longs, count: int, head: int, shadow: float
) -> bool:
    """Whether the head of the queue would find no room at its promised moment."""
    then = copy_free(free)
    for place in range(count):
        job = active[place]
        if course.running[job] and course.idle[job] + course.left[job] <= shadow + _SOON:
            leave(then, jobs, job, course.at[job])
    return not seat(then, jobs, head, np.full(course.at.shape[1], -1))


@kernel
def backfill(
    jobs: Gangs, course: Course, free: Free, active: Longs, count: int, head: int, now: float
) -> None:
    """EASY: start jobs behind the head that do not delay it."""
    shadow = room_at(jobs, course, free, active, count, head)
    for place in range(count):
        job = active[place]
        if job == head or course.running[job] or not seat(free, jobs, job, course.at[job]):
            continue
        course.running[job] = 1
        if course.left[job] > shadow and holds_up(jobs, course, free, active, count, head, shadow):
            course.running[job] = 0
            leave(free, jobs, job, course.at[job])
            course.at[job, :] = -1
        else:
            begin(course, job, now)


@kernel
def seat_one(jobs: Gangs, trial: Free, job: int, held: bool, at: Longs) -> bool:
    """Seat a job in a trial: where it is, if it may not move; else wherever there is room."""
    if not held:
        at[:] = -1
    return seat(trial, jobs, job, at)


@kernel
def make_room(jobs: Gangs, course: Course, free: Free, active: Longs, count: int, head: int) -> bool:
    """Seat what runs anew, what may not move first and then the largest, so that the head has room too."""
    trial = copy_free(free)
    for place in range(count):
        if course.running[active[place]]:
            leave(trial, jobs, active[place], course.at[active[place]])
    members = np.array([job for job in active[:count] if course.running[job] or job == head])
    size = np.empty(len(members))
    for row, job in enumerate(members):
        stays = course.running[job] and not jobs.stoppable[job]
        size[row] = -math.inf if stays else -float(jobs.gpus[job])
    seats = course.at.copy()
    for row in np.argsort(size, kind="mergesort"):
        job = members[row]
        if not seat_one(jobs, trial, job, size[row] == -math.inf, seats[job]):
            return False
    for job in members:
        if job != head and not np.all(seats[job] == course.at[job]):
            course.stops[job] += 1
            course.idle[job] = jobs.restart[job]
        course.at[job, :] = seats[job]
    free.cpu[:], free.memory[:], free.gpus[:] = trial.cpu, trial.memory, trial.gpus
    return True


@kernel
def decide(
    jobs: Gangs, course: Course, discipline: int, free: Free, active: Longs, count: int, now: float
) -> None:
    """Say who runs from now on."""
    sort_active(jobs, course, discipline, active, count)
    if discipline >= SRTF:
        seat_anew(jobs, course, free, active, count, now)
        return
    head = start_in_turn(jobs, course, free, active, count, now)
    if discipline == EASY and head >= 0:
        backfill(jobs, course, free, active, count, head, now)
    while discipline == DEFRAGMENT and head >= 0:
        if not make_room(jobs, course, free, active, count, head):
            return
        begin(course, head, now)
        head = start_in_turn(jobs, course, free, active, count, now)


@kernel
def run_queue(jobs: Gangs, nodes: Free, discipline: int, limits: Doubles) -> Course:
    """Run jobs to their end; each must fit on the nodes when they are free."""
    n, most = len(jobs.submit), max(jobs.pods.max(), 1)
    course = Course(
        jobs.work.copy(), np.zeros(n), np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64),
        np.full((n, most), -1), np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, np.int64),
        np.zeros(len(nodes.gpus)),
    )  # fmt: skip
    free, active = copy_free(nodes), np.zeros(n, np.int64)
    count, arrived, now = 0, 0, 0.0
    while arrived < n or count > 0:
        submit = jobs.submit[arrived] if arrived < n else math.inf
        change = now + next_change(jobs, course, discipline, active, count, limits)
        if min(submit, change) == math.inf:
            break
        passed = max(min(submit, change) - now, 0.0)
        advance(jobs, course, active, count, passed)
        now = max(min(submit, change), now)
        count = drop_ended(jobs, course, free, active, count, now)
        while arrived < n and jobs.submit[arrived] <= now:
            active[count] = arrived
            count += 1
            arrived += 1
        demote(jobs, course, limits, active, count)
        decide(jobs, course, discipline, free, active, count, now)
    return course
