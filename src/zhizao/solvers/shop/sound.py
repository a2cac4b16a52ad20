"""Validation of problems: what keeps a problem from having a schedule, with a smallest conflicting set."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

from zhizao.quantities.errors import InputError
from zhizao.solvers.shop.bounds import waves
from zhizao.solvers.shop.problem import LATEST, NOWHERE, Ints, Problem
from zhizao.solvers.shop.worktime import breaks_of

MAX_SHOWN = 5  # faults of one kind that are shown; the others are counted
LARGEST = 2**62  # no value of an objective may reach this: it stays a whole number of 64 bits


def require_sound(problem: Problem) -> None:
    """Refuse a problem with faults.

    Raises
    ------
    InputError
        With every fault that was found.
    """
    found = problem_faults(problem)
    if found:
        raise InputError(
            "\n".join([f"{problem.name}: this shop cannot be scheduled:", *(f"  {f}" for f in found)])
        )


def problem_faults(problem: Problem) -> tuple[str, ...]:
    """Everything that keeps a problem from having a schedule, or from being read; none: it is sound."""
    for look in (_shapes, _references, _numbers):
        found = tuple(look(problem))
        if found:
            return found  # what comes after would trip over these
    checks = (_cycle, _pools, _breaks, _transport, _chains, _sizes)
    return tuple(fault for check in checks for fault in check(problem))


def horizon(problem: Problem) -> int:
    """A moment by which a schedule that does one thing after another is done (may exceed LATEST)."""
    longest = np.zeros(problem.operations)
    mode_of = np.repeat(np.arange(problem.operations), np.diff(problem.mode_first))
    np.maximum.at(longest, mode_of, problem.mode_time)
    steps = problem.operations + problem.jobs + 1
    total = float(longest.sum()) + float(problem.release.max(initial=0))
    if problem.setups is not None:
        total += steps * float(problem.setups.time.max(initial=0))
    if problem.transport is not None:
        total += 2.0 * steps * float(problem.transport.time.max(initial=0))
    if problem.breaks is not None:
        finite = problem.breaks.end < LATEST
        total += float((problem.breaks.end - problem.breaks.begin)[finite].sum())
    return int(min(total, 2.0**62))


def _some(rows: Ints, words: Callable[[int], str]) -> Iterator[str]:
    for row in rows[:MAX_SHOWN]:
        yield words(int(row))
    if len(rows) > MAX_SHOWN:
        yield f"... and {len(rows) - MAX_SHOWN} more of this kind"


# ---------------------------------------------------------------- whether it can be read
def _shapes(p: Problem) -> Iterator[str]:
    n, modes, jobs = p.operations, len(p.mode_unit), p.jobs
    sizes = {
        "mode_first": (p.mode_first, n + 1),
        "before_first": (p.before_first, n + 1),
        "mode_time": (p.mode_time, modes),
        "mode_worker": (p.mode_worker, modes),
        "due": (p.due, jobs),
        "weight": (p.weight, jobs),
        "no_wait": (p.no_wait, n),
        "blocking": (p.blocking, p.units),
        "setups.family": (None if p.setups is None else p.setups.family, n),
        "setups.start": (None if p.setups is None else p.setups.start, p.units),
        "breaks.first": (None if p.breaks is None else p.breaks.first, p.units + 1),
    }
    for name, (row, wanted) in sizes.items():
        if row is not None and row.shape != (wanted,):
            yield f"{name} has shape {row.shape}; it should be ({wanted},)"
    for name, first, count in (
        ("mode_first", p.mode_first, modes),
        ("before_first", p.before_first, len(p.before)),
    ):
        if len(first) and (first[0] != 0 or first[-1] != count or (np.diff(first) < 0).any()):
            yield f"{name} must rise from 0 to {count}"
    yield from _tables(p)


def _tables(p: Problem) -> Iterator[str]:
    if p.setups is not None:
        shape = p.setups.time.shape
        if len(shape) != 3 or shape[0] not in (1, p.units) or shape[1] != shape[2]:
            yield f"setups.time has shape {shape}; it should be (1 or {p.units}, families, families)"
    if p.pools is not None and p.pools.need.shape != (p.operations, len(p.pools.capacity)):
        yield f"pools.need has shape {p.pools.need.shape}; it should be operations × pools"
    if p.transport is not None:
        shape = p.transport.time.shape
        if len(shape) != 2 or shape[0] != shape[1] or shape[0] < p.units:
            yield f"transport.time has shape {shape}; it should be square, with at least {p.units} places"


def _references(p: Problem) -> Iterator[str]:
    places = 0 if p.transport is None else len(p.transport.time)
    families = 0 if p.setups is None else p.setups.time.shape[1]
    none = np.zeros(0, np.int64)
    for name, rows, low, high in (
        ("a job", p.job, 0, p.jobs),
        ("a unit", p.mode_unit, 0, p.units),
        ("an operation before", p.before, 0, p.operations),
        ("a worker", none if p.mode_worker is None else p.mode_worker, -1, p.workers),
        ("a family", none if p.setups is None else p.setups.family, 0, families),
        ("a family at the start", none if p.setups is None else p.setups.start, -1, families),
        ("home", none if p.transport is None else np.array([p.transport.home]), 0, places),
        ("the goal", none if p.transport is None else np.array([p.transport.goal]), NOWHERE, places),
    ):
        wrong = rows[(rows < low) | (rows >= high)]
        if len(wrong):
            yield f"{name} has number {wrong[0]}; there are {high} (0..{high - 1})"
    empty = np.flatnonzero(np.diff(p.mode_first) == 0)
    yield from _some(empty, lambda o: f"operation {o} (job {p.job[o]}) has no mode: no unit can do it")
    idle = np.setdiff1d(np.arange(p.jobs), p.job)
    yield from _some(idle, lambda j: f"job {j} has no operation")


def _numbers(p: Problem) -> Iterator[str]:
    rows = {
        "time of mode": p.mode_time,
        "release of job": p.release,
        "due date of job": p.due,
        "weight of job": p.weight,
    }
    if p.setups is not None:
        rows["set-up time"] = p.setups.time.ravel()
    if p.transport is not None:
        rows["travel time"] = p.transport.time.ravel()
    if p.pools is not None:
        rows["need of a pool, row"] = p.pools.need.ravel()
    for name, numbers in rows.items():
        yield from _some(
            np.flatnonzero((numbers < 0) | (numbers > LATEST)),
            lambda k, name=name, numbers=numbers: (  # type: ignore[misc]
                f"{name} {k} is {numbers[k]}; it must be from 0 to 2^50"
            ),
        )
    if p.transport is not None and p.transport.vehicles < 0:
        yield f"there are {p.transport.vehicles} vehicles; 0 means as many as are wanted"


# ---------------------------------------------------------------- whether it can be done
def _cycle(p: Problem) -> Iterator[str]:
    cycle = shortest_cycle(p)
    if cycle:
        ring = " after ".join(map(str, [*cycle, cycle[0]]))
        yield f"operations wait for one another: {ring}; take one of these {len(cycle)} away"


def shortest_cycle(p: Problem) -> list[int]:
    """Operations of a shortest ring of precedence, each after the next; empty: there is none."""
    if sum(map(len, waves(p)[0])) == p.operations:
        return []
    before = [p.before[p.before_first[o] : p.before_first[o + 1]].tolist() for o in range(p.operations)]
    after: list[list[int]] = [[] for _ in before]
    for o, row in enumerate(before):
        for b in row:
            after[b].append(o)
    ahead = [len(row) for row in before]
    free = [o for o, count in enumerate(ahead) if not count]
    for o in free:
        for later in after[o]:
            ahead[later] -= 1
            if not ahead[later]:
                free.append(later)
    stuck = [o for o, count in enumerate(ahead) if count]
    rings = [ring for o in stuck[:2000] if (ring := _ring(o, before))]
    return min(rings, key=len, default=[])


def _ring(start: int, before: list[list[int]]) -> list[int]:
    """The shortest way from an operation, through those before, back to it."""
    came: dict[int, int] = {}
    ahead = deque([start])
    while ahead:
        o = ahead.popleft()
        for b in before[o]:
            if b == start:
                path = [o]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if b not in came:
                came[b] = o
                ahead.append(b)
    return []


def _pools(p: Problem) -> Iterator[str]:
    if p.pools is None:
        return
    for pool, capacity in enumerate(p.pools.capacity):
        need = p.pools.need[:, pool]
        wrong = np.flatnonzero(need > capacity)
        yield from _some(
            wrong,
            lambda o, pool=pool, need=need, capacity=capacity: (  # type: ignore[misc]
                f"operation {o} needs {need[o]} of pool {pool}; there are {capacity}"
            ),
        )


def _breaks(p: Problem) -> Iterator[str]:
    if p.breaks is None:
        return
    longest = np.full(p.units, LATEST)
    for unit in range(p.units):
        begin, end = breaks_of(p.breaks, unit)
        if (begin >= end).any() or (begin[1:] < end[:-1]).any() or (begin < 0).any():
            yield f"breaks of unit {unit} must be sorted, apart and longer than nothing, from 0 on"
        elif len(end) and end[-1] >= LATEST:  # it never works again
            longest[unit] = begin[-1] - (end[:-1] - begin[:-1]).sum()
    mode_of = np.repeat(np.arange(p.operations), np.diff(p.mode_first))
    able = np.zeros(p.operations, np.bool_)
    able[mode_of[p.mode_time <= longest[p.mode_unit]]] = True
    yield from _some(
        np.flatnonzero(~able),
        lambda o: (
            f"operation {o} takes longer than any of its units ever works (at most "
            f"{longest[p.mode_unit[p.mode_first[o] : p.mode_first[o + 1]]].max()})"
        ),
    )


def _transport(p: Problem) -> Iterator[str]:
    if p.transport is not None and p.transport.vehicles and p.transport.time.diagonal().any():
        yield "transport: the way from a place to itself must take no time"


def _chains(p: Problem) -> Iterator[str]:
    """Who may not wait, blocks, or is brought by a vehicle has one operation before and one after."""
    before = np.diff(p.before_first)
    after = np.bincount(p.before, minlength=p.operations)
    forks = np.flatnonzero((before > 1) | (after > 1))
    if p.transport is not None and p.transport.vehicles:
        yield from _some(
            forks, lambda o: f"operation {o} has several before or after it; vehicles bring chains"
        )
        parts = np.bincount(p.job[before == 0], minlength=p.jobs)
        yield from _some(
            np.flatnonzero(parts > 1),
            lambda j: f"job {j} falls into {parts[j]} parts; vehicles bring one chain",
        )
    if p.no_wait is not None:
        merging = np.flatnonzero(p.no_wait & (before > 1))
        yield from _some(merging, lambda o: f"operation {o} may not wait, but has several before it")
        parting = p.before[np.repeat(p.no_wait, before) & (after[p.before] > 1)]
        yield from _some(parting, lambda o: f"operation {o} has several after it, of which one may not wait")
    if p.blocking is not None:
        mode_of = np.repeat(np.arange(p.operations), np.diff(p.mode_first))
        held = np.intersect1d(mode_of[p.blocking[p.mode_unit]], np.flatnonzero(after > 1))
        yield from _some(held, lambda o: f"operation {o} blocks its unit, but has several after it")
        to = np.repeat(np.arange(p.operations), before)[np.isin(p.before, mode_of[p.blocking[p.mode_unit]])]
        yield from _some(
            np.unique(to[before[to] > 1]),
            lambda o: f"operation {o} has several before it, of which one blocks",
        )


def _sizes(p: Problem) -> Iterator[str]:
    last = horizon(p)
    if last >= LATEST:
        yield "all times together reach 2^50 ticks; choose a coarser tick"
    elif last * float(max(1, p.weight.sum())) >= LARGEST:
        yield "weights times all times together reach 2^62; choose a coarser tick or smaller weights"
