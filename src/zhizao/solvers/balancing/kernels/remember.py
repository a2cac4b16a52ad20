"""Branch, bound and remember: station by station, with a memory of the sets of tasks that were reached.

Sewell & Jacobson 2012 (doi 10.1287/ijoc.1110.0462) and Morrison, Sewell & Jacobson 2014
(doi 10.1016/j.ejor.2013.11.033): cyclic best-first search, which takes the best open state of each number of
stations in turn, and a hash table in which a set of tasks is kept with the fewest stations that reach it.
The heaps of open states are skew heaps (Sleator & Tarjan 1986, doi 10.1137/0215004).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zhizao.solvers.balancing.kernels.arrays import Doubles, Ints, Longs, Words
from zhizao.solvers.balancing.kernels.jit import kernel
from zhizao.solvers.balancing.kernels.loads import (
    DEPTH,
    ROOM,
    Line,
    Walk,
    begin_walk,
    has,
    is_dominated,
    next_load,
)

# Entries of Memory.counts
STATES, LEVEL, UPPER, LOWER, GOAL, CUT, WORK, STATE, LOADS, LEADS, OPEN_TASKS = range(11)
EXHAUSTED, PAUSED, FULL, REACHED = range(4)  # what `search` gives back
PER_TASK = (
    0.02  # weight of an open task in the order of states, in thousandths of a cycle (Sewell & Jacobson)
)


class Memory(NamedTuple):
    """States: sets of tasks that are done, and the stations that they take."""

    done: Words  # [states, words]
    code: Words  # [states]: hash of the set
    stations: Ints  # [states]
    idle: Longs  # [states]: idle time of these stations
    parent: Ints  # [states]
    key: Doubles  # [states]: the least is expanded first
    left: Ints  # [states]: skew heaps
    right: Ints  # [states]
    dead: Ints  # [states]: 1 if the set was reached with fewer stations since
    table: Ints  # [a power of two]: hash table of states, -1: free
    root: Ints  # [tasks + 1]: best open state of each number of stations, -1: none
    child: Words  # [words]: the set that is being looked at
    rest: Longs  # [bounds]: weights of the tasks that the state expanded leaves
    counts: Longs  # [11]


@kernel
def merge(m: Memory, a: int, b: int) -> int:
    """Merge two skew heaps; gives the root."""
    top, last = -1, -1
    while a >= 0 and b >= 0:
        if m.key[b] < m.key[a]:
            a, b = b, a
        if last < 0:
            top = a
        else:
            m.left[last] = a
        last = a
        following = m.right[a]
        m.right[a] = m.left[a]
        a = following
    if a < 0:
        a = b
    if last < 0:
        return a
    m.left[last] = a
    return top


@kernel
def place_of(m: Memory, code: np.uint64) -> np.int64:
    """Place of the set looked at in the hash table: of the same set, or a free one."""
    mask = len(m.table) - 1
    place = np.int64(code & np.uint64(mask))
    while m.table[place] >= 0:
        state = m.table[place]
        same = m.code[state] == code
        for k in range(len(m.child)):
            same = same and m.done[state, k] == m.child[k]
        if same:
            break
        place = (place + 1) & mask
    return place


@kernel
def remember(m: Memory, code: np.uint64, idle: int, key: float) -> bool:
    """Keep the set looked at as an open state, unless it was reached with as few stations."""
    place = place_of(m, code)
    parent = m.counts[STATE]
    stations = m.stations[parent] + 1
    old = m.table[place]
    if old >= 0:
        if m.stations[old] <= stations:
            return False
        m.dead[old] = 1
    state = m.counts[STATES]
    m.counts[STATES] += 1
    for k in range(len(m.child)):
        m.done[state, k] = m.child[k]
    m.code[state] = code
    m.stations[state] = stations
    m.idle[state] = idle
    m.parent[state] = parent
    m.key[state] = key
    m.left[state] = m.right[state] = -1
    m.dead[state] = 0
    m.table[place] = state
    m.root[stations] = merge(m, m.root[stations], state)
    return True


@kernel
def stations_left(t: Line, m: Memory, w: Walk) -> int:
    """Lower bound of the stations after the load looked at: dual feasible functions of the tasks left."""
    most = 0
    for b in range(len(t.capacity)):
        whole = m.rest[b]
        for depth in range(w.counts[DEPTH]):
            whole -= t.weight[w.eligible[w.chosen[depth]], b]
        needed = -(-whole // t.capacity[b])
        most = max(most, needed)
    return most


@kernel
def is_late(t: Line, m: Memory, left: int) -> bool:
    """Whether a task that is not done has a tail of more stations than are left."""
    for k in range(len(m.child)):
        if t.must[left + 1, k] & ~m.child[k] != np.uint64(0):
            return True
    return False


@kernel
def lead_on(t: Line, w: Walk) -> bool:
    """Whether a task of the load has successors."""
    for depth in range(w.counts[DEPTH]):
        if t.leads[w.eligible[w.chosen[depth]]] == 1:
            return True
    return False


@kernel
def look_at(t: Line, m: Memory, w: Walk) -> np.uint64:
    """Make the set of the state expanded and of the load the one looked at; gives its hash."""
    state = m.counts[STATE]
    code = m.code[state]
    for k in range(len(m.child)):
        m.child[k] = m.done[state, k]
    for depth in range(w.counts[DEPTH]):
        task = w.eligible[w.chosen[depth]]
        m.child[task >> 6] |= np.uint64(1) << np.uint64(task & 63)
        code ^= t.code[task]
    return code


@kernel
def begin_state(t: Line, m: Memory, w: Walk, state: int) -> None:
    """Begin to expand a state: sum what it leaves, and stand before the first load."""
    for b in range(len(m.rest)):
        m.rest[b] = 0
    m.counts[LEADS] = m.counts[OPEN_TASKS] = m.counts[LOADS] = 0
    for i in range(len(t.time)):
        if not has(m.done[state], i):
            m.counts[OPEN_TASKS] += 1
            m.counts[LEADS] = max(m.counts[LEADS], t.leads[i])
            for b in range(len(m.rest)):
                m.rest[b] += t.weight[i, b]
    m.counts[STATE] = state
    begin_walk(t.order, t.cycle[0], w, m.done[state])


@kernel
def keep_load(t: Line, m: Memory, w: Walk) -> None:
    """Open the state after the load the walk stands at, unless bounds or dominance exclude it."""
    state = m.counts[STATE]
    stations = np.int64(m.stations[state]) + 1
    left = m.counts[UPPER] - 1 - stations
    if stations_left(t, m, w) > left or (m.counts[LEADS] == 1 and not lead_on(t, w)):
        return
    code = look_at(t, m, w)
    if is_late(t, m, left) or is_dominated(t, w):
        return
    idle = m.idle[state] + w.counts[ROOM]
    tasks = m.counts[OPEN_TASKS] - w.counts[DEPTH]
    key = idle / stations + PER_TASK * t.cycle[0] / 1000 * tasks
    if remember(m, code, idle, key) and tasks == 0:
        m.counts[UPPER] = stations
        m.counts[GOAL] = m.counts[STATES] - 1


@kernel
def next_state(m: Memory) -> int:
    """Take the best open state of the next number of stations in the cycle; -1: none is open."""
    levels = len(m.root)
    for _ in range(levels):
        level = m.counts[LEVEL]
        m.counts[LEVEL] = (level + 1) % levels
        while m.root[level] >= 0 and level < m.counts[UPPER] - 1:
            state = m.root[level]
            m.root[level] = merge(m, m.left[state], m.right[state])
            if m.dead[state] == 0:
                return state
    return -1


@kernel
def search(t: Line, m: Memory, w: Walk, most: int, work: int) -> int:
    """Look at `work` loads, at most `most` of a state; gives how it ended.

    A state with more loads than `most` sets `CUT`: exhausting the states proves nothing then.
    """
    until = m.counts[WORK] + work
    while m.counts[WORK] < until:
        if m.counts[UPPER] <= m.counts[LOWER]:
            return REACHED
        if m.counts[STATES] >= len(m.stations):
            return FULL
        if m.counts[STATE] < 0:
            state = next_state(m)
            if state < 0:
                return EXHAUSTED
            begin_state(t, m, w, state)
        m.counts[WORK] += 1
        if m.counts[LOADS] >= most:
            m.counts[CUT] = 1
            m.counts[STATE] = -1
        elif next_load(t.order, t.time, w):
            m.counts[LOADS] += 1
            keep_load(t, m, w)
        else:
            m.counts[STATE] = -1
    return PAUSED
