"""A replication that is done, packed into one file, to keep it or to send it to another computer."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any
from uuid import uuid4

import polars as pl

from zhizao.engine.run import Done
from zhizao.engine.stream import LogRoom
from zhizao.records import EVENTS, LOTS, STATES, EventFile, Records

_ABOUT = "about.json"
_EVENTS = "events.parquet"


def pack(done: Done, target: IO[bytes]) -> None:
    """Write a zip of Parquet tables, and of the rest as JSON. Floats keep every bit."""
    records = done.records
    about = {
        "start": records.start.isoformat(),
        "end": records.end.isoformat(),
        "personnel_s": records.personnel_s,
        "tools_s": records.tools_s,
        "utilities_s": records.utilities_s,
        "operations": done.operations,
        "rows": None if records.events is None else records.events.height,
    }
    with zipfile.ZipFile(target, "w") as archive:  # not compressed: Parquet is
        archive.writestr(_ABOUT, json.dumps(about, ensure_ascii=False))
        frames = (("lots", records.lots), ("states", records.states), ("events", records.events))
        for name, frame in frames:
            if frame is not None:
                archive.writestr(f"{name}.parquet", _parquet(frame))
        if records.event_file is not None:
            archive.write(records.event_file.path, _EVENTS)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_parquet(buffer, compression_level=1)
    return buffer.getvalue()


def unpack(source: IO[bytes] | Path, room: LogRoom, name: str) -> Done:
    """Read what `pack` wrote; the event log goes to memory or, where that is full, to a file of this name."""
    with zipfile.ZipFile(source) as archive:
        about = json.loads(archive.read(_ABOUT))
        records = Records(
            start=datetime.fromisoformat(about["start"]),
            end=datetime.fromisoformat(about["end"]),
            lots=_frame(archive, "lots.parquet", LOTS),
            states=_frame(archive, "states.parquet", STATES),
            personnel_s=about["personnel_s"],
            tools_s=about["tools_s"],
            utilities_s=about["utilities_s"],
        )
        if _EVENTS in archive.namelist():
            if about["rows"] is not None and room.fits(about["rows"]):
                records = replace(records, events=_frame(archive, _EVENTS, EVENTS))
            else:
                records = replace(records, event_file=_extracted(archive, room.file(name)))
    return Done(records, about["operations"])


def _frame(archive: zipfile.ZipFile, name: str, schema: dict[str, Any]) -> pl.DataFrame:
    return pl.read_parquet(BytesIO(archive.read(name))).cast(schema)  # type: ignore[arg-type]


def _extracted(archive: zipfile.ZipFile, file: EventFile) -> EventFile:
    temporary = file.path.with_name(f".{file.path.name}.{uuid4().hex}.tmp")
    try:
        with archive.open(_EVENTS) as source, temporary.open("wb") as target:
            copyfileobj(source, target)
        temporary.replace(file.path)
    finally:
        temporary.unlink(missing_ok=True)
    return file
