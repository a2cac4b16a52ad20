"""Lots released in one window, each followed equally long: the only fair way to compare a log with its
twin."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities.calendars import monday_before
from zhizao.quantities.errors import LogError
from zhizao.records import Activity, Records, fixed_follow_up_s

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

HOUR_S, DAY_S, WEEK_S = 3600.0, 86400.0, 604800.0
WORK = (Activity.SETUP.value, Activity.PROCESS.value, Activity.INSPECT.value)
BURST = 2.0  # a first week with so many times the usual releases, and by three deviations, is no usual one
_REPEAT = r" #\d+$"


@dataclass(frozen=True, slots=True)
class ObservationWindow:
    """Lots whose first work starts in [start, end) count; each is followed for `follow_s` from then on.

    `cut_by_lot`: the log itself follows each of its lots for a fixed time, so all of them can be followed.
    """

    start: datetime
    end: datetime
    follow_s: float
    cut_by_lot: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Work on the lots of one window, as arrays sorted by lot and start; times in s since `origin`.

    `origin` is the Monday 00:00 before the window, so that weekdays can be read off the numbers.
    """

    origin: datetime
    lot: Indices  # 0 … lots-1, in order of first start
    start_s: Floats
    end_s: Floats
    operation: tuple[str, ...]  # name per row, without the number of a repeat
    work_center: tuple[str, ...]
    names: tuple[str, ...]  # of the lots

    @property
    def lots(self) -> int:
        """Number of lots."""
        return len(self.names)

    def first_s(self) -> Floats:
        """Time of the first start of each lot."""
        first = np.full(self.lots, np.inf)
        np.minimum.at(first, self.lot, self.start_s)
        return first

    def last_s(self) -> Floats:
        """Time of the last end of each lot within its follow-up."""
        last = np.full(self.lots, -np.inf)
        np.maximum.at(last, self.lot, self.end_s)
        return last

    def pick(self, lots: Indices, shift_s: Floats | None = None) -> Cohort:
        """The cohort of these lots (one may occur several times), each moved by its `shift_s`."""
        edges = np.searchsorted(self.lot, np.arange(self.lots + 1))
        counts = np.diff(edges)[lots]
        before = np.cumsum(counts) - counts
        take = np.repeat(edges[lots] - before, counts) + np.arange(int(counts.sum()))
        moved = np.repeat(shift_s if shift_s is not None else np.zeros(len(lots)), counts)
        return replace(
            self,
            lot=np.repeat(np.arange(len(lots)), counts),
            start_s=self.start_s[take] + moved,
            end_s=self.end_s[take] + moved,
            operation=tuple(self.operation[i] for i in take),
            work_center=tuple(self.work_center[i] for i in take),
            names=tuple(self.names[lot] for lot in lots),
        )


def base_name(name: str) -> str:
    """Name of an operation or a product without the number that tells its repeats or variants apart."""
    return re.sub(_REPEAT, "", name)


def choose_window(
    records: Records, *, follow_up_days: float | None = None, before: Collection[str] | None = None
) -> ObservationWindow:
    """Release window and follow-up that a log allows.

    A log that follows each lot for a fixed time (see `fixed_follow_up_s`) gives that time, and all its lots
    count. Of any other log the follow-up is the time from the last release to the log's end, or the time
    within which nine of ten lots finished where that is longer; lots released later than that before the
    log's end do not count.

    Nor do lots that were running when the log began, for their first row is not their release: those named
    in `before` (of an earlier log), or, where no earlier log is there, those of a burst at the beginning.
    """
    spans = _spans(records).filter(~pl.col("lot").is_in(list(before or ())))
    if spans.is_empty():
        raise LogError("no lot was released in this log: all of them are in the earlier one")
    left = [(records.end - release).total_seconds() for release in spans["release"]]
    follow_s, by_lot = _follow_up(spans, left, follow_up_days)
    inside = [
        release
        for release, rest in zip(spans["release"], left, strict=True)
        if by_lot or rest >= follow_s - 1.0
    ]
    inside = sorted(inside) if before is not None else _after_burst(sorted(inside))
    if not inside:
        longest = max(left) / DAY_S
        raise LogError(
            f"no lot can be followed for {follow_s / DAY_S:.1f} days; the log allows {longest:.1f}"
        )
    return ObservationWindow(min(inside), max(inside) + timedelta(seconds=1), follow_s, by_lot)


