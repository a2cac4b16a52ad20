"""An earlier plan, as far as it is still ahead, and what a run moves against it.

An operation is known by its lot and its id, and planned for the moment at which its unit is taken, set-up
included. `previous_plan` gives what a search needs to know of the earlier plan: `frozen` operations, which
keep unit and rank, and `keys` and `units` of all. `moved` compares any run with it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import NamedTuple

import polars as pl

from zhizao.plant import Plant, PlantState
from zhizao.quantities import InputError
from zhizao.records import EVENTS, HOLDS, Activity, conform
from zhizao.studies.schedule.plan import HOUR_S, NOT_BEFORE
from zhizao.studies.schedule.work import Lot

SHIFT_TOLERANCE_S = 3600.0
"""A start that shifts by no more than this is not a move: it is within what a shift notices."""
PER_MOVE_H = 0.1
"""Default price of an operation that goes to another unit or shifts in time, in hours of the objective."""
MOVES = ("unit", "order", "start", "not done")
"""Kinds of moves, in the order in which the first that applies is reported."""

COLUMNS = ("order", "lot", "product", "operation", "work_center", "unit", "activity", "start", "batch")

Operation = tuple[str, str]
"""Lot and operation."""


class Place(NamedTuple):
    """Where and when an operation is planned; `key_s`: when its unit is taken (s from the plant's start)."""

    key_s: float
    work_center: str | None
    unit: str | None
    batch: str | None
    not_before_s: float | None = None  # as key_s; None: it may start early


@dataclass(frozen=True, slots=True, eq=False)
class Previous:
    """An earlier plan, as far as it is still ahead, in the names and from the moment of today.

    `until_s`: end of the frozen zone; `new`: operations ahead of which the plan knows nothing; `dropped`: its
    operations that are done, in work or no longer to be done.
    """

    places: dict[Operation, Place]
    frozen: frozenset[Operation]
    until_s: float
    new: tuple[Operation, ...] = ()
    dropped: int = 0
    per_move_h: float = PER_MOVE_H
    tolerance_s: float = SHIFT_TOLERANCE_S
    begun: frozenset[Operation] = field(default_factory=frozenset)
    rows: pl.DataFrame | None = None  # the whole earlier plan
    pinned: frozenset[Operation] = field(default_factory=frozenset)  # do not start before they were to

    @property
    def held(self) -> dict[Operation, float]:
        """Before when pinned operations do not start, in s from the plant's start."""
        found = {one: self.places[one].not_before_s for one in self.pinned}
        return {one: until for one, until in found.items() if until is not None}

    @property
    def keys(self) -> dict[Operation, float]:
        """When the unit of each operation was to be taken, in s from the plant's start."""
        return {operation: place.key_s for operation, place in self.places.items()}


def previous_plan(
    plant: Plant,
    lots: Sequence[Lot],
    plan: pl.DataFrame,
    state: PlantState | None = None,
    *,
    freeze_s: float = 0.0,
    per_move_h: float = PER_MOVE_H,
) -> Previous:
    """What is still ahead of a plan.

    Parameters
    ----------
    plant, lots, state
        The plant as it starts now, its lots to be planned, and the state that it starts with.
    plan
        The earlier plan, an event log.
    freeze_s
        Length of the frozen zone from now on, in s.
    per_move_h
        Price of a moved operation, in hours of the objective; infinite: no gain is worth a move.

    Raises
    ------
    InputError
        An option is below 0, or nothing in the plan is of these lots.
    """
    if freeze_s < 0:
        raise InputError(f"freeze: found {freeze_s:g} s; right is 0 or more")
    if not per_move_h >= 0:
        raise InputError(f"per_move: found {per_move_h:g} h; right is 0 or more")
    before = by_lot(plan, plant.start)
    names = _same_lots(lots, before, state)
    places: dict[Operation, Place] = {}
    new = list[Operation]()
    units = {unit.id: center.id for center in plant.work_centers for unit in center.units}
    for lot in lots:
        known = before.get(names.get(lot.id, ("", "")), {})
        for operation in lot.route[1:] if lot.begun else lot.route:
            place = known.get(operation.id)
            able = {alternative.work_center for alternative in operation.on}
            if place is None or (place.unit is not None and units.get(place.unit) not in able):
                new.append((lot.id, operation.id))
            else:
                places[lot.id, operation.id] = place
    if not places:
        _nothing_ahead(lots, before, names)
    frozen = frozenset(one for one, place in places.items() if place.key_s < freeze_s)
    begun = frozenset((lot.id, lot.route[0].id) for lot in lots if lot.begun and lot.route)
    dropped = sum(len(operations) for operations in before.values()) - len(places)
    return Previous(places, frozen, freeze_s, tuple(new), dropped, per_move_h, begun=begun, rows=plan)


def pin(previous: Previous, pinned: Collection[Operation]) -> Previous:
    """Freeze operations that lie behind the frozen zone, with all before them on their unit.

    A unit takes its frozen operations in turn, and nothing else until the last of them.

    Raises
    ------
    InputError
        One is not ahead in the earlier plan.
    """
    last: dict[str | None, float] = {}
    for one in pinned:
        if one not in previous.places:
            raise InputError(f"pinned: found {one[1]} of {one[0]}, which is not ahead in the previous plan")
        place = previous.places[one]
        last[place.unit] = max(place.key_s, last.get(place.unit, -inf))
    more = (one for one, place in previous.places.items() if place.key_s <= last.get(place.unit, -inf))
    return replace(previous, frozen=previous.frozen.union(more), pinned=frozenset(pinned))


def _nothing_ahead(
    lots: Sequence[Lot], before: dict[Operation, dict[str, Place]], names: dict[str, Operation]
) -> None:
    if names or not before:
        return  # all of it is done
    found = ", ".join(sorted({order for order, _ in before})[:5])
    right = ", ".join(list(dict.fromkeys(lot.order for lot in lots))[:5])
    raise InputError(
        f"the previous plan has none of the orders to be planned: found {found}; right is {right}"
    )


# ---------------------------------------------------------------- the earlier plan
def _taken(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per lot and operation, with the moment at which its unit is taken, in order of it."""
    frame = conform(rows, {name: EVENTS[name] for name in COLUMNS} | HOLDS)
    frame = frame.filter(pl.col("start").is_not_null())
    activity = pl.col("activity").cast(pl.String)
    one = ["order", "lot", "operation"]
    set_up = (
        frame.filter(activity == Activity.SETUP.value)
        .group_by(one)
        .agg(pl.col("start").min().alias("set_up"))
    )
    work = frame.filter(activity.is_null() | (activity == Activity.PROCESS.value)).sort(
        "start", maintain_order=True
    )
    work = work.unique(one, keep="first", maintain_order=True).join(
        set_up, on=one, how="left", nulls_equal=True
    )
    taken = pl.min_horizontal("start", "set_up")
    together = taken.min().over("unit", "start", "batch")
    own = pl.when(pl.col("batch").is_null()).then(taken).otherwise(together)
    return work.with_columns(own.alias("taken")).sort("taken", maintain_order=True)


def by_lot(plan: pl.DataFrame, start: datetime) -> dict[Operation, dict[str, Place]]:
    """Places by (order, lot) and operation."""
    found: dict[Operation, dict[str, Place]] = {}
    columns = ("order", "lot", "operation", "work_center", "unit", "batch", "taken", NOT_BEFORE)
    for order, lot, operation, center, unit, batch, taken, held in _taken(plan).select(columns).iter_rows():
        not_before_s = None if held is None else (held - start).total_seconds()
        place = Place((taken - start).total_seconds(), center, unit, batch, not_before_s)
        found.setdefault((order or lot or "", lot or ""), {})[operation] = place
    return found


def _same_lots(
    lots: Sequence[Lot], before: dict[Operation, dict[str, Place]], state: PlantState | None
) -> dict[str, Operation]:
    """(Order, lot) of the earlier plan that each lot is.

    Lots of one name are the same. The others of an order are alike: of those that are left, the ones planned
    to end first are taken to be done, and the ones furthest on are those planned to end next.
    """
    by_name = {name: (order, name) for order, name in before}
    found = {lot.id: by_name[lot.id] for lot in lots if lot.id in by_name}
    of_order = {} if state is None else {lot.id: lot.order or lot.id for lot in state.lots}
    rest: dict[str, list[Lot]] = {}
    for lot in lots:
        if lot.id not in found:
            rest.setdefault(of_order.get(lot.id, lot.order), []).append(lot)
    taken = set(found.values())
    for order, own in rest.items():
        there = [one for one in before if one[0] == order and one not in taken]
        if all(lot.id in of_order for lot in own):
            there.sort(key=lambda one: (max(place.key_s for place in before[one].values()), _number(one[1])))
            own.sort(key=lambda lot: (len(lot.route), lot.begun is None, _number(lot.id)))
            there = there[max(0, len(there) - len(own)) :]
        else:
            there.sort(key=lambda one: _number(one[1]))
        found.update(zip((lot.id for lot in own), there, strict=False))
    return found


def _number(name: str) -> list[tuple[int, str]]:
    """Sorts names with the numbers in them by their size."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def broken(rows: pl.DataFrame, previous: Previous, start: datetime) -> int:
    """Count the frozen operations that do not keep their unit and their rank on it, or start too early."""
    wanted: dict[str | None, list[Operation]] = {}
    for one in sorted(previous.frozen, key=lambda one: (previous.places[one].key_s, one)):
        wanted.setdefault(previous.places[one].unit, []).append(one)
    sequences = _sequences(rows, previous)
    kept = 0
    for unit, own in wanted.items():
        if unit is None:
            kept += len(own)
            continue
        done = [one for one, _ in sequences.get(unit, [])]
        kept += sum(one == other for one, other in zip(own, done, strict=False))
    return len(previous.frozen) - kept + _too_early(sequences, previous, start)


def _too_early(
    sequences: Mapping[str, list[tuple[Operation, datetime]]], previous: Previous, start: datetime
) -> int:
    """Count the operations that start before they may."""
    taken = dict(one for own in sequences.values() for one in own) if previous.held else {}
    early_s = {
        one: held - (taken[one] - start).total_seconds()
        for one, held in previous.held.items()
        if one in taken
    }
    return sum(by > previous.tolerance_s for by in early_s.values())


def _sequences(rows: pl.DataFrame, previous: Previous) -> dict[str, list[tuple[Operation, datetime]]]:
    """Operations by unit in the order in which they take it; those in work at the start are left out."""
    found: dict[str, list[tuple[Operation, datetime]]] = {}
    last = (inf, ("", ""))
    for lot, operation, unit, taken in _taken(rows).select("lot", "operation", "unit", "taken").iter_rows():
        if (lot, operation) not in previous.begun:
            found.setdefault(unit, []).append(((lot, operation), taken))
    places = previous.places
    for own in found.values():  # lots of a batch take their unit together
        own.sort(key=lambda row: (row[1], (places[row[0]].key_s, row[0]) if row[0] in places else last))
    return found


# ---------------------------------------------------------------- moves
_MOVED: dict[str, pl.DataType | type[pl.DataType]] = {
    "lot": pl.String, "operation": pl.String, "move": pl.Enum(MOVES), "unit": pl.String,
    "previous_unit": pl.String, "start": pl.Datetime("us"), "previous_start": pl.Datetime("us"),
}  # fmt: skip


def moved(rows: pl.DataFrame, previous: Previous, start: datetime) -> pl.DataFrame:
    """The operations that a run moves against the earlier plan, in order of their earlier start.

    An operation is moved if its unit is another; or else its order on the unit (the fewest operations without
    which the order is as before); or else its start, by more than the tolerance. The start is the moment at
    which the unit is taken.

    Returns
    -------
    DataFrame
        lot, operation, move (one of `MOVES`), unit, previous_unit, start, previous_start.
    """
    places = previous.places
    now: dict[Operation, tuple[str, datetime]] = {}
    reordered: set[Operation] = set()
    for unit, own in _sequences(rows, previous).items():
        now.update({one: (unit, taken) for one, taken in own})
        stay = [one for one, _ in own if one in places and places[one].unit in (unit, None)]
        keys = [places[one].key_s for one in stay]
        reordered.update(stay[row] for row in _out_of_order(keys))
    found = []
    for one, place in sorted(places.items(), key=lambda item: (item[1].key_s, item[0])):
        then = start + timedelta(seconds=place.key_s)
        unit_now, taken_now = now.get(one, (None, None))
        move = None
        if taken_now is None:
            move = "not done"
        elif place.unit is not None and unit_now != place.unit:
            move = "unit"
        elif one in reordered:
            move = "order"
        elif abs((taken_now - then).total_seconds()) > previous.tolerance_s:
            move = "start"
        if move is not None:
            found.append((*one, move, unit_now, place.unit, taken_now, then))
    return pl.DataFrame(found, schema=_MOVED, orient="row")


def priced(moves: pl.DataFrame, tolerance_s: float) -> int:
    """How many of these moves have their price: not those that only change the order."""
    shift = (pl.col("start") - pl.col("previous_start")).dt.total_seconds(fractional=True).abs()
    return moves.filter(
        pl.col("move").cast(pl.String).is_in(["unit", "not done"]) | (shift > tolerance_s)
    ).height


def _out_of_order(keys: Sequence[float]) -> list[int]:
    """The fewest places without which the keys never fall (all but a longest non-decreasing subsequence)."""
    tails, ends, before = list[float](), list[int](), list[int]()
    for row, key in enumerate(keys):
        place = bisect_right(tails, key)
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [key]
        ends[place : place + 1] = [row]
    stay, row = set[int](), ends[-1] if ends else -1
    while row >= 0:
        stay.add(row)
        row = before[row]
    return [row for row in range(len(keys)) if row not in stay]


def in_words(rows: pl.DataFrame, previous: Previous, start: datetime) -> Iterator[str]:
    """What a plan changes of the earlier one, in sentences."""
    moves = moved(rows, previous, start)
    counts = dict(moves.group_by("move").len().iter_rows())
    kinds = {"unit": "to another unit", "order": "in another order", "start": "by more than "
             f"{previous.tolerance_s / HOUR_S:g} h", "not done": "never done"}  # fmt: skip
    named = ", ".join(f"{counts[kind]} {said}" for kind, said in kinds.items() if kind in counts)
    total = f"{moves.height:,} of {len(previous.places):,} operations ahead of the previous plan are moved"
    yield f"{total}: {named}." if named else f"{total}."
    if previous.frozen:
        out = broken(rows, previous, start)
        until = (start + timedelta(seconds=previous.until_s)).isoformat(sep=" ", timespec="minutes")
        zone = f" (until {until})" if previous.until_s > 0 else ""
        kept = f"{len(previous.frozen) - out:,} of {len(previous.frozen):,} frozen operations{zone}"
        yield (
            f"{kept} keep their unit and their order."
            if out
            else f"All {kept[kept.index('of') + 3 :]} are kept."
        )
