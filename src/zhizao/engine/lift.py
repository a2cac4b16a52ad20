"""Lift the tables of a replication to records: row numbers become ids again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from zhizao.engine.columns import (
    Coded,
    Column,
    Moments,
    NullWhere,
    chosen,
    named,
    nothing,
    numbered,
    some,
    table,
    with_none,
)
from zhizao.engine.lower import Lowered
from zhizao.engine.standstill import standstill
from zhizao.engine.unfinished import batch_numbers, open_rows
from zhizao.kernels import tables as k
from zhizao.plant import equipment
from zhizao.plant.query.floors import network
from zhizao.plant.query.transport import on_floors
from zhizao.records import (
    EVENTS,
    LOTS,
    STATES,
    TRAFFIC,
    Activity,
    LotStatus,
    Records,
    TableFile,
    Traffic,
    UnitState,
)

_ACTIVITIES = [activity.value for activity in Activity]
_WORKS = np.isin(np.arange(len(_ACTIVITIES)), (k.A_SETUP, k.A_PROCESS, k.A_TRANSPORT))
_STATUSES = [status.value for status in LotStatus]
_STATES = [state.value for state in UnitState]
_PIECES = (
    ("pieces_in", "pieces_in"),
    ("pieces_good", "good"),
    ("pieces_scrap", "scrap"),
    ("pieces_rework", "rework"),
)
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """One replication in numbers; sums are those of the window."""

    log_pieces: tuple[Any, ...]  # rows of the log in order, as the loop filled them
    exit_pieces: tuple[Any, ...]  # lots that left, likewise
    state: k.State
    seconds: Any  # units x states, s
    priced: Any  # units x states, currency/kWh x s
    work_energy: Any  # units x 2: kWh and money that the work took beside the power of the unit
    worked: Any  # personnel in person-s, tools in tool-s, utilities in amount x s
    overtime: Any  # of personnel, in person-s; tools and utilities have none
    zones: Any  # zones x (visits, s held, s waited)
    trips: Any  # transporters x (trips on a floor, s of delay)
    operations: int
    log_file: TableFile | None = None  # in place of the pieces
    lot_file: TableFile | None = None

    @property
    def log(self) -> Any:
        """The log in one piece (a copy)."""
        return np.concatenate(self.log_pieces).view(np.recarray)

    @property
    def exits(self) -> Any:
        """The lots that left in one piece (a copy)."""
        return np.concatenate(self.exit_pieces).view(np.recarray)


def lift(lowered: Lowered, raw: Raw, window_start: float, window_end: float) -> Records:
    """Records of one replication, with the window in s from the plant's start."""
    start = lowered.plant.start
    lots, events = _in_memory(lowered, raw, window_start) if raw.lot_file is None else (raw.lot_file, None)
    used = _used(lowered, raw)
    return Records(
        start=start + timedelta(seconds=window_start),
        end=start + timedelta(seconds=window_end),
        lot_table=lots,
        events=events,
        states=_states(lowered, raw),
        personnel_s=used["personnel"],
        tools_s=used["tools"],
        utilities_s=used["utilities"],
        overtime_s={group: float(x) for group, x in zip(lowered.names.personnel, raw.overtime, strict=False)},
        event_file=raw.log_file,
        standstill=standstill(lowered, raw.state),
        traffic=_traffic(lowered, raw),
    )


def _traffic(lowered: Lowered, raw: Raw) -> Traffic | None:
    """What happened on the floors; None: there are none."""
    transport = lowered.plant.transport
    if not transport.floors:
        return None
    networks = [network(floor) for floor in transport.floors]
    at = np.concatenate([net.at for net in networks])
    columns = {
        "floor": np.repeat([floor.id for floor in transport.floors], [len(net.at) for net in networks]),
        "x_m": at[:, 0],
        "y_m": at[:, 1],
        "visits": raw.zones[:, 0].astype(np.int64),
        "held_s": raw.zones[:, 1],
        "waited_s": raw.zones[:, 2],
    }
    rows = dict(zip(lowered.names.centers[lowered.tables.whole[0].centers_n :], raw.trips, strict=True))
    trips = {name: rows[name] for name in on_floors(lowered.plant)}
    return Traffic(
        pl.DataFrame(columns, schema=TRAFFIC),
        {name: int(row[0]) for name, row in trips.items()},
        {name: float(row[1]) for name, row in trips.items()},
    )


