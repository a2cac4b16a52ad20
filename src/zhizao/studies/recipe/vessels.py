"""How long units stay dirty before they are cleaned, and clean before they are used, against their limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from zhizao.studies.recipe.equipment import Cleaning, EquipmentUnit

_BY_ACTIVITY = {"maintenance": "batches", "setup": "products"}
_EQUAL_S = 1e-3  # the log is in microseconds
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "unit": pl.String,
    "hold": pl.String,
    "since": pl.Datetime("us"),
    "until": pl.Datetime("us"),
    "held_h": pl.Float64,
    "limit_h": pl.Float64,
}


def vessel_holds(units: Sequence[EquipmentUnit], events: pl.DataFrame) -> pl.DataFrame:
    """One row per time that a unit with a limit was dirty, or clean and unused.

    A unit is dirty from the end of a batch until its cleaning begins, and clean from the end of the cleaning
    until the next batch begins. The log has a cleaning from the moment at which it is needed: it begins its
    duration before its end, and the time before that is waiting for the skid. What a unit was before its
    first batch is not known.
    """
    limited = {one.id: one for one in units if any(c.dirty_at_most or c.clean_at_most for c in one.cleaning)}
    wanted = pl.col("work_center").is_in(list(limited)) & pl.col("end").is_not_null()
    rows = events.filter(wanted).sort("unit", "start", "end")
    found = [
        row
        for (unit,), part in rows.group_by("unit", maintain_order=True)
        for row in _of_unit(str(unit), limited[part["work_center"][0]], part)
    ]
    return pl.DataFrame(found, schema=_SCHEMA, orient="row")


def broken_of(holds: pl.DataFrame) -> pl.DataFrame:
    """Those of `vessel_holds` that took longer than their limit."""
    return holds.filter(pl.col("held_h") > pl.col("limit_h") + _EQUAL_S / 3600.0)


def _of_unit(name: str, unit: EquipmentUnit, rows: pl.DataFrame) -> Iterator[Mapping[str, Any]]:
    by_kind: dict[str, Cleaning] = {one.between: one for one in unit.cleaning}
    dirty: datetime | None = None
    clean: tuple[datetime, Cleaning] | None = None
    for activity, start, end in rows.select(pl.col("activity").cast(pl.String), "start", "end").iter_rows():
        if activity == "process":
            if clean is not None:
                yield from _row(name, "clean", (clean[0], start), clean[1].clean_at_most)
            dirty, clean = end, None
            continue
        cleaning = by_kind.get(_BY_ACTIVITY.get(activity, ""))
        if cleaning is None:
            continue
        if dirty is not None:
            begun = max(start, end - timedelta(seconds=cleaning.takes))
            yield from _row(name, "dirty", (dirty, begun), cleaning.dirty_at_most)
        dirty, clean = None, (end, cleaning)


def _row(
    unit: str, hold: str, span: tuple[datetime, datetime], limit_s: float | None
) -> Iterator[Mapping[str, Any]]:
    if limit_s is not None:
        held_h = (span[1] - span[0]).total_seconds() / 3600.0
        yield dict(zip(_SCHEMA, (unit, hold, *span, held_h, limit_s / 3600.0), strict=True))
