"""Run replications of the twin: seeds, threads, progress, cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum
from os import cpu_count
from typing import Any

import numpy as np

from zhizao.engine.lift import Raw, lift
from zhizao.engine.lower import Lowered, lower
from zhizao.engine.rules import Rules, load_rules
from zhizao.engine.state import (
    empty_state,
    with_more_events,
    with_more_lots,
    with_new_exits,
    with_new_log,
    with_wheel,
)
from zhizao.kernels import loop
from zhizao.kernels import tables as k
from zhizao.kernels._jit import JIT_ON, compiling, is_compiled
from zhizao.plant import Plant
from zhizao.quantities import EngineError, InputError
from zhizao.records import Records

_BUDGET = 1_000_000  # events between looks at progress and cancel
_FIRST = 20_000  # of them, before the event list is looked at for the first time
_MOST_LOTS = 50_000_000
DAY_S = 86400.0

Progress = Callable[[float], None]
"""Is told the share done, 0..1."""


class LogLevel(Enum):
    """What a run writes down."""

    NONE = "none"  # only the states of the units
    LOTS = "lots"
    EVENTS = "events"  # lots and the whole event log


_LEVELS = {LogLevel.NONE: k.LOG_NONE, LogLevel.LOTS: k.LOG_LOTS, LogLevel.EVENTS: k.LOG_EVENTS}


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How long, how often, from which seed.

    `days` is the whole run, `warm_up_days` its part before the window of the records. `threads` defaults to
    the number of processors; results are the same to the bit with any number.
    """

    days: float
    seed: int = 1
    replications: int = 1
    threads: int | None = None
    log: LogLevel = LogLevel.LOTS
    warm_up_days: float = 0.0
    first_replication: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.days < 1e6:
            raise InputError(f"found a run of {self.days:g} days; right is more than 0, less than a million")
        if not 0 <= self.warm_up_days < self.days:
            raise InputError(
                f"found {self.warm_up_days:g} days of warm-up in a run of {self.days:g} days; "
                "right is less than the run"
            )
        if self.replications < 1 or self.first_replication < 0:
            raise InputError(f"found {self.replications} replications; right is 1 or more")
        if self.threads is not None and self.threads < 1:
            raise InputError(f"found {self.threads} threads; right is 1 or more")


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Replications of one plant. `interrupted`: it was cancelled, and holds the replications done by then."""

    plant: Plant
    settings: RunSettings
    records: tuple[Records, ...]
    operations: int
    seconds: float
    interrupted: bool = False


def needs_compile() -> bool:
    """Whether the next run compiles the kernels first (once after an install)."""
    return JIT_ON and not is_compiled()


def run(
    plant: Plant, settings: RunSettings, *, base: Plant | None = None, progress: Progress | None = None
) -> Run:
    """Run a plant.

    Parameters
    ----------
    base
        Plant with which to share luck (common random numbers); see `engine.lower`.
    progress
        Called now and then, in the caller's thread, with the share done.

    Raises
    ------
    RuleError
        A rule of the user's own cannot be used, or failed.
    KeyboardInterrupt
        Cancelled before one replication was done; after that, a cancelled run returns what it has.
    """
    began = time.perf_counter()
    lowered = lower(plant, _LEVELS[settings.log], base=base)
    rules = load_rules(lowered.names.rules, lowered.names.numbers)
    with compiling():
        _Replication(with_luck(lowered.tables, settings.seed, 0), rules).compile()
    job = _Job(lowered, settings, rules)
    raws = job.all(progress)
    done = [raw for raw in raws if raw is not None]
    if not done:
        raise KeyboardInterrupt
    records = tuple(lift(lowered, raw, settings.warm_up_days * DAY_S, settings.days * DAY_S) for raw in done)
    operations = sum(raw.operations for raw in done)
    return Run(plant, settings, records, operations, time.perf_counter() - began, job.cancelled)


class _Job:
    """The replications of one run, in threads (the kernels hold no lock)."""

    def __init__(self, lowered: Lowered, settings: RunSettings, rules: Rules) -> None:
        self._lowered = lowered
        self._settings = settings
        self._rules = rules
        self._shares = [0.0] * settings.replications
        self._cancel = threading.Event()

    @property
    def cancelled(self) -> bool:
        return self._cancel.is_set()

    def all(self, progress: Progress | None) -> list[Raw | None]:
        n = self._settings.replications
        threads = min(n, self._settings.threads or cpu_count() or 1)
        with ThreadPoolExecutor(threads) as pool:
            futures = [pool.submit(self._one, number) for number in range(n)]
            try:
                self._watch(futures, progress)
            except BaseException as reason:
                self._cancel.set()
                if not isinstance(reason, KeyboardInterrupt):
                    raise
            return [future.result() for future in futures]

    def _watch(self, futures: list[Future[Raw | None]], progress: Progress | None) -> None:
        pending = set(futures)
        while pending:
            ended, pending = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
            for future in ended:
                future.result()
            if progress is not None:
                progress(sum(self._shares) / len(self._shares))

    def _one(self, number: int) -> Raw | None:
        if self._cancel.is_set():
            return None
        settings = self._settings
        t = with_luck(self._lowered.tables, settings.seed, settings.first_replication + number)
        replication = _Replication(t, self._rules)
        end = settings.days * DAY_S
        for until in (settings.warm_up_days * DAY_S, end):
            for now in replication.run_to(until):
                self._shares[number] = now / end
                if self._cancel.is_set():
                    return None
            replication.mark()
        self._shares[number] = 1.0
        return replication.raw()


def with_luck(t: k.Tables, seed: int, replication: int) -> k.Tables:
    """The tables with the keys of one replication (vectorised `stream` of the kernels)."""
    root = loop.seed_key(seed, replication)

    def mixed(table: Any) -> Any:
        table = table.copy()
        with np.errstate(over="ignore"):
            z = table["key"] + root * np.uint64(0x9E3779B97F4A7C15)
            for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
                z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
        table["key"] = z ^ (z >> np.uint64(31))
        return table

    return t._replace(stops=mixed(t.stops), sources=mixed(t.sources), orders=mixed(t.orders))


class _Replication:
    """One replication: drives the loop, grows the state, collects the log."""

    def __init__(self, t: k.Tables, rules: Rules) -> None:
        self._t = t = rules.within(t)
        self._rules = rules
        self._logs: list[Any] = []
        self._exits: list[Any] = []
        self._marks: list[tuple[Any, Any, Any, Any]] = []
        self._s = empty_state(t)
        self._tables = loop.pointers(t)
        self._state = loop.pointers(self._s)
        with _plain_python():
            loop.begin(self._tables, self._state)

    def compile(self) -> None:
        """Call every entry once, to no effect, so that threads find them compiled."""
        with _plain_python():
            loop.run(self._tables, self._state, -1.0, 0)
            loop.close(self._tables, self._state)

    def run_to(self, until: float) -> Any:
        """Run to a time; yields the time reached now and then."""
        while True:
            with _plain_python():
                budget = _BUDGET if self._s.clock[0].events else _FIRST
                status = loop.run(self._tables, self._state, until, budget)
            if status == k.DONE:
                return
            if status == k.BUDGET:
                self._s = with_wheel(self._s)
                self._state = loop.pointers(self._s)
                yield float(self._s.clock[0].now)
            else:
                self._make_room(status)

    def _make_room(self, status: int) -> None:
        if status == k.LOG_FULL:
            self._s, rows = with_new_log(self._s)
            self._logs.append(rows)
        elif status == k.EXITS_FULL:
            self._s, rows = with_new_exits(self._s)
            self._exits.append(rows)
        elif status == k.LOTS_FULL:
            if len(self._s.lots) > _MOST_LOTS:
                raise InputError(
                    f"found over {_MOST_LOTS:,} lots waiting at once; "
                    "the plant cannot keep up with its orders: add units, or order less"
                )
            self._s = with_more_lots(self._s)
        elif status == k.HEAP_FULL:
            self._s = with_more_events(self._s)
        elif status == k.BAD_RULE:
            raise self._rules.failure(int(self._s.clock[0].bad) - 1, self._s.told)
        else:
            raise EngineError(f"the event loop stopped with status {status}; please report it with the plant")
        self._state = loop.pointers(self._s)

    def mark(self) -> None:
        """Book all units up to now and remember the sums."""
        with _plain_python():
            loop.close(self._tables, self._state)
        s = self._s
        self._marks.append((s.seconds.copy(), s.priced.copy(), s.work_energy.copy(), s.crews.worked.copy()))

    def raw(self) -> Raw:
        """All that the replication has to tell, between its two marks."""
        clock = self._s.clock[0]
        (seconds_0, priced_0, energy_0, worked_0), (seconds, priced, energy, worked) = self._marks
        return Raw(
            log_pieces=(*self._logs, self._s.log[: int(clock.log_n)]),
            exit_pieces=(*self._exits, self._s.exits[: int(clock.exits_n)]),
            state=self._s,
            seconds=seconds - seconds_0,
            priced=priced - priced_0,
            work_energy=energy - energy_0,
            worked=worked - worked_0,
            operations=int(clock.operations),
        )


def _plain_python() -> Any:
    """Unsigned numbers wrap on purpose; compiled code says nothing, plain Python would warn."""
    return np.errstate(over="ignore")
