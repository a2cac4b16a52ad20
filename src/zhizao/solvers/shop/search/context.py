"""The context that searches share: the problem, the limits, the incumbent, and when to stop.

A portfolio runs several searches in threads; kernels release Python's lock. A search calls its kernel for at
most a tenth of a second, offers what it found, and asks whether to go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from zhizao.solvers.shop.problem import Problem, Schedule

T = TypeVar("T")
SLICE_S = 0.05  # wall time of a kernel call
FIRST_MOVES = 8  # moves of the first kernel call; calls grow from there to SLICE_S


@dataclass(frozen=True)
class Incumbent:
    """The best schedule and the best bound at a moment; `seconds` is wall time since the search began."""

    schedule: Schedule | None = None
    value: int | None = None
    bound: int = 0
    seconds: float = 0.0
    by: str = ""  # which search found the schedule


@dataclass
class SearchContext:
    """One problem being solved; all searches of a portfolio share it.

    `seconds` is wall time. `work` bounds the moves that each search may try: with it, and without other
    searches, equal seeds give equal schedules on every machine. `on_improvement` is called with each
    new incumbent, from the thread that found it.
    """

    problem: Problem
    seconds: float
    seed: int = 0
    work: int | None = None
    on_improvement: Callable[[Incumbent], None] | None = None
    spent_s: float = 0.0  # wall time that the caller used before, in seconds
    reserve_s: float = 0.0  # wall time kept for the check of the result, in seconds
    best: Incumbent = field(default_factory=Incumbent)
    _shared: dict[str, Any] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def used_s(self) -> float:
        """Wall time since the search began, with what was spent before, in seconds."""
        return self.spent_s + time.monotonic() - self._began

    def left_s(self) -> float:
        """Wall time that is left to search, in seconds."""
        return self.seconds - self.reserve_s - self.used_s()

    def is_over(self, work: int = 0) -> bool:
        """Whether a search that has tried `work` moves should return."""
        spent = self.work is not None and work >= self.work
        return spent or self._stop.is_set() or self.left_s() <= 0 or self.is_proved()

    def is_proved(self) -> bool:
        """Whether the incumbent is proved optimal."""
        best = self.best
        return best.value is not None and best.value <= best.bound

    def stop(self) -> None:
        """Ask all searches to return soon; the incumbent stays."""
        self._stop.set()

    def offer(self, schedule: Schedule, value: int, *, by: str) -> None:
        """Make a schedule the incumbent if it is better."""
        self._keep(schedule, value, self.best.bound, by)

    def prove(self, bound: int) -> None:
        """Raise the lower bound: no schedule has a smaller value."""
        self._keep(None, None, bound, self.best.by)

    def share(self, name: str, make: Callable[[], T]) -> T:
        """What all searches of that name share; the first that asks makes it."""
        with self._lock:
            if name not in self._shared:
                self._shared[name] = make()
            shared: T = self._shared[name]
            return shared

    def _keep(self, schedule: Schedule | None, value: int | None, bound: int, by: str) -> None:
        with self._lock:
            old = self.best
            better = value is not None and (old.value is None or value < old.value)
            if not better and bound <= old.bound:
                return
            found = (schedule, value, by) if better else (old.schedule, old.value, old.by)
            self.best = Incumbent(found[0], found[1], max(bound, old.bound), self.used_s(), found[2])
            best = self.best
        if self.on_improvement is not None:
            self.on_improvement(best)


class Pace:
    """How many moves a kernel call may try: as many as take `SLICE_S`, and no more than time is left for.

    What a move takes depends on the shop and on the machine, so it is measured. A search whose result depends
    on where its calls end must not use it: equal seeds and work would not give equal schedules.
    """

    def __init__(self, moves: int = FIRST_MOVES) -> None:
        self._moves = moves
        self._each_s = 0.0

    def next(self, context: SearchContext, work: int) -> int:
        """Moves of the next call of a search that has tried `work`."""
        moves = self._moves
        if self._each_s * moves > context.left_s():
            moves = int(context.left_s() / self._each_s)
        if context.work is not None:
            moves = min(moves, context.work - work)
        return max(1, moves)

    def took(self, moves: int, seconds: float) -> None:
        """Note how long a call of so many moves took."""
        self._each_s = seconds / max(1, moves)
        if seconds > 2 * SLICE_S:
            self._moves = max(1, int(moves * SLICE_S / seconds))
        elif seconds < SLICE_S / 2 and moves >= self._moves:
            self._moves = 2 * moves


class Search(Protocol):
    """A search method: offers what it finds to the context, and returns the number of moves tried."""

    def __call__(self, context: SearchContext, seed: int) -> int:
        """Search until `context.is_over(work)`."""
        ...
