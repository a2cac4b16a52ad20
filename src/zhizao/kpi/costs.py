"""Costs, energy and working hours of people, at the plant's prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.kpi.clocks import open_intervals
from zhizao.kpi.flow import completed_lots, left_within
from zhizao.kpi.people import are_paid, hours_of_people
from zhizao.kpi.states import has_power
from zhizao.plant.query.transport import equipment
from zhizao.records.schema import LotStatus, Records, scan_lots

if TYPE_CHECKING:
    from zhizao.plant.model import Plant, WorkCenter


@dataclass(frozen=True, slots=True)
class Costs:
    """Money in the plant's currency, energy in kWh, people in person-seconds.

    A kind of cost for which the plant states no price at all is nan: unknown, not free. `complete` is False
    where the plant states a price, and the records do not say how often it was paid.
    """

    energy_kwh: float = nan
    energy_cost: float = nan
    co2_kg: float = nan
    equipment_cost: float = nan
    personnel_cost: float = nan
    material_cost: float = nan
    escape_cost: float = nan
    complete: bool = True
    apwt_s: float = nan  # actual personnel work time
    apat_s: float = nan  # actual personnel attendance time, overtime included
    overtime_s: float = nan  # work outside the calendars of the people

    @property
    def total(self) -> float:
        """All costs that have a price; nan when none has, or when one of them is not known."""
        kinds = (
            self.energy_cost,
            self.equipment_cost,
            self.personnel_cost,
            self.material_cost,
            self.escape_cost,
        )
        known = [cost for cost in kinds if not isnan(cost)]
        return sum(known) if known and self.complete else nan


def costs_of_plant(records: Records, plant: Plant, states: pl.DataFrame | None) -> Costs:
    """Costs of the whole plant within the window."""
    energy, energy_cost, co2 = _energy(plant, states)
    people = hours_of_people(records, plant)
    material, escapes = _material(records, plant), _escapes(records, plant)
    return Costs(
        energy,
        energy_cost,
        co2,
        equipment_cost=_equipment(records, plant, equipment(plant)) + _tools(records, plant),
        personnel_cost=people.cost,
        material_cost=nan if material is None else material,
        escape_cost=nan if escapes is None else escapes,
        complete=not any(kind is not None and isnan(kind) for kind in (material, escapes))
        and not (are_paid(plant) and isnan(people.cost)),
        apwt_s=people.work_s,
        apat_s=people.attendance_s,
        overtime_s=people.overtime_s,
    )


def costs_of_center(records: Records, plant: Plant, center: str, states: pl.DataFrame | None) -> Costs:
    """Energy and equipment cost of the units of a work center that `states` holds."""
    energy, energy_cost, co2 = _energy(plant, states)
    units = set() if states is None else set(states["unit"])
    own = tuple(w for w in equipment(plant) if w.id == center)
    return Costs(energy, energy_cost, co2, equipment_cost=_equipment(records, plant, own, units))


def _energy(plant: Plant, states: pl.DataFrame | None) -> tuple[float, float, float]:
    """Energy, its cost and its CO2; unknown where the plant states no power, price or emission at all."""
    if states is None or not states["energy_kwh"].count() or not has_power(plant):
        return nan, nan, nan
    tariff = plant.tariff
    priced = tariff.default or any(period.price for period in tariff.periods)
    energy = float(states["energy_kwh"].sum())
    return (
        energy,
        float(states["energy_cost"].sum()) if priced else nan,
        energy * tariff.co2 if tariff.co2 else nan,
    )


def _equipment(
    records: Records, plant: Plant, centers: tuple[WorkCenter, ...], units: set[str] | None = None
) -> float:
    """Cost per unit and working hour, whatever the unit does."""
    if not any(center.cost for center in equipment(plant)) and not any(tool.cost for tool in plant.tools):
        return nan
    hours = (
        (center.cost, _open_s(records, plant, center.calendar) / 3600, _count(center, units))
        for center in centers
    )
    return sum(cost * open_h * count for cost, open_h, count in hours)


def _tools(records: Records, plant: Plant) -> float:
    """Cost per tool and hour, in use or not."""
    hours = (records.end - records.start).total_seconds() / 3600
    return sum(tool.cost * tool.count for tool in plant.tools) * hours


def _count(center: WorkCenter, units: set[str] | None) -> int:
    return sum(units is None or unit.id in units for unit in center.units)


def _open_s(records: Records, plant: Plant, calendar: str | None) -> float:
    start, end = records.start, records.end
    opened = open_intervals(None if calendar is None else plant.calendars[calendar], start, end)
    return float(np.diff(opened, axis=1).sum())


def _material(records: Records, plant: Plant) -> float | None:
    """Material of the lots that left (completed, scrapped or stocked) within the window; None: no product has
    a price for it.

    Material of lots that are still in the plant is stock, no cost: it counts with the lot that it goes into
    (the matching principle of accounting). So work in process that grows is no loss, and less of it no gain.
    """
    if not any(product.material for product in plant.products.values()):
        return None
    prices = {name: float(product.material) for name, product in plant.products.items()}
    left = scan_lots(records).filter(_NOT_IN_PROCESS, left_within(records))
    return _worth(left, "pieces", prices)


_NOT_IN_PROCESS = pl.col("status") != LotStatus.IN_PROCESS.value


def _escapes(records: Records, plant: Plant) -> float | None:
    """Cost of the defective pieces shipped within the window; None: no product has an escape cost."""
    prices = {
        name: float(product.escape_cost)
        for name, product in plant.products.items()
        if product.escape_cost is not None
    }
    if not prices:
        return None
    shipped = completed_lots(records).filter(pl.col("pieces_escaped").ne_missing(0))
    return _worth(shipped, "pieces_escaped", prices)


def _worth(lots: pl.LazyFrame, count: str, prices: dict[str, float]) -> float:
    """Pieces times the price of their product, summed; nan where a count or a price is not known."""
    cost = lots.select(pl.col(count) * by_product(prices, None)).collect().to_series()
    return nan if cost.null_count() else float(cost.rechunk().sum())


def by_product(prices: dict[str, float], default: float | None) -> pl.Expr:
    """Price of a lot's product, `default` where it has none."""
    return _by_product(tuple(prices.items()), default)


@lru_cache(maxsize=64)
def _by_product(prices: tuple[tuple[str, float], ...], default: float | None) -> pl.Expr:
    return pl.col("product").replace_strict(dict(prices), default=default, return_dtype=pl.Float64)
