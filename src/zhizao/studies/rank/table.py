"""The table of an index: one row per unit; columns of indicators, names, groups and denominators."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.quantities import Fault, InputError, nearest_name
from zhizao.studies.rank.steps.arrays import Floats

UNKNOWN = {"", "na", "n/a", "nan", "null", "none", "-", "..", "…"}
"""Cells that say that a value is not known, in small letters."""
_READ = (".csv", ".tsv", ".txt", ".parquet")


@dataclass(frozen=True, slots=True, eq=False)
class UnitTable:
    """The cells as they were read, with the name of the file for messages."""

    frame: pl.DataFrame
    file: str

    @property
    def sha256(self) -> str:
        """Hash of the content."""
        return sha256(self.frame.write_csv().encode()).hexdigest()

    def missing(self, column: str) -> str | None:
        """Say that a column is not there, with the nearest that is; None where it is there."""
        if column in self.frame.columns:
            return None
        near = nearest_name(column, self.frame.columns)
        return f"found no column {column!r} in {self.file}" + (f"; did you mean {near!r}?" if near else "")

    def texts(self, column: str) -> list[str]:
        """A column as text; an empty cell is an empty text."""
        return [("" if cell is None else str(cell)).strip() for cell in self.frame[column]]

    def numbers(self, column: str) -> tuple[Floats, tuple[Fault, ...]]:
        """A column as numbers, nan for unknown, and a fault for every cell that is neither."""
        values, faults = np.full(self.frame.height, np.nan), list[Fault]()
        for row, cell in enumerate(self.texts(column)):
            if cell.lower() in UNKNOWN:
                continue
            try:
                values[row] = float(cell)
            except ValueError:
                right = "write a number with a decimal point, or leave the cell empty where it is unknown"
                faults.append(Fault(self.file, row + 2, column, f"found {cell!r}", right))
            if np.isinf(values[row]):
                faults.append(Fault(self.file, row + 2, column, f"found {cell!r}", "write a finite number"))
        return values, tuple(faults)


def read_table(path: Path) -> UnitTable:
    """Read a table from CSV (comma, semicolon or tab) or Parquet.

    Raises
    ------
    InputError
        There is no such file, or it is no table.
    """
    if path.suffix.lower() not in _READ:
        raise InputError(f"{path}: found a file of the form {path.suffix!r}; give CSV or Parquet")
    if not path.is_file():
        raise InputError(f"{path}: found no such file; give the path of a table")
    try:
        frame = pl.read_parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: cannot be read as a table ({reason})") from None
    if not frame.height:
        raise InputError(f"{path}: found no rows; write one row per unit")
    return UnitTable(frame, str(path))


def _csv(path: Path) -> pl.DataFrame:
    head = path.read_bytes()[:65536].split(b"\n", 1)[0].decode("utf-8-sig", errors="replace")
    separator = max(",;\t", key=head.count)
    return pl.read_csv(path, separator=separator, infer_schema=False)
