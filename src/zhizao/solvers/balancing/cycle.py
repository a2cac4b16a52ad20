"""The least cycle time at a number of stations (SALBP-2), by SALBP-1 over cycle times."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zhizao.solvers.balancing.problem import Balance, Ints, Tasks
from zhizao.solvers.balancing.stations import least_stations

FIRST_SHARE = 0.1  # of the time left, for a cycle time while the interval is halved


def cycle_bound(tasks: Tasks, stations: int) -> int:
    """Lower bound of the cycle time: the longest task, the mean load, and pairs of long tasks, in ticks.

    Of the k * stations + 1 longest tasks, k + 1 share a station (LC2 of Scholl & Becker 2006,
    doi 10.1016/j.ejor.2004.07.022).
    """
    if not tasks.count:
        return 0
    longest = np.sort(tasks.time)[::-1]
    found = max(int(longest[0]), int(-(-tasks.time.sum() // stations)))
    for k in range(1, (tasks.count - 1) // stations + 1):
        last = k * stations  # the shortest k + 1 of the first k * stations + 1
        found = max(found, int(longest[last - k : last + 1].sum()))
    return found


@dataclass(eq=False)
class _Interval:
    """Cycle times below `low` are proved impossible; one of `high` is found."""

    low: int
    high: int
    station: Ints

    def take(self, tasks: Tasks, found: Balance, stations: int) -> bool:
        """Narrow the interval by an answer; False: it decides nothing."""
        if found.stations <= stations:
            self.station = found.station
            self.high = int(np.bincount(found.station, weights=tasks.time).max())
            return True
        if found.bound > stations:
            self.low = max(self.low, found.cycle + 1)
            return True
        return False


def least_cycle(
    tasks: Tasks, stations: int, seconds: float, should_stop: Callable[[], bool] | None = None
) -> Balance:
    """Find the least cycle time at a number of stations.

    Parameters
    ----------
    tasks
        Tasks of the line, at least one.
    stations
        Number of stations at most, at least 1.
    seconds
        Wall time at most, in seconds.
    should_stop
        Asked a few times a second; True ends the search with the best line so far.

    Raises
    ------
    ValueError
        There is no task or no station.
    """
    if not tasks.count or stations < 1:
        raise ValueError("at least one task and one station are needed")
    until = time.monotonic() + seconds
    whole = np.zeros(tasks.count, np.int64)
    known = _Interval(cycle_bound(tasks, stations), int(tasks.time.sum()), whole)
    open_from = known.low  # below, nothing was found in the time it had
    while known.low < known.high and not (should_stop and should_stop()):
        left = until - time.monotonic()
        if left <= 0:
            break
        hopeful = open_from < known.high
        cycle = open_from + (known.high - open_from) // 8 if hopeful else known.high - 1
        share = left * FIRST_SHARE if hopeful else left
        found = least_stations(tasks, cycle, share, should_stop, enough=stations)
        if not known.take(tasks, found, stations) and not hopeful:
            break
        if found.stations > stations:
            open_from = max(open_from, cycle + 1)
    used = int(known.station.max()) + 1
    return Balance(known.station, used, known.high, known.low, known.low >= known.high)
