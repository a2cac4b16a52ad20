"""Routes: those of a product, what follows an operation, where rework leads, what is built in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log

from zhizao.plant.model import Operation, Plant, Product, WorkCenter

END = "end"
"""What a branch names to leave the route."""


def routes_of(product: Product) -> dict[str, float]:
    """Give the routes that lots of a product may take, with their weights."""
    if product.route is None:
        return {}
    return {product.route: 1.0} if isinstance(product.route, str) else product.route


def are_past_lots(plant: Plant, routes: Iterable[str]) -> bool:
    """Tell whether all of these routes are those of past lots, which are drawn by size too."""
    return plant.past_lots is not None and plant.past_lots.lots.keys() >= set(routes)


def most_probable_past_lot(plant: Plant, routes: Mapping[str, float], pieces: int) -> str:
    """Give the past lot that a lot of so many pieces most probably draws; the first by name on ties."""
    past = plant.past_lots
    assert past is not None  # `are_past_lots` says so
    odds = {
        lot: log(weight) - (log(past.lots[lot].pieces / pieces) / past.size_width) ** 2 / 2
        for lot, weight in routes.items()
    }
    return max(sorted(odds), key=odds.__getitem__)


def rework_target(then: str) -> str | None:
    """Give the operation that `rework <operation>` names, or None for `scrap` and `count`."""
    return then.removeprefix("rework ").strip() if then.startswith("rework ") else None


def followers(operations: tuple[Operation, ...], number: int) -> list[Operation]:
    """Give the operations that a lot may go on to from the one with this number, but for rework."""
    place = {operation.id: row for row, operation in enumerate(operations)}
    firsts = [place[name] for name in operations[number].next if name in place]
    found: set[int] = set()
    for row in firsts if operations[number].next else [number + 1]:
        following = row
        while following < len(operations):
            found.add(following)
            following = following + 1 if operations[following].sample < 1 else len(operations)
    return [operations[row] for row in sorted(found)]


def keeps_places(center: WorkCenter) -> bool:
    """Tell whether lots keep a place at a work center before they begin at the one before it."""
    return center.buffer is not None and center.buffer.full == "block-before-service"


def parts_of(plant: Plant) -> set[str]:
    """Give the products that some operation builds in: their lots go into stock and are not sold."""
    return {name for route in plant.routes.values() for operation in route for name in operation.parts}
