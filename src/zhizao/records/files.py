"""Frames of the schemas: made empty, brought into form, checked, written and read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records.schema import EVENTS, LOTS, STATES, Activity, Records
from zhizao.records.table_file import TableFile

Schema = Mapping[str, pl.DataType | type[pl.DataType]]

_WORK = (Activity.SETUP.value, Activity.PROCESS.value, Activity.INSPECT.value, Activity.TRANSPORT.value)
_TABLES: dict[str, Schema] = {"events": EVENTS, "lots": LOTS, "states": STATES}
_WINDOW = "window.json"
_TIME = pl.Datetime("us")


def empty_events() -> pl.DataFrame:
    """Event log without rows, to start from or to hand on when nothing happened."""
    return pl.DataFrame(schema=dict(EVENTS))


def empty_lots() -> pl.DataFrame:
    """Lot table without rows."""
    return pl.DataFrame(schema=dict(LOTS))


def empty_states() -> pl.DataFrame:
    """Table of unit states without rows."""
    return pl.DataFrame(schema=dict(STATES))


def conform(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Bring a frame into the form of a schema, so that every study can rely on it.

    Columns that are missing become null, the others are cast, columns that the schema does not know are
    dropped, and the order is the schema's. Times with a time zone are refused: which local time is meant
    must be settled where the zone is known.

    Raises
    ------
    LogError
        A column cannot be cast; the message names the column, the row (from 1) and the value.
    """
    return pl.DataFrame([_column(frame, name, dtype) for name, dtype in schema.items()])


def _column(frame: pl.DataFrame, name: str, dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
    if name not in frame.columns:
        return pl.Series(name, [None] * frame.height, dtype=dtype)
    found = frame[name]
    if isinstance(found.dtype, pl.Datetime) and found.dtype.time_zone is not None:
        raise LogError(
            f"column {name!r}: times carry the time zone {found.dtype.time_zone}; "
            "convert them to the plant's local time and drop the zone"
        )
    try:
        cast = _from_text(found, dtype) if found.dtype == pl.String else found.cast(dtype, strict=False)
    except pl.exceptions.PolarsError as error:
        raise LogError(f"column {name!r}: {found.dtype} cannot become {dtype} ({error})") from None
    lost = (cast.is_null() & found.is_not_null()).arg_true()
    if lost.len():
        row = int(lost[0])
        raise LogError(f"column {name!r}, row {row + 1}: {found[row]!r} is not a {dtype}")
    return cast


def _from_text(text: pl.Series, dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
    if dtype == _TIME:
        return _iso_times(text)
    if dtype == pl.Boolean:
        return text.str.to_lowercase().replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        )
    return text.cast(dtype, strict=False)


def _iso_times(text: pl.Series) -> pl.Series:
    """Times of an ISO 8601 text (`2026-01-05T08:00:00`, or with a blank for the T); null where it is none."""
    return text.str.replace(" ", "T", literal=True).str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False
    )


def check_events(frame: pl.DataFrame) -> pl.DataFrame:
    """Bring an event log into form and refuse rows that cannot have happened; gives the conformed frame.

    Faults: no start, no activity, an end before its start, work without a lot, a row without a place
    (neither unit nor work center), a negative number of pieces.

    Raises
    ------
    LogError
        All kinds of fault that were found, each with its first row (from 1) and the number of rows.
    """
    events = conform(frame, EVENTS)
    pieces = [name for name in EVENTS if name.startswith("pieces_")]
    faults: tuple[tuple[str, pl.Expr], ...] = (
        ("no start", pl.col("start").is_null()),
        ("no activity", pl.col("activity").is_null()),
        ("the end lies before the start", pl.col("end") < pl.col("start")),
        ("work without a lot", pl.col("activity").is_in(_WORK) & pl.col("lot").is_null()),
        ("neither a unit nor a work center", pl.col("unit").is_null() & pl.col("work_center").is_null()),
        ("a negative number of pieces", pl.any_horizontal(pl.col(pieces) < 0)),
    )
    said = [said for what, test in faults if (said := _fault(events, what, test))]
    if said:
        raise LogError("the event log cannot be used:\n" + "\n".join(f"  {line}" for line in said))
    return events


def _fault(events: pl.DataFrame, what: str, test: pl.Expr) -> str | None:
    rows = events.select(test.fill_null(False).arg_true()).to_series()
    if not rows.len():
        return None
    return f"row {int(rows[0]) + 1}: {what} ({rows.len()} row{'s' if rows.len() > 1 else ''})"


# ---------------------------------------------------------------- files
def write_frame(frame: pl.DataFrame, path: Path | str) -> Path:
    """Write a frame as Parquet or CSV (by the suffix); the file is complete or not there at all."""
    target = Path(path)
    writer = _writer(target.suffix)
    return _replace(target, lambda temporary: writer(frame, temporary))


