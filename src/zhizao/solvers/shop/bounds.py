"""Lower bounds that take milliseconds: no schedule of a shop is better.

Each drops rules of the shop (set-ups, pools, transport, blocking, one unit at a time), so what is left can
only end sooner. Breaks count in the work of sets of units; elsewhere they are left out.

Sources: J. R. Jackson (1955) for one machine with interruption; J. Carlier (1987) for parallel machines;
C. Chu (1992) for total tardiness on one machine.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np

from zhizao.solvers.shop.problem import LATEST, Ints, Objective, Problem
from zhizao.solvers.shop.worktime import worked

MOST_SETS = 200  # different sets of units that are looked at
MOST_WEIGHT = 2**31  # of a job; above, sums over jobs are bounded job by job only


def lower_bound(problem: Problem, is_over: Callable[[], bool] = lambda: False) -> int:
    """A value of the objective that no schedule beats; the best so far as soon as time is over."""
    if not problem.operations:
        return 0
    if problem.objective is Objective.MAKESPAN:
        return _makespan(problem, is_over)
    return _sum_over_jobs(problem, is_over)


# ---------------------------------------------------------------- operations alone
def least_time(problem: Problem) -> Ints:
    """The least time of each operation in any of its modes."""
    p = problem
    return np.minimum.reduceat(p.mode_time, p.mode_first[:-1]) if p.operations else p.mode_time


def waves(problem: Problem) -> tuple[list[Ints], list[tuple[Ints, Ints]]]:
    """Operations by how many stand before each in a row, and the arcs (before, after) that leave each wave.

    Operations on a ring of precedence, and those after one, are in none.
    """
    p = problem
    after = np.repeat(np.arange(p.operations), np.diff(p.before_first))
    by_before = np.argsort(p.before, kind="stable")
    target, counts = after[by_before], np.bincount(p.before, minlength=p.operations)
    first = np.cumsum(counts) - counts
    left = np.diff(p.before_first)
    wave, found, arcs = np.flatnonzero(left == 0), [], []
    while len(wave):
        many = counts[wave]
        source = np.repeat(wave, many)
        row = np.arange(len(source)) + np.repeat(first[wave] - (np.cumsum(many) - many), many)
        found.append(wave)
        arcs.append((source, target[row]))
        np.subtract.at(left, target[row], 1)
        wave = np.unique(target[row][left[target[row]] == 0])
    return found, arcs


def rest_of(problem: Problem) -> Ints:
    """Least work from each operation to the end of its job, along the longest path."""
    least = least_time(problem)
    rest = least.copy()
    for before, after in reversed(waves(problem)[1]):
        np.maximum.at(rest, before, least[before] + rest[after])
    return rest


def head_of(problem: Problem) -> Ints:
    """The earliest start of each operation, along the longest path from its job's release."""
    least, head = least_time(problem), problem.release[problem.job].copy()
    for before, after in waves(problem)[1]:
        np.maximum.at(head, after, head[before] + least[before])
    return head


def depth_of(problem: Problem) -> Ints:
    """The most operations that stand before each, one after the other."""
    depth = np.zeros(problem.operations, np.int64)
    for k, wave in enumerate(waves(problem)[0]):
        depth[wave] = k
    return depth


# ---------------------------------------------------------------- the makespan
def _makespan(p: Problem, is_over: Callable[[], bool]) -> int:
    head, time, rest = head_of(p), least_time(p), rest_of(p)
    most = int((head + rest).max())
    single = np.diff(p.mode_first) == 1
    unit = p.mode_unit[p.mode_first[:-1]]
    for u in np.unique(unit[single]):
        if is_over():
            return most
        own = np.flatnonzero(single & (unit == u))
        most = max(most, interrupted(head[own], time[own], rest[own] - time[own]))
    for units, own in [] if is_over() else unit_sets(p):
        if is_over():
            return most
        tail = rest[own] - time[own]
        most = max(
            most,
            _on_parallel_units(head[own], time[own], tail, len(units)),
            _end_of_work(p, units, int(time[own].sum()), (int(head[own].min()), int(tail.min()))),
        )
    return most


