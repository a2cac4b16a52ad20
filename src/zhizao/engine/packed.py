"""A replication that is done, packed into one file, to keep it or to send it to another computer."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any
from uuid import uuid4

import polars as pl

from zhizao.engine.run import Done
from zhizao.engine.stream import LogRoom, lots_name
from zhizao.records import EVENTS, LOTS, STATES, TRAFFIC, Hold, Records, Standstill, TableFile, Traffic

_ABOUT = "about.json"
_EVENTS = "events.parquet"
_LOTS = "lots.parquet"
_ZONES = "zones.parquet"


def pack(done: Done, target: IO[bytes]) -> None:
    """Write a zip of Parquet tables, and of the rest as JSON. Floats keep every bit."""
    records = done.records
    about = {
        "start": records.start.isoformat(),
        "end": records.end.isoformat(),
        "personnel_s": records.personnel_s,
        "overtime_s": records.overtime_s,
        "tools_s": records.tools_s,
        "utilities_s": records.utilities_s,
        "operations": done.operations,
        "standstill": _packed_standstill(records.standstill),
        "trips": None if records.traffic is None else records.traffic.trips,
        "delayed_s": None if records.traffic is None else records.traffic.delayed_s,
        "rows": {"lots": _height(records.lot_table), "events": _height(records.events)},
    }
    with zipfile.ZipFile(target, "w") as archive:  # not compressed: Parquet is
        archive.writestr(_ABOUT, json.dumps(about, ensure_ascii=False))
        tables = {_LOTS: records.lot_table, "states.parquet": records.states}
        tables[_ZONES] = None if records.traffic is None else records.traffic.zones
        tables[_EVENTS] = records.event_file if records.events is None else records.events
        for name, table in tables.items():
            if isinstance(table, TableFile):
                archive.write(table.path, name)
            elif table is not None:
                archive.writestr(name, _parquet(table))


def _packed_standstill(found: Standstill | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found) | {"since": found.since.isoformat()}


def _unpacked_standstill(packed: dict[str, Any] | None) -> Standstill | None:
    if packed is None:
        return None
    holds = tuple(Hold(**hold) for hold in packed["holds"])
    return Standstill(datetime.fromisoformat(packed["since"]), packed["ring"], packed["lots"], holds)


def _height(table: pl.DataFrame | TableFile | None) -> int | None:
    """Rows that were in memory."""
    return table.height if isinstance(table, pl.DataFrame) else None


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_parquet(buffer, compression_level=1)
    return buffer.getvalue()


def unpack(source: IO[bytes] | Path, room: LogRoom, name: str) -> Done:
    """Read what `pack` wrote; lots and log go to memory or, where that is full, to files of this name."""
    with zipfile.ZipFile(source) as archive:
        about = json.loads(archive.read(_ABOUT))
        rows = about["rows"]
        lots_fit = rows["lots"] is not None and room.fits(rows["lots"])
        records = Records(
            start=datetime.fromisoformat(about["start"]),
            end=datetime.fromisoformat(about["end"]),
            lot_table=(
                _frame(archive, _LOTS, LOTS)
                if lots_fit
                else _extracted(archive, _LOTS, room.file(lots_name(name)))
            ),
            states=_frame(archive, "states.parquet", STATES),
            personnel_s=about["personnel_s"],
            overtime_s=about["overtime_s"],
            tools_s=about["tools_s"],
            utilities_s=about["utilities_s"],
            standstill=_unpacked_standstill(about["standstill"]),
        )
        if _ZONES in archive.namelist():
            traffic = Traffic(_frame(archive, _ZONES, TRAFFIC), about["trips"], about["delayed_s"])
            records = replace(records, traffic=traffic)
        if _EVENTS in archive.namelist():
            if rows["events"] is not None and room.fits(rows["events"]):
                records = replace(records, events=_frame(archive, _EVENTS, EVENTS))
            else:
                records = replace(records, event_file=_extracted(archive, _EVENTS, room.file(name)))
    return Done(records, about["operations"])


def _frame(archive: zipfile.ZipFile, name: str, schema: dict[str, Any]) -> pl.DataFrame:
    return pl.read_parquet(BytesIO(archive.read(name))).cast(schema)  # type: ignore[arg-type]


def _extracted(archive: zipfile.ZipFile, table: str, file: TableFile) -> TableFile:
    temporary = file.path.with_name(f".{file.path.name}.{uuid4().hex}.tmp")
    try:
        with archive.open(table) as source, temporary.open("wb") as target:
            copyfileobj(source, target)
        temporary.replace(file.path)
    finally:
        temporary.unlink(missing_ok=True)
    return file
