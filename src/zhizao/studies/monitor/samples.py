"""Tables of samples: a column of times, columns of numbers, one row per sample; unknown cells are nan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.quantities import Fault, Input, InputError, nearest_name
from zhizao.quantities.errors import FaultsError
from zhizao.records.sheets import sheet_of
from zhizao.studies.monitor.order import Ordered, in_order

Floats = NDArray[np.float64]
UNKNOWN = {"", "na", "n/a", "nan", "null", "none", "-", "..", "…"}
"""Cells that say that a value is not known, in small letters."""
TIME_NAMES = (
    *("time", "timestamp", "date", "datetime", "zeit", "zeitstempel", "datum", "uhrzeit"),
    *("时间", "日期", "时间戳", "采集时间"),
)
"""Columns that are taken as the time where none is named."""
_READ = (".csv", ".tsv", ".txt", ".parquet")
MOST_FAULTS = 20
"""Faults that are listed; a table of text has one in every row."""


class SamplesError(FaultsError):
    """A table of samples has faults; those that are listed are in `faults` and in the message."""

    _of = "table"


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Samples in the order of time.

    `values` has one row per sample and one column per name, nan where unknown; `times` is None without a
    column of times, and always increases. `clock` is the local time as written: it repeats an hour where
    clocks are put back. `not_numeric` names the columns that hold text; `remarks` says what was done to rows.
    """

    file: str
    names: tuple[str, ...]
    values: Floats
    times: NDArray[np.datetime64] | None
    not_numeric: tuple[str, ...]
    sha256: str
    clock: NDArray[np.datetime64] | None = None
    remarks: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Number of samples."""
        return len(self.values)

    @property
    def interval_s(self) -> float | None:
        """Sampling interval in s: the median of the steps; None without times or with one row."""
        if self.times is None or self.rows < 2:
            return None
        return float(np.median(np.diff(self.times) / np.timedelta64(1, "s")))

    @property
    def segments(self) -> NDArray[np.int64]:
        """Number of the gap-free segment of each row; a gap is a step over 1.5 sampling intervals."""
        if self.times is None or self.rows < 2:
            return np.zeros(self.rows, np.int64)
        steps = np.diff(self.times) / np.timedelta64(1, "s")
        return np.concatenate([[0], np.cumsum(steps > 1.5 * np.median(steps))]).astype(np.int64)

    def column(self, name: str) -> Floats:
        """The values of a column.

        Raises
        ------
        InputError
            There is no such column of numbers; the message names the nearest.
        """
        return self.values[:, self._index(name)]

    def chosen(self, names: Sequence[str]) -> Floats:
        """The values of several columns, in this order."""
        return self.values[:, [self._index(name) for name in names]]

    def _index(self, name: str) -> int:
        if name in self.names:
            return self.names.index(name)
        if name in self.not_numeric:
            raise InputError(f"{self.file}: column {name!r} holds text; give a column of numbers")
        near = nearest_name(name, self.names)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"{self.file}: found no column {name!r}{hint}")

    def as_input(self, kind: str) -> Input:
        """What a result says that it was made from."""
        return Input(kind, Path(self.file).name, self.sha256)


def read_samples(path: str | Path, *, time: str | None = None) -> Samples:
    """Read samples from CSV (comma, semicolon or tab) or Parquet.

    Parameters
    ----------
    path
        The file; its first row names the columns.
    time
        Column of times (default: `time`, `timestamp`, `date` or `datetime`, if there is one). Times are in
        any common form; of day/month/year and month/day/year the one counts that fits every row. Rows are
        put in the order of time, and rows that repeat another in every cell count once.

    Raises
    ------
    InputError
        There is no such file or column, a cell is neither a number nor unknown, a time cannot be read, or
        two rows have one time; the message names file, line and column.
    """
    path = Path(path)
    frame = read_frame(path)
    name = _time_name(frame, time, path)
    ordered = Ordered(frame, None, None, ()) if name is None else in_order(frame, name, str(path))
    frame = ordered.frame
    columns = [column for column in frame.columns if column != name]
    faults = list[Fault]()
    texts, numbers = list[str](), dict[str, Floats]()
    for column in columns:
        values = numbers_of(frame[column], str(path), faults)
        if values is None:
            texts.append(column)
        else:
            numbers[column] = values
    if faults:
        raise SamplesError(tuple(faults[:MOST_FAULTS]))
    if not numbers:
        raise InputError(f"{path}: found no column of numbers; write one column per sensor")
    content = sha256(frame.write_csv().encode()).hexdigest()
    return Samples(
        str(path),
        tuple(numbers),
        np.column_stack([*numbers.values()]),
        ordered.times,
        tuple(texts),
        content,
        ordered.clock,
        ordered.remarks,
    )


def read_frame(path: Path) -> pl.DataFrame:
    """The cells of a table, as text where it is CSV.

    Raises
    ------
    InputError
        There is no such file, it is no table, or it has no rows.
    """
    if path.suffix.lower() not in _READ:
        raise InputError(f"{path}: found a file of the form {path.suffix!r}; give CSV or Parquet")
    if not path.is_file():
        raise InputError(f"{path}: found no such file; give the path of a table")
    try:
        frame = (
            pl.read_parquet(path)
            if path.suffix.lower() == ".parquet"
            else sheet_of(path.read_bytes(), str(path))
        )
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: cannot be read as a table ({str(error).splitlines()[0]})") from None
    if not frame.height:
        raise InputError(f"{path}: found no rows; write one row per sample")
    return frame


def _time_name(frame: pl.DataFrame, given: str | None, path: Path) -> str | None:
    if given is None:
        return next((name for name in frame.columns if name.lower() in TIME_NAMES), None)
    if given not in frame.columns:
        near = nearest_name(given, frame.columns)
        raise InputError(f"{path}: found no column {given!r}" + (f"; did you mean {near!r}?" if near else ""))
    return given


def numbers_of(column: pl.Series, file: str, faults: list[Fault]) -> Floats | None:
    """Numbers of a column; None where most of its known cells are text, a fault for each odd cell else."""
    text = column.cast(pl.String).fill_null("").str.strip_chars()
    unknown = text.str.to_lowercase().is_in(list(UNKNOWN))
    values = text.cast(pl.Float64, strict=False)
    wrong = (values.is_null() | ~values.is_finite().fill_null(True)) & ~unknown
    if wrong.sum() > (~unknown).sum() / 2:
        return None
    right = "write a number with a decimal point, or leave the cell empty where it is unknown"
    faults += [
        Fault(file, int(row) + 2, column.name, f"found {text[int(row)]!r}", right)
        for row in wrong.arg_true()[:MOST_FAULTS]
    ]
    return values.set(unknown, None).fill_null(np.nan).to_numpy().astype(np.float64)
