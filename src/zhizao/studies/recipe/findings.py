"""What is found of batches that the twin made: unit procedures, cleaning, holds, the production record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from zhizao.plant.certain import left_out
from zhizao.quantities import Input
from zhizao.records.recipes import BatchRecord, BatchStatus, Done, Level, ProductionRecord
from zhizao.studies.recipe.plants import PlannedBatch, RecipePlant
from zhizao.studies.recipe.times import Timed
from zhizao.studies.recipe.vessels import vessel_holds

_HOUR_S = 3600.0
_EQUAL_S = 1e-3  # the log is in microseconds
_STATUS = {
    "completed": BatchStatus.COMPLETE,
    "scrapped": BatchStatus.ABORTED,
    "in-process": BatchStatus.RUNNING,
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MadeBatches:
    """Batches of recipes as numbers: by unit procedure, cleaning, holds, production record."""

    mapped: RecipePlant
    events: pl.DataFrame
    lots: pl.DataFrame
    inputs: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool

    @property
    def title(self) -> str:
        """Name of the plant."""
        return self.mapped.plant.name

    def table(self) -> pl.DataFrame:
        """One row per batch and unit procedure: unit, start, end, how long it was held, and its limit."""
        limits = _limits(self.mapped)
        rows = [row for batch in self.mapped.batches for row in self._rows(batch, limits)]
        schema: dict[str, pl.DataType | type[pl.DataType]] = {
            "batch": pl.String,
            "unit_procedure": pl.String,
            "unit": pl.String,
            "start": pl.Datetime("us"),
            "end": pl.Datetime("us"),
            "held_h": pl.Float64,
            "hold_limit_h": pl.Float64,
        }
        return pl.DataFrame(rows, schema=schema, orient="row")

    def cleanings(self) -> pl.DataFrame:
        """One row per cleaning of a unit: unit, start, end (null: still running)."""
        kinds = ("maintenance", "setup")
        found = self.events.filter(pl.col("activity").cast(pl.String).is_in(kinds))
        return found.select("unit", "start", "end").sort("start", "unit")

    def broken(self) -> pl.DataFrame:
        """Rows of the table that were held longer than their limit; those of `lost` were never started."""
        return self.table().filter(pl.col("held_h") > pl.col("hold_limit_h") + _EQUAL_S / _HOUR_S)

    def vessel_holds(self) -> pl.DataFrame:
        """One row per time that a unit was dirty, or clean and unused, where that has a limit."""
        return vessel_holds(self.mapped.units, self.events)

    def lost(self) -> int:
        """Lots of the batches that were scrapped for a limit of holding; they have no row in the table."""
        orders = [order for batch in self.mapped.batches for order in batch.orders]
        scrapped = pl.col("status").cast(pl.String) == "scrapped"
        found = self.lots.filter(scrapped & pl.col("order").is_in(orders) & (pl.col("limit_breaks") > 0))
        return found.height

    def record(self, first: int | None = None) -> ProductionRecord:
        """Give the production record of the first batches (default: of all).

        Operations and phases have times where their unit procedure took as long as its parts say; otherwise
        only the unit procedure is recorded.
        """
        chosen = self.mapped.batches[:first]
        branches = any(len(one.orders) > 1 for one in chosen)
        note = "Simulated: made by a digital twin, not measured."
        if branches:
            note += (
                " Parallel branches are those ordered for the batch; which of them went in is not tracked."
            )
        made = tuple(self._record(one) for one in chosen)
        return ProductionRecord(f"{self.title}, seed {self.seed}", self.mapped.plant.start, made, note=note)

    @property
    def by_chance(self) -> bool:
        """Whether other runs differ: by the spread of times, failures, the choice of branches."""
        return bool(left_out(self.mapped.plant))

    # ------------------------------------------------------------ rows
    def _processed(self, batch: PlannedBatch) -> list[dict[str, Any]]:
        mine = pl.col("order").is_in(batch.orders) & (pl.col("activity").cast(pl.String) == "process")
        return self.events.filter(mine).sort("start", maintain_order=True).to_dicts()

    def _rows(
        self, batch: PlannedBatch, limits: dict[tuple[str, str], dict[str, float]]
    ) -> list[tuple[Any, ...]]:
        ends: dict[tuple[str, str], datetime] = {}
        found: list[tuple[Any, ...]] = []
        for row in self._processed(batch):
            held = limit = None
            for after, limit_s in limits.get((row["product"], row["operation"]), {}).items():
                since = ends.get((row["product"], after))
                if since is not None:  # of alternative routes, the one that the batch took
                    held = (row["start"] - since).total_seconds() / _HOUR_S
                    limit = limit_s / _HOUR_S
            found.append((batch.id, row["operation"], row["unit"], row["start"], row["end"], held, limit))
            ends[row["product"], row["operation"]] = row["end"]
        return found

    def _record(self, batch: PlannedBatch) -> BatchRecord:
        inside = tuple(self._done(row) for row in self._processed(batch))
        starts = [one.start for one in inside if one.start is not None]
        ends = [one.end for one in inside if one.end is not None]
        status = self.status(batch)
        whole = Done(
            batch.recipe.procedure.id,
            batch.recipe.procedure.name,
            Level.PROCEDURE,
            min(starts, default=None),
            max(ends, default=None) if status is BatchStatus.COMPLETE else None,
            inside=inside,
        )
        size = "" if batch.size is None else batch.size.text
        return BatchRecord(batch.id, batch.recipe.id, batch.recipe.product, whole, status, size)

    def status(self, batch: PlannedBatch) -> BatchStatus:
        """What became of a batch."""
        found = self.lots.filter(pl.col("order") == batch.id)["status"].cast(pl.String).to_list()
        return _STATUS.get(found[0], BatchStatus.UNKNOWN) if found else BatchStatus.UNKNOWN

    def _done(self, row: dict[str, Any]) -> Done:
        timed = self.mapped.stages[row["product"], row["operation"]]
        start, end = row["start"], row["end"]
        known = end is not None and abs((end - start).total_seconds() - timed.end_s) < _EQUAL_S
        inside = tuple(_at(one, start) for one in timed.inside) if known else ()
        element = timed.element
        return Done(element.id, element.name, element.level, start, end, (row["unit"],), inside=inside)


def _limits(mapped: RecipePlant) -> dict[tuple[str, str], dict[str, float]]:
    """By product and unit procedure: for how long in s it may be held, by the one since whose end.

    No route has two of them; alternative routes may have different ones.
    """
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name, product in mapped.plant.products.items():
        routes = [product.route] if isinstance(product.route, str) else list(product.route or ())
        for operation in (one for route in routes for one in mapped.plant.routes[route]):
            limit = operation.queue_at_most
            if limit is not None and limit.from_operation is not None:
                found.setdefault((name, operation.id), {})[limit.from_operation] = limit.at_most
    return found


def _at(timed: Timed, start: datetime) -> Done:
    begin, end = (start + timedelta(seconds=one) for one in (timed.start_s, timed.end_s))
    element = timed.element
    inside = tuple(_at(one, start) for one in timed.inside)
    return Done(element.id, element.name, element.level, begin, end, inside=inside)
