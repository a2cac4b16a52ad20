"""A week of 168 hours, each open or closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from zhizao.quantities.calendars import Calendar

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DAY_S, HOUR_S, WEEK_S = 86400.0, 3600.0, 604800.0
WEEK_H = 168


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """Which hours of the week are open."""

    open: Flags  # (168,), hour 0 is Monday 00:00

    @property
    def hours(self) -> int:
        """Open hours per week."""
        return int(self.open.sum())

    def open_until(self, at_s: Floats) -> Floats:
        """Open seconds from time 0 to each moment."""
        edges = np.concatenate([[0.0], np.cumsum(self.open) * HOUR_S])
        weeks, rest = np.floor(at_s / WEEK_S), at_s % WEEK_S
        hour = np.minimum((rest // HOUR_S).astype(int), WEEK_H - 1)
        inside = np.where(self.open[hour], rest - hour * HOUR_S, 0.0)
        total: Floats = weeks * edges[-1] + edges[hour] + inside
        return total

    def calendar(self, days_off: tuple[date, ...] = ()) -> Calendar:
        """The same as a weekly calendar, with days off."""
        exceptions = tuple((day, ()) for day in days_off)
        padded = np.concatenate([[False], self.open, [False]])
        change = np.flatnonzero(padded[1:] != padded[:-1]) * HOUR_S
        return Calendar(tuple((float(a), float(b)) for a, b in change.reshape(-1, 2)), exceptions)
