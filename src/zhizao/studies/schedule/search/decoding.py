"""The value of a plan's decisions: the twin runs them, and gives up as soon as they are over a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhizao.engine.decoder import UNDECIDED, Decoder, Snapshot
from zhizao.plant import Plant
from zhizao.solvers.plans import Decisions, Timetable
from zhizao.solvers.plans.kernels import outlook as o
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.bound import least_works_s
from zhizao.studies.schedule.holds import holds_of
from zhizao.studies.schedule.plan import HOUR_S
from zhizao.studies.schedule.previous import Previous
from zhizao.studies.schedule.search.decisions import KEY_ZERO_S, Floats, Ints, Layout, as_table, operations_of
from zhizao.studies.schedule.work import Lot

_UNFINISHED_S = 1e10  # a lot that is never done weighs more than any lateness
_TIE = 1e-4  # of the mean completion: among plans of one value, the one that is done earlier
_OPERATIONS_A_MARK = 80  # so that looking at a run costs a tenth of it
_MARKS = 8, 64  # fewest and most moments at which a run may be given up, and from which others may go on
_MEMORY = 200e6  # bytes of all snapshots of a run
_LATER = 1.25  # of the makespan known: a run that takes longer is cut where it is
_QUIET_S = 35 * 86_400.0  # after the last lot left in the accepted run: nothing more will
_LONGEST_S = 3660 * 86_400.0  # as `engine.follow` has it
_ROUNDING_S = 1e-6
BROKEN_S = 1e10
"""A hold limit that is broken weighs more than any lateness, and less than a lot that is lost by it."""
_EXCESS_S = 86_400.0  # by which a limit is broken that weighs half as much again
_NO_MOVE_S = 1e8  # the price of a move where no gain is worth one
_SAME = 1e-9  # of the cost
_OBJECTIVES = {
    Objective.MAKESPAN: o.MAKESPAN,
    Objective.FLOW_TIME: o.FLOW_TIME,
    Objective.TARDINESS: o.TARDINESS,
}


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
    last mark of the accepted run before anything that the change can touch. At each mark after that it is
    given up if its cost must be over the limit: by a bound, or because the run has met the accepted one
    again. Snapshots are taken when a run is accepted, in a second run: few are.
    """

    def __init__(
        self,
        decoder: Decoder,
        layout: Layout,
        planned: tuple[Plant, Sequence[Lot]],
        objective: Objective,
        price: MovePrice | None = None,
    ) -> None:
        plant, lots = planned
        self.decoder, self._layout, self._price = decoder, layout, price
        self.decisions = Decisions.blank(len(layout.first))
        self.earliest = np.zeros(len(layout.first))  # s; no decision lets an operation start before that
        self._plans = {name: as_table(decoder.plans[name]) for name in decoder.plans.dtype.names}
        self._lots = _lots_of(decoder, layout, plant, lots)
        self._objective = _OBJECTIVES[objective]
        self._limits = len(holds_of(plant, lots))
        split = any(step.split is not None for lot in lots for step in lot.route)
        self._meets = price is None and not split and not self._limits  # the time of a limit is not compared
        self._horizon_s = 0.0
        self._marks: list[float] = []
        self._taken: list[Snapshot] = [decoder.start]  # of the accepted run, by time
        self._spare: list[Snapshot] = []
        self._resumed = 0
        self._known = decoder.planned.copy()  # the accepted run
        self._last = np.empty((2, len(decoder.lowered.names.units)), np.int64)
        self._ends: Floats = np.empty(len(lots))
        self.value = np.inf  # the objective of the accepted run, with the price of what it moves
        self.count = 0  # decodes so far

    def begin(self) -> None:
        """Begin anew where the decoder begins now."""
        self._spare += self._taken[1:]
        self._taken = [self.decoder.start]

    def reached(self) -> tuple[float, int]:
        """The objective over the lots that have left by now, in s, and how many have not, or are scrapped."""
        self._ended(self.decoder.planned)
        never = self._ends > _UNFINISHED_S
        nothing = self._lots.release if self._objective == o.FLOW_TIME else 0.0
        due = np.where(never, np.inf, self._lots.due)
        ends = np.where(never, nothing, self._ends)
        _, value = o.cost_of(ends, self._lots._replace(due=due), self._objective, 0.0)
        return float(value), int(np.count_nonzero(never))

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
            p["not_before"][place] = max(d.not_before[row], self.earliest[row])
            p["amount"][place] = d.amount[row]
            p["keep"][place] = d.keep[row]
            p["earlier"][place] = d.earlier[row]

    # ------------------------------------------------------------ decode
    def whole(self) -> float:
        """Decode all decisions from the start, and accept the run."""
        self.write()
        self._resumed, self._horizon_s, self._marks = 0, 0.0, []
        cost = self._run(np.zeros(0, np.int64), np.inf, np.inf)
        assert cost is not None  # no limit
        self.accept()
        return cost

    def decode(
        self, rows: Sequence[int], since_s: float, limit: float, known: float = np.inf
    ) -> float | None:
        """Decode after the decisions of `rows` changed, none of which counts before `since_s`.

        None: the cost is over the limit, or the run comes to be as the accepted one, of the cost `known`.
        """
        self.write(rows)
        first = len(self._taken) - 1
        while first > 0 and self._taken[first].time_s >= since_s - _ROUNDING_S:
            first -= 1
        self._resumed = first
        changed = self._layout.first[rows] if len(self._layout.first) else np.zeros(0, np.int64)
        return self._run(changed, limit, known)

    def accept(self) -> None:
        """The run just decoded is the one that the next changes are made to."""
        decoder, first = self.decoder, self._layout.first
        np.copyto(self._known, decoder.planned)
        self._ended(decoder.planned)
        done = self._ends[self._ends < _UNFINISHED_S]
        horizon_s = max(float(done.max(initial=0.0)), 1.0)
        _, value = o.cost_of(self._ends, self._lots, self._objective, _TIE)
        self.value = float(value) + self._moves_s(np.inf) + self._broken_s()
        reduced = np.maximum.reduceat
        known = self._known
        self.timetable = Timetable(
            ready=reduced(known["ready"], first),
            start=reduced(known["start"], first),
            unit=reduced(known["unit"], first),
            end=self._ends.copy(),
            now_s=decoder.start.time_s,
            over=reduced(known["over"], first) if self._limits else None,
        )
        if not self._marks:
            self._horizon_s = horizon_s
            self._marks = self._marks_to(horizon_s)
        self._take(horizon_s)

    def _marks_to(self, horizon_s: float) -> list[float]:
        count = len(self._layout.first) // _OPERATIONS_A_MARK
        room = int(_MEMORY / max(self.decoder.size, 1))
        count = min(max(min(max(count, _MARKS[0]), _MARKS[1]), 1), max(room, 1))
        return [horizon_s * number / (count + 1) for number in range(1, count + 1)]

    def _take(self, horizon_s: float) -> None:
        """Take snapshots of the run just decoded."""
        self._spare += self._taken[self._resumed + 1 :]
        del self._taken[self._resumed + 1 :]
        decoder, last = self.decoder, self._taken[-1]
        decoder.restore(last)
        for mark in self._marks:
            if mark <= last.time_s:
                continue
            if mark >= horizon_s or not decoder.run_to(mark):
                return
            self._taken.append(decoder.save(self._spare.pop() if self._spare else Snapshot()))

    def _run(self, changed: Ints, limit: float, known: float) -> float | None:
        decoder, start = self.decoder, self._taken[self._resumed]
        self.count += 1
        decoder.restore(start)
        since_s = start.time_s
        for mark in self._marks:
            if mark <= since_s:
                continue
            if not decoder.run_to(mark):
                return None
            if decoder.done:
                break
            if self._gives_up(mark, changed, limit, known):
                return None
        until, most = max(self._horizon_s, since_s, 1.0), _LONGEST_S
        if self._horizon_s:  # some lot never leaves, or much later than in the accepted run
            most = min(most, 2.0 * self._horizon_s + _QUIET_S)
        while not decoder.done and until < most:
            until *= _LATER
            if not decoder.run_to(until):
                break  # the lots that have not left never do
            if not decoder.done and self._gives_up(until, changed, limit, np.inf):
                return None
        self._ended(decoder.planned)
        cost, _ = o.cost_of(self._ends, self._lots, self._objective, _TIE)
        cost = float(cost) + self._moves_s(np.inf) + self._broken_s()
        return cost if cost <= limit else None

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

    def _broken_s(self) -> float:
        """What the hold limits weigh that are broken by now, and the lots that are lost; `_ends` is known."""
        if not self._limits:
            return 0.0
        over = self.decoder.planned["over"]
        over = over[over > 0.0]
        lost = np.count_nonzero(self._ends > _UNFINISHED_S)
        excess = float(np.sum(over / (over + _EXCESS_S))) / (self._limits + 1)
        return BROKEN_S * (len(over) + excess + float(lost) * (self._limits + 1))

    def _gives_up(self, now: float, changed: Ints, limit: float, known: float) -> bool:
        """Whether the run cannot come to a cost that is wanted."""
        terms = self._objective, _TIE, limit, self._meets and known < np.inf
        planned = self.decoder.planned
        bound, cost = o.outlook(now, planned, self._known, self._lots, changed, self._last, self._ends, terms)
        if bound + self._moves_s(now) + self._broken_s() > limit:
            return True
        return bool(cost >= 0.0 and (cost > limit or abs(cost - known) <= _SAME * max(1.0, known)))

    def _ended(self, planned: Any) -> None:
        """See when each lot left; a huge number where it never did."""
        o.foretell(planned, planned, self._lots, self._ends)


def _lots_of(decoder: Decoder, layout: Layout, plant: Plant, lots: Sequence[Lot]) -> o.Lots:
    """What the kernels have to know of the lots."""
    works, rest = np.zeros(len(decoder.plans)), np.zeros(len(decoder.plans))
    count = np.zeros(len(lots), np.int64)  # rows of each lot
    known: dict[tuple[object, ...], list[float]] = {}
    for own, number, place in zip(layout.rows, layout.lot.tolist(), layout.place.tolist(), strict=True):
        lot = lots[number]
        about = lot.product, lot.pieces, len(lot.route), lot.begun
        least = known.get(about)
        if least is None:
            least = known[about] = least_works_s(plant, lot)
        works[list(own)], rest[list(own)] = least[place], sum(least[place:])
        count[number] += len(own)
    return o.Lots(
        layout.lot_first,
        layout.lot_first + count,
        np.array([lot.release_s for lot in lots]),
        np.array([np.inf if lot.due_s is None else lot.due_s for lot in lots]),
        np.array([float(lot.weight) for lot in lots]),
        works,
        rest,
    )
