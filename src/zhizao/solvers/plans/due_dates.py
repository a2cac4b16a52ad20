"""Moves that shift due dates, as a dispatch rule sees them: the order stays the rule's own.

An order of operations is old as soon as something comes late or early: of two that wait, the one that was to
start first need not be the more urgent one. A rule with other due dates reacts as the rule does.
"""

from __future__ import annotations

from random import Random

from zhizao.solvers.plans.moves import Change, Move, Neighbourhood
from zhizao.solvers.plans.problem import Decisions, Structure

_HOUR_S = 3600.0
_LEAST, _MOST = -1.0, 6.0  # a shift is 2 to the power of that, in h: from half an hour to 64 h
_FORWARD = 0.6  # share of shifts that put a due date forward
_OF_LATE = 0.6  # share of moves of operations that waited in late lots, where there are some
_WAITED = 0.9  # share of the others that are of operations that waited
_REST = 0.5  # share of moves of lots that leave the operations before as they are
_SHARES = {"one": 0.50, "lot": 0.25, "reset": 0.10, "hold": 0.15}
_OF_BATCHES = 0.1  # as much as these, where there are batches
_OF_HOLDS = 0.06  # as much as these, where there are hold limits


class DueDateMoves(Neighbourhood):
    """Draws shifts of due dates, and amounts of batches; decisions on order and unit stay as they are."""

    def __init__(self, structure: Structure, decisions: Decisions, rng: Random) -> None:
        super().__init__(structure, decisions, rng)
        kinds = [
            (self._one, _SHARES["one"]),
            (self._of_lot, _SHARES["lot"]),
            (self._reset, _SHARES["reset"]),
            (self._hold, _SHARES["hold"]),
        ]
        if self._batched:
            kinds.append((self._amount, _OF_BATCHES))
        if structure.begins:
            kinds.append((self._shorten, _OF_HOLDS))
        self._use(kinds)

    def _shift_s(self) -> float:
        sign = 1.0 if self._rng.random() < _FORWARD else -1.0
        return sign * _HOUR_S * float(2.0 ** self._rng.uniform(_LEAST, _MOST))

    def _row(self) -> int:
        """An operation that waited, most often of a late lot."""
        rng = self._rng
        if self._late_waits and rng.random() < _OF_LATE:
            return rng.choice(self._late_waits)
        if self._waits and rng.random() < _WAITED:
            return rng.choice(self._waits)
        return self._any_row()

    def _shifted(self, row: int, by: float) -> Change:
        return "earlier", row, float(self._d.earlier[row]) + by

    def _one(self) -> Move:
        return [self._shifted(self._row(), self._shift_s())]

    def _of_lot(self) -> Move:
        """A lot, or what it has ahead from an operation on."""
        row, by = self._row(), self._shift_s()
        lot = self._lot[row]
        first = row if self._rng.random() < _REST else self._first[lot]
        return [self._shifted(each, by) for each in range(first, self._end[lot])]

    def _reset(self) -> Move:
        """The due date of a lot is what it is."""
        lot = self._lot[self._row()]
        rows = range(self._first[lot], self._end[lot])
        return [("earlier", each, 0.0) for each in rows if self._d.earlier[each] != 0.0]
