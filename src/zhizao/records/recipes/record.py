"""The production record of batches: what was done when and on what, for real or simulated batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from zhizao.records.recipes.model import Level


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that was recorded beside an element, as written."""

    id: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Done:
    """An element that was done: when (None: not recorded), on what equipment, and who did it."""

    id: str
    name: str
    level: Level
    start: datetime | None
    end: datetime | None
    equipment: tuple[str, ...] = ()
    performers: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    inside: tuple[Done, ...] = ()


class BatchStatus(Enum):
    """What became of a batch (states of BatchML)."""

    COMPLETE = "Complete"
    RUNNING = "Running"
    ABORTED = "Aborted"
    UNKNOWN = "Other"


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One batch: its recipe and product, and its procedure as it was done; `size` empty: not recorded."""

    batch: str
    recipe: str
    product: str
    done: Done
    status: BatchStatus
    size: str = ""


@dataclass(frozen=True, slots=True)
class ProductionRecord:
    """Records of batches, of one source; `created` is when it was made (None: not recorded)."""

    id: str
    created: datetime | None
    batches: tuple[BatchRecord, ...]
    signatures: tuple[str, ...] = ()
    note: str = ""
