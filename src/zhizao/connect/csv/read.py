"""A factory's log file into records: one door, which says what it found and what it did about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from zhizao.connect.csv.columns import KINDS, ColumnMap, guess_columns
from zhizao.connect.csv.text import read_text_table
from zhizao.connect.csv.times import read_times
from zhizao.quantities.errors import LogError
from zhizao.records import EVENTS, LOTS, Activity, Records

_COUNTS = ("pieces", "pieces_in", "pieces_good", "pieces_scrap", "pieces_rework")
_NAMES = ("lot", "order", "product", "operation", "work_center", "unit", "personnel", "batch")
_MACHINE_KINDS = ("failure", "maintenance")
_YES = ("y", "yes", "true", "x", "是")
_NO = ("n", "no", "false", "否")


@dataclass(frozen=True, slots=True)
class Note:
    """One thing found in the log: how many rows it touches and what was done about it."""

    found: str
    rows: int
    done: str


@dataclass(frozen=True, slots=True, eq=False)
class LogImport:
    """A log as records, the column map that was used, and what was found and done."""

    records: Records
    columns: ColumnMap
    quality: tuple[Note, ...]
    unmapped: tuple[str, ...]  # columns of the file that were not read

    def table(self) -> pl.DataFrame:
        """The notes as a table."""
        return pl.DataFrame([(n.found, n.rows, n.done) for n in self.quality], orient="row",
                            schema={"found": pl.String, "rows": pl.Int64, "done": pl.String})  # fmt: skip


def read_log(path: str | Path, *, columns: ColumnMap | None = None, encoding: str = "utf-8") -> LogImport:
    """Read a factory's event log (CSV with any common separator, or Parquet) into records.

    Parameters
    ----------
    path : file; `.parquet` is read as Parquet, everything else as text.
    columns : which column holds what; None guesses from the names (`LogImport.columns` shows the guess).
    encoding : of a text file.

    Raises
    ------
    LogError
        With file and row: no rows, missing columns, unreadable or mixed-zone times, ends before starts, an id
        that means two things, a line of more than 1 MB, bytes that are not text.
    """
    path = Path(path)
    table = _read_table(path, encoding)
    names = [name for name in table.columns if name != "row"]
    columns = columns or guess_columns(names, source=str(path))
    _require(columns, names, path)
    notes: list[Note] = []
    events = _typed(table, columns, path, notes)
    events = _clean(events, path, notes)
    _check_ids(events, path)
    used = set(columns.used().values())
    lots = _lots(events, notes)
    ends = [t for t in (events["start"].max(), events["end"].max()) if t is not None]
    records = Records(
        start=events["start"].min(),  # type: ignore[arg-type]
        end=max(ends),  # type: ignore[arg-type]
        lot_table=lots,
        events=events.select(pl.col(name).cast(dtype) for name, dtype in EVENTS.items()),
    )
    return LogImport(records, columns, tuple(notes), tuple(n for n in names if n not in used))


def _read_table(path: Path, encoding: str) -> pl.DataFrame:
    if path.suffix.lower() not in {".parquet", ".pq"}:
        return read_text_table(path, encoding=encoding)
    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LogError(f"{path}: not a Parquet file that can be read: {error}") from error
    if table.is_empty():
        raise LogError(f"{path}: the log is empty: it has no rows")
    return table.with_row_index("row", offset=1)


def _require(columns: ColumnMap, names: list[str], path: Path) -> None:
    absent = [f"{column!r} (for {ours})" for ours, column in columns.used().items() if column not in names]
    if absent:
        raise LogError(f"{path}: row 1: no column {', '.join(absent)}; the file has {', '.join(names)}")


def _typed(table: pl.DataFrame, columns: ColumnMap, path: Path, notes: list[Note]) -> pl.DataFrame:
    """Our columns in our types; what the log lacks is null."""
    used = columns.used()
    frame = table.select("row", *(pl.col(theirs).alias(ours) for ours, theirs in used.items()))
    times: list[str] = [name for name in ("start", "end", "due") if name in used]
    frame, said = read_times(frame, times, source=str(path), time_format=columns.time_format)
    notes += [Note(text, frame.height, "read as local time") for text in said]
    frame = frame.with_columns(pl.col(name).cast(pl.String) for name in _NAMES if name in used)
    for name in _COUNTS:
        if name in used:
            frame = frame.with_columns(_count(frame, name, path))
    absent = [n for n in (*EVENTS, "pieces", "due") if n not in frame.columns]
    frame = frame.with_columns(pl.lit(None, _dtype(name)).alias(name) for name in absent)
    frame = frame.with_columns(pl.col("unit").fill_null(pl.col("work_center")))
    return _kinds(frame, columns, path)


def _dtype(name: str) -> pl.DataType | type[pl.DataType]:
    return EVENTS[name] if name in EVENTS else LOTS[name]


def _count(frame: pl.DataFrame, name: str, path: Path) -> pl.Series:
    """A column of pieces: whole numbers, decimal comma allowed, Y/N for rework marks the row's pieces."""
    column = frame[name]
    if column.dtype != pl.String:
        return column.cast(pl.Float64).round().cast(pl.Int64)
    if name == "pieces_rework" and column.str.to_lowercase().is_in([*_YES, *_NO]).any():
        flagged = pl.when(column.str.to_lowercase().is_in(_YES))
        good = pl.col("pieces_good") if "pieces_good" in frame.columns else pl.lit(None)
        return frame.select(flagged.then(good.cast(pl.Int64)).alias(name)).to_series()
    number = column.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    wrong = frame.filter(column.is_not_null() & (number.is_null() | (number < 0)))
    if wrong.height:
        row, value = wrong.select("row", name).row(0)
        raise LogError(f"{path}: row {row}: {name} is {value!r}, not a number of pieces")
    return number.round().cast(pl.Int64)


