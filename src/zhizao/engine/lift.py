"""Lift the tables of a replication to records: row numbers become ids again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from zhizao.engine.lower import Lowered
from zhizao.engine.unfinished import batch_numbers, open_rows
from zhizao.kernels import tables as k
from zhizao.plant import Plant
from zhizao.records import EVENTS, LOTS, STATES, Activity, LotStatus, Records, UnitState

_ACTIVITIES = [activity.value for activity in Activity]
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
    worked: Any  # personnel, person-s
    operations: int

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
    lots = _lot_numbers(raw)
    wants_events = lowered.tables.whole[0].log == k.LOG_EVENTS
    return Records(
        start=start + timedelta(seconds=window_start),
        end=start + timedelta(seconds=window_end),
        lots=_lots(lowered, lots),
        events=_events(lowered, raw, lots, window_start) if wants_events else None,
        states=_states(lowered, raw),
        personnel_s=dict(zip(lowered.names.crews, (float(x) for x in raw.worked), strict=True)),
    )


# ---------------------------------------------------------------- columns
def _named(names: list[str] | tuple[str, ...], numbers: Any) -> pl.Series:
    """Names by number; a number of -1 gives null."""
    known = pl.Series(["", *names], dtype=pl.String)
    known[0] = None
    return known.gather(np.asarray(numbers, np.int64) + 1)


def _chosen(names: list[str], numbers: Any) -> pl.Series:
    return pl.Series(names, dtype=pl.Enum(names)).gather(np.asarray(numbers, np.int64))


def _moments(plant: Plant, seconds: Any, known: Any) -> pl.Series:
    """Times of day, null where not known."""
    micro = np.rint(np.where(known, seconds, 0.0) * 1e6).astype(np.int64)
    zero = pl.Series([plant.start], dtype=pl.Datetime("us")).cast(pl.Int64)[0]
    column = pl.Series(micro + zero).cast(pl.Datetime("us"))
    return column if known.all() else column.set(pl.Series(~known), None)


def _lot_names(serials: Any) -> pl.Series:
    numbers = pl.DataFrame({"lot": np.asarray(serials, np.int64)})
    return numbers.select(pl.format("L{}", pl.col("lot").cast(pl.String).str.zfill(6)).alias("lot"))["lot"]


def _order_names(lowered: Lowered, source: Any, order: Any) -> pl.Series:
    """An order of the table keeps its id; the n-th of stream s is called "S<s>-<n>"."""
    frame = pl.DataFrame({"source": np.asarray(source, np.int64), "order": np.asarray(order, np.int64)})
    made = frame.select(
        pl.format("S{}-{}", pl.col("source") + 1, pl.col("order") + 1).alias("name"),
    )["name"]
    tabled = np.asarray(source) == k.TABLE
    if not tabled.any():
        return made
    return _named(lowered.names.orders, np.where(tabled, order, -1)).to_frame("own").select(
        pl.coalesce(pl.col("own"), made.alias("made"))
    )["own"]  # fmt: skip


# ---------------------------------------------------------------- lots
_LOT_FIELDS = tuple(k.EXIT.names or ())


def _lot_numbers(raw: Any) -> dict[str, Any]:
    """All lots that were released, by serial number: those that left, then those still there."""
    s = raw.state
    here = s.lots[s.lots.used == 2]
    n = len(here)
    there: dict[str, Any] = {
        "serial": here.serial, "source": here.source, "order": here.order, "product": here["product"],
        "status": np.full(n, k.IN_PLANT), "priority": here.priority, "release": here.release, "due": here.due,
        "end": np.zeros(n), "pieces": here.started, "good": np.zeros(n), "scrap": here.scrap,
        "rework": here.rework, "escaped": np.zeros(n),
        "breaks": here.breaks,
    }  # fmt: skip
    pieces = raw.exit_pieces
    columns = {name: np.concatenate([*(p[name] for p in pieces), there[name]]) for name in _LOT_FIELDS}
    order = np.argsort(columns["serial"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


def _lots(lowered: Lowered, lots: dict[str, Any]) -> pl.DataFrame:
    plant, names = lowered.plant, lowered.names
    left = lots["status"] != k.IN_PLANT
    frame = pl.DataFrame(
        {
            "lot": _lot_names(lots["serial"]),
            "order": _order_names(lowered, lots["source"], lots["order"]),
            "product": _named(names.products, lots["product"]),
            "priority": lots["priority"],
            "pieces": lots["pieces"],
            "release": _moments(plant, lots["release"], np.isfinite(lots["release"])),
            "due": _moments(plant, lots["due"], lots["due"] < k.NO_DUE),
            "completed": _moments(plant, lots["end"], left),
            "status": _chosen(_STATUSES, lots["status"]),
            "pieces_good": pl.Series(lots["good"]).set(pl.Series(~left), None),
            "pieces_scrap": lots["scrap"],
            "pieces_rework": lots["rework"],
            "pieces_escaped": pl.Series(lots["escaped"]).set(pl.Series(~left), None),
            "limit_breaks": lots["breaks"] if _has_limits(plant) else None,
        }
    )
    return frame.cast(LOTS)  # type: ignore[arg-type]


def _has_limits(plant: Plant) -> bool:
    return any(operation.queue_at_most is not None for route in plant.routes.values() for operation in route)


# ---------------------------------------------------------------- events
def _in_window(raw: Raw, still_open: Any, window_start: float) -> dict[str, Any]:
    """Columns of the rows that end in the window, and of those that have not ended."""
    pieces = [*raw.log_pieces, still_open]
    if window_start > 0.0:
        pieces = [piece[~(piece["end"] <= window_start)] for piece in pieces]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in k.LOG.names or ()}


def _batch_names(lowered: Lowered, log: dict[str, Any]) -> pl.Series:
    numbers = batch_numbers(lowered, log, 0)
    return _named([f"B{number}" for number in range(1, int(numbers.max(initial=0)) + 1)], numbers - 1)


def _events(lowered: Lowered, raw: Raw, lots: dict[str, Any], window_start: float) -> pl.DataFrame:
    plant, names = lowered.plant, lowered.names
    log = _in_window(raw, open_rows(lowered, raw.state), window_start)
    by_serial = np.full(int(raw.state.clock[0].serial) + 1, -1, np.int64)
    by_serial[lots["serial"]] = np.arange(len(lots["serial"]))
    lot = by_serial[log["serial"]]  # -1 (no lot) takes the last place, which is -1
    known = lot >= 0
    products = np.append(lots["product"], -1)  # as above: no lot takes the last place
    centers = np.asarray(lowered.names.center_of_unit, np.int64)[log["unit"]]
    order_names = _order_names(lowered, lots["source"], lots["order"])
    works = np.isin(log["activity"], (k.A_SETUP, k.A_PROCESS))
    frame = pl.DataFrame(
        {
            "lot": _lot_names(log["serial"]).set(pl.Series(~known), None),
            "order": _named(order_names.to_list(), lot),
            "product": _named(names.products, products[lot]),
            "operation": _named(names.steps, log["step"]),
            "work_center": _named(names.centers, centers),
            "unit": _named(names.units, log["unit"]),
            "activity": _chosen(_ACTIVITIES, log["activity"]),
            "start": _moments(plant, log["start"], np.isfinite(log["start"])),
            "end": _moments(plant, log["end"], np.isfinite(log["end"])),
            **{column: pl.Series(log[field]).set(pl.Series(~works), None) for column, field in _PIECES},
            "personnel": _named(names.crews, log["crew"]),
            "batch": _batch_names(lowered, log),
        }
    )
    return frame.cast(EVENTS)  # type: ignore[arg-type]


# ---------------------------------------------------------------- states
def _states(lowered: Lowered, raw: Raw) -> pl.DataFrame:
    plant, names = lowered.plant, lowered.names
    by_center = [[center.power.kw(state) for state in _STATES] for center in plant.work_centers]
    powers = np.array([by_center[center] for center in names.center_of_unit])
    energy = raw.seconds * powers / _HOUR_S
    if lowered.tables.whole[0].price_n > 0:
        cost = raw.priced * powers / _HOUR_S
    else:
        cost = energy * plant.tariff.default
    units = np.repeat(np.arange(len(names.units)), k.STATES)
    frame = pl.DataFrame(
        {
            "work_center": _named(names.centers, np.asarray(names.center_of_unit)[units]),
            "unit": _named(names.units, units),
            "state": _chosen(_STATES, np.tile(np.arange(k.STATES), len(names.units))),
            "seconds": raw.seconds.ravel(),
            "energy_kwh": energy.ravel(),
            "energy_cost": cost.ravel(),
        }
    )
    return frame.cast(STATES)  # type: ignore[arg-type]
