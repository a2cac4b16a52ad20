"""What `schedule` gives back: the plan as tables, JSON and a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from zhizao.report import in_notebook, write_report
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.findings import Planned
from zhizao.studies.schedule.page import page
from zhizao.studies.schedule.plan import HOUR_S

_TIME = pl.Datetime("us")


@dataclass(frozen=True, eq=False)
class Plan(Planned):
    """A plan of a plant's orders, to be shown: table, JSON, page."""

    def to_json(self) -> str:
        """The plan as JSON; times are local to the plant."""
        return json.dumps(self._summary(), ensure_ascii=False, indent=2, allow_nan=False)

    def _summary(self) -> dict[str, Any]:
        moments = pl.col(_TIME).dt.strftime("%Y-%m-%dT%H:%M:%S%.f")
        columns = ("lot", "order", "operation", "work_center", "unit", "activity", "start", "end")
        return {
            "study": "schedule",
            "plant": self.plant.name,
            "version": self.version,
            "seed": self.seed,
            "objective": self.objective.value,
            "value_s": None if self.value_s is None else round(self.value_s, 6),
            "lower_bound_s": round(self.bound_s, 6),
            "proved": self.proved,
            "summed_over": None if self.objective is Objective.MAKESPAN else "lots",
            "by": self.judged.by,
            "left_out": list(self.left_out),
            "seconds": round(self.seconds, 3),
            "interrupted": self.interrupted,
            "notes": list(self.notes),
            "orders": self.table().with_columns(moments).to_dicts(),
            "late": [
                {
                    "order": late.order,
                    "late_h": late.late_s / HOUR_S,
                    "reason": late.reason,
                    "waits": [
                        {"work_center": w.work_center, "cause": w.cause, "hours": w.seconds / HOUR_S}
                        for w in late.waits
                    ],
                }
                for late in self.late
            ],
            "schedule": self.events.select(columns).with_columns(moments).to_dicts(),
        }

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page."""
        return write_report(page(self), path)

    def _repr_html_(self) -> str:
        return in_notebook(self.plant.name, self.notes, self.table())
