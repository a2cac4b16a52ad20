"""Checks for what can never run: work longer than any shift, people who never meet, parts in a ring.

Only what is certain is refused: durations count with the least that they can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice, product
from math import inf
from typing import TYPE_CHECKING, Any

from zhizao.plant.faults import Path, Problem
from zhizao.plant.model import JobOrder, OrderStream
from zhizao.plant.query import (
    equipment_by_path,
    groups_by_name,
    parts_of,
    product_mix,
    routes_of,
    runs_of,
    takes_at,
    work_calendar,
)
from zhizao.quantities.calendars import ALWAYS, Calendar, longest_s, meet, week_hours
from zhizao.quantities.distributions import Distribution, DistributionKind, least, most
from zhizao.quantities.units import TIME, format_quantity

if TYPE_CHECKING:
    from zhizao.plant.model import Operation, Personnel, Plant, Setup, Takes, WorkCenter

_MOST_COMBINATIONS = 64  # groups of people that are looked at together
_ROUNDING_S = 1e-6  # a shift that is full to this is long enough


def check_never(plant: Plant) -> Iterator[Problem]:
    """Look for work, repairs and products that can never begin or never end; names are known to be right."""
    yield from _too_long(plant)
    yield from _downtime_personnel(plant)
    yield from _gathered(plant)
    yield from _rings(plant)
    yield from _endless(plant)


def _routes_of(plant: Plant, name: str) -> list[str]:
    return [route for route in routes_of(plant.products[name]) if route in plant.routes]


def _text(seconds: float) -> str:
    return format_quantity(seconds, TIME)


# ---------------------------------------------------------------- lots
def _lot_sizes(plant: Plant) -> dict[str, set[int]]:
    """Pieces of lots that are sure to come, by product."""
    sizes: dict[str, set[int]] = {}

    def add(name: str | None, pieces: Iterable[int]) -> None:
        some = {n for n in pieces if n > 0}
        if name in plant.products and some:
            sizes.setdefault(str(name), set()).update(some)

    for order in plant.orders:
        for name in product_mix(order) if isinstance(order, OrderStream) else (order.product,):
            if name in plant.products:
                add(name, _lots_of(order, plant.products[name].lot))
    for name, item in plant.products.items():
        add(name, [item.lot] if item.stock.kanban else [])
    for lot_there in plant.wip:
        add(lot_there.product, [lot_there.pieces])
    for operation in chain.from_iterable(plant.routes.values()):
        for name in operation.makes:
            add(name, [1])
    return sizes


def _lots_of(order: OrderStream | JobOrder, lot: int) -> set[int]:
    pieces = order.pieces
    if isinstance(pieces, int):
        return {lot if pieces >= lot else 0, pieces % lot}
    if pieces is None:
        return {lot}
    if pieces.kind in (DistributionKind.CONSTANT, DistributionKind.DISCRETE):
        counts = [int(value) for value in (pieces.values or pieces.parameters)]
        return {lot if max(counts) >= lot else max(counts), *(n % lot for n in counts)}
    return {lot if most(pieces) >= lot + 1 else max(1, min(lot, int(least(pieces))))}


# ---------------------------------------------------------------- work that fits into no shift
@dataclass(frozen=True, slots=True)
class _Job:
    """An operation for lots of a product at a work center where work must fit into the shift."""

    path: Path
    name: str
    family: str | None
    work_s: float
    fewest_s: float  # for the smallest lot that is sure to come
    pieces: int
    window_s: float


def _too_long(plant: Plant) -> Iterator[Problem]:
    strict = {c.id: c for c in plant.work_centers if c.off_shift.value == "no-start" and c.calendar}
    if not strict:
        return
    jobs: dict[str, list[_Job]] = {name: [] for name in strict}
    windows = _Windows(plant)
    sizes = _lot_sizes(plant)
    for name, own in sizes.items():
        for route in _routes_of(plant, name):
            whole = True
            for number, operation in enumerate(plant.routes[route]):
                here = own if whole else {1}
                _add_jobs(jobs, strict, windows, ("routes", route, number), (operation, name, here))
                whole = whole and operation.defects is None and operation.split is None
    for center in strict.values():
        yield from _fitting(center, jobs[center.id])


def _add_jobs(
    jobs: dict[str, list[_Job]],
    centers: Mapping[str, WorkCenter],
    windows: _Windows,
    path: Path,
    what: tuple[Operation, str, set[int]],
) -> None:
    operation, name, sizes = what
    if operation.sample <= 0 or operation.cascade is not None or not sizes:
        return
    for number, alternative in enumerate(operation.on):
        center, takes = centers.get(alternative.work_center), takes_at(operation, alternative)
        if center is None or takes is None:
            continue
        place = (*path, "on", number) if alternative.takes is not None else (*path, "takes")
        speed = max(unit.speed for unit in center.units)
        few, many = (_batch_pieces(operation, extreme(sizes)) for extreme in (min, max))
        times = [_least_s(takes, pieces) / speed for pieces in (few, many)]
        family = _family(windows.plant, center.setup, operation, name)
        window = windows.longest(center, operation)
        if window > 0:
            jobs[center.id].append(_Job(place, operation.id, family, max(times), min(times), many, window))


def _batch_pieces(operation: Operation, pieces: int) -> int:
    batch = operation.batch
    if batch is None or batch.wait_at_most is not None:
        return pieces
    return pieces if batch.pieces is None else max(pieces, batch.pieces.least)


def _least_s(takes: Takes, pieces: int) -> float:
    runs = runs_of(takes, pieces)
    parts = ((takes.load, 1), (takes.per_lot, 1), (takes.per_piece, pieces), (takes.per_batch, runs))
    return sum(count * least(time) for time, count in parts if time is not None)


def _family(plant: Plant, setup: Setup | None, operation: Operation, name: str) -> str | None:
    if setup is None:
        return None
    own = {"family": operation.setup_family, "product": name, "operation": operation.id}
    return own[setup.by] if setup.by in own else plant.products[name].attributes.get(setup.by)


def _setup_s(setup: Setup | None, family: str | None) -> float:
    """The least that a set-up to a family takes."""
    if setup is None or family is None:
        return 0.0
    listed = [entry for entry in setup.times if entry.to == family]
    times = [least(entry.takes) for entry in listed]
    if all(entry.from_family is not None for entry in listed):
        times.append(least(setup.default))
    return min(times)


def _fitting(center: WorkCenter, jobs: list[_Job]) -> Iterator[Problem]:
    first = {job.family: inf for job in jobs}  # slack that the first lot of a family lacks, at least
    for job in jobs:
        lacks = job.fewest_s + _setup_s(center.setup, job.family) - job.window_s
        first[job.family] = min(first[job.family], lacks)
    reported: set[Path] = set()
    right = "split the work, lengthen the shift, or write off_shift: pause or finish there"
    for job in jobs:
        setup_s = _setup_s(center.setup, job.family)
        alone = job.work_s > job.window_s + _ROUNDING_S
        if job.path in reported or not (alone or first[job.family] > _ROUNDING_S):
            continue
        reported.add(job.path)
        pieces = f" for {job.pieces} pieces" if job.pieces > 1 else ""
        setup = "" if alone else f" and a set-up of {_text(setup_s)} before it"
        least_s = _text(job.work_s if alone else job.fewest_s)
        found = f"found at least {least_s} of work{pieces if alone else ''}{setup} at {center.id!r}"
        fits = f"where none is begun that cannot end within the shift, of {_text(job.window_s)} at most"
        yield Problem(job.path, f"{found}, {fits}: it can never run", right)


class _Windows:
    """The longest time at a stretch in which a work center is open and the people are there."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self._able = groups_by_name(plant)
        self._known: dict[tuple[str, frozenset[str]], float] = {}
        self._centers: dict[str, Calendar] = {}

    def longest(self, center: WorkCenter, operation: Operation) -> float:
        if center.calendar not in self.plant.calendars:
            return 0.0  # reported elsewhere
        names = [name for name, need in operation.needs.items() if need.during.value == "all"]
        choices = product(*(self._able.get(name, []) for name in names))
        few = list(islice(choices, _MOST_COMBINATIONS + 1))
        if len(few) > _MOST_COMBINATIONS:
            few = [()]
        return max((self._of(center, choice) for choice in few), default=0.0)

    def _of(self, center: WorkCenter, people: Iterable[Personnel]) -> float:
        shifts = frozenset(group.calendar for group in people if group.calendar in self.plant.calendars)
        key = (center.id, frozenset(str(name) for name in shifts))
        if key not in self._known:
            common = self._calendar(center)
            for name in shifts:
                common = meet(common, self.plant.calendars[str(name)])
            self._known[key] = longest_s(common)
        return self._known[key]

    def _calendar(self, center: WorkCenter) -> Calendar:
        if center.id not in self._centers:
            self._centers[center.id] = work_calendar(self.plant, center) or ALWAYS
        return self._centers[center.id]


