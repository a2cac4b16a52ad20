"""What `schedule` gives back: the plan as tables, JSON and a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import polars as pl

from zhizao.experiments.inputs import frame_input, plant_input, state_input
from zhizao.quantities import Input
from zhizao.report import Report, Result
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.findings import Planned
from zhizao.studies.schedule.page import page
from zhizao.studies.schedule.plan import HOUR_S
from zhizao.studies.schedule.reasons.causes import Cause, remedy
from zhizao.studies.schedule.reasons.rescue import Rescue

_TIME = pl.Datetime("us")


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Planned, Result):
    """A plan of a plant's orders, to be shown: table, JSON, page."""

    study: ClassVar[str] = "schedule"

    @property
    def title(self) -> str:
        """The name of the plant."""
        return self.plant.name

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The plant at the start of the plan, the state of then, and the earlier plan, with their hashes."""
        found = [plant_input(self.plant)]
        if self.state is not None:
            found.append(state_input(self.state))
        if self.previous is not None and self.previous.rows is not None:
            found.append(frame_input("previous plan", self.plant.name, self.previous.rows))
        return tuple(found)

    def key_points(self) -> tuple[str, str, str]:
        """How the plan was found, its value, and what to mind."""
        how = (
            f"Objective {self.objective.value}; {self.seconds:.1f} s, seed {self.seed}, by {self.judged.by}."
        )
        answer = self.value_in_words or "The plan does not finish all orders."
        return self.points(how, answer, "Nothing is left out of the plan.")

    def details(self) -> dict[str, Any]:
        """The plan as plain data; times are local to the plant."""
        moments = pl.col(_TIME).dt.strftime("%Y-%m-%dT%H:%M:%S%.f")
        moves = self.moved()
        columns = ("lot", "order", "operation", "work_center", "unit", "activity", "start", "end", "batch")
        return {
            "plant": self.plant.name,
            "objective": self.objective.value,
            "value_s": None if self.value_s is None else round(self.value_s, 6),
            "lower_bound_s": round(self.bound_s, 6),
            "proved": self.proved,
            "better_rule": None if self.better_rule is None else self.better_rule.by,
            "summed_over": None if self.objective is Objective.MAKESPAN else "lots",
            "hold_limits": self._hold_limits(),
            "by": self.judged.by,
            "left_out": list(self.left_out),
            "begins": None if self.state is None else self.state.moment.isoformat(),
            "not_taken": list(self.not_taken),
            "under_randomness": None if self.robustness is None else self.robustness.as_json(),
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
            "moved": None if moves is None else moves.with_columns(moments).to_dicts(),
            "orders": self.table().with_columns(moments).to_dicts(),
            "late": [
                {
                    "order": late.order,
                    "late_h": None if late.late_s is None else late.late_s / HOUR_S,
                    "reason": late.reason,
                    "waits": [
                        {"work_center": w.work_center, "cause": w.cause, "hours": w.seconds / HOUR_S}
                        for w in late.waits
                    ],
                    "examined": late.examined.value,
                    "causes": [self._cause(cause) for cause in late.causes],
                    "rescue": None if late.rescue is None else _rescue(late.rescue),
                }
                for late in self.late
            ],
            "schedule": self.events.select(columns).with_columns(moments).to_dicts(),
        }

    def _hold_limits(self) -> dict[str, Any] | None:
        """How many there are, which are broken, and how many no plan keeps; None: there are none."""
        if not self.holds:
            return None
        return {
            "count": len(self.holds),
            "never_kept": sum(not hold.can_be_kept for hold in self.holds),
            "broken": self.holds_table().to_dicts(),
        }

    def _cause(self, cause: Cause) -> dict[str, Any]:
        due = None if cause.due_s is None else self.plant.start + timedelta(seconds=cause.due_s)
        return {
            "kind": cause.kind.value,
            "place": cause.place,
            "orders": list(cause.orders),
            "earliest_due": None if due is None else due.isoformat(),
            "without": remedy(self.plant, cause),
        }

    def page(self) -> Report:
        """The result as a report."""
        return page(self)


def _rescue(rescue: Rescue) -> dict[str, Any]:
    return {
        "way": rescue.way.value,
        "place": rescue.place,
        "overtime_h": rescue.overtime_h,
        "cost": rescue.cost,
        "made_late": list(rescue.made_late),
        "text": str(rescue),
    }
