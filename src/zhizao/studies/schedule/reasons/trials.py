"""Runs of the twin that ask what becomes of the orders if something were otherwise, within a budget."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from zhizao.engine.follow import Followed, follow
from zhizao.plant import Plant, PlantState
from zhizao.quantities import InputError
from zhizao.records import LotStatus
from zhizao.studies.schedule.reasons.causes import Case
from zhizao.studies.schedule.work import Lot

Ends = Mapping[str, float | None]
"""When each order is done, in s from the plant's start; None: never."""


class BudgetSpentError(Exception):
    """There is no time or no run left."""


class Trials:
    """Follows cases until the time `until` (of `time.perf_counter`), and at most `runs` of them."""

    def __init__(self, lots: Sequence[Lot], state: PlantState | None, until: float, runs: int) -> None:
        self._product = {lot.order: lot.product for lot in lots}
        self._state, self._until, self._left = state, until, runs

    def ends(self, case: Case) -> Ends:
        """When the orders are done; empty if the twin cannot run the case.

        Raises
        ------
        BudgetSpentError
            There is no time or no run left.
        """
        if self._left <= 0 or time.perf_counter() >= self._until:
            raise BudgetSpentError
        self._left -= 1
        try:
            followed = follow(
                case.plant, case.rows, state=self._state, go_on=lambda: time.perf_counter() < self._until
            )
        except InputError:
            return {}
        if followed is None:
            raise BudgetSpentError
        return self._ends(case.plant, followed)

    def _ends(self, plant: Plant, followed: Followed) -> Ends:
        found: dict[str, float | None] = {}
        for order, product, status, completed in followed.records.lots.select(
            "order", "product", "status", "completed"
        ).iter_rows():
            if product != self._product.get(order):
                continue
            end = None if completed is None else (completed - plant.start).total_seconds()
            before = found.get(order, 0.0)
            done = status == LotStatus.COMPLETED.value and end is not None and before is not None
            found[order] = max(before or 0.0, end or 0.0) if done else None
        return found | {order: None for order, _ in followed.waiting if order in self._product}
