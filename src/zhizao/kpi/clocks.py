"""Working time and energy prices over a window, as intervals and steps in seconds from its start."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities.calendars import WEEK_S, Calendar, monday_before, weekly_window, working_intervals

if TYPE_CHECKING:
    from zhizao.plant.model import Tariff

Floats = NDArray[np.float64]


def open_intervals(calendar: Calendar | None, start: datetime, end: datetime) -> Floats:
    """Working time of a calendar within a window, (n, 2) in s from `start`; no calendar means always open.

    The array is read-only: replications of a plant ask for the same calendars over the same window.
    """
    return _open_intervals(calendar, start, end)


@lru_cache(maxsize=256)
def _open_intervals(calendar: Calendar | None, start: datetime, end: datetime) -> Floats:
    window_s = (end - start).total_seconds()
    found = ((0.0, window_s),) if calendar is None else working_intervals(calendar, start, window_s)
    intervals = np.array(found, dtype=np.float64).reshape(-1, 2)
    intervals.setflags(write=False)
    return intervals


class WorkedTime(NamedTuple):
    """Working seconds up to any moment, of intervals that are asked about often."""

    edges: Floats
    worked: Floats

    @classmethod
    def of(cls, intervals: Floats) -> WorkedTime:
        """Add up intervals, (n, 2) in s and in order; without any, no time is worked."""
        lengths = np.diff(intervals, axis=1).ravel()
        worked = np.concatenate([[0.0], np.repeat(np.cumsum(lengths), 2)[:-1]])
        return cls(intervals.ravel(), worked)

    def up_to(self, times: Floats) -> Floats:
        """Working seconds up to each time; a difference is the working time between two moments."""
        if not len(self.edges):
            return np.zeros_like(times)
        return np.asarray(np.interp(times, self.edges, self.worked), dtype=np.float64)


def open_seconds(intervals: Floats, times: Floats) -> Floats:
    """Working seconds up to each time; a difference is the working time between two moments."""
    return WorkedTime.of(intervals).up_to(times)


def is_open(intervals: Floats, times: Floats) -> NDArray[np.bool_]:
    """Whether each time lies in working time (starts belong to it, ends do not)."""
    return np.asarray(np.searchsorted(intervals.ravel(), times, side="right") % 2 == 1, dtype=np.bool_)


# ---------------------------------------------------------------- prices
def price_steps(tariff: Tariff, start: datetime, end: datetime) -> tuple[Floats, Floats]:
    """Energy price over a window: edges (n + 1, in s from `start`) and the n prices between them, per kWh.

    The first period of the tariff that matches counts, and `default` where none does.
    """
    week, prices = _week_of_prices(tariff)
    window_s = (end - start).total_seconds()
    into_week = (start - monday_before(start)).total_seconds()
    weeks = np.arange(0.0, into_week + window_s, WEEK_S)[:, None]
    lows = (weeks + week[None, :-1]).ravel() - into_week
    highs = (weeks + week[None, 1:]).ravel() - into_week
    inside = (highs > 0) & (lows < window_s)
    edges = np.append(np.clip(lows[inside], 0.0, window_s), window_s)
    return edges, np.tile(prices, len(weeks))[inside]


def _week_of_prices(tariff: Tariff) -> tuple[Floats, Floats]:
    periods = [(weekly_window(period.when), period.price) for period in tariff.periods]
    edges = np.unique([0.0, WEEK_S, *(t for windows, _ in periods for window in windows for t in window)])
    middles = (edges[:-1] + edges[1:]) / 2
    prices = np.full(len(middles), tariff.default)
    for windows, price in reversed(periods):
        for low, high in windows:
            prices[(middles > low) & (middles < high)] = price
    return edges, prices
