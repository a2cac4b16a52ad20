"""When orders come: weekdays and hours of first starts, and the time between them within these."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn import fit
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.visits import Trace
from zhizao.studies.learn.week import DAY_S, HOUR_S, WEEK_H, Opening

Floats = npt.NDArray[np.float64]

DAY_SHARE = 0.3  # a weekday takes orders if it sees this share of the usual day's
HOUR_SHARE = 0.25


def learn_arrivals(
    seen: list[Trace], days_off: tuple[int, ...] = ()
) -> tuple[Opening, Distribution, list[Finding]]:
    """Hours of releases and the open time between two of them; none is counted over a day off."""
    at = np.sort(np.array([t.release_s for t in seen]))
    opening = _opening(at)
    clock = opening.open_until(at)
    off = np.searchsorted(np.array(sorted(days_off)), at // DAY_S)
    gaps = np.diff(clock)[np.diff(off) == 0]
    mean_s = float(gaps.mean()) if len(gaps) and gaps.mean() > 0 else DAY_S
    between = fit.between_orders(gaps) if len(gaps) > 1 else Distribution.exponential(mean_s)
    days = int(opening.open.reshape(7, 24).any(axis=1).sum())
    return opening, between, [
        Finding("orders.calendar", f"{days} days a week, {opening.hours} h", len(at),
                "weekdays and hours at which lots first start"),
        Finding("orders.every", f"{hours(mean_s)} of this time ({between.kind.value})", len(at),
                "time between first starts of lots whose release the log shows"),
    ]  # fmt: skip


def _opening(at_s: Floats) -> Opening:
    hour = (at_s // HOUR_S).astype(int) % WEEK_H
    table = np.bincount(hour, minlength=WEEK_H).reshape(7, 24)
    by_day, by_hour = table.sum(axis=1), table.sum(axis=0)
    days = by_day >= DAY_SHARE * np.sort(by_day)[-3:].mean()
    hours_open = by_hour >= HOUR_SHARE * np.sort(by_hour)[-6:].mean()
    span = np.flatnonzero(hours_open)
    hours_open[span[0] : span[-1] + 1] = True
    return Opening((days[:, None] & hours_open[None, :]).reshape(-1))
