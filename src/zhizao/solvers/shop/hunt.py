"""What a search is given and what it tells: the limits, the best so far, and when to stop.

A portfolio lets several searches hunt in threads of their own; kernels let go of Python's lock, so a search
calls its kernel for a tenth of a second at most, offers what it found, and asks whether to go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from zhizao.solvers.shop.problem import Problem, Schedule

T = TypeVar("T")


@dataclass(frozen=True)
class Best:
    """The best that is known at a moment."""

    schedule: Schedule | None = None
    value: int | None = None
    bound: int = 0
    seconds: float = 0.0
    by: str = ""  # which search found the schedule


@dataclass
class Hunt:
    """One problem being solved; all searches of a portfolio share it.

    `seconds` is wall time. `work` bounds the moves that each search may try: with it, and without other
    searches, equal seeds give equal schedules on every machine. `told` is called at each improvement, from
    the thread that found it.
    """

    problem: Problem
    seconds: float
    seed: int = 0
    work: int | None = None
    told: Callable[[Best], None] | None = None
    best: Best = field(default_factory=Best)
    _shared: dict[str, Any] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def used_s(self) -> float:
        """Wall time since the hunt began, in seconds."""
        return time.monotonic() - self._began

    def left_s(self) -> float:
        """Wall time that is left, in seconds."""
        return self.seconds - self.used_s()

    def is_over(self, work: int = 0) -> bool:
        """Whether a search that has tried `work` moves should return."""
        spent = self.work is not None and work >= self.work
        return spent or self._stop.is_set() or self.left_s() <= 0 or self.is_proved()

    def is_proved(self) -> bool:
        """Whether nothing can be better than what was found."""
        best = self.best
        return best.value is not None and best.value <= best.bound

    def stop(self) -> None:
        """Ask all searches to return soon; the best so far stays."""
        self._stop.set()

    def offer(self, schedule: Schedule, value: int, *, by: str) -> None:
        """Keep a schedule if it is better than the best so far."""
        self._keep(schedule, value, self.best.bound, by)

    def prove(self, bound: int) -> None:
        """Keep a bound: no schedule has a smaller value."""
        self._keep(None, None, bound, self.best.by)

    def share(self, name: str, make: Callable[[], T]) -> T:
        """Give what the searches of that name hold together, made by the first of them that asks."""
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
            self.best = Best(found[0], found[1], max(bound, old.bound), self.used_s(), found[2])
            best = self.best
        if self.told is not None:
            self.told(best)


class Search(Protocol):
    """A way to look for schedules: offers what it finds to the hunt, and returns the moves that it tried."""

    def __call__(self, hunt: Hunt, seed: int) -> int:
        """Hunt until `hunt.is_over(work)`."""
        ...
