"""What was learned, put together as a plant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from zhizao.plant.model import (
    PAST_LOTS,
    Alternative,
    Conwip,
    Defects,
    DelayClock,
    Operation,
    OrderStream,
    PastLot,
    PastLots,
    Plant,
    Product,
    Push,
    Takes,
)
from zhizao.quantities.calendars import Calendar
from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn.log.complete import Variant
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.causes import Causes, crews, load, step, work_center
from zhizao.studies.learn.routes.charts import END, Chart, route_names
from zhizao.studies.learn.routes.past_lots import Template
from zhizao.studies.learn.timing.arrivals import Arrivals, Stream
from zhizao.studies.learn.timing.delays import LEAST_S, Delays
from zhizao.studies.learn.timing.durations import Place


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Everything that was learned."""

    name: str
    history: History
    openings: dict[str, Opening]
    causes: Causes
    variants: list[Variant]
    charts: list[Chart]
    past: list[Template]
    times: dict[Place, Takes]
    scrap: dict[str, float]
    delays: Delays
    arrivals: Arrivals
    days_off: tuple[int, ...]


def build_plant(draft: Draft) -> Plant:
    """The plant of what was learned."""
    calendars, named = _calendars(draft)
    charts = dict(zip(route_names(draft.charts), draft.charts, strict=True))
    past = {f"lot {lot.lot}": lot for lot in draft.past}
    routes = {name: _past_route(draft, lot) for name, lot in past.items()}
    routes |= {name: _chart_route(draft, chart) for name, chart in charts.items()}
    lots = {name: PastLot(product=lot.product, pieces=max(lot.pieces, 1)) for name, lot in past.items()}
    return Plant(
        name=draft.name,
        start=draft.history.origin,
        calendars=calendars,
        work_centers=tuple(
            work_center(draft.causes, name, named[name], _units(draft, name))
            for name in sorted(draft.causes.units)
        ),
        personnel=(*draft.causes.people.personnel(), *crews(draft.causes, named)),
        release=Conwip(lots=draft.causes.conwip) if draft.causes.conwip else Push(),
        routes=routes,
        past_lots=PastLots(lots=lots) if lots else None,
        products=_products(draft, charts),
        orders=tuple(_orders(stream) for stream in draft.arrivals.streams),
    )


def _products(draft: Draft, charts: dict[str, Chart]) -> dict[str, Product]:
    """The products of the log; those without a chart draw past lots.

    A full lot is the largest there was: of a product with a chart its own, of the others that of all of them,
    for their orders draw their sizes together.
    """
    largest: Counter[str] = Counter()
    for trace in (*(v.trace for v in draft.variants), *draft.history.traces):
        largest[trace.product] = max(largest[trace.product], trace.pieces, 1)
    charted = {chart.product for chart in charts.values()}
    most = max((largest[name] for name in largest if name not in charted), default=1)
    found = {
        name: Product(route=PAST_LOTS, lot=most, attributes={"part": name})
        for name in largest
        if name not in charted and draft.past
    }
    for product in dict.fromkeys(chart.product for chart in charts.values()):
        weights = {name: float(c.lots) for name, c in charts.items() if c.product == product}
        found[product] = Product(
            route=weights if len(weights) > 1 else next(iter(weights)),
            lot=largest[product],
            attributes={"part": product},
        )
    return found


def _orders(stream: Stream) -> OrderStream:
    one = next(iter(stream.mix)) if len(stream.mix) == 1 else None
    return OrderStream(
        product=one,
        mix={} if one else {product: float(n) for product, n in stream.mix.items()},
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


def _past_route(draft: Draft, lot: Template) -> tuple[Operation, ...]:
    """The visits of a past lot, with their times as they were."""
    seen: Counter[str] = Counter()
    operations = []
    for visit in lot.visits:
        name, center = visit.step
        seen[name] += 1
        share = draft.scrap.get(name)
        wait = round(visit.delay_s)
        operations.append(
            Operation(
                id=f"{name} #{seen[name]}" if seen[name] > 1 else name,
                on=(Alternative(work_center=center),),
                takes=Takes(per_lot=Distribution.constant(max(round(visit.work_s), 1))),
                defects=Defects(share=share, otherwise="scrap") if share else None,
                delay=Distribution.constant(wait) if wait >= LEAST_S else None,
                delay_clock=_clock(draft, wait, center),
                **step(draft.causes, name, lot.product, center),
            )
        )
    return tuple(operations)


def _clock(draft: Draft, wait_s: float, center: str) -> DelayClock:
    """Clock of the delay of a past lot: it is measured in open time, if there is any other."""
    always = draft.openings[center].open.all() and not draft.days_off
    return DelayClock.CALENDAR if always or wait_s < LEAST_S else DelayClock.OPEN_HOURS


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
    """With the set-up of a lot as its load: a work center tells the lots of a route apart no more."""
    time = load(draft.causes, center)
    return takes if time is None else takes.model_copy(update={"load": time})


def _delay(draft: Draft, delay: Distribution | None, name: str, *centers: str) -> dict[str, Any]:
    """Fields of an operation with a delay, whose clock is given only where there are closed hours."""
    if delay is None:
        return {}
    always = all(draft.openings[center].open.all() for center in centers)
    clock = DelayClock.CALENDAR if always else draft.delays.clock(name, *centers)
    return {"delay": delay, "delay_clock": clock}
