"""KPIs of a live plant, with the share of the time in which it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from zhizao.connect.tags import TagReader
from zhizao.kpi import HEADLINE, compute
from zhizao.plant import Plant
from zhizao.records import Records

OEE = ("oee", "availability", "effectiveness", "quality_ratio")
LEAST_SEEN = 0.95
"""A unit that was seen for less of the time has no OEE: what it did meanwhile is not known to be idle."""


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """KPIs of a window: the headline rows of the plant; OEE of units, null where too little was seen.

    Columns are those of `kpi.compute`; `units` has the share of the window in which a unit was `seen` too.
    """

    start: datetime
    end: datetime
    plant: pl.DataFrame
    units: pl.DataFrame


def live_kpis(plant: Plant, reader: TagReader, window: timedelta) -> Live:
    """Compute the KPIs of the last part of what a reader has read.

    Raises
    ------
    ValueError
        Nothing was read yet.
    """
    if reader.read_until is None or reader.read_from is None:
        raise ValueError("live_kpis: nothing was read yet")
    end = reader.read_until
    start = max(end - window, reader.read_from)
    events = reader.events(ended_after=start)
    lots = reader.lots().filter(pl.col("release").is_not_null())
    records = Records(start=start, end=end, lot_table=lots, events=events)
    whole = compute(records, plant).filter(pl.col("kpi").is_in(list(HEADLINE)))
    units = compute(records, plant, by="unit").filter(pl.col("kpi").is_in(list(OEE)))
    seen = pl.DataFrame(
        [(unit, 1.0 - unseen_s(reader, unit, start, end) / max((end - start).total_seconds(), 1e-9))
         for unit in reader.states()],
        schema={"work_unit": pl.String, "seen": pl.Float64}, orient="row",
    )  # fmt: skip
    units = units.join(seen, on="work_unit", how="left")
    value = pl.when(pl.col("seen") >= LEAST_SEEN).then(pl.col("value"))
    return Live(start, end, whole, units.with_columns(value.alias("value")))


def unseen_s(reader: TagReader, unit: str, start: datetime, end: datetime) -> float:
    """Seconds of a window in which nobody knows what a unit did."""
    spans = [(low, high) for name, low, high in reader.unknown if name == unit]
    since = reader.unknown_now().get(unit)
    if since is not None:
        spans.append((since, end))
    clipped = ((max(low, start), min(high, end)) for low, high in spans)
    return sum(max(0.0, (high - low).total_seconds()) for low, high in clipped)
