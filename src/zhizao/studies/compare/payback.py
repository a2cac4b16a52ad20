"""When a measure has earned what it cost.

Pay-back time without interest: cost over gain per day (static pay-back, the usual first look; it knows
neither interest nor the life of the equipment).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isnan, nan

import polars as pl

from zhizao.kpi.analysis import Interval
from zhizao.kpi.flow import completed_lots
from zhizao.plant import Plant
from zhizao.records import Records

ASSUMPTIONS = (
    "Gain per day: change of the daily value of good pieces at their price, less the change of all known "
    "costs per day (equipment, people, energy, material). Where no product has a price, a piece more is "
    "worth what it cost before. Pay-back: one-time cost over gain per day, in calendar days, without "
    "interest or tax, and with no running cost but those in the plant file."
)


@dataclass(frozen=True, slots=True)
class PayBack:
    """Calendar days until the gain has paid the cost, with bounds from the gain's interval; inf: never."""

    days: float
    low: float
    high: float


def earned_per_day(records: Records, plant: Plant) -> float:
    """Value of the good pieces completed within the window at their products' price, per calendar day.

    nan where no product has a price. Defective pieces that nobody found are sold like good ones.
    """
    prices = {name: float(product.price) for name, product in plant.products.items()}
    if not any(prices.values()):
        return nan
    worth = pl.col("product").replace_strict(prices, default=0.0, return_dtype=pl.Float64)
    earned = completed_lots(records).select(pl.col("pieces_good") * worth).collect().to_series()
    days = (records.end - records.start).total_seconds() / 86400.0
    return float(earned.rechunk().sum()) / days


@dataclass(frozen=True, slots=True)
class Measured:
    """One replication: its KPIs, and what its pieces earned per day (nan: no product has a price)."""

    kpis: dict[str, float]
    earned: float


def gain_per_day(before: Measured, after: Measured) -> float:
    """Money that a day gains by the change; nan where the plant states neither cost nor price."""
    spent = after.kpis["cost_rate"] - before.kpis["cost_rate"]
    if isnan(before.earned) or isnan(after.earned):
        return before.kpis["unit_cost"] * (after.kpis["throughput"] - before.kpis["throughput"]) - spent
    return after.earned - before.earned - (0.0 if isnan(spent) else spent)


def payback(cost: float, gain: Interval) -> PayBack | None:
    """Pay-back time of a measure that costs something; None where cost or gain is not known."""
    if cost <= 0 or isnan(gain.mean):
        return None
    low, high = (_days(cost, bound) for bound in (gain.high, gain.low))
    return PayBack(_days(cost, gain.mean), low, high)


def _days(cost: float, gain: float) -> float:
    if isnan(gain):
        return nan
    return cost / gain if gain > 0 else inf
