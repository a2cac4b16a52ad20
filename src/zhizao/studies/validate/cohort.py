"""Lots released in one window, each followed equally long: the only fair way to compare a log with its
twin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records import Activity, Records

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

HOUR_S, DAY_S, WEEK_S = 3600.0, 86400.0, 604800.0
WORK = (Activity.SETUP.value, Activity.PROCESS.value, Activity.INSPECT.value)
_REPEAT = re.compile(r" #\d+$")


@dataclass(frozen=True, slots=True)
class Window:
    """Lots whose first work starts in [start, end) count; each is followed for `follow_s` from then on."""

    start: datetime
    end: datetime
    follow_s: float


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
    lots: int

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
        rows = [np.flatnonzero(self.lot == lot) for lot in lots]
        take = np.concatenate(rows) if rows else np.zeros(0, np.int64)
        counts = np.array([len(r) for r in rows], np.int64)
        moved = np.repeat(shift_s if shift_s is not None else np.zeros(len(lots)), counts)
        return Cohort(
            origin=self.origin,
            lot=np.repeat(np.arange(len(lots)), counts),
            start_s=self.start_s[take] + moved,
            end_s=self.end_s[take] + moved,
            operation=tuple(self.operation[i] for i in take),
            work_center=tuple(self.work_center[i] for i in take),
            lots=len(lots),
        )


def base_name(name: str) -> str:
    """Name of an operation or a product without the number that tells its repeats or variants apart."""
    return _REPEAT.sub("", name)


def choose_window(records: Records, *, follow_up_days: float | None = None) -> Window:
    """Release window and follow-up that a log allows.

    The follow-up is the time from the last release to the log's end, or the time within which nine of
    ten lots finished where that is longer; lots released later than that before the log's end do not
    count. Nor do those of a burst at the log's beginning: they were running already, and their first
    row is not their release.
    """
    spans = _spans(records)
    left = [(records.end - release).total_seconds() for release in spans["release"]]
    if follow_up_days is None:
        usual = float(np.quantile(spans["span_s"].to_numpy(), 0.9))
        follow_s = max(min(left), min(usual, 0.5 * max(left)), HOUR_S)
    else:
        follow_s = follow_up_days * DAY_S
    inside = [release for release, rest in zip(spans["release"], left, strict=True) if rest >= follow_s - 1.0]
    inside = _after_burst(sorted(inside))
    if not inside:
        longest = max(left) / DAY_S
        raise LogError(
            f"no lot can be followed for {follow_s / DAY_S:.1f} days; the log allows {longest:.1f}"
        )
    return Window(min(inside), max(inside) + timedelta(seconds=1), follow_s)


def _after_burst(releases: list[datetime]) -> list[datetime]:
    """Releases from the first day on whose week sees no more of them than the log's later two thirds do.

    More means above the mean of as long a time by twice the deviation of a Poisson number.
    """
    if not releases:
        return releases
    at = np.array([(r - releases[0]).total_seconds() / DAY_S for r in releases])
    third = at[-1] / 3
    if third < 7:
        return releases
    usual = 7 * float(np.sum(at >= third)) / (at[-1] - third)
    for day in range(int(third) + 1):
        if np.sum((at >= day) & (at < day + 7)) <= usual + 2 * np.sqrt(usual):
            break
    return [release for release, days in zip(releases, at, strict=True) if days >= day]


def cohort(records: Records, window: Window) -> Cohort:
    """Cut records to a window: set-up, process and inspection rows that start within their lot's follow-up.

    A row that is still running at the lot's last moment ends there.
    """
    work = _work(records)
    first = pl.col("start").min().over("lot")
    limit = first + timedelta(seconds=window.follow_s)
    rows = (
        work.with_columns(first=first, limit=limit)
        .filter(pl.col("first").is_between(window.start, window.end, closed="left"))
        .filter(pl.col("start") < pl.col("limit"))
        .with_columns(end=pl.min_horizontal(pl.col("end").fill_null(pl.col("limit")), "limit"))
        .sort("first", "lot", "start", "end", maintain_order=True)
    )
    origin = _monday(window.start)
    lot = rows["lot"].rle_id().to_numpy().astype(np.int64) if rows.height else np.zeros(0, np.int64)
    return Cohort(
        origin=origin,
        lot=lot,
        start_s=_seconds(rows["start"], origin),
        end_s=_seconds(rows["end"], origin),
        operation=tuple(base_name(name) for name in rows["operation"]),
        work_center=tuple(rows["work_center"]),
        lots=int(lot[-1]) + 1 if len(lot) else 0,
    )


def _work(records: Records) -> pl.DataFrame:
    if records.events is None:
        raise LogError("the records have no events; a comparison needs the event log")
    work = records.events.filter(pl.col("lot").is_not_null() & pl.col("activity").cast(pl.String).is_in(WORK))
    if work.is_empty():
        raise LogError("the log has no set-up, process or inspection row of a lot")
    return work.with_columns(pl.col("operation").fill_null(pl.col("work_center")))


def _spans(records: Records) -> pl.DataFrame:
    last = pl.max_horizontal(pl.col("end").max(), pl.col("start").max())
    spans = _work(records).group_by("lot").agg(release=pl.col("start").min(), last=last)
    return spans.with_columns(span_s=(pl.col("last") - pl.col("release")).dt.total_microseconds() / 1e6)


def _monday(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, moment.day) - timedelta(days=moment.weekday())


def _seconds(times: pl.Series, origin: datetime) -> Floats:
    return (times - origin).dt.total_microseconds().to_numpy().astype(np.float64) / 1e6
