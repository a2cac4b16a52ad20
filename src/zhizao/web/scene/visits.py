"""Where each lot was when: its visits to units, and between them the way and the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.kpi.states import seconds_from
from zhizao.plant.query import routes_of
from zhizao.records import Activity, LotStatus
from zhizao.web.scene.floor import NOWHERE, Floor
from zhizao.web.scene.timeline import Spans

Numbers = NDArray[Any]
_ON_UNITS = [one.value for one in (Activity.SETUP, Activity.PROCESS, Activity.INSPECT, Activity.TRANSPORT)]


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """Visits in order of lot and time; times in s from the window's start, inf: not within the window.

    A lot leaves its former place at `leave`, is at `place` from `arrive` on, and on `unit` from `start` to
    `end`. Between the end of its former visit and `leave` it stands on its former unit, which is blocked.
    `unit` is -1 and `place` may be `NOWHERE` in the last row of a lot that waits at the end of the window.
    """

    lot: Numbers
    place: Numbers
    unit: Numbers
    operation: Numbers
    leave: Numbers
    arrive: Numbers
    start: Numbers
    end: Numbers
    operations: tuple[str, ...]

    def blocked(self, floor: Floor) -> Spans:
        """When units held lots that were done."""
        after = np.flatnonzero(self.lot[1:] == self.lot[:-1]) + 1
        held = after[(self.leave[after] > self.end[after - 1]) & (self.unit[after - 1] >= 0)]
        unit = self.unit[held - 1]
        fleet = np.repeat(
            np.array([place.kind in ("fleet", "crane") for place in floor.places]), np.diff(floor.first)
        )
        low, high = self.end[held - 1], self.leave[held]
        keep = ~fleet[unit]
        return Spans(unit[keep], low[keep], high[keep])


def visits_of(floor: Floor, events: pl.DataFrame, lots: pl.DataFrame, start: datetime) -> Visits:
    """Visits of the lots, from rows with the numbers of their unit and place.

    A set-up row counts as part of the work after it. When a lot that is done leaves its unit for a buffer
    with limited places is inferred: lots enter it in the order in which they were done, as soon as a place
    is free.
    """
    rows = _stays(events, lots, start)
    rows = _with_waiting(floor, rows, lots)
    lot, place = rows["row"].to_numpy(), rows["place"].to_numpy()
    low, high = rows["low"].to_numpy(), rows["high"].to_numpy()
    released = seconds(lots["release"], start)
    first = np.append(True, lot[1:] != lot[:-1])
    former = np.where(first, len(floor.places), np.append(len(floor.places), place[:-1]))
    done = np.where(first, released[lot], np.append(0.0, high[:-1]))
    leave = _left(floor, place, former, np.minimum(done, low), low)
    known = np.where(place == NOWHERE, len(floor.places), place)
    arrive = np.minimum(leave + floor.travel_s()[former.clip(0, len(floor.places)), known], low)
    operation, operations = coded(rows["operation"])
    return Visits(
        lot=lot,
        place=place,
        unit=rows["number"].fill_null(-1).to_numpy(),
        operation=operation,
        leave=leave,
        arrive=arrive,
        start=low,
        end=high,
        operations=operations,
    )


def seconds(moments: pl.Series, start: datetime) -> Numbers:
    """Seconds from `start`; inf where there is none."""
    frame = moments.to_frame("moment").select(seconds_from(pl.col("moment"), start).fill_null(np.inf))
    return frame.to_series().to_numpy()


def coded(names: pl.Series) -> tuple[Numbers, tuple[str, ...]]:
    """Numbers for names (`NOWHERE` for none), and the names in order of their numbers."""
    found = names.drop_nulls().unique().sort().to_list()
    numbers = names.cast(pl.Enum(found)).to_physical().cast(pl.UInt32).fill_null(NOWHERE)
    return numbers.to_numpy(), tuple(found)


def _stays(events: pl.DataFrame, lots: pl.DataFrame, start: datetime) -> pl.DataFrame:
    """Rows of lots on units in order, each set-up joined to the work after it."""
    activity = pl.col("activity").cast(pl.String)
    rows = (
        events.filter(pl.col("lot").is_not_null(), activity.is_in(_ON_UNITS))
        .join(lots.select("lot", row=pl.int_range(pl.len())), on="lot")
        .select(
            "row",
            pl.col("place").cast(pl.Int64),
            pl.col("number").cast(pl.Int64),
            "operation",
            "product",
            setup=activity == Activity.SETUP.value,
            low=seconds_from(pl.col("start"), start),
            high=seconds_from(pl.col("end"), start).fill_null(np.inf),
        )
        .sort("row", "low", "high", maintain_order=True)
    )
    same = [pl.col(name) for name in ("row", "number", "operation")]
    joined = pl.col("setup").shift(1, fill_value=False)
    leads = pl.col("setup")
    for one in same:
        joined &= one.eq_missing(one.shift(1))
        leads &= one.eq_missing(one.shift(-1))
    return (
        rows.with_columns(low=pl.when(joined).then(pl.col("low").shift(1)).otherwise("low"), leads=leads)
        .filter(~pl.col("leads"))
        .drop("leads", "setup")
    )


def _with_waiting(floor: Floor, rows: pl.DataFrame, lots: pl.DataFrame) -> pl.DataFrame:
    """Add a row for each lot that waits at the end, for the next operation if its route leaves no choice."""
    last = rows.group_by("row", maintain_order=True).last()
    open_lots = (
        lots.select(pl.col("product"), status=pl.col("status").cast(pl.String), row=pl.int_range(pl.len()))
        .filter(pl.col("status") == LotStatus.IN_PROCESS.value)
        .join(last.select("row", "high", after="operation"), on="row", how="left")
        .filter(pl.col("high").is_null() | pl.col("high").is_finite())
        .join(_next_places(floor), on=["product", "after"], how="left", nulls_equal=True)
    )
    infinite = pl.lit(np.inf)
    waiting = open_lots.select(
        "row",
        pl.col("next").fill_null(NOWHERE).alias("place"),
        pl.lit(None, pl.Int64).alias("number"),
        pl.lit(None, pl.String).alias("operation"),
        "product",
        low=infinite,
        high=infinite,
    )
    return pl.concat([rows.select(waiting.columns), waiting]).sort("row", "low", maintain_order=True)


def _next_places(floor: Floor) -> pl.DataFrame:
    """Place after an operation of a product (null: at release), where it has one route and no choice."""
    number = {place.id: n for n, place in enumerate(floor.places)}
    found: list[tuple[str, str | None, int]] = []
    for name, product in floor.plant.products.items():
        routes = routes_of(product)
        if len(routes) != 1:
            continue
        steps = floor.plant.routes[next(iter(routes))]
        for before, after in zip((None, *steps), steps, strict=False):
            if len(after.on) == 1:
                found.append((name, None if before is None else before.id, number[after.on[0].work_center]))
    kinds = {"product": pl.String, "after": pl.String, "next": pl.Int64}
    return pl.DataFrame(found, schema=kinds, orient="row").unique(["product", "after"], keep="none")


def _left(floor: Floor, place: Numbers, former: Numbers, done: Numbers, start: Numbers) -> Numbers:
    """When each lot left its former place: once there was room where it went, and a belt took it.

    Who goes by vehicle keeps its place in the buffer from the call of the vehicle on.
    """
    leave = done.copy()
    carries = np.array([one.kind in ("fleet", "crane") for one in floor.places] + [False])
    by_vehicle = carries[former]
    for number, one in enumerate(floor.places):
        here = np.flatnonzero(place == number)
        if one.kind == "conveyor":
            leave[here] = start[here]
        elif one.capacity is not None and one.after_service:
            step = here - by_vehicle[here]  # the row of the vehicle, where there is one
            bound = former[step] != number  # returning lots are admitted even if the buffer is full
            here, step = here[bound], step[bound]
            leave[step] = _entered(done[step], start[here], one.capacity)
    return np.minimum(leave, start)


def _entered(done: Numbers, start: Numbers, capacity: int) -> Numbers:
    """When each lot entered a buffer: the n-th to come, once all but `capacity` of the former started."""
    order = np.argsort(done, kind="stable")
    free = np.full(len(done), -np.inf)
    free[min(capacity, len(done)) :] = np.sort(start)[: max(len(done) - capacity, 0)]
    entered = np.empty(len(done))
    entered[order] = np.maximum(done[order], free)
    return np.minimum(entered, start)
