"""The production record of batches: what was done when and on what, for real or simulated batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zhizao.records.recipes.model import Level


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that was recorded beside an element, as written."""

    id: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Done:
    """An element that was done: when (None: not recorded), on what equipment and by whom."""

    id: str
    name: str
    level: Level
    start: datetime | None
    end: datetime | None
    equipment: tuple[str, ...] = ()
    performers: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    inside: tuple[Done, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One batch: its recipe and product, its procedure as it was done, and who signed."""

    batch: str
    recipe: str
    product: str
    done: Done
    size: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ProductionRecord:
    """Records of batches, of one source; `created` is when the record was made."""

    id: str
    created: datetime
    batches: tuple[BatchRecord, ...]
    signatures: tuple[str, ...] = ()
    note: str = ""