def _writer(suffix: str) -> Callable[[pl.DataFrame, Path], None]:
    if suffix.lower() == ".parquet":
        return _write_parquet
    if suffix.lower() == ".csv":
        return lambda frame, path: frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.6f")
    raise LogError(f"a table is written as .parquet or .csv, not as {suffix or 'a file without suffix'}")


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a Parquet file; a full disk is an OSError here, as for every other file."""
    try:
        frame.write_parquet(path)
    except pl.exceptions.ComputeError as error:
        raise OSError(str(error)) from error


def _replace(target: Path, write: Callable[[Path], object]) -> Path:
    """Let `write` fill a temporary neighbour, then give it its name in one step."""
    temporary = target.with_name(f".{target.name}.{uuid4().hex}.tmp")
    try:
        write(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def read_frame(path: Path | str, schema: Schema) -> pl.DataFrame:
    """Read a Parquet or CSV file that `write_frame` wrote and bring it into the form of a schema."""
    source = Path(path)
    try:
        if source.suffix.lower() == ".parquet":
            frame = pl.read_parquet(source)
        else:
            frame = pl.read_csv(source, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LogError(f"{source}: cannot be read ({error})") from None
    try:
        return conform(frame, schema)
    except LogError as error:
        raise LogError(f"{source}: {error}") from None


def write_records(records: Records, folder: Path | str) -> Path:
    """Write records into a folder: one Parquet file per table, and the window in `window.json`."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    events = records.event_file if records.events is None else records.events
    tables = {"events": events, "lots": records.lot_table, "states": records.states}
    for name, table in tables.items():
        path = target / f"{name}.parquet"
        if isinstance(table, TableFile):
            _copy(table.path, path)
        elif table is None:
            path.unlink(missing_ok=True)
        else:
            write_frame(table, path)
    window = {
        "start": records.start.isoformat(),
        "end": records.end.isoformat(),
        "personnel_s": records.personnel_s,
        "overtime_s": records.overtime_s,
        "tools_s": records.tools_s,
        "utilities_s": records.utilities_s,
    }
    text = json.dumps(window, indent=1, ensure_ascii=False)
    _replace(target / _WINDOW, lambda temporary: _write_text(temporary, text))
    return target


def _copy(source: Path, target: Path) -> None:
    if source.resolve() != target.resolve():
        _replace(target, lambda temporary: shutil.copyfile(source, temporary))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_records(path: Path | str) -> Records:
    """Read a folder that `write_records` wrote, or one Parquet or CSV file of events.

    From events alone the lots are made by `lots_from_events`, and the window runs from the first start to
    the last end.
    """
    source = Path(path)
    if source.is_dir():
        return _read_folder(source)
    events = check_events(read_frame(source, EVENTS))
    return records_from_events(events)


def _read_folder(folder: Path) -> Records:
    try:
        window = json.loads((folder / _WINDOW).read_text(encoding="utf-8"))
        start, end = datetime.fromisoformat(window["start"]), datetime.fromisoformat(window["end"])
    except (OSError, ValueError, KeyError) as error:
        raise LogError(f"{folder / _WINDOW}: cannot be read ({error})") from None
    found = {
        name: read_frame(folder / f"{name}.parquet", schema)
        for name, schema in _TABLES.items()
        if (folder / f"{name}.parquet").exists()
    }
    if "lots" not in found:
        raise LogError(f"{folder}: there is no lots.parquet")
    kinds = ("personnel_s", "overtime_s", "tools_s", "utilities_s")
    worked = {kind: window.get(kind) for kind in kinds}
    return Records(start, end, found["lots"], found.get("events"), found.get("states"), **worked)


def scan_events(records: Records) -> pl.LazyFrame | None:
    """Give the event log to Polars without reading it, wherever it is; None if there is none."""
    if records.event_file is None:
        return None if records.events is None else records.events.lazy()
    return pl.scan_parquet(records.event_file.path).cast(EVENTS)  # type: ignore[arg-type]


def with_events(records: Records) -> Records:
    """Read the event log into memory, if it is in a file; records that have it there are given back."""
    if records.event_file is None:
        return records
    return replace(records, events=read_frame(records.event_file.path, EVENTS), event_file=None)


# ---------------------------------------------------------------- from events alone
def records_from_events(events: pl.DataFrame) -> Records:
    """Records of a log that has nothing but events; the window spans them."""
    if not events.height:
        raise LogError("the event log has no rows")
    spanned = events.select(
        pl.col("start").min(), pl.max_horizontal(pl.col("end").max(), pl.col("start").max()).alias("end")
    ).row(0)
    return Records(spanned[0], spanned[1], lots_from_events(events), events)


def lots_from_events(events: pl.DataFrame) -> pl.DataFrame:
    """Lot table of a log that has none, for lead times and WIP.

    A lot is released at its first start and completed at its last end (in process if a row of it has no end).
    Its pieces are those that its first row took in, its good pieces those of its last row. Due dates,
    priorities and escaped defects cannot be known from events and stay null.
    """
    work = events.filter(pl.col("lot").is_not_null() & pl.col("activity").is_in(_WORK)).sort("start")
    counts = pl.col("activity").is_in([Activity.PROCESS.value, Activity.INSPECT.value])
    scrap, rework = (known_sum(pl.col(name).filter(counts)) for name in ("pieces_scrap", "pieces_rework"))
    lots = work.group_by("lot", maintain_order=True).agg(
        pl.col("order", "product").drop_nulls().first(),
        pl.col("pieces_in").filter(counts).first().alias("pieces"),
        pl.col("start").first().alias("release"),
        pl.when(pl.col("end").is_null().any()).then(None).otherwise(pl.col("end").max()).alias("completed"),
        pl.col("pieces_good").filter(counts).last(),
        scrap.alias("pieces_scrap"),
        rework.alias("pieces_rework"),
    )
    done = pl.when(pl.col("completed").is_null()).then(pl.lit("in-process")).otherwise(pl.lit("completed"))
    return conform(lots.with_columns(done.alias("status")), LOTS)


def known_sum(values: pl.Expr) -> pl.Expr:
    """Sum that is null (unknown), not 0, where nothing was recorded."""
    return pl.when(values.is_not_null().any()).then(values.sum()).otherwise(None)