def _in_memory(lowered: Lowered, raw: Raw, window_start: float) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Lots, and the log where there is one in memory."""
    lots = _lot_numbers(raw)
    known = known_lots(lowered, lots)
    wants_events = lowered.tables.whole[0].log == k.LOG_EVENTS and raw.log_pieces
    events = _events(lowered, raw, lots["serial"], known, window_start) if wants_events else None
    return _lots(lowered, lots, known), events


def _used(lowered: Lowered, raw: Raw) -> dict[str, dict[str, float]]:
    """What each group of people, tool and utility did."""
    names, worked = lowered.names, iter(float(x) for x in raw.worked)
    kinds = {"personnel": names.personnel, "tools": names.tools, "utilities": names.utilities}
    return {kind: dict(zip(own, worked, strict=False)) for kind, own in kinds.items()}


# ---------------------------------------------------------------- names
def _lot_names(serials: Any) -> pl.Series:
    return numbered("L", serials, 6)


def _order_names(lowered: Lowered, source: Any, order: Any) -> pl.Series:
    """An order of the table keeps its id; the n-th of stream s is called "S<s>-<n>"; a card is no order."""
    parts, places = [], []
    for number in np.flatnonzero(np.bincount(source - k.CARD)) + k.CARD:  # the least
        at = np.flatnonzero(source == number)
        if number == k.TABLE:
            parts.append(named(lowered.names.orders, order[at]).polars())
        elif number == k.CARD:
            parts.append(pl.Series([None] * len(at), dtype=pl.String))
        else:
            parts.append(numbered(f"S{number + 1}-", order[at] + 1))
        places.append(at)
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return pl.Series([], dtype=pl.String)
    back = np.empty(len(source), np.uint32)
    back[np.concatenate(places)] = np.arange(len(source), dtype=np.uint32)
    return pl.concat(parts)[pl.Series(back)]


@dataclass(frozen=True, slots=True, eq=False)
class KnownLots:
    """What records say of a lot, by row; the last row is "no lot"."""

    names: pl.Series
    orders: pl.Series
    products: Any


def known_lots(lowered: Lowered, lots: dict[str, Any]) -> KnownLots:
    """Names of lots from their serial, source, order and product."""
    return KnownLots(
        with_none(_lot_names(lots["serial"])),
        with_none(_order_names(lowered, lots["source"], lots["order"])),
        np.append(lots["product"], -1),
    )


# ---------------------------------------------------------------- lots
_LOT_FIELDS = tuple(k.EXIT.names or ())
_HERE_FIELDS = (*(name for name in k.LOT.names or () if name in _LOT_FIELDS), "started")


def lots_here(state: k.State, fields: Iterable[str]) -> dict[str, Any]:
    """Some columns of the lots that are in the plant."""
    rows = np.flatnonzero(state.lots["used"] == 2)
    return {name: state.lots[name][rows] for name in fields}


def still_here(state: k.State) -> Any:
    """The lots that are in the plant, as rows of those that left."""
    here = lots_here(state, _HERE_FIELDS)
    rows = np.zeros(len(here["serial"]), k.EXIT)
    started = here.pop("started")
    for name, column in here.items():
        rows[name] = column
    rows["pieces"] = started
    rows["good"] = 0
    rows["status"] = k.IN_PLANT
    return rows


def _lot_numbers(raw: Raw) -> dict[str, Any]:
    """All lots that were released, by serial number."""
    pieces = (*raw.exit_pieces, still_here(raw.state))
    columns = {name: np.empty(sum(map(len, pieces)), k.EXIT[name]) for name in _LOT_FIELDS}
    first = 0
    for piece in pieces:  # piece by piece, so that each is read while it is in the cache
        plain = piece.view(np.ndarray)
        for name, column in columns.items():
            column[first : first + len(piece)] = plain[name]
        first += len(piece)
    order = np.argsort(columns["serial"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


def lot_frame(lowered: Lowered, rows: Any) -> pl.DataFrame:
    """Table of some lots, from rows in order of serial numbers."""
    lots = {name: np.ascontiguousarray(rows[name]) for name in _LOT_FIELDS}
    return _lots(lowered, lots, known_lots(lowered, lots))


def _lots(lowered: Lowered, lots: dict[str, Any], known: KnownLots) -> pl.DataFrame:
    start, names = lowered.plant.start, lowered.names
    here = some(lots["status"] == k.IN_PLANT)
    columns = {
        "lot": known.names[:-1],
        "order": known.orders[:-1],
        "product": named(names.products, lots["product"]).polars(),
        "priority": pl.Series(lots["priority"]),
        "pieces": pl.Series(lots["pieces"]),
        "release": Moments(start, lots["release"], None).polars(),
        "started": Moments(start, lots["began"], some(lots["began"] >= k.NOT_BEGUN)).polars(),
        "due": Moments(start, lots["due"], some(lots["due"] >= k.NO_DUE)).polars(),
        "completed": Moments(start, lots["end"], here).polars(),
        "status": chosen(_STATUSES, lots["status"]),
        "pieces_good": NullWhere(lots["good"], here).polars(),
        "pieces_scrap": pl.Series(lots["scrap"]),
        "pieces_rework": pl.Series(lots["rework"]),
        "pieces_escaped": NullWhere(lots["escaped"], here).polars(),
        "limit_breaks": pl.Series(lots["breaks"])
        if _has_limits(lowered)
        else nothing(len(lots["serial"]), LOTS["limit_breaks"]),
    }
    return table(columns, LOTS)


def _has_limits(lowered: Lowered) -> bool:
    return bool((lowered.tables.steps.extras & k.X_LIMIT).any())


# ---------------------------------------------------------------- events
_CHOSEN_ACTIVITIES = with_none(pl.Series(_ACTIVITIES, dtype=EVENTS["activity"]))


def in_window(rows: Any, window_start: float) -> Any:
    """Rows that end in the window, and those that have not ended."""
    return rows if window_start <= 0.0 else rows[~(rows["end"] <= window_start)]


def with_transport(lowered: Lowered, rows: Any) -> Any:
    """Rows with the activity of legs: with the lot it is transport, before that a set-up."""
    if lowered.tables.whole[0].legs < 0:
        return rows
    rows = rows.copy()
    step, activity = rows["step"], rows["activity"].copy()
    trip = (step >= 0) & (lowered.tables.steps["kind"][step] != k.OPERATION)
    rows["activity"][trip & (activity == k.A_PROCESS)] = k.A_TRANSPORT
    rows["serial"][trip & (activity == k.A_SETUP)] = -1
    return rows


def event_columns(lowered: Lowered, rows: Any, lots: KnownLots, which: Any) -> dict[str, Column]:
    """Columns of the event log but `batch`; `which`: row of `lots` for each row of the log."""
    start, names = lowered.plant.start, lowered.names
    plain = rows.view(np.ndarray)
    log = {name: np.ascontiguousarray(plain[name]) for name in k.LOG.names or ()}
    centers = [names.centers[center] for center in names.center_of_unit]
    works = _WORKS[log["activity"]] & (log["serial"] >= 0)
    idle = None if works.all() else ~works
    return {
        "lot": Coded(lots.names, which),
        "order": Coded(lots.orders, which),
        "product": named(names.products, lots.products[which]),
        "operation": named(names.steps, log["step"]),
        "work_center": named(centers, log["unit"]),
        "unit": named(names.units, log["unit"]),
        "activity": Coded(_CHOSEN_ACTIVITIES, log["activity"].astype(np.uint32)),
        "start": Moments(start, log["start"], None),
        "end": Moments(start, log["end"], some(np.isnan(log["end"]))),
        **{column: NullWhere(log[field], idle) for column, field in _PIECES},
        "personnel": named(
            names.personnel, np.where(log["resource"] < len(names.personnel), log["resource"], -1)
        ),
    }


def _events(lowered: Lowered, raw: Raw, serials: Any, known: KnownLots, window_start: float) -> pl.DataFrame:
    """The event log, piece by piece: what is made on the way stays small, and so in the processor's cache."""
    n = len(serials)
    row_of = np.full(int(raw.state.clock[0].serial) + 1, n, np.uint32)  # no lot (-1) takes the last place
    row_of[serials] = np.arange(n, dtype=np.uint32)
    frames, batches = [], 0
    for piece in (*raw.log_pieces, open_rows(lowered, raw.state)):
        rows = with_transport(lowered, in_window(piece, window_start))
        columns = event_columns(lowered, rows, known, row_of[rows["serial"]])
        columns["batch"], batches = batch_column(lowered, rows, batches)
        frames.append(pl.DataFrame({name: column.polars() for name, column in columns.items()}))
    filled = [frame for frame in frames if frame.height] or frames[:1]
    return pl.concat(filled)


