"""The energy price of a week as steps, with its running integral."""

from __future__ import annotations

from typing import NamedTuple

from zhizao.plant import Plant
from zhizao.quantities.calendars import DAY_S, WEEK_S, weekly_window


class PriceWeek(NamedTuple):
    """n steps from Monday 00:00: n starts (s), n prices, n integrals before the step, that of the week."""

    n: int
    zero_s: float
    numbers: tuple[float, ...]


def price_week(plant: Plant) -> PriceWeek:
    """Steps of the plant's tariff; n = 0 where the price never changes (then `tariff.default` is all)."""
    start = plant.start
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    zero_s = start.weekday() * DAY_S + (start - midnight).total_seconds()
    if not plant.tariff.periods:
        return PriceWeek(0, zero_s, ())
    windows = [(weekly_window(period.when), period.price) for period in plant.tariff.periods]
    edges = sorted({0.0} | {edge for window, _ in windows for pair in window for edge in pair} - {WEEK_S})
    prices = []
    for edge in edges:
        matching = [price for window, price in windows if any(low <= edge < high for low, high in window)]
        prices.append(matching[0] if matching else plant.tariff.default)
    before = [0.0]
    for edge, following, price in zip(edges, [*edges[1:], WEEK_S], prices, strict=True):
        before.append(before[-1] + (following - edge) * price)
    return PriceWeek(len(edges), zero_s, (*edges, *prices, *before))
