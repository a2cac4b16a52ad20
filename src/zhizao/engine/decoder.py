"""The decoder of a search over plans: one plant without randomness, run again and again under other plans.

A run of `engine.follow` lowers the plant, makes a state and lifts a log. Here the plant is lowered once; a
search writes into the columns of the plan's table, and the event loop goes on from a snapshot of the state
that was taken before the first moment that the change can touch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import polars as pl

from zhizao.engine.follow import Followed, follow_lowered
from zhizao.engine.lower import Lowered, lower
from zhizao.engine.run import _Replication, prepare, with_keys, with_log_level
from zhizao.engine.session.start import lower_started
from zhizao.engine.settings import LogLevel
from zhizao.engine.state import with_more_claims, with_more_events, with_more_lots
from zhizao.kernels import loop
from zhizao.kernels import tables as k
from zhizao.kernels.loop import seed_key
from zhizao.plant import Plant, PlantState
from zhizao.plant.certain import without_randomness
from zhizao.quantities import EngineError

_OF_LOTS = ("lots", "lot_extra", "tries", "resource_of", "homes", "marks", "trips")
_SCRATCH = ("labels", "front")  # of a search for a route: nothing in it outlasts an event
_WHOLE = (
    *_OF_LOTS,
    "heap",
    "far",
    "claims",
    "wheel",
    "log",
    "exits",
    *_SCRATCH,
)  # all others are few numbers
UNDECIDED: Final[float] = k.NO_DUE
"""A planned start of this: the rule of the work center decides when its turn is."""
_SEED = 1  # of no effect: nothing is drawn
_TURNS_AT_LEAST = 1_000_000  # of the loop, from which on a run is given up as endless
_TURNS_A_ROW = 1_000  # and so many more for each planned operation
_FAR = 2  # place of the count of events in the wheel
_NONE = np.zeros(0, np.uint8)
_LINE = 64  # bytes: tables begin at a cache line


class Snapshot:
    """Memory for the state of a run at a moment, `time_s` from the plant's start; -1: before any event."""

    __slots__ = ("pieces", "sizes", "time_s")

    def __init__(self) -> None:
        self.time_s = -1.0
        self.pieces: list[Any] = []  # bytes of each part of the state
        self.sizes: list[int] = []  # how many of them are in use


