"""The outbox of a source on disk: SQLite, durable on return, forgotten when the consumer has committed."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from threading import RLock

import polars as pl

from zhizao.quantities.errors import ConnectError
from zhizao.records.samples import SAMPLES

_VALUE = ("tag", "time", "number", "text", "status")
_NEVER_NULL = ("tag", "time", "status")

_BATCH_ROWS = 20_000
"""Rows of one blob at most: a reader that asks for fewer decodes one blob and no more."""

_LOG = 1 << 20
"""Bytes that SQLite's log may take before they go to the file itself."""

_RESERVE = 1 << 20
"""Bytes set aside beside the file, beyond those of the log: room to forget samples on a full disk."""

_PER_COMMIT = 16 * 8192
"""Bytes of the log that a transaction takes besides its blobs, at most about."""

_PAGE = 8192  # bytes; blobs of a batch span many pages

_SPARE_PAGES = 4096
"""Free pages (32 MiB) that the file keeps for the next outage; more go back to the disk."""

_NOTHING_KEPT = "Nothing of this batch was kept"

_TABLES = """
CREATE TABLE IF NOT EXISTS numbering (
    source TEXT NOT NULL, epoch INTEGER NOT NULL, next INTEGER NOT NULL, done INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS batch (
    last INTEGER PRIMARY KEY, first INTEGER NOT NULL, received INTEGER NOT NULL, bytes INTEGER NOT NULL,
    rows BLOB NOT NULL);
"""


class SpoolFullError(ConnectError):
    """A spool takes no more samples: its limit is reached, or the disk is full. Nothing was kept in part."""


