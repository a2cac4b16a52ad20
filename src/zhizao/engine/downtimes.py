"""Lower the downtimes of units: failures, maintenance and charging."""

from __future__ import annotations

from typing import Any

from zhizao.engine.calendars import Calendars
from zhizao.engine.pools import Pools
from zhizao.engine.random_numbers import Kind, key_of, numbered
from zhizao.engine.supply import Needs
from zhizao.kernels import tables as k
from zhizao.plant import AfterFailure, Clock, Failure, Maintenance, WorkCenter

_CLOCKS = {
    Clock.CALENDAR: k.BY_CALENDAR,
    Clock.BUSY: k.BY_BUSY,
    Clock.CYCLES: k.BY_CYCLES,
    Clock.PIECES: k.BY_PIECES,
}
_THEN = {AfterFailure.RESUME: k.RESUME, AfterFailure.RESTART: k.RESTART, AfterFailure.SCRAP: k.SCRAP}


class Downtimes:
    """Rows of STOP while they are being made."""

    def __init__(self, pools: Pools, calendars: Calendars, needs: Needs) -> None:
        self.calendars = calendars
        self.rows: list[tuple[Any, ...]] = []
        self._pools = pools
        self._needs = needs

    def add(
        self, center: WorkCenter, unit: int, number: int, battery: tuple[Any, ...] | None
    ) -> tuple[int, int, int]:
        """Append the downtimes of a unit, that of this number in its center; (first, end, bits of clocks)."""
        first = len(self.rows)
        name = center.units[number].id
        counts = numbered(failure.clock.value for failure in center.failures)
        for failure, count in zip(center.failures, counts, strict=True):
            key = key_of(Kind.FAILURE, name, failure.clock.value, count=count)
            needs = self._needs.of_downtime(failure.needs)
            self.rows.append((unit, *self._failure(failure), -1.0, key, *needs, 0, -1, 0.0, -1))
        groups = list(dict.fromkeys(plan.group for plan in center.maintenance if plan.group is not None))
        counts = numbered(plan.clock.value for plan in center.maintenance)
        for plan, count in zip(center.maintenance, counts, strict=True):
            key = key_of(Kind.MAINTENANCE, name, plan.clock.value, count=count)
            due = -1.0 if plan.first is None else plan.first
            if plan.in_turn:
                due *= (number + 1) / len(center.units)
            group = -1 if plan.group is None else groups.index(plan.group)
            together = self.calendars.number(plan.window), group, plan.ahead
            needs = self._needs.of_downtime(plan.needs)
            self.rows.append((unit, *self._maintenance(plan), due, key, *needs, *together, -1))
        if battery is not None:
            *what, charger = battery
            key, needs = key_of(Kind.CHARGE, name), self._needs.of_charge(center.id)
            self.rows.append((unit, *what, -1.0, key, *needs, 0, -1, 0.0, charger))
        clocks = 0
        for downtime in self.rows[first:]:
            clocks |= 1 << downtime[1]
        return first, len(self.rows), clocks

    def _failure(self, failure: Failure) -> tuple[int, ...]:
        clock, then, idle_too = _CLOCKS[failure.clock], _THEN[failure.then], int(failure.idle_too)
        return (
            clock,
            0,
            1,
            idle_too,
            then,
            self._pools.dist(failure.between),
            self._pools.dist(failure.repair),
        )

    def _maintenance(self, plan: Maintenance) -> tuple[int, ...]:
        clock, at_once, idle_too = _CLOCKS[plan.clock], int(plan.when == "now"), int(plan.idle_too)
        return (
            clock,
            1,
            at_once,
            idle_too,
            k.RESUME,
            self._pools.dist(plan.every),
            self._pools.dist(plan.takes),
        )
