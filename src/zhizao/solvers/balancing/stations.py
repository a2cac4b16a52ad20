"""The least number of stations at a cycle time (SALBP-1)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from zhizao.solvers.balancing.bounds import KEPT, Weights, root_bound, tails, weights_of, weights_reversed
from zhizao.solvers.balancing.kernels.arrays import Words
from zhizao.solvers.balancing.kernels.loads import Line, Order, Walk
from zhizao.solvers.balancing.kernels.remember import (
    CUT,
    EXHAUSTED,
    FULL,
    GOAL,
    LOWER,
    PAUSED,
    STATE,
    STATES,
    UPPER,
    Memory,
    search,
)
from zhizao.solvers.balancing.problem import Balance, Flags, Ints, Tasks

LOADS = (30, 1_000, 50_000, 2**62)
"""Loads of a state in each round: the first finds good lines soon, only what was not cut proves."""
MOST_STATES = 4_000_000  # about 70 bytes each
FIRST_STATES = 1 << 16
SLICE_LOADS = 20_000  # loads of a call, some hundredths of a second
CODES = 20_130_701  # seed of the hash


def order_of(tasks: Tasks) -> Order:
    """The order of the tasks as tables of the kernels."""
    after: list[list[int]] = [[] for _ in range(tasks.count)]
    for task, them in enumerate(tasks.before):
        for b in them:
            after[b].append(task)
    return Order(
        np.array([task for them in after for task in them], np.int64),
        np.cumsum([0, *(len(them) for them in after)]).astype(np.int64),
        np.array([len(them) for them in tasks.before], np.int64),
    )


def line_of(tasks: Tasks, weights: Weights, cycle: int) -> Line:
    """Tables of the kernels."""
    n = tasks.count
    words = max(1, -(-n // 64))
    kept, tail = weights.best(KEPT), tails(tasks, weights, cycle)
    late = np.arange(n + 1)[:, None] <= tail[None, :]
    rng = np.random.default_rng(CODES)
    order = order_of(tasks)
    return Line(
        order,
        tasks.time.astype(np.int64),
        np.array([cycle], np.int64),
        packed(_dominating(tasks), words),
        (np.diff(order.after_first) > 0).astype(np.int64),
        rng.integers(0, 2**64, n, np.uint64),
        kept.weight,
        kept.capacity,
        packed(late, words),
    )


def _dominating(tasks: Tasks) -> Flags:
    """[tasks, tasks]: whether the second is as long and leads to as much as the first; ties by number."""
    follows, time_ = tasks.follows, tasks.time
    n = tasks.count
    found = np.zeros((n, n), bool)
    for i in range(n):
        wider = ~(follows[i][None, :] & ~follows).any(axis=1) & (time_ >= time_[i])
        equal = (time_ == time_[i]) & (follows.sum(axis=1) == follows[i].sum())
        found[i] = wider & ~follows[i] & ~follows[:, i] & (~equal | (np.arange(n) < i))
        found[i, i] = False
    return found


def packed(rows: Flags, words: int) -> Words:
    """Rows of flags as sets of 64 in a word."""
    wide = np.zeros((len(rows), words * 64), bool)
    wide[:, : rows.shape[1]] = rows
    return np.packbits(wide, axis=1, bitorder="little").view(np.uint64)


@dataclass(eq=False)
class Side:
    """The search from one end of the line."""

    tasks: Tasks
    line: Line
    memory: Memory = field(init=False)
    walk: Walk = field(init=False)
    round: int = 0

    def __post_init__(self) -> None:
        self.restart(2**31)

    def restart(self, upper: int) -> None:
        """Begin a round with no state but that of the empty line."""
        n, words = self.tasks.count, self.line.better.shape[1]
        self.memory = new_memory(n, words, len(self.line.capacity), FIRST_STATES)
        self.memory.counts[UPPER] = upper
        self.walk = new_walk(n)

    def run(self, upper: int, lower: int, loads: int) -> int:
        """Look at so many loads; gives how it ended."""
        counts = self.memory.counts
        counts[UPPER], counts[LOWER] = min(upper, counts[UPPER]), lower
        status = int(search(self.line, self.memory, self.walk, LOADS[self.round], loads))
        if status == FULL and len(self.memory.stations) < MOST_STATES:
            self.memory = grown(self.memory)
            return PAUSED
        return status

    def assignment(self) -> Ints:
        """Station of each task in the line found last."""
        m, n = self.memory, self.tasks.count
        station, state = np.zeros(n, np.int64), int(m.counts[GOAL])
        while state > 0:
            before = int(m.parent[state])
            fresh = m.done[state] & ~m.done[before]
            inside = np.unpackbits(fresh.view(np.uint8), bitorder="little")[:n].astype(bool)
            station[inside] = m.stations[state] - 1
            state = before
        return station


def new_walk(tasks: int) -> Walk:
    """A walk that has not begun."""
    degree, eligible, chosen, known, inside = np.zeros((5, tasks + 1), np.int64)
    return Walk(degree, eligible, chosen, known, inside, np.zeros(6, np.int64))


def new_memory(tasks: int, words: int, bounds: int, states: int) -> Memory:
    """An empty memory whose only state is the line with nothing done."""
    m = Memory(
        np.zeros((states, words), np.uint64),
        np.zeros(states, np.uint64),
        np.zeros(states, np.int32),
        np.zeros(states, np.int64),
        np.full(states, -1, np.int32),
        np.zeros(states),
        np.full(states, -1, np.int32),
        np.full(states, -1, np.int32),
        np.zeros(states, np.int32),
        np.full(4 * states, -1, np.int32),
        np.full(tasks + 1, -1, np.int32),
        np.zeros(words, np.uint64),
        np.zeros(bounds, np.int64),
        np.zeros(11, np.int64),
    )
    m.counts[STATES], m.counts[STATE], m.counts[GOAL] = 1, -1, -1
    m.root[0] = m.table[0] = 0
    return m


def grown(m: Memory) -> Memory:
    """The same memory with room for twice the states; sets that were reached anew stay dead."""
    old = len(m.stations)
    size = 8 * old
    table = np.full(size, -1, np.int32)
    live = np.flatnonzero(m.dead == 0).astype(np.int32)
    place = (m.code[live] & np.uint64(size - 1)).astype(np.int64)
    while len(live):
        first = np.unique(place, return_index=True)[1]
        first = first[table[place[first]] < 0]
        table[place[first]] = live[first]
        rest = np.ones(len(live), bool)
        rest[first] = False
        live, place = live[rest], (place[rest] + 1) & (size - 1)
    states = {
        name: np.concatenate([part, np.zeros_like(part)])
        for name, part in m._asdict().items()
        if name not in ("table", "root", "child", "rest", "counts")
    }
    return m._replace(table=table, **states)


def least_stations(
    tasks: Tasks,
    cycle: int,
    seconds: float,
    should_stop: Callable[[], bool] | None = None,
    *,
    enough: int = 0,
) -> Balance:
    """Find the least number of stations at a cycle time.

    Parameters
    ----------
    tasks
        Tasks of the line.
    cycle
        Cycle time in ticks; no task may be longer.
    seconds
        Wall time at most, in seconds; compiling, once after an install, does not count.
    should_stop
        Asked a few times a second; True ends the search with the best line so far.
    enough
        Number of stations that is good enough: the search ends with a line of so many, or with the proof
        that there is none.

    Raises
    ------
    ValueError
        A task is longer than the cycle time.
    """
    _compiled()
    until = time.monotonic() + seconds
    if tasks.count and int(tasks.time.max()) > cycle:
        raise ValueError("a task is longer than the cycle time")
    weights = weights_of(tasks.time, cycle)
    race = _Race(tasks, cycle, weights, enough)
    while not race.is_over() and time.monotonic() < until and not (should_stop and should_stop()):
        race.turn()
    return race.result()


@cache
def _compiled() -> None:
    """Compile the kernels on a line of one task."""
    tasks = Tasks(np.ones(1, np.int64), ((),))
    Side(tasks, line_of(tasks, weights_of(tasks.time, 1), 1)).run(2, 0, 1)


class _Race:
    """The searches from both ends, in turns, with what both know."""

    def __init__(self, tasks: Tasks, cycle: int, weights: Weights, enough: int) -> None:
        self._tasks, self._cycle, self._enough = tasks, cycle, enough
        self._station = first_fit(tasks, cycle)
        self._upper = int(self._station.max()) + 1 if tasks.count else 0
        self._lower = max(1, root_bound(tasks, weights, cycle)) if tasks.count else 0
        self._turn = 0
        self._sides: list[Side] = []
        if not self.is_over():
            back = tasks.reversed()
            self._sides = [
                Side(tasks, line_of(tasks, weights, cycle)),
                Side(back, line_of(back, weights_reversed(weights), cycle)),
            ]

    def is_over(self) -> bool:
        """Whether the best line is proved or good enough, or no better one can be found."""
        done = self._upper <= max(self._lower, self._enough) or self._lower > self._enough > 0
        return done or (self._turn > 0 and not self._sides)

    def turn(self) -> None:
        """Let the search from the other end look at some loads."""
        self._turn += 1
        side = self._sides[self._turn % len(self._sides)]
        sought = min(self._upper, self._enough + 1) if self._enough else self._upper
        status = side.run(sought, self._lower, SLICE_LOADS)
        counts = side.memory.counts
        if counts[GOAL] >= 0 and counts[UPPER] < self._upper:
            self._upper = sought = int(counts[UPPER])
            found = side.assignment()
            self._station = found if side.tasks is self._tasks else self._upper - 1 - found[::-1]
        if status == EXHAUSTED and not counts[CUT]:
            self._lower = sought
        elif status == EXHAUSTED:
            side.round += 1
            side.restart(sought)
        elif status == FULL:
            self._sides.remove(side)

    def result(self) -> Balance:
        """The best line, and what is proved."""
        proved = self._upper <= self._lower
        return Balance(self._station, self._upper, self._cycle, self._lower, proved)


def first_fit(tasks: Tasks, cycle: int) -> Ints:
    """Each task, in order, at the first station with room where its predecessors do not stand later."""
    station, loads = np.zeros(tasks.count, np.int64), np.zeros(tasks.count, np.int64)
    for task in range(tasks.count):
        k = max((int(station[b]) for b in tasks.before[task]), default=0)
        while loads[k] + tasks.time[task] > cycle:
            k += 1
        station[task] = k
        loads[k] += tasks.time[task]
    return station
