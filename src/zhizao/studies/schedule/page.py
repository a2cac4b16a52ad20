"""The page of a plan: what it comes to, the Gantt chart, the orders and why some are late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from zhizao.records import Activity
from zhizao.report import Gantt, GanttRow, Prose, Report, Section, Table
from zhizao.studies.schedule.findings import Planned

_MAX_BARS = 1500


def page(plan: Planned) -> Report:
    """The report of a plan."""
    return Report(
        title=plan.plant.name,
        subtitle="The plan: which lot on which unit, and when",
        sections=(
            Prose("\n\n".join(plan.notes), title="In short"),
            _gantt(plan.events),
            *_late(plan),
            *_moved(plan),
            Table("Orders", plan.table()),
            Table("Operations", plan.events.select("lot", "operation", "unit", "activity", "start", "end")),
        ),
        facts={
            "plant": plan.plant.name,
            "objective": plan.objective.value,
            "seconds": round(plan.seconds, 1),
            "seed": plan.seed,
            "version": plan.version,
        },
    )


def _gantt(events: pl.DataFrame) -> Gantt:
    """Bars labelled with their orders, in the colour of their product; those of a batch are one bar."""
    columns = ("unit", "start", "end", "activity")
    bars = events.group_by("work_center", *columns, maintain_order=True).agg(
        pl.col("order").drop_nulls().unique(maintain_order=True), pl.col("product").first()
    )
    return Gantt(
        "Who does what when",
        [
            GanttRow(row["unit"], row["start"], row["end"], _kind(row), _label(row["order"]))
            for row in bars.sort("work_center", "unit", "start").iter_rows(named=True)
        ],
        note="Labels are orders, colours are products. "
        "A lot that is worked on over the end of a shift rests until the next one.",
        limit=_MAX_BARS,
    )


def _kind(row: dict[str, Any]) -> str:
    """What gives the colour: the product of the work, else the activity."""
    works = row["activity"] == Activity.PROCESS.value and row["product"] is not None
    return str(row["product"] if works else row["activity"])


def _label(orders: Sequence[str]) -> str:
    return f"{orders[0]} +{len(orders) - 1}" if len(orders) > 1 else "".join(orders)


def _moved(plan: Planned) -> tuple[Section, ...]:
    moves = plan.moved()
    return () if moves is None else (Table("What is moved of the previous plan", moves),)


def _late(plan: Planned) -> tuple[Section, ...]:
    if not plan.late:
        return ()
    late = plan.table().filter(pl.col("reason").is_not_null()).sort("late_h", descending=True)
    return (
        Table("Why orders are late", late.select("order", "due", "completed", "late_h", "reason", "rescue")),
    )
