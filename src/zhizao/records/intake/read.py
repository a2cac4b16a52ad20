"""A table of a factory's log into records: guess columns, type cells, repair faults, report them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records.checks import quality
from zhizao.records.files import known_sum
from zhizao.records.findings import Finding, Quality
from zhizao.records.intake.amounts import (
    is_flag,
    plain_numbers,
    read_duration_s,
    read_pieces,
    unit_by_times,
    with_input,
)
from zhizao.records.intake.cells import ids_of_rows, without_dashes, without_headers, without_nothing
from zhizao.records.intake.clean import MOST_REPAIRED, Intake, clean
from zhizao.records.intake.columns import GUESS, ColumnMap
from zhizao.records.intake.lifecycle import kinds_in
from zhizao.records.intake.names import KINDS, is_cost_center, unit_of
from zhizao.records.intake.pairs import join_pairs
from zhizao.records.intake.settle import settle_columns
from zhizao.records.intake.times import TimeReading, read_times, with_clock, without_never
from zhizao.records.intake.zones import in_local_time, in_utc, with_local_shifts
from zhizao.records.schema import EVENTS, LOTS, Activity, Records

_COUNTS = ("pieces", "pieces_in", "pieces_good", "pieces_scrap", "pieces_rework")
_NAMES = ("lot", "order", "product", "operation", "work_center", "unit", "personnel", "batch", "instance")
_TIMES = ("start", "end", "due")
MANY_FALL = 0.05  # share of lots whose quantity falls, from which it is that of each row
FEW_GROW = 0.02  # of the steps at which it falls, as many may grow: counted wrongly
_COUNTED = (Activity.PROCESS.value, Activity.INSPECT.value)  # rows whose pieces are counted


@dataclass(frozen=True, slots=True, eq=False)
class LogImport:
    """A log as records, the column map that was used, and what was found and done."""

    records: Records
    columns: ColumnMap
    quality: Quality
    unmapped: tuple[str, ...]  # columns of the file that were not read

    def table(self) -> pl.DataFrame:
        """The findings as a table."""
        return self.quality.table()


def records_from_table(
    table: pl.DataFrame,
    *,
    source: str,
    columns: ColumnMap | None = None,
    findings: tuple[Finding, ...] = (),
    ids: str | None = None,
) -> LogImport:
    """Make records of a log's table, whatever its columns are called.

    Parameters
    ----------
    table : any columns, of text or typed, and `row`, the number that messages name.
    source : of the table, for messages.
    columns : which column holds what; what it leaves open is guessed (`LogImport.columns` shows the result).
    findings : what was found when the table was made.
    ids : a column that only identifies rows: rows that are alike but for it are no duplicates.

    Raises
    ------
    LogError
        With file and row: no rows, missing columns, times that cannot be read, an id that means two things.
    """
    names = [name for name in table.columns if name not in ("row", ids)]
    if table.is_empty():
        raise LogError(f"{source}: the log is empty: it has no rows")
    total = table.height
    table, again = without_headers(without_nothing(table))
    if table.is_empty():
        raise LogError(f"{source}: the log is empty: it has no rows but headers")
    try:
        found, about = settle_columns(table, names, source=source, asked=columns or ColumnMap())
        intake = Intake(table, source, [*findings, *([again] if again else []), *about], total=total)
        return _imported(intake, found, names, columns=columns, ids=ids)
    except LogError as error:
        error.columns = tuple(names)
        raise


def _imported(
    intake: Intake, found: ColumnMap, names: list[str], *, columns: ColumnMap | None, ids: str | None
) -> LogImport:
    """The records of a table whose columns are known; `columns` is the map that was asked for."""
    intake.cost_centers = columns is None or columns.work_center == GUESS
    intake.cost_centers &= is_cost_center(found.work_center or "")
    _type(intake, found, ids)
    if found.lifecycle is not None:
        _pair(intake)
    intake.rows = in_utc(intake.rows)
    clean(intake)
    _local_times(intake)
    _check_ids(intake.rows, intake.source)
    records = _records(intake)
    used = set(found.used().values())
    seen = [finding for finding in quality(records) if finding.check != "duplicates"]  # reported by clean
    every = Quality((*intake.findings, *seen), intake.total)
    return LogImport(records, found, every, tuple(n for n in names if n not in used))


# ---------------------------------------------------------------- types
def _type(intake: Intake, columns: ColumnMap, ids: str | None) -> None:
    """Our columns in our types; what the log lacks is null."""
    used = columns.used()
    frame = intake.rows.select("row", *(pl.col(theirs).alias(ours) for ours, theirs in used.items()))
    apart = ids_of_rows(intake.rows, set(used.values()), ids)
    frame = frame.with_columns([] if apart is None else [apart.alias("_ids")])
    numbers = [n for n in (*_TIMES, *_COUNTS, "start_clock", "end_clock", "duration") if n in used]
    frame = frame.with_columns(without_dashes(frame[name]) for name in numbers)
    for side in ("start", "end"):
        if f"{side}_clock" in used:
            frame = frame.with_columns(with_clock(frame, side, f"{side}_clock")).drop(f"{side}_clock")
    frame, never = without_never(frame, [name for name in _TIMES if name in used])
    intake.note(
        "no dates", "times in the year 0, 1 or 9999, which mean that there is none", never,
        done="read as empty cells", remedy="leave such cells empty",
    )  # fmt: skip
    reading = TimeReading(intake.source, columns.time_format, columns.time_zone)
    frame, said = read_times(frame, [name for name in _TIMES if name in used], reading)
    for text in said:
        intake.note(
            "times", text, frame.height, done="read as stated", remedy="name time_zone if it is another"
        )
    frame = _over_midnight(frame, columns)
    if columns.time_zone is not None:
        frame = with_local_shifts(frame, columns.time_zone)
    frame = frame.with_columns(pl.col(name).cast(pl.String) for name in _NAMES if name in used)
    frame = _pieces(intake, frame)
    if columns.duration is not None:
        frame = _length(intake, frame, columns)
    if "lifecycle" in used and "activity" not in used:
        frame = frame.with_columns(kinds_in(frame["lifecycle"]).alias("activity"))
    absent = [n for n in (*EVENTS, "pieces", "due") if n not in frame.columns]
    frame = frame.with_columns(pl.lit(None, _dtype(name)).alias(name) for name in absent)
    intake.rows = frame
    _kinds(intake, columns)


def _pieces(intake: Intake, frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers of pieces; where no column holds the input, it is the sum of what came out."""
    apart = "pieces_rework" in frame.columns and not is_flag(frame["pieces_rework"])
    for name in _COUNTS:
        if name in frame.columns:
            frame = frame.with_columns(read_pieces(frame, name, intake.source))
    if "pieces_in" in frame.columns and frame["pieces_in"].is_not_null().any():
        return frame
    frame = with_input(frame, rework_apart=apart)
    intake.input_added = "pieces_in" in frame.columns
    return frame


