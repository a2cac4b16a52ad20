"""Demand: streams and job orders."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from zhizao.plant.model import JobOrder, OrderStream, Plant


def streams(plant: Plant) -> list[OrderStream]:
    """List the demand that comes without end."""
    return [order for order in plant.orders if isinstance(order, OrderStream)]


def job_orders(plant: Plant) -> list[JobOrder]:
    """List the orders that come once."""
    return [order for order in plant.orders if isinstance(order, JobOrder)]


def product_mix(stream: OrderStream) -> dict[str, float]:
    """Give the products of a stream with their weights."""
    return stream.mix or {str(stream.product): 1.0}


def lots_in(plant: Plant, orders: Iterable[JobOrder]) -> int:
    """Count the lots that orders are split into."""
    return sum(ceil(order.pieces / plant.products[order.product].lot) for order in orders)