class Decoder:
    """A plant without randomness, lowered once with a plan whose decisions may be changed between runs.

    Parameters
    ----------
    plant
        The plant; what it has of randomness is taken out (see `plant.certain`).
    plan
        One row for each operation that is to be decided on, as `engine.plan` takes them.
    state
        Where runs begin, with the plant that `starting_at` gave for it; its readable part counts.
    replication
        Seed and number of a replication: the plant keeps its randomness, and runs with those random numbers.

    Raises
    ------
    InputError
        The plan or the state does not fit the plant.
    """

    def __init__(
        self,
        plant: Plant,
        plan: pl.DataFrame,
        state: PlantState | None = None,
        *,
        replication: tuple[int, int] | None = None,
    ) -> None:
        seed, number = replication or (_SEED, 0)
        if replication is None:
            plant = without_randomness(plant)
        lowered = lower(plant, plan=plan) if state is None else lower_started(plant, state, plan)
        self.lowered: Lowered = with_log_level(lowered, LogLevel.NONE)
        self._rules = prepare(self.lowered, seed)
        self.plans: Any = self.lowered.tables.plans.copy().view(np.recarray)
        self._begin(seed, number)

    def _begin(self, seed: int, number: int) -> None:
        lowered = self.lowered
        replication = _Replication(with_keys(lowered.tables, seed, number), self._rules)
        self._opened = lowered.opening is not None
        if lowered.opening is not None:
            replication.open(lowered.opening, seed_key(seed, number))
        self._t = replication.tables._replace(plans=self.plans)
        self._tables = loop.pointers(self._t)
        self._turns = _TURNS_AT_LEAST + _TURNS_A_ROW * len(self.plans)
        self._keep(replication.state)
        self._at_s = -1.0
        self.start = self.save(Snapshot())

    def draw_again(self, seed: int, number: int) -> None:
        """Go back to the start, with the random numbers of another replication and the plan as it is now."""
        self._begin(seed, number)

    @property
    def now_s(self) -> float:
        """The time reached, in s from the plant's start; -1: nothing has happened."""
        return self._at_s

    @property
    def state(self) -> k.State:
        """The state at the time reached."""
        return self._s

    def rank_again(self) -> None:
        """Put the lots that wait in the order that the plan gives them now."""
        loop.rank_again(self._tables, self._state)

    def _keep(self, state: k.State) -> None:
        """Use a state; what is few numbers stands in one piece of memory, which is copied at once."""
        few = [name for name in k.State._fields if name not in _WHOLE]
        places: dict[str, tuple[int, int]] = {}
        size = 0
        for name in few:
            nbytes = getattr(state, name).nbytes
            places[name] = size, nbytes
            size += -(-nbytes // _LINE) * _LINE
        self._few = np.zeros(max(size, _LINE), np.uint8)
        moved = {name: self._moved(getattr(state, name), *places[name]) for name in few}
        self._s = state._replace(**moved)
        self._state = loop.pointers(self._s)
        self._clock = self._s.clock.view(np.ndarray)
        self.planned = self._s.planned.view(np.ndarray)
        self._wheel = _bytes(state.wheel)
        self._parts = [
            (kind, table.nbytes // len(table), _bytes(table))
            for kind, names in enumerate((_OF_LOTS, ("heap",), ("far",), ("claims",)))
            for table in (getattr(state, name) for name in names)
            if table.nbytes
        ]

    def make_room(self, state: k.State) -> None:
        """Have as much room for lots and events as another state."""
        while len(self._s.lots) < len(state.lots):
            self._keep(with_more_lots(self._s))
        while len(self._s.heap) < len(state.heap):
            self._keep(with_more_events(self._s))
        while len(self._s.claims) < len(state.claims):
            self._keep(with_more_claims(self._s))

    def begin_here(self, now_s: float) -> None:
        """Let all runs begin with the state as it is now, at a time in s."""
        self._at_s = now_s
        self._opened = True
        self.start = self.save(Snapshot())

    def _moved(self, array: Any, first: int, nbytes: int) -> Any:
        place = self._few[first : first + nbytes]
        if not nbytes:
            return array
        moved = place.view(array.dtype).reshape(array.shape)
        moved[...] = array
        return moved.view(np.recarray) if array.dtype.names is not None else moved

    @property
    def size(self) -> int:
        """Bytes of a snapshot, about."""
        lots: int = sum(memory.nbytes for kind, _, memory in self._parts if kind == 0)
        return len(self._few) + lots

    @property
    def done(self) -> bool:
        """Whether all lots that the plan knows have come and left."""
        clock = self._clock[0]
        return bool(clock["planned"] == 0 and clock["next_order"] >= len(self._t.orders))

    def save(self, into: Snapshot) -> Snapshot:
        """Keep the state at the time reached, in a snapshot that is not needed any more, or a new one."""
        clock = self._clock[0]
        counts = int(clock["lots_top"]), int(clock["heap_n"]), int(clock["far_top"]), int(clock["claims_top"])
        into.time_s, into.sizes = self._at_s, [counts[kind] * size for kind, size, _ in self._parts]
        into.sizes.append(len(self._wheel) if counts[_FAR] else 0)
        if len(into.pieces) != len(self._parts) + 2:
            into.pieces = [
                np.empty_like(self._few),
                *(_NONE for _ in self._parts),
                np.empty_like(self._wheel),
            ]
        np.copyto(into.pieces[0], self._few)
        for number, (_, _, memory) in enumerate(self._parts):
            size = into.sizes[number]
            if len(into.pieces[number + 1]) < size:
                into.pieces[number + 1] = np.empty(size + size // 2, np.uint8)
            into.pieces[number + 1][:size] = memory[:size]
        if into.sizes[-1]:
            into.pieces[-1][:] = self._wheel
        return into

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot; the plan is what it is now."""
        np.copyto(self._few, snapshot.pieces[0])
        for size, piece, (_, _, memory) in zip(
            snapshot.sizes[:-1], snapshot.pieces[1:-1], self._parts, strict=True
        ):
            memory[:size] = piece[:size]
        if snapshot.sizes[-1]:
            self._wheel[:] = snapshot.pieces[-1]
        self._at_s = snapshot.time_s
        if snapshot is self.start and self._opened:
            loop.rank_again(self._tables, self._state)

    def follow(self, go_on: Callable[[], bool] = lambda: True) -> Followed | None:
        """Run the plan as it is now, with its log (see `engine.follow`)."""
        tables = self.lowered.tables._replace(plans=self.plans.copy())
        return follow_lowered(replace(self.lowered, tables=tables), go_on)

    def run_to(self, until_s: float) -> bool:
        """Go on to a time in s from the plant's start; False: what happens at one moment never ends."""
        with np.errstate(over="ignore"):
            while True:
                status = loop.run(self._tables, self._state, until_s, self._turns, 0)
                if status == k.DONE:
                    self._at_s = until_s
                    return True
                if status == k.BUDGET:
                    return False
                self._make_room(status)

    def _make_room(self, status: int) -> None:
        if status == k.LOTS_FULL:
            self._keep(with_more_lots(self._s))
        elif status == k.HEAP_FULL:
            self._keep(with_more_events(self._s))
        elif status == k.FLOOR_FULL:
            self._keep(with_more_claims(self._s))
        elif status == k.BAD_RULE:
            raise self._rules.failure(int(self._clock[0]["bad"]) - 1, self._s.rule_inputs)
        else:
            raise EngineError(f"the event loop stopped with status {status}; please report it with the plant")


def _bytes(table: Any) -> Any:
    """The memory of a table."""
    return np.ascontiguousarray(table).view(np.ndarray).reshape(-1).view(np.uint8)
