"""Lower the transporters: a leg of a way becomes a step, its vehicles the units of a center."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zhizao.engine.pools import Pools, blank, records
from zhizao.engine.random_numbers import step_number
from zhizao.kernels import tables as k
from zhizao.kernels.times import NEVER
from zhizao.plant import Conveyor, ConveyorKind, Crane, Dwell, Fleet, Plant, Retrieval
from zhizao.plant.query.floors import Network, ahead_s, floor_of, network, spots
from zhizao.plant.query.transport import (
    Way,
    conveyor_of,
    coordinates,
    fleet_of,
    home,
    stops,
    stores,
    travel_times_s,
    ways,
)
from zhizao.quantities import Distribution

_ONCE = 1 << 62  # pieces of a run: the lot is one run


@dataclass(slots=True)
class TransportRows:
    """Legs of ways, as steps and alternatives, and what belongs to their centers.

    `legs` says for each way (start, end) the step that goes it.
    """

    names: list[str] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    alternatives: list[dict[str, Any]] = field(default_factory=list)
    centers: dict[str, dict[str, Any]] = field(default_factory=dict)
    transporters: list[tuple[Any, ...]] = field(default_factory=list)
    legs: dict[Way, int] = field(default_factory=dict)
    networks: dict[str, tuple[int, Network]] = field(default_factory=dict)  # of floors: first zone, zones
    first: int = 0  # steps of routes, before those of legs
    first_alternative: int = 0

    def add(self, name: str, center: int, step: dict[str, Any], alternative: dict[str, Any]) -> int:
        """Add the step of a leg; gives its row."""
        row, place = self.first + len(self.steps), self.first_alternative + len(self.alternatives)
        none = dict.fromkeys(
            (
                "next",
                "rework",
                "keep",
                "same",
                "mark",
                "limit",
                "limit_step",
                "routing",
                "quality",
                "outcome_first",
            ),
            -1,
        )
        own = {"alt_first": place, "alt_end": place + 1, "position": row, **none}
        self.names.append(name)
        self.steps.append({**own, "stream": step_number(name), "sample": 1.0, **step})
        whole = {"center": center, "batch_pieces": _ONCE, "parts": 1, "batch": -1, "cascade": -1}
        self.alternatives.append({**whole, "kind": k.LEG, **alternative})
        return row


def lower_transport(
    plant: Plant, rows: dict[str, int], steps: int, alternatives: int, pools: Pools
) -> TransportRows:
    """Lower all transporters; `rows` numbers work centers and transporters, `steps` are those of routes."""
    made = TransportRows(first=steps, first_alternative=alternatives)
    needed = ways(plant) if plant.transport.fleets or plant.transport.conveyors else ()
    zones = 0
    for floor in plant.transport.floors:
        made.networks[floor.id] = zones, network(floor)
        zones += len(made.networks[floor.id][1].at)
    fleet_on = {way: fleet_of(plant, way) for way in needed}
    for fleet in plant.transport.fleets:
        own = [way for way, chosen in fleet_on.items() if chosen is fleet]
        _add_fleet(made, plant, fleet, own, rows, pools)
    for crane in plant.transport.cranes:
        _add_crane(made, crane, rows, pools, tuple(plant.products))
    belts = {way: conveyor_of(plant, way) for way in needed}
    for conveyor in plant.transport.conveyors:
        _add_conveyor(made, conveyor, rows, (conveyor.from_center, conveyor.to) in belts)
    return made


# ---------------------------------------------------------------- fleets
def _add_fleet(
    made: TransportRows, plant: Plant, fleet: Fleet, own: list[Way], rows: dict[str, int], pools: Pools
) -> None:
    places = {name: number for number, name in enumerate(stops(plant, fleet))}
    racks = {crane.id for crane in plant.transport.cranes}
    times = travel_times_s(plant, fleet, places)
    for start, end in own:
        made.legs[start, end] = made.add(
            f"{start} to {end}",
            rows[fleet.id],
            {
                "family": places[start],
                "own_family": places[end],
                "kind": k.FERRY if end in racks else k.BRING,
                "end_center": rows[end],
            },
            {
                "fixed": pools.dist(fleet.load),
                "per_lot": 0 if fleet.floor else _time(pools, times[start, end]),
                "per_batch": pools.dist(fleet.unload),
            },
        )
    matrix = [_time(pools, times[a, b]) for a in places for b in places]
    made.centers[fleet.id] = _trips(pools, matrix, len(places))
    on_floor = _on_floor(made, plant, fleet, tuple(places), pools)
    made.transporters.append(_transporter(kind=k.FLEET, home=places[home(plant, fleet)], **on_floor))


def _on_floor(
    made: TransportRows, plant: Plant, fleet: Fleet, places: tuple[str, ...], pools: Pools
) -> dict[str, Any]:
    """Fields of a fleet on a floor."""
    floor = floor_of(plant, fleet)
    if floor is None:
        return {}
    first, net = made.networks[floor.id]
    assert fleet.speed is not None  # the plant's checks see to it
    at = coordinates(plant)
    own = [*spots(floor, {name: at[name] for name in places}).values()]
    ahead = np.full((len(own), sum(len(other.at) for _, other in made.networks.values())), NEVER)
    found = ahead_s(net, tuple(own), fleet.speed)
    ahead[:, first : first + len(net.at)] = np.where(np.isfinite(found), found, NEVER)
    return {
        "spot_first": pools.add_list(first + zone for zone in own),
        "ahead_first": pools.add_values(ahead.ravel()),
        "speed": fleet.speed,
        "turn_s": fleet.turn,
    }


def floor_tables(made: TransportRows) -> tuple[Any, Any, int]:
    """The tables of zones and of links, and the most links to one zone."""
    zones: list[tuple[int, int]] = []
    links: list[tuple[int, float, float]] = []
    most = 0
    for first, net in made.networks.values():
        ends = np.searchsorted(net.start, np.arange(len(net.at) + 1)) + len(links)
        zones += zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
        links += zip((first + net.end).tolist(), net.length_m.tolist(), net.heading.tolist(), strict=True)
        most = max(most, int(np.bincount(net.end).max()))
    return records(k.ZONE, zones), records(k.LINK, links), most


def _time(pools: Pools, seconds: float | None) -> int:
    """Number of a fixed time; 0 is none."""
    return pools.dist(Distribution.constant(seconds)) if seconds else 0


def _trips(pools: Pools, matrix: list[int], n: int) -> dict[str, Any]:
    """Fields of a center whose set-up is the empty trip to a load."""
    first = pools.add_list([0] * n + matrix)  # a row before: from nowhere
    return {
        "setup_by": k.BY_FAMILY,
        "setup_default": 0,
        "setup_first": first,
        "families": n,
        "starts": k.BY_CHOICE,
        "alike": 0,
    }


def _transporter(**known: Any) -> tuple[Any, ...]:
    given: dict[str, Any] = {"store": -1, "retrieve": -1, "spot_first": -1, "class_first": -1, **known}
    return tuple(given.get(name, 0) for name in k.TRANSPORTER.names or ())


def charging(fleet: Fleet, plant: Plant, pools: Pools) -> tuple[Any, ...] | None:
    """(clock, planned, at once, idle too, then, between, duration, place) of a downtime to charge."""
    battery = fleet.charging
    if battery is None:
        return None
    place = -1 if battery.at is None else stops(plant, fleet).index(battery.at)
    return k.BY_RUNNING, 1, 0, 1, k.RESUME, pools.dist(battery.after), pools.dist(battery.takes), place


# ---------------------------------------------------------------- cranes
def _add_crane(
    made: TransportRows, crane: Crane, rows: dict[str, int], pools: Pools, products: tuple[str, ...]
) -> None:
    single, center = crane.command == "single", rows[crane.id]
    transfer = pools.dist(crane.transfer)
    work = {"fixed": transfer, "per_lot": transfer}
    in_rack = 0 if single else 1  # family of a crane that is in the rack; 0: at the corner
    store = {"family": 0, "own_family": in_rack, "kind": k.STORE, "end_center": center}
    fetch = {"family": in_rack, "own_family": 0, "kind": k.RETRIEVE, "end_center": center}
    along, up = crane.length / crane.speed, crane.height / crane.lift
    out = _time(pools, mean_ride_s(along, up))
    made.centers[crane.id] = _trips(pools, [0, out, out, 0], 2)
    made.transporters.append(
        _transporter(
            kind=k.CRANE,
            store=made.add(f"store in {crane.id}", center, store, work),
            retrieve=made.add(f"fetch from {crane.id}", center, fetch, work),
            single=int(single),
            along_s=along,
            up_s=up,
            nearest=int(crane.retrieval is Retrieval.NEAREST),
            **_dwell(crane, along, up),
            **_classes(crane, products, pools),
        )
    )


def _dwell(crane: Crane, along: float, up: float) -> dict[str, Any]:
    """Fields of what an idle crane does."""
    if crane.dwell is Dwell.STAY:
        return {"dwell": k.STAYS}
    if crane.dwell is Dwell.CORNER:
        return {"dwell": k.GOES}
    return {"dwell": k.GOES, "dwell_along": along / 2.0, "dwell_up": up / 2.0}


def _classes(crane: Crane, products: tuple[str, ...], pools: Pools) -> dict[str, int]:
    """Fields of the storage classes: a product that none lists is in the one that lists none."""
    if not crane.classes:
        return {}
    rest = next((row for row, one in enumerate(crane.classes) if not one.products), 0)
    class_of = {name: row for row, one in enumerate(crane.classes) for name in one.products}
    ends = np.cumsum([one.share for one in crane.classes])
    return {
        "class_first": pools.add_list([class_of.get(name, rest) for name in products]),
        "share_first": pools.add_values([0.0, *ends[:-1], 1.0]),
    }


def mean_ride_s(along_s: float, up_s: float) -> float:
    """Mean time from the corner of a rack to a place in it (half of Bozer & White's single command)."""
    longest, b = max(along_s, up_s), min(along_s, up_s) / max(along_s, up_s)
    return longest * (1.0 + b * b / 3.0) / 2.0


# ---------------------------------------------------------------- conveyors
def _add_conveyor(made: TransportRows, conveyor: Conveyor, rows: dict[str, int], used: bool) -> None:
    center, travel = rows[conveyor.id], conveyor.length / conveyor.speed
    slotted = int(conveyor.kind is ConveyorKind.SLOTTED)
    if used:
        way = conveyor.from_center, conveyor.to
        step = {"kind": k.BELT, "end_center": rows[conveyor.to]}
        made.legs[way] = made.add(f"{way[0]} to {way[1]}", center, step, {})
    made.centers[conveyor.id] = {"capacity": conveyor.places, "setup_by": k.NO_SETUP}
    made.transporters.append(
        _transporter(
            kind=k.CONVEYOR,
            places=conveyor.places,
            slotted=slotted,
            travel_s=travel,
            headway_s=travel / conveyor.places,
        )
    )


# ---------------------------------------------------------------- tables
def with_legs(steps: Any, made: TransportRows) -> Any:
    """The table of steps with those of the legs behind it."""
    return _joined(steps, made.steps)


def with_rides(alternatives: Any, made: TransportRows) -> Any:
    """The table of alternatives with those of the legs behind it."""
    return _joined(alternatives, made.alternatives)


def _joined(table: Any, more: list[dict[str, Any]]) -> Any:
    tail = blank(table.dtype, len(more))
    for row, fields in enumerate(more):
        for name, value in fields.items():
            tail[name][row] = value
    return np.concatenate([table, tail]).view(np.recarray)


def mark_centers(centers: Any, made: TransportRows, rows: dict[str, int]) -> None:
    """Set what is special about the centers of transporters."""
    for name, fields in made.centers.items():
        for column, value in fields.items():
            centers[column][rows[name]] = value


def transporter_table(made: TransportRows) -> Any:
    """The table of transporters."""
    return records(k.TRANSPORTER, made.transporters)


def leg_list(plant: Plant, made: TransportRows, rows: dict[str, int], pools: Pools) -> int:
    """Place of the steps of the legs in the lists; -1: the plant has no transporters."""
    if not made.transporters:
        return -1
    n = len(rows)
    matrix = np.full((n, n), -1)
    for (start, end), step in made.legs.items():
        matrix[rows[start], rows[end]] = step
    rack = np.full(n, -1)
    for center, crane in stores(plant).items():
        rack[rows[center]] = rows[crane]
    return pools.add_list(np.concatenate([matrix.ravel(), rack]))


def fixed_times(plant: Plant, rows: dict[str, int]) -> Any:
    """Matrix of the times in s of all ways that take a fixed time; None: no way takes any.

    `default` holds between work centers and to a rack; the rack is where the centers are that it serves.
    """
    transport = plant.transport
    if not transport.default and not any(move.takes for move in transport.times):
        return None
    matrix = np.zeros((len(rows), len(rows)))
    centers = [rows[center.id] for center in plant.work_centers]
    ends = [*centers, *(rows[crane.id] for crane in transport.cranes)]
    if transport.default:
        matrix[np.ix_(centers, ends)] = transport.default
        np.fill_diagonal(matrix, 0.0)
    for move in transport.times:
        matrix[rows[move.from_center], rows[move.to]] = move.takes
    return matrix
