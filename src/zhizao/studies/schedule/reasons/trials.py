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


_MOST_TIMES_LONGER = 10.0  # than the longest run so far: a plant without a cause may never come to an end
_SHARE = 0.1  # of the time left that any run may take


class Trials:
    """Follows cases until the time `until` (of `time.perf_counter`), and at most `runs` of them."""

    def __init__(self, lots: Sequence[Lot], state: PlantState | None, until: float, runs: int) -> None:
        self._lots, self._state, self._until, self._left = lots, state, until, runs
        self._longest_s: float | None = None

    def ends(self, case: Case) -> Ends:
        """When the orders are done; empty if the twin cannot run the case, or not in good time.

        Raises
        ------
        BudgetSpentError
            There is no time or no run left.
        """
        began = time.perf_counter()
        if self._left <= 0 or began >= self._until:
            raise BudgetSpentError
        self._left -= 1
        latest = self._end_at_latest(began)
        try:
            followed = follow(
                case.plant, case.rows, state=self._state_of(case), go_on=lambda: time.perf_counter() < latest
            )
        except InputError:
            return {}
        if followed is None and latest >= self._until:
            raise BudgetSpentError
        if followed is None:
            return {}
        self._longest_s = max(self._longest_s or 0.0, time.perf_counter() - began)
        ends: dict[str, float | None] = {}
        for lot, end in zip(self._lots, ends_of(case.plant, self._lots, followed), strict=True):
            before = ends.get(lot.order, 0.0)
            ends[lot.order] = None if end is None or before is None else max(before, end)
        return ends

    def _end_at_latest(self, began: float) -> float:
        """The first run may take all the time that there is."""
        if self._longest_s is None:
            return self._until
        some = max(_MOST_TIMES_LONGER * self._longest_s, _SHARE * (self._until - began))
        return min(self._until, began + some)

    def _state_of(self, case: Case) -> PlantState | None:
        """The state without the lots that the case is without."""
        if self._state is None:
            return None
        here = {lot.id for lot in case.plant.wip}
        lots = tuple(lot for lot in self._state.lots if lot.at is LotPlace.OUTSIDE or lot.id in here)
        return self._state.model_copy(update={"lots": lots})
