"""A run of the twin in the planner's words: rows of the planned lots, and what becomes of the orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from zhizao.engine.follow import Followed
from zhizao.plant import Plant
from zhizao.plant.query import routes_of
from zhizao.records import EVENTS, Activity, LotStatus
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.work import Lot

HOUR_S = 3600.0
NOT_BEFORE = "not_before"
FROZEN = "frozen"
_FAR = float("inf")
_DONE = (LotStatus.COMPLETED.value, LotStatus.STOCKED.value)


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """What the plan makes of an order; times in s from the plant's start, `end_s` None: it is never done."""

    order: str
    product: str
    lots: int
    pieces: int
    release_s: float
    due_s: float | None
    end_s: float | None
    last_lot: int  # row of the lot that is done last

    @property
    def late_s(self) -> float:
        """Time after the due date in s; 0 for an order in time, without a due date, or never done."""
        return 0.0 if self.due_s is None or self.end_s is None else max(0.0, self.end_s - self.due_s)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A run: its rows (schema `records.EVENTS`, in order of start), and when each planned lot was done."""

    rows: pl.DataFrame
    ends: tuple[float | None, ...]  # s from the plant's start; None: never, or scrapped
    waiting: tuple[tuple[str, str | None], ...]  # (order, operation) of lots that never leave
    breaks: tuple[int, ...] = ()  # hold limits that each lot broke; empty: there are none
    lost: tuple[float | None, ...] = ()  # s at which each lot was scrapped; None: it was not

    @property
    def unfinished(self) -> int:
        """Lots that are never done."""
        return sum(end is None for end in self.ends)

    @property
    def broken(self) -> int:
        """Hold limits (`queue_at_most`) that are broken."""
        return sum(self.breaks)


def value_s(lots: Sequence[Lot], outcome: Outcome, objective: Objective) -> float:
    """The objective over the lots that are done, in s (times weight)."""
    done = [(lot, end) for lot, end in zip(lots, outcome.ends, strict=True) if end is not None]
    if objective is Objective.MAKESPAN:
        return max((end for _, end in done), default=0.0)
    if objective is Objective.FLOW_TIME:
        return sum(lot.weight * (end - lot.release_s) for lot, end in done)
    return sum(lot.weight * max(0.0, end - lot.due_s) for lot, end in done if lot.due_s is not None)


def merit(lots: Sequence[Lot], outcome: Outcome, objective: Objective) -> tuple[float, ...]:
    """By which plans are compared, the least is best: lots not done, hold limits broken, the objective, then
    the others."""
    others = (Objective.TARDINESS, Objective.FLOW_TIME)
    return (
        outcome.unfinished,
        outcome.broken,
        *(round(value_s(lots, outcome, o), 6) for o in (objective, *others)),
    )


def orders_of(lots: Sequence[Lot], outcome: Outcome) -> tuple[OrderPlan, ...]:
    """The orders in the order in which they came."""
    by_order: dict[str, list[int]] = {}
    for row, lot in enumerate(lots):
        by_order.setdefault(lot.order, []).append(row)
    found = []
    for order, rows in by_order.items():
        own = [lots[row] for row in rows]
        ends = {row: outcome.ends[row] for row in rows}
        last = max(rows, key=lambda row: (_FAR if ends[row] is None else ends[row], row))
        found.append(
            OrderPlan(
                order,
                own[0].product,
                len(own),
                sum(lot.pieces for lot in own),
                min(lot.release_s for lot in own),
                own[0].due_s,
                ends[last],
                last,
            )
        )
    return tuple(found)


def with_holds(rows: pl.DataFrame, plan: pl.DataFrame) -> pl.DataFrame:
    """Rows of a run with what a plan has beside an event log: when operations wait, and which are frozen."""
    for name in (NOT_BEFORE, FROZEN):
        if name in plan.columns:
            known = plan.filter(pl.col(name).is_not_null()).unique(["lot", "operation"], maintain_order=True)
            rows = rows.join(known.select("lot", "operation", name), ["lot", "operation"], how="left")
    return rows


def outcome_of(plant: Plant, lots: Sequence[Lot], followed: Followed) -> Outcome:
    """What a run of the twin did with the planned lots; lots that were split off count for theirs."""
    rows = _rows_of(lots, followed)
    lot_of = _lots_by_name(plant, lots, followed.records.lots, lambda: rows)
    kept = [row | {"lot": lots[lot_of[row["lot"]]].id} for row in rows if row["lot"] in lot_of]
    frame = pl.DataFrame([row for row in kept if row["end"] is not None], schema=EVENTS, orient="row")
    done = _ends(plant, lots, followed, lot_of)
    breaks, lost = _breaks(plant, lots, followed, lot_of)
    return Outcome(frame.sort("start", "end", maintain_order=True), done, followed.waiting, breaks, lost)


def ends_of(plant: Plant, lots: Sequence[Lot], followed: Followed) -> tuple[float | None, ...]:
    """When each planned lot was done in a run, as in its `Outcome`, without reading its whole log."""
    lot_of = _lots_by_name(plant, lots, followed.records.lots, lambda: _rows_of(lots, followed))
    return _ends(plant, lots, followed, lot_of)


def _rows_of(lots: Sequence[Lot], followed: Followed) -> list[dict[str, Any]]:
    """The log of the products that are ordered."""
    events = followed.records.events
    assert events is not None  # runs are followed with their log
    mine = {lot.order: lot.product for lot in lots}
    return [row for row in events.iter_rows(named=True) if row["product"] == mine.get(row["order"], "")]


def _ends(
    plant: Plant, lots: Sequence[Lot], followed: Followed, lot_of: Mapping[str, int]
) -> tuple[float | None, ...]:
    ends: list[float | None] = [None] * len(lots)
    lost: set[int] = set()
    for name, status, completed in followed.records.lots.select("lot", "status", "completed").iter_rows():
        number = lot_of.get(name)
        if number is None:
            continue
        if status not in _DONE:
            lost.add(number)
        else:
            ends[number] = max(ends[number] or 0.0, (completed - plant.start).total_seconds())
    return tuple(None if number in lost else end for number, end in enumerate(ends))


def _breaks(
    plant: Plant, lots: Sequence[Lot], followed: Followed, lot_of: Mapping[str, int]
) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """How many hold limits each lot broke, and when it was scrapped."""
    found = followed.records.lots.select("lot", "status", "completed", "limit_breaks")
    if not found["limit_breaks"].sum():
        return (), ()
    breaks, lost = [0] * len(lots), list[float | None]([None] * len(lots))
    for name, status, completed, count in found.iter_rows():
        number = lot_of.get(name)
        if number is None:
            continue
        breaks[number] += count or 0
        if status == LotStatus.SCRAPPED.value:
            lost[number] = (completed - plant.start).total_seconds()
    return tuple(breaks), tuple(lost)


def _lots_by_name(
    plant: Plant, lots: Sequence[Lot], found: pl.DataFrame, log: Callable[[], Sequence[dict[str, Any]]]
) -> dict[str, int]:
    """Row of the planned lot that each lot of the twin is, or was split off from."""
    planned: dict[str, list[int]] = {}
    for number, lot in enumerate(lots):
        planned.setdefault(lot.order, []).append(number)
    serials: dict[str, list[str]] = {}
    for name, order, product in found.select("lot", "order", "product").iter_rows():
        if order in planned and product == lots[planned[order][0]].product:
            serials.setdefault(order, []).append(name)
    by_order: dict[str, list[dict[str, Any]]] = {}
    if any(len(names) > len(planned[order]) for order, names in serials.items()):  # some were split off
        for row in log():
            by_order.setdefault(row["order"], []).append(row)
    lot_of: dict[str, int] = {}
    for order, names in serials.items():
        names.sort(key=lambda name: int(name[1:]))
        own = [lots[number] for number in planned[order]]
        roots, children = names, list[str]()
        if len(names) > len(own):
            begun = {row["lot"]: row["operation"] for row in reversed(by_order.get(order, []))}
            first = own[0].route[0].id if own[0].route else None
            roots = [name for name in names if begun.get(name, first) == first][: len(own)]
            children = [name for name in names if name not in set(roots)]
        lot_of.update(zip(roots, planned[order], strict=False))
        for parent, child in _splits(plant, by_order.get(order, []), iter(children)):
            if parent in lot_of:
                lot_of[child] = lot_of[parent]
    return lot_of


def _splits(
    plant: Plant, rows: Sequence[dict[str, Any]], children: Iterator[str]
) -> Iterator[tuple[str, str]]:
    """(Lot, lot that was split off from it), which are numbered as they come: at the end of an operation."""
    split = {
        (name, o.id): o.split
        for name, product in plant.products.items()
        for route in routes_of(product)
        for o in plant.routes[route]
        if o.split is not None
    }
    for row in rows:
        size = split.get((row["product"], row["operation"]))
        if size is None or row["activity"] != Activity.PROCESS.value or row["end"] is None:
            continue
        for _ in range(-(-row["pieces_good"] // size) - 1):
            child = next(children, None)
            if child is not None:
                yield row["lot"], child
