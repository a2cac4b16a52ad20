"""Working time of each work center, learned from when it worked although it could: a week of hours, or of
quarters of them where the log is rich, open or closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.log.week import DAY_S, HOUR_S, WEEK_H, WEEK_S, Flags, Floats, Opening

THIN_ROWS = 40  # below this a work center borrows the hours of all thin ones
OPEN_SHARE = 0.3  # an hour is open if it sees work this often, against the center's busiest hours
SURE_REST = 12.0  # starts and ends that a covered but quiet block of hours would show if it were worked
BUSY_DAY = 4  # starts and ends on a usual weekday, so that a day without any is a day off
PRIOR_WEEKS = 2.0  # weight of what weekday and hour alone say, against the weeks seen
RICH_ROWS = 500  # from here on quarters of an hour can be told apart
FINE = 0.1  # share of the starts that must lie in each quarter of the hour


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
            value = f"work in hand rests {WEEK_H - found[str(name)].hours:g} h a week"
            findings.append(Finding(f"work_centers.{name}.off_shift", value, rows.height, how))
    return found, findings


def _parts(rows: pl.DataFrame) -> int:
    """Parts of the week that rows can tell apart: hours, or quarters of them where rows are many and their
    times not rounded to the hour or its half."""
    if rows.height < RICH_ROWS:
        return WEEK_H
    quarters = np.bincount((rows["start_s"].to_numpy() // (HOUR_S / 4)).astype(int) % 4, minlength=4)
    return WEEK_H * 4 if quarters.min() >= FINE * rows.height else WEEK_H


def _resting(rows: pl.DataFrame, start_s: float, end_s: float) -> Flags:
    """Parts of the week, or of every day, without a start or an end where a steady pace would show many."""
    parts = _parts(rows)
    begin, end = rows["start_s"].to_numpy(), rows["end_s"].to_numpy()
    # an end on the hour belongs to the hour before it, a start to the hour that begins
    at = np.concatenate([begin, end - 1e-3]) // (WEEK_S / parts)
    seen = np.bincount(at.astype(int) % parts, minlength=parts)
    covered = _weeks_covered(rows, parts, (start_s, end_s))
    expected = len(at) * covered / max(float(covered.sum()), 1e-9)
    of_day = _quiet(seen.reshape(7, -1).sum(axis=0), expected.reshape(7, -1).sum(axis=0))
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
    history: History, pauses: dict[str, Opening] | None = None, days_off: tuple[int, ...] = ()
) -> tuple[dict[str, Opening], list[Finding]]:
    """Opening of every work center, with the days off of all; those with few rows share one, pooled over all
    of them."""
    rows, resting, queued = history.rows, pauses or {}, _queued(history)
    span = (history.start_s, _last_release(history))
    counts = dict(rows.group_by("work_center").len().iter_rows())
    thin = sorted(name for name, n in counts.items() if n < THIN_ROWS)
    few = pl.col("work_center").is_in(thin)
    pooled = _opening(rows.filter(few), queued.filter(few), span)
    found: dict[str, Opening] = {}
    findings = []
    for name in sorted(counts):
        here = pl.col("work_center") == name
        found[name] = pooled if name in thin else _opening(rows.filter(here), queued.filter(here), span)
        if name in resting:
            found[name] = found[name].both(resting[name])
        found[name] = replace(found[name], off=days_off)
        n = sum(counts[t] for t in thin) if name in thin else counts[name]
        how = (
            f"hours of the week in which work that is there is done at least {OPEN_SHARE:.0%} as often as in "
            f"its busiest hours{', pooled over thin work centers' if name in thin else ''}"
        )
        hours = found[name].hours
        findings.append(
            Finding(f"work_centers.{name}.calendar", f"{hours:g} h a week", n, how, hours * HOUR_S)
        )
    return found, findings


def _queued(history: History) -> pl.DataFrame:
    """From when to when lots waited at each work center after the end of their work before."""
    waits = history.table.select("work_center", start_s=pl.Series(history.ready_s), end_s="start_s")
    return waits.filter(pl.col("start_s").is_finite() & (pl.col("end_s") > pl.col("start_s")))


def _last_release(history: History) -> float:
    """Until when the log is dense: later only lots that were already there are followed."""
    return max(history.last_release_s, min(history.start_s + WEEK_S, history.end_s))


def _opening(rows: pl.DataFrame, queued: pl.DataFrame, span: tuple[float, float]) -> Opening:
    parts = _parts(rows)
    share = _worked_share(rows, queued, parts, span)
    busiest = float(np.sort(share)[-parts // 4 :].mean())
    flags: Flags = share >= OPEN_SHARE * busiest
    if parts == WEEK_H:  # of few rows one quiet hour between two others says nothing
        flags |= np.roll(flags, 1) & np.roll(flags, -1)
    return Opening(flags)


def _worked_share(rows: pl.DataFrame, queued: pl.DataFrame, parts: int, span: tuple[float, float]) -> Floats:
    """Share of the weeks with work in reach in which each part of the week saw work, a little drawn to what
    weekday and hour alone say."""
    worked = _weeks_covered(rows, parts, span).reshape(7, -1)
    could = _weeks_covered(None, parts, span).reshape(7, -1)
    if parts > WEEK_H:  # else a closed hour without work in reach is the rule, and not a gap in what is known
        reach = pl.concat([frame.select("start_s", "end_s") for frame in (rows, queued)])
        could = _weeks_covered(reach, parts, span).reshape(7, -1)
    mean = worked.sum() / max(could.sum(), 1e-9)
    by_day, by_hour = ((worked.sum(axis=i) + mean) / (could.sum(axis=i) + 1.0) for i in (1, 0))
    usual = np.minimum(np.outer(by_day, by_hour) / max(mean, 1e-9), 1.0)
    share: Floats = ((worked + PRIOR_WEEKS * usual) / (could + PRIOR_WEEKS)).reshape(-1)
    return share


def _weeks_covered(times: pl.DataFrame | None, parts: int, span: tuple[float, float]) -> Floats:
    """Weeks of the span in which each part of the week is touched by a row (None: all there are)."""
    part_s = WEEK_S / parts
    first, last = int(span[0] // part_s), max(int(span[1] // part_s), int(span[0] // part_s) + 1)
    touched = np.ones(last + 1 - first, bool)
    if times is not None:
        begin, end = times["start_s"].to_numpy(), times["end_s"].to_numpy()
        stop = np.ceil(np.maximum(end, begin + 1.0) / part_s)
        begun, gone = (np.clip(at, first, last + 1).astype(int) - first for at in (begin // part_s, stop))
        level = np.bincount(begun, minlength=last + 2 - first) - np.bincount(gone, minlength=last + 2 - first)
        touched = np.cumsum(level)[: last + 1 - first] > 0
    weeks: Floats = np.bincount(np.arange(first, last + 1) % parts, touched, parts).astype(np.float64)
    return weeks


def learn_days_off(history: History) -> tuple[tuple[int, ...], list[Finding]]:
    """Days (counted from the origin) on which nothing starts or ends anywhere, though it does on that
    weekday."""
    until = _last_release(history)
    first, last = int(history.start_s // DAY_S) + 1, int(until // DAY_S)
    begin, end = history.rows["start_s"].to_numpy(), history.rows["end_s"].to_numpy()
    at = np.concatenate([begin, end - 1e-3]) // DAY_S
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
