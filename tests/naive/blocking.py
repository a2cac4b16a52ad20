"""The earliest end of a job in a timetable of others, by trying every start: blocking and no-wait."""

from __future__ import annotations

from collections.abc import Sequence

from zhizao.solvers.shop.problem import Problem, Schedule

Taken = set[tuple[int, int]]  # unit and moment


def operations_of(p: Problem, job: int) -> list[int]:
    return [o for o in range(p.operations) if p.job[o] == job]


def taken_by(p: Problem, s: Schedule, jobs: Sequence[int]) -> Taken:
    """Units and moments that jobs hold."""
    taken: Taken = set()
    for job in jobs:
        for o in operations_of(p, job):
            until = int(s.end[o])
            if blocks(p, o) and o + 1 in operations_of(p, job):
                until = int(s.start[o + 1])
            taken |= {(int(p.mode_unit[o]), t) for t in range(int(s.start[o]), until)}
    return taken


def blocks(p: Problem, o: int) -> bool:
    return p.blocking is not None and bool(p.blocking[p.mode_unit[o]])


def least_end(p: Problem, job: int, taken: Taken) -> int:
    horizon = 1 + max((t for _, t in taken), default=0) + int(p.release.max() + p.mode_time.sum())
    release = int(p.release[job])
    ends = [_end_from(p, operations_of(p, job), s, taken, horizon) for s in range(release, horizon)]
    return min(ends)


def _end_from(p: Problem, chain: list[int], start: int, taken: Taken, horizon: int) -> int:
    """Least end of the operations of a chain, of which the first starts at a moment."""
    o, rest = chain[0], chain[1:]
    unit, end = int(p.mode_unit[o]), start + int(p.mode_time[o])
    if end > horizon or any((unit, t) in taken for t in range(start, end)):
        return horizon
    if not rest:
        return end
    least = horizon
    for leaves in range(end, horizon):
        least = min(least, _end_from(p, rest, leaves, taken, horizon))
        if p.no_wait is not None and p.no_wait[rest[0]]:
            break
        if blocks(p, o) and (unit, leaves) in taken:
            break
    return least
