"""Costs, energy and working hours of people, at the plant's prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.kpi.clocks import open_intervals
from zhizao.kpi.states import has_power
from zhizao.plant.moves import equipment
from zhizao.records.schema import Records, scan_lots

if TYPE_CHECKING:
    from zhizao.plant.model import Plant, WorkCenter


@dataclass(frozen=True, slots=True)
class Costs:
    """Money in the plant's currency, energy in kWh, people in person-seconds.

    A kind of cost for which the plant states no price at all is nan: unknown, not free.
    """

    energy_kwh: float = nan
    energy_cost: float = nan
    co2_kg: float = nan
    equipment_cost: float = nan
    personnel_cost: float = nan
    material_cost: float = nan
    apwt_s: float = nan  # actual personnel work time
    apat_s: float = nan  # actual personnel attendance time

    @property
    def total(self) -> float:
        """All costs that are known; nan when none is."""
        kinds = (self.energy_cost, self.equipment_cost, self.personnel_cost, self.material_cost)
        known = [cost for cost in kinds if not isnan(cost)]
        return sum(known) if known else nan


def costs_of_plant(records: Records, plant: Plant, states: pl.DataFrame | None) -> Costs:
    """Costs of the whole plant within the window."""
    energy, energy_cost, co2 = _energy(plant, states)
    people = plant.personnel
    return Costs(
        energy,
        energy_cost,
        co2,
        equipment_cost=_equipment(records, plant, equipment(plant)) + _tools(records, plant),
        personnel_cost=(
            sum(p.cost * p.count * _open_s(records, plant, p.calendar) / 3600 for p in people)
            if any(p.cost for p in people)
            else nan
        ),
        material_cost=_material(records, plant),
        apwt_s=_work_time(records),
        apat_s=sum(p.count * _open_s(records, plant, p.calendar) for p in people) if people else nan,
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


def _material(records: Records, plant: Plant) -> float:
    """Material of the pieces started (released) within the window."""
    if not any(product.material for product in plant.products.values()):
        return nan
    prices = {name: float(product.material) for name, product in plant.products.items()}
    price = pl.col("product").replace_strict(prices, default=None, return_dtype=pl.Float64)
    started = scan_lots(records).filter(pl.col("release") >= records.start, pl.col("release") < records.end)
    cost = started.select(pl.col("pieces") * price).collect().to_series()
    return nan if cost.null_count() else float(cost.rechunk().sum())


def _work_time(records: Records) -> float:
    """Person-seconds of work: as recorded, else each person's rows, overlaps counted once."""
    if records.personnel_s is not None:
        return float(sum(records.personnel_s.values()))
    events = records.events
    if events is None or not events["personnel"].count():
        return nan
    rows = events.filter(pl.col("personnel").is_not_null())
    return sum(_union_s(part, records.start, records.end) for part in rows.partition_by("personnel"))


def _union_s(rows: pl.DataFrame, start: datetime, end: datetime) -> float:
    """Union of the rows within the window, in s: each adds what lies beyond those before it."""
    inside = (
        rows.select(
            pl.max_horizontal("start", pl.lit(start)).alias("low"),
            pl.min_horizontal(pl.col("end").fill_null(end), pl.lit(end)).alias("high"),
        )
        .filter(pl.col("high") > pl.col("low"))
        .sort("low")
    )
    reached = pl.col("high").cum_max().shift(1)
    added = pl.col("high") - pl.max_horizontal("low", reached)
    return float(inside.select(added.dt.total_microseconds().clip(lower_bound=0).sum() / 1e6).item())
