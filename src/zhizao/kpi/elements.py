"""Elements: the measured quantities from which every KPI is calculated (ISO 22400-2:2014, clause 5).

The same functions read a factory's log and the twin's records. What cannot be known is nan, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import isnan, nan
from typing import TYPE_CHECKING

import polars as pl

from zhizao.kpi.costs import Costs, costs_of_center, costs_of_plant
from zhizao.kpi.flow import Flow, left_within, sold_lots
from zhizao.kpi.planned import planned_seconds
from zhizao.kpi.states import placed, states_from_events
from zhizao.plant.query.transport import transporter_ids
from zhizao.records.schema import Activity, LotStatus, Records, UnitState, scan_lots

if TYPE_CHECKING:
    from zhizao.plant.model import Plant

_WORK = (Activity.PROCESS.value, Activity.INSPECT.value)
_PARTS = ["pieces_good", "pieces_scrap", "pieces_rework"]


class Level(Enum):
    """What a set of elements describes."""

    UNIT = "unit"
    WORK_CENTER = "work_center"
    PLANT = "plant"


@dataclass(frozen=True, slots=True)
class Times:
    """Time elements in unit-seconds within the window; the states add up to units times window.

    `blocked_s` and `waiting_s` are nan where states were derived from a log: there they are part of `idle_s`.
    A unit in standby, or one that starts up or shuts down, is idle here: it could be busy and is not.
    """

    apt_s: float = nan  # actual production time: state busy
    aust_s: float = nan  # actual unit set-up time
    adot_s: float = nan  # actual unit down time: failures
    maintenance_s: float = nan
    blocked_s: float = nan
    waiting_s: float = nan
    idle_s: float = nan
    off_s: float = nan

    @property
    def aupt_s(self) -> float:
        """Actual unit processing time: APT + AUST."""
        return self.apt_s + self.aust_s

    @property
    def adet_s(self) -> float:
        """Actual unit delay time: interruptions of work (down, blocked, waiting), as far as known."""
        return self.adot_s + _or_zero(self.blocked_s) + _or_zero(self.waiting_s)

    @property
    def aubt_s(self) -> float:
        """Actual unit busy time: AUPT + ADET."""
        return self.aupt_s + self.adet_s

    @property
    def pbt_s(self) -> float:
        """Planned busy time: working time less planned maintenance."""
        return self.aubt_s + self.idle_s


@dataclass(frozen=True, slots=True)
class Quantities:
    """Quantity elements in pieces.

    Of a unit or work center: pieces of its finished process and inspect rows. Of the plant: pieces of
    the lots that left (completed or scrapped) within the window.
    """

    pq: float = nan  # produced quantity: good + scrap (+ rework at a unit)
    gq: float = nan  # good quantity
    sq: float = nan  # scrap quantity
    rq: float = nan  # rework quantity
    escaped: float = nan  # among gq: defective and not found
    inspected: float = nan  # parts whose first pass is known
    first_pass: float = nan  # of these, good without rework

    @property
    def truly_good(self) -> float:
        """Pieces without a defect: GQ less what escaped; only the twin knows it."""
        return self.gq - self.escaped


@dataclass(frozen=True, slots=True)
class Plan:
    """Planned run time of what was produced; `planned_s` is the sum of PRI x PQ over the rows."""

    planned_s: float = nan


@dataclass(frozen=True, slots=True)
class Failures:
    """Failure events that began within the window, and the repairs among them that ended in it."""

    failures: float = nan
    repairs: float = nan
    repair_s: float = nan


@dataclass(frozen=True, eq=False)
class Elements:
    """Elements of one unit, one work center or the whole plant within a window.

    Each part is computed when a formula first asks for it: one KPI does not cost what all of them do.
    """

    level: Level
    records: Records
    plant: Plant | None
    work_center: str | None = None
    unit: str | None = None

    @property
    def window_s(self) -> float:
        """Length of the window in s."""
        return window_s(self.records)

    @property
    def days(self) -> float:
        """Length of the window in calendar days."""
        return self.window_s / 86400.0

    @cached_property
    def states(self) -> pl.DataFrame | None:
        """States of the units; None where nobody can know them."""
        return unit_states(self.records, self.plant)

    @cached_property
    def rows(self) -> pl.DataFrame | None:
        """Finished process and inspect rows; None without an event log."""
        return _finished(self.records, self.plant)

    @property
    def machines(self) -> pl.DataFrame | None:
        """States of machines; transporters make nothing, and would blur how busy those are."""
        if self.states is None or self.plant is None:
            return self.states
        return self.states.filter(~pl.col("work_center").is_in(transporter_ids(self.plant)))

    @cached_property
    def units(self) -> int:
        """Units at work centers."""
        works = self.machines
        return works.select("work_center", "unit").n_unique() if works is not None and works.height else 0

    @cached_property
    def time(self) -> Times:
        """Time elements; those of the plant are those of its work centers."""
        return _times(self.machines)

    @cached_property
    def quantity(self) -> Quantities:
        """Quantity elements."""
        return _lot_quantities(self.records)

    @cached_property
    def plan(self) -> Plan:
        """Planned run time."""
        return _plan(self.rows)

    @cached_property
    def failure(self) -> Failures:
        """Failures and repairs."""
        return _failures(self.records, self.records.events)

    @cached_property
    def flow(self) -> Flow:
        """Flow elements; of the plant only."""
        return Flow(self.records, self.plant)

    @cached_property
    def cost(self) -> Costs:
        """Cost, energy and people."""
        return Costs() if self.plant is None else costs_of_plant(self.records, self.plant, self.states)


@dataclass(frozen=True, eq=False)
class _ElementsOfPart(Elements):
    """Elements of a unit or work center, from its part of the states, rows and events."""

    own_states: pl.DataFrame | None = None
    own_rows: pl.DataFrame | None = None
    own_events: pl.DataFrame | None = None

    @property
    def states(self) -> pl.DataFrame | None:
        return self.own_states

    @property
    def rows(self) -> pl.DataFrame | None:
        return self.own_rows

    @property
    def machines(self) -> pl.DataFrame | None:
        return self.own_states

    @cached_property
    def units(self) -> int:
        return 0 if self.own_states is None else self.own_states["unit"].n_unique()

    @cached_property
    def quantity(self) -> Quantities:
        return Quantities() if self.own_rows is None else _row_quantities(self.own_rows)

    @cached_property
    def failure(self) -> Failures:
        return _failures(self.records, self.own_events)

    @cached_property
    def cost(self) -> Costs:
        if self.plant is None or self.work_center is None:
            return Costs()
        return costs_of_center(self.records, self.plant, self.work_center, self.own_states)


def elements(records: Records, plant: Plant | None = None) -> Elements:
    """Elements of the whole plant within the window of the records; times are those of its work centers."""
    return Elements(Level.PLANT, records, plant)


def elements_by(records: Records, plant: Plant | None, level: Level) -> list[Elements]:
    """Elements of every unit or every work center (or of the plant, as a list of one), sorted by id."""
    if level is Level.PLANT:
        return [elements(records, plant)]
    keys = ["work_center"] if level is Level.WORK_CENTER else ["work_center", "unit"]
    states = _parts(unit_states(records, plant), keys)
    rows = _parts(_finished(records, plant), keys)
    events = _parts(None if records.events is None else placed(records.events), keys)
    found = sorted((states.keys() | rows.keys()) - {key for key in rows if None in key})
    known = records.events is not None
    return [
        _ElementsOfPart(
            level,
            records,
            plant,
            key[0],
            key[1] if len(key) > 1 else None,
            own_states=states.get(key),
            own_rows=rows.get(key),
            own_events=events.get(key, _nothing(records)) if known else None,
        )
        for key in found
    ]


def window_s(records: Records) -> float:
    """Length of the window of the records in s."""
    return (records.end - records.start).total_seconds()


def unit_states(records: Records, plant: Plant | None) -> pl.DataFrame | None:
    """States of all units: those recorded, or those that the event log shows; None without either."""
    if records.states is not None:
        return records.states
    if records.events is None:
        return None
    return states_from_events(records.events, records.start, records.end, plant)


def _parts(frame: pl.DataFrame | None, keys: list[str]) -> dict[tuple[str, ...], pl.DataFrame]:
    return {} if frame is None else frame.partition_by(*keys, as_dict=True)


def _nothing(records: Records) -> pl.DataFrame | None:
    return None if records.events is None else records.events.clear()


def _or_zero(seconds: float) -> float:
    return 0.0 if isnan(seconds) else seconds


# ---------------------------------------------------------------- from the states
def _times(states: pl.DataFrame | None) -> Times:
    if states is None or not states.height:
        return Times()
    sums = dict(states.group_by(pl.col("state").cast(pl.String)).agg(pl.col("seconds").sum()).iter_rows())
    # A state without any line was not observed (blocked, waiting of a derived log); others did not occur.
    never = {state.value: 0.0 for state in UnitState if state not in (UnitState.BLOCKED, UnitState.WAITING)}
    of = {**never, **sums}
    return Times(
        of["busy"],
        of["setup"],
        of["down"],
        of["maintenance"],
        of.get("blocked", nan),
        of.get("waiting", nan),
        of["idle"] + of["standby"] + of["start-up"],
        of["off"],
    )


# ---------------------------------------------------------------- from the event log
def _finished(records: Records, plant: Plant | None) -> pl.DataFrame | None:
    """Process and inspect rows that ended within the window, with `pq`, `planned_s` and `first` (pass)."""
    if records.events is None:
        return None
    work = placed(records.events).filter(pl.col("activity").is_in(_WORK))
    first = pl.int_range(pl.len()).over("lot", pl.coalesce("operation", "work_center"), order_by="start") == 0
    work = work.with_columns(
        pq=pl.coalesce("pieces_in", pl.sum_horizontal(_PARTS, ignore_nulls=False)), first=first
    ).filter(pl.col("end") > records.start, pl.col("end") <= records.end)
    return work.with_columns(planned_seconds(work, plant))


def _row_quantities(rows: pl.DataFrame) -> Quantities:
    first = rows.filter("first")
    seen = first.filter(pl.col("pq").is_not_null() & pl.col("pieces_good").is_not_null())
    return Quantities(
        pq=known_sum(rows["pq"]),
        gq=known_sum(rows["pieces_good"]),
        sq=known_sum(rows["pieces_scrap"]),
        rq=known_sum(rows["pieces_rework"]),
        inspected=known_sum(seen["pq"]),
        first_pass=known_sum(seen["pieces_good"]),
    )


def known_sum(values: pl.Series) -> float:
    """Sum of a column; nan (unknown), not 0, where nothing was recorded."""
    return float(values.sum()) if values.len() > values.null_count() else nan


def _plan(rows: pl.DataFrame | None) -> Plan:
    """Planned time over the rows; unknown as soon as one row has no plan, for APT counts them all."""
    if rows is None or not rows.height or rows["planned_s"].null_count():
        return Plan()
    return Plan(known_sum(rows["planned_s"]))


def _failures(records: Records, events: pl.DataFrame | None) -> Failures:
    if events is None:
        return Failures()
    down = events.filter(
        pl.col("activity") == Activity.FAILURE.value,
        pl.col("start") >= records.start,
        pl.col("start") < records.end,
    )
    repaired = down.filter(pl.col("end") <= records.end)
    seconds = repaired.select((pl.col("end") - pl.col("start")).dt.total_microseconds() / 1e6).to_series()
    return Failures(float(down.height), float(repaired.height), float(seconds.sum()))


# ---------------------------------------------------------------- from the lots
def _knows_lots(records: Records) -> bool:
    """Whether the records cover lots: some are there, or the twin recorded everything."""
    whole = records.events is not None and records.states is not None
    return whole or bool(scan_lots(records).head(1).collect().height)


def _lot_quantities(records: Records) -> Quantities:
    lots = sold_lots(records).filter(_LEFT, left_within(records))
    row = lots.select(pl.len(), *_SUMS).collect().row(0, named=True)
    # Where the records cover lots and none left, nothing did, whatever the columns.
    if not row["len"] and _knows_lots(records):
        row = dict.fromkeys(row, 0)
    sums = {name: nan if total is None else float(total) for name, total in row.items()}
    return Quantities(
        pq=sums["produced"],
        gq=sums["good"],
        sq=sums["scrap"],
        rq=sums["rework"],
        escaped=sums["escaped"],
        inspected=sums["inspected"],
        first_pass=sums["first"],
    )


def _sums() -> list[pl.Expr]:
    """Sums over the lots that left; null (unknown) where no lot says it."""
    scrapped = pl.col("status") == LotStatus.SCRAPPED.value
    scrap = pl.col("pieces_scrap")
    good = (
        pl.when(scrapped)
        .then(pl.col("pieces_good").fill_null(0))
        .otherwise(pl.coalesce("pieces_good", pl.col("pieces") - scrap))
    )
    passed = pl.col("pieces_rework").is_not_null()
    columns = {
        "produced": pl.coalesce(good + scrap, good, "pieces"),
        "good": good,
        "scrap": pl.col("pieces_scrap"),
        "rework": pl.col("pieces_rework"),
        "escaped": pl.when(scrapped).then(0).otherwise(pl.col("pieces_escaped")),  # scrap escapes nobody
        "inspected": pl.when(passed).then(good + scrap),
        "first": pl.when(passed).then((good - pl.col("pieces_rework")).clip(lower_bound=0)),
    }
    return [
        pl.when(column.is_not_null().any()).then(column.sum()).alias(name) for name, column in columns.items()
    ]


# Made once: to build these expressions takes longer than to evaluate them over some hundred lots.
_LEFT = pl.col("completed").is_not_null() & (pl.col("status") != LotStatus.IN_PROCESS.value)
_SUMS = _sums()
