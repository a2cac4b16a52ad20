"""Age replacement as a measure of a plant: planned stops, and the failures that are left."""

from __future__ import annotations

from typing import Any

from zhizao.plant import Measure, Plant
from zhizao.plant.changes import form_of
from zhizao.plant.model import Clock, Evidence, WorkCenter
from zhizao.plant.model.forms import without_nothing
from zhizao.plant.query.measures import free_id
from zhizao.quantities import InputError
from zhizao.quantities.distributions import mean
from zhizao.studies.maintain.components import FailureResult
from zhizao.studies.maintain.facts import run_of
from zhizao.studies.maintain.replacement import Replacement, Stops

DAY_S = 86_400.0
CLOSE = 0.01
"""Largest relative difference of means at which a failure of the plant is taken for one of the records."""


def replacement_measure(result: FailureResult, plant: Plant, work_center: str) -> Measure:
    """Age replacement at a work center, for the components of which it is shown to save downtime.

    Maintenance resets no failure clock in the twin. The measure therefore writes the time between the
    failures that are left under age replacement, and planned stops at the mean interval between
    replacements; both rates are those of the renewal process.

    Raises
    ------
    InputError
        Nothing is shown, the work center is not there, or its failures are not those of the records.
    """
    shown = [one for one in result.replacements if one.shown]
    if result.stops is None or not shown:
        raise InputError(
            "as_measure: no replacement by age is shown to be worth it; there is nothing to write"
        )
    center = next((one for one in plant.work_centers if one.id == work_center), None)
    if center is None:
        ids = ", ".join(one.id for one in plant.work_centers)
        raise InputError(f"as_measure: found no work center {work_center!r}; expected one of {ids}")
    changes: dict[str, Any] = {}
    plans: list[Any] = [without_nothing(form_of(plan)) for plan in center.maintenance]
    for one in shown:
        number = _place(result, one.component, center, result.stops)
        between, plan = _left(one, result.stops)
        changes[f"work_centers.{center.id}.failures.#{number + 1}.between"] = between
        plans.append(plan)
    changes[f"work_centers.{center.id}.maintenance"] = plans
    note = "; ".join(
        f"{one.component} at {one.age:.4g} d, downtime saved {one.saving.value:.2%} "
        f"({one.saving.low:.2%} to {one.saving.high:.2%})"
        for one in shown
        if one.saving is not None
    )
    assumed = "assumed: repair and replacement times, planned stops at their mean interval"
    return Measure(
        id=free_id(plant.measures, f"age-replacement-at-{center.id}"),
        title=f"Age replacement at {center.id}",
        set=changes,
        evidence=Evidence(study="failure_models", run=run_of(result.inputs), note=f"{note}; {assumed}"),
    )


def _left(one: Replacement, stops: Stops) -> tuple[str, dict[str, Any]]:
    """Time between failures that are left, and planned stops, as a plant file has them."""
    if one.life is None or one.age is None:
        raise ValueError(f"{one.component}: nothing is shown")
    days = ", ".join(f"{day:.6g} d" for day in one.life.failure_days(one.age, stops))
    every = f"{one.life.stop_days(one.age, stops):.6g} d"
    plan = {"clock": "calendar", "every": every, "for": f"{stops.preventive * 24:.6g} h", "when": "now"}
    return f"empirical({days})", plan


def _place(result: FailureResult, component: str, center: WorkCenter, stops: Stops) -> int:
    """Number of the failure of a work center that is the component's, by its mean time between failures."""
    days = next(one.mean_days for one in result.components if one.name == component)
    same = [
        number
        for number, failure in enumerate(center.failures)
        if failure.clock is Clock.CALENDAR
        and days is not None
        and abs(mean(failure.between) / (days * DAY_S) - 1) <= CLOSE
        and abs(mean(failure.repair) / (stops.repair * DAY_S) - 1) <= CLOSE
    ]
    if len(same) != 1:
        raise InputError(
            f"as_measure: found {len(same)} failures of work center {center.id!r} with the times of "
            f"{component!r} (calendar clock, mean of {days:.4g} d between, repair of "
            f"{stops.repair * 24:.4g} h); expected one: copy the `failures` that --repair prints"
        )
    return same[0]
