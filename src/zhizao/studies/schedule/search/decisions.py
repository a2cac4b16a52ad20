"""What a search decides for each operation of a plan, and how the twin decodes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.engine.decoder import Decoder
from zhizao.plant import Plant, PlantState
from zhizao.plant.query import job_orders
from zhizao.records import EVENTS, Activity
from zhizao.solvers.plans import Decisions, Structure
from zhizao.studies.schedule.holds import holds_of
from zhizao.studies.schedule.plan import FROZEN
from zhizao.studies.schedule.previous import Operation, Previous
from zhizao.studies.schedule.work import Lot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KEY_ZERO_S = 4e8
"""Keys of a search are written that much before the plant's start, in s: then no lot is ever early, and a
key is only a place in the order."""
_BEFORE_ALL_S = 1e8  # before any moment of a plan


def plan_frame(plant: Plant, lots: Sequence[Lot], previous: Previous | None = None) -> pl.DataFrame:
    """A plan that names every operation of every lot; when each is to start is decided later.

    What is frozen of an earlier plan has its unit, and its turn there.
    """
    rows = []
    for lot in lots:
        start_s = -_BEFORE_ALL_S
        for operation in lot.route:
            one, unit = (lot.id, operation.id), None
            start_s += 1e-6  # they stand in the order of the route
            frozen = previous is not None and one in previous.frozen
            if previous is not None and frozen:
                start_s, unit = max(start_s, previous.places[one].key_s), previous.places[one].unit
            start = plant.start + timedelta(seconds=start_s)
            rows.append((lot.order, *one, unit, Activity.PROCESS.value, start, frozen))
    columns = ("order", "lot", "operation", "unit", "activity", "start")
    schema = {name: EVENTS[name] for name in columns} | {FROZEN: pl.Boolean()}
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the operations of the lots stand in the plan's table: each has one row for each of its routes."""

    first: Ints  # [operations]: the first row of each, ascending
    rows: tuple[tuple[int, ...], ...]  # [operations]: all of them
    lot: Ints  # [operations]
    lot_first: Ints  # [lots]: the first row of each lot
    place: Ints  # [operations]: of the operation in the route of its lot


def operations_of(layout: Layout, lots: Sequence[Lot]) -> list[Operation]:
    """Lot and operation of each row of decisions."""
    return [
        (lots[lot].id, lots[lot].route[place].id)
        for lot, place in zip(layout.lot.tolist(), layout.place.tolist(), strict=True)
    ]


def decisions_of(
    rows: pl.DataFrame, layout: Layout, lots: Sequence[Lot], start: datetime, units: Mapping[str, int]
) -> Decisions:
    """The decisions that repeat a run: each operation in the order, and on the unit, that it had.

    `rows`: of its log; `start`: of the plant; `units`: rows of the units in the decoder's tables.
    """
    decisions = Decisions.blank(len(layout.first))
    place = {one: row for row, one in enumerate(operations_of(layout, lots))}
    works = (Activity.SETUP.value, Activity.PROCESS.value)
    kept = rows.filter(pl.col("activity").is_in(works)).select("lot", "operation", "unit", "start")
    seen: set[int] = set()
    for lot, operation, unit, began in kept.sort("start", maintain_order=True).iter_rows():
        row = place.get((lot, operation))
        if row is None or row in seen or unit not in units:
            continue
        seen.add(row)
        decisions.key[row] = (began - start).total_seconds()
        decisions.unit[row] = units[unit]
    return decisions


def layout_of(decoder: Decoder, plant: Plant, lots: Sequence[Lot]) -> Layout:
    """Find the rows of each operation in the table that was made of `plan_frame`."""
    tables, names = decoder.lowered.tables, decoder.lowered.names
    row_of_order = {name: row for row, name in enumerate(names.orders)}
    here = {lot.id: row for row, lot in enumerate(plant.wip)}
    orders = {order.id for order in job_orders(plant)}
    taken: dict[int, int] = {}
    first, rows, owner, lot_first, places = [], [], [], [], []
    for number, lot in enumerate(lots):
        order = here[lot.id] if lot.id in here and lot.order not in orders else row_of_order[lot.order]
        nth = taken.get(order, 0)
        taken[order] = nth + 1
        row = int(tables.lists[tables.orders[order]["plan"] + nth]) + 1
        lot_first.append(row)
        for place, operation in enumerate(lot.route):
            own = []
            while tables.plans[row]["step"] >= 0 and names.steps[tables.plans[row]["step"]] == operation.id:
                own.append(row)
                row += 1
            first.append(own[0])
            rows.append(tuple(own))
            owner.append(number)
            places.append(place)
    return Layout(
        np.array(first, np.int64),
        tuple(rows),
        np.array(owner, np.int64),
        np.array(lot_first, np.int64),
        np.array(places, np.int64),
    )


def structure_of(decoder: Decoder, layout: Layout, lots: Sequence[Lot]) -> Structure:
    """What the search may decide for each operation."""
    t = decoder.lowered.tables
    options, batches, least, most = [], [], [], []
    for own in layout.rows:
        step = t.steps[t.plans[own[0]]["step"]]
        ways = range(int(step["alt_first"]), int(step["alt_end"]))
        found = []
        for way in ways:
            center = t.centers[t.alternatives[way]["center"]]
            found += [(way, unit) for unit in range(int(center["unit_first"]), int(center["unit_end"]))]
        options.append(tuple(found))
        batch = int(t.alternatives[ways[0]]["batch"])
        batches.append(batch)
        least.append(int(t.batches[batch]["least"]) if batch >= 0 else 0)
        most.append(int(t.batches[batch]["most"]) if batch >= 0 else 0)
    orders: dict[str, int] = {}
    return Structure(
        lot=layout.lot,
        options=tuple(options),
        center_of_unit=np.array(t.units["center"], np.int64),
        batch=np.array(batches, np.int64),
        batch_least=np.array(least, np.int64),
        batch_most=np.array(most, np.int64),
        release=np.array([lot.release_s for lot in lots]),
        due=np.array([np.inf if lot.due_s is None else lot.due_s for lot in lots]),
        weight=np.array([float(lot.weight) for lot in lots]),
        order=np.array([orders.setdefault(lot.order, len(orders)) for lot in lots], np.int64),
        shared=bool(t.whole[0]["people"]),
    )


def begins_of(plant: Plant, lots: Sequence[Lot], layout: Layout) -> tuple[int, ...]:
    """By operation, the one at whose end its hold limit begins to run; -1: none that a delay can keep."""
    holds = holds_of(plant, lots)
    if not holds:
        return ()
    begins, first = [-1] * len(layout.first), np.searchsorted(layout.lot, np.arange(len(lots))).tolist()
    for hold in holds:
        if hold.begins is not None and hold.can_be_kept:
            begins[first[hold.lot] + hold.place] = first[hold.lot] + hold.begins
    return tuple(begins)


def decoder_for(
    plant: Plant, lots: Sequence[Lot], state: PlantState | None, previous: Previous | None = None
) -> Decoder:
    """The decoder of a plant (without randomness) for plans of these lots."""
    return Decoder(plant, plan_frame(plant, lots, previous), state)


def as_table(value: Any) -> Any:
    """A column of the decoder's tables as a plain array (views of record arrays are slow)."""
    return np.asarray(value).view(np.ndarray)
