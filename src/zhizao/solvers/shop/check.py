"""Feasibility and objective of a schedule, recomputed from the problem alone.

The checker and the searches share no code (docs/decisions/0009). Operations that begin and end at one
moment on a unit (they take no time) may be done in any sequence that keeps the set-ups (`ties`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from zhizao.solvers.shop.problem import LATEST, NOWHERE, Ints, Objective, Problem, Schedule, Transport
from zhizao.solvers.shop.ties import Setting, in_sequence
from zhizao.solvers.shop.worktime import resumes, worked

MAX_SHOWN = 5  # faults of one kind that are shown; the others are counted


def value(problem: Problem, schedule: Schedule) -> int:
    """Objective of a schedule, in the problem's tick (times weight)."""
    done = completion(problem, schedule)
    if problem.objective is Objective.MAKESPAN:
        return int(done.max(initial=0))
    since = problem.due if problem.objective is Objective.TARDINESS else problem.release
    return int((problem.weight * np.maximum(0, done - since)).sum())


def completion(problem: Problem, schedule: Schedule) -> Ints:
    """When each job is done: its last end, or its coming to the goal; a job without operations at release."""
    done = problem.release.copy()
    np.maximum.at(done, problem.job, schedule.end)
    transport = problem.transport
    if transport is None or transport.goal == NOWHERE:
        return done
    if transport.vehicles and schedule.moves is not None:
        home = schedule.moves[schedule.moves[:, 0] >= problem.operations]
        np.maximum.at(done, home[:, 0] - problem.operations, home[:, 3])
        return done
    last = _last(problem)
    unit = problem.mode_unit[schedule.mode[last]]
    np.maximum.at(done, problem.job[last], schedule.end[last] + transport.time[unit, transport.goal])
    return done


def faults(problem: Problem, schedule: Schedule) -> tuple[str, ...]:
    """Every rule that a schedule breaks, in words; none: it can be done as it stands.

    The problem itself must be sound (`sound.problem_faults`).
    """
    unreadable = tuple(_shape(problem, schedule)) or tuple(_times(problem, schedule))
    if unreadable:
        return unreadable
    checks: tuple[Callable[[Problem, Schedule], Iterator[str]], ...] = (
        _durations,
        _precedence,
        _no_wait,
        _units,
        _workers,
        _pools,
        _same_order,
        _moves,
    )
    return tuple(fault for check in checks for fault in check(problem, schedule))


def _shown(rows: Ints, words: Callable[[int], str]) -> Iterator[str]:
    for row in rows[:MAX_SHOWN]:
        yield words(int(row))
    if len(rows) > MAX_SHOWN:
        yield f"... and {len(rows) - MAX_SHOWN} more such faults"


# ---------------------------------------------------------------- what can be read at all
def _shape(p: Problem, s: Schedule) -> Iterator[str]:
    for name, row in (("start", s.start), ("end", s.end), ("mode", s.mode)):
        if row.shape != (p.operations,):
            yield f"{name} has shape {row.shape}; there are {p.operations} operations"
        elif not np.issubdtype(row.dtype, np.integer):
            yield f"{name} holds {row.dtype}; times and modes are whole numbers"
    if _has_vehicles(p) and (s.moves is None or s.moves.ndim != 2 or s.moves.shape[1] != 4):
        yield "there are no moves [moves, 4]; jobs are brought by vehicles"


def _times(p: Problem, s: Schedule) -> Iterator[str]:
    first, last = p.mode_first[:-1], p.mode_first[1:]
    yield from _shown(
        np.flatnonzero((s.mode < first) | (s.mode >= last)),
        lambda o: f"operation {o} has mode {s.mode[o]}; its modes are {first[o]}..{last[o] - 1}",
    )
    yield from _shown(
        np.flatnonzero((s.start < 0) | (s.end < s.start) | (s.end >= LATEST)),
        lambda o: f"operation {o} is from {s.start[o]} to {s.end[o]}; times go up from 0 and stay below 2^50",
    )
    if _has_vehicles(p) and s.moves is not None:
        transport, jobs = _transport(p), p.operations + p.jobs
        m = s.moves
        wrong = (m[:, 0] < 0) | (m[:, 0] >= jobs) | (m[:, 1] < 0) | (m[:, 1] >= transport.vehicles)
        wrong |= (m[:, 2] < 0) | (m[:, 3] >= LATEST)
        yield from _shown(
            np.flatnonzero(wrong),
            lambda row: f"move {row} is {m[row].tolist()}: no such operation or vehicle",
        )


