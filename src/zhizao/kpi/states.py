"""States of the units, from the event log where nobody recorded them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.kpi.clocks import Floats, is_open, open_intervals, price_steps
from zhizao.plant.query import own_calendar, routes_of, work_calendar
from zhizao.plant.query.transport import equipment, transporter_ids
from zhizao.records.schema import STATES, Activity, UnitState

if TYPE_CHECKING:
    from zhizao.plant.model import Operation, Plant, WorkCenter

_STATES = [state.value for state in UnitState]
_OFF, _IDLE, _START_UP = (
    _STATES.index(state.value) for state in (UnitState.OFF, UnitState.IDLE, UnitState.START_UP)
)
# Where rows of one unit overlap, the later line wins: a repair interrupts the work that it falls into.
_PRECEDENCE = (
    (UnitState.BUSY, (Activity.PROCESS, Activity.INSPECT, Activity.TRANSPORT)),
    (UnitState.SETUP, (Activity.SETUP,)),
    (UnitState.MAINTENANCE, (Activity.MAINTENANCE,)),
    (UnitState.DOWN, (Activity.FAILURE,)),
)
_UNSEEN = ("blocked", "waiting", "standby")
"""States that leave no row in a log."""
_COUNTED = [activity.value for _, activities in _PRECEDENCE for activity in activities]


class UnitClock(NamedTuple):
    """What a plant says of a unit's time: when it works, whether work stops off shift, what a state costs."""

    opened: Floats  # (n, 2) in s from the window's start
    working: Floats  # likewise, without the time to start up and to shut down
    pauses: bool
    power_kw: Floats | None  # by state; None: unknown


def placed(events: pl.DataFrame) -> pl.DataFrame:
    """Events with both places filled: a log with one of `unit` and `work_center` names the other alike."""
    return events.with_columns(
        unit=pl.coalesce("unit", "work_center"), work_center=pl.coalesce("work_center", "unit")
    )


def states_from_events(
    events: pl.DataFrame, start: datetime, end: datetime, plant: Plant | None = None
) -> pl.DataFrame:
    """Unit states within a window, as the engine gives them for its twin (form: `records.STATES`).

    Set-up rows make a unit `setup`, process and inspect rows `busy` (as transport rows do a vehicle),
    failures `down`, maintenance `maintenance`; the rest is `idle`, `start-up` while the unit starts up or
    shuts down by its calendar, and `off` where that is closed. Overlapping rows of one unit are counted once
    (down > maintenance > setup > busy). Work that pauses off shift makes no one busy then. A row without an
    end runs to the window's end. `blocked`, `waiting` and `standby` leave no row in a log: they are part of
    `idle` here (like waking up), and their lines are missing rather than 0.

    Energy is power by state times time, its cost integrated exactly over the tariff, and what the work itself
    takes (`Operation.energy`) by its rows, at the price of their end; both are null when no power is known.
    Without a plant every unit counts as open all the time.
    """
    rows = unit_rows(without_carried(events, plant), start, end)
    clocks = Clocks(plant, start, end)
    known = [] if plant is None else [(c.id, unit.id) for c in equipment(plant) for unit in c.units]
    tables = [
        _unit_states(place, rows.get(place, NO_ROWS), clocks) for place in dict.fromkeys([*known, *rows])
    ]
    states = pl.concat([pl.DataFrame(schema=dict(STATES)), *tables])
    return (
        states
        if plant is None
        else _with_work_energy(states, _by_unit(work_energy(placed(events), start, end, plant)))
    )


def without_carried(events: pl.DataFrame, plant: Plant | None) -> pl.DataFrame:
    """Leave out transport that is not done by a transporter of the plant: no unit of it works then."""
    carriers = [] if plant is None else transporter_ids(plant)
    carried = pl.col("activity").cast(pl.String) == Activity.TRANSPORT.value
    return events.filter(~carried | pl.col("work_center").is_in(carriers))


UnitRows = tuple[Floats, Floats, NDArray[np.str_]]  # starts, ends (s from the window's start), activities
NO_ROWS: UnitRows = (np.empty(0), np.empty(0), np.empty(0, dtype=np.str_))