# ---------------------------------------------------------------- personnel of repairs and maintenance
def _downtime_personnel(plant: Plant) -> Iterator[Problem]:
    """Look for repairs and maintenance for which people never come together."""
    able = groups_by_name(plant)
    for path, one in equipment_by_path(plant):
        stops: list[tuple[str, int, Any, str | None]]
        stops = [("failures", i, stop.needs, None) for i, stop in enumerate(one.failures)]
        stops += [("maintenance", i, plan.needs, plan.window) for i, plan in enumerate(one.maintenance)]
        for kind, place, needs, window in stops:
            if needs and all(name in able for name in needs):
                yield from _together((*path, kind, place), plant, [able[n] for n in needs], window)


def _together(path: Path, plant: Plant, able: list[list[Personnel]], window: str | None) -> Iterator[Problem]:
    known = plant.calendars
    begin = known.get(window or "", ALWAYS)
    few = list(islice(product(*able), _MOST_COMBINATIONS + 1))
    if len(few) > _MOST_COMBINATIONS or not all(known[n].weekly for n in _shifts(few) if n in known):
        return
    for choice in few:
        common = Calendar(begin.weekly)
        for name in _shifts([choice]):
            common = meet(common, Calendar(known[name].weekly) if name in known else ALWAYS)
        if week_hours(common) > 0:
            return
    when = f"within {window!r}" if window is not None else "at the same time"
    found = f"found people who are never there {when}: it can never be done"
    yield Problem((*path, "needs"), found, "give them calendars that overlap")