# ---------------------------------------------------------------- one operation, and those before it
def _durations(p: Problem, s: Schedule) -> Iterator[str]:
    unit, time = p.mode_unit[s.mode], p.mode_time[s.mode]
    yield from _shown(
        np.flatnonzero(s.start < p.release[p.job]),
        lambda o: f"operation {o} starts at {s.start[o]}, its job is released at {p.release[p.job[o]]}",
    )
    done = worked(p.breaks, unit, s.end) - worked(p.breaks, unit, s.start)
    yield from _shown(
        np.flatnonzero(done != time),
        lambda o: (
            f"operation {o} is worked on for {done[o]} from {s.start[o]} to {s.end[o]} on unit {unit[o]}; "
            f"it takes {time[o]}"
        ),
    )
    rests = (time > 0) & (resumes(p.breaks, unit, s.start) != s.start)
    yield from _shown(
        np.flatnonzero(rests),
        lambda o: f"operation {o} starts at {s.start[o]}, in a break of unit {unit[o]}",
    )
    late = (time > 0) & (resumes(p.breaks, unit, s.end - 1) != s.end - 1) | (time == 0) & (s.end != s.start)
    yield from _shown(
        np.flatnonzero(late),
        lambda o: f"operation {o} ends at {s.end[o]}, when unit {unit[o]} does not work",
    )


def _pairs(p: Problem) -> tuple[Ints, Ints]:
    """Operations and those before them, as two rows of equal length."""
    return np.repeat(np.arange(p.operations), np.diff(p.before_first)), p.before


def _last(p: Problem) -> Ints:
    """Operations that none follows."""
    return np.setdiff1d(np.arange(p.operations), p.before)


def _first(p: Problem) -> Ints:
    """Operations that follow none."""
    return np.flatnonzero(np.diff(p.before_first) == 0)


def _has_vehicles(p: Problem) -> bool:
    return p.transport is not None and p.transport.vehicles > 0


def _transport(p: Problem) -> Transport:
    assert p.transport is not None
    return p.transport


def _travel(p: Problem, s: Schedule) -> Ints:
    """How long the job travels, for each pair of an operation and one before it."""
    after, before = _pairs(p)
    if p.transport is None:
        return np.zeros(len(after), np.int64)
    unit = p.mode_unit[s.mode]
    return p.transport.time[unit[before], unit[after]]


def _come(p: Problem, s: Schedule) -> Ints:
    """When the job of each operation has come to the operation's unit."""
    after, before = _pairs(p)
    come = p.release[p.job].copy()
    if p.transport is not None:
        first = _first(p)
        come[first] += p.transport.time[p.transport.home, p.mode_unit[s.mode[first]]]
    np.maximum.at(come, after, s.end[before] + _travel(p, s))
    if _has_vehicles(p) and s.moves is not None:
        moves = s.moves[s.moves[:, 0] < p.operations]
        np.maximum.at(come, moves[:, 0], moves[:, 3])
    return come


def _precedence(p: Problem, s: Schedule) -> Iterator[str]:
    after, before = _pairs(p)
    ready = s.end[before] + _travel(p, s)
    yield from _shown(
        np.flatnonzero(s.start[after] < ready),
        lambda row: (
            f"operation {after[row]} starts at {s.start[after[row]]}; operation {before[row]} ends at "
            f"{s.end[before[row]]} and the job comes at {ready[row]}"
        ),
    )
    if p.transport is None:
        return
    first, come = _first(p), _come(p, s)
    yield from _shown(
        first[s.start[first] < come[first]],
        lambda o: f"operation {o} starts at {s.start[o]}; its job comes at {come[o]}",
    )


def _no_wait(p: Problem, s: Schedule) -> Iterator[str]:
    if p.no_wait is None:
        return
    after, before = _pairs(p)
    ready = s.end[before] + _travel(p, s)
    yield from _shown(
        np.flatnonzero(p.no_wait[after] & (s.start[after] != ready)),
        lambda row: (
            f"operation {after[row]} may not wait: it starts at {s.start[after[row]]}, "
            f"operation {before[row]} lets it start at {ready[row]}"
        ),
    )


