"""Milk runs with a fixed cycle: boxes at each stop, tours of tugger trains, and how many trains they take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.solvers.tours.problem import Plan, Tours
from zhizao.solvers.tours.solve import DEFAULT, Found, Settings, plan_tours
from zhizao.solvers.tours.stock import boxes_needed, emptied, no_shortage

Doubles = NDArray[np.float64]
_MILLI = 1000
"""Times are planned in ms, loads in thousandths of a box."""
_ROUNDS = 12
"""Times that the room on a train is made smaller, by `_SMALLER`, until all tours fit: down to a half."""
_SMALLER = 0.94


@dataclass(frozen=True, slots=True)
class Stop:
    """A part at a stop.

    `pieces_per_h` is its mean consumption, `dispersion` the variance of that over its mean (1: Poisson, 0:
    constant, else normal), `per_box` the pieces in a box, `room` the most boxes there (None: no limit).
    """

    id: str
    pieces_per_h: float
    per_box: int
    room: int | None = None
    dispersion: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.pieces_per_h < float("inf"):
            raise InputError(
                f"stop {self.id}: found {self.pieces_per_h:g} pieces per h; expected more than 0"
            )
        if self.per_box < 1:
            raise InputError(f"stop {self.id}: found {self.per_box} pieces in a box; expected 1 or more")
        if not 0 <= self.dispersion < float("inf"):
            raise InputError(f"stop {self.id}: found a dispersion of {self.dispersion:g}; expected 0 or more")

    def pieces(self, seconds: float) -> float:
        """Mean consumption in a time."""
        return self.pieces_per_h * seconds / 3600.0


@dataclass(frozen=True, slots=True)
class Rules:
    """How a milk run goes.

    Every `cycle_s` each stop is visited once. A train carries `capacity` boxes; it takes `load_s` to load it
    for a trip, `stop_s` for a stop and `box_s` for each box there. `service` is the probability, in 0..1,
    that a stop has no shortage before a delivery, and that a trip has room for all boxes.
    """

    cycle_s: float
    capacity: int
    service: float = 0.99
    load_s: float = 0.0
    stop_s: float = 0.0
    box_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.cycle_s < 1e9:
            raise InputError(f"cycle_s: found {self.cycle_s:g}; expected more than 0")
        if self.capacity < 1:
            raise InputError(f"capacity: found {self.capacity}; expected 1 box or more")
        if not 0 < self.service < 1:
            raise InputError(f"service: found {self.service:g}; expected more than 0 and less than 1")
        if min(self.load_s, self.stop_s, self.box_s) < 0:
            raise InputError("found a negative time for loading, stops or boxes")


@dataclass(frozen=True, slots=True)
class Supply:
    """Supply of a stop: boxes that circulate, of which `safety_pieces` are left on average before a delivery;
    probability of no shortage; mean boxes in a cycle.
    """

    stop: str
    boxes: int
    safety_pieces: float
    no_shortage: float
    boxes_per_cycle: float


@dataclass(frozen=True, slots=True)
class Train:
    """Trips of a train in a cycle, each with its stops and the probability that all boxes have room; its time
    under way and at stops, with as many boxes as `service` asks for at each.
    """

    trips: tuple[tuple[str, ...], ...]
    fits: tuple[float, ...]
    busy_s: float


@dataclass(frozen=True, slots=True)
class MilkRun:
    """A milk run with a fixed cycle; `travel_s` is the time under way of all trains in a cycle.

    `interrupted`: the search for tours was ended by Ctrl-C.
    """

    rules: Rules
    supplies: tuple[Supply, ...]
    trains: tuple[Train, ...]
    travel_s: float
    interrupted: bool


def milk_run(
    stops: Sequence[Stop], travel_s: Doubles, rules: Rules, *, settings: Settings = DEFAULT
) -> MilkRun:
    """Plan a milk run: boxes for the service level, then the fewest trains and shortest tours that are found.

    Stops consume independently of one another, and the chance of a shortage counts with room on every trip.

    Parameters
    ----------
    stops
        Parts at stops; several at one place have no time between them.
    travel_s : [1 + stops, 1 + stops]
        Times in s between the supermarket, which is first, and the stops.

    Raises
    ------
    InputError
        A stop has too little room for the cycle, or the boxes of one stop are too many for a train; no tours
        are found that end within the cycle.
    KeyboardInterrupt
        Ctrl-C came before there were tours.
    """
    travel = _checked(stops, travel_s)
    _check_room(stops, rules)
    supplies = tuple(_supply(stop, rules) for stop in stops)
    brought = [emptied(stop.pieces(rules.cycle_s), stop.per_box, stop.dispersion) for stop in stops]
    for stop, chances in zip(stops, brought, strict=True):
        if _fits([chances], rules) < rules.service:
            needs = int(np.searchsorted(np.cumsum(chances), rules.service))
            raise InputError(
                f"stop {stop.id}: found {needs} boxes in a cycle at the service level, more than a train of "
                f"{rules.capacity} carries; give a shorter cycle or divide the stop"
            )
    found = _found(travel, brought, rules, settings)
    assert found.plan is not None
    under_way = sum(_on_trip(travel, trip) for vehicle in found.plan for trip in vehicle)
    trains = tuple(_train(vehicle, stops, brought, travel, rules) for vehicle in found.plan)
    return MilkRun(rules, supplies, trains, under_way, found.interrupted)


def _checked(stops: Sequence[Stop], travel_s: Doubles) -> Doubles:
    if not stops:
        raise InputError("found no stops; expected one or more")
    names = [stop.id for stop in stops]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"found the stop {twice!r} again; names are unique")
    travel = np.asarray(travel_s, dtype=np.float64)
    n = len(stops) + 1
    if travel.shape != (n, n):
        raise InputError(
            f"travel_s: found the shape {travel.shape}; expected {(n, n)}, the supermarket first"
        )
    if not (np.isfinite(travel).all() and (travel >= 0).all() and (travel < 1e9).all()):
        raise InputError("travel_s: found a time that is negative or not finite")
    return travel


def _supply(stop: Stop, rules: Rules) -> Supply:
    pieces = stop.pieces(2 * rules.cycle_s)
    boxes = boxes_needed(rules.service, pieces, stop.per_box, stop.dispersion)
    open_box = (stop.per_box - 1 if stop.dispersion == 1.0 else stop.per_box) / 2
    chance = no_shortage(boxes, pieces, stop.per_box, stop.dispersion)
    return Supply(
        stop.id, boxes, boxes * stop.per_box - pieces - open_box, chance, pieces / (2 * stop.per_box)
    )


def _check_room(stops: Sequence[Stop], rules: Rules) -> None:
    short = [
        stop for stop in stops if stop.room is not None and _needs(stop, rules.cycle_s, rules) > stop.room
    ]
    if not short:
        return
    cycles = [_longest_cycle(stop, rules) for stop in short]
    first, least, needs = short[0], min(cycles), _needs(short[0], rules.cycle_s, rules)
    remedy = f"a cycle of {least:.0f} s leaves room" if least >= 1 else "give more room or smaller boxes"
    raise InputError(
        f"stop {first.id}: found room for {first.room} boxes; it needs {needs} at the service level with a "
        f"cycle of {rules.cycle_s:g} s (stops with too little room: {len(short)}); {remedy}"
    )


def _needs(stop: Stop, cycle_s: float, rules: Rules) -> int:
    return boxes_needed(rules.service, stop.pieces(2 * cycle_s), stop.per_box, stop.dispersion)


def _longest_cycle(stop: Stop, rules: Rules) -> int:
    """The longest cycle, in whole s, for which there is room; 0: none."""
    low, high = 0, ceil(rules.cycle_s)
    while high - low > 1:
        middle = (low + high) // 2
        if _needs(stop, middle, rules) > (stop.room or 0):
            high = middle
        else:
            low = middle
    return low


# ---------------------------------------------------------------- tours
def _found(travel: Doubles, brought: list[Doubles], rules: Rules, settings: Settings) -> Found:
    """Tours that end within the cycle and have room at the service level.

    Loads are planned with their means, on trains that are made smaller until the chances are good enough.
    """
    end = time.perf_counter() + settings.seconds
    room = float(rules.capacity)
    for _ in range(_ROUNDS):
        found = _tours(travel, brought, rules, room, Settings(settings.seconds / _ROUNDS, settings.seed))
        if found.plan is None:
            raise _no_tours(found, rules)
        if _all_fit(found.plan, brought, rules):
            return _longer(found, travel, brought, rules, (room, end, settings.seed))
        if found.interrupted:
            raise KeyboardInterrupt
        room *= _SMALLER
    raise _no_tours(found, rules)


def _longer(
    found: Found, travel: Doubles, brought: list[Doubles], rules: Rules, search: tuple[float, float, int]
) -> Found:
    """What the rest of the time finds, if it is better."""
    room, end, seed = search
    left = end - time.perf_counter()
    if left <= 0 or found.interrupted or found.plan is None:
        return found
    again = _tours(travel, brought, rules, room, Settings(left, seed))
    if again.plan is not None and _all_fit(again.plan, brought, rules) and _cost(again) <= _cost(found):
        return again
    return replace(found, interrupted=again.interrupted)


def _cost(found: Found) -> tuple[int, int]:
    return len(found.plan or ()), found.distance or 0


def _no_tours(found: Found, rules: Rules) -> BaseException:
    if found.interrupted:
        return KeyboardInterrupt()
    return InputError(
        f"found no tours that end within the cycle of {rules.cycle_s:g} s, {rules.capacity} boxes a train; "
        "give a longer cycle or more time for the search"
    )


def _tours(travel: Doubles, brought: list[Doubles], rules: Rules, room: float, settings: Settings) -> Found:
    n = len(brought) + 1
    loads = np.array([0, *(ceil(_mean(one) * _MILLI) for one in brought)], dtype=np.int64)
    times = np.ceil(travel * _MILLI).astype(np.int64)
    cycle = int(rules.cycle_s * _MILLI)
    latest = np.full(n, cycle, dtype=np.int64)
    at_stops = [rules.load_s, *(_at_stop(one, rules) for one in brought)]
    capacity = max(int(room * _MILLI), int(loads.max()))
    tours = Tours(
        distance=times,
        demand=loads,
        capacity=capacity,
        vehicles=n - 1,
        service=np.ceil(np.array(at_stops) * _MILLI).astype(np.int64),
        latest=latest,
        trips_at_most=n - 1,
        vehicle_cost=min(int(times.max()) * 2 * n + 1, 1 << 40),
    )
    return plan_tours(tours, settings=settings)


def _mean(chances: Doubles) -> float:
    return float(chances @ np.arange(len(chances)))


def _at_stop(chances: Doubles, rules: Rules) -> float:
    """Time at a stop with as many boxes as the service level asks for."""
    return rules.stop_s + rules.box_s * float(np.searchsorted(np.cumsum(chances), rules.service))


def _fits(chances: list[Doubles], rules: Rules) -> float:
    """Probability that the boxes of a trip, independent of one another, have room."""
    return float(min(reduce(np.convolve, chances)[: rules.capacity + 1].sum(), 1.0))


def _all_fit(plan: Plan, brought: list[Doubles], rules: Rules) -> bool:
    trips = [trip for vehicle in plan for trip in vehicle]
    return all(_fits([brought[place - 1] for place in trip], rules) >= rules.service for trip in trips)


def _on_trip(travel: Doubles, trip: tuple[int, ...]) -> float:
    places = (0, *trip, 0)
    return float(sum(travel[a, b] for a, b in pairwise(places)))


def _train(
    vehicle: tuple[tuple[int, ...], ...],
    stops: Sequence[Stop],
    brought: list[Doubles],
    travel: Doubles,
    rules: Rules,
) -> Train:
    busy = sum(_on_trip(travel, trip) + rules.load_s for trip in vehicle)
    busy += sum(_at_stop(brought[place - 1], rules) for trip in vehicle for place in trip)
    fits = tuple(_fits([brought[place - 1] for place in trip], rules) for trip in vehicle)
    return Train(tuple(tuple(stops[place - 1].id for place in trip) for trip in vehicle), fits, busy)
