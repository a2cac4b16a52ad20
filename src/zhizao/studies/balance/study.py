"""Balance a line: least stations at a cycle time, or least cycle time of stations or of workers."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from math import inf
from pathlib import Path
from threading import Event

import numpy as np

from zhizao.engine import Progress
from zhizao.experiments.cancel import Deadline, interrupted
from zhizao.experiments.facts import version
from zhizao.quantities import InputError
from zhizao.solvers.balancing import Balance, least_cycle, least_cycle_of_crew, least_stations
from zhizao.studies.balance.read import TICKS, SewingLine, read_line
from zhizao.studies.balance.result import BalanceResult

SECONDS = 20.0
LOOK_S = 0.2  # between two calls of `progress`
Work = Callable[[Callable[[], bool]], Balance]


@dataclass(frozen=True, slots=True)
class LineGoal:
    """What is given of a line; exactly one.

    Parameters
    ----------
    cycle_s
        Cycle time in seconds: the number of stations is made least.
    stations
        Number of stations: the cycle time is made least.
    workers
        CSV or Parquet: `operation`, and a column for each worker with their times, empty where they cannot.
        Each worker gets one station; the cycle time is made least.

    Raises
    ------
    InputError
        None or several are given, or a number is not above 0.
    """

    cycle_s: float | None = None
    stations: int | None = None
    workers: str | Path | None = None

    def __post_init__(self) -> None:
        if len(self.given) != 1:
            found = " and ".join(self.given) or "none"
            raise InputError(f"balance: found {found}; give exactly one of cycle, stations and workers")
        if self.cycle_s is not None and not 0 < self.cycle_s < float("inf"):
            raise InputError(f"cycle: found {self.cycle_s:g} s; right is more than 0")
        if self.stations is not None and self.stations < 1:
            raise InputError(f"stations: found {self.stations}; expected 1 or more")

    @property
    def given(self) -> tuple[str, ...]:
        """Names of what is given."""
        them = (("cycle", self.cycle_s), ("stations", self.stations), ("workers", self.workers))
        return tuple(name for name, one in them if one is not None)


def balance(
    operations: str | Path,
    goal: LineGoal,
    *,
    seconds: float | None = SECONDS,
    seed: int = 1,
    progress: Progress | None = None,
) -> BalanceResult:
    """Give the operations of a line to stations, and to workers.

    Parameters
    ----------
    operations
        CSV or Parquet: `operation`, `seconds` or `minutes`, and `predecessors` (names with ; between them).
    goal
        The cycle time, the number of stations, or the workers.
    seconds
        Time limit in seconds; compiling, once after an install, does not count. None: until it is proved, or
        memory is full.
    seed
        Seed of the random numbers; only the search with workers draws any.
    progress
        Called with the share of the time limit that is used, in 0..1.

    Raises
    ------
    InputError
        A file has faults, all listed with file and line; or an operation is longer than the cycle time.
    """
    limit = inf if seconds is None else Deadline(seconds).seconds
    line = read_line(Path(operations), None if goal.workers is None else Path(goal.workers))
    found, cut = _run(_work(line, goal, limit, seed), limit, progress)
    return BalanceResult(line, found, goal.given[0], line.inputs, seed, version(), cut)


def _work(line: SewingLine, goal: LineGoal, seconds: float, seed: int) -> Work:
    """The search that answers the question."""
    if line.crew is not None:
        crew = line.crew
        return lambda stop: least_cycle_of_crew(crew, seconds, stop, seed=seed)
    if goal.cycle_s is not None:
        cycle = _cycle_of(line, goal.cycle_s)
        return lambda stop: least_stations(line.tasks, cycle, seconds, stop)
    stations = goal.stations or 1
    return lambda stop: least_cycle(line.tasks, stations, seconds, stop)


def _cycle_of(line: SewingLine, cycle_s: float) -> int:
    cycle = int(cycle_s * TICKS + 1e-6)
    over = [f"{line.operations[i]} ({line.tasks.time[i] / TICKS:g} s)"
            for i in np.flatnonzero(line.tasks.time > cycle)]  # fmt: skip
    if over:
        raise InputError(
            f"cycle: found {cycle_s:g} s, shorter than {', '.join(over)}; "
            "split these operations, or give a longer cycle time"
        )
    return max(cycle, 1)


def _run(work: Work, seconds: float, progress: Progress | None) -> tuple[Balance, bool]:
    """Search in a thread of its own, so that Ctrl-C keeps the best line found by then."""
    stop, began = Event(), time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work, stop.is_set)

        def wait() -> None:
            while not _is_done(future):
                if progress is not None:
                    progress(min(1.0, (time.monotonic() - began) / seconds))

        cut = interrupted(wait)
        stop.set()
        try:
            return future.result(), cut
        except ValueError as error:
            raise InputError(
                f"workers: {error}; give more time, or more skills: each worker has one station"
            ) from None


def _is_done(future: Future[Balance]) -> bool:
    try:
        future.exception(LOOK_S)
    except NotYet:
        return False
    return True
