"""What a plant says, as numbers that do not depend on how it is written.

A learned plant may have one route with branches where the hidden one has three, call an operation `cut #2`
when it comes round again, or know a part by several products. Here both are read off in the same way: as
means by part, operation and work center.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import JobOrder, Operation, OrderStream, Plant, Takes, WorkCenter
from zhizao.quantities import Calendar, Distribution, mean, variance

START, END = "(start)", "end"
MEASURED_LOTS = 40_000
HOUR_S, WEEK_S = 3600.0, 604800.0
REPEAT = re.compile(r" #\d+$")
State = tuple[str, int]  # route and place in it


@dataclass(frozen=True, slots=True)
class Fact:
    """A number (or a name) of a plant; `sd` of one observation, and what of the log counts as one."""

    value: float | str
    sd: float = 0.0
    counted: tuple[str, ...] = ()


def facts(plant: Plant) -> dict[str, Fact]:
    """All facts of a plant by address; one that a plant does not have is 0."""
    book = _Book(plant)
    found: dict[str, Fact] = {}
    for reader in (_orders, _flow, _work, _setups, _centers, _failures, _people):
        found.update(reader(book))
    return found


# ---------------------------------------------------------------- how often what happens
@dataclass(frozen=True, slots=True)
class Stop:
    """Visits per week of lots of one product to one operation, with their mean pieces."""

    product: str
    part: str
    operation: Operation
    per_week: float
    pieces: float

    @property
    def name(self) -> str:
        """Of the operation, whichever time round."""
        return REPEAT.sub("", self.operation.id)


class _Book:
    """A plant with the rates that follow from it."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.rates = order_rates(plant)
        self.stops: list[Stop] = []
        self.moves: dict[tuple[str, str, str], float] = defaultdict(float)  # part, operation, next one
        if reworks(plant):
            self._measure()
            return
        for product, per_week in self.rates.items():
            for route, share in _routes_of(plant, product):
                self._walk(product, route, per_week * share)

    def part(self, product: str) -> str:
        return self.plant.products[product].attributes.get("part", product)

    def _measure(self) -> None:
        """From a long run, where pieces go back by what is found wrong with them."""
        days = MEASURED_LOTS / sum(self.rates.values()) * 7
        settings = RunSettings(days=days, warm_up_days=days / 20, seed=5, threads=1, log=LogLevel.EVENTS)
        events = run(self.plant, settings).records[0].events
        assert events is not None  # the run was asked for them
        rows = visits(events)
        steps = {
            (product, op.id): op
            for product in self.rates
            for route, _ in _routes_of(self.plant, product)
            for op in self.plant.routes[route]
        }
        weeks = (days - settings.warm_up_days) / 7
        often = rows.group_by("product", "operation").agg(pl.len(), pl.col("pieces_in").mean())
        for product, name, n, pieces in often.sort("product", "operation").iter_rows():
            operation = steps[product, name]
            self.stops.append(Stop(product, self.part(product), operation, n / weeks, pieces))
        for (part, name, after), n in moves(rows, self.part).items():
            self.moves[part, name, after] = n / weeks

    def _walk(self, product: str, route: str, per_week: float) -> None:
        operations, part = self.plant.routes[route], self.part(product)
        onward = _onward(operations)
        size = mean_pieces(self.plant, product)
        entry, places = onward[0], range(len(operations))
        along = np.array([[onward[i + 1].get(j, 0.0) for j in places] for i in places])
        start = np.array([entry.get(j, 0.0) for j in places])
        visits = np.linalg.solve(np.eye(len(operations)) - along.T, start)
        kept = np.array([1 - _scrapped(op) for op in operations])
        pieces = np.linalg.solve(np.eye(len(operations)) - (along * kept[:, None]).T, start * size)
        name = [REPEAT.sub("", op.id) for op in operations]
        for i in places:
            if visits[i] > 1e-9:
                self.stops.append(
                    Stop(product, part, operations[i], per_week * visits[i], pieces[i] / visits[i])
                )
            self.moves[part, START, name[i]] += per_week * start[i]
            self.moves[part, name[i], END] += per_week * visits[i] * onward[i + 1].get(-1, 0.0)
            for j in places:
                self.moves[part, name[i], name[j]] += per_week * visits[i] * along[i, j]


