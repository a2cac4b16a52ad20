"""Rules that read a plant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhizao.plant.model import Product


def routes_of(product: Product) -> dict[str, float]:
    """Give the routes that lots of a product may take, with their weights."""
    if product.route is None:
        return {}
    return {product.route: 1.0} if isinstance(product.route, str) else product.route
