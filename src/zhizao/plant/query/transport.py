"""Kinds of transporters, each registered once; transporters as equipment; travel times of fleets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from zhizao.plant.model import (
    Conveyor,
    Crane,
    DispatchRule,
    Fleet,
    FleetDispatch,
    Layout,
    OffShift,
    Plant,
    WorkCenter,
    WorkUnit,
)
from zhizao.plant.query.floors import drive_s, floor_of, network, spots

if TYPE_CHECKING:
    from collections.abc import Iterable

DISPATCH = {
    FleetDispatch.FIFO: DispatchRule.FIFO,
    FleetDispatch.NEAREST: DispatchRule.LEAST_SETUP,
    FleetDispatch.PRIORITY: DispatchRule.PRIORITY,
    FleetDispatch.EARLIEST_DUE_DATE: DispatchRule.EARLIEST_DUE_DATE,
}
Way = tuple[str, str]
Path = tuple[str | int, ...]


def equipment(plant: Plant) -> tuple[WorkCenter, ...]:
    """List all that has states, power and cost: work centers, then transporters in the order of `KINDS`.

    Vehicles are the units of their fleet; a crane or a conveyor has one unit, called like itself.
    """
    return tuple(center for _, center in equipment_by_path(plant))


def equipment_by_path(plant: Plant) -> Iterator[tuple[Path, WorkCenter]]:
    """List `equipment` with its place in the plant, such as `("transport", "fleets", 0)`."""
    for number, center in enumerate(plant.work_centers):
        yield ("work_centers", number), center
    for each in transporters(plant):
        yield each.path, each.equipment


def _of_fleet(fleet: Fleet) -> WorkCenter:
    return WorkCenter(
        id=fleet.id,
        units=tuple(WorkUnit(id=f"{fleet.id}-{number}") for number in range(1, fleet.vehicles + 1)),
        dispatch=DISPATCH[fleet.dispatch],
        **_shared(fleet),
    )


def _of_crane(crane: Crane) -> WorkCenter:
    rule = DispatchRule.LEAST_SETUP if crane.command == "dual" else DispatchRule.FIFO
    return WorkCenter(id=crane.id, units=(WorkUnit(id=crane.id),), dispatch=rule, **_shared(crane))


def _shared(means: Fleet | Crane) -> dict[str, Any]:
    return {
        "calendar": means.calendar,
        "off_shift": OffShift.FINISH,
        "failures": means.failures,
        "maintenance": means.maintenance,
        "power": means.power,
        "cost": means.cost,
    }


def _of_conveyor(conveyor: Conveyor) -> WorkCenter:
    return WorkCenter(
        id=conveyor.id, units=(WorkUnit(id=conveyor.id),), power=conveyor.power, cost=conveyor.cost
    )


# ---------------------------------------------------------------- kinds of transporters
@dataclass(frozen=True, slots=True)
class TransporterKind:
    """What all packages need to know of a kind of transporter.

    `as_equipment` gives its states, power, cost, calendar and downtimes; `count` is the field that says how
    many there are (None: always one); `randomness` names, by field, what it adds to the randomness of a plant
    besides distributions.
    """

    as_equipment: Callable[[Any], WorkCenter]
    count: str | None = None
    randomness: Mapping[str, str] = field(default_factory=dict)


KINDS: Final = {
    "fleets": TransporterKind(_of_fleet, count="vehicles", randomness={"failures": "failures"}),
    "cranes": TransporterKind(
        _of_crane,
        randomness={"failures": "failures", "length": "the places of lots in racks (one draw of them)"},
    ),
    "conveyors": TransporterKind(_of_conveyor),
}
"""Kinds of transporters by their field in `Transport`, in the order of their rows in the twin."""


@dataclass(frozen=True, slots=True)
class Transporter:
    """A transporter of any kind: its place in the plant, its part of the model and its kind."""

    path: Path
    part: Any
    kind: TransporterKind

    @property
    def id(self) -> str:
        """Its name, and that of its equipment."""
        return str(self.part.id)

    @property
    def equipment(self) -> WorkCenter:
        """The transporter as equipment."""
        return self.kind.as_equipment(self.part)

    @property
    def one_more(self) -> dict[str, int]:
        """The change of the plant, by dotted path, that adds one; empty where there is always one."""
        count = self.kind.count
        if count is None:
            return {}
        return {f"{self.path[0]}.{self.path[1]}.{self.id}.{count}": getattr(self.part, count) + 1}


def transporters(plant: Plant) -> Iterator[Transporter]:
    """List the transporters of all kinds, in the order of `KINDS`."""
    for name, kind in KINDS.items():
        for number, part in enumerate(getattr(plant.transport, name)):
            yield Transporter(("transport", name, number), part, kind)


def transporter_ids(plant: Plant) -> tuple[str, ...]:
    """List the ids of transporters."""
    return tuple(each.id for each in transporters(plant))


# ---------------------------------------------------------------- places
def coordinates(plant: Plant) -> dict[str, tuple[float, float] | None]:
    """Give where each place is; the places are work centers, cranes and locations."""
    moves = plant.transport
    return (
        {center.id: center.at for center in plant.work_centers}
        | {crane.id: crane.at for crane in moves.cranes}
        | {location.id: location.at for location in moves.locations}
    )


def stores(plant: Plant) -> dict[str, str]:
    """Give the crane whose rack holds the lots of a work center, where there is one."""
    return {center: crane.id for crane in reversed(plant.transport.cranes) for center in crane.serves}


def served(plant: Plant, fleet: Fleet) -> tuple[str, ...]:
    """List the work centers and cranes between which a fleet carries lots."""
    known = [center.id for center in plant.work_centers] + [crane.id for crane in plant.transport.cranes]
    return tuple(name for name in known if not fleet.serves or name in fleet.serves)


def home(plant: Plant, fleet: Fleet) -> str:
    """Name the place where the vehicles of a fleet stand at the start."""
    return fleet.home or fleet.serves[0] if fleet.home or fleet.serves else plant.work_centers[0].id


def travel_times_s(plant: Plant, fleet: Fleet, places: Iterable[str]) -> dict[Way, float]:
    """Times under way between all pairs of places, without traffic; pairs of unknown time are missing.

    One call for many pairs reads the floor, or the lists of the fleet, once.
    """
    names = tuple(dict.fromkeys(places))
    floor, at = floor_of(plant, fleet), coordinates(plant)
    if floor is not None:
        if fleet.speed is None:
            return {}
        own = {name: at[name] for name in names if name in at}
        return drive_s(network(floor), spots(floor, own), fleet.speed, fleet.turn)
    listed = ({(move.from_center, move.to): move.takes for move in fleet.times}, _driven(fleet))
    found = {(a, b): _off_floor_s(fleet, (a, b), listed, at) for a, b in product(names, names)}
    return {way: time for way, time in found.items() if time is not None}


def _off_floor_s(
    fleet: Fleet,
    way: Way,
    listed: tuple[dict[Way, float], ...],
    at: Mapping[str, tuple[float, float] | None],
) -> float | None:
    """Time of a fleet that meets nobody: as listed, for the way or the way back, else by coordinates."""
    start, end = way
    if start == end:
        return 0.0
    for ways in listed:
        for one in (way, (end, start)):
            if one in ways:
                return ways[one]
    here, there = at.get(start), at.get(end)
    if here is None or there is None or fleet.speed is None:
        return None
    along, across = abs(here[0] - there[0]), abs(here[1] - there[1])
    straight = fleet.layout is Layout.STRAIGHT
    return (float((along**2 + across**2) ** 0.5) if straight else along + across) / fleet.speed


def on_floors(plant: Plant) -> tuple[str, ...]:
    """List the ids of the fleets that drive on a floor."""
    return tuple(fleet.id for fleet in plant.transport.fleets if fleet.floor is not None)


def fixed_time_s(plant: Plant, start: str, end: str) -> float:
    """Time between two work centers in s without regard to fleets, conveyors and cranes."""
    if start == end:
        return 0.0
    given = {(move.from_center, move.to): move.takes for move in plant.transport.times}
    return given.get((start, end), plant.transport.default)


def _driven(fleet: Fleet) -> dict[Way, float]:
    """Times of the listed distances, where the speed is known."""
    if fleet.speed is None:
        return {}
    return {(d.from_place, d.to): d.length / fleet.speed for d in fleet.distances}


# ---------------------------------------------------------------- ways
def ways(plant: Plant) -> tuple[Way, ...]:
    """List the ways that lots may have to go: between work centers of one route, by the racks on them."""
    rack = stores(plant)
    found: dict[Way, None] = {}
    for operations in plant.routes.values():
        centers = dict.fromkeys(a.work_center for operation in operations for a in operation.on)
        for start, end in product(centers, centers):
            if start != end:
                found.update(dict.fromkeys(_legs(start, end, rack.get(end))))
    return tuple(found)


def _legs(start: str, end: str, rack: str | None) -> Iterator[Way]:
    yield (start, end) if rack is None else (start, rack)
    if rack is not None:
        yield rack, end


def fleet_of(plant: Plant, way: Way) -> Fleet | None:
    """Find the fleet that carries lots on a way; None: they go by conveyor, or in a fixed time."""
    if conveyor_of(plant, way) is not None:
        return None
    if any((move.from_center, move.to) == way for move in plant.transport.times):
        return None
    fits: Iterable[Fleet] = (f for f in plant.transport.fleets if {*way} <= {*served(plant, f)})
    return next(iter(fits), None)


def conveyor_of(plant: Plant, way: Way) -> Conveyor | None:
    """Find the conveyor on a way."""
    return next((c for c in plant.transport.conveyors if (c.from_center, c.to) == way), None)


def stops(plant: Plant, fleet: Fleet) -> tuple[str, ...]:
    """List the places where a vehicle of a fleet may stand: its home, its chargers, both ends of its ways."""
    own = [way for way in ways(plant) if fleet_of(plant, way) is fleet]
    chargers = [fleet.charging.at] if fleet.charging and fleet.charging.at else []
    return tuple(dict.fromkeys([home(plant, fleet), *chargers, *(place for way in own for place in way)]))


def vehicle_places(plant: Plant) -> dict[str, tuple[str, ...]]:
    """Give the `stops` of each transporter whose units stand at places of the plant, by its id."""
    return {fleet.id: stops(plant, fleet) for fleet in plant.transport.fleets}
