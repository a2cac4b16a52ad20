"""Working time of each work center, learned from when it worked although it could: a week of hours, or of
quarters of them where the log is rich, open or closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.log.jobs import codes
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.log.week import DAY_S, HOUR_S, WEEK_H, WEEK_S, Flags, Floats, Opening

THIN_ROWS = 40  # below this a work center borrows the hours of all thin ones
OPEN_SHARE = 0.3  # an hour is open if it sees work this often, against the center's busiest hours
SURE_REST = 12.0  # starts and ends that a covered but quiet block of hours would show if it were worked
BUSY_DAY = 4  # starts and ends on a usual weekday, so that a day without any is a day off
PRIOR_WEEKS = 2.0  # weight of what weekday and hour alone say, against the weeks seen
RICH_ROWS = 500  # from here on quarters of an hour can be told apart
LEAST_WEEKS = 2.0  # of log from which a week can be told at all
SEEN_WEEKS = 2  # weeks with work in an hour, from which it is no exception
SURE_CLOSED = 6.0  # starts and ends that closed hours would have shown (one chance in 400)
CYCLE_TIMES = 4  # quarters of an hour of the day at which a machine with a cycle starts and ends
CYCLE_SHARE = 0.9  # share of its starts and ends in these
MOSTLY = 0.5  # share of first operations from which what waits at a work center is not known
SAME = 0.005  # a scatter below this is none
LEAST_S = 60.0
_FEW = ""  # all work centers with few rows
FINE = 0.1  # share of the starts that must lie in each quarter of the hour


def learn_pauses(history: History) -> tuple[dict[str, Opening], list[Finding]]:
    """Weeks without the hours in which work in hand rests, for work centers whose rows span such hours.

    Some logs report a job that rests over the night as one row, others a row per shift. Hours that rows
    cover, in which none ever starts or ends though many would if it were worked, are a rest, if the times of
    the jobs scatter no more without them: a regular cycle is quiet between its ends, too.
    """
    found: dict[str, Opening] = {}
    findings: list[Finding] = []
    if _weeks(history) < LEAST_WEEKS:
        return found, findings
    for (name,), rows in history.rows.group_by("work_center", maintain_order=True):
        resting = _resting(rows, history.start_s, history.end_s)
        if resting.any() and _rests(rows, Opening(~resting)):
            found[str(name)] = Opening(~resting)
            how = "hours that rows cover, but in which none starts or ends, and that make jobs longer"
            value = f"work in hand rests {WEEK_H - found[str(name)].hours:g} h a week"
            findings.append(Finding(f"work_centers.{name}.off_shift", value, rows.height, how))
    return found, findings


def _weeks(history: History) -> float:
    return (history.end_s - history.start_s) / WEEK_S


def _rests(rows: pl.DataFrame, opening: Opening) -> bool:
    """Whether times scatter no more (sum of squares of logarithms within the same work) in open hours than in
    all hours.

    Where they do not scatter at all, nor tell by their length, a cycle that goes into days (or days into it)
    is taken for a cycle.
    """
    own = rows.filter(~pl.col("running") & (pl.col("end_s") > pl.col("start_s")))
    own = own.unique(["operation", "unit", "activity", "start_s", "end_s"], maintain_order=True)
    kind = codes(own, "operation", "activity", "product")[0]
    start, end = own["start_s"].to_numpy(), own["end_s"].to_numpy()
    spent = np.maximum([end - start, opening.open_until(end) - opening.open_until(start)], LEAST_S)
    logs = np.log(spent)
    count = np.maximum(np.bincount(kind), 1)
    always, opened = (float(np.square(x - (np.bincount(kind, x) / count)[kind]).sum()) for x in logs)
    if max(always, opened) > SAME**2 * len(kind):
        return opened <= always
    cycles = DAY_S / spent[0]
    whole = np.minimum(np.abs(cycles - np.round(cycles)), np.abs(1 / cycles - np.round(1 / cycles)))
    return bool(whole.min(initial=1.0) > SAME)


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
    at = _moments(rows) // (WEEK_S / parts)
    seen = np.bincount(at.astype(int) % parts, minlength=parts)
    covered = _weeks_covered(rows, parts, (start_s, end_s))
    expected = len(at) * covered / max(float(covered.sum()), 1e-9)
    of_day = _quiet(seen.reshape(7, -1).sum(axis=0), expected.reshape(7, -1).sum(axis=0))
    return _quiet(seen, expected) | np.tile(of_day, 7)


def _moments(rows: pl.DataFrame) -> Floats:
    """Starts and ends, each moment once: lots of a batch, and a start at the end before, tell one thing."""
    # an end on the hour belongs to the hour before it, a start to the hour that begins
    begin, end = rows["start_s"].unique().to_numpy(), rows["end_s"].unique().to_numpy()
    return np.concatenate([begin, end[~np.isin(end, begin)] - 1e-3])


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


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What is known of the hours of a work center, by part of the week (quarters of an hour)."""

    rows: int
    flags: Flags  # open, as far as it goes by itself
    worked: Floats  # weeks in which it worked
    could: Floats  # weeks in which it had work
    expected: Floats  # starts and ends that would be seen at a steady pace over the week
    cyclic: bool  # it starts and ends at a few times of the day only, so that its quiet hours say nothing

    @property
    def known(self) -> Flags:
        """Parts of which the log tells anything."""
        return np.asarray(self.could > 0)


