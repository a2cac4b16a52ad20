"""Operations of a plan that somebody puts elsewhere: what breaks, as the twin finds it.

The twin follows the plan with the moved operations in it; where it begins them later than asked, or not on
the unit that was asked for, the move does not hold. What stands in the way is named from the plan itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import polars as pl

from zhizao.engine.follow import follow
from zhizao.plant import Plant
from zhizao.plant.certain import without_randomness
from zhizao.quantities import InputError
from zhizao.records import EVENTS, HOLDS, Activity, conform
from zhizao.studies.schedule.hours import hours_of
from zhizao.studies.schedule.plan import NOT_BEFORE, OrderPlan, orders_of, outcome_of
from zhizao.studies.schedule.work import Lot, lots_to_plan

_SAME_S = 1.0  # sums of rounded times
_LATER_S = 60.0  # a start that shifts by no more is not worth a word
_WORK = Activity.PROCESS.value
_Row = dict[str, Any]
_Key = tuple[str, str]


class BreachKind(Enum):
    """What a move breaks."""

    UNIT = "unit"  # the unit cannot do it
    OVERLAP = "overlap"
    PRECEDENCE = "precedence"
    RELEASE = "release"
    CLOSED = "closed"
    LATER = "later"  # the twin begins it later: for people, material, transport or blocking


@dataclass(frozen=True, slots=True)
class PlanMove:
    """An operation of a lot that is put on a unit, not to begin before a moment (local to the plant)."""

    lot: str
    operation: str
    unit: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Breach:
    """What a move breaks, in a sentence."""

    kind: BreachKind
    lot: str
    operation: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckedMoves:
    """What becomes of a plan with moved operations, before anything is repaired.

    `starts`: when the twin takes the unit for each moved operation, in the order of the moves (None: never).
    `later`: other operations that begin more than a minute later; `late`: orders that become late, or later.
    """

    breaches: tuple[Breach, ...]
    starts: tuple[datetime | None, ...] = ()
    later: int = 0
    late: tuple[str, ...] = ()


def with_moves(plant: Plant, plan: pl.DataFrame, moves: Sequence[PlanMove]) -> pl.DataFrame:
    """The plan with operations put elsewhere: each is held until its moment; its old set-up is left out.

    Raises
    ------
    InputError
        The plan has no such operation, or the plant no such unit.
    """
    rows = conform(plan, EVENTS | HOLDS)
    units = {unit.id: center.id for center in plant.work_centers for unit in center.units}
    by_key = {(move.lot, move.operation): move for move in moves}
    known = set(
        rows.filter(pl.col("activity").cast(pl.String) == _WORK).select("lot", "operation").iter_rows()
    )
    for key, move in by_key.items():
        if key not in known:
            raise InputError(f"the plan has no operation {move.operation!r} of lot {move.lot!r}")
        if move.unit not in units:
            raise InputError(f"found the unit {move.unit!r}; right is one of {', '.join(units)}")
    found = []
    for row in rows.iter_rows(named=True):
        wanted = by_key.get((row["lot"], row["operation"]))
        if wanted is None:
            found.append(row)
        elif row["activity"] == _WORK:
            length = row["end"] - row["start"]
            place = {"unit": wanted.unit, "work_center": units[wanted.unit], "batch": None}
            time = {"start": wanted.start, "end": wanted.start + length, NOT_BEFORE: wanted.start}
            found.append(row | place | time)
    return pl.DataFrame(found, schema=EVENTS | HOLDS, orient="row")


def check_moves(plant: Plant, plan: pl.DataFrame, moves: Sequence[PlanMove]) -> CheckedMoves:
    """What moved operations break, by a run of the twin that follows the plan with them.

    Raises
    ------
    InputError
        The plan or a move does not fit the plant in another way than by its unit.
    """
    certain = without_randomness(plant)
    lots = lots_to_plan(certain)
    moved = with_moves(certain, plan, moves)
    follow(certain, plan)  # a plan that does not fit is no fault of the moves
    try:
        followed = follow(certain, moved)
    except InputError as error:
        said = str(error).splitlines()[-1].strip()
        return CheckedMoves(tuple(Breach(BreachKind.UNIT, m.lot, m.operation, said) for m in moves))
    assert followed is not None  # nobody says that it is to stop
    outcome = outcome_of(certain, lots, followed)
    now, then = _taken(outcome.rows), _taken(plan)
    check = _Check(certain, lots, moved, now)
    breaches = [breach for move in moves for breach in check.of(move)]
    before = _before(plan, orders_of(lots, outcome), certain.start)
    keys = {(move.lot, move.operation) for move in moves}
    late_s = {one.order: one.late_s for one in orders_of(lots, outcome)}
    return CheckedMoves(
        tuple(breaches),
        tuple(now[key][0] if (key := (m.lot, m.operation)) in now else None for m in moves),
        sum(_behind(now.get(key), place) for key, place in then.items() if key not in keys),
        tuple(order for order, was in before.items() if late_s[order] > was + _LATER_S),
    )


def _taken(rows: pl.DataFrame) -> dict[_Key, tuple[datetime, datetime, str]]:
    """When the unit of each operation is taken and set free, and which it is."""
    found: dict[_Key, tuple[datetime, datetime, str]] = {}
    kept = (_WORK, Activity.SETUP.value)
    for row in rows.iter_rows(named=True):
        if row["activity"] not in kept or row["lot"] is None or row["operation"] is None:
            continue
        key = row["lot"], row["operation"]
        start, end, _ = found.get(key, (row["start"], row["end"], ""))
        found[key] = min(start, row["start"]), max(end, row["end"]), row["unit"]
    return found


def _behind(now: tuple[datetime, datetime, str] | None, then: tuple[datetime, datetime, str]) -> bool:
    return now is None or (now[0] - then[0]).total_seconds() > _LATER_S


def _before(plan: pl.DataFrame, orders: Sequence[OrderPlan], start: datetime) -> dict[str, float]:
    """How late each order is in the plan, in s."""
    ends = dict(plan.group_by("order").agg(pl.col("end").max()).iter_rows())
    return {
        one.order: max(0.0, (ends[one.order] - start).total_seconds() - one.due_s)
        for one in orders
        if one.due_s is not None and one.order in ends
    }


class _Check:
    """What stands in the way of moves: the lot's other operations, the unit's, its hours, the release."""

    def __init__(
        self,
        plant: Plant,
        lots: Sequence[Lot],
        moved: pl.DataFrame,
        now: Mapping[_Key, tuple[datetime, datetime, str]],
    ) -> None:
        self._start, self._lots = plant.start, {lot.id: lot for lot in lots}
        self._planned, self._now = _taken(moved), now
        ends = [end for _, end, _ in (*self._planned.values(), *now.values())]
        until_s = max(((end - plant.start).total_seconds() for end in ends), default=0.0)
        self._hours = hours_of(plant, until_s)
        self._center = {unit.id: center.id for center in plant.work_centers for unit in center.units}

    def of(self, move: PlanMove) -> Iterator[Breach]:
        """What a move breaks; nothing where the twin does as it says and hinders nobody on the unit."""
        key = move.lot, move.operation
        run = self._now.get(key)
        length = (run[1] - run[0]) if run else timedelta(0)
        end = move.start + length
        found = [
            *self._released(move),
            *self._in_order(move, end),
            *self._open(move),
            *self._alone(move, end),
        ]
        held = (
            run is not None and abs((run[0] - move.start).total_seconds()) <= _SAME_S and run[2] == move.unit
        )
        if not held and not found:
            when = "never" if run is None else f"on {run[2]} at {_moment(run[0])}"
            found.append((BreachKind.LATER, f"the twin begins it {when}, not at {_moment(move.start)}"))
        for kind, text in found:
            yield Breach(kind, move.lot, move.operation, text)

    def _released(self, move: PlanMove) -> Iterator[tuple[BreachKind, str]]:
        lot = self._lots.get(move.lot)
        if lot is not None and lot.release_s > self._at(move.start) + _SAME_S:
            release = self._start + timedelta(seconds=lot.release_s)
            yield BreachKind.RELEASE, f"lot {move.lot} is released at {_moment(release)}"

    def _in_order(self, move: PlanMove, end: datetime) -> Iterator[tuple[BreachKind, str]]:
        """The lot's operations before and after."""
        route = [operation.id for operation in self._lots[move.lot].route]
        place = route.index(move.operation) if move.operation in route else -1
        for number, other in enumerate(route):
            planned = self._planned.get((move.lot, other))
            if planned is None or place < 0 or number == place:
                continue
            if number < place and (planned[1] - move.start).total_seconds() > _SAME_S:
                yield BreachKind.PRECEDENCE, f"{other} of {move.lot} ends only at {_moment(planned[1])}"
            if number > place and (end - planned[0]).total_seconds() > _SAME_S:
                said = f"{other} of {move.lot} is planned at {_moment(planned[0])}, before it ends"
                yield BreachKind.PRECEDENCE, f"{said} at {_moment(end)}"

    def _open(self, move: PlanMove) -> Iterator[tuple[BreachKind, str]]:
        hours = self._hours[self._center[move.unit]]
        at = self._at(move.start)
        if hours.open_s(at, at + _SAME_S) <= 0.0:
            yield BreachKind.CLOSED, f"{move.unit} is closed at {_moment(move.start)}"

    def _alone(self, move: PlanMove, end: datetime) -> Iterator[tuple[BreachKind, str]]:
        """Operations on the unit at the same time, where the twin does not do both as planned."""
        own = self._now.get((move.lot, move.operation))
        for (lot, operation), (start, stop, unit) in self._planned.items():
            if unit != move.unit or (lot, operation) == (move.lot, move.operation):
                continue
            if (min(stop, end) - max(start, move.start)).total_seconds() <= _SAME_S:
                continue
            other = self._now.get((lot, operation))
            waits = own is None or (own[0] - move.start).total_seconds() > _SAME_S
            if waits or other is None or (other[0] - start).total_seconds() > _SAME_S:
                said = f"{move.unit} has {operation} of {lot} from {_moment(start)} to {_moment(stop)}"
                yield BreachKind.OVERLAP, said

    def _at(self, moment: datetime) -> float:
        return (moment - self._start).total_seconds()


def _moment(value: datetime) -> str:
    return value.isoformat(sep=" ", timespec="minutes")
