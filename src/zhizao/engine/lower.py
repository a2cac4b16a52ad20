"""Lower a plant to the tables of the kernels: ids become row numbers, here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from zhizao.engine.calendars import Calendars, add_meetings
from zhizao.engine.downtimes import Downtimes
from zhizao.engine.links import Batches, columns, feeders, links
from zhizao.engine.material import Materials, rest_with_branches
from zhizao.engine.opening import Opening
from zhizao.engine.plan import Planned, lower_plan
from zhizao.engine.pools import Pools, records
from zhizao.engine.random_numbers import Kind, key_of, numbered, step_number
from zhizao.engine.supply import Needs, Supply
from zhizao.engine.tariff import price_week
from zhizao.engine.transport import (
    charging,
    fixed_times,
    floor_tables,
    leg_list,
    lower_transport,
    mark_centers,
    transporter_table,
    with_legs,
    with_rides,
)
from zhizao.kernels import tables as k
from zhizao.plant import (
    Buffer,
    Conwip,
    DelayClock,
    DispatchRule,
    OffShift,
    Operation,
    Plant,
    Preempt,
    ReleaseRule,
    RuleKind,
    Takes,
    WipLot,
    WorkCenter,
    equipment,
)
from zhizao.plant.query import (
    are_past_lots,
    job_orders,
    most_probable_past_lot,
    parts_of,
    product_mix,
    rework_target,
    routes_of,
    streams,
    takes_at,
)
from zhizao.plant.query.times import in_order
from zhizao.plant.rules import OwnRule
from zhizao.plant.rules_used import number_in, numeric_attributes, rules_used
from zhizao.quantities import mean

RULES = {
    DispatchRule.FIFO: k.FIFO,
    DispatchRule.PRIORITY: k.PRIORITY,
    DispatchRule.EARLIEST_DUE_DATE: k.EARLIEST_DUE_DATE,
    DispatchRule.SHORTEST_PROCESSING_TIME: k.SHORTEST_PROCESSING_TIME,
    DispatchRule.CRITICAL_RATIO: k.CRITICAL_RATIO,
    DispatchRule.ATC: k.ATC,
    DispatchRule.LEAST_SETUP: k.LEAST_SETUP,
    DispatchRule.PRIORITY_SETUP: k.PRIORITY_SETUP,
    DispatchRule.PRIORITY_RATIO: k.PRIORITY_RATIO,
    DispatchRule.PRIORITY_SETUP_RATIO: k.PRIORITY_SETUP_RATIO,
}
_ORDERS = {rule: rule for rule in (k.FIFO, k.PRIORITY, k.EARLIEST_DUE_DATE, k.SHORTEST_PROCESSING_TIME)}
_ORDERS |= dict.fromkeys((k.PRIORITY_SETUP, k.PRIORITY_RATIO, k.PRIORITY_SETUP_RATIO), k.PRIORITY)
"""Rank that the queue is kept in, by rule; other rules look at all lots each time."""
_OFF_SHIFT = {OffShift.PAUSE: k.PAUSE, OffShift.FINISH: k.FINISH, OffShift.NO_START: k.NO_START}
_WHOLE_LOT = 1 << 62  # pieces of a run: the lot is one run
_ANY = 1 << 62  # lots in the plant
_UNPLANNED = 0, 0  # ORDER.plan and .planned; `engine.plan` fills them in

RuleUse = tuple[RuleKind, OwnRule]
"""What a rule of the user's own decides, and the rule."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the row numbers stand for."""

    units: tuple[str, ...]
    centers: tuple[str, ...]
    center_of_unit: tuple[int, ...]
    steps: tuple[str, ...]
    products: tuple[str, ...]
    personnel: tuple[str, ...]
    tools: tuple[str, ...]
    utilities: tuple[str, ...]
    orders: tuple[str, ...]
    rules: tuple[RuleUse, ...]  # each row of Tables.rules
    numbers: tuple[str, ...]  # attributes of products that are numbers, as rules take them
    families: tuple[str, ...] = ()  # that set-ups and batches tell apart


@dataclass(frozen=True, slots=True)
class Lowered:
    """A plant as tables. Keys in them are those of entities; `engine.run` mixes in seed and replication."""

    plant: Plant
    tables: k.Tables
    names: Names
    opening: Opening | None = None  # None: at the start of the plant