def learn_openings(
    history: History, pauses: dict[str, Opening] | None = None, days_off: tuple[int, ...] = ()
) -> tuple[dict[str, Opening], list[Finding]]:
    """Opening of every work center, with the days off of all.

    A work center keeps the hours of the plant unless its own surely differ; those with few rows are looked at
    together. Of less than two weeks no hours are learned: every work center is taken to be always open.
    """
    rows, resting = history.rows, pauses or {}
    counts = dict(rows.group_by("work_center").len().iter_rows())
    if _weeks(history) < LEAST_WEEKS:
        return _always(counts, history, days_off)
    groups = _groups(history, counts)
    common = _common(groups)
    found: dict[str, Opening] = {}
    findings = []
    for name in sorted(counts):
        own = groups.get(name) or groups[_FEW]
        flags, doubtful = _settled(own, common)
        found[name] = Opening(_shortest(flags))
        if name in resting:
            found[name] = found[name].both(resting[name])
        found[name] = replace(found[name], off=days_off)
        hours = found[name].hours
        how = (
            f"hours of the week in which work that is there is done at least {OPEN_SHARE:.0%} as often as in "
            f"its busiest hours{', pooled over work centers with few rows' if name not in groups else ''}"
        )
        value = f"{hours:g} h a week"
        if doubtful:
            value += f", {doubtful:g} h of the week uncertain"
            how += "; where few jobs decide, the hours of most work centers"
        findings.append(Finding(f"work_centers.{name}.calendar", value, own.rows, how, hours * HOUR_S))
    return found, findings


def _always(
    counts: dict[str, int], history: History, days_off: tuple[int, ...]
) -> tuple[dict[str, Opening], list[Finding]]:
    days = _weeks(history) * 7
    how = f"{days:.1f} days of log: hours of the week are learned from {LEAST_WEEKS:g} weeks on"
    return {name: Opening(np.ones(WEEK_H, bool), days_off) for name in sorted(counts)}, [
        Finding(f"work_centers.{name}.calendar", "unknown (always open assumed)", n, how)
        for name, n in sorted(counts.items())
    ]


def _groups(history: History, counts: dict[str, int]) -> dict[str, _Seen]:
    """What is known of each work center, and of all with few rows together."""
    rows, waits = (
        history.rows,
        history.table.select(
            "work_center",
            first=pl.Series(np.isinf(history.ready_s)),
            start_s=pl.Series(history.ready_s),
            end_s="start_s",
        ),
    )
    span = (history.start_s, _last_release(history))
    thin = [name for name, n in counts.items() if n < THIN_ROWS]
    found = {}
    for name in [*(name for name in sorted(counts) if name not in thin), *([_FEW] if thin else [])]:
        here = pl.col("work_center").is_in(thin) if name == _FEW else pl.col("work_center") == name
        found[name] = _seen(rows.filter(here), waits.filter(here), span)
    return found


def _common(groups: dict[str, _Seen]) -> Flags:
    """Hours of most work centers that tell of them, by their rows; where none tells, closed."""
    weight = np.array([[min(own.rows, RICH_ROWS)] * own.known for own in groups.values()])
    votes = np.array([own.flags for own in groups.values()])
    return np.asarray((weight * votes).sum(axis=0) > weight.sum(axis=0) / 2)