def _length(intake: Intake, frame: pl.DataFrame, columns: ColumnMap) -> pl.DataFrame:
    """Lengths of rows in s; the log may do without them where it has both times."""
    assert columns.duration is not None
    cells = frame["duration"]
    unit = columns.duration_unit or unit_by_times(frame, columns.duration)
    both = {"start", "end"} <= set(frame.columns)
    if both and unit is None and not unit_of(columns.duration) and plain_numbers(cells).is_not_null().any():
        return _without_lengths(intake, frame)
    seconds = read_duration_s(cells, columns.duration, unit, intake.source)
    wrong = frame.filter(cells.is_not_null() & seconds.is_null())
    words = ", ".join(map(repr, wrong["duration"].cast(pl.String).unique().sort().head(2)))
    if columns.start is None or columns.end is None:
        intake.refuse_many(wrong, f"have a length such as {words}", "write it as 1:30 or 90")
    intake.note(
        "unreadable spans", f"rows whose logged length is none ({words})", wrong.height,
        done="the times were used", remedy="write lengths as 1:30 or in minutes",
    )  # fmt: skip
    return frame.with_columns(seconds.alias("duration"))


def _without_lengths(intake: Intake, frame: pl.DataFrame) -> pl.DataFrame:
    """Lengths in an unknown unit are left, where the log has both times."""
    known = frame["duration"].count()
    intake.note(
        "lengths without a unit", "rows with a length in an unknown unit", known,
        done="the times were used", remedy='name it in the column map, for example "duration_unit": "min"',
    )  # fmt: skip
    return frame.drop("duration")