def _shifts(choices: Iterable[Iterable[Personnel]]) -> list[str]:
    names = (group.calendar for choice in choices for group in choice)
    return list(dict.fromkeys(name for name in names if name is not None))


# ---------------------------------------------------------------- batches that never gather
def _gathered(plant: Plant) -> Iterator[Problem]:
    """Look for batches of more lots than there ever are at a time, or in all."""
    limit = getattr(plant.release, "lots", None)
    sizes = _lot_sizes(plant)
    by_route: dict[str, list[str]] = {}
    for name in plant.products:
        for route in _routes_of(plant, name):
            by_route.setdefault(route, []).append(name)
    centers = {center.id: center for center in plant.work_centers}
    for route, operations in plant.routes.items():
        split = False
        for number, operation in enumerate(operations):
            batch, names = operation.batch, by_route.get(route, [])
            split = split or operation.split is not None
            if batch is None or batch.wait_at_most is not None or split:
                continue
            path = ("routes", route, number, "batch")
            largest = max((max(sizes.get(name, {0})) for name in names), default=0)
            if batch.lots is not None:
                yield from _lots_gathered((*path, "lots"), plant, batch.lots.least, limit)
                if batch.by in ("operation", "product"):
                    yield from _cards_gathered((*path, "lots"), plant, batch.lots.least, names)
            elif batch.pieces is not None and batch.by in ("operation", "product") and largest:
                for alternative in operation.on:
                    yield from _pieces_gathered(
                        (*path, "pieces"), centers.get(alternative.work_center), batch.pieces.least, largest
                    )


def _lots_gathered(path: Path, plant: Plant, fewest: int, limit: int | None) -> Iterator[Problem]:
    cards = any(item.stock.kanban for item in plant.products.values())
    if limit is not None and limit < fewest and not cards and not plant.wip and not _makes(plant):
        found = f"found batches of {fewest} lots or more, and conwip: {limit}, which lets no more lots in"
        yield Problem(
            path, f"{found}: none can ever begin", "let more lots in, or give the batch wait_at_most"
        )


def _makes(plant: Plant) -> bool:
    return any(o.makes or o.split for o in chain.from_iterable(plant.routes.values()))


def _cards_gathered(path: Path, plant: Plant, fewest: int, names: list[str]) -> Iterator[Problem]:
    cards = [plant.products[name].stock.kanban for name in names]
    total = sum(n for n in cards if n is not None)
    if names and all(n is not None for n in cards) and total < fewest:
        found = f"found batches of {fewest} lots or more, and {total} kanban cards, one for each lot"
        yield Problem(
            path, f"{found}: none can ever begin", "give more cards, or give the batch wait_at_most"
        )


