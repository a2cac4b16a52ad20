"""Event logs in one form, and hold-outs in them: lots released in a window, each followed equally long.

The logs are not part of the repository (ZHIZAO_SHARED, or ../shared beside it).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

SHARED = Path(os.environ.get("ZHIZAO_SHARED", Path(__file__).resolve().parents[3] / "shared"))
SHOP = "shop"
PUBLIC = ("P2P", "AcademicCredentials", "LoanApp", "BPIC_2012_W")
SHOP_FOLLOW_H = 504.0  # the shop's log follows each lot for 21 days
SHOP_ORIGINS = (19, 23, 26, 30)  # January 2012
ORIGINS = (0.4, 0.6, 0.75)  # of the releases
MOST_LOTS, MOST_PAST_LOTS, FEWEST_LOTS = 300, 1500, 20  # of a hold-out
_COLUMNS = {
    "case:concept:name": "case", "case_id": "case", "activity": "activity", "Activity": "activity",
    "resource": "resource", "Resource": "resource", "start_time": "start", "start_timestamp": "start",
    "end_time": "end", "time:timestamp": "end",
}  # fmt: skip

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class EventLog:
    """Rows of lots, sorted by lot and start; times in h since `origin`, a Monday 00:00.

    An end of nan: still running. `lot` counts from 0; `parts`, `pieces` and `names` have an entry per lot.
    `followed_h`: each lot is followed for so long, if the log was made so.
    """

    name: str
    origin: datetime
    lot: Indices
    activity: Texts
    resource: Texts
    start_h: Floats
    end_h: Floats
    parts: tuple[str | None, ...]
    pieces: tuple[int, ...]
    names: tuple[str, ...]
    last_h: float
    followed_h: float | None = None

    @property
    def lots(self) -> int:
        return len(self.names)

    def first_h(self) -> Floats:
        """First start of each lot."""
        first = np.full(self.lots, np.inf)
        np.minimum.at(first, self.lot, self.start_h)
        return first

    def lasting_h(self) -> Floats:
        """From the first start of each lot to its last end that is known."""
        last = np.full(self.lots, -np.inf)
        np.maximum.at(last, self.lot, np.nan_to_num(self.end_h, nan=-np.inf))
        return last - self.first_h()

    def take(self, lots: Indices, *, before_h: float = np.inf, follow_h: float = np.inf) -> EventLog:
        """Rows of these lots that start before a moment and in their follow-up; what runs on has no end."""
        number = np.full(self.lots, -1)
        number[lots] = np.arange(len(lots))
        limit = np.minimum(self.first_h()[self.lot] + follow_h, before_h)
        keep = (number[self.lot] >= 0) & (self.start_h < limit)
        end = np.where(self.end_h > limit, np.nan, self.end_h)[keep]
        lot, start = number[self.lot[keep]], self.start_h[keep]
        order = np.lexsort((np.nan_to_num(end, nan=np.inf), start, lot))
        return EventLog(
            self.name,
            self.origin,
            lot[order],
            self.activity[keep][order],
            self.resource[keep][order],
            start[order],
            end[order],
            tuple(self.parts[i] for i in lots),
            tuple(self.pieces[i] for i in lots),
            tuple(self.names[i] for i in lots),
            min(self.last_h, before_h),
            self.followed_h,
        )


@dataclass(frozen=True, eq=False)
class HoldOut:
    """Learn from `past`; then for releases, parts and sizes of the lots of `test` predict their follow-up."""

    name: str
    past: EventLog
    test: EventLog
    follow_h: float
    origin_h: float  # when the releases of `test` begin


# ---------------------------------------------------------------- logs
def event_log(name: str, table: pl.DataFrame, *, followed_h: float | None = None) -> EventLog:
    """A log of columns case, activity, resource, start, end (datetimes without a zone), and part and pieces
    where they are there."""
    table = table.filter(pl.col("start").is_not_null()).sort("case", "start", "end", nulls_last=True)
    earliest = table["start"].min()
    assert isinstance(earliest, datetime)  # the log has rows
    origin = datetime(earliest.year, earliest.month, earliest.day) - timedelta(days=earliest.weekday())
    start, end = (_hours(table[name], origin) for name in ("start", "end"))
    first = table.group_by("case", maintain_order=True).first()
    order = {case: i for i, case in enumerate(first["case"])}
    parts = first["part"] if "part" in table.columns else [None] * len(order)
    pieces = first["pieces"] if "pieces" in table.columns else [1] * len(order)
    return EventLog(
        name,
        origin,
        np.array([order[case] for case in table["case"]]),
        table["activity"].to_numpy().astype(str),
        table["resource"].fill_null("none").to_numpy().astype(str),
        start,
        np.where(end < start, start, end),
        tuple(parts),
        tuple(count or 1 for count in pieces),
        tuple(order),
        float(np.nanmax(np.concatenate([start, end]))),
        followed_h,
    )


def _hours(times: pl.Series, origin: datetime) -> Floats:
    hours = (times - origin).dt.total_microseconds().cast(pl.Float64) / 3.6e9
    return hours.fill_null(np.nan).to_numpy()


def shop_log() -> EventLog:
    """The machine shop; reports of breakdowns are no work."""
    raw = pl.read_csv(SHARED / "data" / "production" / "train.csv", infer_schema_length=0)
    raw = raw.filter(pl.col("report_type") != "B").unique(maintain_order=True)
    table = raw.select(
        _time("start_time").alias("start"),
        _time("end_time").alias("end"),
        "activity",
        "part",
        case="case_id",
        resource="machine",
        pieces=pl.col("order_qty").cast(pl.Int64, strict=False),
    )
    return event_log(SHOP, table, followed_h=SHOP_FOLLOW_H)


def public_log(name: str) -> EventLog:
    """One of the public logs; zones are dropped, and so are rows that mark the start and end of a case."""
    raw = pl.read_csv(SHARED / "data" / "logs" / f"{name}.csv.gz", infer_schema_length=0)
    ours: dict[str, str] = {}
    for column in raw.columns:
        ours.setdefault(_COLUMNS.get(column, ""), column)
    table = raw.select(**{our: pl.col(column) for our, column in ours.items() if our})
    table = table.with_columns(_time("start"), _time("end"))
    return event_log(name, table.filter(~pl.col("activity").is_in(["Start", "End"])))


def _time(column: str) -> pl.Expr:
    text = pl.col(column).str.slice(0, 19).str.replace("T", " ")
    return text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)


# ---------------------------------------------------------------- hold-outs
def holdouts(name: str) -> Iterator[HoldOut]:
    """Hold-outs of a log: the shop's four rolling origins, three of any other.

    Follow-up of other logs: the 90 % quantile of the times of their lots, at most half of the past and a
    third of the rest.
    """
    if name == SHOP:
        log = shop_log()
        for day in SHOP_ORIGINS:
            at_h = (datetime(2012, 1, day) - log.origin).total_seconds() / 3600
            yield split_by_lot(log, at_h, SHOP_FOLLOW_H)
        return
    log = public_log(name)
    first = log.first_h()
    usual = float(np.quantile(log.lasting_h(), 0.9))
    for share in ORIGINS:
        at_h = float(np.quantile(first, share))
        follow = min(usual, (at_h - first.min()) / 2, (log.last_h - at_h) / 3)
        found = split_in_time(log, at_h, follow)
        if found.test.lots >= FEWEST_LOTS:
            yield found


def split_by_lot(log: EventLog, at_h: float, follow_h: float) -> HoldOut:
    """Lots released from a moment on are held out, whole lots released before it are the past: of a log that
    follows each of its lots for a fixed time."""
    first = log.first_h()
    past, test = np.flatnonzero(first < at_h), np.flatnonzero(first >= at_h)
    test_log = log.take(test, follow_h=follow_h)
    return HoldOut(f"{log.name}@{at_h / 24:.0f}d", log.take(past), test_log, follow_h, at_h)


def split_in_time(log: EventLog, at_h: float, follow_h: float) -> HoldOut:
    """The past ends at a moment: rows that run then have no end, later ones do not exist."""
    first = log.first_h()
    past = np.flatnonzero(first < at_h)
    past = np.sort(past[np.argsort(first[past])[-MOST_PAST_LOTS:]])
    test = np.flatnonzero((first >= at_h) & (first + follow_h <= log.last_h))
    test = test[np.argsort(first[test])][:MOST_LOTS]
    past_log, test_log = log.take(past, before_h=at_h), log.take(test, follow_h=follow_h)
    return HoldOut(f"{log.name}@{at_h / 24:.0f}d", past_log, test_log, follow_h, at_h)
