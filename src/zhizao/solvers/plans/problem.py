"""The decisions of a plan, what may be decided, and what a decoder has to give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FREE = -1
"""Of a unit or an alternative: the plant's own rule decides."""


@dataclass(eq=False)
class Decisions:
    """What is decided for each operation (arrays of equal length)."""

    key: Floats  # the lowest is taken first of those that wait; the moment at which its unit is taken, in s
    unit: Ints  # FREE: any
    alternative: Ints  # the work center; FREE: any
    not_before: Floats  # it waits until then, in s
    amount: Ints  # it waits until a batch of so much is there; 0: as the plant says
    keep: Ints  # 1: it waits for its unit though others are free
    earlier: Floats  # by so much, in s, rules see its due date earlier than it is

    @classmethod
    def blank(cls, n: int) -> Self:
        """Nothing decided for `n` operations."""
        free = np.full(n, FREE, np.int64)
        none = np.zeros(n, np.int64)
        return cls(np.zeros(n), free, free.copy(), np.zeros(n), none, none.copy(), np.zeros(n))

    def copy(self) -> Decisions:
        """The same decisions, of their own."""
        made = Decisions.blank(len(self.key))
        made.assign(self)
        return made

    def assign(self, other: Decisions) -> None:
        """Take over all decisions of another plan."""
        for name in ("key", "unit", "alternative", "not_before", "amount", "keep", "earlier"):
            getattr(self, name)[:] = getattr(other, name)


@dataclass(frozen=True, eq=False)
class Structure:
    """What may be decided. The operations of a lot stand one behind the other, in the order of its route."""

    lot: Ints  # [operations], ascending
    options: tuple[tuple[tuple[int, int], ...], ...]  # [operations]: (alternative, unit)
    center_of_unit: Ints  # [units]
    batch: Ints  # [operations]: kind of batch that it goes in; -1: none
    batch_least: Ints  # [operations]
    batch_most: Ints
    order: Ints  # [lots], ascending or not: lots of one order are moved together
    release: Floats  # [lots], s
    due: Floats  # [lots], s; inf: none
    weight: Floats  # [lots]
    shared: bool  # operations of several work centers wait for one another (people, tools)
    fixed: tuple[bool, ...] = ()  # [operations]: nothing of it may be changed; empty: all may
    begins: tuple[int, ...] = ()
    """[operations]: the one at whose end a hold limit of it begins to run; -1: none; empty: no limits."""


@dataclass(frozen=True, eq=False)
class Timetable:
    """What became of each operation of the accepted plan; times in s, -1: it never came to that."""

    ready: Floats  # [operations]: it came to its queue
    start: Floats  # [operations]: its unit was taken
    unit: Ints  # [operations]
    end: Floats  # [lots]: it was done
    now_s: float = -1.0  # what was taken up to then is no more to be decided
    over: Floats | None = None  # [operations]: by how much it broke its hold limit; None: there are no limits


class Decoder(Protocol):
    """Says what becomes of decisions."""

    decisions: Decisions
    timetable: Timetable
    value: float  # of the objective; the cost has more, which decides among plans of one value

    def whole(self) -> float:
        """Decode all decisions, and accept them; gives the cost."""
        ...

    def decode(self, rows: Sequence[int], since_s: float, limit: float, known: float = ...) -> float | None:
        """Decode after the decisions of `rows` changed, none of which counts before `since_s`.

        None: the cost is over the limit, or it is seen early that it is `known`.
        """
        ...

    def write(self, rows: Sequence[int] | None = None) -> None:
        """Take note of decisions that were changed back."""
        ...

    def accept(self) -> None:
        """The decisions just decoded are those that the next changes are made to."""
        ...