def _over_midnight(frame: pl.DataFrame, columns: ColumnMap) -> pl.DataFrame:
    """One day for two times of day: an end before its start is on the next day."""
    if columns.start is None or columns.start != columns.end:
        return frame
    next_day = (
        pl.when(pl.col("end") < pl.col("start")).then(pl.duration(days=1)).otherwise(pl.duration(days=0))
    )
    return frame.with_columns(end=pl.col("end") + next_day)


def _dtype(name: str) -> pl.DataType | type[pl.DataType]:
    return EVENTS[name] if name in EVENTS else LOTS[name]


def _kinds(intake: Intake, columns: ColumnMap) -> None:
    """The kind of each row (set-up, process …) from the report type; without one every row is process."""
    meaning = {**KINDS, **{k.lower(): v for k, v in columns.kinds.items()}}
    wrong = sorted(set(meaning.values()) - {a.value for a in Activity})
    if wrong:
        known = ", ".join(a.value for a in Activity)
        raise LogError(f"the column map's kinds name {wrong[0]!r}; there are {known}")
    text = intake.rows["activity"].cast(pl.String).str.to_lowercase()
    unknown = intake.rows.filter(text.is_not_null() & ~text.is_in(list(meaning)))
    if unknown.height > MOST_REPAIRED * intake.total:
        row, value = unknown.select("row", "activity").row(0)
        raise LogError(
            f"{intake.source}: row {row}: {columns.activity} is {value!r}, which is no known kind of row "
            f"({unknown.height} such rows); say in the column map's kinds what it means, for example "
            f'"kinds": {{"{value}": "process"}}, or "activity": null if the column means something else'
        )
    words = ", ".join(map(repr, unknown["activity"].cast(pl.String).unique().sort().head(3)))
    intake.note(
        "unknown report types", f"rows of a kind that is not known ({words})", unknown.height,
        done="read as process", remedy="say in the column map's kinds what it means",
    )  # fmt: skip
    kind = text.replace_strict(meaning, default=None, return_dtype=pl.String).fill_null("process")
    intake.rows = intake.rows.with_columns(kind.cast(EVENTS["activity"]).alias("activity"))


def _pair(intake: Intake) -> None:
    """Starts and ends in rows of their own become rows that have both."""
    rows = intake.rows
    if rows["end"].is_null().all():
        rows = rows.with_columns(end=pl.col("start"), start=pl.lit(None, pl.Datetime("us")))
        rows = rows.drop("end_shift", strict=False).rename({"start_shift": "end_shift"}, strict=False)
    known = rows.filter(pl.col("start").is_null())
    if known.height == rows.height:  # each row has one time
        rows, found = join_pairs(rows)
        if rows.is_empty():
            raise LogError(f'{intake.source}: no row is a start or an end; say so with "lifecycle": null')
        intake.findings += found
    intake.rows = rows.drop("lifecycle")


def _local_times(intake: Intake) -> None:
    """Times of the plant's clocks; a row over the night in which these change is as long as it took."""
    intake.rows, changed = in_local_time(intake.rows)
    intake.note(
        "change of clocks", "rows within which clocks were put forward or back", changed,
        done="the end was set so that the length is right", remedy="none needed",
    )  # fmt: skip


# ---------------------------------------------------------------- lots
def _check_ids(events: pl.DataFrame, source: str) -> None:
    """A lot is of one product and one order."""
    for name, of in (("lot", "product"), ("lot", "order")):
        pairs = events.drop_nulls([name, of]).unique([name, of], keep="first", maintain_order=True)
        twice = pairs.filter(pl.len().over(name) > 1)
        if twice.height:
            first = twice.filter(pl.col(name) == twice[name][0]).sort("row")
            said = " and ".join(f"{v!r} in row {r}" for v, r in first.select(of, "row").head(2).iter_rows())
            raise LogError(
                f"{source}: overlapping ids: {name} {twice[name][0]!r} is of {of} {said}; "
                f'name another column for {name} or {of} in the column map, or "{of}": null to leave it'
            )


def _records(intake: Intake) -> Records:
    events = _row_quantities(intake, intake.rows.sort("start", "row"))
    lots = _lots(intake, events)
    ends = [t for t in (events["start"].max(), events["end"].max()) if t is not None]
    return Records(
        start=events["start"].min(),  # type: ignore[arg-type]
        end=max(ends),  # type: ignore[arg-type]
        lot_table=lots,
        events=events.select(pl.col(name).cast(dtype) for name, dtype in EVENTS.items()),
    )


