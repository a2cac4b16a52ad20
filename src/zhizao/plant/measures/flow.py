"""How lots flow: dispatching, plans, release, lot sizes, transfer batches, buffers."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from zhizao.plant.measures.kind import Changes, Kind, Parameter, Values, because, nowhere
from zhizao.plant.measures.load import flow_of, open_share
from zhizao.plant.model import DispatchRule, JobOrder, MeasureKind, Operation, OrderStream, Plant
from zhizao.plant.query import product_mix, routes_of
from zhizao.quantities import units
from zhizao.quantities.counts import mean_count

_Place = tuple[str, str, Changes, float | None]


# ---------------------------------------------------------------- dispatching and plans
def _rules(plant: Plant, values: Values) -> Iterator[_Place]:  # noqa: ARG001
    for rule in _fitting(plant):
        changes = Changes()
        for center in plant.work_centers:
            own_rule = not isinstance(center.dispatch, DispatchRule)
            if own_rule or (rule is DispatchRule.LEAST_SETUP and center.setup is None):
                continue
            if center.dispatch is not rule:
                changes.set[f"work_centers.{center.id}.dispatch"] = rule.value
        yield f"by-{rule.value}", f"Dispatching by {rule.value.replace('-', ' ')}", changes, None


def _fitting(plant: Plant) -> Iterator[DispatchRule]:
    """Standard rules that have something to decide by."""
    if any(order.due is not None for order in plant.orders):
        yield from (DispatchRule.EARLIEST_DUE_DATE, DispatchRule.CRITICAL_RATIO)
    if any(center.setup is not None for center in plant.work_centers):
        yield DispatchRule.LEAST_SETUP
    if len({step.id for route in plant.routes.values() for step in route}) > 1:
        yield DispatchRule.SHORTEST_PROCESSING_TIME


DISPATCHING = Kind(
    MeasureKind.DISPATCHING,
    "Dispatching by another rule",
    "A standard rule at all work centers (least set-up: at those with set-ups), as alternatives. "
    "`zhizao dispatching` finds a rule made for the plant.",
    because("no standard rule has anything to decide by; `zhizao dispatching` searches for a rule"),
    _rules,
)

SCHEDULING = Kind(
    MeasureKind.SCHEDULING,
    "Scheduling",
    "The plan of `zhizao schedule`, followed with repair, in place of the rule.",
    because("the plan comes from a study: run `zhizao schedule`"),
    nowhere,
)


# ---------------------------------------------------------------- release control
def _conwip(plant: Plant, values: Values) -> Iterator[_Place]:
    if _no_release(plant):
        return
    least = _critical_wip(plant)
    seen = {getattr(plant.release, "lots", 0)}
    for name in ("low", "medium", "high") if least > 0 else ():
        lots = max(1, ceil(values[name] * least))
        if lots not in seen:
            seen.add(lots)
            title = f"CONWIP with {lots} lots ({values[name]:g} x the critical WIP)"
            yield f"of-{lots}-lots", title, Changes({"release": {"conwip": lots}}), None


def _critical_wip(plant: Plant) -> float:
    """Lots that could just keep the bottleneck busy without variability: rate times raw process time.

    Hopp & Spearman (2011), Factory Physics, chapter 7; the time is as on the calendar of the bottleneck.
    """
    flow = flow_of(plant)
    most = max(flow.load.values(), default=0.0)
    if most <= 0:
        return 0.0
    bottleneck = next(center for center in plant.work_centers if flow.load[center.id] == most)
    return flow.released / most / open_share(plant, bottleneck.calendar) * flow.raw_s


def _no_release(plant: Plant) -> str:
    """Why a common limit says nothing, or could bring the plant to a standstill."""
    if plant.release.kind == "rule":
        return "a rule of your own releases the lots"
    if len(flow_of(plant).busiest()) < 2:
        return "less than two work centers have work, so that a limit on lots would only move the queue"
    every = [step for route in plant.routes.values() for step in route]
    if any(step.parts for step in every):
        return "assembly: a limit on all lots could hold back the parts that others wait for"
    if any(step.batch is not None and step.batch.wait_at_most is None for step in every):
        return "batches wait until they are full: a limit on lots could keep them waiting for ever"
    if any(center.setup is not None and center.setup.min_run > 1 for center in plant.work_centers):
        return "least runs between set-ups: a limit on lots could keep a unit waiting for ever"
    return ""


RELEASE = Kind(
    MeasureKind.RELEASE_CONTROL,
    "Release control",
    "At most so many lots in the plant (CONWIP), as multiples of the critical WIP: rate of the bottleneck "
    "times raw process time, by hand (Little's law).",
    _no_release,
    _conwip,
    (
        Parameter(
            "low", "lowest level, in critical WIPs", 1.0, dimension=units.NUMBER,
            source="Hopp & Spearman (2011), Factory Physics, chapter 7: the least WIP that reaches the full "
            "rate where nothing varies; the others assumed",
        ),
        Parameter("medium", "middle level", 1.5, dimension=units.NUMBER),
        Parameter("high", "highest level", 2.0, dimension=units.NUMBER),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- lot sizes
def _lots(plant: Plant, values: Values) -> Iterator[_Place]:
    pieces = flow_of(plant).pieces
    busy = {
        name: sum(pieces[key] for key in pieces if key[0] in routes_of(p))
        for name, p in plant.products.items()
    }
    for name in sorted(plant.products, key=lambda product: -busy[product]):
        product = plant.products[name]
        if not _lot_may_change(plant, name):
            continue
        for word, factor in (("smaller", values["smaller"]), ("larger", values["larger"])):
            lot = max(1, round(product.lot * factor))
            if lot != product.lot and (lot < product.lot or _largest(plant, name) > product.lot):
                changes = Changes({f"products.{name}.lot": lot, **_kept_orders(plant, name)})
                yield f"{word}-of-{name}", f"Lots of {lot} in place of {product.lot} of {name}", changes, None


def _lot_may_change(plant: Plant, name: str) -> bool:
    """Whether demand can stay as it is: no cards of a lot each, and no mix in which an order is one lot."""
    if plant.products[name].stock.kanban is not None or plant.products[name].route is None:
        return False
    return not any(
        isinstance(order, OrderStream) and order.mix and order.pieces is None and name in order.mix
        for order in plant.orders
    ) and any(name in _of(order) for order in plant.orders)


def _of(order: OrderStream | JobOrder) -> dict[str, float]:
    return product_mix(order) if isinstance(order, OrderStream) else {order.product: 1.0}


def _largest(plant: Plant, name: str) -> float:
    """Pieces of its largest order."""
    sizes = [0.0]
    for order in plant.orders:
        if name in _of(order):
            stated = mean_count(order.pieces) if isinstance(order, OrderStream) and order.pieces else None
            sizes.append(
                float(order.pieces) if isinstance(order, JobOrder) else stated or plant.products[name].lot
            )
    return max(sizes)


def _kept_orders(plant: Plant, name: str) -> dict[str, int]:
    """Orders of one lot go on to be of as many pieces."""
    return {
        f"orders.#{number + 1}.pieces": plant.products[name].lot
        for number, order in enumerate(plant.orders)
        if isinstance(order, OrderStream) and order.product == name and order.pieces is None
    }


LOT_SIZE = Kind(
    MeasureKind.LOT_SIZE,
    "Lot size",
    "Orders are split into smaller or larger lots; what is ordered stays. Larger ones only where orders are "
    "larger than a lot.",
    because("no product comes in lots of several pieces that could be split while its orders stay"),
    _lots,
    (
        Parameter("smaller", "smaller lot, as a multiple of today's", 0.5, dimension=units.NUMBER),
        Parameter("larger", "larger lot, as a multiple of today's", 2.0, dimension=units.NUMBER),
    ),
)


def _transfer(plant: Plant, values: Values) -> Iterator[_Place]:
    flow = flow_of(plant)
    rate = {r: sum(flow.pieces.get((r, step.id), 0.0) for step in steps) for r, steps in plant.routes.items()}
    for route in sorted(plant.routes, key=lambda name: -rate[name]):
        steps = plant.routes[route]
        lots = [product.lot for product in plant.products.values() if route in routes_of(product)]
        pieces = ceil(min(lots, default=1) * values["share"])
        if lots and pieces < min(lots) and len(steps) > 2 and all(map(_by_piece, steps)):
            path = f"routes.{route}.{steps[0].id}.split"
            title = f"Transfer batches of {pieces} after {steps[0].id} ({route})"
            yield f"on-{route}", title, Changes({path: pieces}), None


def _by_piece(step: Operation) -> bool:
    """Whether parts of a lot take as long as the lot, and nothing needs the lot as a whole."""
    times = [takes for takes in (step.takes, *(a.takes for a in step.on)) if takes is not None]
    whole = any(takes.per_lot is not None for takes in times) or step.split is not None
    return not (whole or step.batch or step.parts or step.same_unit_as or step.cascade)


TRANSFER = Kind(
    MeasureKind.TRANSFER_BATCH,
    "Transfer batch",
    "After the first step a lot goes on in parts, which need not wait for one another.",
    lambda plant: (
        "no route of several steps has lots that go on whole and take time by the piece"
        if any(product.lot > 1 for product in plant.products.values())
        else "all lots are of one piece"
    ),
    _transfer,
    (Parameter("share", "transfer batch, as a share of the lot", 0.5),),
)


# ---------------------------------------------------------------- buffers
def _buffers(plant: Plant, values: Values) -> Iterator[_Place]:
    load = flow_of(plant).load
    limited = [c for c in plant.work_centers if c.buffer is not None and c.buffer.capacity]
    for center in sorted(limited, key=lambda c: -load[c.id]):
        before = center.buffer.capacity if center.buffer is not None and center.buffer.capacity else 0
        sizes = dict.fromkeys(ceil(before * values[name]) for name in ("medium", "large"))
        for size in sizes:
            if size > before:
                changes = Changes({f"work_centers.{center.id}.buffer.capacity": size})
                yield (
                    f"of-{size}-at-{center.id}",
                    f"Buffer of {size} lots in front of {center.id}",
                    changes,
                    None,
                )


BUFFER = Kind(
    MeasureKind.BUFFER,
    "Larger buffer",
    "More places in front of a work center, as alternatives.",
    because("no buffer is limited"),
    _buffers,
    (
        Parameter("medium", "first size, as a multiple of today's", 1.5, dimension=units.NUMBER),
        Parameter("large", "second size", 2.0, dimension=units.NUMBER),
    ),
)


__all__ = ["BUFFER", "DISPATCHING", "LOT_SIZE", "RELEASE", "SCHEDULING", "TRANSFER"]
