"""Predictive maintenance: part of the failures become planned stops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zhizao.plant.changes import form_of
from zhizao.plant.measures.kind import Changes, Kind, Parameter, Values, because, scaled_text
from zhizao.plant.measures.load import Flow, flow_of
from zhizao.plant.model import COUNTING, Failure, MeasureKind, Plant, WorkCenter
from zhizao.plant.model.forms import without_nothing
from zhizao.plant.query import mean_lot_s, takes_at
from zhizao.quantities import units
from zhizao.quantities.distributions import DistributionKind, mean


def _predicted(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    flow = flow_of(plant)
    failing = [center for center in plant.work_centers if any(map(_foreseeable, center.failures))]
    for center in sorted(failing, key=lambda one: -_importance(one, flow)):
        changes = _of_center(plant, center, values)
        yield f"at-{center.id}", f"Predictive maintenance at {center.id}", changes, None


def _foreseeable(failure: Failure) -> bool:
    """Whether its interval can be longer: one that is given exactly in cycles is no failure to foresee."""
    exact = (DistributionKind.CONSTANT, DistributionKind.DISCRETE)
    return not (failure.clock in COUNTING and failure.between.kind in exact)


def _importance(center: WorkCenter, flow: Flow) -> float:
    """Load of the work center times its time under repair per time in between."""
    lost = 0.0
    for failure in center.failures:
        if failure.clock not in COUNTING:
            lost += mean(failure.repair) / mean(failure.between)
    return flow.load[center.id] * lost


def _of_center(plant: Plant, center: WorkCenter, values: Values) -> Changes:
    changes = Changes()
    recall, alarms = values["recall"], values["false_alarms"]
    plans: list[Any] = [without_nothing(form_of(plan)) for plan in center.maintenance]
    rest = list(center.failures)
    for number, failure in enumerate(center.failures):
        if not _foreseeable(failure):
            continue
        if recall >= 1:
            rest.remove(failure)
        elif recall > 0:
            path = f"work_centers.{center.id}.failures.#{number + 1}.between"
            ends = values.low("recall"), min(values.high("recall"), _MOST_RECALL)
            factors = (1 / (1 - ends[0]), 1 / (1 - recall), 1 / (1 - max(ends[1], recall)))
            changes.mean(path, failure.between, factors, counts=failure.clock in COUNTING)
        if recall + alarms > 0:
            plans.append(_plan(failure, values, now=_short_notice(plant, center, values)))
    if recall >= 1:
        changes.set[f"work_centers.{center.id}.failures"] = [form_of(failure) for failure in rest]
    if len(plans) > len(center.maintenance):
        changes.set[f"work_centers.{center.id}.maintenance"] = plans
    return changes


_MOST_RECALL = 0.99  # the range of an interval has an end


def _plan(failure: Failure, values: Values, *, now: bool) -> dict[str, Any]:
    """Planned stops in place of the failures foreseen, and those for false alarms."""
    counts = failure.clock in COUNTING
    plan: dict[str, Any] = {
        "clock": failure.clock.value,
        "every": scaled_text(failure.between, 1 / (values["recall"] + values["false_alarms"]), counts=counts),
        "for": scaled_text(failure.repair, values["planned_share"]),
        "when": "now" if now else "idle",
    }
    if not failure.idle_too:
        plan["idle_too"] = False
    if failure.needs:
        plan["needs"] = dict(failure.needs)
    return plan


def _short_notice(plant: Plant, center: WorkCenter, values: Values) -> bool:
    """Whether the warning comes too late for the work in hand to be finished first."""
    longest = 0.0
    for product in plant.products.values():
        routes = [product.route] if isinstance(product.route, str) else list(product.route or ())
        for operation in (step for route in routes for step in plant.routes[route]):
            for alternative in operation.on:
                takes = takes_at(operation, alternative)
                if alternative.work_center == center.id and takes is not None:
                    longest = max(longest, mean_lot_s(takes, product.lot))
    return values["lead_time"] < longest


PREDICTION = Kind(
    MeasureKind.PREDICTIVE_MAINTENANCE,
    "Predictive maintenance",
    "A share `recall` of the failures is foreseen and becomes a planned stop, which lets the work in hand "
    "finish and is shorter than the repair. The interval between failures becomes interval / (1 - recall); "
    "planned stops come every interval / (recall + false_alarms). A lead time shorter than the longest mean "
    "time of a lot there interrupts the work in hand.",
    because("no work center has failures at intervals that vary"),
    _predicted,
    (
        Parameter(
            "recall", "share of the failures that are foreseen", 0.5, 0.3, 0.75,
            source="high end: breakdowns eliminated 70 to 75 %, Sullivan et al. (2010), "
            "Operations & Maintenance Best Practices, Release 3.0, PNNL-19634, chapter 5; else assumed",
        ),
        Parameter("false_alarms", "planned stops for nothing, per failure", 0.2, 0.0, 0.5),
        Parameter("planned_share", "planned stop as a share of the repair time", 0.5, 0.3, 0.8),
        Parameter("lead_time", "warning before the failure", 86400.0, 3600.0, 604800.0, units.TIME),
    ),
    ("failures.between", "failures.repair"),
)  # fmt: skip
