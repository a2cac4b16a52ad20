"""Run one replication of the twin: its seed, its growth, its log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from zhizao.engine.lift import Raw, lift
from zhizao.engine.lower import Lowered
from zhizao.engine.moment import MomentWatch
from zhizao.engine.opening import Opening, copied_image, mark_end, next_brings_lots, seat_all, set_up
from zhizao.engine.rules import Rules, load_rules
from zhizao.engine.settings import DAY_S, LogLevel, RunSettings
from zhizao.engine.state import (
    empty_state,
    with_more_claims,
    with_more_events,
    with_more_lots,
    with_new_exits,
    with_new_log,
    with_wheel,
)
from zhizao.engine.stream import LogStream
from zhizao.kernels import loop
from zhizao.kernels import tables as k
from zhizao.kernels.compiling.cache import is_compiled
from zhizao.kernels.compiling.options import JIT_ON
from zhizao.quantities import EngineError, InputError
from zhizao.records import Records

_BUDGET = 1_000_000  # most turns of the loop between looks at progress and cancel
_FIRST = 20_000  # of them, before the event list is looked at for the first time
_MORE = 100_000  # and over them until the next event, where what starts at a moment never ends
_LOOK_S = 0.2  # how long the loop shall be away at most: turns that search long queues take long
_MOST_LOTS = 50_000_000
_LEVELS = {LogLevel.NONE: k.LOG_NONE, LogLevel.LOTS: k.LOG_LOTS, LogLevel.EVENTS: k.LOG_EVENTS}


def needs_compile() -> bool:
    """Whether the next run compiles the kernels first (once after an install)."""
    return JIT_ON and not is_compiled()


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One replication to do, all that it takes: the same wherever it is done, and as often as it is done."""

    lowered: Lowered
    settings: RunSettings
    replication: int

    @property
    def number(self) -> int:
        """Of the replication, which selects its random numbers."""
        return self.settings.first_replication + self.replication


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """One replication that is done."""

    records: Records
    operations: int


def with_log_level(lowered: Lowered, log: LogLevel) -> Lowered:
    """The same tables, for runs that write so much down."""
    whole = lowered.tables.whole.copy()
    whole["log"] = _LEVELS[log]
    return replace(lowered, tables=lowered.tables._replace(whole=whole))


def prepare(lowered: Lowered, seed: int) -> Rules:
    """Compile what is not yet compiled: the kernels (once after an install) and the plant's own rules."""
    rules = load_rules(lowered.names.rules, lowered.names.numbers)
    _Replication(with_keys(lowered.tables, seed, 0), rules).compile()
    return rules


def replicate(task: Task, rules: Rules, log: LogStream | None, go_on: Callable[[float], bool]) -> Done | None:
    """Do one replication; `go_on` is called with the completed fraction and says whether to go on."""
    lowered, settings = task.lowered, task.settings
    t = with_keys(lowered.tables, settings.seed, task.number)
    window = window_s(lowered, settings)
    begin = window[0] - settings.warm_up_days * DAY_S
    try:
        replication = _Replication(t, rules, log)
        if lowered.opening is not None:
            replication.open(lowered.opening, loop.seed_key(settings.seed, task.number))
        watch = MomentWatch(lowered, settings.turns_at_once)
        for until in window:
            for now in replication.run_to(until):
                replication.watched_by(watch)
                if not go_on((now - begin) / (window[1] - begin)):
                    return None
            replication.mark()
        raw = replication.raw()
        if log is not None:
            raw = log.finish(raw)
        return Done(lift(lowered, raw, *window), raw.operations)
    except IndexError as error:  # with ZHIZAO_BOUNDS=1, or as plain Python
        raise EngineError(f"{error}; please report it with the plant") from error
    finally:
        if log is not None:
            log.abandon()


def window_s(lowered: Lowered, settings: RunSettings) -> tuple[float, float]:
    """Start and end of the records, in s from the plant's start."""
    begin = 0.0 if lowered.opening is None else lowered.opening.at_s
    return begin + settings.warm_up_days * DAY_S, begin + settings.days * DAY_S


