"""A week of equal parts (hours, or quarters of them), each open or closed."""

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
FAR_S = 4 * WEEK_S  # no set-up or repair is looked for beyond it


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """Which parts of the week are open."""

    open: Flags  # (168,) hours or (672,) quarters of an hour, the first from Monday 00:00
    off: tuple[int, ...] = ()  # days without work, counted from time 0

    @property
    def part_s(self) -> float:
        """Length of a part."""
        return WEEK_S / len(self.open)

    @property
    def hours(self) -> float:
        """Open hours per week."""
        return float(self.open.sum()) * self.part_s / HOUR_S

    def both(self, other: Opening) -> Opening:
        """Open where both are."""
        parts = max(len(self.open), len(other.open))
        mine, its = (np.repeat(each.open, parts // len(each.open)) for each in (self, other))
        return Opening(mine & its, tuple(sorted({*self.off, *other.off})))

    def open_until(self, at_s: Floats) -> Floats:
        """Open seconds from time 0 to each moment."""
        shown = self._usually_until(at_s)
        for day in self.off:
            begin, end = self._usually_until(np.array([day, day + 1]) * DAY_S)
            shown = shown - np.clip(self._usually_until(at_s) - begin, 0.0, end - begin)
        return shown

    def before(self, at_s: Floats, open_s: Floats) -> Floats:
        """The latest moments from which on there were so many open seconds to each moment."""
        goal = self.open_until(at_s) - open_s
        low, high = at_s - FAR_S, at_s.copy()
        while np.any(high - low > 0.01):
            middle = (low + high) / 2
            enough = self.open_until(middle) <= goal + 1e-6
            low, high = np.where(enough, middle, low), np.where(enough, high, middle)
        return low

    def _usually_until(self, at_s: Floats) -> Floats:
        edges = np.concatenate([[0.0], np.cumsum(self.open) * self.part_s])
        weeks, rest = np.floor(at_s / WEEK_S), at_s % WEEK_S
        part = np.minimum((rest // self.part_s).astype(int), len(self.open) - 1)
        inside = np.where(self.open[part], rest - part * self.part_s, 0.0)
        total: Floats = weeks * edges[-1] + edges[part] + inside
        return total

    def calendar(self, days_off: tuple[date, ...] = ()) -> Calendar:
        """The same as a weekly calendar, with days off."""
        exceptions = tuple((day, ()) for day in days_off)
        padded = np.concatenate([[False], self.open, [False]])
        change = np.flatnonzero(padded[1:] != padded[:-1]) * self.part_s
        return Calendar(tuple((float(a), float(b)) for a, b in change.reshape(-1, 2)), exceptions)
