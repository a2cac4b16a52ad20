"""What was learned, put together as a plant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhizao.plant.model import (
    Alternative,
    Clock,
    Defects,
    Failure,
    Operation,
    OrderStream,
    Plant,
    Product,
    Setup,
    WorkCenter,
    WorkUnit,
)
from zhizao.quantities.calendars import Calendar
from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn.capacity import FailureMode
from zhizao.studies.learn.complete import Variant
from zhizao.studies.learn.delays import Step, as_distribution
from zhizao.studies.learn.durations import Duration
from zhizao.studies.learn.visits import History, Visit
from zhizao.studies.learn.week import Opening

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Everything learned but the size of the delays, which the twin itself must settle."""

    name: str
    history: History
    openings: dict[str, Opening]
    units: dict[str, int]
    setups: dict[str, Distribution]
    failures: dict[str, FailureMode]
    variants: list[Variant]
    work: dict[Visit, float]
    durations: dict[str, Duration]
    scrap: dict[str, float]
    own_wait: dict[Visit, float]
    waits: dict[Step, Floats]
    arrivals: tuple[Calendar, Distribution]


def build_plant(draft: Draft, delay_s: dict[Step, float]) -> Plant:
    """The plant with these mean delays (s) by operation and work center."""
    calendars, named = _calendars(draft)
    names = _variant_names(draft.variants)
    routes = {name: _route(draft, v, delay_s) for name, v in zip(names, draft.variants, strict=True)}
    products = {
        name: Product(route=name, lot=max(v.trace.pieces, 1), attributes={"part": v.trace.product})
        for name, v in zip(names, draft.variants, strict=True)
    }
    stream = OrderStream(mix=dict.fromkeys(names, 1.0), every=draft.arrivals[1], calendar="orders")
    return Plant(
        plant=draft.name,
        start=draft.history.origin,
        calendars=calendars,
        work_centers=tuple(_center(draft, name, named[name]) for name in sorted(draft.units)),
        routes=routes,
        products=products,
        orders=(stream,),
    )


def _calendars(draft: Draft) -> tuple[dict[str, Calendar], dict[str, str]]:
    """Calendars, one for all work centers with the same hours, and the name of each work center's."""
    found = {"orders": draft.arrivals[0]}
    named: dict[str, str] = {}
    for center, opening in sorted(draft.openings.items()):
        calendar = opening.calendar()
        same = [name for name, other in found.items() if other == calendar and name != "orders"]
        named[center] = same[0] if same else f"hours of {center}"
        found[named[center]] = calendar
    return found, named


def _center(draft: Draft, name: str, calendar: str) -> WorkCenter:
    setup, mode = draft.setups.get(name), draft.failures.get(name)
    failures = (Failure(clock=Clock.BUSY, between=mode.between, repair=mode.repair),) if mode else ()
    return WorkCenter(
        id=name,
        units=_units(draft, name),
        calendar=calendar,
        setup=Setup(by="product", default=setup) if setup else None,
        failures=failures,
    )


def _units(draft: Draft, name: str) -> tuple[WorkUnit, ...]:
    rows = draft.history.rows.filter(draft.history.rows["work_center"] == name)
    ids = sorted(rows["unit"].unique().to_list())
    count = draft.units[name]
    if len(ids) < count:
        ids = [f"{name}-{i + 1}" for i in range(count)]
    return tuple(WorkUnit(id=unit) for unit in ids)


def _variant_names(variants: list[Variant]) -> list[str]:
    """Product, with a number where a product has several ways through the plant."""
    count = Counter(v.trace.product for v in variants)
    used: Counter[str] = Counter()
    names = []
    for variant in variants:
        product = variant.trace.product
        used[product] += 1
        names.append(f"{product} #{used[product]}" if count[product] > 1 else product)
    return names


def _route(draft: Draft, variant: Variant, delay_s: dict[Step, float]) -> tuple[Operation, ...]:
    seen: Counter[str] = Counter()
    steps = []
    for position, visit in enumerate(variant.trace.visits):
        seen[visit.operation] += 1
        repeat = f" #{seen[visit.operation]}" if seen[visit.operation] > 1 else ""
        share = draft.scrap.get(visit.operation)
        own_s = draft.work.get(visit, visit.work_s)
        steps.append(
            Operation(
                id=visit.operation + repeat,
                on=(Alternative(work_center=visit.work_center),),
                takes=draft.durations[visit.operation].takes(own_s, max(variant.trace.pieces, 1)),
                defects=Defects(share=share, otherwise="scrap") if share else None,
                delay=_delay(draft, visit, delay_s) if position else None,
            )
        )
    return tuple(steps)


def _delay(draft: Draft, visit: Visit, delay_s: dict[Step, float]) -> Distribution | None:
    step = (visit.operation, visit.work_center)
    if step not in delay_s:
        return None
    sample = draft.waits[step]
    return as_distribution(sample, draft.own_wait.get(visit, float(sample.mean())), delay_s[step])