def visits(events: pl.DataFrame) -> pl.DataFrame:
    """Work on lots that was brought to an end: a row each, in the order of each lot's starts."""
    work = events.filter(
        (pl.col("activity").cast(pl.String) == "process") & pl.col("pieces_good").is_not_null()
    )
    name = pl.col("operation").str.replace(REPEAT.pattern, "")
    return work.with_columns(operation=name).sort("lot", "start", "end", maintain_order=True)


def moves(rows: pl.DataFrame, part: Callable[[str], str]) -> dict[tuple[str, str, str], float]:
    """How often lots went from one operation to another, by part; only of lots that left."""
    own = pl.col("operation").shift(1).over("lot")
    pairs = rows.select("product", own.fill_null(START).alias("before"), after="operation")
    ends = rows.group_by("lot").last().select("product", before="operation", after=pl.lit(END))
    counts = pl.concat([pairs, ends]).group_by("product", "before", "after").len()
    found: dict[tuple[str, str, str], float] = defaultdict(float)
    for product, before, after, n in counts.iter_rows():
        found[part(product), before, after] += n
    return found


def order_rates(plant: Plant) -> dict[str, float]:
    """Orders per week by product; a table of orders counts as one a week each."""
    rates: dict[str, float] = defaultdict(float)
    for demand in plant.orders:
        if isinstance(demand, JobOrder):
            rates[demand.product] += 1.0
            continue
        per_week = open_s(plant, demand.calendar) / mean(demand.every)
        mix = demand.mix or {str(demand.product): 1.0}
        for product, weight in mix.items():
            rates[product] += per_week * weight / sum(mix.values())
    return dict(rates)


def mean_pieces(plant: Plant, product: str) -> float:
    """Mean pieces of a lot of a product."""
    sizes = [_size(plant, s, product) for s in _streams(plant) if product in (s.mix or {str(s.product): 1.0})]
    return float(np.mean([m for m, _ in sizes])) if sizes else float(plant.products[product].lot)


def _size(plant: Plant, stream: OrderStream, product: str) -> tuple[float, float]:
    if stream.pieces is None:
        return float(plant.products[product].lot), 0.0
    return whole_moments(stream.pieces)


@cache
def whole_moments(pieces: Distribution) -> tuple[float, float]:
    """Mean and variance of a number of pieces (the rounding of a draw moves neither much)."""
    return mean(pieces), variance(pieces)


def open_s(plant: Plant, calendar: str | None) -> float:
    """Open time of a usual week."""
    return sum(b - a for a, b in weekly(plant, calendar))


def weekly(plant: Plant, calendar: str | None) -> tuple[tuple[float, float], ...]:
    """Working time of a usual week."""
    return ((0.0, WEEK_S),) if calendar is None else Calendar(plant.calendars[calendar].weekly).weekly


def _streams(plant: Plant) -> Iterator[OrderStream]:
    return (d for d in plant.orders if isinstance(d, OrderStream))


def _routes_of(plant: Plant, product: str) -> list[tuple[str, float]]:
    route = plant.products[product].route
    if route is None:
        return []
    weights = {route: 1.0} if isinstance(route, str) else route
    return [(name, weight / sum(weights.values())) for name, weight in weights.items()]


