"""What a plant file says about its plant, work centers and units, as terms with values.

Values that equal the default of the plant format are left out: nobody may have stated them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from zhizao.plant import Plant
from zhizao.plant.model import COUNTING, Failure, Maintenance, Takes, Uncertainty, WorkCenter, WorkUnit
from zhizao.plant.query import takes_at
from zhizao.plant.uncertainty import base_name
from zhizao.quantities.distributions import Distribution, mean
from zhizao.quantities.fields import random_form


@dataclass(frozen=True, slots=True)
class Datum:
    """The value of a term; `known` is how well it was measured, if it was."""

    name: str
    value: str | float | int | datetime
    known: Uncertainty | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Several values that belong together, such as those of a failure mode; `key` tells it from others."""

    name: str
    key: str
    data: tuple[Datum, ...]


Data = Datum | Entry


def plant_data(plant: Plant) -> tuple[Data, ...]:
    """Name, currency and beginning of the plant."""
    return (Datum("Name", plant.name), Datum("Currency", plant.currency))


def center_data(plant: Plant, center: WorkCenter) -> tuple[Data, ...]:
    """What is stated about a work center: equipment, times, power, money, and the operations done there."""
    known = {one.what: one for one in plant.uncertainty}
    named = f"work_centers.{center.id}"
    return (
        *_equipment(center),
        *_setup(center, known.get(f"{named}.setup")),
        *_power(center),
        *(
            Entry("Failure", str(number), tuple(_failure(one, named, known)))
            for number, one in enumerate(center.failures, 1)
        ),
        *(
            Entry("Maintenance", str(number), tuple(_maintenance(one)))
            for number, one in enumerate(center.maintenance, 1)
        ),
        *_process_times(plant, center, known),
    )


def unit_data(center: WorkCenter, unit: WorkUnit) -> tuple[Data, ...]:
    """Name, work center, and the speed where it is not that of the plan."""
    speed = () if unit.speed == 1 else (Datum("Speed", unit.speed),)
    return (Datum("Name", unit.id), Datum("WorkCenter", center.id), *speed)


def operations_at(plant: Plant, center: WorkCenter) -> tuple[str, ...]:
    """Names of the operations that a work center can do, each once, in the order of the routes."""
    return tuple(
        dict.fromkeys(
            base_name(operation.id)
            for route in plant.routes.values()
            for operation in route
            if any(one.work_center == center.id for one in operation.on)
        )
    )


def _equipment(center: WorkCenter) -> Iterator[Datum]:
    plain = type(center).model_fields
    yield Datum("Name", center.id)
    yield Datum("NumberOfUnits", len(center.units))
    if center.calendar is not None:
        yield Datum("Calendar", center.calendar)
    if center.dispatch != plain["dispatch"].default:
        yield Datum("DispatchRule", getattr(center.dispatch, "value", None) or str(center.dispatch))
    if center.buffer is not None:
        if center.buffer.capacity is not None:
            yield Datum("BufferCapacity", center.buffer.capacity)
        if center.buffer.output:
            yield Datum("OutputCapacity", center.buffer.output)
    if center.at is not None:
        yield Datum("PositionX", center.at[0])
        yield Datum("PositionY", center.at[1])
    for name, value in (
        ("CostRate", center.cost),
        ("StartUpTime", center.start_up),
        ("ShutDownTime", center.shut_down),
    ):
        if value:
            yield Datum(name, value)


def _power(center: WorkCenter) -> Iterator[Datum]:
    for state, field in type(center.power).model_fields.items():
        kw = getattr(center.power, state)
        if kw is not None and kw != field.default:
            yield Datum(f"Power{_camel(state)}", kw)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _random(
    name: str, value: Distribution | None, known: Uncertainty | None = None, *, counts: bool = False
) -> Iterator[Datum]:
    """Mean and distribution of a random time in s, or of a count."""
    if value is not None:
        yield Datum(f"{name}Mean", mean(value), known)
        yield Datum(f"{name}Distribution", str(random_form(value, counts=counts)), known)


def _setup(center: WorkCenter, known: Uncertainty | None) -> Iterator[Datum]:
    if center.setup is not None:
        yield from _random("SetupTime", center.setup.default, known)


def _failure(failure: Failure, named: str, known: dict[str, Uncertainty]) -> Iterator[Datum]:
    counts = failure.clock in COUNTING
    what = "CyclesBetweenFailures" if counts else "TimeBetweenFailures"
    yield Datum("Clock", failure.clock.value)
    yield from _random(what, failure.between, known.get(f"{named}.failures.between"), counts=counts)
    yield from _random("TimeToRepair", failure.repair, known.get(f"{named}.failures.repair"))


def _maintenance(plan: Maintenance) -> Iterator[Datum]:
    counts = plan.clock in COUNTING
    what = "CyclesBetweenMaintenance" if counts else "TimeBetweenMaintenance"
    yield Datum("Clock", plan.clock.value)
    yield from _random(what, plan.every, counts=counts)
    yield from _random("MaintenanceTime", plan.takes)


def _process_times(plant: Plant, center: WorkCenter, known: dict[str, Uncertainty]) -> Iterator[Entry]:
    for route, operations in plant.routes.items():
        for operation in operations:
            for alternative in operation.on:
                takes = takes_at(operation, alternative)
                if alternative.work_center == center.id and takes is not None:
                    measured = known.get(f"operations.{base_name(operation.id)}.takes")
                    said = (Datum("Route", route), Datum("Operation", operation.id))
                    key = f"{route!r} {operation.id!r}"  # quoted: `a_b`, `c` is not `a`, `b_c`
                    yield Entry("ProcessTime", key, (*said, *_takes(takes, measured)))


def _takes(takes: Takes, known: Uncertainty | None) -> Iterator[Datum]:
    yield from _random("LoadTime", takes.load, known)
    yield from _random("TimePerLot", takes.per_lot, known)
    yield from _random("TimePerPiece", takes.per_piece, known)
    yield from _random("TimePerBatch", takes.per_batch, known)
    if takes.pieces_per_batch is not None:
        yield Datum("PiecesPerBatch", takes.pieces_per_batch)
