"""Working time of each work center, learned from when it worked: a week of 168 hours, open or closed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.visits import History
from zhizao.studies.learn.week import DAY_S, HOUR_S, WEEK_H, WEEK_S, Flags, Floats, Opening

THIN_ROWS = 40  # below this a work center borrows the hours of all thin ones
OPEN_SHARE = 0.3  # an hour is open if it sees work this often, against the center's busiest hours
SURE_REST = 12.0  # starts and ends that a covered but quiet block of hours would show if it were worked
BUSY_DAY = 4  # starts and ends on a usual weekday, so that a day without any is a day off
PRIOR_WEEKS = 2.0  # weight of what weekday and hour alone say, against the weeks seen


def learn_pauses(history: History) -> tuple[dict[str, Opening], list[Finding]]:
    """Weeks without the hours in which work in hand rests, for work centers whose rows span such hours.

    Some logs report a job that rests over the night as one row, others a row per shift. Hours that rows
    cover, in which none ever starts or ends though many would if it were worked, are a rest.
    """
    found, findings = {}, []
    for (name,), rows in history.rows.group_by("work_center", maintain_order=True):
        resting = _resting(rows, history.start_s, history.end_s)
        if resting.any():
            found[str(name)] = Opening(~resting)
            how = "hours that rows cover, but in which none starts or ends"
            value = f"work in hand rests {int(resting.sum())} h a week"
            findings.append(Finding(f"work_centers.{name}.off_shift", value, rows.height, how))
    return found, findings


def _resting(rows: pl.DataFrame, start_s: float, end_s: float) -> Flags:
    """Hours of the week, or of every day, without a start or an end where a steady pace would show many."""
    # an end on the hour belongs to the hour before it, a start to the hour that begins
    hours = np.concatenate([rows["start_s"].to_numpy(), rows["end_s"].to_numpy() - 1.0]) // HOUR_S
    seen = np.bincount(hours.astype(int) % WEEK_H, minlength=WEEK_H)
    covered = _worked_share(rows, start_s, end_s)
    expected = len(hours) * covered / max(float(covered.sum()), 1e-9)
    of_day = _quiet(seen.reshape(7, 24).sum(axis=0), expected.reshape(7, 24).sum(axis=0))
    return _quiet(seen, expected) | np.tile(of_day, 7)


def _quiet(seen: npt.NDArray[np.int64], expected: Floats) -> Flags:
    quiet = np.zeros(len(seen), bool)
    for block in _blocks(seen == 0):
        quiet[block] = expected[block].sum() >= SURE_REST
    return quiet


def _blocks(flags: Flags) -> list[npt.NDArray[np.int64]]:
    """Runs of set hours, the last joined to the first where the week (or the day) turns."""
    hours = np.flatnonzero(flags)
    if not len(hours):
        return []
    runs = np.split(hours, np.flatnonzero(np.diff(hours) > 1) + 1)
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][-1] == len(flags) - 1:
        runs = [np.concatenate([runs[-1], runs[0]]), *runs[1:-1]]
    return runs


def learn_openings(
    history: History, pauses: dict[str, Opening] | None = None
) -> tuple[dict[str, Opening], list[Finding]]:
    """Opening of every work center; those with few rows share one, pooled over all of them."""
    rows, resting = history.rows, pauses or {}
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
        if name in resting:
            found[name] = Opening(found[name].open & resting[name].open)
        n = sum(counts[t] for t in thin) if name in thin else counts[name]
        how = "hours of the week with work, pooled over thin work centers" if name in thin else (
            f"hours of the week that see work at least {OPEN_SHARE:.0%} as often as its busiest hours"
        )  # fmt: skip
        findings.append(Finding(f"work_centers.{name}.calendar", f"{found[name].hours} h a week", n, how))
    return found, findings


def _last_release(history: History) -> float:
    """Until when the log is dense: later only lots that were already there are followed."""
    return max(history.last_release_s, min(history.start_s + WEEK_S, history.end_s))


def _opening(rows: pl.DataFrame, start_s: float, end_s: float) -> Opening:
    share = _worked_share(rows, start_s, end_s)
    busiest = float(np.sort(share)[-40:].mean())
    if busiest == 0.0:
        return Opening(np.ones(WEEK_H, bool))
    return Opening(_tidy(share >= OPEN_SHARE * busiest))


def _worked_share(rows: pl.DataFrame, start_s: float, end_s: float) -> Floats:
    """Share of the weeks in which each hour saw work, a little drawn to what weekday and hour alone say."""
    first, last = int(start_s // HOUR_S), max(int(end_s // HOUR_S), int(start_s // HOUR_S) + 1)
    begin = rows["start_s"].to_numpy()
    stop = np.ceil(np.maximum(rows["end_s"].to_numpy(), begin + 1.0) / HOUR_S)
    begun, gone = (np.clip(hour, 0, last + 1).astype(int) for hour in (begin // HOUR_S, stop))
    level = np.bincount(begun, minlength=last + 2) - np.bincount(gone, minlength=last + 2)
    seen = np.cumsum(level)[: last + 1] > 0
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


def learn_days_off(history: History) -> tuple[tuple[int, ...], list[Finding]]:
    """Days (counted from the origin) on which nothing starts or ends anywhere, though it does on that
    weekday."""
    until = _last_release(history)
    first, last = int(history.start_s // DAY_S) + 1, int(until // DAY_S)
    at = np.concatenate([history.rows["start_s"].to_numpy(), history.rows["end_s"].to_numpy() - 1.0]) // DAY_S
    moments = np.bincount(np.maximum(at, 0).astype(int), minlength=last + 1)
    days = np.arange(first, last)
    usual = {weekday: float(np.median(moments[days[days % 7 == weekday]])) for weekday in set(days % 7)}
    off = tuple(int(day) for day in days if moments[day] == 0 and usual[day % 7] >= BUSY_DAY)
    if not off:
        return off, []
    dates = ", ".join(f"{history.origin + timedelta(days=day):%Y-%m-%d}" for day in off)
    return off, [
        Finding("calendars", f"days off: {dates}", len(days), "nothing starts or ends on a usual workday")
    ]
