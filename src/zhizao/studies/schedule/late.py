"""Why an order is late: where its last lot waited, for whom, and what it would be if it were alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zhizao.report.text import duration
from zhizao.solvers.shop import Ints, Problem, Schedule
from zhizao.solvers.shop.worktime import worked
from zhizao.studies.schedule.plan import OrderPlan
from zhizao.studies.schedule.shape import Shape

_NAMED = 3  # lots that are named as those that were waited for
CLOSED, BUSY, ELSE = "closed", "busy", "people, tools or set-up"


@dataclass(frozen=True, slots=True)
class Wait:
    """Time in s that a lot lost at a work center, and why; `lots`: what the unit worked on meanwhile."""

    work_center: str
    cause: str
    seconds: int
    lots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Late:
    """An order that is done after its due date, and the reason. `alone_s`: earliest end if alone."""

    order: str
    late_s: float
    alone_s: float
    waits: tuple[Wait, ...]
    reason: str


def why_late(shaped: Shape, schedule: Schedule, orders: Sequence[OrderPlan]) -> tuple[Late, ...]:
    """Reasons of all orders that are late, the latest first."""
    here = _Units(shaped, schedule)
    late = sorted((order for order in orders if order.late_s > 0), key=lambda order: -order.late_s)
    return tuple(_reason(shaped, here, order) for order in late)


class _Units:
    """The schedule by unit, to look up what a unit did in a span."""

    def __init__(self, shaped: Shape, schedule: Schedule) -> None:
        self.problem: Problem = shaped.problem
        self.schedule = schedule
        self.unit: Ints = shaped.problem.mode_unit[schedule.mode]
        self.rows = [np.flatnonzero(self.unit == u) for u in range(shaped.problem.units)]

    def working(self, unit: int, begin: int, end: int) -> int:
        """Working time of a unit within a span."""
        both = worked(self.problem.breaks, np.array([unit, unit]), np.array([begin, end]))
        return int(both[1] - both[0])

    def others(self, row: int, begin: int) -> list[tuple[int, int]]:
        """(Working time in the span until `row` starts, row) of what its unit did then."""
        unit, end = int(self.unit[row]), int(self.schedule.start[row])
        found = []
        for other in self.rows[unit].tolist():
            low, high = max(begin, int(self.schedule.start[other])), min(end, int(self.schedule.end[other]))
            if other != row and high > low:
                found.append((self.working(unit, low, high), other))
        return sorted(found, reverse=True)

    def ready(self, row: int) -> tuple[int, int | None]:
        """When the lots of a row had come to its unit, and from which row the last one."""
        p, s = self.problem, self.schedule
        best = int(p.release[p.job[row]]), None
        for before in p.before[p.before_first[row] : p.before_first[row + 1]].tolist():
            come = int(s.end[before])
            if p.transport is not None:
                come += int(p.transport.time[self.unit[before], self.unit[row]])
            if come >= best[0]:
                best = come, before
        return best


def _reason(shaped: Shape, here: _Units, order: OrderPlan) -> Late:
    waits: dict[tuple[str, str], tuple[int, list[str]]] = {}
    row: int | None = _last_row(shaped, here, order.last_lot)
    while row is not None:
        ready, before = here.ready(row)
        for wait in _waits(shaped, here, row, ready):
            seconds, lots = waits.get((wait.work_center, wait.cause), (0, []))
            waits[wait.work_center, wait.cause] = seconds + wait.seconds, [*lots, *wait.lots]
        row = before
    found = sorted(
        (Wait(c, cause, s, tuple(dict.fromkeys(lots))) for (c, cause), (s, lots) in waits.items() if s > 0),
        key=lambda wait: -wait.seconds,
    )
    alone = shaped.now_s + _alone(shaped, here, order.last_lot)
    return Late(order.order, order.late_s, alone, tuple(found), _in_words(order, alone, found))


def _last_row(shaped: Shape, here: _Units, lot: int) -> int | None:
    rows = [row for row, task in enumerate(shaped.tasks) if lot in task.lots]
    return max(rows, key=lambda row: (here.schedule.end[row], row)) if rows else None


def _waits(shaped: Shape, here: _Units, row: int, ready: int) -> list[Wait]:
    """What the time from ready to the end of a row was lost for."""
    unit, start, end = int(here.unit[row]), int(here.schedule.start[row]), int(here.schedule.end[row])
    if unit >= len(shaped.units):
        return []
    center = shaped.units[unit][0]
    closed = (end - ready) - here.working(unit, ready, end)
    others = here.others(row, ready)
    busy = sum(seconds for seconds, _ in others)
    rest = here.working(unit, ready, start) - busy
    names = [shaped.lots[shaped.tasks[other].lots[0]].id for _, other in others[:_NAMED]]
    return [Wait(center, CLOSED, closed), Wait(center, BUSY, busy, tuple(names)), Wait(center, ELSE, rest)]


def _alone(shaped: Shape, here: _Units, lot: int) -> int:
    """Earliest end of a lot that nobody else is in the way of: on the best unit for each operation."""
    p = shaped.problem
    now = int(p.release[lot])
    for row, task in enumerate(shaped.tasks):
        if lot in task.lots:
            modes = range(int(p.mode_first[row]), int(p.mode_first[row + 1]))
            now = min(_end(here, int(p.mode_unit[m]), now, int(p.mode_time[m])) for m in modes)
    return now


def _end(here: _Units, unit: int, start: int, takes: int) -> int:
    """When a unit has worked so long from a moment on (bisection of its working time)."""
    low, high = start, start + takes
    while here.working(unit, start, high) < takes:
        high += max(takes, 86_400)
    while low < high:
        middle = (low + high) // 2
        if here.working(unit, start, middle) < takes:
            low = middle + 1
        else:
            high = middle
    return low


def _in_words(order: OrderPlan, alone: float, waits: Sequence[Wait]) -> str:
    assert order.due_s is not None  # it is late
    late = f"{duration(order.late_s)} late"
    if alone > order.due_s:
        beyond = duration(alone - order.due_s)
        return f"{late}; even alone in the plant it would be {beyond} late: release it earlier"
    told = [_wait_in_words(wait) for wait in waits[:2]]
    return f"{late}; it waits {', and '.join(told)}" if told else late


def _wait_in_words(wait: Wait) -> str:
    long = duration(wait.seconds)
    if wait.cause == CLOSED:
        return f"{long} while {wait.work_center} is closed"
    if wait.cause == BUSY:
        with_whom = f" (busy with {', '.join(wait.lots[:_NAMED])})" if wait.lots else ""
        return f"{long} for {wait.work_center}{with_whom}"
    return f"{long} for {wait.cause} at {wait.work_center}"
