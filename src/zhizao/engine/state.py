"""The state of one replication: empty at first, growing where the loop asks for room."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhizao.engine.pools import blank
from zhizao.kernels import tables as k
from zhizao.kernels.heap import FAR_S

_LOG_ROWS = 1 << 16
_EXIT_ROWS = 1 << 13
_LOTS = 1 << 10
_BUCKETS = 1 << 13
_IN_BUCKET = 4.0
_MANY_EVENTS = 256
_BURST = 1 << 14  # lots of one batch that there is room for at first


def empty_state(t: k.Tables) -> k.State:
    """The state at t = 0, before the first events are set."""
    clock = blank(k.CLOCK, 1)
    clock.edge = np.inf
    clock.width = 1.0
    clock.far_free = -1
    clock.claims_free = -1
    clock.pulling = clock.free_lot = clock.backlog_head = clock.backlog_tail = -1
    units = blank(k.UNIT_STATE, len(t.units))
    units.downtime = units.lot = units.family = units.next_family = units.repair = -1
    units.turn, clock.frozen = _turns(t)
    centers = blank(k.CENTER_STATE, len(t.centers))
    for name in ("head", "tail", "blocked_head", "blocked_tail"):
        centers[name] = -1
    centers.empty = t.centers.unit_end - t.centers.unit_first
    transporters = _transporters(t, units, centers)
    resources = blank(k.RESOURCE_STATE, len(t.resources))
    resources.free = t.resources["count"]
    stocks = blank(k.STOCK_STATE, len(t.products))
    stocks.pieces = t.products.initial
    calendars = blank(k.CALENDAR_STATE, len(t.calendars))
    calendars.open = 1
    heap = len(t.units) + len(t.downtimes) + len(t.calendars) + len(t.sources) + 64
    whole = t.whole[0]
    burst = min(int(whole.burst), _BURST)
    wants_events = whole.log == k.LOG_EVENTS
    return k.State(
        clock=clock,
        heap=blank(k.HEAP, 2 * (heap + burst)),
        far=blank(k.FAR, 1),
        wheel=np.full(1, -1, np.int64),
        lots=blank(k.LOT, _LOTS),
        lot_extra=blank(k.LOT_EXTRA, _LOTS),
        tries=np.zeros((_LOTS, whole.tries_n), np.int64),
        resource_of=np.full((_LOTS, whole.needs_n), -1, np.int64),
        repair_of=np.full((len(t.units), whole.repair_needs_n), -1, np.int64),
        homes=np.full((_LOTS, whole.homes_n), -1, np.int64),
        marks=np.zeros((_LOTS, whole.marks_n)),
        trips=blank(k.TRIP, _LOTS),
        transporters=transporters,
        zones=_zones(t),
        **_claims(t),
        gathers=blank(k.GATHER_STATE, whole.gathers_n),
        idle=np.ones(len(t.units), np.int8),
        units=units,
        downtimes=blank(k.DOWNTIME_STATE, len(t.downtimes)),
        centers=centers,
        resources=resources,
        calendars=calendars,
        sources=blank(k.SOURCE_STATE, len(t.sources)),
        stocks=stocks,
        agenda=np.zeros(len(t.centers), np.int64),
        seconds=np.zeros((len(t.units), k.STATES)),
        priced=np.zeros((len(t.units), k.STATES)),
        work_energy=np.zeros((len(t.units), 2)),
        log=blank(k.LOG, (_LOG_ROWS if wants_events else 4) + 2 * burst),
        exits=blank(k.EXIT, (_EXIT_ROWS if whole.log != k.LOG_NONE else 2) + 2 * burst),
        planned=_planned(t),
        rule_inputs=np.zeros(2 * (k.RULE_PLACES + whole.numbers_n) + 1),
    )


def _planned(t: k.Tables) -> Any:
    """Nothing of the plan has happened yet."""
    planned = blank(k.PLANNED_STATE, len(t.plans))
    planned.ready = planned.start = planned.left = planned.unit = -1
    return planned


def _turns(t: k.Tables) -> tuple[Any, int]:
    """The row of the plan that each unit takes first (-1: any), and how many have their turn."""
    then, unit = np.asarray(t.plans["then"]), np.asarray(t.plans["unit"])
    frozen = np.flatnonzero(then != k.NO_TURN)
    first = np.full(len(t.units), -1, np.int64)
    later = set(then[frozen].tolist())
    for row in frozen.tolist():
        if row not in later:
            first[unit[row]] = row
    return first, len(frozen)


def _transporters(t: k.Tables, units: Any, centers: Any) -> Any:
    """Vehicles stand at home, and nothing is on a conveyor."""
    transporters = blank(k.TRANSPORTER_STATE, len(t.transporters))
    transporters.head = transporters.tail = transporters.end = -1
    transporters.stood = transporters.slot = -1.0
    for row, p in enumerate(t.transporters):
        center = t.whole[0].centers_n + row
        c = t.centers[center]
        if p.kind == k.CONVEYOR:  # its unit only shows its state
            centers.empty[center] = 0
            centers.shut[center] = p.slotted
        else:
            units.family[c.unit_first : c.unit_end] = p.home
    return transporters


def _zones(t: k.Tables) -> Any:
    """Nobody is on the floor."""
    zones = blank(k.ZONE_STATE, len(t.zones))
    zones.head = zones.label = zones.search = -1
    return zones


def _claims(t: k.Tables) -> dict[str, Any]:
    """Room for claims of zones and for a search among them."""
    rows = 16 * len(t.zones)
    labels = len(t.links) + rows + 1
    return {
        "claims": blank(k.CLAIM, rows),
        "labels": blank(k.LABEL, labels),
        "front": np.zeros(labels, np.int64),
    }


def _grown(array: Any, fill: int = 0) -> Any:
    """Twice as many rows. Zeros are not written: they cost memory only once they are used."""
    grown = np.zeros((2 * len(array), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    if fill:
        grown[len(array) :] = fill
    return grown.view(np.recarray) if array.dtype.names is not None else grown


def with_more_lots(s: k.State) -> k.State:
    """The same state with room for twice as many lots at a time."""
    return s._replace(
        lots=_grown(s.lots),
        lot_extra=_grown(s.lot_extra),
        tries=_grown(s.tries),
        resource_of=_grown(s.resource_of, -1),
        homes=_grown(s.homes),
        marks=_grown(s.marks),
        trips=_grown(s.trips),
    )


def with_more_events(s: k.State) -> k.State:
    """The same state with room for twice as many events ahead."""
    return s._replace(heap=_grown(s.heap), far=_grown(s.far))


def with_more_claims(s: k.State) -> k.State:
    """The same state with room for twice as many claims of zones."""
    return s._replace(claims=_grown(s.claims), labels=_grown(s.labels), front=_grown(s.front))


def with_wheel(s: k.State) -> k.State:
    """The same state with events ahead in a wheel of buckets, where they are many and buckets fit badly.

    A bucket holds about four events at the rate of events so far. The order of events stays as it is.
    """
    clock = s.clock[0]
    many = int(clock.heap_n) - int(clock.hole) + int(clock.far_n)
    if many < _MANY_EVENTS or clock.now <= 0.0:
        return s
    handled = max(int(clock.sequence) - many, 1)
    width = 2.0 ** np.round(np.log2(_IN_BUCKET * clock.now / handled))
    if clock.far_n > 0 and 0.25 < width / clock.width < 4.0:
        return s
    ahead = events_ahead(s)
    ahead = ahead[np.lexsort((ahead["order"], ahead["time"]))]
    bucket = np.minimum(ahead["time"], FAR_S) // width
    now = int(clock.now // width)
    near = int(np.searchsorted(bucket, now, side="right"))
    heap, far, wheel = blank(k.HEAP, len(s.heap)), blank(k.FAR, len(s.heap)), np.full(_BUCKETS, -1)
    heap[:near] = ahead[:near]
    for row, (event, number) in enumerate(zip(ahead[near:], bucket[near:].astype(np.int64), strict=True)):
        place = number & (_BUCKETS - 1)
        far[row] = (*event.tolist(), number, wheel[place])
        wheel[place] = row
    clock.heap_n, clock.hole, clock.width, clock.bucket, clock.edge = near, 0, width, now, (now + 1) * width
    clock.far_n = clock.far_top = len(ahead) - near
    clock.far_free = -1
    return s._replace(heap=heap, far=far, wheel=wheel)


def events_ahead(s: k.State) -> Any:
    """All events ahead, in no order."""
    clock = s.clock[0]
    return np.concatenate([s.heap[int(clock.hole) : int(clock.heap_n)], _in_wheel(s)])


def _in_wheel(s: k.State) -> Any:
    """Events that stand in the wheel."""
    rows, following = [], s.far["next"].tolist()
    for first in s.wheel[s.wheel >= 0].tolist():
        row = first
        while row >= 0:
            rows.append(row)
            row = following[row]
    return s.far[rows][list(k.HEAP.names or ())].astype(k.HEAP)


def with_new_log(s: k.State) -> tuple[k.State, Any]:
    """The same state with an empty log, and the rows of the old one (handed on, not copied)."""
    rows = s.log[: int(s.clock[0].log_n)]
    s.clock[0].log_n = 0
    return s._replace(log=_emptied(s.log, rows)), rows


def with_new_exits(s: k.State) -> tuple[k.State, Any]:
    """The same state with an empty table of lots that left, and the rows of the old one."""
    rows = s.exits[: int(s.clock[0].exits_n)]
    s.clock[0].exits_n = 0
    return s._replace(exits=_emptied(s.exits, rows)), rows


def _emptied(table: Any, rows: Any) -> Any:
    """A new table of as many rows; of twice as many, where the old one was empty and yet too small."""
    return np.empty_like(table) if len(rows) else np.empty(2 * len(table), table.dtype).view(np.recarray)