class _Rows:
    """Row numbers by id."""

    def __init__(self, plant: Plant) -> None:
        self.equipment = equipment(plant)
        self.centers = _numbered(center.id for center in self.equipment)
        self.products = _numbered(plant.products)
        self.families: dict[str, int] = {}
        self.attributes = ["product", *sorted({a for p in plant.products.values() for a in p.attributes})]
        self.feeders = feeders(plant)
        self.rules = {use: row for row, use in enumerate(rules_used(plant))}
        self.numbers = numeric_attributes(plant) if self.rules else ()
        for entry in (e for c in plant.work_centers if c.setup is not None for e in c.setup.times):
            self.family(entry.from_family)
            self.family(entry.to)
        self.set_up_families = len(self.families)  # the others have the default time
        self.steps: dict[tuple[str, str], int] = {}
        for route, operations in plant.routes.items():
            for operation in operations:
                self.steps[route, operation.id] = len(self.steps)
                self.family(operation.setup_family)
                self.family(operation.id)
        for name, product in plant.products.items():
            for family in (name, *product.attributes.values()):
                self.family(family)

    def rule(self, kind: RuleKind, own: OwnRule | None) -> int:
        return -1 if own is None else self.rules[kind, own]

    def family(self, name: str | None) -> int:
        return -1 if name is None else self.families.setdefault(name, len(self.families))


def _numbered(ids: Iterable[str]) -> dict[str, int]:
    return {name: row for row, name in enumerate(ids)}


def lower(plant: Plant, log: int = k.LOG_LOTS, *, plan: pl.DataFrame | None = None) -> Lowered:
    """Lower a plant.

    Parameters
    ----------
    log
        `LOG_NONE`, `LOG_LOTS` or `LOG_EVENTS` of the kernels; a run sets its own.
    plan
        What lots are to do when and where, which they follow; see `engine.plan`.
    """
    rows, pools, calendars = _Rows(plant), Pools(), Calendars(plant)
    supply = Supply(plant, pools)
    needs = Needs(supply)
    add_meetings(plant, calendars)
    batches = Batches(rows.attributes, rows.families)
    materials = Materials(plant, rows.products, rows.steps, pools)
    units, downtimes, unit_ids = _units(plant, rows, pools, Downtimes(pools, calendars, needs))
    steps, alternatives = _steps(plant, rows, pools, _More(batches, needs, materials))
    products = _products(plant, rows, pools, materials)
    centers = _centers(plant, rows, pools, calendars, planned=plan is not None)
    transport = lower_transport(plant, rows.centers, len(steps), len(alternatives), pools)
    mark_centers(centers, transport, rows.centers)
    resources = records(k.RESOURCE, supply.table(calendars, rows.centers))
    sources = _sources(plant, rows, pools, calendars)
    orders, order_ids = _orders(plant, rows)
    known = Planned(plant, rows.steps, steps.alt_first, order_ids, unit_ids, pools)
    plans = lower_plan(plan, known, orders)
    calendar_table, shifts, meetings = calendars.tables(pools)
    whole = _whole(plant, rows, pools, (meetings, log, plan is not None), batches, needs)
    whole.legs = leg_list(plant, transport, rows.centers, pools)
    zones, links, whole.links_in = floor_tables(transport)
    dists, values, lists = pools.tables()
    tables = k.Tables(
        whole, dists, calendar_table, shifts, centers, units, downtimes,
        with_legs(steps, transport), *materials.tables(), with_rides(alternatives, transport),
        batches.table(), records(k.NEED, needs.rows), resources, products, sources, orders,
        transporter_table(transport), zones, links, plans, values, lists, np.zeros(1, np.int64),
    )  # fmt: skip
    names = Names(
        units=unit_ids,
        centers=tuple(rows.centers),
        center_of_unit=tuple(int(x) for x in units.center),
        steps=(*(operation for _, operation in rows.steps), *transport.names),
        products=tuple(rows.products),
        personnel=tuple(supply.personnel),
        tools=tuple(supply.tools),
        utilities=tuple(supply.utilities),
        orders=order_ids,
        rules=tuple(rows.rules),
        numbers=rows.numbers,
        families=tuple(rows.families),
    )
    return Lowered(plant, tables, names)