def _pieces_gathered(path: Path, center: WorkCenter | None, fewest: int, largest: int) -> Iterator[Problem]:
    buffer = center.buffer if center is not None else None
    if center is None or buffer is None or buffer.capacity is None:
        return
    room = buffer.capacity + len(center.units)
    if room * largest < fewest:
        found = f"found batches of {fewest} pieces or more, and room for {room} lots of at most {largest}"
        yield Problem(
            path, f"{found} at {center.id!r}: none can ever begin",
            "give the buffer more places, or the batch wait_at_most",
        )  # fmt: skip


# ---------------------------------------------------------------- supply in a ring
def _rings(plant: Plant) -> Iterator[Problem]:
    """Look for parts of which there will never be any, for each waits for others that wait for it."""
    if not parts_of(plant):
        return
    come = set(_lot_sizes(plant))
    there = {name for name, item in plant.products.items() if item.stock.initial}
    there |= {name for name in come if plant.products[name].route is None}
    started = {lot.product for lot in plant.wip}
    grown = True
    while grown:
        fresh = set()
        for name in come:
            routes = [plant.routes[route] for route in _routes_of(plant, name)]
            if name in started or any(_missing(route, there) is None for route in routes):
                fresh.add(name)
            fresh |= {made for route in routes for made in _made_on_the_way(route, there)}
        grown = not fresh <= there
        there |= fresh
    reported: set[Path] = set()
    for name in plant.products:
        for route in _routes_of(plant, name) if name in come - started else ():
            missing = _missing(plant.routes[route], there)
            if missing is None or missing[1] not in come:
                continue  # one that nobody supplies is reported elsewhere
            path = ("routes", route, missing[0], "parts", missing[1])
            if path not in reported:
                reported.add(path)
                found = (
                    f"found the part {missing[1]!r}, which waits for parts that in the end wait for {name!r}"
                )
                yield Problem(path, f"{found}: it can never run", "give one of them a stock: {initial: …}")


def _missing(operations: tuple[Operation, ...], there: set[str]) -> tuple[int, str] | None:
    """The first part on a route that is not there; where lots may go another way, nothing is known."""
    for number, operation in enumerate(operations):
        if operation.sample < 1:
            continue
        for part in operation.parts:
            if part not in there:
                return number, part
        if operation.next:
            return None
    return None


def _made_on_the_way(operations: tuple[Operation, ...], there: set[str]) -> Iterator[str]:
    missing = _missing(operations, there)
    for operation in operations[: len(operations) if missing is None else missing[0]]:
        yield from operation.makes


# ---------------------------------------------------------------- lots without end in no time
def _endless(plant: Plant) -> Iterator[Problem]:
    """Look for products that make themselves, by way of others or not, in no time at all."""
    makes: dict[str, dict[str, Path]] = {}
    ways = {(move.from_center, move.to) for move in plant.transport.times if move.takes}
    slow = bool(plant.transport.default or ways or plant.transport.fleets or plant.transport.conveyors)
    setups = {center.id for center in plant.work_centers if center.setup is not None}
    for name, item in plant.products.items():
        for route in _routes_of(plant, name) if isinstance(item.route, str) else ():
            for number, operation in enumerate(plant.routes[route]):
                if not _at_once(operation, setups) or (number and slow):
                    break
                for made in operation.makes:
                    path = ("routes", route, number, "makes", made)
                    makes.setdefault(name, {}).setdefault(made, path)
                if operation.next:
                    break
    for name, goals in makes.items():
        ring = next((goal for goal in goals if name in _reached(makes, goal)), None)
        if ring is not None:
            found = (
                f"found that a lot of {name!r} makes another one of {name!r} in no time, and so without end"
            )
            yield Problem(goals[ring], found, "give an operation on the way a time, or leave makes out")


def _at_once(operation: Operation, setups: set[str]) -> bool:
    """Whether a lot surely does an operation, and in no time."""
    if operation.sample < 1 or operation.batch is not None or operation.parts:
        return False
    times: list[Distribution | None] = [operation.delay]
    for alternative in operation.on:
        takes = takes_at(operation, alternative)
        if takes is not None:
            times += [takes.load, takes.per_lot, takes.per_piece, takes.per_batch]
    none = all(time is None or most(time) <= 0 for time in times)
    return none and setups.isdisjoint(alternative.work_center for alternative in operation.on)


def _reached(makes: Mapping[str, Mapping[str, Path]], start: str) -> set[str]:
    found, fresh = {start}, {start}
    while fresh:
        fresh = {goal for name in fresh for goal in makes.get(name, ())} - found
        found |= fresh
    return found
