"""Flexible job shops: each operation has a choice of machines; also with workers, as graphs, with vehicles.

Sources: P. Brandimarte (1993) and the FJSPLIB files for the plain form; Birgin et al. (2014) for graphs; the
.fjsw files of the OptalCP benchmarks for workers; Homayouni and Fontes (2021) for vehicles.

Machines and workers are counted from 1. If a 0 occurs and no number equals the count, they are counted from
0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from zhizao.solvers.shop.formats.lines import Line, Text
from zhizao.solvers.shop.problem import LATEST, Problem, Transport

VEHICLES = 2  # of the published results with these files, which do not say it themselves
Mode = tuple[int, int, int]  # unit, time, worker


def read_flexible(text: Text, name: str) -> Problem:
    """First line: jobs, machines (and a mean that is not used); rows: how many operations, then for each
    how many machines, and pairs (machine, time)."""
    jobs, machines = text.header()
    rows = text.rows(1, jobs, "jobs")
    text.ends(1 + jobs)
    return Problem.of_routes(name, _routes(text, rows, machines), machines)


def read_with_vehicles(text: Text, name: str) -> Problem:
    """As a flexible shop, then travel times from and to the load/unload place and each machine; 2
    vehicles."""
    jobs, machines = text.header()
    routes = _routes(text, text.rows(1, jobs, "jobs"), machines)
    travel = [text.numbers(line) for line in text.rows(1 + jobs, machines + 1, "travel times")]
    for row, line in zip(travel, text.lines[1 + jobs :], strict=False):
        if len(row) != machines + 1:
            raise text.fault(line, f"found {len(row)} travel times", f"there should be {machines + 1}")
    text.ends(2 + jobs + machines)
    shop = Problem.of_routes(name, routes, machines)
    return replace(shop, transport=transport_of(np.array(travel, np.int64), VEHICLES))


def transport_of(travel: np.ndarray, vehicles: int) -> Transport:
    """Transport from a table whose first place is the load/unload station."""
    place = np.r_[1 : len(travel), 0]
    return Transport(np.ascontiguousarray(travel[np.ix_(place, place)]), vehicles, len(travel) - 1)


def read_with_workers(text: Text, name: str) -> Problem:
    """First line: jobs, machines, workers; for each operation: how many machines; for each of these the
    machine, how many workers, and pairs (worker, time)."""
    jobs, machines, workers = text.header(least=3)
    rows = text.rows(1, jobs, "jobs")
    text.ends(1 + jobs)
    routes = [_manned_job(text, line, machines, workers) for line in rows]
    first = _counted_from(text, rows, [_units(route) for route in routes], ("machine", machines))
    crew = [[worker for modes in route for _, _, worker in modes] for route in routes]
    first_worker = _counted_from(text, rows, crew, ("worker", workers))
    bare = [[[(unit - first, time) for unit, time, _ in modes] for modes in route] for route in routes]
    who = [worker - first_worker for of_job in crew for worker in of_job]
    shop = Problem.of_routes(name, bare, machines)
    return replace(shop, workers=workers, mode_worker=np.array(who, np.int64))


def read_graph(text: Text, name: str) -> Problem:
    """First line: operations, arcs, machines; then the arcs (from, to, perhaps job), then for each operation
    how many machines, and pairs (machine from 0, time). What hangs together is a job."""
    operations, arcs, machines = (*_graph_header(text),)
    pairs = [_arc(text, line, operations) for line in text.rows(1, arcs, "arcs")]
    rows = text.rows(1 + arcs, operations, "operations")
    text.ends(1 + arcs + operations)
    modes = [_choice(text, line, machines) for line in rows]
    shop = Problem.of_routes(name, [[row] for row in modes], machines)
    job = _parts(operations, pairs)
    jobs = int(job.max()) + 1
    after = sorted({(to, of) for of, to in pairs})
    counts = np.bincount([to for to, _ in after], minlength=operations)
    return replace(
        shop,
        job=job,
        before_first=np.r_[0, np.cumsum(counts)].astype(np.int64),
        before=np.array([of for _, of in after], np.int64),
        release=np.zeros(jobs, np.int64),
        due=np.full(jobs, LATEST, np.int64),
        weight=np.ones(jobs, np.int64),
    )


def _graph_header(text: Text) -> tuple[int, int, int]:
    if not text.lines:
        text.header()
    numbers = text.numbers(text.lines[0])
    if len(numbers) != 3 or not numbers[0] or not numbers[2]:
        raise text.fault(
            text.lines[0],
            f"found {text.lines[0].text[:40]!r}",
            "a graph begins with operations, arcs, machines",
        )
    return numbers[0], numbers[1], numbers[2]


def _arc(text: Text, line: Line, operations: int) -> tuple[int, int]:
    numbers = text.numbers(line)
    if len(numbers) not in (2, 3):
        raise text.fault(line, f"found {len(numbers)} numbers", "an arc is two operations and perhaps a job")
    if max(numbers[:2]) >= operations:
        raise text.fault(line, f"found operation {max(numbers[:2])}", f"operations are 0 to {operations - 1}")
    return numbers[0], numbers[1]


def _parts(count: int, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Number of the connected part that each operation belongs to."""
    root = list(range(count))

    def top(k: int) -> int:
        while root[k] != k:
            root[k] = root[root[k]]
            k = root[k]
        return k

    for one, two in pairs:
        root[max(top(one), top(two))] = min(top(one), top(two))
    return np.unique([top(k) for k in range(count)], return_inverse=True)[1].astype(np.int64)