# ---------------------------------------------------------------- equipment
def _units(plant: Plant, rows: _Rows, pools: Pools, downtimes: Downtimes) -> tuple[Any, Any, tuple[str, ...]]:
    units: list[tuple[Any, ...]] = []
    ids: list[str] = []
    batteries = {fleet.id: charging(fleet, plant, pools) for fleet in plant.transport.fleets}
    for center in rows.equipment:
        calendars = downtimes.calendars
        working, shift = calendars.of_center(center), calendars.number(center.calendar)
        standby = center.standby
        own_standby = (0, 0.0, 0) if standby is None else (1, standby.after, pools.dist(standby.wake))
        for number, unit in enumerate(center.units):
            own = downtimes.add(center, len(units), number, batteries.get(center.id))
            units.append((rows.centers[center.id], working, shift, 1.0 / unit.speed, *own, *own_standby))
            ids.append(unit.id)
    return records(k.UNIT, units), records(k.DOWNTIME, downtimes.rows), tuple(ids)


def _centers(plant: Plant, rows: _Rows, pools: Pools, calendars: Calendars, *, planned: bool) -> Any:
    made: list[tuple[Any, ...]] = []
    unit = 0
    few = _few(plant)
    hot = planned or any(order.hot for order in plant.orders)
    own = {center.id for center in plant.work_centers}
    for center in rows.equipment:
        dispatch = center.dispatch
        if isinstance(dispatch, DispatchRule):
            rule = RULES[dispatch]
        else:
            rule = k.USER_RULE + rows.rule(RuleKind.DISPATCH, dispatch)
        buffer = center.buffer or Buffer()
        capacity = -1 if buffer.capacity is None else buffer.capacity
        off = _OFF_SHIFT[center.off_shift]
        extras, same, ready = few[center.id]
        setup = _setup(center, rows, pools)
        calendar = calendars.of_center(center)
        min_run = 0
        if center.setup is not None:
            min_run = center.setup.min_run
            extras |= k.X_MIN_RUN * (min_run > 1) | k.X_CLEAR * (center.setup.without_family == "clear")
        ahead, *fed = _places_kept(center, rows, pools)
        extras |= _preempt(center) | ahead | k.X_PLAN * (planned and center.id in own)
        order = _ORDERS.get(rule, k.FIFO)
        if hot and order == k.FIFO:
            order = k.HOT_FIRST
            rule = k.HOT_FIRST if rule == k.FIFO else rule
        alike = center.setup is None and not same
        first = rule in {k.FIFO, k.HOT_FIRST} and not (same or extras & (k.X_MIN_RUN | k.X_CASCADE))
        plain = not (extras & k.X_LOOKS or off == k.NO_START)
        fresh = plain and order == rule and (alike or first)
        direct = center.setup is None and center.standby is None and extras == 0
        starts = k.BY_CHOICE if not fresh else k.DIRECTLY if direct else k.FIRST_LOT
        end = unit + len(center.units)
        even = int(len({item.speed for item in center.units}) == 1)
        flags = (order, int(alike), even, int(ready), buffer.output, starts, extras, min_run, *fed)
        made.append((unit, end, calendar, rule, capacity, off, *setup, *flags))
        unit += len(center.units)
    return records(k.CENTER, made)


def _places_kept(center: WorkCenter, rows: _Rows, pools: Pools) -> tuple[int, int, int]:
    """(Bits of CENTER.extras, first, end): places kept before service; the centers that keep some here."""
    feeders = sorted(rows.centers[name] for name in rows.feeders.get(center.id, ()))
    bits = k.X_RESERVED * (center.id in rows.feeders)
    bits |= k.X_RESERVES * any(center.id in names for names in rows.feeders.values())
    first = pools.add_list(feeders)
    return bits, first, first + len(feeders)


def _preempt(center: WorkCenter) -> int:
    """Bits of CENTER.extras that tell what a hot lot may do there."""
    if center.preempt is Preempt.NEVER:
        return 0
    return k.X_PREEMPT | k.X_RESTART * (center.preempt is Preempt.RESTART)


