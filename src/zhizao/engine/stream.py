"""The event log of a replication on its way to a Parquet file, so that memory does not grow with the run."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa

from zhizao.engine.lift import Raw, batch_column, event_columns, in_window, known_lots, lots_here, told
from zhizao.engine.lower import Lowered
from zhizao.engine.unfinished import open_rows
from zhizao.kernels import tables as k
from zhizao.records import EVENTS, EventFile, ScratchFolder

_BOOK = (("source", np.int32), ("order", np.int64), ("product", np.int32))
_TIMES = ("start", "end")
_PARQUET: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "write_statistics": list(_TIMES),  # of the names of lots they would cost more than all the rest
    "column_encoding": dict.fromkeys(_TIMES, "DELTA_BINARY_PACKED"),
    "use_dictionary": [name for name in EVENTS if name not in _TIMES],
    "store_schema": False,  # names are plain text to whoever reads the file
}
_GROUP_ROWS = 1 << 18  # of one row group
MOST_ROWS = 4_000_000  # in memory, over all replications of a run; a row takes some 240 bytes


class LogRoom:
    """Where the logs of one run go: into memory while there is room, then into files."""

    def __init__(self, folder: Path | None, rows: int = MOST_ROWS) -> None:
        """`folder`: where all of them go; None: a temporary one, once there are so many rows in memory."""
        self._lock = threading.Lock()
        self._folder = folder
        self._left = rows if folder is None else 0
        self.scratch: ScratchFolder | None = None

    def fits(self, rows: int) -> bool:
        """Take the room of so many rows; False: they go into a file."""
        with self._lock:
            self._left -= rows
            return self._left >= 0

    def file(self, name: str) -> EventFile:
        """A file of this name in the folder of the run."""
        with self._lock:
            if self._folder is not None:
                self._folder.mkdir(parents=True, exist_ok=True)
                return EventFile(self._folder / name)
            self.scratch = self.scratch or ScratchFolder()
            return EventFile(self.scratch.path / name, self.scratch)


class LogStream:
    """The log of one replication: stays in memory while the room lasts, then is written as it comes."""

    def __init__(self, lowered: Lowered, room: LogRoom, name: str, window_start: float) -> None:
        self._lowered = lowered
        self._room = room
        self._name = name
        self._window_start = window_start
        self._book = _LotBook()
        self._file: EventFile | None = None
        self._temporary: Path | None = None
        self._writer: Any = None
        self._batches = 0

    def take(self, pieces: list[Any], state: k.State, exits: list[Any]) -> None:
        """Write the pieces and forget them, if they no longer fit into memory. The last piece is new."""
        if self._file is None and self._room.fits(len(pieces[-1])):
            return
        if sum(map(len, pieces)) >= _GROUP_ROWS:
            self._write_all(pieces, state, exits)
            pieces.clear()

    def finish(self, raw: Raw) -> tuple[Raw, EventFile | None]:
        """Give what is left of the replication in memory, and the complete file, if there is one."""
        if self._file is None and self._room.fits(len(raw.log_pieces[-1])):
            return raw, None
        pieces = [*raw.log_pieces, open_rows(self._lowered, raw.state)]
        file = self._write_all(pieces, raw.state, list(raw.exit_pieces))
        assert self._temporary is not None
        self._writer.close()
        self._temporary.replace(file.path)
        return replace(raw, log_pieces=()), file

    def abandon(self) -> None:
        """Leave no half file behind (nothing happens after `finish`)."""
        if self._temporary is not None:
            self._writer.close()
            self._temporary.unlink(missing_ok=True)

    def _write_all(self, pieces: list[Any], state: k.State, exits: list[Any]) -> EventFile:
        """Write in groups of rows: much may have gathered in memory before there was a file."""
        self._book.learn(state, exits)
        group: list[Any] = []
        for piece in pieces:
            group.append(piece)
            if sum(map(len, group)) >= _GROUP_ROWS:
                self._write(group)
                group = []
        return self._write(group or [pieces[-1][:0]])

    def _write(self, pieces: list[Any]) -> EventFile:
        from pyarrow.parquet import ParquetWriter

        rows = told(self._lowered, in_window(np.concatenate(pieces), self._window_start))
        lots, which = self._book.those_of(rows["serial"])
        columns = event_columns(self._lowered, rows, known_lots(self._lowered, lots), which)
        columns["batch"], self._batches = batch_column(self._lowered, rows, self._batches)
        made = {name: column.arrow() for name, column in columns.items()}
        table = pa.table({name: made.get(name, pa.nulls(len(rows), pa.string())) for name in EVENTS})
        if self._file is None:
            self._file = self._room.file(self._name)
            self._temporary = self._file.path.with_name(f".{self._name}.{uuid4().hex}.tmp")
            self._writer = ParquetWriter(self._temporary, table.schema, **_PARQUET)
        self._writer.write_table(table)
        return self._file


class _LotBook:
    """Product and order of every lot so far, by serial number: what a row of the log does not say."""

    def __init__(self) -> None:
        self._of = {name: np.full(1024, -1, dtype) for name, dtype in _BOOK}
        self._read = 0

    def learn(self, state: k.State, exits: list[Any]) -> None:
        """Take in the lots that left since the last time, and those in the plant."""
        self._make_room(int(state.clock[0].serial))
        left = (*exits[self._read :], state.exits[: int(state.clock[0].exits_n)])
        for piece in (*left, lots_here(state, ("serial", *self._of))):
            for name, column in self._of.items():
                column[piece["serial"]] = piece[name]
        self._read = len(exits)

    def _make_room(self, serials: int) -> None:
        for name, column in self._of.items():
            if len(column) < serials:
                grown = np.full(2 * serials, -1, column.dtype)
                grown[: len(column)] = column
                self._of[name] = grown

    def those_of(self, serials: Any) -> tuple[dict[str, Any], Any]:
        """Numbers of the lots that these rows speak of, and the row in them of each; the last is "no lot"."""
        first = int(serials.min(initial=0, where=serials >= 0)) if len(serials) else 0
        seen = np.zeros(max(int(serials.max(initial=0)) - first, 0) + 2, bool)
        place = np.where(serials >= 0, serials - first, len(seen) - 1)
        seen[place] = True
        seen[-1] = False
        row = np.cumsum(seen, dtype=np.uint32) - seen
        lots = np.flatnonzero(seen) + first
        return {"serial": lots, **{name: column[lots] for name, column in self._of.items()}}, row[place]
