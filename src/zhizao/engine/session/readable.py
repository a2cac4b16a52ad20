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
from zhizao.plant.query.transport import vehicle_places

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
        lots=tuple(_lots(lowered, s)),
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


def _lots(lowered: Lowered, s: k.State) -> Iterator[LotState]:
    names, start = lowered.names, lowered.plant.start
    rows = np.flatnonzero(s.lots.used > 0)
    rows = rows[np.argsort(s.lots.serial[rows], kind="stable")]
    columns = {name: s.lots[name][rows] for name in ("serial", "source", "order", "product")}
    known = known_lots(lowered, columns)
    spots = _spots(lowered, s)
    for number, row in enumerate(rows.tolist()):
        x, spot = s.lots[row], spots.get(row, _Spot(LotPlace.ON_THE_WAY))
        if x.used == 1:
            spot = _Spot(LotPlace.OUTSIDE)
        step = int(x.step)
        if lowered.tables.steps.kind[step] != k.OPERATION:
            step = int(s.trips.step[row])
        yield LotState(
            id=known.names[number],
            product=names.products[int(x["product"])],
            pieces=int(x.pieces),
            operation=names.steps[step],
            at=spot.place,
            work_center=names.centers[spot.center] if spot.center >= 0 else None,
            unit=names.units[spot.unit] if spot.unit >= 0 else None,
            left=spot.left,
            order=known.orders[number],
            priority=float(x.priority),
            hot=bool(x.special & k.HOT),
            release=start + timedelta(seconds=float(x.release)),
            due=None if x.due >= k.NO_DUE else start + timedelta(seconds=float(x.due)),
        )


def _spots(lowered: Lowered, s: k.State) -> dict[int, _Spot]:
    """Where each lot is that a work center or a means of transport knows of."""
    t, own = lowered.tables, int(lowered.tables.whole[0].centers_n)
    spots: dict[int, _Spot] = {}
    for center, x in enumerate(s.centers):
        place = LotPlace.WAITING if center < own else LotPlace.ON_THE_WAY
        for lot in _chain(s, int(x.head)):
            spots[lot] = _Spot(place, center)
    for unit, x in enumerate(s.units):
        center = int(t.units.center[unit])
        works = x.phase in _WORKS
        place = LotPlace.IN_WORK if works else LotPlace.DONE
        left = float(x.left) if works and x.phase != k.WAITS else None
        for lot in _in_hand(s, unit):
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


def _chain(s: k.State, lot: int) -> Iterator[int]:
    while lot >= 0:
        yield lot
        lot = int(s.lots.next[lot])


def _in_hand(s: k.State, unit: int) -> Iterator[int]:
    """Lots that a unit holds: one, or a batch, of which some may have left."""
    held = (s.lots.used == 2) & (s.lots.unit == unit) & (s.lots.in_cascade == 0)
    x = s.units[unit]
    lots = set(np.flatnonzero(held).tolist())
    if x.lot >= 0 and x.in_hand == k.BATCH_IN_HAND and x.phase in _WORKS:
        lots |= set(_chain(s, int(x.lot)))
    yield from sorted(lots)


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
