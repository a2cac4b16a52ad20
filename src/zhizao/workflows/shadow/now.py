"""The state of a live plant, from what its tags have said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from zhizao.connect.tags import TagReader
from zhizao.experiments.in_hand import InHand
from zhizao.plant import Condition, LotPlace, LotState, Plant, PlantState, UnitSituation
from zhizao.plant.model import Push
from zhizao.plant.query import followers, parts_of, routes_of
from zhizao.records import Activity

_Row = dict[str, Any]
_WORKS = (Activity.SETUP.value, Activity.PROCESS.value, Activity.INSPECT.value)
_SETUP = Activity.SETUP.value
_DOWN = (Condition.DOWN, Condition.MAINTENANCE)
_STOPS = [Activity.FAILURE.value, Activity.MAINTENANCE.value]


@dataclass(frozen=True, slots=True)
class Now:
    """The state of a plant, and what of it was not said but inferred or could not be known."""

    state: PlantState
    in_hand: Mapping[str, _Row]  # open row of each lot in work
    stops: Mapping[str, _Row]  # open row of each unit that is down
    stopped: Mapping[str, list[_Row]]  # of each unit with work in hand: stops that ended since it began
    inferred: tuple[str, ...]
    unknown: Mapping[str, datetime]  # units of which nobody knows what they do, and since when


def now(plant: Plant, reader: TagReader, moment: datetime) -> Now:
    """Give the state of a plant at the moment up to which its tags are read.

    A lot is where it was last said to go or, where nobody said it, at the operation after the last one that
    it has ended; that is named where the route leaves a choice. The time left of work in hand is by its mean.
    """
    events = reader.events()
    found = _Lots(plant, reader, events, moment)
    units = {one.id: one for one in InHand(plant, moment, strict=False).units(events)}
    states = reader.states()
    situations = []
    for unit, said in states.items():
        known = units.get(unit, UnitSituation(id=unit))
        condition = known.state if said is None else Condition(said.value)
        situations.append(known.model_copy(update={"state": condition}))
    found.inferred += [
        f"unit {one.id}: {one.state.value}, and the plant has no such stop there; taken as able to work"
        for one in units.values()
        if one.state in _DOWN and one.repair_left is None
    ]
    inside = {row["lot"]: row for row in found.open_rows if row["lot"] is not None}
    stops = events.filter(pl.col("activity").cast(pl.String).is_in(_STOPS)).sort("start", maintain_order=True)
    down = {row["unit"]: row for row in stops.filter(pl.col("end").is_null()).iter_rows(named=True)}
    begun = {row["unit"]: row["start"] for row in inside.values()}
    ended: dict[str, list[_Row]] = {unit: [] for unit in begun}
    for row in stops.filter(pl.col("unit").is_in(list(begun))).iter_rows(named=True):
        if row["end"] is not None and row["end"] > begun[row["unit"]]:
            ended[row["unit"]].append(row)
    state = PlantState(
        plant=plant.name, moment=moment, lots=found.lots(), units=tuple(situations), stock=found.stock()
    )
    return Now(state, inside, down, ended, tuple(found.inferred), reader.unknown_now())


_LOT = ("product", "pieces", "operation", "at", "unit", "order", "priority", "release", "due")


def differences(shadow: PlantState, plant: PlantState) -> list[str]:
    """Say in what two states of a plant differ that tags can tell: lots and units, not the times left.

    What a unit is set up for is not compared while a set-up is in hand.
    """
    found = [] if shadow.moment == plant.moment else [f"moment {shadow.moment}, not {plant.moment}"]
    here, there = ({lot.id: lot for lot in one.lots} for one in (shadow, plant))
    for lot in here.keys() | there.keys():
        mine, other = here.get(lot), there.get(lot)
        if mine is None or other is None:
            found.append(f"lot {lot}: only in the {'plant' if mine is None else 'shadow'}")
            continue
        pairs = [(name, getattr(mine, name), getattr(other, name)) for name in _LOT]
        found += [f"lot {lot}: {name} {ours}, not {theirs}" for name, ours, theirs in pairs if ours != theirs]
    situations = {one.id: one for one in plant.units}
    busy = {lot.unit for lot in plant.lots if lot.at is LotPlace.IN_WORK}
    for one in shadow.units:
        real = situations.get(one.id, UnitSituation(id=one.id))
        if one.state is not real.state:
            found.append(f"unit {one.id}: {one.state.value}, not {real.state.value}")
        if one.setup_family != real.setup_family and one.id not in busy:
            found.append(f"unit {one.id}: set up for {one.setup_family}, not {real.setup_family}")
    return sorted(found)


class _Lots:
    """Where each lot is."""

    def __init__(self, plant: Plant, reader: TagReader, events: pl.DataFrame, moment: datetime) -> None:
        self._plant, self._reader, self._moment = plant, reader, moment
        self._in_hand = InHand(plant, moment)
        self._events = events
        work = events.filter(pl.col("activity").cast(pl.String).is_in(list(_WORKS)))
        self.open_rows = work.filter(pl.col("end").is_null()).to_dicts()
        done = work.filter(pl.col("end").is_not_null() & (pl.col("activity").cast(pl.String) != _SETUP))
        ended = done.sort("end", maintain_order=True).group_by("lot", maintain_order=True).last()
        self._last = {row["lot"]: row for row in ended.iter_rows(named=True)}
        self._open = {row["lot"]: row for row in self.open_rows}
        self._pieces = reader.pieces()
        self.inferred: list[str] = []

    def lots(self) -> tuple[LotState, ...]:
        """Lots in the plant; those that wait by when they came to where they are."""
        found: list[tuple[datetime, int, LotState]] = []
        rows = self._reader.lots().filter(pl.col("completed").is_null() & pl.col("product").is_not_null())
        for number, row in enumerate(rows.iter_rows(named=True)):
            if row["release"] is None or row["release"] > self._moment:
                continue
            place = self._place(row)
            if place is not None:
                since, fields = place
                found.append((since, number, self._lot(row, fields)))
        return tuple(lot for _, _, lot in sorted(found, key=lambda one: one[:2]))

    def _place(self, row: _Row) -> tuple[datetime, dict[str, Any]] | None:
        lot = row["lot"]
        inside, last, move = self._open.get(lot), self._last.get(lot), self._reader.moves.get(lot)
        if inside is not None and inside["operation"] is not None:
            return inside["start"], self._in_work(inside, row)
        at = LotPlace.IN_WORK if move is None else LotPlace(move.at)
        if move is not None and at is not LotPlace.IN_WORK and (last is None or move.since >= last["end"]):
            passed = (self._moment - move.since).total_seconds()
            left = None if move.left_s is None else max(0.0, move.left_s - passed)
            fields = {
                "operation": move.operation,
                "at": at,
                "work_center": move.work_center,
                "unit": move.unit,
            }
            return move.since, fields | {"left": left if at is LotPlace.ON_THE_WAY else None}
        if last is None:
            return row["release"], self._first(row)
        return self._next(row, last)

    def _in_work(self, inside: _Row, row: _Row) -> dict[str, Any]:
        operation = self._operations(row["product"]).get(inside["operation"])
        left = None
        if operation is not None:
            left = self._in_hand.left_s(inside, operation, inside["pieces_in"] or row["pieces"] or 1)
        fields = {"operation": inside["operation"], "at": LotPlace.IN_WORK}
        return fields | {"work_center": inside["work_center"], "unit": inside["unit"], "left": left}

    def _first(self, row: _Row) -> dict[str, Any]:
        operations = list(self._operations(row["product"]))
        at = LotPlace.WAITING if isinstance(self._plant.release, Push) else LotPlace.OUTSIDE
        return {"operation": operations[0], "at": at}

    def _next(self, row: _Row, last: _Row) -> tuple[datetime, dict[str, Any]] | None:
        """Where a lot goes on after its last operation; None: it has left."""
        lot, product = row["lot"], self._plant.products[row["product"]]
        for route in routes_of(product):
            operations = self._plant.routes[route]
            numbers = [n for n, o in enumerate(operations) if o.id == last["operation"]]
            if not numbers:
                continue
            following = followers(operations, numbers[0])
            if not following:
                return None
            if len(following) > 1:
                names = ", ".join(o.id for o in following)
                self.inferred.append(f"lot {lot}: goes on to one of {names}; taken is the first")
            return last["end"], {"operation": following[0].id, "at": LotPlace.WAITING}
        self.inferred.append(f"lot {lot}: its operation {last['operation']!r} is on no route; it is left out")
        return None

    def _operations(self, product: str) -> dict[str, Any]:
        routes = routes_of(self._plant.products[product])
        return {o.id: o for route in routes for o in self._plant.routes[route]}

    def _lot(self, row: _Row, fields: dict[str, Any]) -> LotState:
        lot, last = row["lot"], self._last.get(row["lot"])
        good = None if last is None else last["pieces_good"]
        pieces = self._pieces.get(lot, good or row["pieces"] or 1)
        facts = {name: row[name] for name in ("product", "order", "priority", "release", "due")}
        return LotState(id=lot, pieces=max(1, pieces), **facts, **fields)

    def stock(self) -> dict[str, int]:
        """Pieces of parts in stock; nobody has said it: those of the start."""
        parts = parts_of(self._plant)
        if parts:
            self.inferred.append("stock of parts: not said by any tag; taken is that of the plant's start")
        return {name: self._plant.products[name].stock.initial for name in parts}
