"""Checks of past lots: each has its route, and products draw among them as one says."""

from __future__ import annotations

from collections.abc import Iterator

from zhizao.plant.faults import Problem
from zhizao.plant.model import PAST_LOTS, Plant
from zhizao.plant.model.past_lots import weights_of
from zhizao.plant.names import unknown
from zhizao.plant.query import are_past_lots


def check_past_lots(plant: Plant) -> Iterator[Problem]:
    """Look for past lots without a route, and for routes that mix them with others."""
    past = plant.past_lots
    if past is None:
        return
    for lot in past.lots:
        if lot not in plant.routes:
            yield unknown(("past_lots", "lots", lot), "route", lot, plant.routes)
    if PAST_LOTS in plant.routes:
        right = f"give the route another name: {PAST_LOTS} draws one of past_lots"
        yield Problem(("routes", PAST_LOTS), f"found a route called {PAST_LOTS!r}", right)
    were = {lot: what.product for lot, what in past.lots.items()}
    for name, item in plant.products.items():
        if not isinstance(item.route, dict) or past.lots.keys().isdisjoint(item.route):
            continue
        right = f"write route: {PAST_LOTS}, or weights of routes that are no past lots"
        if not are_past_lots(plant, item.route):
            found = "found past lots and other routes to draw from"
            yield Problem(("products", name, "route"), found, right)
        elif item.route != weights_of(name, were, past.others):
            found = "found weights of past lots that are not those of past_lots.others"
            yield Problem(("products", name, "route"), found, right)
