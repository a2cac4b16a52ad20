"""The state of a plant by a log of what really happened to its orders: the plan goes on from there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from zhizao.experiments.in_hand import InHand
from zhizao.plant import LotPlace, LotState, Operation, Plant, PlantState
from zhizao.plant.certain import without_randomness
from zhizao.plant.model import Push
from zhizao.plant.query import job_orders, parts_of
from zhizao.quantities import InputError
from zhizao.records import EVENTS, Activity, conform
from zhizao.studies.schedule.work import Lot, lots_to_plan

_SETUP = Activity.SETUP.value
_DOWN = (Activity.FAILURE.value, Activity.MAINTENANCE.value)
_WORK = (Activity.PROCESS.value, Activity.INSPECT.value)
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Actuals:
    """A state, and how it was found: lots that are done, and the number of rows of other lots."""

    state: PlantState
    done: tuple[str, ...]
    other_rows: int

    def __str__(self) -> str:
        inside = sum(lot.at is LotPlace.IN_WORK for lot in self.state.lots)
        moment = self.state.moment.isoformat(sep=" ", timespec="seconds")
        others = f"; {self.other_rows:,} rows of other lots are not taken" if self.other_rows else ""
        return (
            f"state of {moment}: {len(self.done):,} lots done, {inside:,} in work, "
            f"{len(self.state.lots) - inside:,} waiting{others}"
        )


def state_of(plant: Plant, log: pl.DataFrame) -> Actuals:
    """The state of a plant at the last moment of a log.

    Lots are those of the plant's orders: by their name, or by order, the first of the log for the first of
    the order. A lot waits for the operation after the last one that it has ended. Work without an end is in
    hand; of its mean time, what the work center was open since its start is over. A unit is set up for the
    last operation on it. A part is in stock that was made and not yet built in.

    Parameters
    ----------
    log
        An event log; times local to the plant.

    Raises
    ------
    InputError
        No row is of a lot to be planned, the log ends before the plant's start, a lot does an operation that
        is not on its way, or a unit is down that never is in the plant.
    """
    events = conform(log, EVENTS)
    moment = events.select(pl.max_horizontal(pl.col("start").max(), pl.col("end").max())).item()
    if moment is None or moment < plant.start:
        raise InputError(
            f"actuals: found {moment} as the last moment, before the plant's start, {plant.start}"
        )
    lots = lots_to_plan(without_randomness(plant))
    by_lot, others = _rows_by_lot(lots, events)
    if not by_lot:
        names = ", ".join(lot.id for lot in lots[:3])
        raise InputError(f"actuals: found no row of the lots to be planned ({names} …); check lot and order")
    reader = _Reader(plant, moment)
    found, done = list[tuple[datetime, LotState]](), list[str]()
    for lot in lots:
        rows = by_lot.get(lot.id, [])
        if not rows and lot.release_s > (moment - plant.start).total_seconds():
            continue
        state = reader.lot(lot, rows)
        if state is None:
            done.append(lot.id)
        else:
            found.append(state)
    found.sort(key=lambda since: since[0])
    return Actuals(
        PlantState(
            plant=plant.name,
            moment=moment,
            lots=tuple(state for _, state in found),
            units=tuple(reader.in_hand.units(events.sort("start", maintain_order=True))),
            stock=_stock(plant, lots, by_lot, done),
        ),
        tuple(done),
        others,
    )


def _rows_by_lot(lots: Sequence[Lot], events: pl.DataFrame) -> tuple[dict[str, list[_Row]], int]:
    """Rows of each lot to be planned in order of start, and the number of rows of others."""
    named: dict[tuple[str | None, str | None], list[_Row]] = {}
    for row in events.sort("start", maintain_order=True).iter_rows(named=True):
        if row["lot"] is not None or row["order"] is not None:
            named.setdefault((row["order"], row["lot"]), []).append(row)
    total = sum(map(len, named.values()))
    found: dict[str, list[_Row]] = {}
    by_id = {lot.id for lot in lots}
    for key in [key for key in named if key[1] in by_id]:
        found.setdefault(str(key[1]), []).extend(named.pop(key))
    of_order: dict[str, list[str]] = {}
    for lot in lots:
        if lot.id not in found:
            of_order.setdefault(lot.order, []).append(lot.id)
    for key in sorted(named, key=lambda key: _number(key[1] or "")):
        free = of_order.get(key[0] or "")
        if free:
            found[free.pop(0)] = named[key]
    return found, total - sum(map(len, found.values()))


def _number(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


class _Reader:
    """Reads lots and units of a plant without randomness off their rows."""

    def __init__(self, plant: Plant, moment: datetime) -> None:
        self._plant, self._moment = without_randomness(plant), moment
        self.in_hand = InHand(self._plant, moment)
        self._priority = {order.id: order.priority for order in job_orders(plant)}
        self._priority |= {lot.id: lot.priority for lot in plant.wip}

    def lot(self, lot: Lot, rows: Sequence[_Row]) -> tuple[datetime, LotState] | None:
        """(Since when, state) of a lot; None: it is done."""
        place = {operation.id: row for row, operation in enumerate(lot.route)}
        begun, since, pieces = -1, self._release(lot), lot.pieces
        open_row: _Row | None = None
        for row in rows:
            if row["operation"] not in place:
                right = ", ".join(place)
                raise InputError(
                    f"actuals: lot {row['lot']!r}: found operation {row['operation']!r}; "
                    f"right is one of {right}"
                )
            if row["activity"] not in (None, _SETUP, *_WORK):
                continue
            if row["end"] is None:
                open_row = row
            elif row["activity"] != _SETUP:
                begun, since = place[row["operation"]], row["end"]
                pieces = pieces if row["pieces_good"] is None else row["pieces_good"]
        if begun + 1 == len(lot.route) or pieces < 1:
            return None
        return since, self._state(lot, pieces, lot.route[begun + 1], open_row)

    def _state(self, lot: Lot, pieces: int, operation: Operation, row: _Row | None) -> LotState:
        start = self._plant.start
        unit = None if row is None else row["unit"]
        if unit is not None and unit not in self.in_hand.centers:
            raise InputError(f"actuals: lot {lot.id!r}: found unit {unit!r}, which the plant does not have")
        inside = row is not None and unit is not None
        waits = LotPlace.WAITING if isinstance(self._plant.release, Push) else LotPlace.OUTSIDE
        at = waits if operation is lot.route[0] else LotPlace.WAITING
        return LotState(
            id=lot.id,
            product=lot.product,
            pieces=pieces,
            operation=operation.id,
            at=LotPlace.IN_WORK if inside else at,
            unit=unit,
            left=self.in_hand.left_s(row, operation, pieces) if inside and row is not None else None,
            order=lot.order,
            priority=self._priority.get(lot.order),
            release=self._release(lot),
            due=None if lot.due_s is None else start + timedelta(seconds=lot.due_s),
        )

    def _release(self, lot: Lot) -> datetime:
        return min(self._moment, self._plant.start + timedelta(seconds=lot.release_s))


def _stock(
    plant: Plant, lots: Sequence[Lot], by_lot: dict[str, list[_Row]], done: Sequence[str]
) -> dict[str, int]:
    """Pieces of each part: those of the start, and those made, less those built in."""
    stock = {name: plant.products[name].stock.initial for name in parts_of(plant)}
    for lot in lots:
        operations, begun, pieces = {o.id: o for o in lot.route}, set[str](), lot.pieces
        for row in by_lot.get(lot.id, []):
            operation = operations[row["operation"]]
            if row["activity"] not in (None, *_WORK):
                continue
            if operation.id not in begun:  # parts are taken at the start
                begun.add(operation.id)
                for name, each in operation.parts.items():
                    stock[name] -= each * pieces
            if row["end"] is not None:
                pieces = pieces if row["pieces_good"] is None else row["pieces_good"]
                for name, each in operation.makes.items():
                    stock[name] = stock.get(name, 0) + each * pieces
        if lot.id in done and lot.product in stock:
            stock[lot.product] += pieces
    parts = parts_of(plant)
    return {name: max(0, pieces) for name, pieces in stock.items() if name in parts}
