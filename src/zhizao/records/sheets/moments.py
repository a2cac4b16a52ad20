"""Times of a column of text in the forms that exports write."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

_US = pl.Datetime("us")
_ZONE = r"\s*(Z|[+-]\d{2}:?\d{2})$"
_CLOCKS = (" %H:%M:%S%.f", " %H:%M", "", " %I:%M:%S %p", " %I:%M %p")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y")
_EXCEL = (20_000.0, 80_000.0)
"""Days of spreadsheets from 1954 to 2119, counted from 1899-12-30."""
_EXCEL_ZERO = -25_569
_UNIX = ((1e17, 1e-3), (1e14, 1.0), (1e11, 1e3), (1e8, 1e6))
"""Smallest count since 1970 in ns, us, ms and s, and microseconds of each."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Times by one form: `clock` as written, null where the form does not fit; `utc` where offsets say it."""

    clock: pl.Series
    utc: pl.Series | None = None


def readings(cells: pl.Series) -> list[Reading]:
    """Readings of a column of times, one per form that fits any row; those that differ are open.

    Forms: ISO 8601 with or without an offset, 02.01.2026, day/month/year and month/day/year, AM and PM,
    2026年1月2日, 02-Jan-2026, days of spreadsheets, counts since 1970. Where some rows have an offset
    and others have none, the latter fit no form.
    """
    if cells.dtype == pl.Date or isinstance(cells.dtype, pl.Datetime):
        return [_typed(cells)]
    text = cells.cast(pl.String).str.strip_chars()
    number = text.cast(pl.Float64, strict=False)
    if number.null_count() < len(number) / 2 and not text.str.contains(r"^(19|20)\d{6}$").all():
        return [Reading(_counted(number))]
    zones = text.str.extract(r":\d{2}(?:\.\d+)?" + _ZONE, 1)
    plain = _normal(text.str.replace(r"(:\d{2}(?:\.\d+)?)" + _ZONE, "$1"))
    dotted = plain.str.contains(r"^\d{1,2}\.").any()
    plain = plain.str.replace(r"^(\d{1,2})[./-](\d{1,2})[./-](\d)", "$1/$2/$3")
    found = [
        parsed
        for day in _DAYS
        if not (dotted and day.startswith("%m"))
        and (parsed := _parsed(plain, day)).null_count() < len(parsed)
    ]
    if zones.null_count() == len(zones):
        return [Reading(one) for one in _distinct(found)]
    return [_with_offset(one, zones) for one in _distinct(found)]


def _typed(cells: pl.Series) -> Reading:
    if isinstance(cells.dtype, pl.Datetime) and cells.dtype.time_zone is not None:
        utc = cells.dt.convert_time_zone("UTC").dt.replace_time_zone(None).cast(_US)
        return Reading(cells.dt.replace_time_zone(None).cast(_US), utc)
    return Reading(cells.cast(_US))


def _counted(number: pl.Series) -> pl.Series:
    known = number.drop_nulls()
    if known.is_between(*_EXCEL).all():
        return ((number + _EXCEL_ZERO) * 86_400e3).round().cast(pl.Int64).cast(pl.Datetime("ms")).cast(_US)
    unit = next((us for least, us in _UNIX if (known >= least).all()), None)
    if unit is None:
        return pl.Series(number.name, [None] * len(number), dtype=_US)
    return (number * unit).round().cast(pl.Int64).cast(_US)


def _normal(text: pl.Series) -> pl.Series:
    """One way to write 年月日, 上午 and 下午, year first with points or strokes, and T before the clock."""
    plain = text.str.replace_all(r"[年月]", "-").str.replace_all("日", " ").str.replace(r"\s*Uhr$", "")
    plain = plain.str.replace(r"(上午|下午)\s*(\S+)", "$2 $1").str.replace("上午", "AM")
    plain = plain.str.replace("下午", "PM").str.replace(r"(\d)T(\d)", "$1 $2")
    plain = plain.str.replace(r"(?i)\s*([ap])\.?m\.?$", " ${1}M").str.to_uppercase()
    plain = plain.str.replace(r"(:\d{2}),(\d+)$", "$1.$2").str.replace(r",\s*", " ")
    plain = plain.str.replace_all(r"\s+", " ").str.replace(r"^(\d{4})[./](\d{1,2})[./]", "$1-$2-")
    return plain.str.replace(r"^(\d{4})(\d{2})(\d{2})(?: |$)", "$1-$2-$3 ").str.strip_chars()


def _parsed(plain: pl.Series, day: str) -> pl.Series:
    found = pl.Series(plain.name, [None] * len(plain), dtype=_US)
    if day.endswith("%y") and plain.str.contains(r"^\d+/\d+/\d{4}").any():
        return found
    if day.endswith("%Y") and "/" in day and not plain.str.contains(r"^\d+/\d+/\d{4}").any():
        return found
    for clock in _CLOCKS:
        if not found.null_count():
            break
        rest = plain.set(found.is_not_null(), None)
        found = found.fill_null(rest.str.to_datetime(day + clock, time_unit="us", strict=False))
    return found


def _distinct(found: list[pl.Series]) -> list[pl.Series]:
    kept = list[pl.Series]()
    for one in found:
        if not any(one.equals(other) for other in kept):
            kept.append(one)
    return kept


def _with_offset(clock: pl.Series, zones: pl.Series) -> Reading:
    sign = zones.str.starts_with("-").replace_strict({True: -1, False: 1}, return_dtype=pl.Int64)
    hours, minutes = (
        zones.str.extract(r"^[+-](\d{2}):?(\d{2})$", n).cast(pl.Int64).fill_null(0) for n in (1, 2)
    )
    ahead = (sign * (60 * hours + minutes) * 60_000_000).cast(pl.Duration("us"))
    utc = clock - ahead
    return Reading(clock.set(zones.is_null(), None), utc.set(zones.is_null(), None))
