"""Tab-separated tables of a fab model: rows with their line, and faults that are collected, not raised.

A cell is found by the name of its column, in any order and with letters of any size; a column that is not
there is empty. `~` begins a comment, and a column IGNORE is one.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from zhizao.quantities import Fault, InputError, nearest_name

UNITS_S = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0,
    "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "hour": 3600.0, "hours": 3600.0,
    "d": 86400.0, "day": 86400.0, "days": 86400.0, "wk": 604800.0, "week": 604800.0, "weeks": 604800.0,
}  # fmt: skip
"""Seconds of each unit of time that a table may have."""
_DAYS = ("%m/%d/%y", "%m/%d/%Y", "%Y-%m-%d")
_HOURS = (" %H:%M:%S", " %H:%M", "")
_COMMENT = "~"
_LARGEST = 500_000_000  # bytes


class Faults(list[Fault]):
    """Faults of all tables, in the order in which they were found."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its file and line, and those of its cells that are not empty, by column in capitals."""

    file: str
    line: int
    cells: Mapping[str, str]
    faults: Faults


def read_rows(path: Path, faults: Faults, *, needed: tuple[str, ...] = ()) -> list[Row]:
    """Read a table; a missing column that is `needed` is a fault, and the table has no rows then."""
    lines = [line.partition(_COMMENT)[0] for line in plain_text(path).splitlines()]
    filled = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not filled:
        faults.append(
            Fault(str(path), 1, "header", "found an empty table", "the first line names the columns")
        )
        return []
    at, first = filled[0]
    header = [name.strip().upper() for name in first.split("\t")]
    missing = [name for name in needed if name not in header]
    for name in missing:
        right = f"the columns are {', '.join(column for column in header if column)}"
        near = nearest_name(name, header)
        faults.append(Fault(str(path), at, "header", f"found no column {name}", right, near))
    faults.extend(_twice(header, str(path), at))
    rows = (_row(str(path), number, line, header, faults) for number, line in filled[1:])
    return [] if missing else [row for row in rows if row.cells]


def plain_text(path: Path) -> str:
    """Read a text file, in UTF-8 or, with its mark, UTF-16 (as AutoSched AP writes it)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    if len(data) > _LARGEST or (b"\0" in data and not _wide(data)):
        raise InputError(f"{path}: found no text; a table is text with tabs between its cells")
    encoding = "utf-16" if _wide(data) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: found bytes that are not {encoding}; save it as UTF-8") from None


def _wide(data: bytes) -> bool:
    return data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _twice(header: list[str], file: str, line: int) -> Iterator[Fault]:
    for name in sorted({name for name in header if name not in ("", "IGNORE") and header.count(name) > 1}):
        yield Fault(file, line, "header", f"found the column {name} twice", "name each column once")


def _row(file: str, line: int, text: str, header: list[str], faults: Faults) -> Row:
    values = [cell.strip() for cell in text.split("\t")]
    if any(values[len(header) :]):
        found = f"found {len(values)} cells"
        faults.append(Fault(file, line, "row", found, f"{len(header)}, as in the first line"))
    pairs = zip(header, values, strict=False)
    return Row(
        file, line, {name: cell for name, cell in pairs if cell and name not in ("", "IGNORE")}, faults
    )


# ---------------------------------------------------------------- cells
def fault(row: Row, column: str, found: str, right: str, nearest: str | None = None) -> None:
    """Collect a fault of one cell."""
    row.faults.append(Fault(row.file, row.line, column, found, right, nearest))


def text(row: Row, column: str) -> str:
    """Give a cell that must not be empty; a stand-in where it is."""
    cell = row.cells.get(column)
    if cell is None:
        fault(row, column, "found an empty cell", f"every row has a {column}")
    return cell or "?"


def number(row: Row, column: str, *, default: float | None = None) -> float:
    """Give a number of 0 or more; one that is needed has no default."""
    cell = row.cells.get(column)
    if cell is None and default is not None:
        return default
    try:
        value = float(cell or "")
    except ValueError:
        value = -1.0
    if 0 <= value < 1e15:
        return value
    fault(row, column, f"found {cell!r}" if cell else "found an empty cell", "a number of 0 or more")
    return default or 1.0


def whole(row: Row, column: str, *, default: int | None = None) -> int:
    """Give a whole number of 1 or more (`10.0` is one)."""
    value = number(row, column, default=default)
    if value >= 1 and value == int(value):
        return int(value)
    fault(row, column, f"found {row.cells.get(column)!r}", "a whole number of 1 or more")
    return 1


def share(row: Row, column: str, *, default: float) -> float:
    """Give a percentage as a share."""
    value = number(row, column, default=default)
    if value > 100:
        fault(row, column, f"found {value:g}", "a percentage from 0 to 100")
    return min(value, 100.0) / 100.0


def seconds_of(row: Row, column: str) -> float:
    """Give the seconds of the unit of time that a cell names (default: min)."""
    unit = row.cells.get(column, "min")
    factor = UNITS_S.get(unit.lower())
    if factor is None:
        near = nearest_name(unit, UNITS_S)
        fault(row, column, f"found the unit {unit!r}", "write sec, min, hr or day", near)
    return factor or 60.0


def duration(row: Row, column: str, units: str, *, default: float | None = None) -> float:
    """Give a fixed time in s."""
    if column not in row.cells and default is not None:
        return default
    return exact(number(row, column) * seconds_of(row, units))


def exact(seconds: float) -> float:
    """Take away what a conversion of units adds far behind the point (28575.809999999998 s)."""
    return round(seconds, 9)


def yes(row: Row, column: str) -> bool:
    """Say whether a cell says yes; empty is no."""
    cell = row.cells.get(column, "no").lower()
    if cell not in ("yes", "no", "y", "n", "true", "false", "1", "0"):
        fault(row, column, f"found {cell!r}", "write yes or no")
    return cell in ("yes", "y", "true", "1")


def moment(row: Row, column: str) -> datetime | None:
    """Give a date (`01/31/18 07:29:20`: month, day, year), or None where there is none."""
    cell = row.cells.get(column)
    found = None if cell is None else read_date(cell)
    if cell is not None and found is None:
        fault(row, column, f"found {cell!r}", "a date such as 01/31/18 07:29:20 (month/day/year)")
    return found


@lru_cache(maxsize=4096)
def read_date(cell: str) -> datetime | None:
    """Read a date, with or without a time of day; None where it is none."""
    for form in (day + hours for day in _DAYS for hours in _HOURS):
        try:
            return datetime.strptime(cell, form)
        except ValueError:
            continue
    return None


def key(cell: str) -> str:
    """Write the name of a step alike wherever it stands: `5.0` is `5`."""
    return cell.removesuffix(".0") if cell.removesuffix(".0").isdigit() else cell
