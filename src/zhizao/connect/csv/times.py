"""Times of a log: ISO with or without seconds and time zone, or a pattern that fits every row."""

from __future__ import annotations

import polars as pl

from zhizao.quantities.errors import LogError

_ZONE = r"(?:[zZ]|[+-]\d{2}:?\d{2})$"
_ISO = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")
_CLOCKS = (" %H:%M:%S%.f", " %H:%M", "")
_DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y")


def read_times(
    table: pl.DataFrame, columns: list[str], *, source: str, time_format: str | None = None
) -> tuple[pl.DataFrame, list[str]]:
    """Turn `columns` (text or times) of `table` (which has `row`) into local times; return notes too.

    One UTC offset throughout is dropped and noted; several, or some rows without one, are refused.
    """
    notes: list[str] = []
    text = [name for name in columns if table.schema[name] == pl.String]
    table = table.with_columns(_local(table, name) for name in columns if name not in text)
    if text:
        table, zone = _strip_zone(table, text, source)
        notes += [f"all times carry the offset {zone}; it was dropped, times are local"] if zone else []
        table = table.with_columns(_parse(table, name, source, time_format) for name in text)
    return table, notes


def _local(table: pl.DataFrame, name: str) -> pl.Expr:
    dtype = table.schema[name]
    if not dtype.is_temporal():
        raise LogError(f"column {name!r} holds {dtype}, not times")
    plain = pl.col(name).cast(pl.Datetime("us")) if dtype == pl.Date else pl.col(name)
    return plain.dt.replace_time_zone(None).cast(pl.Datetime("us"))


def _strip_zone(table: pl.DataFrame, columns: list[str], source: str) -> tuple[pl.DataFrame, str]:
    """Split the offset from the clock time; every row must carry the same."""
    long = pl.concat(
        table.select("row", pl.col(name).alias("time"), pl.lit(name).alias("column")) for name in columns
    ).drop_nulls("time")
    is_time = pl.col("time").str.contains(":")
    zone = pl.when(is_time).then(pl.col("time").str.extract(f"({_ZONE})", 1).fill_null("none"))
    zones = long.select("row", "column", zone=zone).drop_nulls("zone").sort("row")
    kinds = zones.unique("zone", keep="first", maintain_order=True)
    if kinds.height > 1:
        shown = ", ".join(f"{z} in row {r}" for r, z in kinds.select("row", "zone").head(3).iter_rows())
        raise LogError(f"{source}: mixed time zones: {shown}; give every time in the plant's local time")
    only = kinds["zone"][0] if kinds.height else "none"
    if only == "none":
        return table, ""
    clock = [pl.col(name).str.replace(_ZONE, "").str.strip_chars() for name in columns]
    return table.with_columns(clock), str(only)


def _parse(table: pl.DataFrame, name: str, source: str, time_format: str | None) -> pl.Series:
    """Parse one column; every row that has text must give a time."""
    text = table[name]
    if time_format is not None:
        parsed = _try(text, (time_format,))
    else:
        plain = text.str.replace("T", " ").str.replace_all(r"^(\d{4})/(\d{1,2})/", "$1-$2-")
        parsed = _try(plain, _ISO)
        if parsed.null_count() > text.null_count() and parsed.null_count() == len(parsed):
            parsed = _by_day_pattern(text, name, source)
    wrong = table.filter(parsed.is_null() & text.is_not_null())
    if wrong.height:
        row, value = wrong.select("row", name).row(0)
        raise LogError(
            f"{source}: row {row}: {name} is {value!r}, not a time such as 2026-03-09 07:30 "
            f"({wrong.height} such rows)"
        )
    return parsed


def _by_day_pattern(text: pl.Series, name: str, source: str) -> pl.Series:
    """The one pattern of day, month and year that fits all rows."""
    tried = [(day, _try(text, tuple(day + clock for clock in _CLOCKS))) for day in _DAYS]
    best = min(parsed.null_count() for _, parsed in tried)
    fits = [(day, parsed) for day, parsed in tried if parsed.null_count() == best]
    if len(fits) > 1 and best < len(text):
        raise LogError(
            f"{source}: column {name!r} reads both as {fits[0][0]} and as {fits[1][0]}; "
            "name time_format in the column map"
        )
    return fits[0][1]


def _try(text: pl.Series, patterns: tuple[str, ...]) -> pl.Series:
    parsed = [text.str.to_datetime(pattern, time_unit="us", strict=False) for pattern in patterns]
    frame = pl.DataFrame({str(i): series for i, series in enumerate(parsed)})
    return frame.select(pl.coalesce(pl.all())).to_series().alias(text.name)
