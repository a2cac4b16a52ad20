"""How replications begin that start from a state of the plant."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from zhizao.engine.state import events_ahead
from zhizao.kernels import seat
from zhizao.kernels import tables as k
from zhizao.plant import PlantState, state_text
from zhizao.quantities import InputError

_SENTINEL = 1  # token of the event behind all that brings the lots in


@dataclass(frozen=True, slots=True)
class Seat:
    """Lots that a unit works on when the run begins."""

    name: str  # of the unit
    unit: int
    lots: tuple[int, ...]  # rows of Tables.orders; several are a batch
    left: float  # s; -1: all of it
    setup: bool


@dataclass(frozen=True, slots=True)
class Repair:
    """A unit that is down when the run begins."""

    unit: int
    stop: int
    left: float  # s


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """Where replications begin: with an exact image, or with what the readable part of a state says."""

    state: PlantState
    at_s: float = 0.0  # from the start of the plant
    event_s: float = 0.0  # the last event of the image
    image: k.State | None = None
    families: tuple[tuple[int, int], ...] = ()  # units, and what they are set up for
    seats: tuple[Seat, ...] = ()
    repairs: tuple[Repair, ...] = ()
    in_use: tuple[tuple[str, int, int], ...] = ()  # people, tools, utilities: name, row, count

    @property
    def digest(self) -> str:
        """Of the state."""
        return blake2b(state_text(self.state).encode(), digest_size=16).hexdigest()


def copied_image(opening: Opening, empty: k.State, root: Any) -> k.State:
    """A copy of the image; its lots draw from random numbers of the replication that goes on from it."""
    assert opening.image is not None
    state = k.State(*(table.copy() for table in opening.image))
    with np.errstate(over="ignore"):
        state.lots["key"] ^= root
        state.trips["key"] ^= root
    state.clock[0].log_n = state.clock[0].exits_n = 0
    return state._replace(log=empty.log, exits=empty.exits)


def set_up(opening: Opening, s: k.State) -> None:
    """Let units be set up, and vehicles be, as the state says. Before the first event."""
    for unit, family in opening.families:
        s.units.family[unit] = family


def next_brings_lots(s: k.State) -> bool:
    """Whether the next event still belongs to what brings the lots of the state into the plant."""
    ahead = events_ahead(s)
    first = ahead[np.lexsort((ahead["order"], ahead["time"]))[0]]
    return not (int(first["order"]) >> 56 == k.E_LOOK and int(first["token"]) == _SENTINEL)


def mark_end(s: k.State) -> None:
    """Add an event at once, behind those that bring lots; all that it does is to look at a work center."""
    schedule(s, (0.0, k.E_LOOK, 0, _SENTINEL))


def schedule(s: k.State, event: tuple[float, int, int, int] | None, ahead: Any = None) -> None:
    """Add an event (time, class, who and token) to those ahead, or to others that take their place."""
    clock = s.clock[0]
    events = [events_ahead(s) if ahead is None else ahead]
    if event is not None:
        time, kind, who, token = event
        added = np.zeros(1, k.HEAP)
        added[0] = time, (kind << 56) + int(clock.sequence), who, token
        events.append(added)
        clock.sequence += 1
    both = np.concatenate(events)
    both = both[np.lexsort((both["order"], both["time"]))]  # in order, it is a heap
    s.heap[: len(both)] = both
    clock.heap_n, clock.hole = len(both), 0
    clock.edge, clock.width, clock.bucket = np.inf, 1.0, 0  # none of them in the wheel
    clock.far_n, clock.far_free, clock.far_top = 0, -1, 0
    s.wheel[:] = -1


def seat_all(opening: Opening, t: k.Tables, s: k.State, words: tuple[Any, Any]) -> None:
    """Put the lots in work on their units, and let units be down. `words`: pointers of tables and state."""
    rows = {int(s.lots.order[lot]): lot for lot in np.flatnonzero(s.lots.used == 2).tolist()}
    for one in opening.seats:
        lots = [rows[order] for order in one.lots]
        behind, pieces = -1, 0
        for lot in lots:
            seat.pull(*words, lot, _alternative(t, s, lot, one), behind)
            behind, pieces = lot, pieces + int(s.lots.active[lot])
        if not seat.seat(*words, one.unit, lots[0], len(lots), pieces, one.left, int(one.setup)):
            raise InputError(f"state: the lot on {one.name} needs people or tools that are not there")
    for repair in opening.repairs:
        _stop(s, repair)
    for name, row, count in opening.in_use:
        used = int(t.resources["count"][row] - s.resources.free[row])
        if used != count:
            raise InputError(
                f"state: personnel.{name}: found {count} in use, and the lots in work take {used}; "
                "correct it, or delete it, for it follows from them"
            )


def _alternative(t: k.Tables, s: k.State, lot: int, one: Seat) -> int:
    step = t.steps[int(s.lots.step[lot])]
    center = int(t.units.center[one.unit])
    rows = [row for row in range(step.alt_first, step.alt_end) if t.alternatives.center[row] == center]
    x = s.lots[lot]
    queue = s.centers[int(t.alternatives.center[int(x.alternative)])] if x.alternative >= 0 else None
    if queue is None or x.unit >= 0 or not _waits(s, int(queue["head"]), lot):
        raise InputError(f"state: the lot on {one.name} has no place in the queue before it; free its buffer")
    if t.alternatives.kind[rows[0]] == k.CASCADING:
        raise InputError(
            f"state: found a lot in work on {one.name}, which takes lots in a cascade: not honoured yet by "
            "this version for a state without an exact image"
        )
    return rows[0]


def _waits(s: k.State, lot: int, wanted: int) -> bool:
    while lot >= 0:
        if lot == wanted:
            return True
        lot = int(s.lots.next[lot])
    return False


def _stop(s: k.State, repair: Repair) -> None:
    """Let a unit be down, as if the stop had begun before."""
    x = s.units[repair.unit]
    x.downtime = repair.stop
    x.downtime_start = 0.0
    x.token += 1
    s.idle[repair.unit] = 0
    s.downtimes.at[repair.stop] = -1.0  # the event of its clock means nothing any more
    schedule(s, (repair.left, k.E_UNIT, repair.unit, int(x.token)))
