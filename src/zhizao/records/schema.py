"""Schemas of the event log and of the tables that go with it (column, dtype, unit)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import polars as pl

from zhizao.records.table_file import TableFile


class Activity(Enum):
    """What a row of the event log is about."""

    SETUP = "setup"
    PROCESS = "process"
    INSPECT = "inspect"
    TRANSPORT = "transport"
    FAILURE = "failure"
    MAINTENANCE = "maintenance"


class UnitState(Enum):
    """State of a unit at one moment; the states of a unit add up to the window."""

    OFF = "off"  # its calendar is closed (work in hand is paused)
    IDLE = "idle"
    SETUP = "setup"
    BUSY = "busy"
    BLOCKED = "blocked"  # work is done, the next buffer is full
    WAITING = "waiting"  # work in hand rests because its personnel are not there
    DOWN = "down"
    MAINTENANCE = "maintenance"
    STANDBY = "standby"  # idle for long, with less power
    START_UP = "start-up"  # starts up, wakes up or shuts down


class LotStatus(Enum):
    """Where a lot stands at the end of the window."""

    COMPLETED = "completed"
    SCRAPPED = "scrapped"
    IN_PROCESS = "in-process"
    STOCKED = "stocked"  # done, and in stock as a part of other products


_TIME = pl.Datetime("us")
_NAME = pl.String

EVENTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "lot": _NAME,  # null for failure and maintenance of an empty unit
    "order": _NAME,
    "product": _NAME,
    "operation": _NAME,
    "work_center": _NAME,
    "unit": _NAME,
    "activity": pl.Enum([a.value for a in Activity]),
    "start": _TIME,  # local time of the plant
    "end": _TIME,  # null: still running when the window ended
    "pieces_in": pl.Int64,
    "pieces_good": pl.Int64,
    "pieces_scrap": pl.Int64,
    "pieces_rework": pl.Int64,
    "personnel": _NAME,
    "batch": _NAME,
}
"""One row per finished activity of a lot on a unit; columns that a factory lacks are null."""

HOLDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "not_before": _TIME,  # it does not start before that; null: it may start early
    "frozen": pl.Boolean,  # its unit takes nothing else before it
}
"""Columns that a plan may have beside those of `EVENTS`."""

LOTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "lot": _NAME,
    "order": _NAME,
    "product": _NAME,
    "priority": pl.Float64,
    "pieces": pl.Int64,  # at release
    "release": _TIME,
    "started": _TIME,  # start of its first activity; null before that, or where nobody can know
    "due": _TIME,
    "completed": _TIME,  # null while in process; time of scrapping for a scrapped lot
    "status": pl.Enum([s.value for s in LotStatus]),
    "pieces_good": pl.Int64,  # pieces that left as good as far as anyone knew
    "pieces_scrap": pl.Int64,
    "pieces_rework": pl.Int64,  # pieces that went back, counted each time
    "pieces_escaped": pl.Int64,  # among pieces_good: defective and not found; null where nobody can know
    "limit_breaks": pl.Int64,  # queue limits that it broke; null where nobody can know
}
"""One row per lot."""

STATES: dict[str, pl.DataType | type[pl.DataType]] = {
    "work_center": _NAME,
    "unit": _NAME,
    "state": pl.Enum([s.value for s in UnitState]),
    "seconds": pl.Float64,  # within the window
    "energy_kwh": pl.Float64,
    "energy_cost": pl.Float64,  # currency, at the tariff of the moment
}
"""One row per unit and state."""

TRAFFIC: dict[str, pl.DataType | type[pl.DataType]] = {
    "floor": _NAME,
    "x_m": pl.Float64,  # centre of the zone on the layout
    "y_m": pl.Float64,
    "visits": pl.Int64,
    "held_s": pl.Float64,  # that the zone was claimed by a vehicle
    "waited_s": pl.Float64,  # that vehicles waited in it, or beside it to set off
}
"""One row per zone of a floor."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A lot in a deadlock: its name, what it holds or where it is, what it waits for."""

    lot: str
    holds: str
    waits_for: str


@dataclass(frozen=True, slots=True)
class Standstill:
    """What can never go on in a run, and since when. `ring`: the lots in `holds` hold each other.

    `holds` are the ring, or the first lots that wait for what does not come; `lots`: all in the plant.
    """

    since: datetime
    ring: bool
    lots: int
    holds: tuple[Hold, ...]

    def __str__(self) -> str:
        said = "; ".join(f"{hold.lot} {hold.holds}, waits for {hold.waits_for}" for hold in self.holds)
        kind = "Deadlock" if self.ring else "Standstill"
        return f"{kind} since {self.since.isoformat(sep=' ', timespec='seconds')}: {said}."


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """What vehicles did on floors: `zones` as in `TRAFFIC`; by fleet, its trips and their delay by others, s.

    A trip counts when its vehicle is ready to set off.
    """

    zones: pl.DataFrame
    trips: dict[str, int]
    delayed_s: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What one factory (or one replication of its twin) did within a window.

    `events` may be None (the twin ran without its log); `states` may be None (a factory's log, from which
    `zhizao.kpi` derives them). `personnel_s` maps a personnel id to person-seconds of work in the window,
    `overtime_s` to those of them outside its calendar,
    `tools_s` a tool id to tool-seconds in use, `utilities_s` a utility id to its amount in use times seconds.
    A log that is too large for memory is `event_file` instead: `with_events` reads it, `scan_events` gives it
    to Polars without reading it. Likewise `lot_table` may be a file: `lots` reads it each time, `scan_lots`
    gives it to Polars. `standstill`: what can never go on at the end of a run of the twin. `traffic`: what
    its vehicles did on floors.
    """

    start: datetime
    end: datetime
    lot_table: pl.DataFrame | TableFile
    events: pl.DataFrame | None = None
    states: pl.DataFrame | None = None
    personnel_s: dict[str, float] | None = None
    tools_s: dict[str, float] | None = None
    utilities_s: dict[str, float] | None = None
    event_file: TableFile | None = None
    standstill: Standstill | None = None
    overtime_s: dict[str, float] | None = None
    traffic: Traffic | None = None

    @property
    def lots(self) -> pl.DataFrame:
        """The lots in memory."""
        if isinstance(self.lot_table, pl.DataFrame):
            return self.lot_table
        return scan_lots(self).collect()


def scan_lots(records: Records) -> pl.LazyFrame:
    """Give the lots to Polars without reading them, wherever they are."""
    table = records.lot_table
    if isinstance(table, pl.DataFrame):
        return table.lazy()
    return pl.scan_parquet(table.path).cast(LOTS)  # type: ignore[arg-type]


def lots_alone(records: Records) -> Records:
    """The window and the lots: what is kept of many replications."""
    return Records(records.start, records.end, records.lot_table, standstill=records.standstill)
