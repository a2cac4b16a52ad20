"""The page of a plan: what it comes to, the Gantt chart, the orders and why some are late."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from zhizao.plant import Plant
from zhizao.report import Closed, Gantt, GanttRow, Prose, Report, Section, Table
from zhizao.studies.schedule.findings import Planned
from zhizao.studies.schedule.hours import hours_of
from zhizao.studies.schedule.plan import OrderPlan


def page(plan: Planned) -> Report:
    """The report of a plan."""
    return Report(
        title=plan.plant.name,
        subtitle="The plan: which lot on which unit, and when",
        sections=(
            Prose("\n\n".join(plan.notes), title="In short"),
            _gantt(plan),
            *_late(plan),
            *_moved(plan),
            *_holds(plan),
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


def _gantt(plan: Planned) -> Gantt:
    """Bars labelled with their orders; those of a batch are one bar."""
    rows = plan.events.sort("work_center", "unit", "start", maintain_order=True)
    orders = {order.order: order for order in plan.orders}
    previous = plan.previous
    frozen = previous.frozen if previous else frozenset[tuple[str, str]]()
    until_s = previous.until_s if previous else 0.0
    return Gantt(
        "Who does what when",
        [_bar(row, plan.plant, orders.get(row["order"]), frozen) for row in rows.iter_rows(named=True)],
        note="Labels are orders. A lot that is worked on over the end of a shift rests until the next one.",
        closed=tuple(_closed(plan)),
        frozen_until=plan.plant.start + timedelta(seconds=until_s) if until_s > 0 else None,
    )


def _bar(
    row: dict[str, Any], plant: Plant, order: OrderPlan | None, frozen: Set[tuple[str, str]]
) -> GanttRow:
    due_s = None if order is None else order.due_s
    end_s = None if order is None else order.end_s
    return GanttRow(
        row["unit"],
        row["start"],
        row["end"],
        row["activity"],
        label=row["order"] or "",
        lot=row["lot"] or "",
        order=row["order"] or "",
        product=row["product"] or "",
        operation=row["operation"] or "",
        worker=row["personnel"] or "",
        batch=row["batch"] or "",
        due=None if due_s is None else plant.start + timedelta(seconds=due_s),
        late_s=None if due_s is None or end_s is None else end_s - due_s,
        frozen=(row["lot"], row["operation"]) in frozen,
    )


def _closed(plan: Planned) -> Iterator[Closed]:
    """When the units of each work center are off shift, up to the end of the plan."""
    end = plan.events["end"].max()
    if not isinstance(end, datetime):
        return
    until_s = (end - plan.plant.start).total_seconds()
    hours = hours_of(plan.plant, until_s)
    for center in plan.plant.work_centers:
        spans = [
            (plan.plant.start + timedelta(seconds=begin), plan.plant.start + timedelta(seconds=stop))
            for begin, stop in hours[center.id].closed(until_s)
        ]
        if spans:
            yield Closed([unit.id for unit in center.units], spans)


def _moved(plan: Planned) -> tuple[Section, ...]:
    moves = plan.moved()
    return () if moves is None else (Table("What is moved of the previous plan", moves),)


def _holds(plan: Planned) -> tuple[Section, ...]:
    return (Table("Hold limits that are broken", plan.holds_table()),) if plan.broken_holds else ()


def _late(plan: Planned) -> tuple[Section, ...]:
    if not plan.late:
        return ()
    late = plan.table().filter(pl.col("reason").is_not_null()).sort("late_h", descending=True)
    return (
        Table("Why orders are late", late.select("order", "due", "completed", "late_h", "reason", "rescue")),
    )
