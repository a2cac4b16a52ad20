"""A plant without randomness, and what that leaves out: the plant by which a plan is stated.

Every distribution becomes its mean, wherever the model has one. What happens by chance to some lots or
pieces only, or to machines, has no mean that one run could show: `LEFT_OUT` says what is made of it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from math import log
from typing import Any, Final

from zhizao.plant.faults import file_name
from zhizao.plant.model import (
    COUNTING,
    Failure,
    Hold,
    JobOrder,
    Maintenance,
    Model,
    Operation,
    OrderStream,
    Outcome,
    Plant,
    Product,
    WipLot,
)
from zhizao.plant.paths import parts_by_path
from zhizao.plant.query.routes import are_past_lots, most_probable_past_lot
from zhizao.plant.query.transport import KINDS
from zhizao.quantities import Distribution, DistributionKind, mean

LEFT_OUT: Final = {
    "work_centers.failures": "failures",
    "routes.defects": "scrap and rework",
    "routes.outcomes": "the spread of outcomes (every lot has their mean)",
    "routes.sample": "operations that some lots skip (all lots do one that at least half do)",
    "routes.next": "branches (every lot takes the most probable way)",
    "routes.hold.share": "holds of some lots (every lot is held for its share of the time)",
    "products.route": "routes drawn by weight (the heaviest is taken)",
    **{
        f"transport.{name}.{field}": phrase
        for name, kind in KINDS.items()
        for field, phrase in kind.randomness.items()
    },
    "orders:OrderStream.every": (
        "orders that streams bring (they come at their mean interval and have no rows)"
    ),
}
"""Fields, by full path, that bring chance besides distributions, and how a plan names them."""

SPREAD: Final = "the spread of times (every time is its mean)"
"""How a plan names distributions."""

NEVER_RANDOM = (JobOrder, WipLot)
"""Parts of a plant of which there may be many, without any distribution."""
_END = "end"
_NEVER = 1e-300  # weight of what is never drawn: 1 + this is 1
_HALF = 0.5  # share from which on all lots do an operation


def without_randomness(plant: Plant) -> Plant:
    """The plant with every distribution at its mean, and without what `LEFT_OUT` names."""
    whole: Plant = _certain(plant)
    streams = [each for order in whole.orders for each in _streams(order)]
    routes = {name: _route(operations) for name, operations in whole.routes.items()}
    products = {name: _past_lot(plant, name) or item for name, item in whole.products.items()}
    parts = {"orders": tuple(streams), "routes": routes, "products": products}
    certain: Plant = whole.model_copy(update=parts)
    return certain


def left_out(plant: Plant) -> tuple[str, ...]:
    """What a run without randomness does not show of this plant: entries of `LEFT_OUT`, and the spread."""
    found = [
        _phrase(f"{prefix}{file_name(type(part), field)}", part, value)
        for prefix, part in parts_by_path(_without_lists(plant))
        if not prefix.startswith(("measures.", "uncertainty."))
        for field, value in part
    ]
    return tuple(dict.fromkeys(phrase for phrase in sorted(filter(None, found), key=_place)))


def _without_lists(plant: Plant) -> Plant:
    """The plant without its order table and its lots: they are many, and nothing of them is random."""
    streams = tuple(order for order in plant.orders if not isinstance(order, NEVER_RANDOM))
    listed: Plant = plant.model_copy(update={"orders": streams, "wip": ()})
    return listed


def _place(phrase: str) -> int:
    return [SPREAD, *LEFT_OUT.values()].index(phrase)


def _phrase(path: str, part: Model, value: Any) -> str | None:
    if path in LEFT_OUT and _brings_chance(path, value):
        return LEFT_OUT[path]
    if isinstance(part, Failure) or not isinstance(value, Distribution):
        return None
    return None if value.kind is DistributionKind.CONSTANT else SPREAD


def _brings_chance(path: str, value: Any) -> bool:
    if path in ("routes.sample", "routes.hold.share"):
        return bool(0.0 < value < 1.0)
    if path in ("routes.next", "products.route"):
        return isinstance(value, Mapping) and len(value) > 1
    if path == "routes.outcomes":
        return len(value) > 1
    if path == "routes.defects":
        return value is not None and bool(value.share > 0.0 or value.rule or value.false_alarms > 0.0)
    return bool(value)


# ---------------------------------------------------------------- means
def _certain(value: Any) -> Any:
    if isinstance(value, Distribution):
        return Distribution.constant(mean(value))
    if isinstance(value, tuple):
        return tuple(_certain(inner) for inner in value)
    if isinstance(value, dict):
        return {key: _certain(inner) for key, inner in value.items()}
    if not isinstance(value, Model) or isinstance(value, NEVER_RANDOM):
        return value
    kept = {field: _certain(inner) for field, inner in value if field not in ("measures", "uncertainty")}
    return value.model_copy(update=kept | _special(value))


def _special(part: Model) -> dict[str, Any]:
    """Values of a part that are no means."""
    found: dict[str, Any] = {}
    if "failures" in type(part).model_fields:
        found["failures"] = ()
    if isinstance(part, Operation):
        found |= {"defects": None, "sample": float(part.sample >= _HALF), "outcomes": _mean_outcome(part)}
    if isinstance(part, Hold):
        found |= {"share": 1.0, "takes": Distribution.constant(part.share * mean(part.takes))}
    if isinstance(part, Maintenance) and part.clock in COUNTING:
        found["every"] = _count(part.every)
    if isinstance(part, OrderStream) and part.pieces is not None:
        found["pieces"] = _count(part.pieces)
    if isinstance(part, Product) and isinstance(part.route, dict) and len(part.route) > 1:
        heaviest = max(part.route, key=part.route.__getitem__)
        found["route"] = {heaviest: 1.0} | {name: _NEVER for name in part.route if name != heaviest}
    return found


def _mean_outcome(part: Operation) -> tuple[Outcome, ...]:
    """One outcome of mean time and energy in place of many; scrap is left out, as for all operations."""
    n = len(part.outcomes)
    if not n:
        return ()
    takes, energy = (sum(getattr(one, name) for one in part.outcomes) / n for name in ("takes", "energy"))
    return (Outcome(takes=takes, energy=energy),)


def _past_lot(plant: Plant, name: str) -> Product | None:
    """The product with the most probable past lot of a full lot as its route, if it draws one.

    Lots that are there, at an operation that this one did not have, keep their most probable one.
    """
    item = plant.products[name]
    if not isinstance(item.route, dict) or not are_past_lots(plant, item.route):
        return None
    kept = {most_probable_past_lot(plant, item.route, item.lot): 1.0}
    for there in plant.wip:
        if there.product == name and not _through(plant, kept, there.operation):
            others = _through(plant, item.route, there.operation)
            kept |= {most_probable_past_lot(plant, others, there.pieces): _NEVER} if others else {}
    certain: Product = item.model_copy(update={"route": next(iter(kept)) if len(kept) == 1 else kept})
    return certain


def _through(plant: Plant, routes: Mapping[str, float], operation: str) -> dict[str, float]:
    """Those of the routes that have an operation."""
    return {
        name: weight
        for name, weight in routes.items()
        if any(each.id == operation for each in plant.routes[name])
    }


def _count(counts: Distribution) -> Distribution:
    return Distribution.constant(float(max(1, round(mean(counts)))))


def _streams(order: Any) -> Iterator[Any]:
    """A stream of several products as one stream of each, which bring as much in the mean."""
    if not isinstance(order, OrderStream) or len(order.mix) < 2:
        yield order
        return
    total = sum(order.mix.values())
    for product, weight in order.mix.items():
        every = Distribution.constant(mean(order.every) * total / weight)
        yield order.model_copy(update={"product": product, "mix": {}, "every": every})


# ---------------------------------------------------------------- branches
def _route(operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """The route with one way on from each operation: the most probable one to the end."""
    if not any(operation.next for operation in operations):
        return operations
    ways = {}
    for place, operation in enumerate(operations):
        after = operations[place + 1].id if place + 1 < len(operations) else _END
        ways[operation.id] = operation.next or {after: 1.0}
    best = _most_probable(ways)
    return tuple(o.model_copy(update={"next": {best[o.id]: 1.0}}) if o.next else o for o in operations)


def _most_probable(ways: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """The next operation on the most probable way to the end (Dijkstra over -log of the probabilities)."""
    into: dict[str, list[tuple[str, float]]] = {}
    for name, ahead in ways.items():
        total = sum(ahead.values())
        for target, weight in ahead.items():
            into.setdefault(target, []).append((name, -log(weight / total)))
    far, best = {_END: 0.0}, dict[str, str]()
    queue = [(0.0, _END)]
    while queue:
        distance, name = heapq.heappop(queue)
        if distance > far[name]:
            continue
        for before, step in into.get(name, ()):
            if distance + step < far.get(before, float("inf")):
                far[before], best[before] = distance + step, name
                heapq.heappush(queue, (distance + step, before))
    return best