def _onward(operations: tuple[Operation, ...]) -> list[dict[int, float]]:
    """Shares of the place that is done next: first for its beginning, then for each place (-1: the end)."""
    place = {op.id: i for i, op in enumerate(operations)} | {END: -1}

    def listed(i: int) -> int:
        return i + 1 if i + 1 < len(operations) else -1

    def reported(i: int) -> dict[int, float]:
        branches, whole = operations[i].next, sum(operations[i].next.values())
        return {place[name]: weight / whole for name, weight in branches.items()} or {listed(i): 1.0}

    def done(i: int) -> dict[int, float]:
        """Where a lot that comes to a place works next: there, or further on if it leaves that out."""
        if i < 0 or operations[i].sample >= 1.0:
            return {i: 1.0}
        left = {j: (1 - operations[i].sample) * share for j, share in done(listed(i)).items()}
        return {i: operations[i].sample, **left}

    ways = [{0: 1.0}, *(reported(i) for i in range(len(operations)))]
    for way in ways:
        later: dict[int, float] = defaultdict(float)
        for j, share in way.items():
            for k, rest in done(j).items():
                later[k] += share * rest
        way.clear()
        way.update(later)
    return ways


def _scrapped(operation: Operation) -> float:
    defects = operation.defects
    return defects.share * defects.found if defects and defects.then == "scrap" else 0.0


def reworks(plant: Plant) -> bool:
    """Whether lots go back by what is found wrong with them, which no list of shares tells."""
    steps = [op for route in plant.routes.values() for op in route]
    return any(
        (op.defects is not None and op.defects.then != "scrap" and op.defects.found > 0)
        or (op.queue_at_most is not None and op.queue_at_most.then.startswith("rework"))
        for op in steps
    )


def loads(plant: Plant) -> dict[str, float]:
    """Units that each work center's work would keep busy all its open time; alternatives share it equally."""
    busy = dict.fromkeys((center.id for center in plant.work_centers), 0.0)
    for stop in _Book(plant).stops:
        for way in stop.operation.on:
            takes = way.takes or stop.operation.takes
            assert takes is not None  # one of the two is given, or the plant is refused
            busy[way.work_center] += (
                stop.per_week * moments(takes, stop.pieces, 0.0)[0] / len(stop.operation.on)
            )
    return {center.id: busy[center.id] / open_s(plant, center.calendar) for center in plant.work_centers}


# ---------------------------------------------------------------- readers
def _orders(book: _Book) -> dict[str, Fact]:
    plant, whole = book.plant, sum(book.rates.values())
    streams = list(_streams(plant))
    if not streams:
        return {}
    cv = max(math.sqrt(variance(s.every)) / mean(s.every) for s in streams)
    found = {"orders.per_week": Fact(whole, whole * cv, ("lots",))}
    for stream in streams:
        for product in stream.mix or {str(stream.product): 1.0}:
            found[f"orders.hours/{book.part(product)}"] = Fact(open_s(plant, stream.calendar) / HOUR_S)
    shares: dict[str, float] = defaultdict(float)
    pieces: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for product, rate in book.rates.items():
        shares[book.part(product)] += rate / whole
        pieces[book.part(product)].append((rate, mean_pieces(plant, product)))
    for part, share in shares.items():
        found[f"mix/{part}"] = Fact(share, _spread(share), ("lots",))
        size = float(np.average([m for _, m in pieces[part]], weights=[r for r, _ in pieces[part]]))
        sd = math.sqrt(max(_size(plant, s, next(iter(book.rates)))[1] for s in streams))
        found[f"pieces/{part}"] = Fact(size, sd, ("lots", part))
    due = [d for s in streams if (d := s.due) is not None]
    if due:
        found["due"] = Fact(float(np.mean([mean(d) for d in due])), math.sqrt(variance(due[0])), ("lots",))
    return found


def _spread(share: float) -> float:
    return math.sqrt(max(share * (1 - share), 0.0))


def _flow(book: _Book) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    whole: dict[tuple[str, str], float] = defaultdict(float)
    for (part, operation, _), rate in book.moves.items():
        whole[part, operation] += rate
    for (part, operation, after), rate in book.moves.items():
        if rate > 1e-9:
            share = rate / whole[part, operation]
            counted = ("lots", part) if operation == START else ("visits", part, operation)
            found[f"next/{part}/{operation}/{after}"] = Fact(share, _spread(share), counted)
    for (part, operation), rate in whole.items():
        if operation != START and rate > 1e-9:
            times = rate / whole[part, START]
            found[f"visits/{part}/{operation}"] = Fact(
                times, math.sqrt(times * abs(times - 1)), ("lots", part)
            )
    return found


