"""Working time of each work center, learned from when it worked: a week of 168 hours, open or closed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities.calendars import Calendar
from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.visits import DAY_S, HOUR_S, WEEK_S, History

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

WEEK_H = 168
THIN_ROWS = 40  # below this a work center borrows the hours of all thin ones
OPEN_SHARE = 0.3  # an hour is open if it sees work this often, against the center's busiest hours
PRIOR_WEEKS = 2.0  # weight of what weekday and hour alone say, against the weeks seen


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

    def calendar(self) -> Calendar:
        """The same as a weekly calendar."""
        padded = np.concatenate([[False], self.open, [False]])
        change = np.flatnonzero(padded[1:] != padded[:-1]) * HOUR_S
        return Calendar(tuple((float(a), float(b)) for a, b in change.reshape(-1, 2)))


def learn_openings(history: History) -> tuple[dict[str, Opening], list[Finding]]:
    """Opening of every work center; those with few rows share one, pooled over all of them."""
    rows = history.rows
    until = _last_release(history)
    counts = dict(rows.group_by("work_center").len().iter_rows())
    thin = sorted(name for name, n in counts.items() if n < THIN_ROWS)
    pooled = (
        _opening(rows.filter(pl.col("work_center").is_in(thin)), history.start_s, until) if thin else None
    )
    found: dict[str, Opening] = {}
    findings = []
    for name in sorted(counts):
        own = rows.filter(pl.col("work_center") == name)
        found[name] = pooled if name in thin and pooled else _opening(own, history.start_s, until)
        n = sum(counts[t] for t in thin) if name in thin else counts[name]
        how = "hours of the week with work, pooled over thin work centers" if name in thin else (
            f"hours of the week that see work at least {OPEN_SHARE:.0%} as often as its busiest hours"
        )  # fmt: skip
        findings.append(Finding(f"work_centers.{name}.calendar", f"{found[name].hours} h a week", n, how))
    return found, findings


def _last_release(history: History) -> float:
    """Until when the log is dense: later only lots that were already there are followed."""
    return max(history.traces[-1].release_s, min(history.start_s + WEEK_S, history.end_s))


def _opening(rows: pl.DataFrame, start_s: float, end_s: float) -> Opening:
    share = _worked_share(rows, start_s, end_s)
    busiest = float(np.sort(share)[-40:].mean())
    if busiest == 0.0:
        return Opening(np.ones(WEEK_H, bool))
    return Opening(_tidy(share >= OPEN_SHARE * busiest))


def _worked_share(rows: pl.DataFrame, start_s: float, end_s: float) -> Floats:
    """Share of the weeks in which each hour saw work, a little drawn to what weekday and hour alone say."""
    first, last = int(start_s // HOUR_S), max(int(end_s // HOUR_S), int(start_s // HOUR_S) + 1)
    seen = np.zeros(last + 1, bool)
    for a, b in rows.select("start_s", "end_s").iter_rows():
        seen[int(a // HOUR_S) : min(int(np.ceil(max(b, a + 1.0) / HOUR_S)), last + 1)] = True
    hour = np.arange(first, last + 1) % WEEK_H
    worked = np.bincount(hour, seen[first:], WEEK_H)
    weeks = np.bincount(hour, minlength=WEEK_H).astype(np.float64)
    mean = (worked / np.maximum(weeks, 1)).reshape(7, 24)
    usual = np.outer(mean.mean(axis=1), mean.mean(axis=0)).reshape(-1) / max(float(mean.mean()), 1e-9)
    share: Floats = (worked + PRIOR_WEEKS * np.minimum(usual, 1.0)) / (weeks + PRIOR_WEEKS)
    return share


def _tidy(flags: Flags) -> Flags:
    """Close gaps of one hour and drop lone hours of a day that is else closed for long."""
    before, after = np.roll(flags, 1), np.roll(flags, -1)
    filled: Flags = flags | (before & after)
    return filled


def day_of(at_s: float) -> int:
    """Weekday (0 is Monday) of a moment."""
    return int(at_s % WEEK_S // DAY_S)
