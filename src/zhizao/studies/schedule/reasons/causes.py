"""What may make an order late, each with the plant and the plan without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from math import ceil
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from zhizao.plant import JobOrder, Operation, Plant, Takes, WorkCenter, WorkUnit
from zhizao.plant.model import Personnel, Push
from zhizao.plant.model.transport import Transport
from zhizao.plant.query import groups, job_orders, routes_of
from zhizao.quantities import Distribution
from zhizao.report.text import moment

_PLENTY = 10_000_000  # pieces in stock: more than the orders of a plan build in
_MOST_UNITS = 50  # that a work center has at least when it never lacks one, for each there is
_MAX_NAMED = 3  # orders
_SAME_HOURS: Final[Mapping[str, str | None]] = MappingProxyType({})


class CauseKind(Enum):
    """What kind of cause makes an order late or keeps it from being done."""

    DUE = "due"  # the due date is before the earliest end
    BEHIND = "behind"  # it goes behind other orders at a work center
    ORDERS = "orders"  # other orders are in the plant
    STREAMS = "streams"  # orders of streams go before it
    UNITS = "units"  # a work center has too few units
    HOURS = "hours"  # a work center is closed, starts up or shuts down
    SETUPS = "setups"
    BATCHES = "batches"  # a batch waits for its least size
    PEOPLE = "people"  # too few
    PEOPLE_HOURS = "people-hours"  # people are off shift
    TOOLS = "tools"
    UTILITIES = "utilities"
    MATERIAL = "material"  # a part is not in stock
    MAINTENANCE = "maintenance"
    STANDBY = "standby"
    BUFFER = "buffer"
    HOLD = "hold"
    DELAY = "delay"
    DEDICATION = "dedication"
    QUEUE_LIMIT = "queue-limit"
    RELEASE = "release"  # release control
    TRANSPORT = "transport"
    WORK = "work"  # it has more work than the time for which a plan is followed


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. `place`: the work center, operation, people, tool, utility, part or product (WORK) that it
    is about.

    `orders`: those that `order` goes behind (BEHIND), or that are in the plant (ORDERS). `due_s`: the
    earliest end in s from the plant's start (DUE).
    """

    kind: CauseKind
    place: str | None = None
    orders: tuple[str, ...] = ()
    order: str | None = None
    due_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A plant and the rows of the plan that it follows."""

    plant: Plant
    rows: pl.DataFrame


def without(case: Case, cause: Cause) -> Case:
    """The plant and the plan without a cause. A due date moves no lot: DUE leaves both as they are."""
    return _WITHOUT[cause.kind](case, cause)


def remedy(plant: Plant, cause: Cause) -> str:
    """What stands for a cause that is removed: `without A, B`, `if press never closes`."""
    if cause.kind is CauseKind.DUE:
        assert cause.due_s is not None  # such a cause has one
        return f"if due {moment(_whole_minute(plant, cause.due_s))} or later"
    if cause.kind in (CauseKind.BEHIND, CauseKind.ORDERS):
        more = len(cause.orders) - _MAX_NAMED
        named = f"{', '.join(cause.orders[:_MAX_NAMED])}{f' and {more} more' if more > 0 else ''}"
        return f"without {named}" if cause.kind is CauseKind.ORDERS else f"before {named} at {cause.place}"
    return _REMEDY[cause.kind].format(cause.place)


def _whole_minute(plant: Plant, seconds: float) -> datetime:
    return plant.start + timedelta(minutes=ceil(seconds / 60.0))


# ---------------------------------------------------------------- orders
def _without_orders(case: Case, cause: Cause) -> Case:
    gone = set(cause.orders)
    orders = tuple(o for o in case.plant.orders if not (isinstance(o, JobOrder) and o.id in gone))
    wip = tuple(lot for lot in case.plant.wip if lot.id not in gone)
    rows = case.rows.filter(~pl.col("order").is_in(sorted(gone)))
    return Case(case.plant.model_copy(update={"orders": orders, "wip": wip}), rows)


def _before_others(case: Case, cause: Cause) -> Case:
    """The order before the others at a work center: planned a moment before the first of them."""
    here = pl.col("work_center") == cause.place
    first = case.rows.filter(here, pl.col("order").is_in(cause.orders))["start"].min()
    if first is None:
        return case
    later = here & (pl.col("order") == cause.order) & (pl.col("start") >= first)
    rank = pl.col("start").rank("dense").over(later).cast(pl.Int64)
    ahead = pl.lit(first) - pl.duration(milliseconds=1) + pl.duration(microseconds=rank)
    return Case(case.plant, case.rows.with_columns(start=pl.when(later).then(ahead).otherwise("start")))


def _without_streams(case: Case, _: Cause) -> Case:
    return Case(case.plant.model_copy(update={"orders": tuple(job_orders(case.plant))}), case.rows)


# ---------------------------------------------------------------- work centers
def with_units(case: Case, center: str, more: int) -> Case:
    """The case with so many more units at a work center, on any of which its planned work may go."""

    def grown(found: WorkCenter) -> WorkCenter:
        speed = max(unit.speed for unit in found.units)
        new = tuple(WorkUnit(id=f"{center} (new {n})", speed=speed) for n in range(1, more + 1))
        return found.model_copy(update={"units": (*found.units, *new)})

    here = pl.col("work_center") == center
    rows = case.rows.with_columns(unit=pl.when(here).then(None).otherwise(pl.col("unit")))
    return Case(_centers(case.plant, center, grown), rows)


def _with_enough_units(case: Case, cause: Cause) -> Case:
    assert cause.place is not None  # a work center
    planned = case.rows.filter(pl.col("work_center") == cause.place).height
    return with_units(case, cause.place, min(_MOST_UNITS, max(planned, 1)))


def _centers(plant: Plant, center: str | None, change: Callable[[WorkCenter], WorkCenter]) -> Plant:
    found = tuple(change(c) if c.id == center else c for c in plant.work_centers)
    return plant.model_copy(update={"work_centers": found})


def _at_center(**update: Any) -> Callable[[Case, Cause], Case]:
    """Give a work center other values."""
    return lambda case, cause: Case(
        _centers(case.plant, cause.place, lambda c: c.model_copy(update=update)), case.rows
    )


def _no_setups(center: WorkCenter) -> WorkCenter:
    assert center.setup is not None  # set-ups are their cause
    none = {"default": Distribution.constant(0.0), "times": (), "min_run": 1}
    return center.model_copy(update={"setup": center.setup.model_copy(update=none)})


def _without_setups(case: Case, cause: Cause) -> Case:
    return Case(_centers(case.plant, cause.place, _no_setups), case.rows)


# ---------------------------------------------------------------- operations
def _operations(plant: Plant, change: Callable[[Operation], Operation]) -> Plant:
    routes = {name: tuple(change(o) for o in route) for name, route in plant.routes.items()}
    return plant.model_copy(update={"routes": routes})


def _at_operation(**update: Any) -> Callable[[Case, Cause], Case]:
    """Give all operations of a name other values."""

    def changed(case: Case, cause: Cause) -> Case:
        change = lambda o: o.model_copy(update=update) if o.id == cause.place else o  # noqa: E731
        return Case(_operations(case.plant, change), case.rows)

    return changed


def _without_work(case: Case, cause: Cause) -> Case:
    """All operations of a product in no time."""
    assert cause.place is not None  # a product
    mine = routes_of(case.plant.products[cause.place])
    nothing = Takes(per_lot=Distribution.constant(0.0))

    def changed(operation: Operation) -> Operation:
        on = tuple(choice.model_copy(update={"takes": None}) for choice in operation.on)
        return operation.model_copy(update={"on": on, "takes": nothing})

    routes = {
        name: tuple(changed(o) for o in route) if name in mine else route
        for name, route in case.plant.routes.items()
    }
    return Case(case.plant.model_copy(update={"routes": routes}), case.rows)


def _without_waiting_for_batches(case: Case, cause: Cause) -> Case:
    def change(operation: Operation) -> Operation:
        batch = operation.batch
        if batch is None or cause.place not in {choice.work_center for choice in operation.on}:
            return operation
        name = "lots" if batch.lots is not None else "pieces"
        span = getattr(batch, name).model_copy(update={"least": 1})
        return operation.model_copy(update={"batch": batch.model_copy(update={name: span})})

    return Case(_operations(case.plant, change), case.rows)


# ---------------------------------------------------------------- what is shared
def with_people(
    plant: Plant, name: str, more: int = 0, hours: Mapping[str, str | None] = _SAME_HOURS
) -> Plant:
    """The plant with more people of a name or skill; `hours`: their calendar, if it is another."""
    mine = {group.id for group in groups(plant, name)}

    def changed(group: Personnel) -> Personnel:
        return group.model_copy(update={"count": group.count + more, **hours}) if group.id in mine else group

    return plant.model_copy(update={"personnel": tuple(changed(group) for group in plant.personnel)})


def _enough(plant: Plant) -> int:
    """More of anything than all units together can use."""
    units = sum(len(center.units) for center in plant.work_centers)
    operations = [o for route in plant.routes.values() for o in route]
    most = max([1, *(n.count for o in operations for n in o.needs.values()),
                *(count for o in operations for count in o.tools.values())])  # fmt: skip
    return (units + _MOST_UNITS) * most


def _on_any_unit(case: Case, asks: Callable[[Operation], bool]) -> pl.DataFrame:
    """The plan with such operations on any unit: for want of people or tools they went to one in turn."""
    names = sorted({o.id for route in case.plant.routes.values() for o in route if asks(o)})
    free = pl.col("operation").is_in(names)
    return case.rows.with_columns(unit=pl.when(free).then(None).otherwise(pl.col("unit")))


def _with_enough_people(case: Case, cause: Cause) -> Case:
    assert cause.place is not None  # people or a skill
    plant = with_people(case.plant, cause.place, _enough(case.plant))
    return Case(plant, _on_any_unit(case, lambda o: cause.place in o.needs))


def _with_people_always_there(case: Case, cause: Cause) -> Case:
    assert cause.place is not None  # people or a skill
    return Case(with_people(case.plant, cause.place, hours={"calendar": None}), case.rows)


def _with_enough_tools(case: Case, cause: Cause) -> Case:
    more = _enough(case.plant)
    tools = tuple(
        tool.model_copy(update={"count": tool.count + more}) if tool.id == cause.place else tool
        for tool in case.plant.tools
    )
    plant = case.plant.model_copy(update={"tools": tools})
    return Case(plant, _on_any_unit(case, lambda o: cause.place in o.tools))


def _with_enough_of_a_utility(case: Case, cause: Cause) -> Case:
    utilities = tuple(
        u.model_copy(update={"limit": u.limit * _enough(case.plant)}) if u.id == cause.place else u
        for u in case.plant.utilities
    )
    return Case(case.plant.model_copy(update={"utilities": utilities}), case.rows)


def _with_enough_in_stock(case: Case, cause: Cause) -> Case:
    assert cause.place is not None  # a part
    product = case.plant.products[cause.place]
    stock = product.stock.model_copy(update={"initial": _PLENTY})
    products = {**case.plant.products, cause.place: product.model_copy(update={"stock": stock})}
    return Case(case.plant.model_copy(update={"products": products}), case.rows)


def _whole(**update: Any) -> Callable[[Case, Cause], Case]:
    """Give the plant other values."""
    return lambda case, _: Case(case.plant.model_copy(update=update), case.rows)


_WITHOUT: Final[Mapping[CauseKind, Callable[[Case, Cause], Case]]] = MappingProxyType(
    {
        CauseKind.DUE: lambda case, _: case,
        CauseKind.BEHIND: _before_others,
        CauseKind.ORDERS: _without_orders,
        CauseKind.STREAMS: _without_streams,
        CauseKind.UNITS: _with_enough_units,
        CauseKind.HOURS: _at_center(calendar=None, start_up=0.0, shut_down=0.0),
        CauseKind.SETUPS: _without_setups,
        CauseKind.BATCHES: _without_waiting_for_batches,
        CauseKind.PEOPLE: _with_enough_people,
        CauseKind.PEOPLE_HOURS: _with_people_always_there,
        CauseKind.TOOLS: _with_enough_tools,
        CauseKind.UTILITIES: _with_enough_of_a_utility,
        CauseKind.MATERIAL: _with_enough_in_stock,
        CauseKind.MAINTENANCE: _at_center(maintenance=()),
        CauseKind.STANDBY: _at_center(standby=None),
        CauseKind.BUFFER: _at_center(buffer=None),
        CauseKind.HOLD: _at_operation(hold=None),
        CauseKind.DELAY: _at_operation(delay=None),
        CauseKind.DEDICATION: _at_operation(same_unit_as=None),
        CauseKind.QUEUE_LIMIT: _at_operation(queue_at_most=None),
        CauseKind.RELEASE: _whole(release=Push()),
        CauseKind.TRANSPORT: _whole(transport=Transport()),
        CauseKind.WORK: _without_work,
    }
)
_REMEDY: Final[Mapping[CauseKind, str]] = MappingProxyType(
    {
        CauseKind.STREAMS: "without the orders of streams",
        CauseKind.UNITS: "with more units at {}",
        CauseKind.HOURS: "if {} never closes",
        CauseKind.SETUPS: "without set-ups at {}",
        CauseKind.BATCHES: "if batches at {} have no least size",
        CauseKind.PEOPLE: "with more {}",
        CauseKind.PEOPLE_HOURS: "if {} are always there",
        CauseKind.TOOLS: "with more {}",
        CauseKind.UTILITIES: "with more {}",
        CauseKind.MATERIAL: "with more {} in stock",
        CauseKind.MAINTENANCE: "without maintenance at {}",
        CauseKind.STANDBY: "if {} never goes to standby",
        CauseKind.BUFFER: "with more buffer places at {}",
        CauseKind.HOLD: "without the hold after {}",
        CauseKind.DELAY: "without the delay before {}",
        CauseKind.DEDICATION: "if {} may be done on any unit",
        CauseKind.QUEUE_LIMIT: "without the queue limit of {}",
        CauseKind.RELEASE: "without release control",
        CauseKind.TRANSPORT: "if transport takes no time",
        CauseKind.WORK: "if the work on {} takes no time",
    }
)
