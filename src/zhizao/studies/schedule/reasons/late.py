"""Why an order is late or never done: causes without which it is in time in the twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import reduce

import polars as pl

from zhizao.plant import Plant
from zhizao.report.text import duration
from zhizao.studies.schedule.bound import earliest_end
from zhizao.studies.schedule.hours import Hours
from zhizao.studies.schedule.plan import OrderPlan, Outcome
from zhizao.studies.schedule.reasons.candidates import Taken, candidates
from zhizao.studies.schedule.reasons.causes import Case, Cause, CauseKind, remedy, without
from zhizao.studies.schedule.reasons.rescue import Rescue, rescue
from zhizao.studies.schedule.reasons.trials import BudgetSpentError, Trials
from zhizao.studies.schedule.reasons.waits import BATCH, BUSY, CLOSED, Wait, Waits, in_words
from zhizao.studies.schedule.work import Lot

_NEVER = float("inf")
_WAITS_NAMED = 2
_OF_WAIT = {CauseKind.BEHIND: BUSY, CauseKind.UNITS: BUSY, CauseKind.HOURS: CLOSED, CauseKind.BATCHES: BATCH}


class Examined(Enum):
    """Whether the causes of an order were looked for in the twin."""

    FOUND = "found"
    IN_PART = "in part"
    NOT_FOUND = "not found"
    NO_TIME = "not examined"


_NOT_ALL = {
    Examined.IN_PART: ("perhaps less is enough, for the time was up",),
    Examined.NOT_FOUND: ("no cause found",),
    Examined.NO_TIME: ("cause not examined",),
}


@dataclass(frozen=True, slots=True)
class Late:
    """An order that is done after its due date, or never (`late_s` None), and why.

    Without `causes` it is in time in the twin. Where `examined` is FOUND each of them is needed; where it is
    IN_PART perhaps not, for the time was up; else there are none. `alone_s`: no lot of it could end earlier.
    `waits`: where its last lot waited.
    """

    order: str
    late_s: float | None
    alone_s: float
    waits: tuple[Wait, ...]
    causes: tuple[Cause, ...]
    examined: Examined
    reason: str
    rescue: Rescue | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A plan as the twin follows it: its lots, what became of them and of their orders."""

    plant: Plant
    lots: Sequence[Lot]
    outcome: Outcome
    orders: Sequence[OrderPlan]
    hours: Mapping[str, Hours]


def why_late(plan: Followed, trials: Trials) -> tuple[Late, ...]:
    """Reasons of all orders that are never done or late, the latest first, as far as the budget goes."""
    late = sorted((order for order in plan.orders if _misses(order)), key=_lateness, reverse=True)
    if not late:
        return ()
    waits = Waits.of(plan.plant, plan.lots, plan.outcome, plan.hours)
    taken = {
        (center, order): start
        for center, order, start in plan.outcome.rows.group_by("work_center", "order")
        .agg(pl.col("start").min())
        .iter_rows()
    }
    found = [_Order(plan, order, (waits, taken), trials).late() for order in late]
    return tuple(_with_rescue(plan, one, trials) for one in found)


def _misses(order: OrderPlan) -> bool:
    return order.end_s is None or order.late_s > 0


def _lateness(order: OrderPlan) -> float:
    return _NEVER if order.end_s is None else order.late_s


def _with_rescue(plan: Followed, late: Late, trials: Trials) -> Late:
    if late.examined is not Examined.FOUND:
        return late
    try:
        found = rescue(plan.plant, plan.outcome.rows, plan.orders, (late.order, late.causes), trials)
    except BudgetSpentError:
        return late
    return late if found is None else replace(late, rescue=found)


