"""Text of a log before it becomes a table: bounded lines, encoding, separator, the line with the names."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records.encodings import HIGH, eight_bit
from zhizao.records.intake import LINE_LIMIT, first_bytes, is_packed, open_log, pieces

_SEPARATORS = (",", ";", "\t", "|")
_PREAMBLE = 20  # lines above the names that an export may have
_SAMPLE = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text file is written: encoding, separator, number of lines above the names."""

    encoding: str
    separator: str
    skip: int
    guessed: bool = False  # the encoding was guessed from bytes that are not UTF-8


def read_text_table(
    path: Path, *, encoding: str | None = None, separator: str | None = None, line_limit: int = LINE_LIMIT
) -> tuple[pl.DataFrame, TextForm]:
    """Read a CSV as a frame of strings with column `row` (line number of the file for a log without line
    breaks inside fields). Empty fields are null; encoding and separator are found where none is given."""
    found = encoding or find_encoding(path, limit=line_limit)
    if encoding or found != "utf-8":
        check_lines(path, encoding=found, limit=line_limit)
    form = _form(path, found, separator, guessed=encoding is None)
    try:
        frame = pl.read_csv(
            _utf8(path, found), separator=form.separator, skip_lines=form.skip, infer_schema=False
        )
    except pl.exceptions.NoDataError:
        raise LogError(f"{path}: the log is empty; it needs a header and at least one row") from None
    except (pl.exceptions.ComputeError, pl.exceptions.DuplicateError) as error:
        raise _bad_row(path, form) or LogError(f"{path}: not a table: {error}") from error
    frame = frame.rename({"row": "row_"} if "row" in frame.columns else {})
    frame = frame.with_row_index("row", offset=form.skip + 2)
    frame = frame.select(name for name in frame.columns if name.strip())
    frame = frame.with_columns(pl.col(pl.String).str.strip_chars().replace("", None))
    frame = frame.rename({name: name.strip() for name in frame.columns})
    frame = frame.filter(pl.any_horizontal(pl.all().exclude("row").is_not_null()))
    if frame.is_empty():
        raise LogError(f"{path}: the log is empty: it has a header and no rows")
    return frame, form


def find_encoding(path: Path, *, limit: int = LINE_LIMIT) -> str:
    """The encoding of a text file: by its mark, UTF-8 if it is that, else GB 18030 or Windows-1252."""
    start = first_bytes(path, 4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if marked is not None:
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for _, piece in _bounded(path, limit):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _eight_bit(path)
    return "utf-8"


def _eight_bit(path: Path) -> str:
    high: list[bytes] = []
    for piece in pieces(path):
        high += HIGH.findall(piece)
        if len(high) > _SAMPLE:
            break
    return eight_bit(high)


def _utf8(path: Path, encoding: str) -> Path | io.BytesIO:
    """A file that Polars reads by itself, or its text as UTF-8."""
    if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
        return io.BytesIO(b"".join(pieces(path))) if is_packed(path) else path
    decoder = codecs.getincrementaldecoder(encoding)()
    text = "".join(decoder.decode(piece) for piece in pieces(path))
    return io.BytesIO(text.encode("utf-8"))


def check_lines(path: Path, *, encoding: str = "utf-8", limit: int = LINE_LIMIT) -> None:
    """Read through the file in pieces; refuse a line over `limit` bytes or a wrong encoding, by line number.

    Memory stays at one piece, however long the line is.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise LogError(
            f"{path}: encoding is {encoding!r}; name one such as utf-8, gb18030 or cp1252"
        ) from None
    line = 1
    for line, piece in _bounded(path, limit):
        _decode(decoder, piece, path, line)
    _decode(decoder, b"", path, line, final=True)


def _bounded(path: Path, limit: int) -> Iterator[tuple[int, bytes]]:
    """Pieces of the file, each with the line on which it begins, as long as no line is too long."""
    line, length = 1, 0
    for piece in pieces(path):
        first, *rest = piece.split(b"\n")
        lengths = [length + len(first), *map(len, rest)]
        if max(lengths) > limit:
            line += next(n for n, size in enumerate(lengths) if size > limit)
            found = f"line {line} is longer than {limit:,} bytes"
            raise LogError(f"{path}: {found}; a log has one short row per line")
        yield line, piece
        length = lengths[-1]
        line += len(rest)


def _decode(
    decoder: codecs.IncrementalDecoder, piece: bytes, path: Path, line: int, *, final: bool = False
) -> None:
    try:
        decoder.decode(piece, final=final)
    except UnicodeDecodeError as error:
        at = line + bytes(error.object[: error.start]).count(b"\n")
        byte = f"byte 0x{error.object[error.start]:02x}"
        raise LogError(
            f"{path}: line {at}: {byte} is not {error.encoding}; save the file as UTF-8, or name its "
            "encoding in the column map (gb18030, cp1252 or utf-16 would be usual)"
        ) from None
    except UnicodeError as error:
        raise LogError(f"{path}: not text: {error}") from None


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with io.TextIOWrapper(open_log(path), encoding=encoding, newline="") as stream:
        yield from stream


def _form(path: Path, encoding: str, separator: str | None, *, guessed: bool) -> TextForm:
    """Find the line with the names: the first that has as many fields as most of the first lines."""
    head = [line.lstrip("\ufeff") for line in itertools.islice(_lines(path, encoding), _PREAMBLE)]
    if not any(line.strip() for line in head):
        raise LogError(f"{path}: the log is empty; row 1 must name the columns")
    declared = re.fullmatch(r"sep=(.)", head[0].strip("\r\n"))  # what spreadsheets write above the names
    signs = (separator,) if separator else ((declared.group(1),) if declared else _SEPARATORS)
    counts = {sign: [_fields(line, sign) for line in head] for sign in signs}
    best = max(signs, key=lambda sign: _fit(counts[sign]))
    width = _fit(counts[best])[1]
    if width < 2 and not declared:
        raise LogError(
            f"{path}: row 1: found one column only, {head[0].strip()[:60]!r}; the separator is none of "
            'comma, semicolon, tab and bar; name it in the column map, for example "separator": "#"'
        )
    return TextForm(encoding, best, counts[best].index(width), guessed and encoding in ("gb18030", "cp1252"))


def _fields(line: str, separator: str) -> int:
    return len(next(csv.reader([line], delimiter=separator), []))


def _fit(counts: list[int]) -> tuple[int, int]:
    """How many lines a separator cuts into equally many fields, and into how many (1: into none)."""
    several = [n for n in counts if n > 1]
    if not several:
        return (0, counts[0])
    usual = max(dict.fromkeys(several), key=several.count)
    return (several.count(usual), usual)


def _bad_row(path: Path, form: TextForm) -> LogError | None:
    """Find the row that made the table unreadable: names twice, or more fields than the header has."""
    rows = csv.reader(
        itertools.islice(_lines(path, form.encoding), form.skip, None), delimiter=form.separator
    )
    header = [name.strip("\ufeff") for name in next(rows, [])]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        return LogError(f"{path}: row {form.skip + 1}: column {twice[0]!r} is named twice")
    for fields in rows:
        if len(fields) > len(header):
            return LogError(
                f"{path}: row {form.skip + rows.line_num}: found {len(fields)} fields, "
                f"the header has {len(header)}"
            )
    return None
