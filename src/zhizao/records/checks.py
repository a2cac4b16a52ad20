"""Checks of a log's data: each looks at the events and gives one finding, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records.files import with_events
from zhizao.records.findings import Finding, Quality
from zhizao.records.schema import Activity, Records

_WORK = [Activity.SETUP.value, Activity.PROCESS.value, Activity.INSPECT.value]

DEFAULT_ROWS = 20  # so many rows of one length, at least
DEFAULT_SHARE = 0.03  # of all rows
DEFAULT_EXCESS = 4.0  # times as many as the round lengths about it have
SAME_SHARE = 0.8  # of an operation's rows with one and the same length
USUAL_SHARE = 0.95  # of a unit's busy time with no more jobs than is usual
SHIFT_ROWS = 10
SHIFT_SHARE = 0.5  # of a unit's rows that begin before the lot was done elsewhere
SHIFT_EXCESS = 3.0  # times the share of the other units
LOTS = 20  # fewest lots from which first and last operations are inferred
RARE = 0.02  # share of lots that begin (or end) at an operation where lots do not begin (or end)
OPEN_DAY = 0.5  # share of a weekday's dates with rows: it is a working day


def quality(records: Records) -> Quality:
    """Check the events of records; what only the reader of a log can see is not in it.

    Checks: duplicates, missing ends, spans of 0, default lengths, missing times of day, overlaps of a lot,
    overlaps on a unit beyond its usual, clocks that are off, lots cut off, days without rows, names that
    differ only in how they are written.
    """
    full = with_events(records)
    if full.events is None:
        raise LogError("the records have no events; the quality of a log is seen in its events")
    events = full.events
    work = events.filter(pl.col("lot").is_not_null() & pl.col("activity").cast(pl.String).is_in(_WORK))
    work = work.with_columns(
        place=pl.coalesce("unit", "work_center", "operation"),
        length_s=(pl.col("end") - pl.col("start")).dt.total_microseconds() / 1e6,
    )
    # numbers sort and group several times as fast as names
    numbers = (pl.col(n).cast(pl.Categorical).to_physical().alias(f"{n}_no") for n in ("lot", "place"))
    work = work.with_columns(numbers).sort("lot_no", "start", "end", maintain_order=True)
    found = [check(events) for check in _OF_EVENTS] + [check(work) for check in _OF_WORK if work.height]
    return Quality(tuple(f for f in found if f is not None), events.height)


def rows_finding(check: str, found: str, count: int, total: int, *, done: str, remedy: str) -> Finding | None:
    """A finding about rows; None where there are none."""
    return Finding(check, found, count, "rows", count / max(total, 1), done, remedy) if count else None


# ---------------------------------------------------------------- single rows
def _duplicates(events: pl.DataFrame) -> Finding | None:
    count = events.height - events.hash_rows().n_unique()
    return rows_finding(
        "duplicates", "rows that are the same in every column", count, events.height,
        done="kept: the records hold them", remedy="export each report once",
    )  # fmt: skip


def _missing_ends(events: pl.DataFrame) -> Finding | None:
    return rows_finding(
        "missing ends", "rows without an end", events["end"].null_count(), events.height,
        done="kept as still running", remedy="book the end, or leave out what was cancelled",
    )  # fmt: skip


def _no_length(work: pl.DataFrame) -> Finding | None:
    return rows_finding(
        "no length", "rows that end when they start",
        work.filter(pl.col("length_s") == 0).height, work.height,
        done="kept: they count as work without time", remedy="book start and end apart",
    )  # fmt: skip


def _default_lengths(work: pl.DataFrame) -> Finding | None:
    """One exact length that is far more frequent than other round ones: a default, not a measurement."""
    lengths = work.filter(pl.col("length_s") > 0)
    counts = (
        lengths.group_by("length_s").agg(pl.len().alias("n")).sort("n", "length_s", descending=[True, False])
    )
    least = max(DEFAULT_ROWS, DEFAULT_SHARE * lengths.height)
    # people round to quarters of an hour: such a length is usual as long as its neighbours are, too
    usual = float(counts["n"].slice(1, 11).median() or 0.0) if counts.height > 1 else 0.0  # type: ignore[arg-type]
    found = counts.filter((pl.col("n") >= least) & (pl.col("n") > DEFAULT_EXCESS * usual))
    shown = ", ".join(f"{_length(s)} in {n} rows" for s, n in found.head(3).iter_rows())
    return rows_finding(
        "default lengths", f"one length far too often: {shown}", int(found["n"].sum()), work.height,
        done="kept: their times are what the log says", remedy="book real ends; leave no default in the form",
    )  # fmt: skip


def _same_lengths(work: pl.DataFrame) -> Finding | None:
    """Operations whose rows have nearly all one length: standard times, or a machine's fixed cycle."""
    lengths = work.filter(pl.col("length_s") > 0)
    by = lengths.group_by("operation", "length_s").agg(pl.len().alias("n"))
    by = by.with_columns(total=pl.col("n").sum().over("operation"))
    same = by.filter((pl.col("total") >= DEFAULT_ROWS) & (pl.col("n") >= SAME_SHARE * pl.col("total")))
    same = same.sort("n", "operation", descending=[True, False])
    shown = ", ".join(
        f"{op} {_length(s)}" for op, s in same.select("operation", "length_s").head(3).iter_rows()
    )
    return rows_finding(
        "one length per operation", f"{same.height} operations with nearly always one length ({shown})",
        int(same["n"].sum()), work.height,
        done="kept: right for a fixed cycle", remedy="if these are standard times, book actual ones",
    )  # fmt: skip