def batch_column(lowered: Lowered, rows: Any, before: int) -> tuple[Column, int]:
    """Names of batches, counted on from `before`, and how many there are then."""
    numbers, last = batch_numbers(lowered, rows, before)
    names = with_none(numbered("B", np.arange(before + 1, last + 1), 1))
    which = np.where(numbers > 0, numbers - before - 1, last - before).astype(np.uint32)
    return Coded(names, which), last


# ---------------------------------------------------------------- states
def _states(lowered: Lowered, raw: Raw) -> pl.DataFrame:
    plant, names = lowered.plant, lowered.names
    by_center = [[center.power.kw(state) for state in _STATES] for center in equipment(plant)]
    powers = np.array([by_center[center] for center in names.center_of_unit])
    energy = raw.seconds * powers / _HOUR_S
    energy[:, k.BUSY] += raw.work_energy[:, 0]
    if lowered.tables.whole[0].price_n > 0:
        cost = raw.priced * powers / _HOUR_S
        cost[:, k.BUSY] += raw.work_energy[:, 1]
    else:
        cost = energy * plant.tariff.default
    units = np.repeat(np.arange(len(names.units)), k.STATES)
    columns = {
        "work_center": named(names.centers, np.asarray(names.center_of_unit)[units]).polars(),
        "unit": named(names.units, units).polars(),
        "state": chosen(_STATES, np.tile(np.arange(k.STATES), len(names.units))),
        "seconds": pl.Series(raw.seconds.ravel()),
        "energy_kwh": pl.Series(energy.ravel()),
        "energy_cost": pl.Series(cost.ravel()),
    }
    return table(columns, STATES)