# ---------------------------------------------------------------- units and workers
def _leaves(p: Problem, s: Schedule) -> Ints:
    """When each operation lets go of its unit: at its end, or when its job leaves a unit that it blocks."""
    leaves = s.end.copy()
    if p.blocking is None:
        return leaves
    after, before = _pairs(p)
    unit = p.mode_unit[s.mode]
    goes = s.start[after] - _travel(p, s)
    stays = np.flatnonzero(p.blocking[unit])
    if _has_vehicles(p) and s.moves is not None:
        goes = np.where(unit[before] == unit[after], goes, s.end[before])
        to_next = dict(zip(before.tolist(), after.tolist(), strict=True))
        loaded = dict(zip(s.moves[:, 0].tolist(), s.moves[:, 2].tolist(), strict=True))
        for o in stays.tolist():
            leaves[o] = max(leaves[o], loaded.get(to_next.get(o, p.operations + int(p.job[o])), 0))
    held = p.blocking[unit[before]]
    np.maximum.at(leaves, before[held], goes[held])
    return leaves


def _units(p: Problem, s: Schedule) -> Iterator[str]:
    unit, leaves = p.mode_unit[s.mode], _leaves(p, s)
    row = np.lexsort((leaves, s.start, unit))
    if p.setups is not None:
        row = in_sequence(Setting(p, s, leaves, _come(p, s)), row)
    one, two = row[:-1], row[1:]
    same = unit[one] == unit[two]
    one, two = one[same], two[same]
    yield from _shown(
        np.flatnonzero(s.start[two] < leaves[one]),
        lambda k: (
            f"unit {unit[one[k]]}: operation {two[k]} starts at {s.start[two[k]]}, "
            f"operation {one[k]} is there until {leaves[one[k]]}"
        ),
    )
    if p.setups is not None:
        first = row[np.r_[True, unit[row][1:] != unit[row][:-1]]] if len(row) else row
        yield from _first_set_ups(p, s, first)
        yield from _set_ups(p, s, leaves, (one, two))


def _set_ups(p: Problem, s: Schedule, leaves: Ints, follow: tuple[Ints, Ints]) -> Iterator[str]:
    setups = p.setups
    assert setups is not None
    one, two = follow
    unit = p.mode_unit[s.mode[one]]
    table = unit if len(setups.time) > 1 else np.zeros_like(unit)
    takes = setups.time[table, setups.family[one], setups.family[two]]
    begins = np.maximum(leaves[one], _come(p, s)[two]) if setups.with_job else leaves[one]
    has = worked(p.breaks, unit, s.start[two]) - worked(p.breaks, unit, begins)
    yield from _shown(
        np.flatnonzero((has < takes) & (takes > 0)),
        lambda k: (
            f"unit {unit[k]}: set-up from operation {one[k]} to {two[k]} takes {takes[k]}, has {has[k]}"
        ),
    )


def _first_set_ups(p: Problem, s: Schedule, first: Ints) -> Iterator[str]:
    setups = p.setups
    assert setups is not None
    unit = p.mode_unit[s.mode[first]]
    begins = _come(p, s)[first] if setups.with_job else np.zeros_like(first)
    takes = first_set_up(p, unit, setups.family[first])
    has = worked(p.breaks, unit, s.start[first]) - worked(p.breaks, unit, begins)
    yield from _shown(
        np.flatnonzero((has < takes) & (takes > 0)),
        lambda k: (
            f"unit {unit[k]}: the first set-up, for operation {first[k]}, takes {takes[k]}, has {has[k]}"
        ),
    )


def first_set_up(p: Problem, unit: Ints, family: Ints) -> Ints:
    """How long the set-up at the beginning takes, by unit and family."""
    setups = p.setups
    assert setups is not None
    at_start = setups.start[unit]
    table = unit if len(setups.time) > 1 else np.zeros_like(unit)
    return np.where(at_start >= 0, setups.time[table, np.maximum(at_start, 0), family], 0)


def _workers(p: Problem, s: Schedule) -> Iterator[str]:
    if p.mode_worker is None:
        return
    worker = p.mode_worker[s.mode]
    row = np.lexsort((s.end, s.start, worker))
    one, two = row[:-1], row[1:]
    wrong = (worker[one] == worker[two]) & (worker[one] >= 0) & (s.start[two] < s.end[one])
    yield from _shown(
        np.flatnonzero(wrong),
        lambda k: (
            f"worker {worker[one[k]]}: operation {two[k]} starts at {s.start[two[k]]}, "
            f"operation {one[k]} ends at {s.end[one[k]]}"
        ),
    )


