"""Flow and load of a plant by hand: orders times expected visits times mean work, over working time.

Only for the order in which places are listed, and for the critical WIP. Queues, failures, set-ups, rework
and blocking are the twin's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from zhizao.plant.model import Batch, Operation, OrderStream, Plant
from zhizao.plant.query import END, groups, job_orders, mean_lot_s, places, product_mix, routes_of, takes_at
from zhizao.quantities.calendars import week_hours
from zhizao.quantities.counts import mean_count
from zhizao.quantities.distributions import mean

_WEEK_S = 604800.0
_DEPTH = 10  # levels of assembly that demand is passed down
_ROUNDS = 200  # of visits along ways that lead back; what is left by then is of no account


@dataclass(frozen=True, slots=True)
class Flow:
    """Lots and pieces a second by (route, operation); load by work center and by group of people."""

    lots: Mapping[tuple[str, str], float]
    pieces: Mapping[tuple[str, str], float]
    load: Mapping[str, float]
    people: Mapping[str, float]
    released: float
    """Lots released a second."""
    raw_s: float
    """Raw process time: mean work of a lot over its route, in s."""

    def busiest(self) -> list[str]:
        """Work centers with work, the most loaded first; ties in the order of the plant."""
        return sorted((name for name in self.load if self.load[name] > 0), key=lambda n: -self.load[n])


def flow_of(plant: Plant) -> Flow:
    """Work out the flow of a plant by hand."""
    lots: dict[tuple[str, str], float] = defaultdict(float)
    pieces: dict[tuple[str, str], float] = defaultdict(float)
    work: dict[str, float] = defaultdict(float)
    people: dict[str, float] = defaultdict(float)
    units = {center.id: sum(unit.speed for unit in center.units) for center in plant.work_centers}
    released = raw = 0.0
    for product, rate, size in _demand(plant):
        released += rate
        ways = routes_of(plant.products[product])
        for route, weight in ways.items():
            share = rate * weight / sum(ways.values())
            operations = plant.routes[route]
            for operation, visits in zip(operations, expected_visits(operations), strict=True):
                lots[route, operation.id] += share * visits
                pieces[route, operation.id] += share * visits * size
                seconds = share * visits * _work_of(units, operation, size, work, share * visits)
                raw += seconds * _together(operation.batch, size)
                for need, how in operation.needs.items():
                    able = groups(plant, need)
                    for group in able:
                        people[group.id] += seconds * how.count / len(able)
    return Flow(
        lots,
        pieces,
        _loads(plant, work),
        _people(plant, people),
        released,
        raw / released if released else 0.0,
    )


def _work_of(
    units: Mapping[str, float], operation: Operation, size: int, work: dict[str, float], rate: float
) -> float:
    """Mean work of a lot of an operation; it is added to the work centers, by the speed of their `units`."""
    total = sum(units[a.work_center] for a in operation.on)
    mean_s = 0.0
    for alternative in operation.on:
        takes = takes_at(operation, alternative)
        seconds = mean_lot_s(takes, size) if takes is not None else 0.0
        share = units[alternative.work_center] / total
        part = share * seconds * operation.sample / _together(operation.batch, size)
        work[alternative.work_center] += rate * part
        mean_s += part
    return mean_s


def _together(batch: Batch | None, size: int) -> float:
    """Lots in a full batch."""
    if batch is None:
        return 1.0
    if batch.lots is not None:
        return float(batch.lots.most)
    return max(1.0, batch.pieces.most / size) if batch.pieces is not None else 1.0


def expected_visits(operations: tuple[Operation, ...]) -> list[float]:
    """Expected visits of each operation of a route, branches by their weights, without rework."""
    place = {operation.id: number for number, operation in enumerate(operations)}
    at = [0.0] * len(operations)
    at[0] = 1.0
    visits = [0.0] * len(operations)
    for _ in range(_ROUNDS):
        again = [0.0] * len(operations)
        for number in range(len(operations)):
            here, at[number] = at[number], 0.0
            visits[number] += here
            for name, share in _onward(operations, number) if here > 0 else ():
                target = place[name]
                (at if target > number else again)[target] += here * share
        if max(again, default=0.0) < 1e-9:
            break
        at = again
    return visits


def _onward(operations: tuple[Operation, ...], number: int) -> Iterator[tuple[str, float]]:
    following = operations[number].next
    if not following:
        if number + 1 < len(operations):
            yield operations[number + 1].id, 1.0
        return
    total = sum(following.values())
    yield from ((name, weight / total) for name, weight in following.items() if name != END)


def _demand(plant: Plant) -> Iterator[tuple[str, float, int]]:
    """Lots a second of each product and their pieces, by streams and orders, and for parts by their use."""
    todo = [(product, rate, size, 0) for product, rate, size in _ordered(plant)]
    while todo:
        product, rate, size, depth = todo.pop()
        yield product, rate, size
        for route, weight in routes_of(plant.products[product]).items() if depth < _DEPTH else ():
            for operation in plant.routes[route]:
                for part, count in operation.parts.items():
                    child = plant.products[part]
                    if child.stock.kanban is not None:
                        todo.append((part, rate * weight * size * count / child.lot, child.lot, depth + 1))


def _ordered(plant: Plant) -> Iterator[tuple[str, float, int]]:
    for order in plant.orders:
        if isinstance(order, OrderStream):
            mix = product_mix(order)
            rate = open_share(plant, order.calendar) / mean(order.every)
            for product, weight in mix.items():
                lot = plant.products[product].lot
                asked = lot if order.pieces is None else max(1.0, mean_count(order.pieces))
                count = ceil(asked / lot)
                yield product, rate * weight / sum(mix.values()) * count, max(1, round(asked / count))
    jobs = job_orders(plant)
    span = max((job.due or job.release for job in jobs), default=0.0)
    for job in jobs:
        count = ceil(job.pieces / plant.products[job.product].lot)
        yield job.product, count / (span if span > 0 else _WEEK_S), max(1, round(job.pieces / count))


def open_share(plant: Plant, calendar: str | None) -> float:
    """Share of a week that a calendar works; 1 without one."""
    return 1.0 if calendar is None else week_hours(plant.calendars[calendar]) * 3600 / _WEEK_S


def _loads(plant: Plant, work: Mapping[str, float]) -> dict[str, float]:
    found = {}
    for center in plant.work_centers:
        able = sum(unit.speed for unit in center.units) * open_share(plant, center.calendar)
        found[center.id] = work.get(center.id, 0.0) / able if able else 0.0
    return found


def _people(plant: Plant, work: Mapping[str, float]) -> dict[str, float]:
    found = {}
    for group in plant.personnel:
        able = places(group) * open_share(plant, group.calendar)
        found[group.id] = work.get(group.id, 0.0) / able if able else 0.0
    return found
