"""Lower what ties operations and lots together: batches, dedication, queue limits."""

from __future__ import annotations

from typing import Any, NamedTuple

from zhizao.engine.material import extras_of
from zhizao.engine.pools import records
from zhizao.kernels import tables as k
from zhizao.plant import Batch, Operation, Plant
from zhizao.plant.query import followers, keeps_places, rework_target

_BY = {"operation": k.NO_SETUP, "any": k.NO_SETUP, "family": k.BY_FAMILY}


class Links(NamedTuple):
    """What STEP tells of an operation's ties, in the order of its fields."""

    extras: int
    keep: int
    same: int
    mark: int
    limit: int
    limit_s: float
    limit_then: int
    limit_step: int


class Batches:
    """Rows of `batches`, and of the counters of lots that wait to be batched.

    `most`: lots in the largest batch, at most.
    """

    def __init__(self, attributes: list[str], families: dict[str, int]) -> None:
        self._attributes = attributes
        self._families = families
        self._rows: list[tuple[Any, ...]] = []
        self._shared: dict[tuple[int, str, bool], int] = {}
        self.gathers = 0
        self.most = 1

    def row(self, batch: Batch | None, center: int) -> int:
        """Row of a batch at a work center; -1: lots go one by one."""
        if batch is None:
            return -1
        span = batch.pieces or batch.lots
        assert span is not None  # the plant's checks see to it
        by = _BY.get(batch.by)
        if by is None:
            by = k.BY_PRODUCT + self._attributes.index(batch.by)
        wait = k.NO_DUE if batch.wait_at_most is None else batch.wait_at_most
        gather = self._gather(batch, center, by)
        self.most = max(self.most, span.most)
        alone = int(batch.by == "operation")
        self._rows.append((span.least, span.most, int(batch.pieces is not None), by, wait, gather, alone))
        return len(self._rows) - 1

    def _gather(self, batch: Batch, center: int, by: int) -> int:
        """First counter; operations share theirs unless only lots of one operation go together."""
        key = (center, batch.by, batch.pieces is not None)
        if batch.by != "operation" and key in self._shared:
            return self._shared[key]
        first = self.gathers
        self.gathers += 1 + (len(self._families) if by != k.NO_SETUP else 0)
        self._shared[key] = first
        return first

    def table(self) -> Any:
        """The table, with a row at least so that it has an address."""
        return records(k.BATCH, self._rows or [(0, 0, 0, 0, 0.0, 0, 0)])


def links(operations: tuple[Operation, ...], steps: dict[str, int], before: set[str]) -> list[Links]:
    """Ties of each operation of a route; `steps`: row of each by id; `before`: centers that keep places."""
    kept = _columns(operation.same_unit_as for operation in operations)
    marked = _columns(o.queue_at_most and o.queue_at_most.from_operation for o in operations)
    found = [_links(operation, kept, marked, steps) for operation in operations]
    for number, link in enumerate(found) if before else ():
        if any(_places(following) & before for following in followers(operations, number)):
            found[number] = link._replace(extras=link.extras | k.X_RESERVES)
    return found


def _places(operation: Operation) -> set[str]:
    return {alternative.work_center for alternative in operation.on}


def feeders(plant: Plant) -> dict[str, set[str]]:
    """By work center that keeps places: those at which lots keep one there before they begin."""
    found: dict[str, set[str]] = {center.id: set() for center in plant.work_centers if keeps_places(center)}
    for operations in plant.routes.values() if found else ():
        for number, operation in enumerate(operations):
            for goal in set.union(set(), *map(_places, followers(operations, number))) & found.keys():
                found[goal] |= _places(operation)
    return found


def columns(plant: Plant) -> tuple[int, int]:
    """Columns of State.homes and State.marks."""
    homes = [len(_columns(o.same_unit_as for o in r)) for r in plant.routes.values()]
    marks = [
        len(_columns(o.queue_at_most and o.queue_at_most.from_operation for o in r))
        for r in plant.routes.values()
    ]
    return max(homes), max(marks)


def _columns(names: Any) -> dict[str, int]:
    return {name: column for column, name in enumerate(dict.fromkeys(name for name in names if name))}


def _links(
    operation: Operation, kept: dict[str, int], marked: dict[str, int], steps: dict[str, int]
) -> Links:
    keep, same = kept.get(operation.id, -1), kept.get(operation.same_unit_as or "", -1)
    mark, limit, limit_s, then, back = marked.get(operation.id, -1), -1, 0.0, k.COUNT, -1
    rule = operation.queue_at_most
    extras = k.X_KEEP * (keep >= 0) | k.X_SAME * (same >= 0) | k.X_MARK * (mark >= 0)
    extras |= k.X_ENERGY * (operation.energy is not None or any(one.energy for one in operation.outcomes))
    if rule is not None:
        extras |= k.X_LIMIT
        limit, limit_s = marked.get(rule.from_operation or "", -1), rule.at_most
        target = rework_target(rule.then)
        if target is not None:
            then, back = k.REWORK, steps[target]
        elif rule.then == "scrap":
            then = k.SCRAP
    return Links(extras | extras_of(operation), keep, same, mark, limit, limit_s, then, back)
