"""Customers to be visited from a depot, and a plan of tours with its independent check.

All amounts are whole numbers in units of the caller's choice, so that a plan is right to the last digit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError

Integers = NDArray[np.int64]
Plan = tuple[tuple[tuple[int, ...], ...], ...]
"""Of each vehicle its trips, of each trip its customers in order. A trip begins and ends at the depot."""
FOREVER = 1 << 52
"""Latest time, and the most that a number may be: such numbers add up without overflow."""


@dataclass(frozen=True, eq=False)
class Tours:
    """A capacitated vehicle routing problem with one depot, place 0, and equal vehicles.

    Parameters
    ----------
    distance : [places, places]
        From place to place; the objective is their sum, and `vehicle_cost` for each vehicle that is used.
    demand : [places]
        What a customer gets; 0 at the depot.
    capacity
        The most that a trip carries.
    vehicles
        How many there are.
    duration : [places, places], optional
        Time from place to place (default: the distances).
    service, earliest, latest, release : [places], optional
        Time that a visit takes; when it may begin, at the earliest and at the latest, of the depot when
        vehicles leave first and are back last; when the goods for a customer are at the depot. Service at the
        depot is loading before each trip. Defaults: 0, 0, at any time, 0.
    trips_at_most
        Trips of a vehicle, one after another.
    vehicle_cost
        Of each vehicle that is used.

    Raises
    ------
    InputError
        A shape is wrong, a number is negative or too large, or a demand exceeds the capacity.
    """

    distance: Integers
    demand: Integers
    capacity: int
    vehicles: int
    duration: Integers | None = None
    service: Integers | None = None
    earliest: Integers | None = None
    latest: Integers | None = None
    release: Integers | None = None
    trips_at_most: int = 1
    vehicle_cost: int = 0
    size: int = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.demand)
        object.__setattr__(self, "size", n)
        fill = {"duration": self.distance, "latest": np.full(n, FOREVER, np.int64)}
        for name, shape in _SHAPES.items():
            given = getattr(self, name)
            if given is None:
                given = fill.get(name, np.zeros(n, np.int64))
            object.__setattr__(self, name, _numbers(name, given, (n,) * shape))
        for name, least in (("capacity", 0), ("vehicles", 1), ("trips_at_most", 1), ("vehicle_cost", 0)):
            if not least <= getattr(self, name) <= FOREVER:
                raise InputError(f"{name}: found {getattr(self, name)}; expected {least} or more")
        self._check()

    def _check(self) -> None:
        if self.size < 1:
            raise InputError("demand: found no places; expected the depot first")
        if self.demand[0] != 0:
            raise InputError(f"demand: found {self.demand[0]} at the depot, place 0; expected 0")
        if (self.demand > self.capacity).any():
            place = int(np.argmax(self.demand))
            raise InputError(
                f"demand: found {self.demand[place]} at place {place}, more than the capacity, "
                f"{self.capacity}; divide the customer into several"
            )
        if (self.times("earliest") > self.times("latest")).any():
            place = int(np.argmax(self.times("earliest") > self.times("latest")))
            raise InputError(f"latest: found a time at place {place} before the earliest one")

    def times(self, name: str) -> Integers:
        """One of the tables of times, filled in where it was not given."""
        table: Integers = getattr(self, name)
        return table


_SHAPES = {
    "distance": 2,
    "demand": 1,
    "duration": 2,
    "service": 1,
    "earliest": 1,
    "latest": 1,
    "release": 1,
}


def _numbers(name: str, given: Integers, shape: tuple[int, ...]) -> Integers:
    table = np.asarray(given)
    if table.shape != shape:
        raise InputError(f"{name}: found the shape {table.shape}; expected {shape}, as demand has")
    if not np.issubdtype(table.dtype, np.integer):
        raise InputError(f"{name}: found {table.dtype}; expected whole numbers")
    if table.size and not 0 <= int(table.min()) <= int(table.max()) <= FOREVER:
        raise InputError(f"{name}: found {table.min()} to {table.max()}; expected 0 to {FOREVER}")
    return table.astype(np.int64)


def distance_of(tours: Tours, plan: Plan) -> int:
    """Length of all trips of a plan."""
    return sum(_length(tours.distance, trip) for vehicle in plan for trip in vehicle)


def _length(matrix: Integers, trip: tuple[int, ...]) -> int:
    stops = (0, *trip, 0)
    return sum(int(matrix[a, b]) for a, b in pairwise(stops))


def faults_of(tours: Tours, plan: Plan) -> tuple[str, ...]:
    """Everything that is wrong with a plan; nothing: it is feasible.

    Written from the problem alone, so that it judges any solver.
    """
    return tuple(_faults(tours, plan))


def _faults(tours: Tours, plan: Plan) -> Iterator[str]:
    visits = Counter(place for vehicle in plan for trip in vehicle for place in trip)
    wrong = sorted(place for place in visits if not 1 <= place < tours.size)
    if wrong:
        yield f"place {wrong[0]} is no customer"
        return
    for place in range(1, tours.size):
        if visits[place] != 1:
            yield f"customer {place} is visited {visits[place]} times"
    if len(plan) > tours.vehicles:
        yield f"{len(plan)} vehicles are used, of {tours.vehicles}"
    for number, vehicle in enumerate(plan):
        if len(vehicle) > tours.trips_at_most:
            yield f"vehicle {number} makes {len(vehicle)} trips, at most {tours.trips_at_most} are allowed"
        for trip in vehicle:
            load = int(tours.demand[list(trip)].sum())
            if load > tours.capacity:
                yield f"vehicle {number} carries {load}, more than {tours.capacity}"
        yield from _late(tours, number, vehicle)


def _late(tours: Tours, number: int, vehicle: tuple[tuple[int, ...], ...]) -> Iterator[str]:
    """Follow a vehicle that leaves and begins each visit as early as it may."""
    duration, service, earliest, latest, release = (
        tours.times(name) for name in ("duration", "service", "earliest", "latest", "release")
    )
    time = int(earliest[0])
    for trip in vehicle:
        time = max(time, int(release[list(trip)].max(initial=0))) + int(service[0])
        here = 0
        for place in trip:
            time = max(time + int(duration[here, place]), int(earliest[place]))
            if time > latest[place]:
                yield f"vehicle {number} is at customer {place} at {time}, after {latest[place]}"
            time += int(service[place])
            here = place
        time += int(duration[here, 0])
        if time > latest[0]:
            yield f"vehicle {number} is back at {time}, after {latest[0]}"
