"""What operations take from stock and what they make: rows of the kernels' tables of material."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhizao.engine.pools import records
from zhizao.kernels import tables as k
from zhizao.plant import Operation, Plant


class Materials:
    """Rows of MATERIAL and PART while a plant is being lowered."""

    def __init__(self, plant: Plant, products: Mapping[str, int]) -> None:
        self._plant = plant
        self._products = products
        self._rows: list[tuple[Any, ...]] = []
        self._parts: list[tuple[int, int]] = []

    def row(self, operation: Operation) -> int:
        """Row of an operation; -1 if it neither takes nor makes anything."""
        if not operation.parts:
            return -1
        self._rows.append((*self._add(operation.parts),))
        return len(self._rows) - 1

    def _add(self, pieces: Mapping[str, int]) -> tuple[int, int]:
        first = len(self._parts)
        self._parts += [(self._products[name], n) for name, n in pieces.items()]
        return first, len(self._parts)

    def takers(self, product: str) -> list[str]:
        """Work centers at which the product is built into others."""
        found = {
            alternative.work_center: None
            for operations in self._plant.routes.values()
            for operation in operations
            if product in operation.parts
            for alternative in operation.on
        }
        return list(found)

    def tables(self) -> tuple[Any, Any]:
        """(materials, parts) as arrays."""
        return records(k.MATERIAL, self._rows), records(k.PART, self._parts)
