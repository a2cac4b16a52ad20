"""Small plants for tests, and what a test asks of their records."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from zhizao.engine import LogLevel, RunSettings, run
from zhizao.engine.lift import Raw
from zhizao.engine.lower import Lowered, lower
from zhizao.engine.rules import load_rules
from zhizao.engine.run import _Replication, with_keys
from zhizao.kernels import tables as k
from zhizao.plant import Plant
from zhizao.records import Records

START = datetime(2026, 1, 5)  # a Monday
MIN, HOUR, DAY = 60.0, 3600.0, 86400.0


def shop(
    centers: list[Any] | None = None, route: list[Any] | None = None, orders: Any = None, **whole: Any
) -> Plant:
    """A plant of one product `p` with one route `r`, written as in a file."""
    form = {
        "plant": "shop",
        "start": START,
        "work_centers": centers or [{"id": "m"}],
        "routes": {"r": route or [op("a", "m")]},
        "products": {"p": {"route": "r"}},
        "orders": orders or [{"product": "p", "every": "exponential(12 min)"}],
    }
    return Plant.model_validate(form | whole)


def op(name: str, *on: str, takes: Any = "10 min", **more: Any) -> dict[str, Any]:
    """An operation, written as in a file."""
    return {"id": name, "on": list(on), "takes": takes, **more}


def order(name: str, product: str = "p", **more: Any) -> dict[str, Any]:
    """A job order of one piece at the start, unless given otherwise."""
    return {"id": name, "product": product, "pieces": 1, **more}


def orders(n: int, **more: Any) -> list[dict[str, Any]]:
    """Equal job orders O0, O1, …"""
    return [order(f"O{number}", **more) for number in range(n)]


def crossing(capacity: int | None = 0, **more: Any) -> Plant:
    """Two flows through two places in opposite directions."""
    places: list[Any] = [{"id": name, "buffer": {"capacity": capacity} | more} for name in "ab"]
    return shop(
        places,
        routes={
            "r": [op("o1", "a", takes="5 min"), op("o2", "b", takes="5 min")],
            "s": [op("o3", "b", takes="6 min"), op("o4", "a", takes="5 min")],
        },
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[{"product": "p", "every": "10 min"}, {"product": "q", "every": "10 min"}],
    )


def records(plant: Plant, days: float = 30.0, **settings: Any) -> Records:
    """Records of one replication with its whole event log."""
    settings.setdefault("log", LogLevel.EVENTS)
    return run(plant, RunSettings(days=days, **settings)).records[0]


def seconds(column: pl.Series) -> list[float | None]:
    """Times of day as seconds from the start."""
    return [None if x is None else (x - START).total_seconds() for x in column]


def rows(found: Records, activity: str = "process", **where: str) -> list[tuple[str, float, float | None]]:
    """(unit, start, end) in minutes of the activities of the log, in order of their start."""
    assert found.events is not None
    frame = found.events.filter(pl.col("activity").cast(pl.String) == activity)
    for column, value in where.items():
        frame = frame.filter(pl.col(column) == value)
    frame = frame.sort("start", maintain_order=True)
    ends = [None if x is None else x / MIN for x in seconds(frame["end"])]
    starts = [x / MIN for x in seconds(frame["start"]) if x is not None]
    return list(zip(frame["unit"].to_list(), starts, ends, strict=True))


def sequence(found: Records, activity: str = "process", **where: str) -> list[str]:
    """Orders in the sequence in which an activity began on them."""
    assert found.events is not None
    frame = found.events.filter(pl.col("activity").cast(pl.String) == activity)
    for column, value in where.items():
        frame = frame.filter(pl.col(column) == value)
    return [str(name) for name in frame.sort("start", maintain_order=True)["order"]]


def completions(found: Records) -> dict[str, float | None]:
    """Minute at which the (last) lot of each order was completed."""
    ends = [None if x is None else x / MIN for x in seconds(found.lots["completed"])]
    return dict(zip(found.lots["order"].to_list(), ends, strict=True))


def state_minutes(found: Records, unit: str) -> dict[str, float]:
    """Minutes of a unit in each state that it was in."""
    assert found.states is not None
    frame = found.states.filter((pl.col("unit") == unit) & (pl.col("seconds") > 0))
    return {
        str(state): round(value / MIN, 6)
        for state, value in zip(frame["state"], frame["seconds"], strict=True)
    }


def lead_times(found: Records) -> Any:
    """Lead times in s of completed lots, in order of release."""
    frame = found.lots.filter(pl.col("completed").is_not_null())
    return (frame["completed"] - frame["release"]).dt.total_microseconds().to_numpy() / 1e6


def raw_run(plant: Plant, days: float, seed: int = 1, *, log: int = k.LOG_EVENTS) -> Raw:
    """One replication as numbers, before any rounding."""
    return raw_run_of(lower(plant, log), days, seed)


def raw_run_of(lowered: Lowered, days: float, seed: int = 1) -> Raw:
    """One replication of tables as numbers."""
    replication = _Replication(
        with_keys(lowered.tables, seed, 0), load_rules(lowered.names.rules, lowered.names.numbers)
    )
    for until in (0.0, days * DAY):
        for _ in replication.run_to(until):
            pass
        replication.mark()
    return replication.raw()


def digest(raw: Raw) -> str:
    """One number for all that a replication wrote down, to the last bit."""
    total = hashlib.blake2b(digest_size=16)
    for table in (raw.log, raw.exits):
        for name in table.dtype.names:
            total.update(np.ascontiguousarray(table[name]).tobytes())
    for array in (raw.seconds, raw.priced, raw.work_energy, raw.worked, raw.overtime):
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