def _kinds(frame: pl.DataFrame, columns: ColumnMap, path: Path) -> pl.DataFrame:
    """The kind of each row (set-up, process …) from the report type; without one every row is process."""
    meaning = {**KINDS, **{k.lower(): v for k, v in columns.kinds.items()}}
    wrong = sorted(set(meaning.values()) - {a.value for a in Activity})
    if wrong:
        known = ", ".join(a.value for a in Activity)
        raise LogError(f"the column map's kinds name {wrong[0]!r}; there are {known}")
    text = frame["activity"].cast(pl.String).str.to_lowercase()
    unknown = frame.filter(text.is_not_null() & ~text.is_in(list(meaning)))
    if unknown.height:
        row, value = unknown.select("row", "activity").row(0)
        raise LogError(
            f"{path}: row {row}: {columns.activity} is {value!r}, which is no known kind of row; "
            f"say in the column map's kinds what it means, for example kinds={{{value!r}: 'process'}}"
        )
    kind = text.replace_strict(meaning, default=None, return_dtype=pl.String).fill_null("process")
    return frame.with_columns(kind.cast(EVENTS["activity"]).alias("activity"))


def _clean(events: pl.DataFrame, path: Path, notes: list[Note]) -> pl.DataFrame:
    """Drop what cannot be used, refuse what would be a guess."""
    before = events.height
    events = events.unique([n for n in events.columns if n != "row"], keep="first", maintain_order=True)
    _note(notes, "duplicate rows", before - events.height, "dropped")
    without = events.filter(pl.col("start").is_null())
    _note(notes, "rows without a start", without.height, "dropped")
    events = events.filter(pl.col("start").is_not_null())
    if events.is_empty():
        raise LogError(f"{path}: no row has a start")
    _refuse_nameless(events, path)
    backward = events.filter(pl.col("end") < pl.col("start"))
    if backward.height:
        rows = ", ".join(str(r) for r in backward["row"].head(5))
        raise LogError(f"{path}: {backward.height} rows end before they start: row {rows}; mend them")
    _note(notes, "rows without an end", events["end"].null_count(), "kept as still running")
    _note(notes, "rows of no length", events.filter(pl.col("end") == pl.col("start")).height, "kept")
    return events.sort("start", "row")


def _refuse_nameless(events: pl.DataFrame, path: Path) -> None:
    of_machine = pl.col("activity").cast(pl.String).is_in(_MACHINE_KINDS)
    needed = {"work_center": pl.lit(True), "lot": ~of_machine, "operation": ~of_machine}
    for name, when in needed.items():
        empty = events.filter(when & pl.col(name).is_null())
        if empty.height:
            raise LogError(f"{path}: row {empty['row'][0]}: {name} is empty ({empty.height} such rows)")


def _note(notes: list[Note], found: str, rows: int, done: str) -> None:
    if rows:
        notes.append(Note(found, rows, done))


def _check_ids(events: pl.DataFrame, path: Path) -> None:
    """A lot is of one product and one order, a unit belongs to one work center."""
    for name, of in (("lot", "product"), ("lot", "order"), ("unit", "work_center")):
        pairs = events.drop_nulls([name, of]).unique([name, of], keep="first", maintain_order=True)
        twice = pairs.filter(pl.len().over(name) > 1)
        if twice.height:
            first = twice.filter(pl.col(name) == twice[name][0]).sort("row")
            said = " and ".join(f"{v!r} in row {r}" for v, r in first.select(of, "row").head(2).iter_rows())
            raise LogError(f"{path}: overlapping ids: {name} {twice[name][0]!r} is of {of} {said}")


def _lots(events: pl.DataFrame, notes: list[Note]) -> pl.DataFrame:
    """One row per lot; a lot without a running row counts as completed, which a log alone cannot prove."""
    lots = events.filter(pl.col("lot").is_not_null()).group_by("lot", maintain_order=True).agg(
        pl.col("order").drop_nulls().first(),
        pl.col("product").drop_nulls().first(),
        pl.coalesce(pl.col("pieces").max(), pl.col("pieces_in").drop_nulls().first()).alias("pieces"),
        pl.col("pieces").n_unique().alias("sizes"),
        pl.col("start").min().alias("release"),
        pl.col("due").drop_nulls().first(),
        pl.col("end").max().alias("completed"),
        pl.col("end").is_null().any().alias("open"),
        pl.col("pieces_good").last(),
        pl.col("pieces_scrap").sum(),
        pl.col("pieces_rework").sum(),
    )  # fmt: skip
    if lots.is_empty():
        raise LogError("the log has no row of a lot")
    several, running = lots.filter(pl.col("sizes") > 1).height, lots.filter("open").height
    _note(notes, "lots with several quantities", several, "the largest was taken")
    _note(notes, "lots with a running row", running, "in process at the end of their record")
    done = pl.when("open").then(pl.lit("in-process")).otherwise(pl.lit("completed"))
    lots = lots.with_columns(status=done, completed=pl.when(~pl.col("open")).then("completed"))
    absent = [name for name in LOTS if name not in lots.columns]
    lots = lots.with_columns(pl.lit(None).alias(name) for name in absent)
    return lots.select(pl.col(name).cast(dtype) for name, dtype in LOTS.items())