def with_keys(t: k.Tables, seed: int, replication: int) -> k.Tables:
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

    return t._replace(
        downtimes=mixed(t.downtimes),
        products=mixed(t.products),
        sources=mixed(t.sources),
        orders=mixed(t.orders),
    )


class _Replication:
    """One replication: drives the loop, grows the state, collects the log."""

    def __init__(self, t: k.Tables, rules: Rules, log: LogStream | None = None) -> None:
        self._t = t = rules.within(t)
        self._log = log
        self._rules = rules
        self._budget = min(_FIRST, _BUDGET)
        self._look = self._budget
        self._logs: list[Any] = []
        self._exits: list[Any] = []
        self._marks: list[tuple[Any, ...]] = []
        self._event = 0.0
        self._s = empty_state(t)
        self._tables = loop.pointers(t)
        self._state = loop.pointers(self._s)
        with _plain_python():
            loop.begin(self._tables, self._state)

    @property
    def state(self) -> k.State:
        """The state at the time reached."""
        return self._s

    @property
    def event_s(self) -> float:
        """Time of the last event, in s from the start."""
        return self._event

    @property
    def tables(self) -> k.Tables:
        """What does not change."""
        return self._t

    def stand_at(self, now: float) -> None:
        """Set the clock, in s: to the last event before the run goes on, as if it had not stopped."""
        self._s.clock[0].now = now

    def resume(self, state: k.State, event_s: float, logs: list[Any], exits: list[Any]) -> None:
        """Go on from a state that an earlier replication reached, with what it had written down."""
        self._s, self._event, self._logs, self._exits = state, event_s, logs, exits
        self._state = loop.pointers(state)

    def open(self, opening: Opening, root: Any) -> None:
        """Begin where a state of the plant says; `root`: key of the random numbers of this replication."""
        if opening.image is not None:
            state = copied_image(opening, self._s, root)
            self.resume(state, opening.event_s, [], [])
            self.stand_at(opening.event_s)
            return
        set_up(opening, self._s)
        mark_end(self._s)
        while next_brings_lots(self._s):
            with _plain_python():
                status = loop.run(self._tables, self._state, 0.0, 1, 0)
            if status != k.BUDGET:
                self._make_room(status)
        with _plain_python():
            seat_all(opening, self._t, self._s, (self._tables, self._state))

    @property
    def words(self) -> tuple[Any, Any]:
        """By which kernels find the tables and the state."""
        return self._tables, self._state

    def touched_at(self, now: float) -> None:
        """Something was put into the state at a time, in s: that is an event."""
        self._event = now

    def change_tables(self, t: k.Tables) -> None:
        """Go on with other tables, for the same state."""
        self._t = self._rules.within(t)
        self._tables = loop.pointers(self._t)

    def written(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Rows of the log and of the lots that left, in pieces."""
        clock = self._s.clock[0]
        return (
            (*self._logs, self._s.log[: int(clock.log_n)]),
            (*self._exits, self._s.exits[: int(clock.exits_n)]),
        )

    def closed_at(self, now: float) -> k.State:
        """A copy of the state with all units booked up to a time in s; the run itself stays as it is.

        What was written down is no part of the copy (`written` gives it): booking does not touch it,
        and it is by far the largest part.
        """
        unwritten = self._s._replace(log=self._s.log[:0], exits=self._s.exits[:0])
        copy = k.State(*(table.copy() for table in unwritten))
        copy.clock[0].now = now
        with _plain_python():
            loop.close(self._tables, loop.pointers(copy))
            loop.book_work(self._tables, loop.pointers(copy))
        return copy

    def compile(self) -> None:
        """Call every entry once, to no effect, so that threads find them compiled."""
        with _plain_python():
            loop.run(self._tables, self._state, -1.0, 0, 0)
            loop.close(self._tables, self._state)

    def run_to(self, until: float) -> Any:
        """Run to a time; yields the time reached now and then."""
        while True:
            began = perf_counter()
            with _plain_python():
                status = loop.run(self._tables, self._state, until, min(self._budget, _BUDGET), _MORE)
            self._event = float(self._s.clock[0].now)
            if status == k.DONE:
                self._s.clock[0].now = until
                return
            self._pace(status, perf_counter() - began)
            if status != k.BUDGET:  # which begins anew whenever there is room again
                self._make_room(status)
            if self._s.clock[0].turns >= self._look:
                self._look = int(self._s.clock[0].turns) + _BUDGET
                self._s = with_wheel(self._s)
                self._state = loop.pointers(self._s)
            yield float(self._s.clock[0].now)

    def _pace(self, status: int, took_s: float) -> None:
        """Take so many turns next time that control comes back soon, whatever a turn takes."""
        if took_s > _LOOK_S:
            self._budget = max(1, int(min(self._budget, _BUDGET) * _LOOK_S / took_s))
        elif status == k.BUDGET and took_s < _LOOK_S / 2:
            self._budget = min(2 * self._budget, _BUDGET)

    def watched_by(self, watch: MomentWatch) -> None:
        """Let the watch look at the moment, which ends the run where the moment does not end."""
        watch.look(self._s, self._one_turn)

    def _one_turn(self) -> k.State:
        with _plain_python():
            status = loop.run(self._tables, self._state, float(self._s.clock[0].now), 1, 0)
        if status not in (k.DONE, k.BUDGET):
            self._make_room(status)
        return self._s

    def _make_room(self, status: int) -> None:
        if status == k.LOG_FULL:
            self._s, rows = with_new_log(self._s)
            self._logs.append(rows)
            if self._log is not None:
                self._log.take(self._logs, self._s, self._exits)
        elif status == k.EXITS_FULL:
            self._s, rows = with_new_exits(self._s)
            self._exits.append(rows)
            if self._log is not None:
                self._log.take_exits(self._exits)
        elif status == k.LOTS_FULL:
            if len(self._s.lots) > _MOST_LOTS:
                raise InputError(
                    f"found over {_MOST_LOTS:,} lots waiting at once; "
                    "the plant cannot keep up with its orders: add units, or order less"
                )
            self._s = with_more_lots(self._s)
        elif status == k.HEAP_FULL:
            self._s = with_more_events(self._s)
        elif status == k.FLOOR_FULL:
            self._s = with_more_claims(self._s)
        elif status == k.BAD_RULE:
            raise self._rules.failure(int(self._s.clock[0].bad) - 1, self._s.rule_inputs)
        else:
            raise EngineError(f"the event loop stopped with status {status}; please report it with the plant")
        self._state = loop.pointers(self._s)

    def mark(self) -> None:
        """Book all units up to now and remember the sums."""
        with _plain_python():
            loop.close(self._tables, self._state)
        self._marks.append(sums_of(self._s))

    def raw(self) -> Raw:
        """All that the replication has to tell, between its two marks."""
        return raw_of(self._s, self._marks, self.written())


def sums_of(s: k.State) -> tuple[Any, ...]:
    """Copies of what adds up during a run."""
    sums = s.seconds, s.priced, s.work_energy, s.resources.worked, s.resources.overtime
    traffic = ((s.zones, ("visits", "held_s", "waited_s")), (s.transporters, ("trips", "delayed_s")))
    columns = (np.column_stack([table[name] for name in names]).astype(float) for table, names in traffic)
    return (*(each.copy() for each in sums), *columns)


def raw_of(s: k.State, marks: list[tuple[Any, ...]], written: tuple[tuple[Any, ...], ...]) -> Raw:
    """What a replication has to tell between two marks, from its state and what it has written."""
    before, after = marks
    sums = (b - a for a, b in zip(before, after, strict=True))
    seconds, priced, energy, worked, overtime, zones, trips = sums
    return Raw(
        log_pieces=written[0],
        exit_pieces=written[1],
        state=s,
        seconds=seconds,
        priced=priced,
        work_energy=energy,
        worked=worked,
        overtime=overtime,
        zones=zones,
        trips=trips,
        operations=int(s.clock[0].operations),
    )


def _plain_python() -> Any:
    """Unsigned numbers wrap on purpose; compiled code says nothing, plain Python would warn."""
    return np.errstate(over="ignore")