def unit_sets(problem: Problem) -> list[tuple[Ints, Ints]]:
    """Sets of units, and for each the operations that no other unit can do.

    The units of each operation, those of each unit's operations together, and all that have work.
    """
    p = problem
    sets: dict[frozenset[int], None] = {}
    mode_unit = p.mode_unit.tolist()
    of = [
        frozenset(mode_unit[a:b])
        for a, b in zip(p.mode_first[:-1].tolist(), p.mode_first[1:].tolist(), strict=True)
    ]
    for units in of:
        sets.setdefault(units)
    whole = frozenset(mode_unit)
    smaller = list(sets)[: MOST_SETS // 2]
    for u in sorted(whole):
        sets.setdefault(frozenset().union(*(units for units in smaller if u in units)))
    chosen = dict.fromkeys([whole, *list(sets)[:MOST_SETS]])
    if len(set(of)) > MOST_SETS:
        chosen = dict.fromkeys([whole])
    kinds = dict.fromkeys(of)
    number = {units: k for k, units in enumerate(kinds)}
    kind = np.array([number[units] for units in of])
    found = []
    for chosen_units in chosen:
        inside = np.array([units <= chosen_units for units in kinds])
        own = np.flatnonzero(inside[kind])
        if len(own):
            found.append((np.array(sorted(chosen_units), np.int64), own))
    return found


def _on_parallel_units(head: Ints, time: Ints, tail: Ints, units: int) -> int:
    """The least end + tail on equal units: each begins with a head and ends with a tail (Carlier 1987)."""
    if len(head) < units:
        return 0
    ahead, behind = (np.partition(row, units - 1)[:units].sum() for row in (head, tail))
    return -int(-(ahead + time.sum() + behind) // units)


def _end_of_work(p: Problem, units: Ints, work: int, around: tuple[int, int]) -> int:
    """The earliest end of the work of units that begin after a head, breaks left out, and a tail after it."""
    head, tail = around
    if p.breaks is None or not work:
        return 0
    before = np.array(
        [int(worked(p.breaks, units[k : k + 1], np.array([head]))[0]) for k in range(len(units))]
    )
    low, high = head, LATEST
    while low < high:
        middle = (low + high) // 2
        done = worked(p.breaks, units, np.full(len(units), middle)) - before
        if int(done.sum()) >= work:
            high = middle
        else:
            low = middle + 1
    return low + tail if low < LATEST else 0


def interrupted(head: Ints, time: Ints, tail: Ints) -> int:
    """The least of the greatest end + tail on one unit, if work may be interrupted: longest tail first."""
    now, most, next_row = 0, 0, 0
    waiting: list[tuple[int, int]] = []
    arrivals = sorted(zip(head.tolist(), (-tail).tolist(), time.tolist(), strict=True))
    while next_row < len(arrivals) or waiting:
        if not waiting:
            now = max(now, arrivals[next_row][0])
        while next_row < len(arrivals) and arrivals[next_row][0] <= now:
            _, urgency, left = arrivals[next_row]
            heapq.heappush(waiting, (urgency, left))
            next_row += 1
        urgency, left = heapq.heappop(waiting)
        done = min(left, arrivals[next_row][0] - now) if next_row < len(arrivals) else left
        now += done
        if done < left:
            heapq.heappush(waiting, (urgency, left - done))
        else:
            most = max(most, now - urgency)
    return most


# ---------------------------------------------------------------- sums over jobs
def _sum_over_jobs(p: Problem, is_over: Callable[[], bool]) -> int:
    """Every job alone; or on one unit, the jobs that need it share it, and the others are alone."""
    head, rest = head_of(p), rest_of(p)
    end = p.release.copy()
    np.maximum.at(end, p.job, head + rest)
    tardy = p.objective is Objective.TARDINESS
    since = p.due if tardy else p.release
    alone = p.weight * np.maximum(0, end - since)
    most = int(alone.sum())
    counts = (p.weight > 0) & (p.due < LATEST) if tardy else p.weight > 0
    for own in _last_on_units(p):
        if is_over():
            break
        own = own[counts[p.job[own]]]
        if len(own) > 1 and p.weight.max() < MOST_WEIGHT:
            most = max(most, int(alone.sum()) + _gain_of_unit(p, own, alone, (head, rest)))
    return most


def _last_on_units(p: Problem) -> list[Ints]:
    """For each unit, an operation of each job that only this unit can do: the last by depth."""
    single = np.flatnonzero(np.diff(p.mode_first) == 1)
    unit, depth = p.mode_unit[p.mode_first[:-1]], depth_of(p)
    found = []
    for u in np.unique(unit[single]):
        own = single[unit[single] == u]
        own = own[np.lexsort((depth[own], p.job[own]))]
        found.append(own[np.r_[p.job[own][1:] != p.job[own][:-1], True]])
    return found


def _gain_of_unit(p: Problem, own: Ints, alone: Ints, around: tuple[Ints, Ints]) -> int:
    """By how much the jobs that share a unit must be worse than each alone; 0 where that is not shown.

    With interruption, shortest remaining time first makes the k-th end the least for every k; the ends in
    order against the due dates in order cost least (Chu 1992). All count with the least weight; what is above
    it counts as if the job were alone.
    """
    job, time, (head, rest) = p.job[own], least_time(p)[own], around
    ends = _shortest_first(head[own], time)
    tail, weight = rest[own] - time, p.weight[job]
    least = int(weight.min())
    if p.objective is Objective.TARDINESS:
        together = int(np.maximum(0, ends - np.sort(p.due[job] - tail)).sum())
    else:
        together = int((ends.sum() + tail.sum()) - p.release[job].sum())
    each = alone[job] // weight
    return max(0, least * together - int((least * each).sum()))


def _shortest_first(head: Ints, time: Ints) -> Ints:
    """Ends on one unit, in their order, if the shortest remaining time goes first and may be interrupted."""
    order = np.argsort(head, kind="stable")
    arrivals = list(zip(head[order].tolist(), time[order].tolist(), strict=True))
    now, next_row = 0, 0
    waiting: list[int] = []
    ends = []
    while next_row < len(arrivals) or waiting:
        if not waiting:
            now = max(now, arrivals[next_row][0])
        while next_row < len(arrivals) and arrivals[next_row][0] <= now:
            heapq.heappush(waiting, arrivals[next_row][1])
            next_row += 1
        left = heapq.heappop(waiting)
        done = min(left, arrivals[next_row][0] - now) if next_row < len(arrivals) else left
        now += done
        if done < left:
            heapq.heappush(waiting, left - done)
        else:
            ends.append(now)
    return np.array(ends, np.int64)
