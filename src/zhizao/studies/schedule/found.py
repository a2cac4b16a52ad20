"""What the study found, as data and tables; `result` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import polars as pl

from zhizao.plant import Plant
from zhizao.report.text import duration
from zhizao.solvers.shop import Objective, Solution
from zhizao.studies.schedule.late import Late
from zhizao.studies.schedule.plan import HOUR_S, OrderPlan, events_of
from zhizao.studies.schedule.shape import Shape

_TIME = pl.Datetime("us")
_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "order": pl.String, "product": pl.String, "lots": pl.Int64, "pieces": pl.Int64, "release": _TIME,
    "due": _TIME, "completed": _TIME, "late_h": pl.Float64, "reason": pl.String,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Planned:
    """A plan of a plant's orders; `late` has the reason of each order that is late, the latest first."""

    plant: Plant
    shape: Shape
    solution: Solution
    orders: tuple[OrderPlan, ...]
    late: tuple[Late, ...]
    seed: int
    version: str

    @property
    def objective(self) -> Objective:
        """What the plan makes small."""
        return self.shape.problem.objective

    @cached_property
    def events(self) -> pl.DataFrame:
        """The plan in the schema of event logs, in order of start: set-ups and operations."""
        return events_of(self.plant, self.shape, self.solution.schedule)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        s = self.solution
        what = {
            Objective.MAKESPAN: f"All is done after {duration(s.value)}",
            Objective.TARDINESS: f"Weighted tardiness {s.value / HOUR_S:,.1f} h",
            Objective.FLOW_TIME: f"Weighted flow time {s.value / HOUR_S:,.1f} h",
        }[self.objective]
        least = "; no plan is better" if s.gap <= 0 else f"; no plan is below {s.bound / HOUR_S:,.1f} h"
        stopped = ("Interrupted: the best plan found by then.",) if s.interrupted else ()
        dues = sum(order.due_s is not None for order in self.orders)
        on_time = f"{len(self.late)} of {dues} orders with a due date are late." if dues else ""
        return (*stopped, f"{what}{least}.", *([on_time] if on_time else []), *self.shape.notes)

    def table(self) -> pl.DataFrame:
        """One row per order: product, lots, pieces, release, due, completed, hours late, and why."""
        start, why = self.plant.start, {late.order: late.reason for late in self.late}
        rows = [
            (
                o.order, o.product, o.lots, o.pieces,
                start + timedelta(seconds=o.release_s),
                None if o.due_s is None else start + timedelta(seconds=o.due_s),
                start + timedelta(seconds=o.end_s),
                None if o.due_s is None else o.late_s / HOUR_S,
                why.get(o.order),
            )
            for o in self.orders
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=_COLUMNS, orient="row")
