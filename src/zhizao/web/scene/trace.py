"""The trace of a replication or a log: what the plant view plays, as columns of numbers."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.kpi.states import placed
from zhizao.records import LotStatus
from zhizao.records.files import with_events
from zhizao.web.scene.aisles import routes_of, zones_of
from zhizao.web.scene.floor import Floor, floor_of
from zhizao.web.scene.timeline import STATES, changes_of
from zhizao.web.scene.visits import coded, seconds, visits_of

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.records import Records

MAGIC = b"zhizaoT1"
NEVER = 0xFFFFFFFF
"""A tick after all others: not within the window."""
_TICKS = 4e9
"""Most ticks of a window, below 2**32; a tick is a millisecond in windows of up to 46 days."""
_MOST_EDGES = 2000


def trace_of(plant: Plant, records: Records) -> bytes:
    """The trace of records of a plant: its own twin's, a log's, a plan's.

    A header in JSON says what the columns are; they follow, each at a multiple of 8 bytes, little-endian.
    Times are ticks of `tick_s` from the window's start.
    """
    records = with_events(records)
    start, end = records.start, records.end
    events = placed(_none() if records.events is None else records.events)
    floor = floor_of(plant, events.select("work_center", "unit").drop_nulls())
    numbered = events.join(floor.unit_frame(), on=["work_center", "unit"], maintain_order="left")
    lots = records.lots.filter(pl.col("release").is_not_null()).sort("release", maintain_order=True)
    visits = visits_of(floor, numbered, lots, start)
    changes = changes_of(floor, numbered, visits.blocked(floor), start, end)
    window_s = (end - start).total_seconds()
    tick_s = max(1e-3, window_s / _TICKS)
    product, products = coded(lots["product"])
    status = lots["status"].cast(pl.String).to_numpy()
    columns = {
        "unit_first": changes.first.astype("<u4"),
        "change_time": _ticks(changes.time, tick_s),
        "change_state": changes.state.astype("u1"),
        "lot_first": np.searchsorted(visits.lot, np.arange(lots.height + 1)).astype("<u4"),
        "lot_release": _ticks(seconds(lots["release"], start), tick_s),
        "lot_out": _ticks(seconds(lots["completed"], start), tick_s),
        "lot_product": product.astype("<u2"),
        "lot_scrapped": (status == LotStatus.SCRAPPED.value).astype("u1"),
        "visit_place": visits.place.astype("<u2"),
        "visit_unit": visits.unit.astype("<i4"),
        "visit_operation": visits.operation.astype("<u2"),
        "visit_leave": _ticks(visits.leave, tick_s),
        "visit_arrive": _ticks(visits.arrive, tick_s),
        "visit_start": _ticks(visits.start, tick_s),
        "visit_end": _ticks(visits.end, tick_s),
        "lot_names": np.frombuffer("\n".join(lots["lot"].to_list()).encode(), "u1"),
    }
    header = {
        "plant": plant.name,
        "start": start.isoformat(),
        "tick_s": tick_s,
        "ticks": round(window_s / tick_s),
        "states": STATES,
        "places": [place.as_json() for place in floor.places],
        "locations": {one.id: one.at for one in plant.transport.locations},
        "edges": _edges(visits.lot, visits.place, floor),
        "products": products,
        "operations": visits.operations,
        "floors": zones_of(plant, records),
        "routes": routes_of(plant),
        "drives": any(fleet.speed is not None for fleet in plant.transport.fleets),
        "unseen": _unseen(records, floor),
        "events": events.height,
    }
    return packed(header, columns)


def packed(header: dict[str, Any], columns: dict[str, NDArray[Any]]) -> bytes:
    """A header and columns as one block of bytes."""
    listed, parts, at = [], [], 0
    for name, column in columns.items():
        content = np.ascontiguousarray(column).tobytes()
        kind = column.dtype.newbyteorder("<").str.lstrip("<|")
        listed.append({"name": name, "type": kind, "offset": at, "length": len(column)})
        padding = -len(content) % 8
        parts += [content, b"\0" * padding]
        at += len(content) + padding
    text = json.dumps({**header, "columns": listed}, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([MAGIC, struct.pack("<II", len(text), 0), text, *parts])


def _ticks(times: NDArray[Any], tick_s: float) -> NDArray[np.uint32]:
    finite = np.isfinite(times)
    ticks = np.rint(np.where(finite, times, 0.0) / tick_s).clip(0, NEVER - 1)
    return np.where(finite, ticks, NEVER).astype("<u4")


def _none() -> pl.DataFrame:
    from zhizao.records import EVENTS

    return pl.DataFrame(schema=dict(EVENTS))


def _edges(lot: NDArray[Any], place: NDArray[Any], floor: Floor) -> list[tuple[int, int, int]]:
    """How often lots went from one center to another, however they were carried; the most frequent first."""
    n = len(floor.places)
    stands = np.array([one.kind in ("center", "crane") for one in floor.places])
    kept = stands[place.clip(0, n - 1)] & (place < n)
    lot, place = lot[kept], place[kept]
    same = (lot[1:] == lot[:-1]) & (place[1:] != place[:-1])
    ways, counts = np.unique(place[:-1][same] * n + place[1:][same], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_MOST_EDGES]
    return [(int(ways[i] // n), int(ways[i] % n), int(counts[i])) for i in order]


def _unseen(records: Records, floor: Floor) -> dict[str, dict[str, float]]:
    """Seconds of each place in states that a log does not show, as the twin counted them."""
    if records.states is None:
        return {}
    found = (
        records.states.with_columns(pl.col("state").cast(pl.String))
        .filter(pl.col("state").is_in(["blocked", "waiting", "standby"]), pl.col("seconds") > 0)
        .group_by("work_center", "state")
        .agg(pl.col("seconds").sum())
    )
    known = {place.id for place in floor.places}
    result: dict[str, dict[str, float]] = {}
    for center, state, total in found.sort("work_center", "state").iter_rows():
        if center in known:
            result.setdefault(center, {})[state] = total
    return result
