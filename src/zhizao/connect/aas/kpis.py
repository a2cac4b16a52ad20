"""KPIs that are handed in to be exported, with how they are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from math import isfinite


class Origin(Enum):
    """How a value is known."""

    STATED = "stated"
    """The plant file has it, and does not say that it was measured: an assumption of the twin."""
    MEASURED = "measured"
    """From records of the factory."""
    SIMULATED = "simulated"
    """From the twin."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI of the plant, of a work center or of a unit.

    `unit` is the unit as the KPIs of zhizao name it (`share`, `h`, `pieces/day`, `CNY/piece`); `source` is
    the standard that defines it, such as ISO 22400-2:2014. `low` and `high` bound the 95 % interval.
    What is not known is nan, and is left out of the package.
    """

    id: str
    name: str
    unit: str
    definition: str
    source: str
    value: float
    low: float = float("nan")
    high: float = float("nan")

    @property
    def known(self) -> bool:
        """Whether there is a value to export."""
        return isfinite(self.value)

    @property
    def has_interval(self) -> bool:
        """Whether both bounds are known."""
        return isfinite(self.low) and isfinite(self.high)


@dataclass(frozen=True, slots=True)
class Kpis:
    """KPIs of one origin, with the facts that a reader needs, such as the window that they describe.

    `centers` and `units` have those of work centers and units by id; `facts` has texts, numbers and moments
    by a name in camel case, such as `WindowStart`.
    """

    origin: Origin
    plant: tuple[Kpi, ...]
    facts: Mapping[str, str | int | float | datetime] = field(default_factory=dict)
    centers: Mapping[str, tuple[Kpi, ...]] = field(default_factory=dict)
    units: Mapping[str, tuple[Kpi, ...]] = field(default_factory=dict)
