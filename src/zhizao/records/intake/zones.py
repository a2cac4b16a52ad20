"""Offsets and zones of times: dropped from the times of a log, but not from the lengths between them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from zhizao.quantities.errors import LogError

_US = pl.Datetime("us")
_NAMED_H = {
    "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "eet": 2, "eest": 3,
    "jst": 9,
}  # fmt: skip
"""Hours ahead of UTC of zones whose short name means one thing (CST is American or Chinese)."""
_NAMES = "|".join(sorted(_NAMED_H, key=len, reverse=True))
_ZONE = rf"\s*((?i:z|{_NAMES})|(?i:utc|gmt)?[+-]\d{{2}}(?::?\d{{2}})?)$"
_TIMED_ZONE = r"(?:[:时]\d{2}|T\d{4}|T\d{6})(?:[.,]\d+)?(?:\s*[AaPp][Mm])?" + _ZONE
_AREA = r"\s*\[[A-Za-z]+(?:/[A-Za-z_]+)*\]$"  # what Java writes behind the offset


@dataclass(frozen=True, slots=True)
class TimeReading:
    """How to read times where the data do not say: a strptime pattern, and the plant's zone."""

    source: str
    time_format: str | None = None
    time_zone: str | None = None


def check_zone(zone: str) -> None:
    """Refuse a zone that is none."""
    try:
        pl.Series([0]).cast(_US).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    except pl.exceptions.PolarsError:
        raise LogError(
            f"time_zone is {zone!r}; name one such as 'Asia/Shanghai' or 'Europe/Berlin'"
        ) from None


def in_zone(utc: pl.Series, zone: str) -> pl.Series:
    """The local time of a zone."""
    return utc.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)


def minutes_between(local: pl.Series, utc: pl.Series) -> pl.Series:
    """Minutes by which local times are ahead of UTC."""
    return (local - utc).dt.total_minutes()


def to_zone(local: pl.Series, minutes: pl.Series, zone: str | None) -> tuple[pl.Series, pl.Series]:
    """Times with an offset, in the zone (None: as they are), and how many minutes they are ahead of UTC."""
    if zone is None:
        return local, minutes
    utc = pl.DataFrame({"t": local, "m": minutes}).select(pl.col("t") - pl.duration(minutes="m")).to_series()
    there = in_zone(utc, zone)
    return there, minutes_between(there, utc)


