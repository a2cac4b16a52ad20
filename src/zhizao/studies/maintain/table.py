"""Tables of records: columns by name, numbers and times, faults with file, line and column."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.quantities import Fault, Input, InputError, hashed, nearest_name
from zhizao.quantities.errors import FaultsError
from zhizao.records.sheets import Reading, readings, sheet_of
from zhizao.studies.maintain.facts import Floats

UNKNOWN = {"", "na", "n/a", "nan", "null", "none", "-"}
"""Cells that say that a value is not known, in small letters."""
MOST_FAULTS = 20
"""Faults that are listed; a wrong column has one in every row."""
_READ = (".csv", ".tsv", ".txt", ".parquet")


class MaintenanceFileError(FaultsError):
    """A table of maintenance has faults; the first ones are in `faults`."""

    _of = "table"


@dataclass(slots=True, eq=False)
class Records:
    """Cells of a table, and the faults found in it so far."""

    path: Path
    frame: pl.DataFrame
    source: Input
    faults: list[Fault] = field(default_factory=list)

    def fault(self, row: int, where: str, found: str, right: str, near: str | None = None) -> None:
        """Note a fault; `row` counts from 0 below the head, -1 is the head."""
        self.faults.append(Fault(str(self.path), row + 2, where, found, right, near))

    def raise_faults(self) -> None:
        """Raise the first faults together, if there are any."""
        if self.faults:
            raise MaintenanceFileError(tuple(self.faults[:MOST_FAULTS]))

    def column(self, *names: str) -> str:
        """The first of these columns that the table has, letters counting alike.

        Raises
        ------
        MaintenanceFileError
            It has none of them.
        """
        by_small = {name.strip().lower(): name for name in reversed(self.frame.columns)}
        for name in names:
            if name.lower() in by_small:
                return by_small[name.lower()]
        near = nearest_name(names[0], self.frame.columns)
        has = ", ".join(self.frame.columns[:12])
        self.fault(-1, names[0], "found no such column", f"the table has {has}; name the column", near)
        self.raise_faults()
        raise AssertionError

    def texts(self, name: str) -> list[str]:
        """A column as text; an empty cell is an empty text."""
        return [("" if cell is None else str(cell)).strip() for cell in self.frame[name]]

    def ids(self, name: str) -> list[str]:
        """A column of names, none of them empty."""
        found = self.texts(name)
        for row, cell in enumerate(found):
            if not cell:
                self.fault(row, name, "found an empty cell", "write a name")
        return found

    def numbers(self, name: str, *, known: bool = False) -> Floats:
        """A column as numbers, nan for what is unknown; with `known`, an unknown one is a fault."""
        cells = self.frame[name]
        if cells.dtype.is_numeric() or cells.dtype == pl.Boolean:
            values = cells.cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
        else:
            text = cells.cast(pl.String).str.strip_chars()
            values = text.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy().copy()
        for row in np.flatnonzero(~np.isfinite(values)):
            cell = cells[int(row)]
            unknown = cell is None or str(cell).strip().lower() in UNKNOWN
            if not unknown or known:
                self.fault(int(row), name, f"found {cell!r}", "write a number with a decimal point")
            values[row] = np.nan
        return values

    def ages(self, name: str) -> Floats:
        """A column of times as numbers, all known; dates and times in days since 1970."""
        cells = self.frame[name]
        text = cells.cast(pl.String).str.strip_chars()
        dated = (
            cells.dtype.is_temporal() or text.str.contains(r"^\d+[-/.年]\d+[-/.月]\d").sum() > len(cells) / 2
        )
        return self.days(name) if dated else self.numbers(name, known=True)

    def days(self, name: str) -> Floats:
        """A column of dates and times in any common form, in days since 1970; with an offset, of UTC."""
        fits = readings(self.frame[name])
        whole = [one for one in fits if not one.clock.null_count()]
        if len(whole) > 1:
            found = (
                f"found {self.frame[name][0]!r}: the day or the month may be first, and no row settles which"
            )
            self.fault(0, name, found, "write a date and time as 2026-01-31 06:00:00")
        best = min(fits, key=lambda one: one.clock.null_count(), default=None)
        values = np.full(self.frame.height, np.nan) if best is None else _days(best)
        for row in np.flatnonzero(np.isnan(values)):
            found = f"found {self.frame[name][int(row)]!r}"
            self.fault(int(row), name, found, "write a date and time as 2026-01-31 06:00:00")
        return values


def _days(reading: Reading) -> Floats:
    moments = reading.clock if reading.utc is None else reading.utc
    return np.asarray(moments.dt.epoch("us").cast(pl.Float64).fill_null(np.nan).to_numpy() / 86_400e6)


def read_records(path: str | Path, kind: str) -> Records:
    """Read a table from CSV (comma, semicolon or tab) or Parquet.

    Raises
    ------
    InputError
        There is no such file, it is no table, or it has no rows.
    """
    path = Path(path)
    if path.suffix.lower() not in _READ:
        raise InputError(f"{path}: found a file of the form {path.suffix!r}; give CSV or Parquet")
    if not path.is_file():
        raise InputError(f"{path}: found no such file; give the path of a table")
    try:
        content = path.read_bytes()
        frame = pl.read_parquet(path) if path.suffix.lower() == ".parquet" else sheet_of(content, str(path))
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: cannot be read as a table ({reason})") from None
    if not frame.height:
        raise InputError(f"{path}: found no rows; write one row per record")
    return Records(path, frame, hashed(kind, path.name, content))
