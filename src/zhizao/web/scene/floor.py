"""What stands on the floor: centers, transporters, locations and their units, numbered for the trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from zhizao.kpi.states import pauses
from zhizao.plant.query import work_calendar
from zhizao.plant.query.calendars import own_calendar
from zhizao.plant.query.transport import equipment, fixed_time_s, home, transporters

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.plant.model import WorkCenter
    from zhizao.quantities.calendars import Calendar

NOWHERE = 0xFFFF
"""Number of a center that nobody knows."""
_KINDS = {"fleets": "fleet", "conveyors": "conveyor", "cranes": "crane"}


@dataclass(frozen=True, slots=True)
class Place:
    """A work center or transporter: its units, and what the view must know of it."""

    id: str
    kind: str  # center, fleet, conveyor, crane
    units: tuple[str, ...]
    at: tuple[float, float] | None = None
    capacity: int | None = None
    output: int = 0
    after_service: bool = True
    pauses: bool = True
    opened: Calendar | None = None
    working: Calendar | None = None
    ends: tuple[str, str] | None = None  # of a conveyor
    home: str | None = None  # of a fleet

    def as_json(self) -> dict[str, Any]:
        """What the page gets to know."""
        names = ("id", "kind", "units", "at", "capacity", "ends", "home")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """All places in order; unit numbers run through them."""

    plant: Plant
    places: tuple[Place, ...]

    @property
    def first(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Number of the first unit of each place, and the number of units."""
        return np.cumsum([0, *(len(place.units) for place in self.places)], dtype=np.int64)

    def unit_frame(self) -> pl.DataFrame:
        """Numbers by `work_center` and `unit`."""
        rows = [(place.id, unit, n) for n, place in enumerate(self.places) for unit in place.units]
        kinds = {"work_center": pl.String, "unit": pl.String, "place": pl.Int64}
        return pl.DataFrame(rows, schema=kinds, orient="row").with_row_index("number")

    def travel_s(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Fixed times from place to place in s; 0 to and from transporters, which have rows of their own."""
        n = len(self.places)
        times = np.zeros((n + 1, n + 1))
        moves = self.plant.transport
        if moves.default or moves.times:
            for i, start in enumerate(self.places):
                for j, end in enumerate(self.places):
                    if start.kind == end.kind == "center":
                        times[i, j] = fixed_time_s(self.plant, start.id, end.id)
        return times


def floor_of(plant: Plant, seen: pl.DataFrame) -> Floor:
    """Places of a plant; units that only the log names (`work_center`, `unit`) are added to them."""
    moving = {each.id: _KINDS[str(each.path[1])] for each in transporters(plant)}
    more: dict[str, list[str]] = {}
    for center, unit in seen.unique(maintain_order=True).iter_rows():
        more.setdefault(center, []).append(unit)
    ends = {belt.id: (belt.from_center, belt.to) for belt in plant.transport.conveyors}
    homes = {fleet.id: home(plant, fleet) for fleet in plant.transport.fleets}
    places = [
        _place(plant, one, moving.get(one.id, "center"), more.pop(one.id, []), (ends, homes))
        for one in equipment(plant)
    ]
    return Floor(plant, (*places, *(Place(name, "center", tuple(units)) for name, units in more.items())))


def _place(
    plant: Plant,
    center: WorkCenter,
    kind: str,
    seen: list[str],
    ways: tuple[dict[str, tuple[str, str]], dict[str, str]],
) -> Place:
    own = [unit.id for unit in center.units]
    buffer = center.buffer
    return Place(
        id=center.id,
        kind=kind,
        units=(*own, *(unit for unit in seen if unit not in own)),
        at=center.at,
        capacity=None if buffer is None else buffer.capacity,
        output=0 if buffer is None else buffer.output,
        after_service=buffer is None or buffer.full == "block-after-service",
        pauses=pauses(center),
        opened=own_calendar(plant, center.calendar),
        working=work_calendar(plant, center),
        ends=ways[0].get(center.id),
        home=ways[1].get(center.id),
    )