def _few(plant: Plant) -> dict[str, tuple[int, bool, bool]]:
    """By work center: bits of CENTER.extras; whether some lot may need one unit, may start without a full
    batch.
    """
    found = {center.id: (k.X_PEOPLE * bool(center.uses), False, False) for center in equipment(plant)}
    for operations in plant.routes.values():
        for o in operations:
            bits = k.X_BATCH * (o.batch is not None) | k.X_CASCADE * (o.cascade is not None)
            bits |= k.X_PEOPLE * bool(o.needs or o.tools) | k.X_PARTS * bool(o.parts)
            bits |= k.X_LATE * (o.queue_at_most is not None)
            alone = o.batch is None or o.batch.by != "operation" or o.batch.wait_at_most is not None
            for alternative in o.on:
                all_bits, same, ready = found[alternative.work_center]
                same = same or o.same_unit_as is not None
                found[alternative.work_center] = (all_bits | bits, same, ready or alone)
    return found


def _setup(center: WorkCenter, rows: _Rows, pools: Pools) -> tuple[int, int, int, int]:
    """(by, default, matrix, families)."""
    setup = center.setup
    if setup is None:
        return k.NO_SETUP, 0, -1, 0
    steps = {"family": k.BY_FAMILY, "operation": k.BY_OPERATION}
    by = steps.get(setup.by)
    if by is None:
        by = k.BY_PRODUCT + rows.attributes.index(setup.by)
    default = pools.dist(setup.default)
    if not setup.times:
        return by, default, -1, 0
    n = rows.set_up_families
    matrix = np.full((n + 1, n), default)  # row 0: a unit that is set up for none of them
    for entry in sorted(setup.times, key=lambda entry: entry.from_family is not None):
        before = slice(None) if entry.from_family is None else rows.family(entry.from_family) + 1
        matrix[before, rows.family(entry.to)] = pools.dist(entry.takes)
    return by, default, pools.add_list(matrix.ravel()), n


# ---------------------------------------------------------------- work
def _means(takes: Takes) -> tuple[float, float]:
    """Mean work per lot and per piece, at speed 1."""
    lot = sum(mean(d) for d in (takes.per_lot, takes.load) if d is not None)
    piece = 0.0 if takes.per_piece is None else mean(takes.per_piece)
    if takes.per_batch is not None:
        if takes.pieces_per_batch is None:
            lot += mean(takes.per_batch)
        else:
            piece += mean(takes.per_batch) / takes.pieces_per_batch
    return lot, piece


def _takes(operation: Operation, number: int) -> Takes:
    takes = takes_at(operation, operation.on[number])
    assert takes is not None  # the plant's checks see to it
    return takes


class _More(NamedTuple):
    """What steps have besides their work: rows of other tables."""

    batches: Batches
    needs: Needs
    materials: Materials


def _steps(plant: Plant, rows: _Rows, pools: Pools, more: _More) -> tuple[Any, Any]:
    batches, needs, materials = more
    steps: list[tuple[Any, ...]] = []
    alternatives: list[tuple[Any, ...]] = []
    intervals: list[tuple[Any, ...]] = []
    centers = {center.id: center for center in plant.work_centers}
    for route, operations in plant.routes.items():
        rest = _rest(operations)
        tied = links(operations, {o.id: rows.steps[route, o.id] for o in operations}, set(rows.feeders))
        tries = 0
        for place, operation in enumerate(operations):
            first = len(alternatives)
            for row, other in zip(
                _alternatives(operation, rows, pools, batches, intervals), operation.on, strict=True
            ):
                alternatives.append((*row, *needs.of_work(operation, centers[other.work_center])))
            following = len(steps) + 1 if place + 1 < len(operations) else -1
            defects = _defects(route, operation, rows, tries)
            tries += int(defects[4] >= 0)
            family, own = rows.family(operation.setup_family), rows.family(operation.id)
            steps.append(
                (first, len(alternatives), following, place, step_number(operation.id),
                 operation.sample, *defects, *_delay(operation, pools), *_energy(operation), family, own,
                 *tied[place], *rest[place], k.OPERATION, 0, _outcomes(operation, pools),
                 *_own_rules(operation, rows),
                 materials.row(route, operation))
            )  # fmt: skip
    table = records(k.ALTERNATIVE, [*alternatives, *((*row, 0, 0, 0) for row in intervals)])
    table["cascade"] = [row + len(alternatives) if row >= 0 else -1 for row in table["cascade"]]
    return records(k.STEP, steps), table


