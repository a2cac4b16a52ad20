"""All maximal loads of a station, one after the other.

A depth-first walk over the eligible tasks gives every set of them once (Hoffmann 1963,
doi 10.1287/mnsc.9.4.551). A load is maximal if no eligible task fits beside it (Jackson 1956,
doi 10.1287/mnsc.2.3.261).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zhizao.solvers.balancing.kernels.arrays import Longs, Words
from zhizao.solvers.balancing.kernels.jit import kernel

DEPTH, ROOM, NEXT, ELIGIBLE, AT_LEAF, FRESH = range(6)  # entries of Walk.counts


class Order(NamedTuple):
    """The order of the tasks."""

    after: Longs  # immediate successors of all tasks, one task after the other
    after_first: Longs  # [tasks + 1]: where those of a task begin
    preceding: Longs  # [tasks]: number of immediate predecessors


class Line(NamedTuple):
    """Tasks of a line, and what bounds take from them."""

    order: Order
    time: Longs  # [tasks], at most the cycle time
    cycle: Longs  # [1]
    better: Words  # [tasks, words]: tasks that dominate this one (Jackson)
    leads: Longs  # [tasks]: 1 if a task has successors
    code: Words  # [tasks]: random words, the hash of a set is the exclusive or of its tasks
    weight: Longs  # [tasks, bounds]: of each dual feasible function
    capacity: Longs  # [bounds]: of a station, in the same weights
    must: Words  # [tasks + 1, words]: tasks whose tail is at least so many stations, their own included


class Walk(NamedTuple):
    """Where the walk over the loads of one station stands."""

    degree: Longs  # [tasks]: predecessors that are not done
    eligible: Longs  # [tasks]
    chosen: Longs  # [tasks + 1]: place in `eligible` of the task at each depth
    known: Longs  # [tasks + 1]: eligible tasks at each depth
    inside: Longs  # [tasks]: 1 if the task is in the load
    counts: Longs  # [6]


@kernel
def has(words: Words, task: int) -> bool:
    """Whether a task is in a set."""
    return (words[task >> 6] >> np.uint64(task & 63)) & np.uint64(1) != np.uint64(0)


@kernel
def begin_walk(o: Order, cycle: int, w: Walk, done: Words) -> None:
    """Stand before the first load after the tasks that are done."""
    n = len(o.preceding)
    for i in range(n):
        w.degree[i] = o.preceding[i]
        w.inside[i] = 0
    for i in range(n):
        if has(done, i):
            for k in range(o.after_first[i], o.after_first[i + 1]):
                w.degree[o.after[k]] -= 1
    count = 0
    for i in range(n):
        if w.degree[i] == 0 and not has(done, i):
            w.eligible[count] = i
            count += 1
    w.known[0] = count
    w.counts[ELIGIBLE] = count
    w.counts[DEPTH] = w.counts[NEXT] = w.counts[AT_LEAF] = 0
    w.counts[FRESH] = 1
    w.counts[ROOM] = cycle


@kernel
def choose(o: Order, time: Longs, w: Walk, place: int) -> None:
    """Put an eligible task into the load."""
    task, depth = w.eligible[place], w.counts[DEPTH]
    w.chosen[depth] = place
    w.inside[task] = 1
    w.counts[ROOM] -= time[task]
    count = w.counts[ELIGIBLE]
    for k in range(o.after_first[task], o.after_first[task + 1]):
        other = o.after[k]
        w.degree[other] -= 1
        if w.degree[other] == 0:
            w.eligible[count] = other
            count += 1
    w.counts[ELIGIBLE] = count
    w.counts[DEPTH] = depth + 1
    w.known[depth + 1] = count
    w.counts[NEXT] = place + 1
    w.counts[FRESH] = 1


@kernel
def take_back(o: Order, time: Longs, w: Walk) -> bool:
    """Take the last task out of the load; False: there is none."""
    depth = w.counts[DEPTH] - 1
    if depth < 0:
        return False
    place = w.chosen[depth]
    task = w.eligible[place]
    w.inside[task] = 0
    w.counts[ROOM] += time[task]
    for k in range(o.after_first[task], o.after_first[task + 1]):
        w.degree[o.after[k]] += 1
    w.counts[ELIGIBLE] = w.known[depth]
    w.counts[DEPTH] = depth
    w.counts[NEXT] = place + 1
    w.counts[FRESH] = 0
    return True


@kernel
def is_maximal(time: Longs, w: Walk) -> bool:
    """Whether no eligible task fits beside the load."""
    room = w.counts[ROOM]
    for place in range(w.counts[ELIGIBLE]):
        task = w.eligible[place]
        if time[task] <= room and w.inside[task] == 0:
            return False
    return True


@kernel
def next_load(o: Order, time: Longs, w: Walk) -> bool:
    """Go to the next maximal load; False: there are no more."""
    if w.counts[AT_LEAF] == 1:
        w.counts[AT_LEAF] = 0
        if not take_back(o, time, w):
            return False
    while True:
        room, place, known = w.counts[ROOM], w.counts[NEXT], w.counts[ELIGIBLE]
        while place < known and time[w.eligible[place]] > room:
            place += 1
        if place < known:
            choose(o, time, w, place)
        elif w.counts[FRESH] == 1 and is_maximal(time, w):
            w.counts[AT_LEAF] = 1
            return True
        elif not take_back(o, time, w):
            return False


@kernel
def is_dominated(t: Line, w: Walk) -> bool:
    """Whether a task of the load may give way to one that is longer and has more successors (Jackson)."""
    room = w.counts[ROOM]
    for depth in range(w.counts[DEPTH]):
        task = w.eligible[w.chosen[depth]]
        for place in range(w.counts[ELIGIBLE]):
            other = w.eligible[place]
            if w.inside[other] == 0 and has(t.better[task], other):
                if t.time[other] - t.time[task] <= room:
                    return True
    return False
