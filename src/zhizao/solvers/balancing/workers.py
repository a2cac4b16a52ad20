"""The least cycle time of a line whose workers differ, one at each station (ALWABP-2).

The first line is that of a beam search, station by station, from both ends: what is drawn at each state are
loads for each free worker (after the iterated probabilistic beam search of Borba & Ritt 2014, doi
10.1016/j.cor.2013.12.002), what is kept are the states whose rest needs the least cycle time by a dual bound.
It is annealed in rounds. A breadth-first search over all maximal loads, which remembers states, proves that a
cycle time cannot be had where its states fit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from zhizao.solvers.balancing.annealing import Annealer, Line
from zhizao.solvers.balancing.kernels.arrays import Doubles, Words
from zhizao.solvers.balancing.kernels.crew import COUNT, Crew, Found, States, all_loads, draw_loads
from zhizao.solvers.balancing.problem import Balance, Flags, Ints, Tasks
from zhizao.solvers.balancing.stations import new_walk, order_of

CANNOT = 1 << 40  # ticks, above any cycle time
WIDTH = 20  # states kept of a level for the first line
DRAWS = 6  # loads of each state and worker
FEW_TASKS = 50  # a proof in a short time is likely below, and not above
LATE_PROOFS = {1: 4_000, 8: 40_000, 40: 400_000}
PROOFS = {1: 4_000, 3: 40_000, 9: 400_000}  # round of annealing: states of a level in a proof after it
ROOM = 1 << 18  # states of a call
LOADS = 500_000  # loads that a call looks at, some tenths of a second
ROUNDING = 1e-6  # of a linear program, in ticks
CALL_STATES = 8  # states handed to a call, so that a time limit holds
MOST_WORKERS = 60


@dataclass(frozen=True, eq=False)
class CrewTasks:
    """Tasks whose time hangs on the worker.

    Parameters
    ----------
    tasks
        Their order, and as times the least over the workers, in ticks.
    time
        [tasks, workers]: time in ticks; -1 where a worker cannot do a task.
    """

    tasks: Tasks
    time: Ints

    def __post_init__(self) -> None:
        if self.time.shape[0] != self.tasks.count or not 0 < self.time.shape[1] <= MOST_WORKERS:
            raise ValueError(f"time: [tasks, workers], at most {MOST_WORKERS} workers")
        if (self.time.max(axis=1) < 0).any():
            raise ValueError("time: there is a task that no worker can do")

    @property
    def workers(self) -> int:
        """Number of workers, which is that of stations."""
        return int(self.time.shape[1])

    def reversed(self) -> CrewTasks:
        """The same from the end of the line."""
        return CrewTasks(self.tasks.reversed(), self.time[::-1].copy())


def crew_faults(crew: CrewTasks, found: Balance) -> list[str]:
    """What is wrong with an assignment, in words: order, workers, skills, and loads above the cycle time."""
    said = [
        f"task {task} stands before its predecessor {b}"
        for task, them in enumerate(crew.tasks.before)
        for b in them
        if found.station[b] > found.station[task]
    ]
    if found.worker is None or sorted(found.worker.tolist()) != list(range(crew.workers)):
        return [*said, "each worker needs one station"]
    times = crew.time[np.arange(crew.tasks.count), found.worker[found.station]]
    said += [f"task {task} is given to a worker who cannot do it" for task in np.flatnonzero(times < 0)]
    loads = np.bincount(found.station, weights=times, minlength=crew.workers)
    return said + [f"station {k} has a load of {v:g}" for k, v in enumerate(loads) if v > found.cycle]


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The assignment without order: a lower bound of the cycle time, and prices of the workers' time."""

    bound: int
    prices: Doubles


