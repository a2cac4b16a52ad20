"""The state of one replication: empty at first, growing where the loop asks for room."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhizao.engine.pools import blank
from zhizao.kernels import tables as k

_LOG_ROWS = 1 << 16
_EXIT_ROWS = 1 << 13
_LOTS = 1 << 10


def empty_state(t: k.Tables) -> k.State:
    """The state at t = 0, before the first events are set."""
    clock = blank(k.CLOCK, 1)
    clock.free_lot = clock.backlog_head = clock.backlog_tail = -1
    units = blank(k.UNIT_STATE, len(t.units))
    units.stopped = units.lot = units.family = units.next_family = -1
    centers = blank(k.CENTER_STATE, len(t.centers))
    for name in ("head", "tail", "blocked_head", "blocked_tail"):
        centers[name] = -1
    centers.empty = t.centers.unit_end - t.centers.unit_first
    means = _means(t, units, centers)
    crews = blank(k.CREW_STATE, len(t.crews))
    crews.free = t.crews["count"]
    calendars = blank(k.CALENDAR_STATE, len(t.calendars))
    calendars.open = 1
    heap = len(t.units) + len(t.stops) + len(t.calendars) + len(t.sources) + 64
    whole = t.whole[0]
    wants_events = whole.log == k.LOG_EVENTS
    return k.State(
        clock=clock,
        heap=blank(k.HEAP, 2 * heap),
        lots=blank(k.LOT, _LOTS),
        tries=np.zeros((_LOTS, whole.tries_n), np.int64),
        crew_of=np.full((_LOTS, whole.needs_n), -1, np.int64),
        trips=blank(k.TRIP, _LOTS),
        means=means,
        units=units,
        stops=blank(k.STOP_STATE, len(t.stops)),
        centers=centers,
        crews=crews,
        calendars=calendars,
        sources=blank(k.SOURCE_STATE, len(t.sources)),
        agenda=np.zeros(len(t.centers), np.int64),
        seconds=np.zeros((len(t.units), k.STATES)),
        priced=np.zeros((len(t.units), k.STATES)),
        log=blank(k.LOG, _LOG_ROWS if wants_events else 4),
        exits=blank(k.EXIT, _EXIT_ROWS if whole.log != k.LOG_NONE else 2),
    )


def _means(t: k.Tables, units: Any, centers: Any) -> Any:
    """Vehicles stand at home, and nothing is on a conveyor."""
    means = blank(k.MEANS_STATE, len(t.means))
    means.head = means.tail = means.end = -1
    means.stood = means.slot = -1.0
    for row, p in enumerate(t.means):
        center = t.whole[0].centers_n + row
        c = t.centers[center]
        if p.places > 0:  # its unit only shows its state
            centers.empty[center] = k.SHUT if p.slotted else 0
        else:
            units.family[c.unit_first : c.unit_end] = p.home
    return means


def _grown(array: Any, fill: int = 0) -> Any:
    more = np.full_like(array, fill) if array.dtype.names is None else np.zeros_like(array)
    grown = np.concatenate([array, more])
    return grown.view(np.recarray) if array.dtype.names is not None else grown


def with_more_lots(s: k.State) -> k.State:
    """The same state with room for twice as many lots at a time."""
    return s._replace(lots=_grown(s.lots), tries=_grown(s.tries), crew_of=_grown(s.crew_of, -1), trips=_grown(s.trips))


def with_more_events(s: k.State) -> k.State:
    """The same state with room for twice as many events ahead."""
    return s._replace(heap=_grown(s.heap))


def with_new_log(s: k.State) -> tuple[k.State, Any]:
    """The same state with an empty log, and the rows of the old one (handed on, not copied)."""
    rows = s.log[: int(s.clock[0].log_n)]
    s.clock[0].log_n = 0
    return s._replace(log=np.empty_like(s.log)), rows


def with_new_exits(s: k.State) -> tuple[k.State, Any]:
    """The same state with an empty table of lots that left, and the rows of the old one."""
    rows = s.exits[: int(s.clock[0].exits_n)]
    s.clock[0].exits_n = 0
    return s._replace(exits=np.empty_like(s.exits)), rows
