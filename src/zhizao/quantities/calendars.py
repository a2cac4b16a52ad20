"""Weekly working calendars with breaks, holidays and exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working time of a week, in s since Monday 00:00, and days that differ from it.

    `weekly`: sorted, disjoint (start_s, end_s) in [0, 604800]; a shift over midnight is cut at midnight only at
    the week's end. `exceptions`: date -> its working intervals in s since that midnight (empty: a holiday).
    """

    weekly: tuple[tuple[float, float], ...]
    exceptions: tuple[tuple[date, tuple[tuple[float, float], ...]], ...] = ()