def _settled(own: _Seen, common: Flags) -> tuple[Flags, float]:
    """The hours of a work center, and how many of them (h) are those of the plant because few jobs decide."""
    flags = own.flags.copy()
    closed = _surely_closed(own)
    opened = flags & own.known & (own.worked >= SEEN_WEEKS)
    by_day = own.known.reshape(7, -1).any(axis=0)
    if by_day.all() and not closed.any():  # it never rested while it had work
        return np.ones_like(flags), 0.0
    doubtful = ~(closed & (not own.cyclic)) & ~opened & (flags != common)
    flags[doubtful] = common[doubtful]
    return flags, float((doubtful & own.known).sum()) * WEEK_H / len(flags)


def _surely_closed(own: _Seen) -> Flags:
    """Closed blocks, of the week or at the same time on several days, in which much would have been seen."""
    closed: Flags = ~own.flags & own.known
    expected = own.expected
    sure = np.zeros(len(closed), bool)
    for block in _blocks(closed):
        sure[block] = expected[block].sum() >= SURE_CLOSED
    daily = closed.reshape(7, -1)
    often = np.where(daily, expected.reshape(7, -1), 0.0).sum(axis=0)
    for block in _blocks(np.asarray(daily.any(axis=0))):
        if often[block].sum() >= SURE_CLOSED:
            at = np.zeros(daily.shape[1], bool)
            at[block] = True
            sure |= closed & np.tile(at, 7)
    return sure


def _shortest(flags: Flags) -> Flags:
    """By the hour where no quarter of an hour is told apart."""
    hourly = flags.reshape(WEEK_H, -1)
    return hourly[:, 0] if (hourly == hourly[:, :1]).all() else flags


def _last_release(history: History) -> float:
    """Until when the log is dense: later only lots that were already there are followed."""
    return max(history.last_release_s, min(history.start_s + WEEK_S, history.end_s))


def _seen(rows: pl.DataFrame, waits: pl.DataFrame, span: tuple[float, float]) -> _Seen:
    parts = _parts(rows)
    worked, could = _weeks_covered(rows, parts, span), _weeks_covered(None, parts, span)
    # of few rows a closed hour without work in reach is the rule, and not a gap in what is known; and what
    # waits before the first operation of lots, nobody knows
    if rows.height >= RICH_ROWS and waits["first"].to_numpy().mean() <= MOSTLY:
        queued = _queued(waits, _together(rows))
        could = _weeks_covered(pl.concat([rows.select("start_s", "end_s"), queued]), parts, span)
    share = _share(worked.reshape(7, -1), could.reshape(7, -1))
    busiest = float(np.sort(share)[-parts // 4 :].mean())
    flags: Flags = share >= OPEN_SHARE * busiest
    if parts == WEEK_H:  # of few rows one quiet hour between two others says nothing
        flags |= np.roll(flags, 1) & np.roll(flags, -1)
    each = WEEK_H * 4 // parts
    moments, weeks = _moments(rows), _weeks_covered(None, WEEK_H * 4, span)
    times = np.sort(np.bincount((moments // (HOUR_S / 4)).astype(int) % 96, minlength=96))
    cyclic = bool(times[-CYCLE_TIMES:].sum() >= CYCLE_SHARE * len(moments))
    expected = weeks * len(moments) / weeks.sum()
    flags, worked, could = np.repeat(flags, each), np.repeat(worked, each), np.repeat(could, each)
    return _Seen(rows.height, flags, worked, could, expected, cyclic)


def _together(rows: pl.DataFrame) -> int:
    """Lots of the largest batch, 1 where batches are no rule: fewer than these may wait for others."""
    size = rows.group_by("unit", "start_s", "end_s").len()["len"].to_numpy()
    return int(size.max()) if size[size > 1].sum() > MOSTLY * rows.height else 1


def _queued(waits: pl.DataFrame, least: int) -> pl.DataFrame:
    """From when to when so many lots waited after the end of their work before."""
    own = waits.filter(~pl.col("first") & (pl.col("end_s") > pl.col("start_s"))).select("start_s", "end_s")
    if least == 1:
        return own
    step = pl.concat([
        own.select(at="start_s", by=pl.lit(1)), own.select(at="end_s", by=pl.lit(-1)),
    ]).sort("at", "by")  # fmt: skip
    spans = step.select(start_s="at", end_s=pl.col("at").shift(-1), lots=pl.col("by").cum_sum())
    return spans.filter((pl.col("lots") >= least) & (pl.col("end_s") > pl.col("start_s"))).drop("lots")


def _share(worked: Floats, could: Floats) -> Floats:
    """Share of the weeks with work in reach in which each part of the week saw work, a little drawn to what
    weekday and hour alone say."""
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