def _delay(operation: Operation, pools: Pools) -> tuple[int, int]:
    """(Distribution of the delay, whether it runs only in open hours)."""
    return pools.dist(operation.delay), int(operation.delay_clock is DelayClock.OPEN_HOURS)


def _energy(operation: Operation) -> tuple[float, float]:
    """(kWh per lot, kWh per piece)."""
    use = operation.energy
    return (0.0, 0.0) if use is None else (use.per_lot, use.per_piece)


def _outcomes(operation: Operation, pools: Pools) -> int:
    """Place of the shares of defects of its outcomes, and then of their energies; -1: it has none."""
    if not operation.outcomes:
        return -1
    ordered = in_order(operation.outcomes)
    return pools.add_values([*(one.defects for one in ordered), *(one.energy for one in ordered)])


def _own_rules(operation: Operation, rows: _Rows) -> tuple[int, int]:
    """(routing, quality): rows of the user's rules."""
    share = None if operation.defects is None else operation.defects.rule
    return rows.rule(RuleKind.ROUTING, operation.routing), rows.rule(RuleKind.QUALITY, share)


def _rest(operations: tuple[Operation, ...]) -> list[tuple[float, float]]:
    """Mean work per lot and per piece from each operation to the end of the route."""
    own = [[operation.sample * x for x in _means(_takes(operation, 0))] for operation in operations]
    if any(operation.next for operation in operations):
        return rest_with_branches(operations, own)
    lot = piece = 0.0
    rest = []
    for more_lot, more_piece in reversed(own):
        lot += more_lot
        piece += more_piece
        rest.append((lot, piece))
    return rest[::-1]


