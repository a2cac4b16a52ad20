"""Energy over the hours of the day."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.kpi.clocks import Floats, price_steps
from zhizao.kpi.elements import unit_states
from zhizao.kpi.states import (
    NO_ROWS,
    Clocks,
    UnitClock,
    UnitRows,
    has_power,
    placed,
    timeline,
    unit_rows,
    without_carried,
    work_energy,
)
from zhizao.plant.query.transport import equipment
from zhizao.records.schema import Records, UnitState

if TYPE_CHECKING:
    from zhizao.plant.model import Plant

HOURS = 24
_HOUR_S = 3600.0
_IDLE = [state.value for state in UnitState].index(UnitState.IDLE.value)


def energy_by_hour(records: Records, plant: Plant) -> pl.DataFrame | None:
    """Energy of all units by hour of the day: `hour`, `hours` (of the window), `kwh`, `price` (per kWh).

    It adds up to the energy of the KPIs. States without rows in a log (blocked, waiting, standby) are known
    as totals of each unit alone: their energy is spread evenly over the time in which it shows no row. None
    without an event log, or where the plant says nothing about power.
    """
    totals = unit_states(records, plant)
    if records.events is None or totals is None or not has_power(plant):
        return None
    start, end = records.start, records.end
    hours = _Hours(start, (end - start).total_seconds())
    events = records.events.sort("work_center", "unit", "start", "end", "activity", "lot", "pieces_in")
    rows = unit_rows(without_carried(events, plant), start, end)
    work = work_energy(placed(events), start, end, plant)
    known, own = _sums(totals, "energy_kwh"), _sums(work, "kwh")
    clocks = Clocks(plant, start, end)
    kwh = hours.sums(work["at"].to_numpy(), work["kwh"].to_numpy())
    for place in [(center.id, unit.id) for center in equipment(plant) for unit in center.units]:
        by_state = known.get(place, 0.0) - own.get(place, 0.0)
        kwh += _of_unit(rows.get(place, NO_ROWS), clocks.of(place[0]), hours, by_state)
    edges, prices = price_steps(plant.tariff, start, end)
    return pl.DataFrame(
        {"hour": range(HOURS), "hours": hours.covered, "kwh": kwh, "price": hours.mean(edges, prices)}
    ).with_columns(pl.col("price").fill_nan(None))


def _sums(frame: pl.DataFrame, column: str) -> dict[tuple[str, str], float]:
    """Sums by unit, whatever the order of the rows: equal records give equal bits."""
    frame = frame.sort("work_center", "unit", column)
    names = frame.select("work_center", "unit").unique(maintain_order=True)
    numbers = frame.join(
        names.with_row_index("n"), on=["work_center", "unit"], how="left", maintain_order="left"
    )
    amounts = frame[column].fill_null(0.0).to_numpy()
    sums = np.bincount(numbers["n"].to_numpy(), weights=amounts, minlength=names.height)
    return {place: float(kwh) for place, kwh in zip(names.iter_rows(), sums, strict=True)}


class _Hours:
    """The hours of the day within a window."""

    def __init__(self, start: datetime, window_s: float) -> None:
        self._into_day = (start - start.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
        first = -(self._into_day % _HOUR_S)
        self.edges = np.append(np.clip(np.arange(first, window_s, _HOUR_S), 0.0, None), window_s)
        lengths = np.diff(self.edges) / _HOUR_S
        self.covered = self.sums(self.edges[:-1] + 1800.0 * lengths, lengths)

    def sums(self, at: Floats, amounts: Floats) -> Floats:
        """Amounts by the hour of the day at which they come (s from the window's start)."""
        hour: NDArray[np.int64] = ((self._into_day + at) // _HOUR_S).astype(np.int64) % HOURS
        return np.bincount(hour, weights=amounts, minlength=HOURS).astype(np.float64)

    def mean(self, edges: Floats, values: Floats) -> Floats:
        """Mean over time of a step function by hour of the day; nan for an hour outside the window."""
        both = np.unique(np.concatenate([edges, self.edges]))
        lengths, middles = np.diff(both), (both[:-1] + both[1:]) / 2
        held = values[np.searchsorted(edges, middles, side="right") - 1]
        with np.errstate(invalid="ignore"):
            return self.sums(middles, held * lengths) / self.sums(middles, lengths)


def _of_unit(rows: UnitRows, clock: UnitClock, hours: _Hours, total_kwh: float) -> Floats:
    """Energy of one unit by hour: power by state; what is left of its total over its time without rows."""
    if clock.power_kw is None:
        return np.zeros(HOURS)
    edges, state = timeline(rows, clock, hours.edges)
    lengths, middles = np.diff(edges), (edges[:-1] + edges[1:]) / 2
    seen = np.where(state == _IDLE, 0.0, clock.power_kw[state] * lengths / _HOUR_S)
    quiet = np.where(state == _IDLE, lengths, 0.0)
    share = quiet if quiet.any() else lengths
    return hours.sums(middles, seen + (total_kwh - seen.sum()) * share / share.sum())