def unit_rows(events: pl.DataFrame, start: datetime, end: datetime) -> dict[tuple[str, str], UnitRows]:
    """Starts, ends and activities of each unit, clipped to the window, in s from its start."""
    window_s = (end - start).total_seconds()
    inside = placed(events).select(
        "work_center",
        "unit",
        pl.col("activity").cast(pl.String),
        seconds_from(pl.col("start"), start).clip(0.0, window_s).alias("low"),
        seconds_from(pl.col("end"), start).fill_null(window_s).clip(0.0, window_s).alias("high"),
    )
    inside = inside.filter(
        pl.col("high") > pl.col("low"), pl.col("unit").is_not_null(), pl.col("activity").is_in(_COUNTED)
    )
    return {
        (str(key[0]), str(key[1])): (
            part["low"].to_numpy(),
            part["high"].to_numpy(),
            part["activity"].to_numpy().astype(np.str_),
        )
        for key, part in inside.partition_by("work_center", "unit", as_dict=True).items()
    }


def seconds_from(moment: pl.Expr, start: datetime) -> pl.Expr:
    """Seconds from `start` to a column of times."""
    return (moment - pl.lit(start, dtype=pl.Datetime("us"))).dt.total_microseconds() / 1e6


class Clocks:
    """Clocks of the work centers and the energy price, worked out once for all units of a window."""

    def __init__(self, plant: Plant | None, start: datetime, end: datetime) -> None:
        self.window_s = (end - start).total_seconds()
        self.edges, self.prices = np.array([0.0, self.window_s]), np.zeros(1)
        if plant is not None:
            self.edges, self.prices = price_steps(plant.tariff, start, end)
        always = open_intervals(None, start, end)
        self._always = UnitClock(always, always, True, None)
        self._of = dict(_center_clocks(plant, start, end)) if plant is not None else {}

    def of(self, work_center: str) -> UnitClock:
        """The clock of a work center; one that the plant does not know is always open."""
        return self._of.get(work_center, self._always)


def _center_clocks(plant: Plant, start: datetime, end: datetime) -> Iterator[tuple[str, UnitClock]]:
    powered = has_power(plant)
    for center in equipment(plant):
        calendar = own_calendar(plant, center.calendar)
        power = power_by_state(center) if powered else None
        working = open_intervals(work_calendar(plant, center), start, end)
        yield center.id, UnitClock(open_intervals(calendar, start, end), working, pauses(center), power)


def pauses(center: WorkCenter) -> bool:
    """Whether work in hand stops when the shift ends (else it goes on off shift).

    So does work at a center of `no-start` that a failure has held up: it fitted into the shift when it began.
    """
    return center.off_shift.value != "finish"


def has_power(plant: Plant) -> bool:
    """Whether the plant says anything about energy; a plant of zeros has no known energy, not none."""
    return any(power_by_state(center).any() for center in equipment(plant)) or bool(_uses(plant).height)


def power_by_state(center: WorkCenter) -> Floats:
    """Power in kW in the order of `UnitState`; a state without a value takes that of idle."""
    return np.array([center.power.kw(state) for state in _STATES], dtype=np.float64)