def relaxation(crew: CrewTasks) -> Relaxation:
    """Find the least cycle time that the linear assignment, without tasks above it, needs no more than."""
    able = crew.time >= 0
    low = int(np.where(able, crew.time, CANNOT).min(axis=1).max())
    found = _assignment(crew.time, able)
    low = high = max(low, _whole(found[0]))
    step = 1
    while (found := _assignment(crew.time, able & (crew.time <= high)))[0] > high + ROUNDING:
        low, high, step = high + 1, high + step, 2 * step
    price = found[1]
    while low < high:
        middle = (low + high) // 2
        found = _assignment(crew.time, able & (crew.time <= middle))
        if found[0] > middle + ROUNDING:
            low = middle + 1
        else:
            high, price = middle, found[1]
    return Relaxation(low, price)


def _whole(value: float) -> int:
    return int(np.ceil(value - ROUNDING))


def _assignment(times: Ints, able: Flags) -> tuple[float, Doubles]:
    """Least cycle time of the linear assignment, and the duals of the workers."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    tasks, workers = np.nonzero(able)
    pairs, n = len(tasks), len(times)
    one = coo_array((np.ones(pairs), (tasks, np.arange(pairs))), shape=(n, pairs + 1))
    width = times.shape[1]
    values = np.concatenate([times[tasks, workers], -np.ones(width)])
    rows = np.concatenate([workers, np.arange(width)])
    load = coo_array((values, (rows, np.concatenate([np.arange(pairs), np.full(width, pairs)]))))
    cost = np.zeros(pairs + 1)
    cost[-1] = 1
    found = linprog(cost, A_ub=load.tocsr(), b_ub=np.zeros(width), A_eq=one.tocsr(), b_eq=np.ones(n))
    price = np.maximum(0, -found.ineqlin.marginals)
    return float(found.fun), price / price.sum() if price.sum() > 0 else np.full(width, 1 / width)


@dataclass(eq=False)
class CrewSide:
    """The search from one end of the line."""

    crew: CrewTasks
    tables: Crew
    found: Found
    parents: list[Ints] = field(default_factory=list)
    chosen: list[Ints] = field(default_factory=list)
    levels: list[States] = field(default_factory=list)

    @classmethod
    def of(cls, crew: CrewTasks, prices: Doubles, seed: int) -> CrewSide:
        """Tables of the kernels; one row of prices is that of equal workers."""
        n, words = crew.tasks.count, max(1, -(-crew.tasks.count // 64))
        rows = np.stack([np.full(crew.workers, 1 / crew.workers), prices])
        behind = crew.tasks.follows @ crew.tasks.time + crew.tasks.time
        tables = Crew(
            order_of(crew.tasks),
            np.ascontiguousarray(np.where(crew.time < 0, CANNOT, crew.time).T),
            rows,
            behind / max(1, behind.max()),
        )
        found = Found(
            np.zeros((ROOM, words), np.uint64),
            np.zeros(ROOM, np.uint64),
            np.zeros(ROOM, np.int32),
            np.zeros(ROOM, np.int32),
            np.zeros(ROOM),
            np.zeros(2, np.int64),
            np.zeros((len(rows), n)),
            np.zeros(len(rows)),
            np.zeros(len(rows)),
            np.zeros(n),
            np.array([seed * 2 + 1], np.uint64),
        )
        return cls(crew, tables, found)

    def begin(self) -> None:
        """Stand before the first station."""
        words = self.found.done.shape[1]
        self.levels = [States(np.zeros((1, words), np.uint64), np.zeros(1, np.uint64))]
        self.parents, self.chosen = [], []

    def keep(self, done: Words, used: Words, parent: Ints, worker: Ints) -> None:
        """Make these the states of the next level."""
        self.levels.append(States(done, used))
        self.parents.append(parent)
        self.chosen.append(worker)

    def line(self) -> tuple[Ints, Ints] | None:
        """Station of each task and worker of each station, if the last level has a line with all tasks."""
        n = self.crew.tasks.count
        whole = np.bitwise_count(self.levels[-1].done).sum(axis=1) == n
        if not whole.any():
            return None
        state = int(np.flatnonzero(whole)[0])
        station, worker = np.zeros(n, np.int64), np.zeros(len(self.chosen), np.int64)
        for level in range(len(self.chosen) - 1, -1, -1):
            before = int(self.parents[level][state])
            fresh = self.levels[level + 1].done[state] & ~self.levels[level].done[before]
            inside = np.unpackbits(fresh.view(np.uint8), bitorder="little")[:n].astype(bool)
            station[inside] = level
            worker[level] = self.chosen[level][state]
            state = before
        return station, worker


def distinct(done: Words, used: Words, score: Doubles) -> Ints:
    """Rows with the best score of each state, best first."""
    order = np.argsort(score, kind="stable")
    rows = np.concatenate([done, used[:, None]], axis=1)[order]
    keys = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1] * 8)))[:, 0]
    first = np.unique(keys, return_index=True)[1]
    return np.asarray(order[np.sort(first)])


@dataclass(eq=False)
class _Search:
    """The best line, the bound, and when to stop."""

    crew: CrewTasks
    until: float
    should_stop: Callable[[], bool] | None
    lower: int
    upper: int = CANNOT
    station: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    worker: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def is_over(self) -> bool:
        stopped = self.should_stop is not None and self.should_stop()
        return stopped or self.lower >= self.upper or time.monotonic() >= self.until

    def beam(self, side: CrewSide, cycle: int, width: int) -> bool:
        """Look for a line with at most this cycle time; whether one was found."""
        side.begin()
        walk = new_walk(self.crew.tasks.count)
        for _ in range(self.crew.workers):
            states, found = side.levels[-1], side.found
            found.counts[:] = 0
            for at in range(0, len(states.used), CALL_STATES):
                before = int(found.counts[COUNT])
                part = States(states.done[at : at + CALL_STATES], states.used[at : at + CALL_STATES])
                draw_loads(side.tables, found, walk, part, cycle, DRAWS)
                found.parent[before : int(found.counts[COUNT])] += at
                if self.is_over():
                    return False
            self._next_level(side, width)
            if not len(side.levels[-1].used):
                return False
        return self._take(side)

    def _next_level(self, side: CrewSide, width: int) -> None:
        f = side.found
        count = int(f.counts[COUNT])
        rows = distinct(f.done[:count], f.used[:count], f.score[:count])[:width]
        side.keep(
            f.done[rows], f.used[rows], f.parent[rows].astype(np.int64), f.worker[rows].astype(np.int64)
        )

    def _take(self, side: CrewSide) -> bool:
        line = side.line()
        if line is None:
            return False
        station, worker = line
        if side.crew is not self.crew:
            station, worker = self.crew.workers - 1 - station[::-1], worker[::-1]
        times = self.crew.time[np.arange(len(station)), worker[station]]
        cycle = int(np.bincount(station, weights=times).max())
        if cycle < self.upper:
            self.upper, self.station, self.worker = cycle, station, worker
        return True

    def see(self, line: Line | None) -> bool:
        """Keep a line that is better; False, since it ends nothing."""
        if line is not None and line.cycle < self.upper:
            self.upper, self.station, self.worker = line.cycle, line.station.copy(), line.worker.copy()
        return False

    def prove(self, side: CrewSide, cycle: int, most: int) -> bool | None:
        """Look at all lines with at most this cycle time; None: their states are too many, or time is up."""
        side.begin()
        walk = new_walk(self.crew.tasks.count)
        for _ in range(self.crew.workers):
            states, found = side.levels[-1], side.found
            parts: list[tuple[Words, Words, Ints, Ints, Doubles]] = []
            kept = 0
            for at in range(0, len(states.used), CALL_STATES):
                found.counts[:] = 0
                part = States(states.done[at : at + CALL_STATES], states.used[at : at + CALL_STATES])
                if all_loads(side.tables, found, walk, part, cycle, LOADS) < 0 or self.is_over():
                    return None
                count = int(found.counts[COUNT])
                rows = distinct(found.done[:count], found.used[:count], found.score[:count])
                parts.append((
                    found.done[rows], found.used[rows], found.parent[rows].astype(np.int64) + at,
                    found.worker[rows].astype(np.int64), found.score[rows],
                ))  # fmt: skip
                kept += len(rows)
                if kept > 4 * most:
                    return None
            done, used, parent, worker, score = (np.concatenate(part) for part in zip(*parts, strict=True))
            rows = distinct(done, used, score)
            if len(rows) > most:
                return None
            if not len(rows):
                return False
            side.keep(done[rows], used[rows], parent[rows], worker[rows])
        return self._take(side)


def least_cycle_of_crew(
    crew: CrewTasks, seconds: float, should_stop: Callable[[], bool] | None = None, *, seed: int = 1
) -> Balance:
    """Find the least cycle time where each worker has a station of their own.

    Parameters
    ----------
    crew
        Tasks, and their time by worker.
    seconds
        Wall time at most, in seconds; compiling, once after an install, does not count.
    should_stop
        Asked many times a second; True ends the search with the best line so far.
    seed
        Seed of the draws.

    Returns
    -------
    Balance
        With a worker for each station; some may have no task.

    Raises
    ------
    ValueError
        No line was found in the time: with the skills as they are there may be none.
    """
    _compiled()
    until = time.monotonic() + seconds
    relaxed = relaxation(crew)
    search = _Search(crew, until, should_stop, relaxed.bound)
    sides = [CrewSide.of(crew, relaxed.prices, seed), CrewSide.of(crew.reversed(), relaxed.prices, seed + 1)]
    _first_line(search, sides)
    _anneal(search, sides, seed)
    if search.upper == CANNOT:
        raise ValueError("no line was found: with these skills there may be none")
    return Balance(
        search.station, crew.workers, search.upper, search.lower, search.upper <= search.lower, search.worker
    )


@cache
def _compiled() -> None:
    """Compile the kernels on a line of one task."""
    crew = CrewTasks(Tasks(np.ones(1, np.int64), ((),)), np.ones((1, 1), np.int64))
    search = _Search(crew, time.monotonic() + 3600, None, 0)
    side = CrewSide.of(crew, np.ones(1), 1)
    Annealer.of(crew.tasks, crew.time, Line(np.zeros(0, np.int64), np.zeros(0, np.int64), 2), 1).cool(
        lambda: True
    )
    search.beam(side, 1, 1)
    search.prove(side, 1, 1)


def _anneal(search: _Search, sides: list[CrewSide], seed: int) -> None:
    """Cool again and again from the line that is known, and try to prove that the best one is."""
    crew = search.crew
    start = Line(search.station, search.worker, min(search.upper, _longest(crew) + 1))
    annealer, turn = Annealer.of(crew.tasks, crew.time, start, seed), 0
    while not search.is_over():
        annealer.cool(lambda: search.see(annealer.best()) or search.is_over())
        turn += 1
        proofs = PROOFS if crew.tasks.count <= FEW_TASKS else LATE_PROOFS
        if turn in proofs and not search.is_over():
            _prove(search, sides, proofs[turn])


def _longest(crew: CrewTasks) -> int:
    """A cycle time that no line is above, in ticks."""
    return max(1, int(crew.time.max(axis=1).sum()))


def _first_line(search: _Search, sides: list[CrewSide]) -> None:
    """Halve the interval of cycle times while lines are found; what is not found raises its lower end."""
    low, turn = search.lower - 1, 0
    high = max(search.lower, _longest(search.crew))
    while high - low > 1 and not search.is_over():
        cycle = min(low + max(1, (high - low) // 4), high)
        if search.beam(sides[turn % 2], cycle, WIDTH):
            high = search.upper
        else:
            low = cycle
        turn += 1


def _prove(search: _Search, sides: list[CrewSide], most: int) -> None:
    """Try to prove from either end that one tick less cannot be had; a line that is found is kept."""
    for side in sides:
        while not search.is_over():
            found = search.prove(side, search.upper - 1, most)
            if found is None:
                break
            if not found:
                search.lower = search.upper
                return
