"""Runs of the twin that ask what becomes of the orders if something were otherwise, within a budget."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from zhizao.engine.follow import follow
from zhizao.plant import LotPlace, PlantState
from zhizao.quantities import InputError
from zhizao.studies.schedule.plan import ends_of
from zhizao.studies.schedule.reasons.causes import Case
from zhizao.studies.schedule.work import Lot

Ends = Mapping[str, float | None]
"""When each order is done, in s from the plant's start; None: never."""


class BudgetSpentError(Exception):
    """There is no time or no run left."""


class Trials:
    """Follows cases until the time `until` (of `time.perf_counter`), and at most `runs` of them."""

    def __init__(self, lots: Sequence[Lot], state: PlantState | None, until: float, runs: int) -> None:
        self._lots, self._state, self._until, self._left = lots, state, until, runs

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
                case.plant, case.rows, state=self._state_of(case), go_on=lambda: time.perf_counter() < self._until
            )
        except InputError:
            return {}
        if followed is None:
            raise BudgetSpentError
        ends: dict[str, float | None] = {}
        for lot, end in zip(self._lots, ends_of(case.plant, self._lots, followed), strict=True):
            before = ends.get(lot.order, 0.0)
            ends[lot.order] = None if end is None or before is None else max(before, end)
        return ends

    def _state_of(self, case: Case) -> PlantState | None:
        """The state without the lots that the case is without."""
        if self._state is None:
            return None
        here = {lot.id for lot in case.plant.wip}
        lots = tuple(lot for lot in self._state.lots if lot.at is LotPlace.OUTSIDE or lot.id in here)
        return self._state.model_copy(update={"lots": lots})
