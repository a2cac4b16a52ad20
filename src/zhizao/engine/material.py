"""What operations take, make and lead to: rows of the kernels' tables of material."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log
from typing import Any

import numpy as np

from zhizao.engine.pools import Pools, records
from zhizao.kernels import tables as k
from zhizao.plant import Operation, Plant
from zhizao.plant.query import END, are_past_lots

_BY_WEIGHT = 0, 0, 0, 1.0  # PRODUCT.sizes to .size_width: the size of the lot does not matter


def extras_of(operation: Operation) -> int:
    """Bits of STEP.extras that tell whether there is anything to do about an operation's material."""
    after = operation.makes or operation.split or operation.hold or operation.next
    return k.X_PARTS * bool(operation.parts) | k.X_AFTER * bool(after)


class Materials:
    """Rows of MATERIAL and PART while a plant is being lowered."""

    def __init__(
        self, plant: Plant, products: Mapping[str, int], steps: Mapping[tuple[str, str], int], pools: Pools
    ) -> None:
        self._plant = plant
        self._products = products
        self._steps = steps
        self._pools = pools
        self._rows: list[tuple[Any, ...]] = []
        self._parts: list[tuple[int, int]] = []
        self._takers: dict[str, dict[str, None]] = {}
        for operation in (o for operations in plant.routes.values() for o in operations):
            for part in operation.parts:
                own = self._takers.setdefault(part, {})
                own.update((alternative.work_center, None) for alternative in operation.on)

    def row(self, route: str, operation: Operation) -> int:
        """Row of an operation; -1 if it takes and makes nothing and leads to the next one at once."""
        if not extras_of(operation):
            return -1
        hold = operation.hold
        held = (0, 0.0) if hold is None else (self._pools.dist(hold.takes), hold.share)
        ways = dict(sorted(operation.next.items()))  # draws do not depend on the order of the file
        targets = [-1 if name == END else self._steps[route, name] for name in ways]
        self._rows.append(
            (*self._add(operation.parts), *self._add(operation.makes),
             operation.split or 0, *held, len(targets), *self._drawn(targets, ways.values()))
        )  # fmt: skip
        return len(self._rows) - 1

    def routes(self, weights: Mapping[str, float]) -> tuple[Any, ...]:
        """(First step, routes to draw from, their first steps in `lists`, their weights in `values`; groups
        of past lots, their sizes and weights in `values`, their ends in `lists`, width of the kernel).
        """
        by_id = dict(sorted(weights.items()))  # as above
        if len(by_id) > 1 and are_past_lots(self._plant, by_id):
            return self._past_lots(by_id)
        first = [self._steps[route, self._plant.routes[route][0].id] for route in by_id]
        if len(first) < 2:
            return (first or [-1])[0], 0, 0, 0, *_BY_WEIGHT
        return first[0], len(first), *self._drawn(first, by_id.values()), *_BY_WEIGHT

    def _past_lots(self, weights: Mapping[str, float]) -> tuple[Any, ...]:
        """As `routes`, of past lots: grouped by size and weight, so that a draw looks at groups only."""
        past = self._plant.past_lots
        assert past is not None
        groups: dict[tuple[float, float], list[int]] = {}
        for lot, weight in weights.items():
            group = groups.setdefault((log(past.lots[lot].pieces), weight), [])
            group.append(self._steps[lot, self._plant.routes[lot][0].id])
        ordered = sorted(groups)
        steps = [step for key in ordered for step in groups[key]]
        total = [len(groups[size, weight]) * weight for size, weight in ordered]
        at = self._pools.add_list(steps)
        ends = self._pools.add_list(int(n) for n in np.cumsum([len(groups[key]) for key in ordered]))
        sizes = self._pools.add_values([*(size for size, _ in ordered), *total])
        return steps[0], len(steps), at, 0, len(ordered), sizes, ends, past.size_width

    def _drawn(self, steps: list[int], weights: Iterable[float]) -> tuple[int, int]:
        shares = np.cumsum(list(weights) or [1.0])
        return self._pools.add_list(steps), self._pools.add_values(float(x) for x in shares / shares[-1])

    def _add(self, pieces: Mapping[str, int]) -> tuple[int, int]:
        first = len(self._parts)
        self._parts += [(self._products[name], n) for name, n in pieces.items()]
        return first, len(self._parts)

    def takers(self, product: str) -> list[str]:
        """Work centers at which the product is built into others."""
        return list(self._takers.get(product, ()))

    def tables(self) -> tuple[Any, Any]:
        """(materials, parts) as arrays, with a row at least so that they have an address."""
        nothing = np.zeros(1, k.MATERIAL).tolist()
        return records(k.MATERIAL, self._rows or nothing), records(k.PART, self._parts or [(0, 0)])


def rest_with_branches(
    operations: tuple[Operation, ...], own: list[list[float]]
) -> list[tuple[float, float]]:
    """Mean work to the end of a route that branches, from the work of each operation.

    The visits of an absorbing Markov chain (Kemeny & Snell, Finite Markov Chains, 1960, ch. 3).
    """
    place = {operation.id: row for row, operation in enumerate(operations)}
    next_transition = np.zeros((len(operations), len(operations)))
    for row, operation in enumerate(operations):
        total = sum(operation.next.values())
        for name, weight in operation.next.items():
            if name != END:
                next_transition[row, place[name]] = weight / total
        if not operation.next and row + 1 < len(operations):
            next_transition[row, row + 1] = 1.0
    rest = np.linalg.solve(np.eye(len(operations)) - next_transition, np.array(own))
    return [(float(lot), float(piece)) for lot, piece in rest]
