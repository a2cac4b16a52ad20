"""The value of a plan's decisions: the twin runs them, and gives up as soon as they are over a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhizao.engine.decoder import UNDECIDED, Decoder, Snapshot
from zhizao.solvers.plans import Decisions, Timetable
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.plan import HOUR_S
from zhizao.studies.schedule.previous import Previous
from zhizao.studies.schedule.search.decisions import KEY_ZERO_S, Floats, Ints, Layout, as_table, operations_of
from zhizao.studies.schedule.work import Lot

_UNFINISHED_S = 1e10  # a lot that is never done weighs more than any lateness
_TIE = 1e-4  # of the mean completion: among plans of one value, the one that is done earlier
_MARKS = 8  # moments of a run at which it may be given up, and from which the next may go on
_LATER = 1.25  # of the makespan known: a run that takes longer is cut where it is
_ROUNDING_S = 1e-6
_NO_MOVE_S = 1e8  # the price of a move where no gain is worth one


@dataclass(frozen=True, slots=True, eq=False)
class MovePrice:
    """What it costs to move an operation against an earlier plan."""

    known: npt.NDArray[np.bool_]  # [operations]: the earlier plan knows it, and it is ahead
    key_s: Floats  # [operations]: when its unit was to be taken
    unit: Ints  # [operations]; -1: any
    tolerance_s: float  # by which a start may shift
    per_move_s: float


def price_of(decoder: Decoder, layout: Layout, lots: Sequence[Lot], previous: Previous) -> MovePrice:
    """The price of moves against an earlier plan."""
    units = {name: row for row, name in enumerate(decoder.lowered.names.units)}
    places = [previous.places.get(one) for one in operations_of(layout, lots)]
    return MovePrice(
        known=np.array([place is not None for place in places]),
        key_s=np.array([0.0 if place is None else place.key_s for place in places]),
        unit=np.array([-1 if place is None else units.get(place.unit or "", -1) for place in places]),
        tolerance_s=previous.tolerance_s,
        per_move_s=min(previous.per_move_h * HOUR_S, _NO_MOVE_S),
    )


class Decoding:
    """Decodes the decisions of one plan after the other.

    `decisions` are changed by the search, which then says which rows it changed. A decode goes on from the
    last mark of the accepted run before anything that the change can touch.
    """

    def __init__(
        self,
        decoder: Decoder,
        layout: Layout,
        lots: Sequence[Lot],
        objective: Objective,
        price: MovePrice | None = None,
    ) -> None:
        self.decoder, self._layout, self._objective, self._price = decoder, layout, objective, price
        n = len(layout.first)
        self.decisions = Decisions.blank(n)
        self._plans = {name: as_table(decoder.plans[name]) for name in decoder.plans.dtype.names}
        self._release = np.array([lot.release_s for lot in lots])
        self._due = np.array([np.inf if lot.due_s is None else lot.due_s for lot in lots])
        self._weight = np.array([float(lot.weight) for lot in lots])
        self._lots = len(lots)
        self._horizon_s = 0.0
        self._marks: list[float] = []
        self._taken: list[Snapshot] = [decoder.start]  # of the accepted run, by time
        self._new: list[Snapshot] = []
        self._spare: list[Snapshot] = []
        self._resumed = 0
        self.value = np.inf  # the objective of the accepted run, with the price of what it moves
        self.count = 0  # decodes so far

    def begin(self) -> None:
        """Begin anew where the decoder begins now."""
        self._spare += self._taken[1:] + self._new
        self._taken, self._new, self._marks = [self.decoder.start], [], []

    def reached(self) -> tuple[float, int]:
        """The objective over the lots that have left by now, in s, and how many have not, or are scrapped."""
        ends = self._ends()
        never = ends > _UNFINISHED_S
        nothing = self._release if self._objective is Objective.FLOW_TIME else -np.inf
        return max(0.0, self._value(np.where(never, nothing, ends))), int(np.count_nonzero(never))

    # ------------------------------------------------------------ decisions
    def write(self, rows: Sequence[int] | None = None) -> None:
        """Bring decisions into the plan's table: of these rows, or all."""
        if rows is None:
            for row in range(len(self._layout.rows)):
                self._write(row)
            return
        for row in rows:
            self._write(row)

    def _write(self, row: int) -> None:
        d, p = self.decisions, self._plans
        for place in self._layout.rows[row]:
            p["start"][place] = min(d.key[row] - KEY_ZERO_S, UNDECIDED)
            p["unit"][place] = d.unit[row]
            p["alternative"][place] = d.alternative[row]
            p["not_before"][place] = d.not_before[row]
            p["amount"][place] = d.amount[row]
            p["keep"][place] = d.keep[row]

    # ------------------------------------------------------------ decode
    def whole(self) -> float:
        """Decode all decisions from the start, and accept the run."""
        self.write()
        cost = self._run(0, np.inf)
        assert cost is not None  # no limit
        self.accept()
        return cost

    def decode(self, rows: Sequence[int], since_s: float, limit: float) -> float | None:
        """Decode after the decisions of `rows` changed, none of which counts before `since_s`.

        None: the cost is over the limit.
        """
        self.write(rows)
        first = len(self._taken) - 1
        while first > 0 and self._taken[first].time_s >= since_s - _ROUNDING_S:
            first -= 1
        return self._run(first, limit)

    def accept(self) -> None:
        """The run just decoded is the one that the next changes are made to."""
        self._spare += self._taken[self._resumed + 1 :]
        del self._taken[self._resumed + 1 :]
        self._taken += self._new
        self._new = []
        planned = self.decoder.planned
        first = self._layout.first
        reduced = np.maximum.reduceat
        self.timetable = Timetable(
            ready=reduced(planned["ready"], first),
            start=reduced(planned["start"], first),
            unit=reduced(planned["unit"], first),
            end=self._ends(),
            now_s=self.decoder.start.time_s,
        )
        self.value = self._value(self.timetable.end) + self._moves_s(np.inf)
        done = self.timetable.end[self.timetable.end < _UNFINISHED_S]
        self._horizon_s = max(float(done.max(initial=0.0)), 1.0)
        step = self._horizon_s / (_MARKS + 1)
        self._marks = [step * number for number in range(1, _MARKS + 1)]

    def _ends(self) -> Floats:
        """When each lot left; a huge number where it never did."""
        ends = np.maximum.reduceat(self.decoder.planned["left"], self._layout.lot_first)
        return np.where((ends < 0.0) | (ends > _UNFINISHED_S), 2.0 * _UNFINISHED_S, ends)

    def _run(self, first: int, limit: float) -> float | None:
        decoder = self.decoder
        self.count += 1
        self._spare += self._new
        self._resumed, self._new = first, []
        decoder.restore(self._taken[first])
        for mark in self._marks:
            if mark <= self._taken[first].time_s:
                continue
            if not decoder.run_to(mark):
                return None
            if decoder.done:
                break
            if self._bound(mark) > limit:
                return None
            self._new.append(decoder.save(self._spare.pop() if self._spare else Snapshot()))
        until = max(self._horizon_s, 1.0)
        while not decoder.done:
            until *= _LATER
            if not decoder.run_to(until):
                return None
            if not decoder.done and (self._bound(until) > limit or until > 1e9):
                break
        cost = self._cost(self._ends()) + self._moves_s(np.inf)
        return cost if cost <= limit else None

    def _bound(self, now: float) -> float:
        """What the cost is at least, with the lots that have not left by `now`."""
        ends = np.maximum.reduceat(self.decoder.planned["left"], self._layout.lot_first)
        return self._cost(np.where(ends < 0.0, now, ends)) + self._moves_s(now)

    def _moves_s(self, now: float) -> float:
        """The price of what is moved for certain, at a time of the run, in s."""
        p, planned = self._price, self.decoder.planned
        if p is None:
            return 0.0
        start = np.maximum.reduceat(planned["start"], self._layout.first)
        unit = np.maximum.reduceat(planned["unit"], self._layout.first)
        shift = np.abs(np.where(start < 0.0, now, start) - p.key_s)
        early = (start < 0.0) & (now < p.key_s)  # it may still start in time
        elsewhere = (unit >= 0) & (p.unit >= 0) & (unit != p.unit)
        is_moved = p.known & (elsewhere | (~early & (shift > p.tolerance_s)))
        return p.per_move_s * float(np.count_nonzero(is_moved))

    def _cost(self, ends: Floats) -> float:
        never = int(np.count_nonzero(ends > _UNFINISHED_S))
        if never:
            ends = np.where(ends > _UNFINISHED_S, 0.0, ends)
        return self._value(ends) + _TIE * float(ends.sum()) / self._lots + never * _UNFINISHED_S

    def _value(self, ends: Floats) -> float:
        """The objective alone, in s (times weight)."""
        if self._objective is Objective.MAKESPAN:
            return float(ends.max())
        if self._objective is Objective.FLOW_TIME:
            return float((self._weight * (ends - self._release)).sum())
        return float((self._weight * np.maximum(0.0, ends - self._due)).sum())