def _work(book: _Book) -> dict[str, Fact]:
    work: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    scrap: dict[str, list[tuple[float, float]]] = defaultdict(list)
    delay: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    found: dict[str, Fact] = {}
    for stop in book.stops:
        for way in stop.operation.on:
            takes = way.takes or stop.operation.takes
            assert takes is not None  # one of the two is given, or the plant is refused
            mean_s, sd_s = moments(
                takes, stop.pieces * together(stop.operation), _pieces_variance(book, stop)
            )
            work[f"takes/{stop.part}/{stop.name}/{way.work_center}"].append((stop.per_week, mean_s, sd_s))
        scrap[f"scrap/{stop.part}/{stop.name}"].append(
            (stop.per_week * stop.pieces, _scrapped(stop.operation))
        )
        wait = stop.operation.delay
        waits = (mean(wait), math.sqrt(variance(wait))) if wait else (0.0, 0.0)
        delay[f"delay/{stop.part}/{stop.name}"].append((stop.per_week, *waits))
        if stop.operation.batch and stop.operation.batch.lots:
            span = stop.operation.batch.lots
            found[f"batch.least/{stop.part}/{stop.name}"] = Fact(span.least)
            found[f"batch.most/{stop.part}/{stop.name}"] = Fact(span.most)
    for address, rows in (*work.items(), *delay.items()):
        weights = [w for w, _, _ in rows]
        value = float(np.average([m for _, m, _ in rows], weights=weights))
        keys = tuple(address.split("/")[1:])
        if value > 0:
            found[address] = Fact(
                value, float(np.average([s for _, _, s in rows], weights=weights)), ("visits", *keys)
            )
    for address, shares in scrap.items():
        share = float(np.average([s for _, s in shares], weights=[w for w, _ in shares]))
        if share > 0:
            sd = _spread(share)
            found[address] = Fact(share, sd, ("pieces", *address.split("/")[1:]))
    return found


def together(operation: Operation) -> int:
    """Lots worked on at once, at the least: a batch takes the time of one lot with all their pieces."""
    return operation.batch.lots.least if operation.batch and operation.batch.lots else 1


def _pieces_variance(book: _Book, stop: Stop) -> float:
    return max((_size(book.plant, s, stop.product)[1] for s in _streams(book.plant)), default=0.0)


def moments(takes: Takes, pieces: float, pieces_variance: float) -> tuple[float, float]:
    """Mean and standard deviation of the working time of a lot of about so many pieces."""
    once = [d for d in (takes.per_lot, takes.load) if d]
    mean_s, spread = sum(mean(d) for d in once), sum(variance(d) for d in once)
    if takes.per_piece:
        mean_s += pieces * mean(takes.per_piece)
        spread += pieces * variance(takes.per_piece) + pieces_variance * mean(takes.per_piece) ** 2
    if takes.per_batch and takes.pieces_per_batch:
        mean_s += math.ceil(pieces / takes.pieces_per_batch) * mean(takes.per_batch)
    return mean_s, math.sqrt(spread)


def _setups(book: _Book) -> dict[str, Fact]:
    """Mean set-up of a unit between any two kinds of work (part and operation) of its work center."""
    found: dict[str, Fact] = {}
    for center in book.plant.work_centers:
        kinds: dict[tuple[str, str], list[Stop]] = defaultdict(list)
        for stop in book.stops:
            if any(way.work_center == center.id for way in stop.operation.on):
                kinds[stop.part, stop.name].append(stop)
        for before, earlier in kinds.items() if center.setup else ():
            for after, later in kinds.items():
                value, sd = _mean_setup(book.plant, center, earlier, later)
                if value > 0:
                    address = f"setup/{center.id}/{':'.join(before)}/{':'.join(after)}"
                    found[address] = Fact(value, sd, ("setups", center.id, *before, *after))
    return found


