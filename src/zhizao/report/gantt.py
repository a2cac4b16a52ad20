"""A Gantt chart as columns: names once, times in s, so that 50,000 operations stay small and fast."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any

from zhizao.report.sections import Gantt, GanttRow

_NAMED = ("unit", "kind", "lot", "order", "product", "operation", "worker", "label")
NONE = -1
"""What stands for a name that a row does not have."""


def columns(chart: Gantt) -> dict[str, Any]:
    """The chart as the widget `gantt` reads it (see `report/assets/gantt/gantt.js`).

    Returns
    -------
    dict
        `origin` (a moment, ISO 8601, local to the plant), `start` and `end` in s from it, columns of
        places in the lists of `names`, with `NONE` for no name, and, where any row has them, `batch`, `due`
        and `late` in s, and `frozen`.
        `off` are spans in which units are closed, `frozen_until` the end of the frozen zone, both in s.
    """
    rows = chart.rows
    origin = min((row.start for row in rows), default=datetime(1970, 1, 1))
    names: dict[str, list[str]] = {}
    found: dict[str, Any] = {"origin": origin.isoformat(timespec="seconds"), "names": names}
    origin = datetime.fromisoformat(found["origin"])
    for field in _NAMED:
        places, names[field] = _numbered([getattr(row, field) for row in rows])
        if names[field] or field in ("unit", "kind"):
            found[field] = places
    found["start"] = [_seconds(row.start, origin) for row in rows]
    found["end"] = [_seconds(row.end, origin) for row in rows]
    found |= _known(rows, origin)
    units = {name: place for place, name in enumerate(names["unit"])}
    found["off"] = [
        {
            "units": [units[unit] for unit in closed.units if unit in units],
            "spans": [_seconds(moment, origin) for span in closed.spans for moment in span],
        }
        for closed in chart.closed
        if closed.spans and not units.keys().isdisjoint(closed.units)
    ]
    found["frozen_until"] = None if chart.frozen_until is None else _seconds(chart.frozen_until, origin)
    return found


def _known(rows: Sequence[GanttRow], origin: datetime) -> dict[str, Any]:
    """Columns that not every chart has."""
    found: dict[str, Any] = {}
    if any(row.batch for row in rows):
        found["batch"] = _numbered([(row.unit, row.start, row.batch) if row.batch else "" for row in rows])[0]
    if any(row.due is not None for row in rows):
        found["due"] = [None if row.due is None else _seconds(row.due, origin) for row in rows]
    if any(row.late_s is not None for row in rows):
        found["late"] = [None if row.late_s is None else _short(row.late_s) for row in rows]
    if any(row.frozen for row in rows):
        found["frozen"] = [int(row.frozen) for row in rows]
    return found


def _numbered(values: Iterable[Hashable]) -> tuple[list[int], list[Any]]:
    """Places in a list of the different values, in the order in which they come; nothing is `NONE`."""
    places: dict[Hashable, int] = {}
    found = [places.setdefault(value, len(places)) if value else NONE for value in values]
    return found, list(places)


def _seconds(moment: datetime, origin: datetime) -> float:
    return _short((moment - origin).total_seconds())


def _short(seconds: float) -> float:
    """To the ms, and whole where that is the same: a third of the length in JSON."""
    rounded = round(seconds, 3)
    return int(rounded) if rounded == int(rounded) else rounded
