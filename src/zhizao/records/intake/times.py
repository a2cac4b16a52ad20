"""Times of a log: one reading for all columns of times, found from all rows, or refused where it is open."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records.intake.zones import (
    TimeReading,
    check_zone,
    in_zone,
    minutes_between,
    strip_zone,
    to_zone,
    with_shifts,
)

__all__ = ["TimeReading", "looks_like_clock", "read_times", "with_clock", "without_never"]

_US = pl.Datetime("us")
_ISO = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
_CLOCKS = (" %H:%M:%S%.f", " %H:%M", "", " %I:%M:%S %p", " %I:%M %p")
_YEAR_FIRST = tuple("%Y-%m-%d" + clock for clock in _CLOCKS)
_MONTH_NAMES = tuple(
    day + clock for day in ("%d-%b-%Y", "%d-%B-%Y", "%b-%d-%Y", "%B-%d-%Y") for clock in _CLOCKS
)
_COMPACT = ("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d", "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M", "%Y%m%d %H%M%S")
_DAY_ORDERS = ("%d/%m/", "%m/%d/")
_NUMBER = r"^\d+(?:[.,]\d+)?$"
_EXCEL_ZERO = -25_569  # days from 1970-01-01 to the day 0 of a spreadsheet, 1899-12-30
_UNIX = (("s", 1e8, 1e6), ("ms", 1e11, 1e3), ("us", 1e14, 1.0), ("ns", 1e17, 1e-3))
"""Unit of a count from 1970, smallest count that is taken for one, microseconds per unit."""
_EXCEL = (20_000.0, 80_000.0)  # serial days from 1954 to 2119
_YEARS = (1970, 2100)
_NEVER = (
    r"^(?:0000|0001|9999)[-./年]|^\d{1,2}[./-]\d{1,2}[./-](?:0000|0001|9999)(?:\D|$)"
    r"|^\d{1,2}[- .][A-Za-z]{3,9}[- .](?:0001|9999)(?:\D|$)"
    r"|^(?:0000|0001|9999)\d{4}(?:\D|\d{4}(?:\d\d)?$|$)|^0$|^2958465(?:[.,]\d+)?$"
)
_NEVER_COUNTS = [2_958_465.0]  # 9999-12-31 as a spreadsheet's day
_PASSES = 30  # patterns and unreadable cells after which a column is given up
_SIMPLE = r"^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?: \d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?)?$"


def looks_like_clock(cells: pl.Series) -> bool:
    """Whether the cells of a column hold a time of day and no day."""
    if cells.dtype == pl.Time:
        return True
    text = cells.drop_nulls().head(100) if cells.dtype == pl.String else pl.Series([], dtype=pl.String)
    return len(text) > 0 and bool(
        text.str.contains(r"^\d{1,2}:\d{2}(:\d{2})?(\s*[AaPp][Mm])?$|^\d{6}$").all()
    )


def with_clock(frame: pl.DataFrame, day: str, clock: str) -> pl.Series:
    """A column of days and one of times of day as one column of text."""
    days = frame[day].cast(pl.String).str.replace(r"[ T]0?0:00(?::00(?:\.0+)?)?$", "")
    clocks = frame[clock].cast(pl.String).str.replace(r"^(\d{2})(\d{2})(\d{2})$", "$1:$2:$3")
    if clocks.drop_nulls().head(100).str.contains(r"\d{4}.*:").any():
        return clocks.alias(day)  # it holds the day as well
    return (days + " " + clocks).alias(day)


def read_times(
    table: pl.DataFrame, columns: Sequence[str], reading: TimeReading
) -> tuple[pl.DataFrame, list[str]]:
    """Turn `columns` of `table` (which has `row`) into local times; gives what was found about them too.

    Text may be ISO 8601, 2012年1月2日 08:30, 02.01.2012, 1/2/2012, 02-Jan-2012, 20120102083000; numbers are
    spreadsheet days or seconds (to nanoseconds) since 1970. Whether the day or the month comes first is
    decided by all rows together: the only order that fits, or the only one in which nothing ends before it
    starts.

    Columns `start_shift` and `end_shift` are added where clocks were put forward or back between rows: the
    minutes by which the local time is ahead of UTC.

    Raises
    ------
    LogError
        With file and row: a cell that is no time, two orders that fit, offsets that differ by more than
        summer time.
    """
    said: list[str] = []
    if reading.time_zone is not None:
        check_zone(reading.time_zone)
    done: dict[str, pl.Series] = {}
    shifts: dict[str, pl.Series] = {}
    for name in columns:
        if table[name].dtype != pl.String:
            done[name] = _typed(table[name], reading, said, shifts)
        elif _is_number(table[name]):
            number = table[name].str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
            done[name] = _counted(number, reading, said, shifts)
    text = [name for name in columns if name not in done]
    if text:
        table, offsets = strip_zone(table, text, reading, said)
        done |= _parse(table, text, reading)
        for name, minutes in offsets.items():
            done[name], shifts[name] = to_zone(done[name], minutes, reading.time_zone)
    table = table.with_columns(done[name].alias(name) for name in columns)
    return with_shifts(table, shifts), list(dict.fromkeys(said))


# ---------------------------------------------------------------- times and numbers
def without_never(table: pl.DataFrame, columns: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """Empty cells for what databases write where there is no date (9999-12-31, 0001-01-01, 00.00.0000), and
    how many there were."""
    never = {}
    for name in columns:
        dtype = table[name].dtype
        if dtype == pl.String:
            never[name] = table[name].str.contains(_NEVER)
        elif dtype.is_numeric():
            never[name] = (table[name] == 0) | table[name].cast(pl.Float64).floor().is_in(_NEVER_COUNTS)
        elif dtype == pl.Date or isinstance(dtype, pl.Datetime):
            never[name] = ~table[name].dt.year().is_between(2, 9998)
    count = sum(int(cells.sum()) for cells in never.values())
    return (table.with_columns(table[n].set(c, None) for n, c in never.items()) if count else table), count


def _typed(
    cells: pl.Series, reading: TimeReading, said: list[str], shifts: dict[str, pl.Series]
) -> pl.Series:
    if cells.dtype.is_numeric():
        return _counted(cells.cast(pl.Float64), reading, said, shifts)
    if cells.dtype == pl.Null:
        return cells.cast(_US)
    if cells.dtype == pl.Date:
        return cells.cast(_US)
    dtype = cells.dtype
    if not isinstance(dtype, pl.Datetime):
        raise LogError(f"{reading.source}: column {cells.name!r} holds {dtype}, not times")
    if reading.time_zone is not None and dtype.time_zone is not None:
        cells = cells.dt.convert_time_zone(reading.time_zone)
    elif dtype.time_zone is not None:
        said.append(f"times are in the zone {dtype.time_zone}; it was dropped, times are read as local")
    local = cells.dt.replace_time_zone(None).cast(_US)
    if dtype.time_zone is not None:
        utc = cells.dt.convert_time_zone("UTC").dt.replace_time_zone(None).cast(_US)
        shifts[cells.name] = minutes_between(local, utc)
    return local


def _is_number(text: pl.Series) -> bool:
    known = text.drop_nulls()
    if not len(known) or not bool(known.head(100).str.contains(_NUMBER).all()):
        return False
    digits = known.str.extract(r"^(\d+)", 1).str.len_chars()
    compact = digits.is_in([8, 12, 14]).all() and known.head(100).str.contains(r"^(19|20)\d\d[01]\d").all()
    return not compact and bool(known.str.contains(_NUMBER).all())


def _counted(
    number: pl.Series, reading: TimeReading, said: list[str], shifts: dict[str, pl.Series]
) -> pl.Series:
    """Spreadsheet days, or a count from 1970 in the unit that fits all rows."""
    low, high = number.min(), number.max()
    if low is None or high is None:
        return number.cast(_US)
    assert isinstance(low, float)
    assert isinstance(high, float)
    if _EXCEL[0] <= low and high <= _EXCEL[1]:
        said.append("times are spreadsheet days (counted from 1899-12-30)")
        return ((number + _EXCEL_ZERO) * 86_400e3).round().cast(pl.Int64).cast(pl.Datetime("ms")).cast(_US)
    unit = next(((u, us) for u, least, us in reversed(_UNIX) if low >= least), None)
    if unit is None:
        raise LogError(
            f"{reading.source}: column {number.name!r} holds numbers from {low:g} to {high:g}, which are "
            "neither spreadsheet days nor seconds since 1970; name time_format in the column map"
        )
    utc = (number * unit[1]).round().cast(pl.Int64).cast(_US)
    said.append(
        f"times count {unit[0]} since 1970 and were read as {reading.time_zone or 'UTC'}"
        + ("" if reading.time_zone else "; name the plant's time_zone in the column map")
    )
    if reading.time_zone is None:
        return utc
    local = in_zone(utc, reading.time_zone)
    shifts[number.name] = minutes_between(local, utc)
    return local


# ---------------------------------------------------------------- text
def _parse(table: pl.DataFrame, columns: list[str], reading: TimeReading) -> dict[str, pl.Series]:
    """Parse columns of text, each row of which must give a time."""
    done, left = {}, []
    for name in columns:
        patterns = (reading.time_format,) if reading.time_format and name != "due" else _ISO
        done[name] = _try(table[name], patterns)
        if done[name].null_count() > table[name].null_count():
            left.append(name)
    others = {name: done[name] for name in left if name == "due" or not reading.time_format}
    if others:
        done |= _parse_others(table, others, reading)
    for name in left:
        _refuse_rest(table, name, done[name], reading)
    return done


def _parse_others(
    table: pl.DataFrame, done: dict[str, pl.Series], reading: TimeReading
) -> dict[str, pl.Series]:
    """Parse what is not plain ISO: one family of patterns for all columns."""
    text = {name: table[name] for name in done}
    if all(series.str.contains(_SIMPLE).all() for series in text.values()):
        return _by_day_order(text, reading)
    text = {name: _normal(series) for name, series in text.items()}
    for patterns in (_YEAR_FIRST, _COMPACT, _MONTH_NAMES):
        found = {name: _try(text[name], patterns) for name in done}
        if any(series.null_count() < len(series) for series in found.values()):
            return {name: done[name].fill_null(found[name]) for name in done}
    if any(series.null_count() < len(series) for series in done.values()):
        return done  # ISO among others: what is left is refused
    return _by_day_order(text, reading)


def _normal(text: pl.Series) -> pl.Series:
    """One way to write what exports write in several: 年月日, dots, commas, blanks, 上午 and 下午."""
    plain = text.str.strip_chars().str.replace_all(r"[年月]", "-").str.replace_all("日", " ")
    plain = (
        plain.str.replace_all(r"时|点", ":")
        .str.replace_all(r"分(\d)", ":$1")
        .str.replace_all(r"[秒分]|\s*Uhr", "")
    )
    plain = (
        plain.str.replace(r"(上午|下午)\s*(\S+)", "$2 $1").str.replace("上午", "AM").str.replace("下午", "PM")
    )
    plain = plain.str.replace(r"(\d)T(\d)", "$1 $2").str.replace(r"(:\d{2}),(\d+)$", "$1.$2")
    plain = plain.str.replace_all(r",\s*", " ").str.replace_all(r"\s+", " ").str.strip_chars()
    plain = plain.str.replace(r"^(\d{4})[./](\d{1,2})[./]", "$1-$2-")
    return plain.str.replace(r"^([A-Za-z]{3,})\.? (\d{1,2}) ", "$1-$2-").str.replace(
        r"^(\d{1,2})[ .-]+([A-Za-z]{3,})\.?[ -]", "$1-$2-"
    )


def _by_day_order(text: dict[str, pl.Series], reading: TimeReading) -> dict[str, pl.Series]:
    """Day or month first: the only order that fits all rows of all columns."""
    dotted = any(series.str.contains(r"^\d{1,2}\.").any() for series in text.values())
    slashed = {
        name: series.str.replace(r"^(\d{1,2})[./-](\d{1,2})[./-]", "$1/$2/") for name, series in text.items()
    }
    short = not any(s.str.contains(r"^\d{1,2}/\d{1,2}/\d{4}").any() for s in slashed.values())
    year = "%y" if short else "%Y"
    orders = _DAY_ORDERS[:1] if dotted else _DAY_ORDERS
    tried = [
        {
            name: _try(series, tuple(order + year + clock for clock in _CLOCKS))
            for name, series in slashed.items()
        }
        for order in orders
    ]
    lost = [sum(series.null_count() for series in found.values()) for found in tried]
    fits = [found for found, n in zip(tried, lost, strict=True) if n == min(lost)]
    if len(fits) > 1 and all(a.equals(b) for a, b in zip(fits[0].values(), fits[1].values(), strict=True)):
        fits = fits[:1]
    if len(fits) > 1:
        backward = [_backward(found) for found in fits]
        fits = [found for found, n in zip(fits, backward, strict=True) if n == 0] or fits
    if len(fits) > 1:
        first, name = text[next(iter(text))].drop_nulls(), next(iter(text))
        raise LogError(
            f"{reading.source}: column {name!r} (such as {first[0]!r}) may have the day or the month first, "
            "and no row settles which; name time_format in the column map, for example "
            '"time_format": "%d/%m/%Y %H:%M" or "%m/%d/%Y %H:%M"'
        )
    return fits[0]


def _backward(found: dict[str, pl.Series]) -> int:
    if not {"start", "end"} <= set(found):
        return 0
    return int((found["end"] < found["start"]).sum())


def _try(text: pl.Series, patterns: Sequence[str]) -> pl.Series:
    """Read the cells with patterns, led by the first cell not yet read: most logs need one pattern."""
    found = pl.Series(text.name, [None] * len(text), dtype=_US)
    rest = text
    for _ in range(_PASSES):
        first = rest.drop_nulls().head(1)
        if not len(first):
            break
        pattern = next((p for p in patterns if _read(first, p)[0] is not None), None)
        if pattern is None:
            rest = rest.set(rest == first[0], None)
            continue
        found = found.fill_null(_read(rest, pattern))
        rest = rest.set(found.is_not_null(), None)
    return found


def _read(text: pl.Series, pattern: str) -> pl.Series:
    """Read cells with one pattern; a year that no log can have is no fit."""
    parsed = text.str.to_datetime(pattern, time_unit="us", strict=False)
    return parsed.set(~parsed.dt.year().is_between(*_YEARS), None)


def _refuse_rest(table: pl.DataFrame, name: str, parsed: pl.Series, reading: TimeReading) -> None:
    wrong = table.filter(parsed.is_null() & table[name].is_not_null())
    if wrong.height:
        row, value = wrong.select("row", name).row(0)
        known = table.filter(parsed.is_not_null())[name]
        like = known[0] if len(known) else "2026-03-09 07:30"
        by = f" by the time_format {reading.time_format!r}" if reading.time_format else ""
        raise LogError(
            f"{reading.source}: row {row}: {name} is {value!r}, not a time such as {like}{by} "
            f"({wrong.height} such rows)"
        )
