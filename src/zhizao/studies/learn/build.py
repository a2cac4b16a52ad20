"""What was learned, put together as a plant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from zhizao.plant.model import (
    Alternative,
    Defects,
    DelayClock,
    Operation,
    OrderStream,
    Plant,
    Product,
    Takes,
)
from zhizao.quantities.calendars import Calendar
from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn.log.complete import Variant
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.causes import Causes, crews, load, step, work_center
from zhizao.studies.learn.routes.charts import END, Chart, route_names
from zhizao.studies.learn.routes.ways import Way, WayStep
from zhizao.studies.learn.timing.arrivals import Arrivals, Stream
from zhizao.studies.learn.timing.delays import Delays, distribution
from zhizao.studies.learn.timing.durations import Duration, Place

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Everything that was learned."""

    name: str
    history: History
    openings: dict[str, Opening]
    causes: Causes
    variants: list[Variant]
    charts: list[Chart]
    ways: list[Way]
    durations: dict[str, Duration]
    times: dict[Place, Takes]
    scrap: dict[str, float]
    delays: Delays
    arrivals: Arrivals
    days_off: tuple[int, ...]


def build_plant(draft: Draft) -> Plant:
    """The plant of what was learned."""
    calendars, named = _calendars(draft)
    ways = dict(zip(_names(draft.ways), draft.ways, strict=True))
    charts = dict(zip(route_names(draft.charts), draft.charts, strict=True))
    routes = {name: _route(draft, way) for name, way in ways.items()}
    routes |= {name: _chart_route(draft, chart) for name, chart in charts.items()}
    return Plant(
        name=draft.name,
        start=draft.history.origin,
        calendars=calendars,
        work_centers=tuple(
            work_center(draft.causes, name, named[name], _units(draft, name), loads=bool(charts))
            for name in sorted(draft.causes.units)
        ),
        personnel=(*draft.causes.people.personnel(), *crews(draft.causes, named)),
        routes=routes,
        products=_products(draft, ways, charts),
        orders=tuple(_orders(stream, ways) for stream in draft.arrivals.streams),
    )


def _products(draft: Draft, ways: dict[str, Way], charts: dict[str, Chart]) -> dict[str, Product]:
    """A product for each way of a lot, and for all charts of a product."""
    found = {
        name: Product(route=name, lot=way.pieces, attributes={"part": way.product})
        for name, way in ways.items()
    }
    largest: Counter[str] = Counter()
    for variant in draft.variants:
        largest[variant.trace.product] = max(largest[variant.trace.product], variant.trace.pieces)
    for product in dict.fromkeys(chart.product for chart in charts.values()):
        weights = {name: float(c.lots) for name, c in charts.items() if c.product == product}
        found[product] = Product(
            route=weights if len(weights) > 1 else next(iter(weights)),
            lot=largest[product],
            attributes={"part": product},
        )
    return found


def _orders(stream: Stream, ways: dict[str, Way]) -> OrderStream:
    mix: dict[str, float] = {}
    for product, n in stream.mix.items():
        own = {name: way.count for name, way in ways.items() if way.product == product}
        total = sum(own.values())
        mix |= {name: n * count / total for name, count in own.items()} if own else {product: float(n)}
    one = next(iter(mix)) if len(mix) == 1 else None
    return OrderStream(
        product=one,
        mix={} if one else mix,
        every=stream.every,
        pieces=stream.pieces,
        due=stream.due,
        calendar="orders",
    )


def _calendars(draft: Draft) -> tuple[dict[str, Calendar], dict[str, str]]:
    """Calendars, one for all work centers with the same hours, and the name of each work center's."""
    off = tuple((draft.history.origin + timedelta(days=day)).date() for day in draft.days_off)
    found = {"orders": draft.arrivals.opening.calendar(off)}
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


def _route(draft: Draft, way: Way) -> tuple[Operation, ...]:
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
                takes=_loaded(draft, draft.durations[name].takes(own.work_s, way.pieces), center),
                defects=Defects(share=share, otherwise="scrap") if share else None,
                **(_own_delay(draft, own) if position else {}),
                **step(draft.causes, name, way.product, center),
            )
        )
    return tuple(operations)


def _chart_route(draft: Draft, chart: Chart) -> tuple[Operation, ...]:
    """One operation per stage; the first has no delay, for orders come when it may begin."""
    return tuple(_stage(draft, chart, i) for i in range(len(chart.stages)))


def _stage(draft: Draft, chart: Chart, number: int) -> Operation:
    stage = chart.stages[number]
    name, centers = stage.operation, sorted(stage.centers, key=lambda c: (-stage.centers[c], c))
    times = [_loaded(draft, draft.times[chart.product, name, center], center) for center in centers]
    same = all(each == times[0] for each in times)
    follows = chart.stages[number + 1].id if number + 1 < len(chart.stages) else END
    share = draft.scrap.get(name)
    return Operation(
        id=stage.id,
        on=tuple(
            Alternative(work_center=center, takes=None if same else takes)
            for center, takes in zip(centers, times, strict=True)
        ),
        takes=times[0] if same else None,
        next={} if set(stage.next) <= {follows} else {to: float(n) for to, n in stage.next.items()},
        defects=Defects(share=share, otherwise="scrap") if share else None,
        same_unit_as=_home(draft, chart, number) if len(centers) == 1 else None,
        **(_delay(draft, draft.delays.before(name, *centers), name, *centers) if number else {}),
        **step(draft.causes, name, chart.product, *centers),
    )


def _home(draft: Draft, chart: Chart, number: int) -> str | None:
    """The stage whose unit a stage on one work center goes back to."""
    stage = chart.stages[number]
    (center,) = stage.centers
    home = draft.causes.homes.get((stage.operation, center))
    if home is None or (stage.operation, center) in draft.causes.batches:
        return None
    places = [i for i, other in enumerate(chart.stages) if other.operation == home]
    if len(places) != 1 or places[0] >= number or set(chart.stages[places[0]].centers) != {center}:
        return None
    return chart.stages[places[0]].id


def _loaded(draft: Draft, takes: Takes, center: str) -> Takes:
    """With the set-up of a lot as its load, where lots share routes: a work center tells those of a route
    apart no more."""
    time = load(draft.causes, center) if draft.charts else None
    return takes if time is None else takes.model_copy(update={"load": time})


def _own_delay(draft: Draft, own: WayStep) -> dict[str, Any]:
    """The delay that the lots of a way had themselves, or, where the log does not tell, that of others."""
    sample = np.array(own.delay_s)
    delay = distribution(sample, float(sample.mean())) if own.delay_s else draft.delays.before(*own.step)
    return _delay(draft, delay, *own.step)


def _delay(draft: Draft, delay: Distribution | None, name: str, *centers: str) -> dict[str, Any]:
    """Fields of an operation with a delay, whose clock is given only where there are closed hours."""
    if delay is None:
        return {}
    always = all(draft.openings[center].open.all() for center in centers)
    clock = DelayClock.CALENDAR if always else draft.delays.clock(name, *centers)
    return {"delay": delay, "delay_clock": clock}