def _follow_up(spans: pl.DataFrame, left: list[float], days: float | None) -> tuple[float, bool]:
    """How long to follow each lot, and whether the log does so with all its lots."""
    asked_s = None if days is None else days * DAY_S
    span_s = spans["span_s"].to_numpy()
    release_s = -np.array(left)
    running = spans["running"].to_numpy()
    fixed = fixed_follow_up_s(release_s, release_s + span_s, running, 0.0, asked_s=asked_s)
    if asked_s is None and fixed is not None:
        return fixed, True
    if asked_s is not None:
        return asked_s, fixed is not None and asked_s <= fixed
    usual = float(np.quantile(span_s, 0.9))
    return max(min(left), min(usual, 0.5 * max(left)), HOUR_S), False


def _after_burst(releases: list[datetime]) -> list[datetime]:
    """Releases from the first day on whose week sees about as many of them as the log's later two thirds.

    More is twice as many and above their mean by three deviations of a Poisson number.
    """
    if not releases:
        return releases
    at = np.array([(r - releases[0]).total_seconds() / DAY_S for r in releases])
    third = at[-1] / 3
    if third < 7:
        return releases
    usual = 7 * float(np.sum(at >= third)) / (at[-1] - third)
    for day in range(int(third) + 1):
        if np.sum((at >= day) & (at < day + 7)) <= max(usual + 3 * np.sqrt(usual), BURST * usual):
            break
    return [release for release, days in zip(releases, at, strict=True) if days >= day]


def lots_before(past: Records | None, start: datetime) -> frozenset[str] | None:
    """Lots that an earlier log shows at work before `start`; None if it shows none."""
    if past is None:
        return None
    first = _work(past).group_by("lot").agg(pl.col("start").min()).filter(pl.col("start") < start)
    return frozenset(first["lot"]) or None


def cohort(records: Records, window: ObservationWindow, *, without: Collection[str] = ()) -> Cohort:
    """Cut records to a window: set-up, process and inspection rows that start within their lot's follow-up.

    A row that is still running at the lot's last moment ends there. Lots of an earlier log (`without`) do not
    count.
    """
    first = pl.col("first").is_between(window.start, window.end, closed="left")
    work = _with_first(_work(records)).filter(first & ~pl.col("lot").is_in(list(without)))
    return _cut(work, window)


def cohort_of_orders(records: Records, window: ObservationWindow, orders: Collection[str]) -> Cohort:
    """The lots of these orders, whenever their work begins, each followed as long as the window says."""
    return _cut(_with_first(_work(records).filter(pl.col("order").is_in(list(orders)))), window)


def _with_first(work: pl.DataFrame) -> pl.DataFrame:
    return work.with_columns(first=pl.col("start").min().over("lot"))


def _cut(work: pl.DataFrame, window: ObservationWindow) -> Cohort:
    rows = (
        work.with_columns(limit=pl.col("first") + timedelta(seconds=window.follow_s))
        .filter(pl.col("start") < pl.col("limit"))
        .with_columns(end=pl.min_horizontal(pl.col("end").fill_null(pl.col("limit")), "limit"))
        .sort("first", "lot", "start", "end", maintain_order=True)
    )
    origin = monday_before(window.start)
    return Cohort(
        origin=origin,
        lot=rows["lot"].rle_id().to_numpy().astype(np.int64) if rows.height else np.zeros(0, np.int64),
        start_s=_seconds(rows["start"], origin),
        end_s=_seconds(rows["end"], origin),
        operation=tuple(rows["operation"].str.replace(_REPEAT, "")),
        work_center=tuple(rows["work_center"]),
        names=tuple(rows["lot"].unique(maintain_order=True)),
    )


def _work(records: Records) -> pl.DataFrame:
    if records.events is None:
        raise LogError("the records have no events; a comparison needs the event log")
    work = records.events.filter(pl.col("lot").is_not_null() & pl.col("activity").cast(pl.String).is_in(WORK))
    return work.with_columns(pl.col("operation").fill_null(pl.col("work_center")))


def _spans(records: Records) -> pl.DataFrame:
    last = pl.max_horizontal(pl.col("end").max(), pl.col("start").max())
    work = _work(records)
    if work.is_empty():
        raise LogError("the log has no set-up, process or inspection row of a lot")
    spans = work.group_by("lot", maintain_order=True).agg(
        release=pl.col("start").min(), last=last, running=pl.col("end").is_null().any()
    )
    return spans.with_columns(span_s=(pl.col("last") - pl.col("release")).dt.total_microseconds() / 1e6)


def _seconds(times: pl.Series, origin: datetime) -> Floats:
    return (times - origin).dt.total_microseconds().to_numpy().astype(np.float64) / 1e6