def _alternatives(
    operation: Operation, rows: _Rows, pools: Pools, batches: Batches, intervals: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Rows of a step; `intervals` takes those of cascades, which go behind all others."""
    made = []
    for number, alternative in enumerate(operation.on):
        center = rows.centers[alternative.work_center]
        cascade = -1
        if operation.cascade is not None:
            cascade = len(intervals)
            intervals.append(_alternative(operation.cascade, center, pools, -1, -1))
        batch = batches.row(operation.batch, center)
        made.append(_alternative(_takes(operation, number), center, pools, batch, cascade))
    return made


def _alternative(takes: Takes, center: int, pools: Pools, batch: int, cascade: int) -> tuple[Any, ...]:
    per_lot, *parts = (pools.dist(d) for d in (takes.per_lot, takes.load, takes.per_piece, takes.per_batch))
    load, *more = parts
    run = takes.pieces_per_batch or _WHOLE_LOT
    kind = k.PROCESSING if cascade < 0 else k.CASCADING
    return center, load, per_lot, *more, run, int(any(parts)), batch, kind, cascade, *_means(takes)


def _defects(route: str, operation: Operation, rows: _Rows, tries: int) -> tuple[Any, ...]:
    """(has defects, share, found, false alarms, rework step, at most, pass on, column of tries)."""
    defects = operation.defects
    if defects is None:
        return k.NO_DEFECTS, 0.0, 0.0, 0.0, -1, 0, 0, 0
    target = rework_target(defects.then)
    back = -1 if target is None else rows.steps[route, target]
    kind = k.BY_LOT if defects.per == "lot" else k.BY_PIECE
    quality = defects.share, defects.found, defects.false_alarms
    return kind, *quality, back, defects.at_most, int(defects.otherwise == "pass"), tries


def _products(plant: Plant, rows: _Rows, pools: Pools, materials: Materials) -> Any:
    made = []
    for name, product in plant.products.items():
        first_step, *routes = materials.routes(routes_of(product))
        families = [rows.family(name)] + [rows.family(product.attributes.get(a)) for a in rows.attributes[1:]]
        numbers = pools.add_values(number_in(product.attributes.get(a)) for a in rows.numbers)
        takers = [rows.centers[center] for center in materials.takers(name)]
        at = pools.add_list(takers)
        stock = int(bool(takers)), at, at + len(takers), product.stock.initial, product.stock.kanban or 0
        key = key_of(Kind.PRODUCT, name)
        made.append(
            (first_step, product.lot, product.priority, pools.add_list(families), numbers, *stock, *routes,
             key)
        )  # fmt: skip
    return records(k.PRODUCT, made)


# ---------------------------------------------------------------- demand
def _sources(plant: Plant, rows: _Rows, pools: Pools, calendars: Calendars) -> Any:
    made = []
    mixes = [dict(sorted(product_mix(stream).items())) for stream in streams(plant)]
    counts = numbered(repr([*mix]) for mix in mixes)
    for stream, mix, count in zip(streams(plant), mixes, counts, strict=True):
        total = sum(mix.values())
        weights = pools.add_values(float(x) / total for x in np.cumsum(list(mix.values())))
        products = pools.add_list(rows.products[name] for name in mix)
        pieces = -1 if stream.pieces is None else pools.dist(stream.pieces)
        due = -1 if stream.due is None else pools.dist(stream.due)
        priority = nan if stream.priority is None else stream.priority
        first = -1.0 if stream.first is None else stream.first
        calendar = calendars.number(stream.calendar)
        every = pools.dist(stream.every)
        made.append(
            (every, weights, products, len(mix), pieces, due, priority, calendar, first,
             k.HOT * stream.hot, key_of(Kind.STREAM, *mix, count=count))
        )  # fmt: skip
    return records(k.SOURCE, made)


def _orders(plant: Plant, rows: _Rows) -> tuple[Any, tuple[str, ...]]:
    orders = job_orders(plant)
    orders.sort(key=lambda order: order.release)  # stable: equal releases in listed order
    made = [
        (
            order.release,
            rows.products[order.product],
            order.pieces,
            k.NO_DUE if order.due is None else order.due,
            nan if order.priority is None else order.priority,
            key_of(Kind.ORDER, order.id),
            -1,
            0.0,
            -1.0,
            k.HOT * order.hot,
            *_UNPLANNED,
        )
        for order in orders
    ]
    there = [_there(plant, lot, rows) for lot in plant.wip]
    return records(k.ORDER, [*there, *made]), (
        *(lot.id for lot in plant.wip),
        *(order.id for order in orders),
    )


def _there(plant: Plant, lot: WipLot, rows: _Rows) -> tuple[Any, ...]:
    """A lot that is in the plant at t = 0: an order of that moment that begins in the middle of its route."""
    due = k.NO_DUE if lot.due is None else lot.due
    priority = nan if lot.priority is None else lot.priority
    routes = routes_of(plant.products[lot.product])
    with_it = {name: weight for name, weight in routes.items() if (name, lot.operation) in rows.steps}
    route = (
        most_probable_past_lot(plant, with_it, lot.pieces)
        if are_past_lots(plant, routes)
        else next(iter(with_it))
    )
    step = rows.steps[route, lot.operation]
    key = key_of(Kind.LOT_THERE, lot.id)
    delay = -1.0 if lot.delay is None else lot.delay
    there = 0.0, rows.products[lot.product], lot.pieces, due, priority, key, step, lot.release, delay
    return (*there, 0, *_UNPLANNED)


# ---------------------------------------------------------------- the whole
def _transport_times(plant: Plant, rows: _Rows, pools: Pools) -> int:
    """Place of the matrix of transport times; -1: there is no transport time."""
    matrix = fixed_times(plant, rows.centers)
    return -1 if matrix is None else pools.add_values(matrix.ravel())


def _whole(
    plant: Plant, rows: _Rows, pools: Pools, numbers: tuple[int, int, bool], batches: Batches, needs: Needs
) -> Any:
    meetings, log, planned = numbers
    limit = plant.release.lots if isinstance(plant.release, Conwip) else -1
    asked: tuple[int, float] = (-1, 0.0)
    if isinstance(plant.release, ReleaseRule):
        limit = _ANY
        asked = rows.rule(RuleKind.RELEASE, plant.release.rule), plant.release.every
    prices = price_week(plant)
    price_first = pools.add_values(prices.numbers)
    tries = [sum(1 for o in r if o.defects and rework_target(o.defects.then)) for r in plant.routes.values()]
    row = (
        limit, _transport_times(plant, rows, pools), price_first, prices.n, prices.zero_s, meetings, log,
        max(tries), needs.most, needs.most_of_downtime, needs.people, *columns(plant),
        max(1, batches.gathers), batches.most, int(bool(parts_of(plant))),
        int(any(product.stock.kanban for product in plant.products.values())),
        -1, len(plant.work_centers),
        len(rows.numbers), *asked, int(planned), 0,
    )  # fmt: skip
    return records(k.WHOLE, [row])
