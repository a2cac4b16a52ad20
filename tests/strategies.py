"""Hypothesis strategies for quantities and whole plants; every field of the model appears."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from zhizao.plant import (
    AfterFailure,
    Alternative,
    Batch,
    Buffer,
    ByState,
    Charging,
    Clock,
    Conveyor,
    ConveyorKind,
    Conwip,
    Crane,
    Defects,
    DelayClock,
    DispatchRule,
    Distance,
    During,
    Dwell,
    EnergyUse,
    Evidence,
    Failure,
    Fleet,
    FleetDispatch,
    Floor,
    Hold,
    JobOrder,
    Layout,
    Location,
    Maintenance,
    Measure,
    MeasureKind,
    Move,
    Need,
    OffShift,
    Operation,
    OrderStream,
    PastLot,
    PastLots,
    Personnel,
    Plant,
    Preempt,
    Product,
    Push,
    QueueLimit,
    ReleaseRule,
    Retrieval,
    Setup,
    SetupTime,
    Span,
    Standby,
    Stock,
    StorageClass,
    Takes,
    Tariff,
    TariffPeriod,
    Tool,
    Transport,
    Uncertainty,
    Utility,
    WipLot,
    WorkCenter,
    WorkUnit,
)
from zhizao.plant.model import COUNTING, Aisle, Outcome, Point
from zhizao.plant.model.past_lots import weights_of
from zhizao.plant.query import END, keeps_places, routes_of
from zhizao.quantities import Calendar, Distribution, DistributionKind, PlantError, mean

positive = st.floats(0.01, 1e6)
shares = st.floats(0.0, 1.0)
rates = st.floats(0.0, 1e4)
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
tame_names = st.from_regex(r"[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,3})?", fullmatch=True)
_some_rate = st.none() | rates
_some_time = st.none() | positive
_some_name = st.none() | tame_names
_some_priority = st.none() | st.floats(-9.0, 9.0)


@cache  # Hypothesis looks through every new strategy before it draws: made once, it is looked through once
@st.composite
def distributions(draw: st.DrawFn, scale: st.SearchStrategy[float] = positive) -> Distribution:
    """Any distribution of positive values, of every kind."""
    kind = draw(st.sampled_from(DistributionKind))
    low, mode, high = sorted(draw(st.lists(scale, min_size=3, max_size=3, unique=True)))
    shape, spread = draw(st.floats(0.3, 20.0)), draw(st.floats(0.05, 3.0))
    parameters: dict[DistributionKind, tuple[float, ...]] = {
        DistributionKind.CONSTANT: (high,),
        DistributionKind.UNIFORM: (low, high),
        DistributionKind.TRIANGULAR: (low, mode, high),
        DistributionKind.EXPONENTIAL: (high,),
        DistributionKind.GAMMA: (shape, high),
        DistributionKind.ERLANG: (draw(st.integers(1, 9)), high),
        DistributionKind.WEIBULL: (shape, high),
        DistributionKind.LOGNORMAL: (draw(st.floats(-3.0, 10.0)), spread),
        DistributionKind.NORMAL: (mode, high),
        DistributionKind.BETA: (shape, spread, low, high),
    }
    if kind is DistributionKind.DISCRETE:
        return Distribution(kind, (), (low, mode, high), tuple(draw(st.tuples(*[st.floats(0.1, 9.0)] * 3))))
    if kind is DistributionKind.EMPIRICAL:
        return Distribution.empirical(draw(st.lists(scale, min_size=2, max_size=6)))
    return Distribution(kind, parameters[kind])


counts = st.integers(1, 500)
own_rules = st.none() | st.just("my.rules:oldest")
release_rules = st.builds(ReleaseRule, rule=st.just("my.rules:ready"), every=positive)
random_counts = st.one_of(
    counts.map(Distribution.constant),
    st.dictionaries(counts.map(float), st.floats(0.1, 9.0), min_size=1, max_size=4).map(
        Distribution.discrete
    ),
    st.floats(1.0, 100.0).map(Distribution.exponential),
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Calendars with at least one shift, to the second, with days off and days with their own shifts."""

    def intervals(limit: int, most: int, fewest: int) -> tuple[tuple[float, float], ...]:
        size = draw(st.integers(fewest, most)) * 2
        edges = draw(st.lists(st.integers(0, limit), min_size=size, max_size=size, unique=True))
        edges.sort()
        return tuple((float(a), float(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))

    days = draw(st.lists(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=3, unique=True))
    return Calendar(intervals(604800, 8, 1), tuple((day, intervals(86400, 2, 0)) for day in days))


takes = st.one_of(
    st.builds(
        Takes,
        per_lot=st.none() | distributions(),
        per_piece=distributions(),
        per_batch=distributions(),
        pieces_per_batch=counts,
        load=st.none() | distributions(),
    ),
    st.builds(Takes, per_lot=distributions()),
)
power = st.none() | rates
states = st.builds(
    ByState,
    off=rates,
    idle=rates,
    setup=power,
    busy=power,
    blocked=power,
    waiting=power,
    down=power,
    maintenance=power,
    standby=power,
    start_up=power,
)


@cache
def _intervals(clock: Clock) -> st.SearchStrategy[Distribution]:
    return (
        random_counts
        if clock in (Clock.CYCLES, Clock.PIECES)
        else distributions().filter(lambda d: mean(d) > 0)
    )


def _crew(people: list[str]) -> st.SearchStrategy[dict[str, int]]:
    return st.dictionaries(st.sampled_from(people), st.just(1), max_size=1) if people else st.just({})


@st.composite
def failures(draw: st.DrawFn, people: list[str]) -> Failure:
    """Failures of all clocks."""
    clock = draw(st.sampled_from(Clock))
    then = draw(st.sampled_from(AfterFailure))
    return Failure(
        clock=clock,
        between=draw(_intervals(clock)),
        repair=draw(distributions()),
        then=then,
        idle_too=draw(st.booleans()),
        needs=draw(_crew(people)),
    )


@st.composite
def maintenances(draw: st.DrawFn, people: list[str], calendar_names: list[str]) -> Maintenance:
    """Maintenance by all clocks."""
    clock = draw(st.sampled_from(Clock))
    first = draw(_some_time)
    group = draw(_some_name)
    return Maintenance(
        clock=clock,
        every=draw(_intervals(clock)),
        takes=draw(distributions()),
        when=draw(st.sampled_from(["idle", "now"])),
        first=first,
        in_turn=first is not None and draw(st.booleans()),
        idle_too=draw(st.booleans()),
        needs=draw(_crew(people)),
        window=draw(st.none() | st.sampled_from(calendar_names)) if calendar_names else None,
        group=group,
        ahead=draw(positive) if group and clock not in COUNTING else 0.0,
    )


@cache
def _setups(by: str) -> st.SearchStrategy[Setup]:
    times = st.lists(
        st.builds(SetupTime, from_family=st.none() | tame_names, to=tame_names, takes=distributions()),
        max_size=3,
        unique_by=lambda entry: (entry.from_family, entry.to),
    )
    return st.builds(
        Setup,
        by=st.just(by),
        default=distributions(),
        times=times.map(tuple),
        min_run=st.integers(1, 9),
        without_family=st.sampled_from(["keep", "clear"]),
    )


spans = st.tuples(st.integers(1, 400), st.integers(500, 900)).map(lambda s: Span(least=s[0], most=s[1]))
batches = st.builds(
    Batch,
    pieces=spans,
    by=st.sampled_from(["operation", "product", "family", "any", "fabric"]),
    wait_at_most=st.none() | positive,
) | st.builds(Batch, lots=spans, wait_at_most=positive | st.just(0.0))

_some_setup = st.none() | st.sampled_from(["family", "product", "operation", "fabric"]).flatmap(_setups)
_own_dispatch = st.sampled_from(DispatchRule) | st.just("my.rules:oldest")
_some_place = st.none() | st.tuples(rates, rates)
_steam = st.dictionaries(st.just("steam"), st.floats(0.01, 9.0), max_size=1)
_some_standby = st.none() | st.builds(Standby, after=rates, wake=distributions())


@st.composite
def work_centers(
    draw: st.DrawFn,
    name: str,
    calendar_names: list[str],
    people: list[str],
    ids: st.SearchStrategy[str],
    *,
    batched: bool,
) -> WorkCenter:
    """A work center with everything that it may have."""
    count = draw(st.integers(1, 3))
    calendar = draw(st.none() | st.sampled_from(calendar_names)) if calendar_names else None
    units: Any = count
    if draw(st.booleans()):
        units = [WorkUnit(id=f"{name}/{k}{draw(ids)}", speed=draw(st.floats(0.5, 2.0))) for k in range(count)]
    return WorkCenter(
        id=name,
        units=units,
        calendar=calendar,
        off_shift=draw(st.sampled_from(OffShift)),
        dispatch=draw(_own_dispatch),
        setup=draw(_some_setup),
        failures=tuple(draw(st.lists(failures(people), max_size=2))),
        maintenance=tuple(draw(st.lists(maintenances(people, calendar_names), max_size=1))),
        preempt=Preempt.NEVER if batched else draw(st.sampled_from(Preempt)),
        buffer=draw(
            st.none()
            | st.builds(
                Buffer,
                capacity=st.none() | st.integers(0, 50),
                output=st.integers(0, 0 if batched else 9),
            )
        ),
        power=draw(states),
        cost=draw(rates),
        at=draw(_some_place),
        uses=draw(_steam),
        standby=draw(_some_standby),
        **({"start_up": 0.25, "shut_down": 0.125} if calendar and draw(st.booleans()) else {}),
    )


def _keeping(center: WorkCenter) -> WorkCenter:
    """The work center with places that are kept before work begins, if it has any."""
    full = {"full": "block-before-service"}
    return center.model_copy(update={"buffer": center.buffer and center.buffer.model_copy(update=full)})


_needs = st.builds(Need, count=st.just(1), during=st.sampled_from(During))

_some_batch = st.none() | batches
_jigs = st.dictionaries(st.just("jig"), st.integers(1, 3), max_size=1)
_some_energy = st.none() | st.builds(EnergyUse, per_piece=rates, per_lot=rates)
_some_hold = st.none() | st.builds(Hold, share=shares, takes=distributions())
_some_takes = st.none() | takes
_some_count = st.none() | counts
_some_distribution = st.none() | distributions()
_fabrics = st.text(max_size=5).filter(str.isprintable)
_some_pieces = st.none() | random_counts


@st.composite
def _with_outcomes(draw: st.DrawFn, step: Operation) -> Operation:
    """The operation with outcomes in place of its times and its share of defects."""
    defects = None if step.defects is None else step.defects.model_copy(update={"share": 0.0, "rule": None})
    some = st.builds(
        Outcome, takes=positive, defects=st.just(0.0) if defects is None else shares, energy=rates
    )
    return step.model_copy(
        update={
            "on": tuple(Alternative(work_center=one.work_center) for one in step.on),
            "outcomes": tuple(draw(st.lists(some, min_size=1, max_size=3))),
            "defects": defects,
            **dict.fromkeys(("takes", "batch", "cascade")),
        }
    )


@st.composite
def _routes(
    draw: st.DrawFn, ids: st.SearchStrategy[str], centers: list[str], able: list[str], products: list[str]
) -> tuple[Operation, ...]:
    operations: list[Operation] = []
    single = draw(st.booleans())  # one center, no batch and no split: places may be kept before service
    part, made = products[0], products[-1]
    for name in draw(st.lists(ids, min_size=1, max_size=3, unique=True)):
        before = [*(operation.id for operation in operations), name]
        rework = st.sampled_from(before).filter(lambda n: n == n.strip()).map(lambda n: f"rework {n}")
        plain = all(n == n.strip() and n.splitlines() == [n] for n in before)
        then = st.just("scrap") | rework if plain else st.just("scrap")
        on = draw(st.lists(st.sampled_from(centers), min_size=1, max_size=1 if single else None, unique=True))
        same = [o.id for o in operations if [a.work_center for a in o.on] == on and len(on) == 1]
        batch = None if single else draw(_some_batch)
        step = Operation(
            id=name,
            on=tuple(Alternative(work_center=center, takes=draw(_some_takes)) for center in on),
            takes=draw(takes),
            routing=draw(own_rules) if len(on) > 1 else None,
            setup_family=draw(st.none() | ids),
            needs={draw(st.sampled_from(able)): draw(_needs)} if able and draw(shares) < 0.5 else {},
            tools=draw(_jigs),
            energy=draw(_some_energy),
            defects=draw(
                st.none()
                | st.builds(
                    Defects,
                    per=st.sampled_from(["piece", "lot"]),
                    share=shares,
                    rule=own_rules,
                    found=shares,
                    false_alarms=shares,
                    then=then,
                    at_most=st.integers(1, 5),
                    otherwise=st.sampled_from(["scrap", "pass"]),
                )
            ),
            parts=draw(st.sampled_from([{}, {part: 2}])),
            makes=draw(st.sampled_from([{}, {made: 3}])),
            split=None if single else draw(_some_count),
            hold=draw(_some_hold),
            next={} if name == END else {**draw(st.sampled_from([{}, {name: 2.5}])), END: 1.0},
            sample=draw(shares),
            delay=(delay := draw(_some_distribution)),
            delay_clock=DelayClock.CALENDAR if delay is None else draw(st.sampled_from(DelayClock)),
            batch=batch,
            cascade=draw(_some_takes),
            same_unit_as=draw(st.none() | st.sampled_from(same)) if same and batch is None else None,
            queue_at_most=draw(
                st.none()
                | st.builds(
                    QueueLimit,
                    from_operation=st.none() | st.sampled_from(before[:-1]) if operations else st.none(),
                    at_most=positive,
                    then=st.just("count") | then,
                )
            ),
        )
        operations.append(draw(_with_outcomes(step)) if draw(st.booleans()) else step)
    return tuple(operations)


@st.composite
def _products(draw: st.DrawFn, routes: list[str], *, is_part: bool, pulled: bool) -> Product:
    names = st.sampled_from(routes)
    some = st.dictionaries(names, st.floats(0.1, 9.0), min_size=1)
    return Product(
        route=draw(names | some | st.none() if is_part and not pulled else names | some),
        price=draw(rates),
        material=draw(rates),
        escape_cost=draw(_some_rate),
        lot=draw(counts),
        priority=draw(st.floats(-9.0, 9.0)),
        attributes={"fabric": draw(_fabrics)},
        stock=Stock(kanban=draw(counts)) if pulled else Stock(initial=draw(counts)) if is_part else Stock(),
    )


def _past_lots(routes: list[str], products: list[str]) -> st.SearchStrategy[PastLots]:
    lots = st.builds(PastLot, product=st.sampled_from(products), pieces=counts)
    widths, others = st.floats(0.1, 3.0), st.floats(0.5, 20.0)
    return st.builds(
        PastLots,
        lots=st.fixed_dictionaries(dict.fromkeys(routes, lots)),
        size_width=widths,
        others=others,
    )


@st.composite
def _streams(draw: st.DrawFn, products: list[str], calendar_names: list[str]) -> OrderStream:
    mixed = draw(st.booleans())
    mix = draw(st.dictionaries(st.sampled_from(products), st.floats(0.1, 9.0), min_size=1)) if mixed else {}
    return OrderStream(
        product=None if mixed else draw(st.sampled_from(products)),
        mix=mix,
        every=draw(distributions()),
        pieces=draw(_some_pieces),
        due=draw(_some_distribution),
        hot=draw(st.booleans()),
        priority=draw(_some_priority),
        calendar=draw(st.none() | st.sampled_from(calendar_names)) if calendar_names else None,
        first=draw(_some_time),
    )


@st.composite
def _orders(draw: st.DrawFn, products: list[str], ids: st.SearchStrategy[str]) -> list[JobOrder]:
    return [
        JobOrder(
            id=name,
            product=draw(st.sampled_from(products)),
            pieces=draw(counts),
            release=draw(st.just(0.0) | positive),
            due=draw(_some_time),
            hot=draw(st.booleans()),
            priority=draw(_some_priority),
        )
        for name in draw(st.lists(ids, max_size=3, unique=True))
    ]


@st.composite
def _wip(
    draw: st.DrawFn,
    routes: dict[str, tuple[Operation, ...]],
    products: dict[str, Product],
    ids: st.SearchStrategy[str],
) -> tuple[WipLot, ...]:
    lots: list[WipLot] = []
    for name in draw(st.lists(ids, max_size=3, unique=True)):
        product = draw(st.sampled_from(sorted(products)))
        names = routes_of(products[product])
        if not names or products[product].stock.kanban:
            continue
        route = routes[next(iter(names))]
        moment = st.floats(-1e6, 1e6)
        lots.append(
            WipLot(
                id=name,
                product=product,
                pieces=draw(counts),
                operation=(step := draw(st.sampled_from(route))).id,
                delay=None if step.delay is None else draw(_some_time),
                priority=draw(_some_priority),
                release=draw(st.floats(-1e6, 0.0)),
                due=draw(st.none() | moment),
            )
        )
    return tuple(lots)


@st.composite
def _fleets(
    draw: st.DrawFn, centers: list[str], racks: list[str], shifts: list[str], people: list[str]
) -> Fleet:
    """A fleet that knows all ways, by time, by distance or by its floor."""
    places = [*centers, *racks, "park"]
    floor = draw(st.booleans())
    ways = [] if floor else [(a, b) for a in places for b in places if a != b]
    stops = maintenances(people, shifts)
    if floor:
        stops = stops.filter(lambda plan: plan.when == "idle")
    cut = draw(st.integers(0, len(ways)))
    charging = st.builds(
        Charging,
        after=distributions().filter(lambda d: mean(d) > 0),
        takes=distributions(),
        at=st.none() | st.just("park"),
        chargers=st.none() | counts,
    )
    return Fleet(
        id="fleet one",
        vehicles=draw(st.integers(1, 3)),
        serves=draw(st.sampled_from([(), (*centers, *racks)])),
        home=draw(st.none() | st.sampled_from(places)),
        times=tuple(Move(from_center=a, to=b, takes=draw(positive)) for a, b in ways[:cut]),
        distances=tuple(Distance(from_place=a, to=b, length=draw(positive)) for a, b in ways[cut:]),
        speed=draw(positive),
        layout=draw(st.sampled_from(Layout)),
        floor="hall" if floor else None,
        turn=draw(rates) if floor else 0.0,
        load=draw(_some_distribution),
        unload=draw(_some_distribution),
        dispatch=draw(st.sampled_from(FleetDispatch)),
        charging=draw(st.none() | charging),
        calendar=draw(st.none() | st.sampled_from(shifts)) if shifts else None,
        failures=() if floor else tuple(draw(st.lists(failures(people), max_size=2))),
        maintenance=tuple(draw(st.lists(stops, max_size=2))),
        power=draw(states),
        cost=draw(rates),
    )


@st.composite
def _floors(draw: st.DrawFn, places: list[str]) -> tuple[Floor, Floor]:
    """A floor on which all places can be reached, and a map."""
    ends = [*places, places[0]]
    aisles = [
        Aisle(from_point=f"p{i}", to=f"p{i + 1}", one_way=draw(st.booleans()), length=draw(positive))
        for i in range(len(places))
    ]
    points = [Point(id=f"p{i}", at=(draw(rates), draw(rates))) for i in range(len(ends))]
    back = Aisle(from_point=f"p{len(places)}", to="p0", length=draw(positive))
    stations = {name: f"p{i}" for i, name in enumerate(places)}
    longest = max(aisle.length or 0.0 for aisle in [*aisles, back])
    aisled = Floor(
        id="hall", zone=longest / 3, points=tuple(points), aisles=(*aisles, back), stations=stations
    )
    corner = draw(st.tuples(rates, rates))
    return aisled, Floor(id="yard", zone=draw(positive), map="#.>v\n...<\n", corner=corner)


@st.composite
def _cranes(
    draw: st.DrawFn, serves: list[str], shifts: list[str], people: list[str], products: list[str]
) -> Crane:
    command = draw(st.sampled_from(["single", "dual"]))
    near = StorageClass(share=0.25, products=(draw(st.sampled_from(products)),))
    crane = st.builds(
        Crane,
        id=st.just("crane one"),
        serves=st.just(tuple(serves)),
        length=positive,
        height=positive,
        speed=positive,
        lift=positive,
        transfer=st.none() | distributions(),
        command=st.just(command),
        classes=st.sampled_from([(), (near, StorageClass(share=0.75))]),
        retrieval=st.sampled_from(Retrieval) if command == "dual" else st.just(Retrieval.FIRST_COME),
        dwell=st.sampled_from(Dwell),
        at=st.none() | st.tuples(rates, rates),
        calendar=st.none() | st.sampled_from(shifts) if shifts else st.none(),
        failures=st.lists(failures(people), max_size=2).map(tuple),
        maintenance=st.lists(maintenances(people, shifts), max_size=2).map(tuple),
        power=states,
        cost=rates,
    )
    return draw(crane)


def _conveyors(way: tuple[str, str]) -> st.SearchStrategy[Conveyor]:
    return st.builds(
        Conveyor,
        id=st.just("belt one"),
        from_center=st.just(way[0]),
        to=st.just(way[1]),
        length=positive,
        speed=positive,
        places=counts,
        kind=st.sampled_from(ConveyorKind),
        power=states,
        cost=rates,
    )


@st.composite
def _transports(
    draw: st.DrawFn,
    centers: tuple[WorkCenter, ...],
    shifts: list[str],
    people: list[str],
    products: list[str],
) -> Transport:
    names = [center.id for center in centers]
    kept = [center.id for center in centers if keeps_places(center)]
    held = [c.id for c in centers if c.buffer is not None and c.id not in kept and draw(st.booleans())]
    racks = [draw(_cranes(held, shifts, people, products))] if held else []
    free = [(a, b) for a in names for b in names if b not in held]
    apart = [way for way in free if way[0] != way[1] and way[1] not in kept]
    pairs: list[tuple[str, str]] = []
    if free:
        pairs = draw(st.lists(st.sampled_from(free), max_size=3, unique=True))
    wanted = bool(apart) and draw(st.booleans())
    belts = [draw(_conveyors(draw(st.sampled_from(apart))))] if wanted else []
    fleet = draw(st.none() | _fleets(names, [rack.id for rack in racks], shifts, people))
    on_floor = fleet is not None and fleet.floor is not None
    floors = draw(_floors([*names, *(rack.id for rack in racks), "park"])) if on_floor else ()
    return Transport(
        default=draw(positive),
        times=tuple(Move(from_center=a, to=b, takes=draw(positive)) for a, b in pairs),
        locations=(Location(id="park", at=draw(st.tuples(rates, rates))),),
        floors=floors,
        fleets=() if fleet is None else (fleet,),
        conveyors=tuple(belts),
        cranes=tuple(racks),
    )


tariffs = st.builds(
    Tariff,
    default=rates,
    periods=st.lists(
        st.builds(TariffPeriod, when=st.sampled_from(["mon-fri 08:00-11:00", "22:00-06:00"]), price=rates),
        max_size=2,
    ).map(tuple),
    co2=rates,
)
evidence = st.builds(
    Evidence,
    study=tame_names,
    run=st.none() | names,
    source=st.none() | names,
    note=st.none() | names,
)


def _possible(**parts: Any) -> Plant:
    """The plant of these parts; one that is refused because it can never run is drawn anew."""
    try:
        return Plant(**parts)
    except PlantError as error:
        if all(_NEVER.search(fault.found) for fault in error.faults):
            reject()
        raise


_NEVER = re.compile(
    "can never|can ever begin|never there|no time in a week|waits for"
)  # of `plant.checks.never`


@st.composite
def plants(draw: st.DrawFn, ids: st.SearchStrategy[str] = tame_names) -> Plant:
    """Any plant without faults; `ids` makes its names (`names` for wild ones)."""
    shifts = draw(st.dictionaries(ids, calendars(), max_size=2))
    centers = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    people = draw(st.lists(ids, max_size=2, unique=True))
    products = draw(st.lists(ids, min_size=1, max_size=2, unique=True))
    routes = draw(st.dictionaries(ids, _routes(ids, centers, people, products), min_size=1, max_size=2))
    built_in = {name for route in routes.values() for operation in route for name in operation.parts}
    made = {name for route in routes.values() for operation in route for name in operation.makes}
    pulled = {name for name in sorted(built_in - made) if draw(st.booleans())}
    sold = [name for name in products if name not in pulled] or products
    pulled -= set(sold)
    items = {
        name: draw(_products(sorted(routes), is_part=name in built_in, pulled=name in pulled))
        for name in products
    }
    past = draw(st.none() | _past_lots(sorted(routes), products))
    if past is not None:
        were = {lot: what.product for lot, what in past.lots.items()}
        drawing = [name for name, item in items.items() if isinstance(item.route, dict)]
        items |= {
            name: items[name].model_copy(update={"route": weights_of(name, were, past.others)})
            for name in drawing
        }
    several = {
        alternative.work_center
        for route in routes.values()
        for operation in route
        if operation.batch is not None or operation.cascade is not None
        for alternative in operation.on
    }
    demand: list[OrderStream | JobOrder] = [draw(_streams(sold, list(shifts)))]
    every = [operation for route in routes.values() for operation in route]
    tame = all(len(o.on) == 1 and o.batch is None and o.split is None for o in every)
    equipped = tuple(
        draw(work_centers(name, list(shifts), people, ids, batched=name in several)) for name in centers
    )
    if tame:
        equipped = tuple(_keeping(center) if draw(st.booleans()) else center for center in equipped)
    return _possible(
        plant=draw(ids),
        currency=draw(st.sampled_from(["CNY", "EUR"])),
        start=datetime(2026, 1, 5) + timedelta(seconds=draw(st.integers(0, 10**6))),
        calendars=shifts,
        work_centers=equipped,
        personnel=tuple(
            Personnel(
                id=name,
                count=draw(counts),
                skills=(f"{name} skill",),
                # one that never meets that of a work center is refused, and drawn anew
                calendar=draw(st.none() | st.sampled_from(sorted(shifts))) if shifts else None,
                cost=draw(rates),
                overtime_cost=draw(_some_rate),
                tends=draw(counts),
            )
            for name in people
        ),
        tools=(Tool(id="jig", count=draw(st.integers(3, 9)), cost=draw(rates)),),
        utilities=(Utility(id="steam", limit=draw(st.floats(9.0, 1e6))),),
        routes=routes,
        past_lots=past,
        products=items,
        orders=(*demand, *draw(_orders(sold, ids))),
        wip=draw(_wip(routes, items, ids)),
        release=draw(st.just(Push()) | st.builds(Conwip, lots=counts) | release_rules),
        transport=draw(_transports(equipped, list(shifts), people, products)),
        tariff=draw(tariffs),
        uncertainty=(Uncertainty(what="orders.every", error=draw(positive), observations=draw(counts)),),
        measures=(
            Measure(
                id="more",
                title=draw(names),
                kind=draw(
                    st.sampled_from(
                        [None, *(kind for kind in MeasureKind if kind is not MeasureKind.SCHEDULING)]
                    )
                ),
                cost=draw(_some_rate),
                yearly_cost=draw(rates),
                installation=draw(positive),
                set={"tariff.co2": "1 kg/kWh"},
                uncertain={"tariff.co2": "uniform(0.5 kg/kWh, 2 kg/kWh)"},
                evidence=draw(st.none() | evidence),
            ),
            Measure(id="less", set={"tariff.default": 0}, needs=draw(st.sampled_from([(), ("more",)]))),
            Measure(id="other", cost=1.0, set={"currency": "USD"}, excludes=("less",)),
        ),
    )
