"""The log's own orders for the twin: their dates, parts and pieces, as job orders of the plant's products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from zhizao.plant.model import JobOrder, OrderStream, Plant
from zhizao.plant.query import product_mix
from zhizao.quantities import mean
from zhizao.quantities.errors import InputError
from zhizao.records import Records
from zhizao.studies.validate.cohort import Cohort, base_name

PREFIX = "log "  # of the orders that the log gives the twin


@dataclass(frozen=True, slots=True)
class LogOrder:
    """One lot of the log, as an order: when its work first starts, its part and pieces (None: unknown)."""

    lot: str
    release: datetime
    part: str | None
    pieces: int | None

    @property
    def id(self) -> str:
        """Name of the order in the twin."""
        return PREFIX + self.lot


def log_orders(records: Records, lots: Cohort) -> tuple[LogOrder, ...]:
    """The orders behind the lots that are compared."""
    assert records.events is not None  # a cohort is made of events
    rows = records.events.drop_nulls(["lot", "product"]).unique("lot", keep="first", maintain_order=True)
    parts = dict(zip(rows["lot"], rows["product"], strict=True))
    counted = records.lots.filter(pl.col("pieces") > 0)
    pieces = dict(zip(counted["lot"], counted["pieces"], strict=True))
    first = pl.Series(lots.first_s() * 1e6).cast(pl.Duration("us")) + lots.origin
    return tuple(
        LogOrder(lot, at, parts.get(lot), pieces.get(lot)) for lot, at in zip(lots.names, first, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Mix:
    """Products of a plant and how often each is ordered, all together and by part."""

    every: dict[str, float]
    by_part: dict[str, dict[str, float]]

    def of(self, part: str | None) -> dict[str, float]:
        """Products that an order of a part may be; all of them where the plant does not have the part."""
        return self.by_part.get(part or "", self.every)

    def unknown(self, orders: Iterable[LogOrder]) -> int:
        """How many orders are of a part that the plant does not have."""
        return sum(order.part not in self.by_part for order in orders)


def mix_of(plant: Plant) -> Mix:
    """Orders per second of each product (of a table of orders: their number), and the same by part.

    The part of a product is its attribute `part`, or its name without the number of a variant; and its name.
    """
    every: dict[str, float] = defaultdict(float)
    for order in plant.orders:
        if isinstance(order, OrderStream):
            weights = product_mix(order)
            for name, weight in weights.items():
                every[name] += weight / sum(weights.values()) / mean(order.every)
        else:
            every[order.product] += 1.0
    if not every:
        raise InputError("the plant has no orders: there is no product that the log's orders could be of")
    by_part: dict[str, dict[str, float]] = defaultdict(dict)
    for name, rate in every.items():
        for part in {name, plant.products[name].attributes.get("part", base_name(name))}:
            by_part[part][name] = rate
    return Mix(dict(every), dict(by_part))


def with_orders(
    plant: Plant, before: Records, orders: tuple[LogOrder, ...], mix: Mix, rng: np.random.Generator
) -> Plant:
    """The plant with the orders that it made itself until the first of the log's, and those from then on.

    Its own are the lots of `before`, a run of the plant; each of the log's is one lot.
    """
    first = min(order.release for order in orders)
    own = _own_orders(before.lots.filter(pl.col("order").is_not_null(), pl.col("release") < first), plant)
    given = [_job(order, mix, plant, rng) for order in orders]
    largest: dict[str, int] = {}
    for job in (*own, *given):
        largest[job.product] = max(largest.get(job.product, 1), job.pieces)
    products = {
        name: product.model_copy(update={"lot": max(product.lot, largest.get(name, 1))})
        for name, product in plant.products.items()
    }
    return plant.model_copy(update={"orders": (*own, *given), "products": products})


def _own_orders(lots: pl.DataFrame, plant: Plant) -> list[JobOrder]:
    return [
        JobOrder(
            id=f"own {row['lot']}",
            product=row["product"],
            pieces=row["pieces"],
            release=(row["release"] - plant.start).total_seconds(),
            due=None if row["due"] is None else (row["due"] - plant.start).total_seconds(),
            priority=row["priority"],
        )
        for row in lots.select("lot", "product", "pieces", "release", "due", "priority").iter_rows(named=True)
    ]


def _job(order: LogOrder, mix: Mix, plant: Plant, rng: np.random.Generator) -> JobOrder:
    weights = mix.of(order.part)
    share = np.array(list(weights.values()))
    product = list(weights)[int(rng.choice(len(share), p=share / share.sum()))]
    return JobOrder(
        id=order.id,
        product=product,
        pieces=order.pieces or plant.products[product].lot,
        release=(order.release - plant.start).total_seconds(),
    )