def _mean_setup(
    plant: Plant, center: WorkCenter, earlier: list[Stop], later: list[Stop]
) -> tuple[float, float]:
    pairs = [(a.per_week * b.per_week, *setup_between(plant, center, a, b)) for a in earlier for b in later]
    weights = [w for w, _, _ in pairs]
    return float(np.average([m for _, m, _ in pairs], weights=weights)), max(sd for _, _, sd in pairs)


def setup_between(plant: Plant, center: WorkCenter, a: Stop, b: Stop) -> tuple[float, float]:
    """Mean and deviation of the set-up of a unit that did one kind of work and now does another."""
    setup = center.setup
    assert setup is not None  # asked only where there is one
    before, after = (_family(plant, setup.by, stop) for stop in (a, b))
    if after is None or before == after:
        return 0.0, 0.0
    listed = {(time.from_family, time.to): time.takes for time in setup.times}
    takes = listed.get((before, after), listed.get((None, after), setup.default))
    return mean(takes), math.sqrt(variance(takes))


def _family(plant: Plant, by: str, stop: Stop) -> str | None:
    own: dict[str, Callable[[], str | None]] = {
        "family": lambda: stop.operation.setup_family,
        "product": lambda: stop.product,
        "operation": lambda: stop.operation.id,
    }
    return own[by]() if by in own else plant.products[stop.product].attributes.get(by)


def _centers(book: _Book) -> dict[str, Fact]:
    used = {way.work_center for stop in book.stops for way in stop.operation.on}
    found = {}
    for center in book.plant.work_centers:
        if center.id in used:
            found[f"hours/{center.id}"] = Fact(open_s(book.plant, center.calendar) / HOUR_S)
            found[f"units/{center.id}"] = Fact(len(center.units))
            rule = center.dispatch
            found[f"dispatch/{center.id}"] = Fact(str(getattr(rule, "value", rule)))
    return found


def _failures(book: _Book) -> dict[str, Fact]:
    """Failures per hour of what their clock counts, or per cycle, and the mean repair; several modes of one
    work center are taken together where they have one clock."""
    found: dict[str, Fact] = {}
    for center in book.plant.work_centers:
        for clock in {mode.clock for mode in center.failures}:
            modes = [mode for mode in center.failures if mode.clock is clock]
            scale = 1.0 if clock.value in ("cycles", "pieces") else HOUR_S
            rate = sum(scale / mean(mode.between) for mode in modes)
            repair = sum(mean(mode.repair) * scale / mean(mode.between) for mode in modes) / rate
            cv = max(math.sqrt(variance(mode.between)) / mean(mode.between) for mode in modes)
            sd = max(math.sqrt(variance(mode.repair)) for mode in modes)
            found[f"failures.{clock.value}/{center.id}"] = Fact(
                rate, rate * max(cv, 0.3), ("failures", center.id)
            )
            found[f"failures.repair/{center.id}"] = Fact(repair, sd, ("failures", center.id))
    return found


def _people(book: _Book) -> dict[str, Fact]:
    """Machines that each group can look after at a time; nothing where it is enough for all machines.

    A log that names the group and not the person does not tell three who tend two machines each from six.
    """
    found = {}
    for group in book.plant.personnel:
        names, units = {group.id, *group.skills}, {c.id: len(c.units) for c in book.plant.work_centers}
        at = {
            way.work_center for s in book.stops if names & s.operation.needs.keys() for way in s.operation.on
        }
        places = group.count * group.tends
        if places < sum(units[center] for center in at):
            found[f"people/{group.id}"] = Fact(places)
    return found


def hours_apart(a: Plant, b: Plant) -> dict[str, float]:
    """Hours of a usual week, by work center, in which it is open in one plant and not in the other."""
    calendars = [{c.id: weekly(p, c.calendar) for c in p.work_centers} for p in (a, b)]
    found = {}
    for center in calendars[0].keys() & calendars[1].keys():
        one, two = calendars[0][center], calendars[1][center]
        both = sum(max(0.0, min(e, f) - max(s, t)) for s, e in one for t, f in two)
        found[center] = (sum(e - s for s, e in one) + sum(e - s for s, e in two) - 2 * both) / HOUR_S
    return found
