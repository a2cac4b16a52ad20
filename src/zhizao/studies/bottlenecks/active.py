"""The momentary bottleneck: the unit that is in the longest active period.

Roser, Nakano and Tanaka 2001, *A practical bottleneck detection method* (Winter Simulation Conference,
949-953): a unit is active while it works, sets up, is repaired or maintained, and inactive while it starves
or is blocked.
Roser, Nakano and Tanaka 2002, *Shifting bottleneck detection* (Winter Simulation Conference, 1079-1086): at
every moment the unit with the longest active period limits the plant. Hours off shift neither break a period
nor count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.kpi.clocks import Floats, open_intervals, open_seconds
from zhizao.kpi.states import seconds_from
from zhizao.plant import Plant, equipment
from zhizao.plant.query.transport import transporter_ids
from zhizao.records import Activity, Records

_GAP_S = 1.0  # working seconds between two activities that still count as one active period


@dataclass(frozen=True, slots=True)
class Active:
    """Of one work center: share of the time as momentary bottleneck, and its mean active period in h."""

    moment_share: float
    period_h: float


def active_periods(records: Records, plant: Plant) -> dict[str, Active]:
    """Active periods of each work center and its share as momentary bottleneck, by the event log."""
    if records.events is None or not records.events.height:
        return {}
    clocks = {center.id: _opened(records, plant, center.calendar) for center in equipment(plant)}
    names = list(clocks)
    parts = _rows(records, plant).partition_by("work_center", "unit", as_dict=True)
    found = [_periods(part, clocks[str(key[0])], names.index(str(key[0]))) for key, part in parts.items()]
    periods = np.concatenate(found)
    shares = _moment_shares(periods, [clocks[name] for name in names])
    return {
        name: Active(float(shares[i]), _mean_h(periods[periods[:, 3] == i])) for i, name in enumerate(names)
    }


def _opened(records: Records, plant: Plant, calendar: str | None) -> Floats:
    return open_intervals(None if calendar is None else plant.calendars[calendar], records.start, records.end)


def _rows(records: Records, plant: Plant) -> pl.DataFrame:
    """Active rows of the units within the window, in s from its start; transport is that of vehicles only."""
    assert records.events is not None
    window_s = (records.end - records.start).total_seconds()
    carried = pl.col("activity").cast(pl.String) == Activity.TRANSPORT.value
    rows = records.events.filter(~carried | pl.col("work_center").is_in(transporter_ids(plant))).select(
        "work_center",
        "unit",
        seconds_from(pl.col("start"), records.start).clip(0.0, window_s).alias("low"),
        seconds_from(pl.col("end"), records.start).fill_null(window_s).clip(0.0, window_s).alias("high"),
    )
    return rows.filter(pl.col("high") > pl.col("low")).sort("low")


def _periods(rows: pl.DataFrame, opened: Floats, center: int) -> Floats:
    """Active periods of one unit: (start, end, working seconds, center)."""
    low, high = rows["low"].to_numpy(), np.maximum.accumulate(rows["high"].to_numpy())
    gap = open_seconds(opened, low[1:]) - open_seconds(opened, high[:-1])
    first = np.concatenate([[True], gap > _GAP_S])
    last = np.concatenate([gap > _GAP_S, [True]])
    start, end = low[first], high[last]
    worked = open_seconds(opened, end) - open_seconds(opened, start)
    return np.column_stack([start, end, worked, np.full(len(start), float(center))])


def _moment_shares(periods: Floats, clocks: list[Floats]) -> Floats:
    """Share of the working time in which each center holds the longest active period."""
    edges = np.unique(periods[:, :2])
    owner: NDArray[np.int64] = np.full(len(edges) - 1, -1, dtype=np.int64)
    lows, highs = np.searchsorted(edges, periods[:, 0]), np.searchsorted(edges, periods[:, 1])
    for row in np.argsort(periods[:, 2], kind="stable"):  # the longest is laid last, over all others
        owner[lows[row] : highs[row]] = int(periods[row, 3])
    held = np.array(
        [np.diff(open_seconds(clock, edges))[owner == i].sum() for i, clock in enumerate(clocks)],
        dtype=np.float64,
    )
    return held / held.sum() if held.sum() else held


def _mean_h(periods: Floats) -> float:
    return float(periods[:, 2].mean()) / 3600 if len(periods) else float("nan")