def _choice(text: Text, line: Line, machines: int) -> list[tuple[int, int]]:
    numbers = iter(text.numbers(line))
    modes = [(unit, time) for unit, time, _ in _modes(text, line, numbers, ("machine", machines - 1))]
    if next(numbers, None) is not None:
        raise text.fault(line, "there are numbers left over", "an operation is a count and so many pairs")
    return modes


def _routes(text: Text, rows: tuple[Line, ...], machines: int) -> list[list[list[tuple[int, int]]]]:
    """Pairs (unit, time) of each operation of each job, units from 0."""
    routes = [_job(text, line, machines) for line in rows]
    first = _counted_from(text, rows, [_units(route) for route in routes], ("machine", machines))
    return [[[(unit - first, time) for unit, time, _ in modes] for modes in route] for route in routes]


def _units(route: list[list[Mode]]) -> list[int]:
    return [unit for modes in route for unit, _, _ in modes]


def _counted_from(text: Text, rows: Iterable[Line], used: list[list[int]], of: tuple[str, int]) -> int:
    """0 or 1: the number of the first machine or worker; `used` holds the numbers of each row."""
    what, count = of
    zero = next((line for line, numbers in zip(rows, used, strict=True) if 0 in numbers), None)
    last = next((line for line, numbers in zip(rows, used, strict=True) if count in numbers), None)
    if zero and last:
        raise text.fault(
            last,
            f"found {what} {count}, and {what} 0 in line {zero.number}",
            f"{count} of them are counted from 0 to {count - 1} or from 1 to {count}",
        )
    return 0 if zero else 1


def _job(text: Text, line: Line, machines: int) -> list[list[Mode]]:
    numbers = iter(text.numbers(line))
    count = next(numbers)
    route = [list(_modes(text, line, numbers, ("machine", machines))) for _ in range(count)]
    _job_ends(text, line, numbers, count)
    return route


def _manned_job(text: Text, line: Line, machines: int, workers: int) -> list[list[Mode]]:
    numbers = iter(text.numbers(line))
    count = next(numbers)
    route = [list(_manned(text, line, numbers, machines, workers)) for _ in range(count)]
    _job_ends(text, line, numbers, count)
    return route


def _job_ends(text: Text, line: Line, numbers: Iterator[int], count: int) -> None:
    if not count:
        raise text.fault(line, "found a job without operations", "a job has one at least: take it out")
    if next(numbers, None) is not None:
        raise text.fault(line, f"there are numbers left over after {count} operations", "count them again")


def _modes(text: Text, line: Line, numbers: Iterator[int], of: tuple[str, int]) -> Iterator[Mode]:
    """Pairs as they stand; `of`: what the first number is, and the highest that it may be."""
    for _ in range(_taken(text, line, numbers)):
        unit = _at_most(text, line, _taken(text, line, numbers), of)
        yield unit, _taken(text, line, numbers), -1


def _manned(text: Text, line: Line, numbers: Iterator[int], machines: int, workers: int) -> Iterator[Mode]:
    for _ in range(_taken(text, line, numbers)):
        unit = _at_most(text, line, _taken(text, line, numbers), ("machine", machines))
        for worker, time, _ in _modes(text, line, numbers, ("worker", workers)):
            yield unit, time, worker


def _at_most(text: Text, line: Line, number: int, of: tuple[str, int]) -> int:
    what, highest = of
    if number > highest:
        raise text.fault(line, f"found {what} {number}", f"the highest number of one is {highest}")
    return number


def _taken(text: Text, line: Line, numbers: Iterator[int]) -> int:
    number = next(numbers, None)
    if number is None:
        raise text.fault(line, "the line ends in the middle of an operation", "count its machines again")
    return number
