"""More of what is short: units, people, skills, vehicles, stores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zhizao.plant.changes import form_of
from zhizao.plant.measures.kind import Changes, Kind, Parameter, Values, because, written
from zhizao.plant.measures.load import flow_of
from zhizao.plant.model import MeasureKind, Personnel, Plant, WorkCenter
from zhizao.plant.model.forms import without_nothing
from zhizao.plant.query import abilities, needed_by
from zhizao.quantities import units
from zhizao.quantities.units import Dimension

_HOURLY = "Its hourly cost in the plant pays for it"


def _once(hourly: float) -> float | None:
    """Cost once of what is paid by the hour; not known where the plant does not say what an hour costs."""
    return 0.0 if hourly > 0 else None


# ---------------------------------------------------------------- units
def _more_units(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    centers = {center.id: center for center in plant.work_centers}
    more = round(values["units"])
    for name in flow_of(plant).busiest():
        changes = Changes({f"work_centers.{name}.units": len(centers[name].units) + more})
        yield f"at-{name}", f"{_another(more, 'unit')} at {name}", changes, _once(centers[name].cost)


def _another(count: int, what: str) -> str:
    return f"Another {what}" if count == 1 else f"{count} more {what}s"


EXTRA_UNIT = Kind(
    MeasureKind.EXTRA_UNIT,
    "Extra unit",
    "Another machine of the same work center. " + _HOURLY + ": a machine-hour rate contains depreciation and "
    "interest (VDI 3258), so it costs 0 once; without an hourly cost, what it costs is not known.",
    because("no work center has work"),
    _more_units,
    (Parameter("units", "units added", 1.0, dimension=units.COUNT),),
)


# ---------------------------------------------------------------- people
def _more_people(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    more = round(values["people"])
    for group in _by_load(plant):
        changes = Changes({f"personnel.{group.id}.count": group.count + more})
        title = f"Another person for {group.id}" if more == 1 else f"{more} more people for {group.id}"
        yield f"for-{group.id}", title, changes, _once(group.cost)


def _by_load(plant: Plant) -> list[Personnel]:
    """Groups that something needs, the most loaded first."""
    load, needed = flow_of(plant).people, {group.id for group in needed_by(plant)}
    return sorted((g for g in plant.personnel if g.id in needed), key=lambda g: -load[g.id])


EXTRA_WORKER = Kind(
    MeasureKind.EXTRA_WORKER,
    "Extra worker",
    "One more person of a group. " + _HOURLY + " (wages are counted by the plant), so it costs 0 once; "
    "without a wage, what it costs is not known.",
    because("no operation, repair or maintenance needs people"),
    _more_people,
    (Parameter("people", "people added", 1.0, dimension=units.COUNT),),
)


def _trained(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:  # noqa: ARG001
    load, ranked = flow_of(plant).people, _by_load(plant)
    asked = _asked(plant)
    for busy in ranked:
        for idle in sorted(plant.personnel, key=lambda group: load[group.id]):
            lacking = [n for n in abilities(busy) if n in asked and n not in abilities(idle)]
            if lacking and load[idle.id] < load[busy.id]:
                changes = Changes({f"personnel.{idle.id}.skills": [*idle.skills, *lacking]})
                title = f"{idle.id} trained for the work of {busy.id}"
                yield f"of-{idle.id}-for-{busy.id}", title, changes, None
                break


def _asked(plant: Plant) -> set[str]:
    """Names of all needs."""
    found = {need for route in plant.routes.values() for step in route for need in step.needs}
    for center in plant.work_centers:
        found |= {need for failure in center.failures for need in failure.needs}
        found |= {need for plan in center.maintenance for need in plan.needs}
    return found


CROSS_TRAINING = Kind(
    MeasureKind.CROSS_TRAINING,
    "Cross-training",
    "The least loaded group learns what a more loaded one can do, and works as fast.",
    because("there are no two groups of people of which one could learn the work of a more loaded one"),
    _trained,
)


# ---------------------------------------------------------------- vehicles and stores
def _more_vehicles(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    more = round(values["vehicles"])
    for fleet in plant.transport.fleets:
        changes = Changes({f"transport.fleets.{fleet.id}.vehicles": fleet.vehicles + more})
        yield f"for-{fleet.id}", f"{_another(more, 'vehicle')} for {fleet.id}", changes, _once(fleet.cost)


EXTRA_VEHICLE = Kind(
    MeasureKind.EXTRA_VEHICLE,
    "Extra vehicle",
    "Another vehicle of a fleet. " + _HOURLY + ", so it costs 0 once; else it is not known.",
    because("no fleet carries lots"),
    _more_vehicles,
    (Parameter("vehicles", "vehicles added", 1.0, dimension=units.COUNT),),
)


def _stores(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    centers = {center.id: center for center in plant.work_centers}
    for name in flow_of(plant).busiest():
        if not _may_have_store(plant, centers[name]):
            continue
        changes = _with_store(plant, centers[name], _crane(plant, centers[name], values))
        yield f"at-{name}", f"Automatic store in front of {name}", changes, None


def _with_store(plant: Plant, center: WorkCenter, crane: dict[str, Any]) -> Changes:
    """A crane, and what it asks for: few places at the work center, and fixed ways that end at the rack."""
    changes = Changes()
    if center.buffer is None or center.buffer.capacity is None:
        changes.set[f"work_centers.{center.id}.buffer.capacity"] = len(center.units)
    ways = [without_nothing(form_of(way)) for way in plant.transport.times]
    if any(way["to"] == center.id for way in ways):
        changes.set["transport.times"] = [
            {**way, "to": crane["id"]} if way["to"] == center.id else way for way in ways
        ]
    cranes = [*(without_nothing(form_of(old)) for old in plant.transport.cranes), crane]
    changes.set["transport.cranes"] = cranes
    return changes


def _may_have_store(plant: Plant, center: WorkCenter) -> bool:
    """Whether lots wait there in few places, or a fleet brings them, and no crane or conveyor does."""
    transport = plant.transport
    stored = {name for crane in transport.cranes for name in crane.serves}
    conveyed = {name for belt in transport.conveyors for name in (belt.from_center, belt.to)}
    limited = center.buffer is not None and center.buffer.capacity is not None
    brought = any(not fleet.serves or center.id in fleet.serves for fleet in transport.fleets)
    placed = center.at is not None or not transport.fleets
    return (limited or brought) and placed and center.id not in stored | conveyed


def _crane(plant: Plant, center: WorkCenter, values: Values) -> dict[str, Any]:
    taken = {c.id for c in plant.work_centers} | {f.id for f in plant.transport.fleets}
    taken |= {crane.id for crane in plant.transport.cranes} | {belt.id for belt in plant.transport.conveyors}
    name = f"store-{center.id}"
    while name in taken:
        name += "-new"
    dimensions: dict[str, Dimension] = {
        "length": units.LENGTH, "height": units.LENGTH, "speed": units.SPEED, "lift": units.SPEED,
        "transfer": units.TIME,
    }  # fmt: skip
    sizes = {key: written(values[key], dimension) for key, dimension in dimensions.items()}
    place = {} if center.at is None else {"at": [written(one, units.LENGTH) for one in center.at]}
    return {"id": name, "serves": [center.id], **sizes, **place}


STORE = Kind(
    MeasureKind.AUTOMATIC_STORE,
    "Automatic store",
    "A stacker crane with its rack in front of a work center: lots wait there without limit, and come when "
    "there is room. Where a fleet brings lots or places are few, and neither crane nor conveyor does.",
    because("no work center has few places in front, or a place on the layout to which a fleet brings lots"),
    _stores,
    (
        Parameter("length", "length of the rack", 20.0, dimension=units.LENGTH),
        Parameter("height", "height of the rack", 8.0, dimension=units.LENGTH),
        Parameter("speed", "speed along the rack", 2.0, dimension=units.SPEED),
        Parameter("lift", "speed up and down", 0.5, dimension=units.SPEED),
        Parameter("transfer", "time to take up or put down a lot", 8.0, dimension=units.TIME),
    ),
)
