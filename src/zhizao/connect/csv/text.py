"""Text of a log before it becomes a table: bounded lines, encoding, separator."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

import polars as pl

from zhizao.quantities.errors import LogError

LINE_LIMIT = 1_000_000  # bytes; a longer line is a damaged file, not a log row
_CHUNK = 1 << 18
_SEPARATORS = (",", ";", "\t", "|")


def read_text_table(path: Path, *, encoding: str = "utf-8", line_limit: int = LINE_LIMIT) -> pl.DataFrame:
    """Read a CSV as a frame of strings with column `row` (line number of the file for a log without line
    breaks inside fields; the header is row 1). Empty fields are null."""
    check_lines(path, encoding=encoding, limit=line_limit)
    source: Path | io.BytesIO = path
    if codecs.lookup(encoding).name != "utf-8":
        source = io.BytesIO(path.read_text(encoding=encoding).encode("utf-8"))
    separator = _separator(path, encoding)
    try:
        frame = pl.read_csv(source, separator=separator, infer_schema=False).with_row_index("row", offset=2)
    except pl.exceptions.NoDataError:
        raise LogError(f"{path}: the log is empty; it needs a header and at least one row") from None
    except (pl.exceptions.ComputeError, pl.exceptions.DuplicateError) as error:
        raise _bad_row(path, encoding, separator) or LogError(f"{path}: not a table: {error}") from error
    if frame.is_empty():
        raise LogError(f"{path}: the log is empty: it has a header and no rows")
    return frame.with_columns(pl.col(pl.String).str.strip_chars().replace("", None))


def check_lines(path: Path, *, encoding: str = "utf-8", limit: int = LINE_LIMIT) -> None:
    """Read through the file in pieces; refuse a line over `limit` bytes or a wrong encoding, by line number.

    Memory stays at one piece, however long the line is.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    line, length = 1, 0
    with _open(path) as stream:
        while piece := stream.read(_CHUNK):
            _decode(decoder, piece, path, line)
            for part_number, part in enumerate(piece.split(b"\n")):
                if part_number:
                    line, length = line + 1, 0
                length += len(part)
                if length > limit:
                    found = f"line {line} is longer than {limit:,} bytes"
                    raise LogError(f"{path}: {found}; a log has one short row per line")
    _decode(decoder, b"", path, line, final=True)


def _open(path: Path) -> io.BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror or error}") from error


def _decode(
    decoder: codecs.IncrementalDecoder, piece: bytes, path: Path, line: int, *, final: bool = False
) -> None:
    try:
        decoder.decode(piece, final=final)
    except UnicodeDecodeError as error:
        at = line + bytes(error.object[: error.start]).count(b"\n")
        wide = bytes(error.object[:2]) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        hint = "UTF-16" if wide else "gb18030 or cp1252"
        raise LogError(
            f"{path}: line {at}: byte 0x{error.object[error.start]:02x} is not {error.encoding}; "
            f"save the file as UTF-8 or name its encoding ({hint} would be usual)"
        ) from None


def _separator(path: Path, encoding: str) -> str:
    with path.open("r", encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as stream:
        header = stream.readline()
    if not header.strip():
        raise LogError(f"{path}: the log is empty; row 1 must name the columns")
    return max(_SEPARATORS, key=lambda s: len(next(csv.reader([header], delimiter=s))))


def _bad_row(path: Path, encoding: str, separator: str) -> LogError | None:
    """Find the row that made the table unreadable: names twice, or more fields than the header has."""
    with path.open("r", encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as stream:
        rows = csv.reader(stream, delimiter=separator)
        header = next(rows, [])
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            return LogError(f"{path}: row 1: column {twice[0]!r} is named twice")
        for fields in rows:
            if len(fields) > len(header):
                return LogError(
                    f"{path}: row {rows.line_num}: found {len(fields)} fields, the header has {len(header)}"
                )
    return None