# ---------------------------------------------------------------- energy of the work itself
def _uses(plant: Plant) -> pl.DataFrame:
    """Energy that the work takes beside the power of the unit, by product and operation; outcomes by mean."""
    rows = [
        (name, operation.id, *_use(operation))
        for name, product in plant.products.items()
        for route in routes_of(product)
        for operation in plant.routes[route]
        if operation.energy is not None or any(one.energy for one in operation.outcomes)
    ]
    kinds = {"product": pl.String, "operation": pl.String, "per_lot": pl.Float64, "per_piece": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _use(operation: Operation) -> tuple[float, float]:
    """(kWh per lot, kWh per piece) in the mean: a log does not say which outcome a lot had."""
    own = operation.energy
    lot, piece = (0.0, 0.0) if own is None else (own.per_lot, own.per_piece)
    n = max(1, len(operation.outcomes))
    return lot + sum(one.energy for one in operation.outcomes) / n, piece


def work_energy(events: pl.DataFrame, start: datetime, end: datetime, plant: Plant) -> pl.DataFrame:
    """Work that ended in the window: `kwh`, `money` at the price of its end, `at` (s from `start`)."""
    edges, prices = price_steps(plant.tariff, start, end)
    done = (
        events.filter(
            pl.col("activity") == Activity.PROCESS.value, pl.col("end") > start, pl.col("end") <= end
        )
        .join(_uses(plant), on=["product", "operation"], maintain_order="left")
        .with_columns(kwh=pl.col("per_lot") + pl.col("per_piece") * pl.col("pieces_in"))
    )
    at = done.select(seconds_from(pl.col("end"), start)).to_series().to_numpy()
    rows = np.searchsorted(edges, at, side="right") - 1
    price = prices[np.minimum(rows, len(prices) - 1)]
    return done.select("work_center", "unit", "kwh", money=pl.col("kwh") * pl.Series(price), at=pl.Series(at))


def _by_unit(work: pl.DataFrame) -> pl.DataFrame:
    return work.group_by("work_center", "unit").agg(pl.col("kwh").sum(), pl.col("money").sum())


def _with_work_energy(states: pl.DataFrame, work: pl.DataFrame) -> pl.DataFrame:
    """Add the energy of the work of each unit (`kwh`, `money`) to that of its state `busy`."""
    if not work.height:
        return states
    busy = pl.col("state").cast(pl.String) == UnitState.BUSY.value
    more = {"energy_kwh": "kwh", "energy_cost": "money"}
    return (
        states.join(work, on=["work_center", "unit"], how="left", maintain_order="left")
        .with_columns(
            pl.when(busy).then(pl.col(name) + pl.col(own).fill_null(0.0)).otherwise(pl.col(name)).alias(name)
            for name, own in more.items()
        )
        .select(states.columns)
    )


# ---------------------------------------------------------------- one unit
def _unit_states(place: tuple[str, str], rows: UnitRows, clocks: Clocks) -> pl.DataFrame:
    center, unit = place
    clock = clocks.of(center)
    edges, state = timeline(rows, clock, clocks.edges)
    lengths = np.diff(edges)
    seconds = np.bincount(state, weights=lengths, minlength=len(_STATES))
    kept = [index for index, name in enumerate(_STATES) if name not in _UNSEEN]
    table = pl.DataFrame(
        {"state": [_STATES[i] for i in kept], "seconds": seconds[kept]},
        schema_overrides={"state": STATES["state"]},
    ).with_columns(work_center=pl.lit(center), unit=pl.lit(unit), energy_kwh=None, energy_cost=None)
    if clock.power_kw is not None:
        energy = clock.power_kw[state] * lengths / 3600
        price = clocks.prices[np.searchsorted(clocks.edges, edges[:-1], side="right") - 1]
        table = table.with_columns(
            energy_kwh=pl.Series(np.bincount(state, weights=energy, minlength=len(_STATES))[kept]),
            energy_cost=pl.Series(np.bincount(state, weights=energy * price, minlength=len(_STATES))[kept]),
        )
    return table.select(pl.col(name).cast(kind) for name, kind in STATES.items())


def timeline(rows: UnitRows, clock: UnitClock, more_edges: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Edges of the unit's time and the state between them; no row or shift changes in between, and none of
    `more_edges` (such as those of prices) lies there."""
    low, high, activity = rows
    opened = clock.opened
    edges = np.unique(np.concatenate([more_edges, low, high, opened.ravel(), clock.working.ravel()]))
    on_shift, able = is_open(opened, edges[:-1]), is_open(clock.working, edges[:-1])
    state = np.where(able, _IDLE, np.where(on_shift, _START_UP, _OFF))
    works = able if clock.pauses else np.ones_like(able)
    for name, activities in _PRECEDENCE:
        of_kind = np.isin(activity, [kind.value for kind in activities])
        covered = _covered(edges, low[of_kind], high[of_kind])
        stops = name in (UnitState.DOWN, UnitState.MAINTENANCE)
        state[covered & (on_shift if stops else works)] = _STATES.index(name.value)
        if stops:  # nobody works overtime on a unit that is stopped
            state[covered & ~on_shift] = _OFF
    return edges, state


def _covered(edges: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Which pieces between edges lie in at least one of the intervals (their union, never counted twice)."""
    steps = np.zeros(len(edges), dtype=np.int64)
    np.add.at(steps, np.searchsorted(edges, low), 1)
    np.add.at(steps, np.searchsorted(edges, high), -1)
    return np.asarray(np.cumsum(steps)[:-1] > 0, dtype=np.bool_)