def _whole_days(work: pl.DataFrame) -> Finding | None:
    """Operations whose times are dates: most rows start at midnight sharp, which no shift does."""
    midnight = pl.col("start").dt.time() == time(0, 0)
    by = work.group_by("operation").agg(midnight.sum().alias("n"), pl.len().alias("of"))
    dated = by.filter((pl.col("n") >= 5) & (pl.col("n") >= OPEN_DAY * pl.col("of"))).sort(
        "n", descending=True
    )
    shown = ", ".join(dated["operation"].fill_null("?").head(3))
    return rows_finding(
        "dates only", f"rows that start at midnight sharp, in operations where most do ({shown})",
        int(dated["n"].sum()), work.height,
        done="kept: the start is taken as midnight", remedy="export the time of day, not only the date",
    )  # fmt: skip


# ---------------------------------------------------------------- rows beside one another
def _lot_overlaps(work: pl.DataFrame) -> Finding | None:
    before = pl.col("end").fill_null(pl.col("start")).cum_max().shift(1).over("lot_no")
    last = pl.col("place_no").shift(1).over("lot_no")
    count = work.filter((pl.col("start") < before) & (pl.col("place_no") != last)).height
    return rows_finding(
        "lot overlaps", "rows of a lot that begin while the lot is still elsewhere", count, work.height,
        done="kept: the next step begins with the first pieces",
        remedy="fine for transfer batches; otherwise book the end when the work ends",
    )  # fmt: skip


