"""The readable part of a state, from the columns of the kernels: the one place that reads them for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from zhizao.engine.lift import known_lots
from zhizao.engine.lower import Lowered
from zhizao.engine.state import events_ahead
from zhizao.kernels import tables as k
from zhizao.plant import Condition, LotPlace, LotState, PlantState, UnitSituation
from zhizao.plant.query import work_calendar
from zhizao.plant.query.transport import vehicle_places
from zhizao.quantities import working_intervals

_CONDITIONS = list(Condition)  # in the order of the kernels' states
_WORKS = (k.IN_SETUP, k.IN_PROCESS, k.IN_WAKE, k.WAITS)


def readable_state(lowered: Lowered, s: k.State, now: float, exact: str | None) -> PlantState:
    """Say what a state means, in the words of the plant.

    Parameters
    ----------
    s
        State with its units booked up to now.
    now
        Moment of the state, in s from the plant's start.
    exact
        Exact image that goes with it.
    """
    return PlantState(
        plant=lowered.plant.name,
        moment=lowered.plant.start + timedelta(seconds=now),
        lots=tuple(_lots(lowered, s, now)),
        units=tuple(_units(lowered, s, now)),
        stock={
            name: int(s.stocks.pieces[row])
            for row, name in enumerate(lowered.names.products)
            if lowered.tables.products.is_part[row]
        },
        personnel=_in_use(lowered, s),
        next_orders=_next_orders(lowered, s),
        exact=exact,
    )


# ---------------------------------------------------------------- lots
@dataclass(frozen=True, slots=True)
class _Spot:
    place: LotPlace
    center: int = -1
    unit: int = -1
    left: float | None = None


_OUTSIDE, _ON_THE_WAY = _Spot(LotPlace.OUTSIDE), _Spot(LotPlace.ON_THE_WAY)
_LOT_COLUMNS = ("product", "pieces", "priority", "special", "release", "due", "used")


def _lots(lowered: Lowered, s: k.State, now: float) -> Iterator[LotState]:
    names, start = lowered.names, lowered.plant.start
    rows = np.flatnonzero(s.lots.used > 0)
    rows = rows[np.argsort(s.lots.serial[rows], kind="stable")]
    columns = {name: s.lots[name][rows] for name in ("serial", "source", "order", "product")}
    known = known_lots(lowered, columns)
    lot_names, order_names = known.names.to_list(), known.orders.to_list()
    spots = _spots(lowered, s) | _delayed(lowered, s, now)
    x = {name: s.lots[name][rows].tolist() for name in _LOT_COLUMNS}
    steps = s.lots["step"][rows]
    steps = np.where(lowered.tables.steps.kind[steps] != k.OPERATION, s.trips["step"][rows], steps).tolist()
    for number, row in enumerate(rows.tolist()):
        spot = _OUTSIDE if x["used"][number] == 1 else spots.get(row, _ON_THE_WAY)
        due = x["due"][number]
        yield LotState(
            id=lot_names[number],
            product=names.products[x["product"][number]],
            pieces=x["pieces"][number],
            operation=names.steps[steps[number]],
            at=spot.place,
            work_center=names.centers[spot.center] if spot.center >= 0 else None,
            unit=names.units[spot.unit] if spot.unit >= 0 else None,
            left=spot.left,
            order=order_names[number],
            priority=x["priority"][number],
            hot=bool(x["special"][number] & k.HOT),
            release=start + timedelta(seconds=x["release"][number]),
            due=None if due >= k.NO_DUE else start + timedelta(seconds=due),
        )


def _spots(lowered: Lowered, s: k.State) -> dict[int, _Spot]:
    """Where each lot is that a work center or a means of transport knows of."""
    t, own = lowered.tables, int(lowered.tables.whole[0].centers_n)
    spots: dict[int, _Spot] = {}
    following, held = s.lots["next"].tolist(), _held(s)
    for center, head in enumerate(s.centers["head"].tolist()):
        spot = _Spot(LotPlace.WAITING if center < own else LotPlace.ON_THE_WAY, center)
        spots.update(dict.fromkeys(_chain(following, head), spot))
    for unit, x in enumerate(s.units):
        center = int(t.units.center[unit])
        works = x.phase in _WORKS
        place = LotPlace.IN_WORK if works else LotPlace.DONE
        left = float(x.left) if works and x.phase != k.WAITS else None
        for lot in _in_hand(x, held.get(unit, []), following):
            spots[lot] = _Spot(place if center < own else LotPlace.ON_THE_WAY, center, unit, left)
    for lot in np.flatnonzero((s.lots.used == 2) & (s.lots.in_cascade > 0)).tolist():
        place = LotPlace.IN_WORK if s.lots.in_cascade[lot] == 1 else LotPlace.DONE
        unit = int(s.lots.unit[lot])
        spots[lot] = _Spot(place, int(t.units.center[unit]), unit)
    aside = (s.lots.used == 2) & (s.lots.special & (k.BESIDE_UNIT | k.PARKED) > 0)
    for lot in np.flatnonzero(aside).tolist():
        if lot not in spots:
            spots[lot] = _Spot(LotPlace.DONE, int(s.lot_extra.center[lot]))
    return spots


def _delayed(lowered: Lowered, s: k.State, now: float) -> dict[int, _Spot]:
    """Lots in a delay, with what is left of it on its clock."""
    t, plant = lowered.tables, lowered.plant
    hours = {center.id: work_calendar(plant, center) for center in plant.work_centers}
    spots: dict[int, _Spot] = {}
    for event in events_ahead(s):
        if int(event["order"]) >> 56 != k.E_ARRIVE or event["token"] != k.NOTHING:
            continue
        lot, left = int(event["who"]), float(event["time"]) - now
        step, center = (
            t.steps[int(s.lots.step[lot])],
            int(t.alternatives.center[int(s.lots.alternative[lot])]),
        )
        if not step.delay:
            continue
        calendar = hours[lowered.names.centers[center]] if step.open_delay else None
        if calendar is not None:
            shifts = working_intervals(calendar, plant.start + timedelta(seconds=now), left)
            left = sum(end - start for start, end in shifts)
        spots[lot] = _Spot(LotPlace.ON_THE_WAY, center, left=left)
    return spots


def _chain(following: list[int], lot: int) -> Iterator[int]:
    while lot >= 0:
        yield lot
        lot = following[lot]


def _held(s: k.State) -> dict[int, list[int]]:
    """Lots by the unit that they are on, those in a cascade left out."""
    lots = np.flatnonzero((s.lots.used == 2) & (s.lots.unit >= 0) & (s.lots.in_cascade == 0))
    held: dict[int, list[int]] = {}
    for lot, unit in zip(lots.tolist(), s.lots["unit"][lots].tolist(), strict=True):
        held.setdefault(unit, []).append(lot)
    return held


def _in_hand(x: Any, held: list[int], following: list[int]) -> list[int]:
    """Lots that a unit holds: one, or a batch, of which some may have left."""
    lots = set(held)
    if x.lot >= 0 and x.in_hand == k.BATCH_IN_HAND and x.phase in _WORKS:
        lots |= set(_chain(following, int(x.lot)))
    return sorted(lots)


# ---------------------------------------------------------------- equipment
def _units(lowered: Lowered, s: k.State, now: float) -> Iterator[UnitSituation]:
    t, names = lowered.tables, lowered.names
    over = _activities_over(s)
    places = vehicle_places(lowered.plant)
    for unit, x in enumerate(s.units):
        center = names.centers[int(t.units.center[unit])]
        family, place = int(x.family), None
        if center in places:
            place, family = places[center][family], -1
        elif t.units.center[unit] >= t.whole[0].centers_n:
            family = -1
        until = over.get(unit) if x.downtime >= 0 else None
        yield UnitSituation(
            id=names.units[unit],
            state=_CONDITIONS[int(x.state)],
            setup_family=names.families[family] if family >= 0 else None,
            repair_left=None if until is None else until - now,
            place=place,
        )


def _activities_over(s: k.State) -> dict[int, float]:
    """When what each unit is at now will be over, in s."""
    return {
        int(event["who"]): float(event["time"])
        for event in events_ahead(s)
        if int(event["order"]) >> 56 == k.E_UNIT and event["token"] == s.units.token[event["who"]]
    }


# ---------------------------------------------------------------- the rest
def _in_use(lowered: Lowered, s: k.State) -> dict[str, int]:
    ids = (*lowered.names.personnel, *lowered.names.tools, *lowered.names.utilities)
    used = lowered.tables.resources["count"] - s.resources.free
    return {name: int(count) for name, count in zip(ids, used, strict=False)}


def _next_orders(lowered: Lowered, s: k.State) -> dict[str, Any]:
    start = lowered.plant.start
    times = {
        int(event["who"]): float(event["time"])
        for event in events_ahead(s)
        if int(event["order"]) >> 56 == k.E_SOURCE
    }
    return {f"S{row + 1}": start + timedelta(seconds=times[row]) for row in sorted(times)}