class Spool:
    """An outbox in one SQLite file (`records.Outbox`).

    A commit is written to the write-ahead log and flushed to the disk before `append` returns
    (`synchronous=FULL`). The next lower level survives a killed process, but not a power failure: it may then
    take back numbers that were sent already, and the store would drop the samples that get them again.

    Parameters
    ----------
    path : the file; made if it does not exist. Beside it stand `PATH.epoch`, the newest epoch, and
        `PATH.reserve`, room for forgetting samples on a full disk.
    source : who numbers the samples; a file belongs to one source.
    limit : bytes of waiting samples; None: as many as the disk takes. At the limit `append` refuses, and the
        source decides what to do; samples that were accepted are never dropped.

    Raises
    ------
    ConnectError
        If the file cannot be opened, is no spool, or belongs to another source.
    """

    def __init__(self, path: str | Path, *, source: str, limit: int | None = None) -> None:
        if limit is not None and limit < 1:
            raise ValueError(f"limit: found {limit} bytes; give 1 or more, or None")
        self._path, self._source, self._limit = Path(path), source, limit
        self._lock = RLock()
        with self._named():
            self._base = sqlite3.connect(
                self._path, timeout=30, isolation_level=None, check_same_thread=False
            )
            try:
                self._epoch = self._begin()
            except BaseException:
                self._base.close()
                raise

    @property
    def source(self) -> str:
        """Who numbers the samples."""
        return self._source

    @property
    def epoch(self) -> int:
        """When the numbering began, in µs since 1970."""
        return self._epoch

    def append(self, values: pl.DataFrame) -> None:
        """Number values (`tag`, `time`, `number`, `text`, `status`) and keep them; durable on return.

        Raises
        ------
        SpoolFullError
            At the limit, or on a full disk; none of the values is kept. A later call goes on.
        ConnectError
            If columns are missing, or a tag, a time or a status is null.
        """
        checked = _checked(values, f"{self._path}")
        if checked.is_empty():
            return
        received = time.time_ns() // 1000
        blobs = [(len(part), _packed(part)) for part in checked.iter_slices(_BATCH_ROWS)]
        size = sum(len(blob) for _, blob in blobs)
        with self._lock:
            self._make_room(size)
            self._number(blobs, received)
            self._unsaved += size + _PER_COMMIT

    def _number(self, blobs: list[tuple[int, bytes]], received: int) -> None:
        with self._transaction():
            self._refuse_above_limit(sum(len(blob) for _, blob in blobs))
            (first,) = self._base.execute("SELECT next FROM numbering").fetchone()
            for count, blob in blobs:
                row = (first + count - 1, first, received, len(blob), blob)
                self._base.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?)", row)
                first += count
            self._base.execute("UPDATE numbering SET next = ?", (first,))

    def waiting(self, limit: int, *, after: tuple[int, int] | None = None) -> pl.DataFrame:
        """Give the oldest samples that are not committed, at most so many, after an (epoch, sequence)."""
        if limit < 1:
            raise ValueError(f"limit: found {limit}; give 1 or more")
        epoch, sequence = after or (self._epoch, -1)
        if epoch > self._epoch:
            return pl.DataFrame(schema=SAMPLES)
        start = sequence if epoch == self._epoch else -1
        with self._lock, self._named():
            parts = list(self._parts(start, limit))
        return pl.concat(parts) if parts else pl.DataFrame(schema=SAMPLES)

    def committed(self, epoch: int, sequence: int) -> None:
        """Forget all samples up to and with this one; those of another epoch are not here, and ignored."""
        if epoch != self._epoch:
            return
        with self._lock:
            try:
                self._forget(sequence)
            except SpoolFullError:
                self._reserve_path().unlink(missing_ok=True)
                self._save("TRUNCATE")
                self._forget(sequence)
            if self._unsaved > _LOG:
                self._save()

    def depth(self) -> int:
        """Count the samples that wait."""
        with self._lock, self._named():
            (next_, done) = self._base.execute("SELECT next, done FROM numbering").fetchone()
        return int(next_ - 1 - done)

    def oldest(self) -> datetime | None:
        """Say when the oldest sample that waits was received; None if none waits."""
        with self._lock, self._named():
            found = self._base.execute("SELECT received FROM batch ORDER BY last LIMIT 1").fetchone()
        return datetime.fromtimestamp(found[0] / 1e6, UTC) if found else None

    def close(self) -> None:
        """Close the file; what waits stays in it."""
        with self._lock:
            self._base.close()

    # ---------------------------------------------------------------- inside

    def _begin(self) -> int:
        self._base.execute("PRAGMA wal_autocheckpoint=0")  # `_save` does it, where a full disk is handled
        for pragma in (
            f"page_size={_PAGE}",
            "auto_vacuum=INCREMENTAL",
            "journal_mode=WAL",
            "synchronous=FULL",
        ):
            self._base.execute(f"PRAGMA {pragma}")
        if not self._base.execute("SELECT 1 FROM sqlite_master WHERE name = 'batch'").fetchone():
            self._base.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
        with self._transaction():
            found = self._base.execute("SELECT source, epoch FROM numbering").fetchone()
            if found is None:
                found = (self._source, self._new_epoch())
                self._base.execute("INSERT INTO numbering VALUES (?, ?, 0, -1)", found)
        if found[0] != self._source:
            raise ConnectError(
                f"{self._path}: found the spool of source {found[0]!r}; {self._source!r} needs another file"
            )
        self._unsaved = _LOG  # what a killed process left in the log goes to the file first
        return int(found[1])

    def _new_epoch(self) -> int:
        """Give an epoch above the last one here, though the clock was set back or the file was lost."""
        kept = self._path.with_name(self._path.name + ".epoch")
        last = int(kept.read_text(encoding="ascii")) if kept.exists() else 0
        epoch = max(time.time_ns() // 1000, last + 1)
        write_durably(kept, str(epoch).encode("ascii"))
        return epoch

    def _parts(self, start: int, limit: int) -> Iterator[pl.DataFrame]:
        (done,) = self._base.execute("SELECT done FROM numbering").fetchone()
        start = max(start, done)
        query = "SELECT first, last, received, rows FROM batch WHERE last > ? ORDER BY last"
        with closing(self._base.execute(query, (start,))) as found:
            for first, last, received, blob in found:
                skip = max(start + 1 - first, 0)
                part = _unpacked(blob).slice(skip, limit)
                yield _numbered(part, self._source, self._epoch, first + skip, received)
                limit -= last - first + 1 - skip
                if limit <= 0:
                    return

    def _forget(self, sequence: int) -> None:
        with self._transaction():
            (next_, done) = self._base.execute("SELECT next, done FROM numbering").fetchone()
            upto = max(done, min(sequence, next_ - 1))
            self._unsaved += _PER_COMMIT
            self._base.execute("UPDATE numbering SET done = ?", (upto,))
            self._base.execute("DELETE FROM batch WHERE last <= ?", (upto,))
        self._shrink(_SPARE_PAGES)

    def _shrink(self, spare: int) -> None:
        """Give free pages back to the disk, all but so many."""
        with self._named():
            (free,) = self._base.execute("PRAGMA freelist_count").fetchone()
            if free > spare:
                self._base.execute(f"PRAGMA incremental_vacuum({free - spare})").fetchall()

    def _refuse_above_limit(self, more: int) -> None:
        if self._limit is None:
            return
        (kept,) = self._base.execute("SELECT coalesce(sum(bytes), 0) FROM batch").fetchone()
        if kept + more > self._limit:
            raise SpoolFullError(
                f"{self._path}: found {kept} bytes waiting and {more} more; the limit is {self._limit}. "
                f"{_NOTHING_KEPT}: let the consumer catch up, or raise the limit"
            )

    def _reserve_path(self) -> Path:
        return self._path.with_name(self._path.name + ".reserve")

    def _make_room(self, size: int) -> None:
        """Refuse a batch after which a full disk could not be emptied again.

        To forget samples SQLite needs the log, and the file must take what is in the log: the reserve is as
        large as both.
        """
        if self._unsaved >= _LOG:
            self._save()
        path, needed = self._reserve_path(), _LOG + _RESERVE + 2 * size
        if path.exists() and path.stat().st_size >= needed:
            return
        try:
            _fill(path, needed)
        except OSError:
            self._shrink(0)
            self._save("TRUNCATE")
        else:
            return
        try:
            _fill(path, needed)
        except OSError as error:
            raise SpoolFullError(f"{path}: the disk is full ({error}). {_NOTHING_KEPT}: make room") from error

    def _save(self, how: str = "PASSIVE") -> None:
        """Move what is in the log to the file; the log begins anew."""
        with self._named():
            _, logged, saved = self._base.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        if logged == saved:
            self._unsaved = 0

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, self._named():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say in the words of the project, with the path, what SQLite raises."""
        try:
            yield
        except sqlite3.Error as error:
            if _is_full(error):
                raise SpoolFullError(
                    f"{self._path}: the disk is full ({error}). {_NOTHING_KEPT}: make room"
                ) from error
            raise ConnectError(
                f"{self._path}: {error}; a spool is a SQLite file that we may write"
            ) from error


def _fill(path: Path, size: int) -> None:
    """Take room on the disk; no zeros, which a file system may store without taking any."""
    try:
        path.write_bytes(os.urandom(size))
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _is_full(error: sqlite3.Error) -> bool:
    """Tell a full disk or a file at its allowed size from other faults."""
    code = getattr(error, "sqlite_errorcode", None)
    grown = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_TRUNCATE)
    return code == sqlite3.SQLITE_FULL or code in grown


def _checked(values: pl.DataFrame, where: str) -> pl.DataFrame:
    missing = [name for name in _VALUE if name not in values.columns]
    if missing:
        raise ConnectError(f"{where}: found no column {', '.join(missing)}; give {', '.join(_VALUE)}")
    try:
        typed = values.select(pl.col(name).cast(SAMPLES[name]) for name in _VALUE)
    except pl.exceptions.PolarsError as error:
        raise ConnectError(f"{where}: {error}; give values as `records.values` makes them") from error
    for name in _NEVER_NULL:
        if typed[name].null_count():
            raise ConnectError(f"{where}: found a null in column {name}; every value has a {name}")
    return typed


def _packed(part: pl.DataFrame) -> bytes:
    to = BytesIO()
    part.write_ipc_stream(to, compression="lz4", compat_level=pl.CompatLevel.oldest())
    return to.getvalue()


def _unpacked(blob: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(BytesIO(blob))


def _numbered(part: pl.DataFrame, source: str, epoch: int, first: int, received: int) -> pl.DataFrame:
    key = {
        "source": pl.lit(source),
        "epoch": pl.lit(epoch, pl.Int64),
        "sequence": pl.int_range(first, first + len(part), dtype=pl.Int64),
        "received": pl.lit(received, pl.Int64).cast(SAMPLES["received"]),
    }
    return part.with_columns(**key).select(*SAMPLES)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole, or not at all, after a power failure."""
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as to:
        to.write(data)
        to.flush()
        os.fsync(to.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; where a folder cannot be opened (Windows) the system does it."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
