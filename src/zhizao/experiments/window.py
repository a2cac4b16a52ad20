"""How long to run a plant, what to cut off as warm-up, and whether it can keep up with its orders.

The caller runs the twin; here is only what to make of its records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.kpi.analysis import Floats, Interval, mean_interval, mser5
from zhizao.kpi.flow import by_completion
from zhizao.kpi.series import wip_over_time
from zhizao.kpi.states import seconds_from
from zhizao.kpi.welch import Welch, welch
from zhizao.plant.query import job_orders, lots_in
from zhizao.quantities.errors import InputError
from zhizao.records.schema import LotStatus, Records, scan_lots

if TYPE_CHECKING:
    from zhizao.plant.model import Plant
    from zhizao.plant.model.state import PlantState

DAYS = 91.0
"""Default window: 13 whole weeks, so that weekends weigh as much as they do in a year."""
DAY_S = 86400.0
_PILOT_DAYS = 28.0  # a pilot is at least this long, however short the window
_LONGEST_DAYS = 3660.0
_FEWEST_LOTS = 20  # of fewer lots no warm-up can be estimated
_ENOUGH_LOTS = 500  # so many in a pilot tell enough: a longer one would take long, and change little
_UNSEEN = 0.02  # share of the mean lead time that lots longer than a run may hide

Pilot = Callable[[float], Sequence[Records]]
"""Runs a plant for so many days, a few replications, no warm-up."""


@dataclass(frozen=True, slots=True)
class Window:
    """The window of a study: `days` after `warm_up_days`; `why` says how both were found.

    `ends`: the plant works off a table of orders, from empty to empty, and has no steady state.
    """

    days: float
    warm_up_days: float
    why: str
    ends: bool = False
    welch: Welch | None = field(default=None, compare=False, repr=False)
    """The series that the warm-up was read from, where there is one."""

    @property
    def warm_up(self) -> str:
        """How much is cut off and why, in words."""
        days = self.warm_up_days
        if not days:
            return f"no warm-up cut off ({self.why})"
        return f"{days:.0f} day{'s' if days > 1 else ''} of warm-up cut off ({self.why})"


def find_window(plant: Plant, pilot: Pilot, days: float | None = None) -> Window:
    """Find warm-up and length of a plant's runs from a pilot.

    With a stream of orders: a warm-up by MSER-5 on lead times, and at least the lead time that 95 % of the
    lots keep (until then the plant is filling, and throughput is too low); then `days` (default: 13 weeks).
    Where nothing is in the plant at its start, the warm-up is also so long that lots which take longer than a
    run lasts hide at most 2 % of the mean lead time. The pilot is long enough for all but 1 % of the lots
    that are released in its first half.
    With a table of orders only: from the plant's start until all is done (or `days`), nothing cut off.

    Raises
    ------
    InputError
        A table of orders is not done after ten years.
    """
    table = job_orders(plant)
    if len(table) < len(plant.orders):
        return _steady(pilot, days, empty=not plant.wip)
    if days is not None:
        return Window(days, 0.0, "as asked, from the plant's start; nothing is cut off", ends=True)
    lots = lots_in(plant, table) + len(plant.wip)
    last_s = max((order.release for order in table), default=0.0)
    return _until_done(pilot, lots, last_s / DAY_S + _PILOT_DAYS)


def window_from(state: PlantState, days: float | None) -> Window:
    """The window of runs that start from a state: nothing is cut off, for the start is what is asked about.

    Raises
    ------
    InputError
        No days are given: how far to look ahead is the user's to say.
    """
    if days is None:
        raise InputError("days: found a state and no days; say how many days to look ahead from it")
    moment = state.moment.isoformat(sep=" ", timespec="minutes")
    return Window(days, 0.0, f"from the state of {moment}; nothing is cut off", ends=True)


def longest(found: Sequence[Window]) -> Window:
    """One window that suits all of several plants: the longest warm-up and the longest run."""
    if len(found) == 1:
        return found[0]
    first = max(found, key=lambda h: (h.days, h.warm_up_days))
    return replace(first, warm_up_days=max(h.warm_up_days for h in found), welch=None)


def _until_done(pilot: Pilot, lots: int, days: float) -> Window:
    while True:
        runs = pilot(days)
        if all(_is_done(records, lots) for records in runs):
            done = max(_last_s(records) for records in runs) / DAY_S
            return Window(
                float(ceil(done)), 0.0, "until the table of orders is done; nothing is cut off", ends=True
            )
        if days >= _LONGEST_DAYS:
            raise InputError(
                f"the table of orders is not done after {days:.0f} days: the plant cannot work it off "
                "(look for missing skills, calendars without hours, rework without an end), or give the days"
            )
        days = min(2 * days, _LONGEST_DAYS)


def _is_done(records: Records, lots: int) -> bool:
    """Whether all lots have left; those of by-products come on top of what is ordered."""
    inside = pl.col("status") == LotStatus.IN_PROCESS.value
    still, every = scan_lots(records).select(inside.sum(), pl.len().alias("lots")).collect().row(0)
    return bool(still == 0 and every >= lots)


def _last_s(records: Records) -> float:
    last = scan_lots(records).select(seconds_from(pl.col("completed"), records.start).max()).collect().item()
    return 0.0 if last is None else float(last)


# ---------------------------------------------------------------- warm-up
def _steady(pilot: Pilot, days: float | None, *, empty: bool) -> Window:
    window = DAYS if days is None else days
    length, runs = _pilot(pilot, max(window, _PILOT_DAYS))
    lead_s, done_s = _mean_lots(runs)
    if len(lead_s) < _FEWEST_LOTS:
        return Window(
            window,
            0.0,
            f"only {len(lead_s)} lots in the pilot: too few to estimate a warm-up",
        )
    cut = mser5(lead_s)
    filled_s = float(np.quantile(lead_s, 0.95))
    if empty:
        filled_s = max(filled_s, _unseen_s(runs, window * DAY_S))
    if cut >= len(lead_s) // 5 // 2 * 5:
        why = f"MSER-5 would cut half of a pilot of {length:.0f} days: too short, or the plant cannot keep up"
    elif done_s[cut] > filled_s and cut:
        why = f"MSER-5 on the lead times of a pilot cuts the first {cut} lots"
    else:
        why = f"MSER-5 on the lead times of a pilot cuts {cut} lots; the plant takes a lead time to fill"
    warm_up = float(ceil(max(done_s[cut] if cut else 0.0, filled_s) / DAY_S))
    return Window(window, warm_up, why, welch=welch(done_s / DAY_S, lead_s / 3600, warm_up))


def _pilot(pilot: Pilot, days: float) -> tuple[float, Sequence[Records]]:
    """Days and runs of a pilot in which lead times can be seen whole.

    What is completed in a run that is short against the lead time are the quick lots only, and the plant
    still fills: such a pilot is run again, twice as long. Where work in process grows without end in the
    longest, too, lead times grow with the run, and the first with enough lots is kept.
    """
    length, runs = days, pilot(days)
    first = None
    while length < _LONGEST_DAYS and not _tells_enough(runs):
        if first is None and _lots(runs) >= _FEWEST_LOTS:
            first = length, runs
        length = min(2 * length, _LONGEST_DAYS)
        runs = pilot(length)
    grows = first is not None and wip_growth(runs, after=0.5).steady
    return first if first is not None and grows else (length, runs)


def _tells_enough(runs: Sequence[Records]) -> bool:
    """Whether a longer pilot would tell no more: it is long, nothing comes in, or a run stands still."""
    lots = _lots(runs)
    idle = any(records.standstill is not None or not _released(records) for records in runs)
    return idle or lots >= _ENOUGH_LOTS or (lots >= _FEWEST_LOTS and _seen_whole(runs))


def _released(records: Records) -> bool:
    return not scan_lots(records).select("lot").head(1).collect().is_empty()


def _lots(runs: Sequence[Records]) -> int:
    """Completed lots of the run that completed fewest."""
    return int(min(by_completion(records).select(pl.len()).collect().item() for records in runs))


def _seen_whole(runs: Sequence[Records]) -> bool:
    """Whether of the lots released in the first half of the runs all but 1 % left the plant by their ends."""
    early = pl.concat([_early(records).select("status").collect() for records in runs])
    inside = early.filter(pl.col("status") == LotStatus.IN_PROCESS.value)
    return inside.height <= 0.01 * early.height


def _early(records: Records) -> pl.LazyFrame:
    """Lots that were released in the first half of a run."""
    half_s = (records.end - records.start).total_seconds() / 2
    return scan_lots(records).filter(seconds_from(pl.col("release"), records.start) <= half_s)


def _early_leads(records: Records) -> Floats:
    """Lead times in s of the lots that were released in the first half of a run and completed."""
    done = _early(records).filter(pl.col("status") == LotStatus.COMPLETED.value)
    lead = seconds_from(pl.col("completed"), records.start) - seconds_from(pl.col("release"), records.start)
    return done.select(lead.alias("lead_s")).collect()["lead_s"].to_numpy()


def _unseen_s(runs: Sequence[Records], window_s: float) -> float:
    """Shortest warm-up in s after which a plant that begins empty hides little of its mean lead time.

    A lot that is completed at a moment t took no longer than t, so that its mean is E[L | L <= t]. Over the
    window that is to be at least 98 % of the mean lead time E[L].
    """
    lead_s = np.sort(np.concatenate([_early_leads(records) for records in runs]))
    if not len(lead_s):
        return 0.0
    mean_to = lead_s.cumsum() / np.arange(1, len(lead_s) + 1)  # of all up to each
    moments = np.linspace(0.0, window_s, 20)
    for warm_up_s in np.quantile(lead_s, np.linspace(0.0, 1.0, 201)):
        seen = np.searchsorted(lead_s, warm_up_s + moments, side="right")
        if mean_to[seen - 1].mean() >= (1 - _UNSEEN) * mean_to[-1]:
            return float(warm_up_s)
    return float(lead_s[-1])


def _mean_lots(runs: Sequence[Records]) -> tuple[Floats, Floats]:
    """Lead time and moment of the n-th completed lot in s, each averaged over the replications.

    Averaging over replications first, as Welch 1983 does (Law 2015, section 9.5.1), leaves the trend.
    """
    lots = [
        by_completion(records).select("lead_s", seconds_from(pl.col("completed"), records.start)).collect()
        for records in runs
    ]
    n = min(frame.height for frame in lots)
    lead, done = (np.array([frame[name].to_numpy()[:n] for frame in lots]) for name in lots[0].columns)
    return lead.mean(axis=0), done.mean(axis=0)


# ---------------------------------------------------------------- keeping up
@dataclass(frozen=True, slots=True)
class Growth:
    """How work in process changes over the window, in lots per day, and whether it grows without end."""

    per_day: Interval
    steady: bool


def wip_growth(runs: Sequence[Records], *, after: float = 0.0, confidence: float = 0.95) -> Growth:
    """Whether WIP grows from each third of the window to the next, in all that chance leaves open.

    It does where both steps have an interval above 0 and the last third holds a fifth more than the first.
    `after`: share of the window that is left out at its beginning.
    """
    thirds = np.array([_thirds(records, after) for records in runs])
    first, second, third = thirds.T
    days = (runs[0].end - runs[0].start).total_seconds() / DAY_S * (1 - after)
    per_day = mean_interval((third - first) / (days * 2 / 3), confidence=confidence)
    steps = (second - first, third - second)
    grows = all(mean_interval(step, confidence=confidence).low > 0 for step in steps)
    return Growth(per_day, bool(grows and third.mean() > 1.2 * first.mean()))


def _thirds(records: Records, after: float) -> Floats:
    wip = wip_over_time(records, points=round(300 / (1 - after)))["wip"].to_numpy()[-300:]
    return np.asarray(wip.reshape(3, 100).mean(axis=1), dtype=np.float64)
