"""Past lots: one is drawn as a whole for each new lot, by product and size. Its route has its times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from zhizao.plant.model.base import Model, Number, Weight, Whole

PAST_LOTS: Final = "past-lots"
"""What the route of a product says whose lots draw a past lot."""


class PastLot(Model):
    """A lot of the past, whose visits are the route of the same name."""

    product: str
    """What it was."""
    pieces: Annotated[Whole, Field(ge=1)]
    """How many pieces it had."""


class PastLots(Model):
    """Past lots. A new lot of a product with `route: past-lots` draws one and visits the operations that it
    visited, with its times.

    The probability of a past lot is in proportion to its weight times exp(-d²/2), d the difference of the
    logarithms of their pieces over `size_width`. Each lot of the same product weighs 1, and all other lots
    together weigh `others`.
    """

    lots: Annotated[dict[str, PastLot], Field(min_length=1)]
    """What each of them was, by the name of its route; or `table: past-lots.csv`, which brings the routes too
    (lot,product,pieces,operation,work_center,delay,delay_clock,setup_family,takes), a row for each visit."""
    size_width: Weight = 0.7
    """Standard deviation of the kernel on the natural logarithm of pieces."""
    others: Annotated[Number, Field(ge=0)] = 10.0
    """As how many lots of the same product all lots of other products count together."""


def weights_of(product: str, products: Mapping[str, str], others: float) -> dict[str, float]:
    """Weight of each past lot for a product, size aside; `products` gives what each of them was."""
    own = sum(1 for name in products.values() if name == product)
    other = others / max(len(products) - own, 1)
    weights = {lot: 1.0 if name == product else other for lot, name in products.items()}
    return {lot: weight for lot, weight in weights.items() if weight > 0.0}


def with_weights(data: Any) -> Any:
    """Put the weights of past lots in place of `route: past-lots` in the data of a plant."""
    if not isinstance(data, Mapping):
        return data
    past, items = data.get("past_lots"), data.get("products")
    lots, others = _field(past, "lots"), _field(past, "others")
    if not isinstance(items, Mapping) or not isinstance(lots, Mapping):
        return data
    products = {str(lot): str(_field(what, "product")) for lot, what in lots.items()}
    others = others if isinstance(others, (int, float)) else PastLots.model_fields["others"].default
    drawn = {name: _drawn(item, str(name), products, others) for name, item in items.items()}
    return {**data, "products": drawn}


def _drawn(item: Any, name: str, products: Mapping[str, str], others: float) -> Any:
    weights = weights_of(name, products, others) if _field(item, "route") == PAST_LOTS else {}
    if not weights:
        return item
    if isinstance(item, Mapping):
        return {**item, "route": weights}
    return item.model_copy(update={"route": weights})


def _field(part: Any, name: str) -> Any:
    return part.get(name) if isinstance(part, Mapping) else getattr(part, name, None)