def _unit_overlaps(work: pl.DataFrame) -> Finding | None:
    """Rows that begin on a unit with more jobs in hand than it has in 95 % of its busy time."""
    closed = work.filter(pl.col("end") > pl.col("start"))
    begin = closed.select("place_no", at="start", step=pl.lit(1))
    end = closed.select("place_no", at="end", step=pl.lit(-1))
    moves = pl.concat([begin, end]).sort("place_no", "at", "step")  # in the end a unit has nothing in hand:
    same = pl.col("place_no") == pl.col("place_no").shift(-1)  # one sum serves all units
    moves = moves.with_columns(
        jobs=pl.col("step").cum_sum(),
        s=pl.when(same).then(pl.col("at").shift(-1) - pl.col("at")).dt.total_microseconds().fill_null(0),
    )
    busy = moves.filter(pl.col("jobs") > 0).group_by("place_no", "jobs").agg(pl.col("s").sum())
    busy = busy.sort("place_no", "jobs")
    share = pl.col("s").cum_sum().over("place_no") / pl.col("s").sum().over("place_no")
    usual = busy.filter(share >= USUAL_SHARE).group_by("place_no").agg(pl.col("jobs").min().alias("usual"))
    beyond = moves.join(usual, on="place_no").filter(
        (pl.col("step") == 1) & (pl.col("jobs") > pl.col("usual"))
    )
    beyond = beyond.join(work.unique("place_no").select("place_no", "place"), on="place_no")
    worst = beyond.group_by("place").agg(pl.len().alias("n"), pl.col("usual").first(), pl.col("jobs").max())
    worst = worst.sort("n", "place", descending=[True, False]).head(3)
    shown = ", ".join(f"{p}: up to {j} at once, usually {u}" for p, _, u, j in worst.iter_rows())
    return rows_finding(
        "unit overlaps", f"rows that begin while their unit has more in hand than usual ({shown})",
        beyond.height, work.height,
        done="kept: what is usual counts as capacity", remedy="log off finished work before the next begins",
    )  # fmt: skip


def _clock_shifts(work: pl.DataFrame) -> Finding | None:
    """Units most of whose rows begin before the lot was done elsewhere, unlike those of other units."""
    same = pl.col("lot_no") == pl.col("lot_no").shift(1)
    own = work.select(
        "place", "place_no",
        early=(pl.col("end").shift(1) - pl.col("start")).dt.total_microseconds() / 1e6,
        moved=same & (pl.col("place_no") != pl.col("place_no").shift(1)),
    ).filter("moved", pl.col("early").is_not_null())  # fmt: skip
    by = own.group_by("place").agg(
        pl.len().alias("n"), (pl.col("early") > 0).sum().alias("bad"),
        pl.col("early").filter(pl.col("early") > 0).median().alias("by"),
    ).sort("place")  # fmt: skip
    rest = (pl.col("bad").sum() - pl.col("bad")) / pl.max_horizontal(pl.col("n").sum() - pl.col("n"), 1)
    share = pl.col("bad") / pl.col("n")
    off = by.filter((pl.col("n") >= SHIFT_ROWS) & (share >= SHIFT_SHARE) & (share >= SHIFT_EXCESS * rest))
    shown = ", ".join(f"{p} by about {_length(s)}" for p, s in off.select("place", "by").head(3).iter_rows())
    return rows_finding(
        "clock shifts", f"units whose rows begin before the lot was done elsewhere ({shown})",
        int(off["bad"].sum()), work.height,
        done="kept: times are as logged", remedy="compare these clocks; set them all by one server",
    )  # fmt: skip


# ---------------------------------------------------------------- lots and days
def _cut_left(work: pl.DataFrame) -> Finding | None:
    lots = _spans(work)
    settled = lots["first"] >= _moment(lots["first"].min()) + _settling(lots)
    return _cut(lots.filter(settled), lots.filter(~settled), "begin", total=lots.height)


def _cut_right(work: pl.DataFrame) -> Finding | None:
    lots = _spans(work)
    settled = lots["last"] < _moment(lots["last"].max()) - _settling(lots)
    return _cut(lots.filter(settled), lots.filter(~settled), "end", total=lots.height)


def _spans(work: pl.DataFrame) -> pl.DataFrame:
    seen = pl.col("end").fill_null(pl.col("start"))
    return work.group_by("lot", maintain_order=True).agg(
        first=pl.col("start").min(),
        last=seen.max(),
        begin=pl.col("operation").sort_by("start").first(),
        end=pl.col("operation").sort_by(seen).last(),
        open=pl.col("end").is_null().any(),
    )


