"""Repair of hold limits: what begins a limit that is broken starts later, until none is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from zhizao.solvers.plans.moves import Move, apply, broken_limits, delays, undo
from zhizao.solvers.plans.problem import Decisions, Decoder, Structure

_ROUNDS = 200  # decodes that delay by the excess, at most
_WITHOUT_GAIN = 20  # and so many without a better plan: a delay of one lot can break the limit of the next
_APART = 24  # decodes that put lots apart, each with twice the distance
_NEVER_S = 1e10  # a lot that ends later is never done
_PASSES = 2  # over all delays, to shorten them
_HALVINGS = 4  # of a delay that is shortened


def repair(structure: Structure, decoder: Decoder, go_on: Callable[[], bool]) -> tuple[float, Decisions]:
    """Keep hold limits from the decoder's decisions on; gives the lowest cost and the decisions that have it.

    First each lot is delayed by what its limit is broken by. Lots for which that does not help go behind all
    others, one after the other. Then delays are shortened as far as that lowers the cost. Starts only become
    later before that, and each part has a most of decodes, so limits that nothing keeps do not take for ever.
    """
    found = _Repair(structure, decoder, go_on)
    found.delay()
    found.put_apart()
    for _ in range(_PASSES):
        found.shorten()
    decoder.decisions.assign(found.kept)
    return found.best, found.kept


class _Repair:
    """The best plan so far, and the decoder that has the last one."""

    def __init__(self, structure: Structure, decoder: Decoder, go_on: Callable[[], bool]) -> None:
        self._s, self._decoder, self._go_on = structure, decoder, go_on
        self.best = decoder.whole()
        self.kept = decoder.decisions.copy()

    def _try(self, move: Move) -> bool:
        """Make a move; whether the plan is the best so far."""
        decoder, ready = self._decoder, self._decoder.timetable.ready
        back = undo(decoder.decisions, move)
        rows = apply(decoder.decisions, move)
        since_s = min((float(ready[row]) for row in rows if ready[row] >= 0.0), default=0.0)
        cost = decoder.decode(rows, since_s, np.inf)
        if cost is None:
            decoder.write(apply(decoder.decisions, back[::-1]))
            return False
        decoder.accept()
        if cost >= self.best:
            return False
        self.best = cost
        self.kept.assign(decoder.decisions)
        return True

    def delay(self) -> None:
        """Delay by the excess, all lots at once."""
        since = 0
        for _ in range(_ROUNDS):
            over = broken_limits(self._s, self._decoder.timetable)
            if not over or since > _WITHOUT_GAIN or not self._go_on():
                break
            better = self._try(delays(self._s, over, self._decoder.timetable.start.tolist()))
            since = 0 if better else since + 1

    def put_apart(self) -> None:
        """Put lots that still break a limit behind all others."""
        self._back()
        ends = self._decoder.timetable.end
        step_s = float(ends[ends < _NEVER_S].max(initial=1.0)) / max(len(ends), 1)
        for _ in range(_APART):
            rows = sorted(broken_limits(self._s, self._decoder.timetable))
            if not rows or not self._go_on():
                break
            self._try(self._behind(rows, step_s))
            step_s *= 2.0

    def _behind(self, rows: Iterable[int], step_s: float) -> Move:
        """The lots of these operations one after the other behind all others, from where a limit begins."""
        s, times = self._s, self._decoder.timetable
        lots = list(dict.fromkeys(int(s.lot[row]) for row in rows))
        rest = np.ones(len(times.end), bool)
        rest[lots] = False
        ends = times.end[rest & (times.end < _NEVER_S)]
        until = max(float(ends.max(initial=0.0)), float(s.release[lots].max()))
        move: Move = []
        for number, lot in enumerate(lots, 1):
            first = min(s.begins[row] for row in np.flatnonzero(s.lot == lot) if s.begins[row] >= 0)
            move.append(("not_before", first, until + number * step_s))
        return move

    def shorten(self) -> None:
        """Shorten delays in their order: to none, to what then keeps the limit, or by halving."""
        self._back()
        held = np.flatnonzero(self.kept.not_before > 0.0)
        for row in held[np.argsort(self.kept.not_before[held], kind="stable")].tolist():
            low = max(float(self._decoder.timetable.ready[row]), 0.0)
            to, high = 0.0, float(self.kept.not_before[row])
            for _ in range(_HALVINGS):
                if not self._go_on():
                    return
                if self._try([("not_before", row, to)]):
                    high = to
                    if to == 0.0:
                        break
                else:
                    low = max(low, to)
                needed = self._needed(row) if to == 0.0 else high
                to = needed if low < needed < high else (low + high) / 2.0
            self._back()

    def _needed(self, row: int) -> float:
        """The start, in s, that keeps the limits that begin with an operation, as the last plan has it."""
        times = self._decoder.timetable
        over = broken_limits(self._s, times)
        own = [by for limited, by in over.items() if self._s.begins[limited] == row]
        return float(times.start[row]) + max(own, default=0.0)

    def _back(self) -> None:
        """Go back to the best plan."""
        decoder = self._decoder
        decoder.decisions.assign(self.kept)
        if decoder.decode(range(len(self._s.lot)), -1.0, np.inf) is not None:
            decoder.accept()
