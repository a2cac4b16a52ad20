"""Planned run time of the rows of a log, from the routes of the plant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from zhizao.kpi.batches import LOTS_IN_BATCH, batch_of, in_batch
from zhizao.plant.query import mean_lot_s, routes_of, takes_at

if TYPE_CHECKING:
    from zhizao.plant.model import Operation, Plant, Takes

_KEYS = ("product", "operation", "work_center", "unit", "pq")


def planned_seconds(rows: pl.DataFrame, plant: Plant | None) -> pl.Series:
    """Planned run time of each row (mean of the route's distributions at the speed of the unit), in s.

    A batch is planned as the operation of its first lot with the pieces of all, and its rows share that
    evenly. Null where the plant has no such operation, or the number of pieces is not known and matters.
    """
    unknown = pl.Series("planned_s", [None] * rows.height, dtype=pl.Float64)
    if plant is None or not rows.height:
        return unknown
    speeds = {unit.id: unit.speed for center in plant.work_centers for unit in center.units}
    pq = pl.col("pq")
    rows = rows.with_columns(batch_of(rows)).with_columns(
        *(in_batch(pl.col(name).first(), pl.col(name)).alias(name) for name in ("product", "operation")),
        pq=in_batch(pl.when(pq.is_not_null().all()).then(pq.sum()), pq),
        lots=LOTS_IN_BATCH,
    )
    kinds = rows.select(_KEYS).unique()
    known = [
        _planned(plant, product, operation, center, pieces, speeds.get(unit, 1.0))
        for product, operation, center, unit, pieces in kinds.iter_rows()
    ]
    table = kinds.with_columns(planned_s=pl.Series(known, dtype=pl.Float64))
    planned = rows.join(table, on=_KEYS, how="left", nulls_equal=True, maintain_order="left")
    return planned.select(pl.col("planned_s") / pl.col("lots")).to_series()


def _planned(
    plant: Plant, product: str | None, operation: str | None, center: str, pieces: int | None, speed: float
) -> float | None:
    takes = _takes(plant, product, operation, center)
    if takes is None:
        return None
    if pieces is None:
        counted = takes.per_piece is not None or takes.pieces_per_batch is not None
        return None if counted else mean_lot_s(takes, 1) / speed
    return mean_lot_s(takes, pieces) / speed


def _takes(plant: Plant, product: str | None, operation: str | None, center: str) -> Takes | None:
    found = _operation(plant, product, operation)
    if found is None:
        return None
    own = (takes_at(found, choice) for choice in found.on if choice.work_center == center)
    return next(own, found.takes)


def _operation(plant: Plant, product: str | None, operation: str | None) -> Operation | None:
    """The operation of the product's route, or of any route where the product is not known."""
    if product in plant.products:
        routes = [plant.routes[route] for route in routes_of(plant.products[product])]
    else:
        routes = list(plant.routes.values())
    return next((step for route in routes for step in route if step.id == operation), None)