def _settling(lots: pl.DataFrame) -> timedelta:
    """How long the lots in hand at the log's start take to show: a lot's median span, a third of the log at
    most."""
    spans = lots["last"] - lots["first"]
    usual = spans.median()
    assert isinstance(usual, timedelta)
    return min(usual, (_moment(lots["last"].max()) - _moment(lots["first"].min())) / 3)


def _moment(value: object) -> datetime:
    assert isinstance(value, datetime)  # of a column of times that is not empty
    return value


def _cut(settled: pl.DataFrame, doubtful: pl.DataFrame, side: str, *, total: int) -> Finding | None:
    """Doubtful lots that begin (or end) where the others do not."""
    if settled.height < LOTS:
        return None
    often = settled.group_by(side).agg(pl.len().alias("n")).filter(pl.col("n") >= RARE * settled.height)
    odd = ~pl.col(side).is_in(often[side].to_list())
    cut = doubtful.filter(odd | pl.col("open") if side == "end" else odd).height
    if not cut:
        return None
    if side == "begin":
        check, found = "cut off at the left", "lots near the log's start that begin where lots do not begin"
        done, remedy = "kept: their release is not known", "export from before they began"
    else:
        check, found = "cut off at the right", "lots near the log's end that run on, or end where lots do not"
        done, remedy = "kept: their completion is not known", "export until they are done"
    return Finding(check, found, cut, "lots", cut / total, done, remedy)


def _empty_days(work: pl.DataFrame) -> Finding | None:
    """Working days (by weekday) without any row: the plant was closed, or data are missing."""
    times = pl.concat([work["start"], work["end"].drop_nulls()]).dt.date().unique().sort()
    first, last = times[0], times[-1]
    assert isinstance(first, date)
    assert isinstance(last, date)
    days = pl.DataFrame({"day": pl.date_range(first, last, "1d", eager=True)})
    days = days.with_columns(seen=pl.col("day").is_in(times.implode()), weekday=pl.col("day").dt.weekday())
    days = days.with_columns(usual=pl.col("seen").mean().over("weekday") >= OPEN_DAY)
    empty = days.filter(pl.col("usual") & ~pl.col("seen"))["day"]
    if not len(empty):
        return None
    shown = ", ".join(f"{day:%Y-%m-%d}" for day in empty.head(5)) + (" …" if len(empty) > 5 else "")
    return Finding(
        "empty days", f"working days without any row ({shown})", len(empty), "days",
        len(empty) / max(int(days["usual"].sum()), 1), "kept: read as days off",
        "if the plant worked then, the export lacks them",
    )  # fmt: skip


def _similar_names(events: pl.DataFrame) -> Finding | None:
    """Names of operations, work centers or units that differ only in case, blanks or dashes."""
    twice: list[str] = []
    for column in ("operation", "work_center", "unit", "product"):
        names = events[column].drop_nulls().unique().sort()
        keys = names.str.to_lowercase().str.replace_all(r"[\s_-]+", "")
        groups = pl.DataFrame({"name": names, "key": keys}).group_by("key", maintain_order=True).agg("name")
        twice += [" and ".join(map(repr, own)) for own in groups["name"] if len(own) > 1 and column != "unit"]
    if not twice:
        return None
    return Finding(
        "similar names", f"names that differ only in how they are written: {'; '.join(twice[:3])}",
        len(twice),
        "names", None, "kept apart", "write each name in one way",
    )  # fmt: skip


def _length(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.4g} min" if minutes < 600 else f"{minutes / 60:.4g} h"


_OF_EVENTS: tuple[Callable[[pl.DataFrame], Finding | None], ...] = (
    _duplicates,
    _missing_ends,
    _similar_names,
)
_OF_WORK: tuple[Callable[[pl.DataFrame], Finding | None], ...] = (
    _no_length, _default_lengths, _same_lengths, _whole_days, _lot_overlaps, _unit_overlaps, _clock_shifts,
    _cut_left, _cut_right, _empty_days,
)  # fmt: skip
