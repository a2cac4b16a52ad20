"""The event log and the lots of a replication on their way to Parquet: memory does not grow with the run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa

from zhizao.engine.lift import (
    Raw,
    batch_column,
    event_columns,
    in_window,
    known_lots,
    lot_frame,
    lots_here,
    still_here,
    with_transport,
)
from zhizao.engine.lower import Lowered
from zhizao.engine.unfinished import open_rows
from zhizao.kernels import tables as k
from zhizao.records import EVENTS, ScratchFolder, TableFile

_BOOK = (("source", np.int32), ("order", np.int64), ("product", np.int32))
_TIMES = ("start", "end", "release", "started", "due", "completed")
_COUNTED = ("lot", "order")  # of lots: names that differ from row to row, mostly by their last digits
_GROUP_ROWS = 1 << 18  # of one row group
MOST_ROWS = 4_000_000  # in memory, over all replications of a run; a row takes some 240 bytes


class LogRoom:
    """Where the logs and lots of one run go: into memory while there is room, then into files."""

    def __init__(self, folder: Path | None, rows: int = MOST_ROWS) -> None:
        """`folder`: where all of them go; None: a temporary one, once there are so many rows in memory."""
        self._lock = threading.Lock()
        self._folder = folder
        self._left = rows if folder is None else 0
        self.scratch: ScratchFolder | None = None

    def fits(self, rows: int) -> bool:
        """Take the room of so many rows; False: they go into a file, and so does all that comes after."""
        with self._lock:
            self._left -= rows
            return self._left >= 0

    def file(self, name: str) -> TableFile:
        """A file of this name in the folder of the run."""
        with self._lock:
            if self._folder is not None:
                self._folder.mkdir(parents=True, exist_ok=True)
                return TableFile(self._folder / name)
            self.scratch = self.scratch or ScratchFolder()
            return TableFile(self.scratch.path / name, self.scratch)


def lots_name(name: str) -> str:
    """Name of the file of lots beside the log of this name."""
    return f"{Path(name).stem}-lots.parquet"


class LogStream:
    """Log and lots of one replication: stay in memory while the room lasts, then are written as they come."""

    def __init__(self, lowered: Lowered, room: LogRoom, name: str, window_start: float) -> None:
        self._lowered = lowered
        self._room = room
        self._window_start = window_start
        self._has_log = lowered.tables.whole[0].log == k.LOG_EVENTS
        self._book = _LotBook()
        self._batches = 0
        self._log = _Writer(room, name)
        self._lots = _Writer(room, lots_name(name), _COUNTED)
        self._aside: _Aside | None = None

    def take(self, pieces: list[Any], state: k.State, exits: list[Any]) -> None:
        """Write the pieces of the log and forget them, if they no longer fit. The last piece is new."""
        if not self._log.begun and self._room.fits(len(pieces[-1])):
            return
        if sum(map(len, pieces)) >= _GROUP_ROWS:
            self._write_log(pieces, state, exits)
            pieces.clear()

    def take_exits(self, exits: list[Any]) -> None:
        """Put lots that left aside and forget them, if they no longer fit. The last piece is new."""
        if self._aside is not None or not self._room.fits(len(exits[-1])):
            self._put_aside(exits)
            exits.clear()

    def finish(self, raw: Raw) -> Raw:
        """Write what does not fit into memory, and name the complete files. Where lots go, the log goes."""
        lots = [*raw.exit_pieces, still_here(raw.state)]
        if self._aside is not None or not self._room.fits(sum(map(len, lots[-2:]))):
            self._put_aside(lots)
            self._write_lots()
            lots.clear()
        if self._has_log and (self._log.begun or not self._room.fits(len(raw.log_pieces[-1]))):
            self._write_log([*raw.log_pieces, open_rows(self._lowered, raw.state)], raw.state, lots)
        if self._log.begun:
            raw = replace(raw, log_pieces=(), log_file=self._log.finish())
        return replace(raw, exit_pieces=(), lot_file=self._lots.finish()) if self._lots.begun else raw

    def abandon(self) -> None:
        """Leave no half file behind (nothing happens after `finish`)."""
        self._log.abandon()
        self._lots.abandon()
        if self._aside is not None:
            self._aside.close()

    # ------------------------------------------------------------ lots
    def _put_aside(self, lots: list[Any]) -> None:
        """What the log says of these lots must be known from now on."""
        self._aside = self._aside or _Aside(self._room)
        if self._has_log:
            self._book.learn(lots)
            self._book.forget()
        for piece in lots:
            self._aside.add(piece)

    def _write_lots(self) -> None:
        assert self._aside is not None
        for rows in self._aside.by_serial():
            self._lots.write(lot_frame(self._lowered, rows).to_arrow())

    # ------------------------------------------------------------ the log
    def _write_log(self, pieces: list[Any], state: k.State, exits: list[Any]) -> None:
        """Write in groups of rows: much may have gathered in memory before there was a file."""
        self._book.learn(exits)
        self._book.learn_state(state)
        group: list[Any] = []
        for piece in pieces:
            group.append(piece)
            if sum(map(len, group)) >= _GROUP_ROWS:
                self._write_group(group)
                group = []
        self._write_group(group or [pieces[-1][:0]])

    def _write_group(self, pieces: list[Any]) -> None:
        rows = with_transport(self._lowered, in_window(np.concatenate(pieces), self._window_start))
        lots, which = self._book.those_of(rows["serial"])
        columns = event_columns(self._lowered, rows, known_lots(self._lowered, lots), which)
        columns["batch"], self._batches = batch_column(self._lowered, rows, self._batches)
        made = {name: column.arrow() for name, column in columns.items()}
        self._log.write(pa.table({name: made.get(name, pa.nulls(len(rows), pa.string())) for name in EVENTS}))


class _Writer:
    """One Parquet file, under a temporary name until it is complete."""

    def __init__(self, room: LogRoom, name: str, counted: tuple[str, ...] = ()) -> None:
        self._room = room
        self._name = name
        self._counted = counted
        self._file: TableFile | None = None
        self._temporary = Path()
        self._writer: Any = None

    @property
    def begun(self) -> bool:
        return self._file is not None

    def write(self, table: Any) -> None:
        from pyarrow.parquet import ParquetWriter

        if self._file is None:
            self._file = self._room.file(self._name)
            self._temporary = self._file.path.with_name(f".{self._name}.{uuid4().hex}.tmp")
            self._writer = ParquetWriter(
                self._temporary, table.schema, **_options(table.column_names, self._counted)
            )
        self._writer.write_table(table)

    def finish(self) -> TableFile:
        assert self._file is not None
        self._writer.close()
        self._temporary.replace(self._file.path)
        return self._file

    def abandon(self) -> None:
        if self._file is not None:
            self._writer.close()
            self._temporary.unlink(missing_ok=True)


def _options(columns: list[str], counted: tuple[str, ...]) -> dict[str, Any]:
    times = [name for name in columns if name in _TIMES]
    return {
        "compression": "zstd",
        "compression_level": 1,
        "write_statistics": times,  # of the names of lots they would cost more than all the rest
        "column_encoding": dict.fromkeys(times, "DELTA_BINARY_PACKED")
        | dict.fromkeys(counted, "DELTA_BYTE_ARRAY"),
        "use_dictionary": [name for name in columns if name not in times and name not in counted],
        "store_schema": False,  # names are plain text to whoever reads the file
    }


class _Aside:
    """Lots in a nameless file, as they left; their order in the table, by serial, is known at the end."""

    def __init__(self, room: LogRoom) -> None:
        self._file = TemporaryFile(dir=room.file("lots").path.parent)  # noqa: SIM115  `close` does
        self._spans: list[tuple[int, int, int]] = []  # least and greatest serial, rows

    def add(self, lots: Any) -> None:
        serials = lots["serial"]
        self._spans.append((int(serials.min(initial=0)), int(serials.max(initial=0)), len(lots)))
        self._file.write(lots.tobytes())

    def by_serial(self) -> Iterator[Any]:
        """All of them in groups, at least one; a group reads the pieces that it has lots in."""
        serials = 1 + max(last for _, last, _ in self._spans)
        for first in range(0, serials, _GROUP_ROWS):
            rows, known = np.zeros(_GROUP_ROWS, k.EXIT), np.zeros(_GROUP_ROWS, bool)
            for piece in self._with(first, first + _GROUP_ROWS):
                place = piece["serial"] - first
                inside = (place >= 0) & (place < _GROUP_ROWS)
                rows[place[inside]] = piece[inside]
                known[place[inside]] = True
            yield rows[known]

    def _with(self, first: int, end: int) -> Iterator[Any]:
        at = 0
        for least, greatest, n in self._spans:
            if least < end and greatest >= first:
                self._file.seek(at * k.EXIT.itemsize)
                yield np.frombuffer(self._file.read(n * k.EXIT.itemsize), k.EXIT)
            at += n

    def close(self) -> None:
        self._file.close()


class _LotBook:
    """Product and order of every lot so far, by serial number: what a row of the log does not say."""

    def __init__(self) -> None:
        self._of = {name: np.full(1024, -1, dtype) for name, dtype in _BOOK}
        self._read = 0

    def learn(self, lots: list[Any]) -> None:
        """Take in the lots in these pieces, of which it knows the first ones."""
        for piece in lots[self._read :]:
            self._make_room(int(piece["serial"].max(initial=0)) + 1)
            for name, column in self._of.items():
                column[piece["serial"]] = piece[name]
        self._read = len(lots)

    def forget(self) -> None:
        """The pieces are another list from now on."""
        self._read = 0

    def learn_state(self, state: k.State) -> None:
        """Take in the lots in the plant, and those that just left."""
        self._make_room(int(state.clock[0].serial))
        for piece in (state.exits[: int(state.clock[0].exits_n)], lots_here(state, ("serial", *self._of))):
            for name, column in self._of.items():
                column[piece["serial"]] = piece[name]

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
