"""What no plan can beat, valid for the twin without randomness: work, release dates, open hours, set-ups.

A lot is done no earlier than if it never waits. A work center is done no earlier than if all that only it can
do follows without a gap, with one set-up for each family that none of its units begins with. What can make
work overlap (batches of several operations, cascades) counts as nothing, so each figure is below any run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from zhizao.plant import Operation, Plant, WorkCenter
from zhizao.plant.query import mean_lot_s, takes_at
from zhizao.quantities import mean
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.hours import Hours
from zhizao.studies.schedule.work import Begun, Lot

_ROUNDING_S = 1e-6  # times of a log are whole microseconds: a bound is lowered by one


def bound_s(
    plant: Plant,
    lots: Sequence[Lot],
    hours: Mapping[str, Hours],
    objective: Objective,
    set_up: Mapping[str, str] = MappingProxyType({}),
) -> float:
    """A value in s of the objective below which no run of the plant without randomness can come.

    `set_up`: families that units begin with, by unit.
    """
    ends = [earliest_end(plant, lot, hours) for lot in lots]
    if objective is Objective.MAKESPAN:
        return max(0.0, max([*ends, *_center_ends(plant, lots, hours, set_up)]) - _ROUNDING_S)
    if objective is Objective.FLOW_TIME:
        return sum(lot.weight * (end - lot.release_s) for lot, end in zip(lots, ends, strict=True))
    return sum(
        lot.weight * max(0.0, end - lot.due_s - _ROUNDING_S)
        for lot, end in zip(lots, ends, strict=True)
        if lot.due_s is not None
    )


def earliest_end(plant: Plant, lot: Lot, hours: Mapping[str, Hours]) -> float:
    """When a lot that waits for nothing is done, in s from the plant's start."""
    return _ready_after(plant, lot, hours)[-1]


def _ready_after(plant: Plant, lot: Lot, hours: Mapping[str, Hours]) -> list[float]:
    """Release of a lot, then the earliest end of each of its operations."""
    found, pieces, now = [lot.release_s], lot.pieces, lot.release_s
    centers = {center.id: center for center in plant.work_centers}
    for before, operation in pairwise((None, *lot.route)):
        assert operation is not None  # only the first is none
        if before is None and lot.begun is not None:
            now += _rest_s(plant, lot, lot.begun)  # it may go on over closing time
        else:
            now += least_wait_s(before, operation)
            now = min(
                hours[choice.work_center].earliest_end(now, work / _fastest(centers[choice.work_center]))
                for choice, work in zip(operation.on, _works(operation, pieces), strict=True)
            )
        pieces = min(pieces, operation.split or pieces)
        found.append(now)
    return found


def least_works_s(plant: Plant, lot: Lot) -> list[float]:
    """Least time in s that a unit works on each operation of a lot; 0 for one that is in hand."""
    centers = {center.id: center for center in plant.work_centers}
    found, pieces = [], lot.pieces
    for place, operation in enumerate(lot.route):
        works = zip(operation.on, _works(operation, pieces), strict=True)
        least = min(work / _fastest(centers[choice.work_center]) for choice, work in works)
        found.append(0.0 if place == 0 and lot.begun is not None else least)
        pieces = min(pieces, operation.split or pieces)
    return found


def _rest_s(plant: Plant, lot: Lot, begun: Begun) -> float:
    """Least time in s until the work that is in hand on a lot is done."""
    if begun.left_s is not None:
        return begun.left_s
    centers = {center.id: center for center in plant.work_centers}
    works = zip(lot.route[0].on, _works(lot.route[0], lot.pieces), strict=True)
    return min(work / _fastest(centers[choice.work_center]) for choice, work in works)


def least_wait_s(before: Operation | None, operation: Operation) -> float:
    """Least time in s between an operation and the one before it: the hold after that, and the delay."""
    hold = 0.0 if before is None or before.hold is None else mean(before.hold.takes)
    return hold + (0.0 if operation.delay is None else mean(operation.delay))


def _works(operation: Operation, pieces: int) -> list[float]:
    """Least work in s of a lot on each of its work centers, at speed 1."""
    if operation.batch is not None and operation.batch.by != "operation":  # that of another operation counts
        return [0.0] * len(operation.on)
    found = []
    for choice in operation.on:
        takes = takes_at(operation, choice)
        assert takes is not None  # the plant was checked
        found.append(mean_lot_s(takes, pieces))
    return found


def _fastest(center: WorkCenter) -> float:
    return max(unit.speed for unit in center.units)


# ---------------------------------------------------------------- work centers
def _center_ends(
    plant: Plant, lots: Sequence[Lot], hours: Mapping[str, Hours], set_up: Mapping[str, str]
) -> list[float]:
    found = []
    ready = [_ready_after(plant, lot, hours) for lot in lots]
    for center in plant.work_centers:
        heads, tails, work, families = [], [], 0.0, set[str]()
        there = {set_up[unit.id] for unit in center.units if unit.id in set_up}
        for lot, own in zip(lots, ready, strict=True):
            for place, operation in enumerate(lot.route):
                if _only_there(operation, center):
                    heads.append(own[place])
                    tails.append(_tail_s(plant, lot, place))
                    begun = lot.begun if place == 0 else None
                    work += _work_left(center, operation, lot.pieces, begun)
                    names = _family(plant, center, lot, operation)
                    families |= names
                    there |= set() if begun is None else names
        if heads:
            per_unit = work / sum(u.speed for u in center.units)
            per_unit += sum(_least_setup(center, name) for name in families - there) / len(center.units)
            begin, open_hours = min(heads), hours[center.id]
            end = open_hours.earliest_end(begin, per_unit) if open_hours.pauses else begin + per_unit
            found.append(end + min(tails))
    return found


def _work_left(center: WorkCenter, operation: Operation, pieces: int, begun: Begun | None) -> float:
    if begun is None or begun.left_s is None:
        return _works(operation, pieces)[0]
    return begun.left_s * next(unit.speed for unit in center.units if unit.id == begun.unit)


def _only_there(operation: Operation, center: WorkCenter) -> bool:
    alone = len(operation.on) == 1 and operation.on[0].work_center == center.id
    return alone and operation.batch is None and operation.cascade is None


def _tail_s(plant: Plant, lot: Lot, place: int) -> float:
    """Least time in s from the end of an operation to the end of the lot, hours left aside."""
    pieces, total = lot.pieces, 0.0
    centers = {center.id: center for center in plant.work_centers}
    for number, operation in enumerate(lot.route):
        if number > place:
            works = zip(operation.on, _works(operation, pieces), strict=True)
            total += min(work / _fastest(centers[choice.work_center]) for choice, work in works)
        pieces = min(pieces, operation.split or pieces)
    return total


def _family(plant: Plant, center: WorkCenter, lot: Lot, operation: Operation) -> set[str]:
    if center.setup is None:
        return set()
    own = {"family": operation.setup_family, "operation": operation.id, "product": lot.product}
    by = center.setup.by
    name = own[by] if by in own else plant.products[lot.product].attributes.get(by)
    return set() if name is None else {name}


def _least_setup(center: WorkCenter, family: str) -> float:
    assert center.setup is not None  # only such a center has families
    listed = [mean(entry.takes) for entry in center.setup.times if entry.to == family]
    return min([mean(center.setup.default), *listed])