def _row_quantities(intake: Intake, events: pl.DataFrame) -> pl.DataFrame:
    """With `pieces_in` of the rows where the column of the lot's quantity is that of the row: it differs
    within many lots, and hardly ever grows on a lot's way."""
    if events["pieces_in"].null_count() < events.height:
        return events
    step = events.drop_nulls(["lot", "pieces"]).select("lot", change=pl.col("pieces").diff().over("lot"))
    falls = step.group_by("lot").agg((pl.col("change") < 0).any())["change"]
    grows = int((step["change"] > 0).sum())
    share = float(falls.sum()) / max(len(falls), 1)
    if share < MANY_FALL or grows > FEW_GROW * int((step["change"] < 0).sum()):
        return events
    intake.findings.append(
        Finding("quantity of rows", "lots whose quantity falls on their way", int(falls.sum()), "lots",
                share, "taken as the pieces that went into each row", "none needed")
    )  # fmt: skip
    return events.with_columns(pieces_in=pl.col("pieces"))


def _lots(intake: Intake, events: pl.DataFrame) -> pl.DataFrame:
    """One row per lot; a lot without a running row counts as completed, which a log alone cannot prove."""
    counts = pl.col("activity").is_in(_COUNTED)
    size = _size(added=intake.input_added)
    lots = events.filter(pl.col("lot").is_not_null()).group_by("lot", maintain_order=True).agg(
        pl.col("order").drop_nulls().first(),
        pl.col("product").drop_nulls().first(),
        pl.coalesce(pl.col("pieces").max(), size).alias("pieces"),
        pl.col("pieces").drop_nulls().n_unique().alias("sizes"),
        pl.col("start").min().alias("release"),
        pl.col("due").drop_nulls().first(),
        pl.col("end").max().alias("completed"),
        pl.col("end").is_null().any().alias("open"),
        pl.col("pieces_good").filter(counts).last(),
        pl.col("pieces_good").max().alias("most_good"),
        known_sum(pl.col("pieces_scrap")),
        known_sum(pl.col("pieces_rework")),
    )  # fmt: skip
    if lots.is_empty():
        raise LogError(f"{intake.source}: the log has no row of a lot")
    lots = _sizes_from_good(intake, lots)
    by_row = events["pieces_in"].equals(events["pieces"], null_equal=True)
    several = 0 if by_row else lots.filter(pl.col("sizes") > 1).height
    if several:
        intake.findings.append(
            Finding("several quantities", "lots whose rows report several quantities", several, "lots",
                    several / lots.height, "the largest was taken", "name the lot's quantity, not the row's")
        )  # fmt: skip
    done = pl.when("open").then(pl.lit("in-process")).otherwise(pl.lit("completed"))
    lots = lots.with_columns(status=done, completed=pl.when(~pl.col("open")).then("completed"))
    absent = [name for name in LOTS if name not in lots.columns]
    lots = lots.with_columns(pl.lit(None).alias(name) for name in absent)
    return lots.select(pl.col(name).cast(dtype) for name, dtype in LOTS.items())


def _size(*, added: bool) -> pl.Expr:
    """Pieces of a lot by its rows: the first input; if inputs are sums, those of all reports of the lot's
    first step together, for a lot may be reported in parts."""
    taken = pl.col("pieces_in")
    if not added:
        return taken.drop_nulls().first()
    first = pl.coalesce("operation", "work_center").rle_id() == 0
    again = pl.col("pieces_rework").filter(first).shift(1).sum()  # what goes back is reported again
    part = taken.filter(first)
    known = pl.when(part.is_not_null().any()).then(part.sum() - again)
    return pl.coalesce(known, taken.drop_nulls().first())


def _sizes_from_good(intake: Intake, lots: pl.DataFrame) -> pl.DataFrame:
    """Lots whose rows report good pieces and nothing else: as many went in, at least."""
    count = lots.filter(pl.col("pieces").is_null() & pl.col("most_good").is_not_null()).height
    if count:
        intake.findings.append(
            Finding("sizes of lots", "lots of which only good pieces are known", count, "lots",
                    count / lots.height, "the most good pieces of a row were taken; scrap is not known",
                    "book the pieces that went in, or the scrap")
        )  # fmt: skip
    return lots.with_columns(pl.coalesce("pieces", "most_good").alias("pieces"))
