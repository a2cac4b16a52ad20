"""What was learned, put together as a plant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from zhizao.plant.model import (
    Alternative,
    Defects,
    Operation,
    OrderStream,
    Plant,
    Product,
)
from zhizao.quantities.calendars import Calendar
from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn.causes import Causes, step, work_center
from zhizao.studies.learn.complete import Variant
from zhizao.studies.learn.delays import Step, as_distribution
from zhizao.studies.learn.durations import Duration
from zhizao.studies.learn.visits import History
from zhizao.studies.learn.ways import Way, WayStep
from zhizao.studies.learn.week import Opening

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Everything learned but the size of the delays, which the twin itself must settle."""

    name: str
    history: History
    openings: dict[str, Opening]
    causes: Causes
    variants: list[Variant]
    ways: list[Way]
    durations: dict[str, Duration]
    scrap: dict[str, float]
    waits: dict[Step, Floats]
    releases: Opening
    between: Distribution
    days_off: tuple[int, ...]


def build_plant(draft: Draft, delay_s: dict[Step, float]) -> Plant:
    """The plant with these mean delays (s) by operation and work center."""
    calendars, named = _calendars(draft)
    names = _names(draft.ways)
    named_ways = dict(zip(names, draft.ways, strict=True))
    products = {
        name: Product(route=name, lot=way.pieces, attributes={"part": way.product})
        for name, way in named_ways.items()
    }
    mix = {name: float(way.count) for name, way in named_ways.items()}
    stream = OrderStream(mix=mix, every=draft.between, calendar="orders")
    return Plant(
        plant=draft.name,
        start=draft.history.origin,
        calendars=calendars,
        work_centers=tuple(
            work_center(draft.causes, name, named[name], _units(draft, name))
            for name in sorted(draft.causes.units)
        ),
        routes={name: _route(draft, way, delay_s) for name, way in named_ways.items()},
        products=products,
        orders=(stream,),
    )


def _calendars(draft: Draft) -> tuple[dict[str, Calendar], dict[str, str]]:
    """Calendars, one for all work centers with the same hours, and the name of each work center's."""
    off = tuple((draft.history.origin + timedelta(days=day)).date() for day in draft.days_off)
    found = {"orders": draft.releases.calendar(off)}
    named: dict[str, str] = {}
    for center, opening in sorted(draft.openings.items()):
        calendar = opening.calendar(off)
        same = [name for name, other in found.items() if other == calendar and name != "orders"]
        named[center] = same[0] if same else f"hours of {center}"
        found[named[center]] = calendar
    return found, named


def _units(draft: Draft, name: str) -> list[str]:
    rows = draft.history.rows.filter(draft.history.rows["work_center"] == name)
    return sorted(rows["unit"].unique().to_list())


def _names(ways: list[Way]) -> list[str]:
    """Product, with a number where a product has several ways through the plant."""
    count = Counter(way.product for way in ways)
    used: Counter[str] = Counter()
    names = []
    for way in ways:
        used[way.product] += 1
        names.append(f"{way.product} #{used[way.product]}" if count[way.product] > 1 else way.product)
    return names


def _route(draft: Draft, way: Way, delay_s: dict[Step, float]) -> tuple[Operation, ...]:
    seen: Counter[str] = Counter()
    operations = []
    for position, own in enumerate(way.steps):
        name, center = own.step
        seen[name] += 1
        share = draft.scrap.get(name)
        operations.append(
            Operation(
                id=f"{name} #{seen[name]}" if seen[name] > 1 else name,
                on=(Alternative(work_center=center),),
                takes=draft.durations[name].takes(own.work_s, way.pieces),
                defects=Defects(share=share, otherwise="scrap") if share else None,
                delay=_delay(draft, own, delay_s) if position else None,
                **step(draft.causes, name, way.product, center),
            )
        )
    return tuple(operations)


def _delay(draft: Draft, own: WayStep, delay_s: dict[Step, float]) -> Distribution | None:
    if own.step not in delay_s:
        return None
    return as_distribution(draft.waits[own.step], own.wait_s, delay_s[own.step])