# ---------------------------------------------------------------- offsets in text
def strip_zone(
    table: pl.DataFrame, columns: list[str], reading: TimeReading, said: list[str]
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Split the offset (in minutes) from the clock time; every row must carry one, or none, save for summer
    time."""
    table = table.with_columns(pl.col(name).str.replace(_AREA, "") for name in columns)
    if not any(table[name].str.contains(_TIMED_ZONE).any() for name in columns):
        return table, {}
    timed = [name for name in columns if table[name].str.contains(_TIMED_ZONE + "|:").any()]
    zones = {
        name: table.select(
            pl.when(pl.col(name).str.contains(_TIMED_ZONE + "|:")).then(
                pl.col(name).str.extract(_TIMED_ZONE, 1).fill_null("none")
            )
        ).to_series()
        for name in timed
    }
    kinds = _kinds_of_zones(table["row"], zones)
    minutes = {zone: _minutes(zone) for zone in kinds}
    _refuse_mixed(kinds, minutes, reading)
    clock = [
        pl.when(pl.col(n).str.contains(_TIMED_ZONE))
        .then(pl.col(n).str.replace(_ZONE, ""))
        .otherwise(pl.col(n))
        for n in timed
    ]
    said.append(_what_was_done(kinds, minutes, reading))
    return table.with_columns(clock), {
        n: z.replace_strict(minutes, default=None, return_dtype=pl.Int64) for n, z in zones.items()
    }


def _refuse_mixed(kinds: dict[str, int], minutes: dict[str, int | None], reading: TimeReading) -> None:
    known = {m for m in minutes.values() if m is not None}
    one_hour = len(known) == 2 and max(known) - min(known) == 60
    if None in minutes.values() or not (len(known) == 1 or one_hour or reading.time_zone):
        shown = ", ".join(f"{z} in row {r}" for z, r in list(kinds.items())[:3])
        raise LogError(
            f"{reading.source}: mixed time zones: {shown}; give every time in the plant's local time, or "
            "every time an offset and the plant's time_zone in the column map"
        )


def _what_was_done(kinds: dict[str, int], minutes: dict[str, int | None], reading: TimeReading) -> str:
    if reading.time_zone is not None:
        return f"times carry an offset and were brought to {reading.time_zone}"
    if len(set(minutes.values())) == 1:
        return f"all times carry the offset {next(iter(kinds))}; it was dropped, times are read as local"
    return (
        f"all times carry the offsets {' and '.join(kinds)}; lengths were worked out with them, then "
        "they were dropped: times are read as local"
    )


def _kinds_of_zones(rows: pl.Series, zones: dict[str, pl.Series]) -> dict[str, int]:
    """Each offset with the first row that has it."""
    first: dict[str, int] = {}
    for column in zones.values():
        seen = pl.DataFrame({"zone": column, "row": rows}).drop_nulls().unique("zone", keep="first")
        for zone, row in seen.sort("row").iter_rows():
            first[zone] = min(row, first.get(zone, row))
    return dict(sorted(first.items(), key=lambda item: item[1]))


def _minutes(zone: str) -> int | None:
    if zone == "none":
        return None
    if zone in "zZ":
        return 0
    if zone.lower() in _NAMED_H:
        return _NAMED_H[zone.lower()] * 60
    signed = zone.lstrip("UTCGMutcgm")
    digits = signed[1:].replace(":", "").ljust(4, "0")
    return (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if signed[0] == "-" else 1)


# ---------------------------------------------------------------- lengths
def with_shifts(table: pl.DataFrame, shifts: dict[str, pl.Series]) -> pl.DataFrame:
    """With the minutes that starts and ends are ahead of UTC, where these change from row to row."""
    own = {name: shifts[name] for name in ("start", "end") if name in shifts}
    if not own or len(set().union(*(series.drop_nulls().unique() for series in own.values()))) < 2:
        return table
    return table.with_columns(series.alias(f"{name}_shift") for name, series in own.items())


def with_local_shifts(table: pl.DataFrame, zone: str) -> pl.DataFrame:
    """The like for local times without an offset, by the rules of the plant's zone.

    In the hour that comes twice the earlier is meant, unless a row would then end before it starts.
    """
    sides: list[str] = [name for name in ("start", "end") if name in table.columns]
    if any(f"{name}_shift" in table.columns for name in sides):
        return table
    early: dict[str, pl.Series] = {name: _local_shift(table[name], zone, "earliest") for name in sides}
    if len(sides) == 2:
        late = _local_shift(table["end"], zone, "latest")
        early["end"] = early["end"].zip_with((table["end"] >= table["start"]).fill_null(True), late)
    return with_shifts(table, early)


def _local_shift(local: pl.Series, zone: str, ambiguous: str) -> pl.Series:
    there = local.to_frame("t").select(
        pl.col("t").dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")  # type: ignore[arg-type]
    )["t"]
    shift = minutes_between(local, there.dt.convert_time_zone("UTC").dt.replace_time_zone(None))
    return shift.fill_null(strategy="forward").set(local.is_null(), None)


def true_moment(name: str, columns: list[str]) -> pl.Expr:
    """A time by a clock that is never put forward or back."""
    shift = f"{name}_shift"
    return pl.col(name) - pl.duration(minutes=shift) if shift in columns else pl.col(name)


def true_lengths(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """End each row so long after its start as it took, without the shifts; and how many ends that moved."""
    shifts = [f"{name}_shift" for name in ("start", "end") if f"{name}_shift" in frame.columns]
    if len(shifts) < 2:
        return frame.drop(shifts), 0
    over = (pl.col("start_shift") != pl.col("end_shift")).fill_null(False)
    length = true_moment("end", frame.columns) - true_moment("start", frame.columns)
    moved = frame.filter(over).height
    end = pl.when(over).then(pl.col("start") + length).otherwise("end")
    return frame.with_columns(end=end).drop(shifts), moved
