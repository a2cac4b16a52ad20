"""Small logs for the tests of learning: rows in hours from a Monday."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from zhizao.records import EVENTS, LOTS, Records
from zhizao.studies.learn.log.visits import History, read_history

MONDAY = datetime(2026, 1, 5)


def at(hours: float | None) -> datetime | None:
    return None if hours is None else MONDAY + timedelta(hours=hours)


def row(lot: str, operation: str, start: float, end: float | None, **more: Any) -> dict[str, Any]:
    base = {"work_center": f"at {operation}", "activity": "process", "product": "p"}
    own = {"lot": lot, "operation": operation, "start": at(start), "end": at(end)}
    made = {**base, **own, **more}
    return {"unit": made["work_center"], **made}


def records(
    rows: list[dict[str, Any]], *, pieces: int | dict[str, int] = 10, end_h: float | None = None
) -> Records:
    columns = {k: pl.Series([r.get(k) for r in rows], dtype=v) for k, v in EVENTS.items()}
    names = sorted({r["lot"] for r in rows if r["lot"]})
    sizes = [pieces if isinstance(pieces, int) else pieces[name] for name in names]
    known = {"lot": names, "pieces": sizes}
    lots = pl.DataFrame({k: pl.Series(known.get(k, [None] * len(names)), dtype=v) for k, v in LOTS.items()})
    times = [t for r in rows for t in (r["start"], r["end"]) if t is not None]
    end = max(times) if end_h is None else MONDAY + timedelta(hours=end_h)
    return Records(min(times), end, lots, pl.DataFrame(columns))


def history(rows: list[dict[str, Any]], **more: Any) -> History:
    return read_history(records(rows, **more), MONDAY)
