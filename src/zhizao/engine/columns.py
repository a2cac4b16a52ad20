"""Columns of records from columns of numbers, each distinct name made once.

A column is first described (`Coded`, `Moments`, `NullWhere`), then made for Polars (in memory) or for Arrow
(to be streamed).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

_ZERO = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Names by number; the last of `names` is null, and stands for "none"."""

    names: pl.Series
    codes: Any  # unsigned

    def polars(self) -> pl.Series:
        """Give the column in memory."""
        known = self.codes.max(initial=0) < len(self.names) - 1
        names = (
            self.names[:-1] if known else self.names
        )  # without a null among them it takes a fifth of the time
        return names[pl.Series(self.codes)]  # not `gather`, which makes a query of it

    def arrow(self) -> Any:
        """Give the column for a file."""
        nameless = self.names.is_null().to_numpy()  # "none", and whatever else has no name: a card's order
        codes = pa.array(self.codes.astype(np.int32), mask=some(nameless[self.codes]))
        names = pa.array(self.names[:-1].fill_null("").to_list(), pa.string())  # Parquet: no null in it
        return pa.DictionaryArray.from_arrays(codes, names)


@dataclass(frozen=True, slots=True, eq=False)
class NullWhere:
    """Whole numbers, null where the mask says so (None: nowhere)."""

    numbers: Any
    null: Any

    def polars(self) -> pl.Series:
        """Give the column in memory."""
        column = pl.Series(self.numbers.astype(np.int64))
        return column if self.null is None else column.set(pl.Series(self.null), None)

    def arrow(self) -> Any:
        """Give the column for a file."""
        return pa.array(self.numbers.astype(np.int64), mask=self.null)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Times in s from the plant's start as times of day; null where the mask says so (None: nowhere)."""

    start: datetime
    seconds: Any
    null: Any

    def _microseconds(self) -> Any:
        seconds = self.seconds if self.null is None else np.where(self.null, 0.0, self.seconds)
        micro = seconds * 1e6
        whole = np.rint(micro, out=micro).astype(np.int64)
        whole += (self.start - _ZERO) // _MICROSECOND
        return whole

    def polars(self) -> pl.Series:
        """Give the column in memory."""
        column = pl.Series(self._microseconds()).cast(pl.Datetime("us"))
        return column if self.null is None else column.set(pl.Series(self.null), None)

    def arrow(self) -> Any:
        """Give the column for a file."""
        return pa.array(self._microseconds(), pa.timestamp("us"), mask=self.null)


Column = Coded | NullWhere | Moments


def some(mask: Any) -> Any:
    """A mask, or None where it masks nothing."""
    return mask if mask.any() else None


def with_none(names: Any) -> pl.Series:
    """Names as `Coded` takes them."""
    if isinstance(names, pl.Series):
        return pl.concat([names, nothing(1, names.dtype)], rechunk=True)
    return pl.Series([*names, None], dtype=pl.String)


def nothing(rows: int, dtype: Any) -> pl.Series:
    """A column of nulls, made without a query: that would take longer than a short run."""
    return pl.Series([None], dtype=dtype).new_from_index(0, rows)


def table(columns: dict[str, pl.Series], schema: Any) -> pl.DataFrame:
    """Columns as a table of that schema; likewise without a query."""
    return pl.DataFrame(
        {
            name: column if column.dtype == schema[name] else column.cast(schema[name])
            for name, column in columns.items()
        }
    )


def named(names: Any, numbers: Any) -> Coded:
    """Names by number; a number of -1 gives null."""
    unsigned = numbers.astype(np.uint32)  # -1 becomes the largest, and so the last
    return Coded(with_none(names), np.minimum(unsigned, np.uint32(len(names)), out=unsigned))


def chosen(names: list[str], numbers: Any) -> pl.Series:
    """Members of an enumeration by number."""
    return pl.Series(names, dtype=pl.Enum(names))[pl.Series(numbers.astype(np.uint32))]


def numbered(prefix: str, numbers: Any, least: int = 1) -> pl.Series:
    """`prefix` and a whole number, with leading zeros up to `least` digits: "L000017"."""
    if np.any(numbers[1:] < numbers[:-1]):
        order = np.argsort(numbers, kind="stable")
        back = np.empty(len(order), np.uint32)
        back[order] = np.arange(len(order), dtype=np.uint32)
        return numbered(prefix, numbers[order], least)[pl.Series(back)]
    most = max(least, len(str(numbers[-1]))) if len(numbers) else least
    widths = range(least, most + 1)
    cuts = [0, *(int(np.searchsorted(numbers, 10**digits)) for digits in widths)]
    parts = [_of_width(prefix, numbers[cuts[i] : cuts[i + 1]], digits) for i, digits in enumerate(widths)]
    return pl.concat(parts, rechunk=True)


def _of_width(prefix: str, numbers: Any, digits: int) -> pl.Series:
    """Names of one length, written digit by digit for all at once into what Arrow calls a string column."""
    start, n = np.frombuffer(prefix.encode(), np.uint8), len(numbers)
    text = np.empty((n, len(start) + digits), np.uint8)
    text[:, : len(start)] = start
    rest = numbers.astype(np.uint32 if digits < 10 else np.uint64)
    for place in range(text.shape[1] - 1, len(start) - 1, -1):
        tenth = rest // 10
        text[:, place] = rest - 10 * tenth + ord("0")
        rest = tenth
    offsets = np.arange(n + 1, dtype=np.int64) * text.shape[1]
    data = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    return pl.Series(pa.Array.from_buffers(pa.large_string(), n, data), dtype=pl.String)
