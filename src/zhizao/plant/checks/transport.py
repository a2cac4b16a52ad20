"""Checks of transporters: names, ways that nobody can go, racks that would never hold a lot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, product
from math import isclose

from zhizao.plant.checks.parts import NO_PLACE_KEPT
from zhizao.plant.faults import Path, Problem
from zhizao.plant.model import Fleet, Plant, Retrieval, StorageClass
from zhizao.plant.names import repeated, unknown
from zhizao.plant.query import keeps_places, transport
from zhizao.plant.query.floors import aisle_m, floor_of, spots

Named = tuple[Path, str]


def check_transport(plant: Plant) -> list[Problem]:
    """List everything that is wrong with the transport of a plant."""
    parts = (_names, _times, _cranes, _storage, _conveyors, _places_kept, _floors)
    own = list(chain.from_iterable(part(plant) for part in parts))
    if own:
        return own
    for number, fleet in enumerate(plant.transport.fleets):
        path: Path = ("transport", "fleets", number)
        found = list(_fleet_names(plant, path, fleet))
        own += found if found else _unreachable(plant, path, fleet)
    return own


def _path(kind: str, number: int, *rest: str | int) -> Path:
    return ("transport", kind, number, *rest)


def _centers(plant: Plant) -> list[str]:
    return [center.id for center in plant.work_centers]


def _ends(plant: Plant) -> list[str]:
    return [*_centers(plant), *(crane.id for crane in plant.transport.cranes)]


# ---------------------------------------------------------------- names
def _names(plant: Plant) -> Iterator[Problem]:
    named: list[Named] = [(("work_centers", i, "id"), c.id) for i, c in enumerate(plant.work_centers)]
    named += [(_path("locations", i, "id"), place.id) for i, place in enumerate(plant.transport.locations)]
    named += [((*each.path, "id"), each.id) for each in transport.transporters(plant)]
    yield from (p for p in repeated("name", named) if p.path[0] == "transport")
    units = [
        ((*path, "id"), unit.id) for path, each in transport.equipment_by_path(plant) for unit in each.units
    ]
    yield from (p for p in repeated("unit", units) if p.path[0] == "transport")
    for each in transport.transporters(plant):
        calendar = each.equipment.calendar
        if calendar is not None and calendar not in plant.calendars:
            yield unknown((*each.path, "calendar"), "calendar", calendar, plant.calendars)


def _known(path: Path, pairs: Iterable[tuple[str, str]], kind: str, names: list[str]) -> Iterator[Problem]:
    for key, name in pairs:
        if name not in names:
            yield unknown((*path, key), kind, name, names)


def _times(plant: Plant) -> Iterator[Problem]:
    ends, rack = _ends(plant), transport.stores(plant)
    pairs: list[Named] = []
    for number, move in enumerate(plant.transport.times):
        path = _path("times", number)
        pairs.append((path, f"{move.from_center} to {move.to}"))
        yield from _known(path, (("from", move.from_center), ("to", move.to)), "work center or crane", ends)
        yield from _past_the_rack(path, move.from_center, move.to, rack)
    yield from repeated("move", pairs)


def _past_the_rack(path: Path, start: str, end: str, rack: dict[str, str]) -> Iterator[Problem]:
    if end in rack and start != rack[end]:
        found = f"found a way to {end!r}, whose lots go to the rack of {rack[end]!r} first"
        yield Problem((*path, "to"), found, f"let it end at {rack[end]}", rack[end])


# ---------------------------------------------------------------- cranes and conveyors
def _cranes(plant: Plant) -> Iterator[Problem]:
    centers = {center.id: center for center in plant.work_centers}
    seen: set[str] = set()
    for number, crane in enumerate(plant.transport.cranes):
        for place, name in enumerate(crane.serves):
            path = _path("cranes", number, "serves", place)
            if name not in centers:
                yield unknown(path, "work center", name, centers)
            elif centers[name].buffer is None:
                found = f"found no buffer at {name!r}: all lots have room there, and none waits in the rack"
                yield Problem(path, found, "give the work center a buffer: {capacity: n}")
            if name in seen:
                yield Problem(path, f"found the work center {name!r} again", "one crane serves it")
            seen.add(name)


def _storage(plant: Plant) -> Iterator[Problem]:
    for number, crane in enumerate(plant.transport.cranes):
        if crane.retrieval is Retrieval.NEAREST and crane.command == "single":
            found = "found retrieval: nearest with single commands, which all begin at the corner"
            yield Problem(_path("cranes", number, "retrieval"), found, "give command: dual, or first-come")
        path = _path("cranes", number, "classes")
        if crane.classes:
            yield from _shares(path, crane.classes)
            yield from _products_of_classes(path, plant, crane.classes)


def _shares(path: Path, classes: tuple[StorageClass, ...]) -> Iterator[Problem]:
    total = sum(one.share for one in classes)
    if len(classes) == 1:
        yield Problem(path, "found one storage class", "give two or more, or none")
    elif not isclose(total, 1.0, abs_tol=1e-9):
        yield Problem(path, f"found shares of storage classes that make {total:g}", "let them make 1")
    if sum(not one.products for one in classes) > 1:
        remedy = "one may list none: it takes all that the others do not list"
        yield Problem(path, "found two storage classes without products", remedy)


def _products_of_classes(path: Path, plant: Plant, classes: tuple[StorageClass, ...]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, one in enumerate(classes):
        for item, name in enumerate(one.products):
            here = (*path, place, "products", item)
            if name not in plant.products:
                yield unknown(here, "product", name, plant.products)
            if name in seen:
                yield Problem(here, f"found the product {name!r} again", "it is stored in one class")
            seen.add(name)
    left = [name for name, product in plant.products.items() if product.route and name not in seen]
    if left and all(one.products for one in classes):
        remedy = "list it in a class, or let one class list no products: it takes all others"
        yield Problem(path, f"found no storage class for {left[0]!r}", remedy)


def _conveyors(plant: Plant) -> Iterator[Problem]:
    centers, ends, rack = _centers(plant), _ends(plant), transport.stores(plant)
    pairs: list[Named] = []
    for number, conveyor in enumerate(plant.transport.conveyors):
        path = _path("conveyors", number)
        start, end = conveyor.from_center, conveyor.to
        pairs.append((path, f"{start} to {end}"))
        yield from _known(path, (("from", start),), "work center", centers)
        yield from _known(path, (("to", end),), "work center or crane", ends)
        yield from _past_the_rack(path, start, end, rack)
        if start == end:
            yield Problem(path, f"found a way from {start!r} to itself", "a conveyor joins two work centers")
    yield from repeated("conveyor", pairs)


def _places_kept(plant: Plant) -> Iterator[Problem]:
    """Refuse what is not honoured yet before work centers that block before service."""
    kept = {center.id for center in plant.work_centers if keeps_places(center)}
    for number, conveyor in enumerate(plant.transport.conveyors):
        if conveyor.to in kept:
            found = f"found a conveyor to {conveyor.to!r}, which blocks before service"
            yield Problem(_path("conveyors", number, "to"), found, NO_PLACE_KEPT)
    for number, crane in enumerate(plant.transport.cranes):
        for name in kept & set(crane.serves):
            found = f"found a rack before {name!r}, which blocks before service"
            yield Problem(_path("cranes", number, "serves"), found, NO_PLACE_KEPT)


# ---------------------------------------------------------------- floors
def _floors(plant: Plant) -> Iterator[Problem]:
    floors = plant.transport.floors
    yield from repeated("floor", [(_path("floors", i, "id"), floor.id) for i, floor in enumerate(floors)])
    for number, floor in enumerate(floors):
        points = [point.id for point in floor.points]
        at = {point.id: point.at for point in floor.points}
        named = [(_path("floors", number, "points", i, "id"), point) for i, point in enumerate(points)]
        yield from repeated("point", named)
        for i, aisle in enumerate(floor.aisles):
            path = _path("floors", number, "aisles", i)
            ends = (("from", aisle.from_point), ("to", aisle.to))
            yield from _known(path, ends, "point", points)
            if aisle.from_point == aisle.to:
                yield Problem(path, f"found an aisle from {aisle.to!r} to itself", "it joins two points")
            elif {aisle.from_point, aisle.to} <= {*points} and aisle_m(aisle, at) <= 0.0:
                yield Problem(path, "found two points at one place", "give the length of the aisle")
        for place, point in floor.stations.items():
            path = _path("floors", number, "stations")
            if place not in transport.coordinates(plant):
                yield unknown((*path, place), "place", place, transport.coordinates(plant))
            yield from _known(path, ((place, point),), "point", points)
    for number, fleet in enumerate(plant.transport.fleets):
        yield from _of_floor(_path("fleets", number), fleet, [floor.id for floor in floors])


def _of_floor(path: Path, fleet: Fleet, floors: list[str]) -> Iterator[Problem]:
    """Refuse what makes no sense with a floor, or without one."""
    if fleet.floor is None:
        if fleet.turn:
            yield Problem((*path, "turn"), "found a time to turn without a floor", "name the floor")
        return
    yield from _known(path, (("floor", fleet.floor),), "floor", floors)
    if fleet.speed is None:
        yield Problem((*path, "floor"), "found a floor without a speed", "give speed: 1 m/s")
    for key in ("times", "distances"):
        if getattr(fleet, key):
            found = f"found {key} of a fleet that drives on the floor {fleet.floor!r}"
            yield Problem((*path, key), found, "the floor gives them: leave them out")
    stops = [("failures", i) for i in range(len(fleet.failures))]
    stops += [("maintenance", i) for i, plan in enumerate(fleet.maintenance) if plan.when == "now"]
    for key, i in stops:
        found = f"found {key} that stops vehicles on their way on the floor {fleet.floor!r}"
        right = "routes are claimed ahead and cannot wait: leave it out, or give maintenance when: idle"
        yield Problem((*path, key, i), found, right)


# ---------------------------------------------------------------- fleets
def _fleet_names(plant: Plant, path: Path, fleet: Fleet) -> Iterator[Problem]:
    places = list(transport.coordinates(plant))
    served = ((i, name) for i, name in enumerate(fleet.serves) if name not in _ends(plant))
    for i, name in served:
        yield unknown((*path, "serves", i), "work center or crane", name, _ends(plant))
    single = (("home", fleet.home), ("charging", fleet.charging.at if fleet.charging else None))
    yield from _known(path, ((key, name) for key, name in single if name), "place", places)
    lists = (
        ("times", [(move.from_center, move.to) for move in fleet.times]),
        ("distances", [(way.from_place, way.to) for way in fleet.distances]),
    )
    for key, pairs in lists:
        for number, (start, end) in enumerate(pairs):
            yield from _known((*path, key, number), (("from", start), ("to", end)), "place", places)
        yield from repeated("way", (((*path, key, i), f"{a} to {b}") for i, (a, b) in enumerate(pairs)))
    if fleet.distances and fleet.speed is None:
        yield Problem((*path, "distances"), "found distances without a speed", "give speed: 1 m/s")
    rack = transport.stores(plant)
    for i, name in enumerate(fleet.serves):
        if name in rack and rack[name] not in fleet.serves:
            found = f"found {name!r}, whose lots go to the rack of {rack[name]!r} first"
            yield Problem((*path, "serves", i), found, f"name {rack[name]} too", rack[name])


def _unreachable(plant: Plant, path: Path, fleet: Fleet) -> Iterator[Problem]:
    """Find a way of unknown travel time; one of them is enough."""
    stops = transport.stops(plant, fleet)
    known = transport.travel_times_s(plant, fleet, stops)
    for start, end in product(stops, stops):
        if (start, end) not in known:
            yield _no_way(plant, path, fleet, start, end)
            return


def _no_way(plant: Plant, path: Path, fleet: Fleet, start: str, end: str) -> Problem:
    floor = floor_of(plant, fleet)
    if floor is None:
        right = "list it in times, or give speed and a distance or both places (at)"
        return Problem(path, f"found no time from {start!r} to {end!r}", right)
    path = (*path, "floor")
    for name in (start, end):
        if name not in spots(floor, transport.coordinates(plant)):
            found = f"found no place of {name!r} on the floor {floor.id!r}"
            return Problem(path, found, "give it coordinates (at), or its point in stations of the floor")
    found = f"found no way from {start!r} to {end!r} on the floor {floor.id!r}"
    return Problem(path, found, "add an aisle; vehicles must get from each place to each other one")
