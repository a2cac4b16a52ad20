"""Rows of the shop: operations of lots, lots that are worked on together, and waits between operations.

A wait is an operation of its own, on a place of its own which nothing else uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhizao.plant import Batch, Operation, Plant
from zhizao.quantities import mean
from zhizao.studies.schedule.work import Lot

_Member = tuple[float, int, int]  # due, lot, place on its route


@dataclass(frozen=True, slots=True)
class Task:
    """An operation of a lot, or of several together; `operation` None: a mere wait of `wait_s`."""

    lots: tuple[int, ...]
    place: int  # on the route of the first lot
    operation: Operation | None
    pieces: int
    wait_s: int = 0


@dataclass(slots=True)
class _Rows:
    tasks: list[Task]
    before: list[list[int]]

    def add(self, task: Task, *before: int | None) -> int:
        self.tasks.append(task)
        self.before.append([row for row in before if row is not None])
        return len(self.tasks) - 1


def tasks_of(plant: Plant, lots: Sequence[Lot]) -> tuple[list[Task], list[list[int]]]:
    """Rows, and the rows before each. Lots that are done with an operation that they share get a last row."""
    rows = _Rows([], [])
    together = _together(plant, lots)
    shared: dict[tuple[int, int], int] = {}
    for number, lot in enumerate(lots):
        last: int | None = None
        for place, operation in enumerate(lot.route):
            ahead = _wait(rows, lot, (number, place), last)
            row = shared.get((number, place))
            if row is None:
                members = together.get((number, place), ((number, place),))
                pieces = sum(lots[n].pieces for n, _ in members)
                row = rows.add(Task(tuple(n for n, _ in members), place, operation, pieces))
                shared.update(dict.fromkeys(members, row))
            if ahead is not None:
                rows.before[row].append(ahead)
            last = row
        if last is not None and rows.tasks[last].lots[0] != number:
            rows.add(Task((number,), len(lot.route), None, lot.pieces), last)
    return rows.tasks, rows.before


def _wait(rows: _Rows, lot: Lot, where: tuple[int, int], last: int | None) -> int | None:
    """The row that an operation comes after: the one before, or the wait between them."""
    number, place = where
    operation = lot.route[place]
    wait = 0.0 if operation.delay is None else mean(operation.delay)
    if place and lot.route[place - 1].hold is not None:
        hold = lot.route[place - 1].hold
        wait += hold.share * mean(hold.takes) if hold is not None else 0.0
    if round(wait) <= 0:
        return last
    return rows.add(Task((number,), place, None, lot.pieces, round(wait)), last)


# ---------------------------------------------------------------- lots that are worked on together
def _together(plant: Plant, lots: Sequence[Lot]) -> dict[tuple[int, int], tuple[tuple[int, int], ...]]:
    """Who shares a batch with whom, by (lot, place): by due date, up to the most that a batch takes."""
    waiting: dict[tuple[str, ...], list[_Member]] = {}
    for number, lot in enumerate(lots):
        for place, operation in enumerate(lot.route):
            if operation.batch is not None:
                due = lot.release_s if lot.due_s is None else lot.due_s
                waiting.setdefault(_kind(plant, lot, operation), []).append((due, number, place))
    found: dict[tuple[int, int], tuple[tuple[int, int], ...]] = {}
    for members in waiting.values():
        _, number, place = members[0]
        batch = lots[number].route[place].batch
        assert batch is not None  # it is what they wait for
        for group in _split(sorted(members), lots, batch):
            pairs = tuple((n, p) for _, n, p in group)
            found.update(dict.fromkeys(pairs, pairs))
    return found


def _kind(plant: Plant, lot: Lot, operation: Operation) -> tuple[str, ...]:
    """What lots of one batch share."""
    assert operation.batch is not None
    by = operation.batch.by
    centers = tuple(choice.work_center for choice in operation.on)
    if by in ("operation", "any", "family"):  # of different operations only the twin makes one batch
        return (*centers, operation.id)
    kind = lot.product if by == "product" else plant.products[lot.product].attributes.get(by, "")
    return (*centers, operation.id, kind)


def _split(members: list[_Member], lots: Sequence[Lot], batch: Batch) -> list[list[_Member]]:
    span = batch.lots or batch.pieces
    assert span is not None  # the plant was checked
    groups: list[list[_Member]] = []
    room = 0
    for member in members:
        size = 1 if batch.lots is not None else lots[member[1]].pieces
        if not groups or room < size or any(member[1] == other for _, other, _ in groups[-1]):
            groups.append([])
            room = span.most
        groups[-1].append(member)
        room -= size
    return groups
