"""Findings of the study, as data and tables; `result` shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import polars as pl

from zhizao.plant import Plant, PlantState
from zhizao.report.text import duration
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.holds import BrokenHold, Hold, broken_holds, holds_in_words
from zhizao.studies.schedule.judge import Judged
from zhizao.studies.schedule.plan import HOUR_S, OrderPlan
from zhizao.studies.schedule.previous import Previous, in_words, moved
from zhizao.studies.schedule.reasons.late import Examined, Late
from zhizao.studies.schedule.robust import Robustness
from zhizao.studies.schedule.work import Lot

_TIME = pl.Datetime("us")
_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "order": pl.String, "product": pl.String, "lots": pl.Int64, "pieces": pl.Int64, "release": _TIME,
    "due": _TIME, "completed": _TIME, "late_h": pl.Float64, "reason": pl.String, "rescue": pl.String,
}  # fmt: skip
_HOLD_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "lot": pl.String, "order": pl.String, "operation": pl.String, "since": pl.String,
    "waited_h": pl.Float64, "limit_h": pl.Float64,
}  # fmt: skip
_MAX_NAMED = 5
_NAMES = {
    Objective.MAKESPAN: "makespan",
    Objective.TARDINESS: "weighted tardiness",
    Objective.FLOW_TIME: "weighted flow time",
}

_LIMITS_NOT_COUNTED = (
    "Hold limits that are broken by chance count here only where a lot is lost; "
    "`zhizao simulate --plan` has all."
)


@dataclass(frozen=True, eq=False, repr=False)
class Planned:
    """A plan of a plant's orders; `late` has the reason of each order that is late or never done,
    the latest first.

    `judged` is the run of the twin that is the plan; `bound_s` is a value in s below which no plan can come,
    and `proved` says that none is better, both without randomness. `problem` says why no search took part.
    With a
    `state` the `plant` is the one that starts there, and `not_taken` says what of the state has no effect.
    `previous`: what was still ahead of an earlier plan.
    """

    plant: Plant
    lots: tuple[Lot, ...]
    objective: Objective
    judged: Judged
    bound_s: float
    proved: bool
    left_out: tuple[str, ...]
    state: PlantState | None
    not_taken: tuple[str, ...]
    problem: str | None
    interrupted: bool
    seconds: float
    orders: tuple[OrderPlan, ...]
    previous: Previous | None
    late: tuple[Late, ...]
    seed: int
    version: str
    robustness: Robustness | None = None
    holds: tuple[Hold, ...] = ()
    """The hold limits that run for its lots."""
    better_rule: Judged | None = None
    """A dispatch rule that is better than the plan: no plan that was found does what it does."""

    @property
    def events(self) -> pl.DataFrame:
        """The plan in the schema of event logs, in order of start: set-ups, transports and operations."""
        return self.judged.outcome.rows

    @property
    def complete(self) -> bool:
        """Whether every order is done."""
        return self.judged.outcome.unfinished == 0

    @property
    def value_s(self) -> float | None:
        """The objective in s (times weight), as the twin gives it; None: some order is never done."""
        return self.judged.value_s if self.complete else None

    @cached_property
    def broken_holds(self) -> tuple[BrokenHold, ...]:
        """The hold limits that the plan breaks."""
        return broken_holds(self.plant.start, self.lots, self.holds, self.judged.outcome)

    def holds_table(self) -> pl.DataFrame:
        """One row per hold limit that the plan breaks: lot, order, operation, since, hours waited, limit."""
        hours = [
            (h.lot, h.order, h.operation, h.since, _hours(h.waited_s), _hours(h.limit_s))
            for h in self.broken_holds
        ]
        return pl.DataFrame(hours, schema=_HOLD_COLUMNS, orient="row")

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        stopped = "Interrupted: the best plan found by then." if self.interrupted else ""
        dues = sum(order.due_s is not None for order in self.orders)
        late = sum(order.late_s > 0 for order in self.orders)
        on_time = f"{late} of {dues} orders with a due date are late." if dues else ""
        no_search = (
            f"Of rules only, for the search took no part: {self.problem}"
            if self.problem and not self.proved
            else ""
        )
        notes = (
            stopped,
            self.value_in_words,
            on_time,
            *self._never(),
            *holds_in_words(self.lots, self.holds, self.broken_holds),
            *self._changes(),
            self._by_rule(),
            *self._under_randomness(),
            self._not_examined(),
            self._source(),
            self._begin(),
            self._left_out(),
            no_search,
        )
        return tuple(note for note in notes if note)

    @property
    def value_in_words(self) -> str:
        """The objective of the plan in a sentence; empty where not all is done."""
        if not self.complete:
            return ""
        makespan, value_s = self.objective is Objective.MAKESPAN, self.judged.value_s
        if makespan:
            what = f"All is done after {duration(value_s)}"
        else:
            what = f"{_NAMES[self.objective].capitalize()} {value_s / HOUR_S:,.2f} h, summed over lots"
        if self.proved:
            return f"{what}; no plan is better."
        if self.bound_s <= 0.0:
            return f"{what}."
        bound = duration(self.bound_s) if makespan else f"{self.bound_s / HOUR_S:,.2f} h"
        return f"{what}; no plan is below {bound}."

    def _never(self) -> list[str]:
        """Orders that are never done, and where they stand."""
        never = [order.order for order in self.orders if order.end_s is None]
        if not never:
            return []
        where = dict(reversed(self.judged.outcome.waiting))
        named = [f"{order} ({_stands(order, where)})" for order in never[:_MAX_NAMED]]
        more = f" and {len(never) - _MAX_NAMED} more" if len(never) > _MAX_NAMED else ""
        count = (
            f"{len(never)} of {len(self.orders)} orders never done, by this plan or any rule that was tried"
        )
        return [f"{count}: {', '.join(named)}{more}."]

    def _changes(self) -> list[str]:
        """What is changed of the previous plan."""
        return [] if self.previous is None else list(in_words(self.events, self.previous, self.plant.start))

    def _by_rule(self) -> str:
        """Where a rule is better: what it comes to."""
        if self.better_rule is None:
            return ""
        outcome, value_s = self.better_rule.outcome, self.better_rule.value_s
        never = f" and {outcome.unfinished} lots never done" if outcome.unfinished else ""
        return (
            f"Better than this plan is no plan but {self.better_rule.by}: {value_s / HOUR_S:,.2f} h{never}. "
            "Its log, followed in the twin, does not repeat itself."
        )

    def _under_randomness(self) -> list[str]:
        """What the plan comes to with failures and spread."""
        if self.robustness is None:
            return []
        limits = [_LIMITS_NOT_COUNTED] if self.holds else []
        return [*self.robustness.in_words(_NAMES[self.objective]), *limits]

    def moved(self) -> pl.DataFrame | None:
        """Operations moved against the previous plan (see `previous.moved`); None: there was none."""
        return None if self.previous is None else moved(self.events, self.previous, self.plant.start)

    def _not_examined(self) -> str:
        """How many orders have no cause, and why."""
        left = sum(late.examined is Examined.NO_TIME for late in self.late)
        unknown = sum(late.examined is Examined.NOT_FOUND for late in self.late)
        said = [f"{left} not examined, for the time was up"] if left else []
        said += [f"{unknown} without a cause that was found"] if unknown else []
        return f"Of {len(self.late)} late or unfinished orders, {' and '.join(said)}." if said else ""

    def _source(self) -> str:
        follows = "" if self.judged.exact else " Followed again, the twin shifts some of its rows."
        return f"The plan is a run of the twin without randomness, by {self.judged.by}.{follows}"

    def _begin(self) -> str:
        if self.state is None:
            return ""
        moment = self.state.moment.isoformat(sep=" ", timespec="minutes")
        nothing = f"It begins with the state of {moment}"
        return f"{nothing}; of no effect: {'; '.join(self.not_taken)}." if self.not_taken else f"{nothing}."

    def _left_out(self) -> str:
        return f"Not in the plan, but in the twin: {'; '.join(self.left_out)}." if self.left_out else ""

    def table(self) -> pl.DataFrame:
        """One row per order: product, lots, pieces, release, due, completed, hours late, why, rescue."""
        start, why = self.plant.start, {late.order: late for late in self.late}
        rows = [
            (
                o.order, o.product, o.lots, o.pieces,
                start + timedelta(seconds=o.release_s),
                None if o.due_s is None else start + timedelta(seconds=o.due_s),
                None if o.end_s is None else start + timedelta(seconds=o.end_s),
                None if o.due_s is None or o.end_s is None else o.late_s / HOUR_S,
                why[o.order].reason if o.order in why else None,
                str(why[o.order].rescue or "") or None if o.order in why else None,
            )
            for o in self.orders
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=_COLUMNS, orient="row")


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / HOUR_S


def _stands(order: str, where: dict[str, str | None]) -> str:
    if order not in where:
        return "scrapped, for a lot waited longer than it may"
    operation = where[order]
    return "outside the plant" if operation is None else f"stands before {operation}"
