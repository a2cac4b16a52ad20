"""Money of one replication: what a day earns and costs, and what a change of the plant gains per day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING

import polars as pl

from zhizao.kpi.costs import by_product
from zhizao.kpi.elements import elements
from zhizao.kpi.flow import completed_lots
from zhizao.kpi.formulas import HEADLINE, values
from zhizao.records import Records, with_events

if TYPE_CHECKING:
    from zhizao.plant.model import Plant

FOR_MONEY = (*HEADLINE, "cost_rate", "on_time_share")
"""KPIs by which a change is judged; lots and states suffice for them, without an event log."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One replication: its KPIs, what the pieces shipped earned per day (nan: no product has a price), and
    the escapes per day of which nobody has said what they cost.
    """

    kpis: dict[str, float]
    earned: float
    uncosted_escapes: float = 0.0

    @property
    def profit(self) -> float:
        """Money per day: what was earned less all costs that have a price; nan where no product has one."""
        cost = self.kpis["cost_rate"]
        return self.earned - (0.0 if isnan(cost) else cost)


def measured(records: Records, plant: Plant, *, only: Iterable[str] | None = None) -> Measured:
    """Measure one replication: all KPIs, or `only` some (`FOR_MONEY`), which is several times as quick."""
    of = elements(with_events(records), plant)
    earned, uncosted = _shipped(records, plant)
    return Measured(values(of, only), earned / of.days, uncosted / of.days)


def earned_per_day(records: Records, plant: Plant) -> float:
    """Value of the pieces shipped within the window at their products' price, per calendar day.

    nan where no product has a price. Defective pieces that nobody found are sold like good ones; what they
    cost afterwards is the product's `escape_cost`.
    """
    return _shipped(records, plant)[0] / elements(records, plant).days


def uncosted_escapes_per_day(records: Records, plant: Plant) -> float:
    """Defective pieces shipped per calendar day, of products without an escape cost."""
    return _shipped(records, plant)[1] / elements(records, plant).days


def _shipped(records: Records, plant: Plant) -> tuple[float, float]:
    """Value of the pieces shipped (nan: no product has a price), and escapes whose cost nobody knows."""
    prices = {name: float(product.price) for name, product in plant.products.items()}
    uncosted = {name: 1.0 for name, product in plant.products.items() if product.escape_cost is None}
    shipped = (
        completed_lots(records)
        .select(
            (pl.col("pieces_good") * by_product(prices, 0.0)).alias("worth"),
            (pl.col("pieces_escaped") * by_product(uncosted, 0.0)).alias("escapes"),
        )
        .collect()
    )
    earned = float(shipped["worth"].rechunk().sum()) if any(prices.values()) else nan
    return earned, float(shipped["escapes"].rechunk().sum())


def gain_per_day(before: Measured, after: Measured) -> float:
    """Money that a day gains by the change; nan where the plant states neither cost nor price, and where
    escapes change that nobody has put a cost to.
    """
    if before.uncosted_escapes != after.uncosted_escapes:
        return nan
    return gain_before_escapes(before, after)


def gain_before_escapes(before: Measured, after: Measured) -> float:
    """As `gain_per_day`, if an escape without a known cost cost nothing."""
    spent = after.kpis["cost_rate"] - before.kpis["cost_rate"]
    if isnan(before.earned) or isnan(after.earned):
        return before.kpis["unit_cost"] * (after.kpis["throughput"] - before.kpis["throughput"]) - spent
    return after.earned - before.earned - (0.0 if isnan(spent) else spent)