class _Order:
    """One late order, to look for its causes."""

    def __init__(self, plan: Followed, order: OrderPlan, read: tuple[Waits, Taken], trials: Trials) -> None:
        self._plan, self._order, self._trials = plan, order, trials
        self._case = Case(plan.plant, plan.outcome.rows)
        lot = plan.lots[order.last_lot]
        self._waits = read[0].before_end_of(lot)
        self._alone_s = earliest_end(plan.plant, lot, plan.hours)
        stands = dict(reversed(plan.outcome.waiting)).get(order.order)
        self._candidates = candidates(plan.plant, plan.lots, order.order, self._waits, stands, read[1])
        self._alone_end: float | None = None  # without other orders, if that is late
        self._later: tuple[Cause, ...] = ()  # a later due date, where nothing makes the order earlier
        self._known: tuple[Cause, ...] = ()  # causes that are enough, found last

    def late(self) -> Late:
        try:
            causes = self._causes()
            examined = Examined.FOUND if causes else Examined.NOT_FOUND
        except BudgetSpentError:
            causes = self._known
            examined = Examined.IN_PART if causes else Examined.NO_TIME
        order = self._order
        late_s = None if order.end_s is None else order.late_s
        reason = _in_words(self._plan.plant, order, self._waits, causes, examined, self._alone_end)
        return Late(order.order, late_s, self._alone_s, self._waits, causes, examined, reason)

    # ------------------------------------------------------------ in the twin
    def _end(self, *causes: Cause) -> float:
        """When the order is done without these causes; infinite: never, or the twin cannot tell."""
        end = self._trials.ends(reduce(without, causes, self._case)).get(self._order.order)
        return _NEVER if end is None else end

    def _causes(self) -> tuple[Cause, ...]:
        """A smallest set of causes without which the order is in time; empty: there is none."""
        goal = self._order.due_s if self._order.due_s is not None else _NEVER
        others = tuple(cause for cause in self._candidates if _is_of_others(cause))
        alone = self._end(*others)
        if goal < alone < _NEVER:
            self._alone_end = min(alone, self._plan_end)
            if self._end(*self._candidates) > goal:
                goal = self._due_at(alone)  # nothing of the plant makes it late, or not alone
        if alone <= goal and alone < _NEVER:
            self._known = (*self._later, *others)
        if self._plan_end <= goal < _NEVER:
            return self._later
        for cause in sorted(self._candidates, key=_is_not_of_others) if self._later else self._candidates:
            if self._keeps(goal, cause):
                return (*self._later, self._fewest_orders(goal, (), cause))
        return self._together(goal)

    @property
    def _plan_end(self) -> float:
        return _NEVER if self._order.end_s is None else self._order.end_s

    def _due_at(self, end: float) -> float:
        """Ask for no more than an end that can be reached; the plan's own can."""
        end = min(end, self._plan_end)
        self._later = (Cause(CauseKind.DUE, due_s=end),)
        return end

    def _keeps(self, goal: float, *causes: Cause) -> bool:
        end = self._end(*causes)
        if end > goal or end == _NEVER:
            return False
        self._known = (*self._later, *causes)
        return True

    def _together(self, goal: float) -> tuple[Cause, ...]:
        """Several causes of which none is enough, and none can be left out."""
        asked = self._candidates
        earliest = self._end(*asked)
        if earliest == self._plan_end == _NEVER:
            asked = (*asked, Cause(CauseKind.WORK, self._order.product))
            earliest = self._end(*asked)
        if earliest == self._plan_end == _NEVER:
            return ()
        if earliest > goal:
            goal = self._due_at(earliest)
        if self._plan_end <= goal < _NEVER:
            return self._later
        kept = self._without_spare(goal, asked)
        if not self._keeps(goal, *kept):
            return ()
        for place, cause in enumerate(kept):
            kept[place] = self._fewest_orders(goal, (*kept[:place], *kept[place + 1 :]), cause)
        return (*self._later, *kept)

    def _without_spare(self, goal: float, asked: Sequence[Cause]) -> list[Cause]:
        """The first causes that are enough together, without those that are not needed."""
        low, high = 1, len(asked)
        while low < high:
            middle = (low + high) // 2
            if self._keeps(goal, *asked[:middle]):
                high = middle
            else:
                low = middle + 1
        kept = list(asked[:high])
        for cause in reversed(kept[:-1]):
            rest = [other for other in kept if other is not cause]
            if self._keeps(goal, *rest):
                kept = rest
        return kept

    def _fewest_orders(self, goal: float, others: tuple[Cause, ...], cause: Cause) -> Cause:
        """The cause with only the first of its orders, if these are enough."""
        low, high = 1, len(cause.orders)
        while low < high:
            middle = (low + high) // 2
            if self._keeps(goal, *others, replace(cause, orders=cause.orders[:middle])):
                high = middle
            else:
                low = middle + 1
        fewest = replace(cause, orders=cause.orders[:high])
        return fewest if fewest == cause or self._keeps(goal, *others, fewest) else cause


def _is_of_others(cause: Cause) -> bool:
    return cause.kind in (CauseKind.STREAMS, CauseKind.ORDERS)


def _is_not_of_others(cause: Cause) -> bool:
    """What an order waits for beyond the time that it takes alone is mostly other orders."""
    return cause.kind is not CauseKind.BEHIND and not _is_of_others(cause)


# ---------------------------------------------------------------- words
def _in_words(
    plant: Plant,
    order: OrderPlan,
    waits: Sequence[Wait],
    causes: Sequence[Cause],
    examined: Examined,
    alone_end: float | None,
) -> str:
    """For example `2.00 h late; it waits 2.00 h for press (busy with A); in time without A`."""
    due = next((cause.due_s for cause in causes if cause.due_s is not None), None)
    alone = alone_end if alone_end is not None else due
    parts = ["never done" if order.end_s is None else f"{duration(order.late_s)} late"]
    if order.due_s is not None and order.due_s <= order.release_s:
        parts.append("it was due before its release")
    elif alone is not None and order.due_s is not None:
        parts.append(f"even alone in the plant it would be {duration(alone - order.due_s)} late")
    others = [cause for cause in causes if cause.kind is not CauseKind.DUE]
    if others or not causes:
        seen = examined is not Examined.FOUND
        named = [wait for wait in waits if seen or any(_is_of(wait, cause) for cause in others)]
        phrases = [in_words(wait) for wait in named[:_WAITS_NAMED]]
        parts += [f"it waits {', and '.join(phrases)}"] if phrases else []
    if causes:
        in_time = "done" if order.due_s is None else "in time"
        parts.append(f"{in_time} {' and '.join(remedy(plant, cause) for cause in causes)}")
    parts += _NOT_ALL.get(examined, ())
    return "; ".join(parts)


def _is_of(wait: Wait, cause: Cause) -> bool:
    return wait.work_center == cause.place and wait.cause == _OF_WAIT.get(cause.kind)