def _pools(p: Problem, s: Schedule) -> Iterator[str]:
    if p.pools is None:
        return
    for pool, capacity in enumerate(p.pools.capacity):
        need = p.pools.need[:, pool]
        takes = np.flatnonzero((need > 0) & (s.end > s.start))
        when = np.r_[s.end[takes], s.start[takes]]
        change = np.r_[-need[takes], need[takes]]
        row = np.lexsort((change, when))  # what is given back can be taken at that moment
        used = np.cumsum(change[row])
        yield from _shown(
            np.flatnonzero(used > capacity)[:1],
            lambda k, pool=pool, used=used, at=when[row], capacity=capacity: (  # type: ignore[misc]
                f"pool {pool}: {used[k]} are used at {at[k]}, there are {capacity}"
            ),
        )


def _same_order(p: Problem, s: Schedule) -> Iterator[str]:
    """Follow jobs from unit to unit: who comes before whom somewhere must not come after it elsewhere."""
    if not p.same_order:
        return
    unit = p.mode_unit[s.mode]
    row = np.lexsort((s.end, s.start, unit))
    one, two = row[:-1], row[1:]
    apart = (s.start[one] != s.start[two]) | (s.end[one] != s.end[two])
    follow = (unit[one] == unit[two]) & (p.job[one] != p.job[two]) & apart
    later: dict[int, set[int]] = {job: set() for job in range(p.jobs)}
    for a, b in zip(p.job[one[follow]].tolist(), p.job[two[follow]].tolist(), strict=True):
        later[a].add(b)
    ahead = dict.fromkeys(later, 0)
    for jobs in later.values():
        for job in jobs:
            ahead[job] += 1
    free = [job for job, count in ahead.items() if not count]
    for job in free:
        for after in later[job]:
            ahead[after] -= 1
            if not ahead[after]:
                free.append(after)
    stuck = sorted(job for job, count in ahead.items() if count)
    if stuck:
        yield f"units take the jobs in different orders (among jobs {stuck[:6]})"


# ---------------------------------------------------------------- vehicles
def _moves(p: Problem, s: Schedule) -> Iterator[str]:
    if not _has_vehicles(p) or s.moves is None:
        return
    wanted = _wanted(p, s)
    seen: set[int] = set()
    where: dict[int, list[tuple[int, int, int, int]]] = {}
    for operation, vehicle, leaves, comes in s.moves.tolist():
        if operation in seen or operation not in wanted:
            has = "has one" if operation in seen else "needs none"
            yield f"a move brings a job to operation {operation}, which {has}"
            continue
        seen.add(operation)
        source, goal, ready = wanted[operation]
        where.setdefault(vehicle, []).append((leaves, comes, source, goal))
        takes = int(_transport(p).time[source, goal])
        if leaves < ready:
            yield f"the move to operation {operation} leaves at {leaves}; the job is ready at {ready}"
        if comes - leaves != takes:
            yield f"the move to operation {operation} lasts {comes - leaves}; the way takes {takes}"
        if operation < p.operations and s.start[operation] < comes:
            yield f"operation {operation} starts at {s.start[operation]}; its job comes at {comes}"
    yield from _shown(
        np.array(sorted(wanted.keys() - seen), np.int64), lambda o: f"no move brings the job to operation {o}"
    )
    yield from _vehicles(_transport(p), where)


def _wanted(p: Problem, s: Schedule) -> dict[int, tuple[int, int, int]]:
    """Moves that are needed: (from, to, ready) by operation (operations + job: to the goal)."""
    transport, unit = _transport(p), p.mode_unit[s.mode]
    after, before = _pairs(p)
    wanted = {
        o: (int(unit[b]), int(unit[o]), int(s.end[b]))
        for o, b in zip(after.tolist(), before.tolist(), strict=True)
    }
    for o in _first(p).tolist():
        wanted[o] = (transport.home, int(unit[o]), int(p.release[p.job[o]]))
    if transport.goal != NOWHERE:
        for o in _last(p).tolist():
            wanted[p.operations + int(p.job[o])] = (int(unit[o]), transport.goal, int(s.end[o]))
    return {o: move for o, move in wanted.items() if move[0] != move[1]}


def _vehicles(transport: Transport, where: dict[int, list[tuple[int, int, int, int]]]) -> Iterator[str]:
    """A vehicle is where it loads when it loads."""
    for vehicle, moves in sorted(where.items()):
        free, place = 0, transport.home
        for leaves, comes, source, goal in sorted(moves):
            there = free + int(transport.time[place, source])
            if leaves < there:
                yield f"vehicle {vehicle} loads at {leaves} at place {source}; it can be there at {there}"
            free, place = comes, goal
