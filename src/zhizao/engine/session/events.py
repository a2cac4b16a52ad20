"""What may happen to a session from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zhizao.plant import JobOrder


@dataclass(frozen=True, slots=True)
class OrderReleased:
    """An order comes now; its `due` counts in s from the plant's start, its `release` is now."""

    order: JobOrder


@dataclass(frozen=True, slots=True)
class UnitDown:
    """A unit goes down now, for so many s; work in hand rests, and goes on afterwards."""

    unit: str
    seconds: float


@dataclass(frozen=True, slots=True)
class UnitUp:
    """The repair or maintenance of a unit is over now."""

    unit: str


@dataclass(frozen=True, slots=True)
class LotScrapped:
    """A lot that waits in a queue leaves as scrap."""

    lot: str


@dataclass(frozen=True, slots=True)
class LotChanged:
    """A lot gets another priority, or due date; None: it stays."""

    lot: str
    priority: float | None = None
    due: datetime | None = None


Event = OrderReleased | UnitDown | UnitUp | LotScrapped | LotChanged
"""The events that a session takes."""
