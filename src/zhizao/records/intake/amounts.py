"""Numbers of a log as exports write them: pieces with decimal or thousands signs, durations in any form."""

from __future__ import annotations

import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records.intake.names import UNITS_S, unit_of

_YES = ("y", "yes", "true", "x", "1", "ja", "j", "是")
_NO = ("n", "no", "false", "0", "nein", "否")
_NEAR = 0.1  # by which lengths and times may differ in the middle: clocks show minutes
_CLOCK = r"^(\d+):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?$"


def read_pieces(frame: pl.DataFrame, name: str, source: str) -> pl.Series:
    """A column of pieces as whole numbers; a rework column of yes and no marks the row's good pieces.

    A sign before three digits separates thousands (1,250), save where every number of the column ends in the
    sign and three zeros (12,000 for twelve, as SAP writes quantities). A unit behind the number is dropped.

    Raises
    ------
    LogError
        With file and row: a cell that is no number, or a negative one.
    """
    column = frame[name]
    if column.dtype == pl.Boolean:
        column = column.cast(pl.String)
    if column.dtype == pl.Null or column.null_count() == len(column):
        return pl.Series(name, [None] * len(column), dtype=pl.Int64)
    if column.dtype != pl.String:
        number = column.cast(pl.Float64)
    elif name == "pieces_rework" and is_flag(column):
        good = pl.col("pieces_good") if "pieces_good" in frame.columns else pl.lit(None)
        flagged = pl.when(column.str.to_lowercase().is_in(_YES)).then(good.cast(pl.Int64))
        return frame.select(flagged.alias(name)).to_series()
    else:
        number = to_number(column)
    wrong = frame.filter(column.is_not_null() & (number.is_null() | (number < 0)))
    if wrong.height:
        row, value = wrong.select("row", name).row(0)
        raise LogError(f"{source}: row {row}: {name} is {value!r}, not a number of pieces")
    return number.round().cast(pl.Int64).alias(name)


def with_input(frame: pl.DataFrame, *, rework_apart: bool) -> pl.DataFrame:
    """With the input of each row that has good pieces, as good + scrap (+ rework, if it is counted apart).

    Good pieces alone are no input: how many were lost is not known then. In a row with good pieces an empty
    cell of scrap or rework counts nothing, if the column is there.
    """
    parts = [name for name in ("pieces_scrap", "pieces_rework") if name in frame.columns]
    if "pieces_good" not in frame.columns or "pieces_scrap" not in parts:
        return frame
    lost = pl.sum_horizontal(pl.col(n).fill_null(0) for n in parts if n == "pieces_scrap" or rework_apart)
    scrapped = pl.when(pl.col("pieces_scrap") > 0).then(0)  # a row of scrap alone went in, too
    return frame.with_columns(pieces_in=pl.coalesce("pieces_good", scrapped) + lost)


def is_flag(column: pl.Series) -> bool:
    """Whether a column says yes and no instead of a number."""
    if column.dtype == pl.Boolean:
        return True
    if column.dtype != pl.String:
        return False
    words = column.drop_nulls().str.to_lowercase()
    return bool(words.is_in([*_YES, *_NO]).all()) and not bool(words.is_in(["0", "1"]).all())


def to_number(text: pl.Series) -> pl.Series:
    """Text as numbers, null where it is none; the meaning of signs is decided over the whole column."""
    plain = text.str.replace(r"\s*[^\d.,\s]*$", "").str.replace_all(r"[\s' ]", "")
    known = plain.drop_nulls()
    if not bool(known.str.contains("[.,]").any()):
        return plain.cast(pl.Float64, strict=False)
    thousands = _thousands_sign(known)
    if thousands:
        plain = plain.str.replace_all(thousands, "", literal=True)
    return plain.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)


def _thousands_sign(known: pl.Series) -> str | None:
    """The sign between thousands, if the column has one."""
    for sign, decimal in ((",", "."), (".", ",")):
        has = known.str.contains(sign, literal=True)
        grouped = known.str.contains(rf"^-?[1-9]\d{{0,2}}(?:[{sign}]\d{{3}})+(?:[{decimal}]\d+)?$")
        mixed = (
            known.str.contains(r"[.].*[,]|[,].*[.]").any() or known.str.count_matches(f"[{sign}]").gt(1).any()
        )
        whole = known.str.ends_with(f"{sign}000").all()  # 12,000 in every row: decimals, as SAP writes them
        if has.any() and grouped.filter(has).all() and (mixed or not has.all() or not whole):
            return sign
    return None


def read_duration_s(cells: pl.Series, column: str, unit: str | None, source: str) -> pl.Series:
    """Lengths in s: h:mm or h:mm:ss as they stand, numbers in the unit given or stated in the column's name.

    A cell that is neither is null.

    Raises
    ------
    LogError
        A number whose unit is not known.
    """
    if cells.dtype == pl.Duration:
        return cells.dt.total_microseconds() / 1e6
    factor = UNITS_S.get(unit or "") or unit_of(column)
    if unit is not None and unit not in UNITS_S:
        raise LogError(f"{source}: duration_unit is {unit!r}; it must be one of s, min, h")
    clock = _clock_s(cells) if cells.dtype == pl.String else pl.Series([None] * len(cells), dtype=pl.Float64)
    number = plain_numbers(cells)
    if number.is_not_null().any() and factor is None:
        raise LogError(
            f"{source}: column {column!r} holds durations in an unknown unit; "
            'name it in the column map, for example "duration_unit": "min", or "duration": null to leave it'
        )
    return (number * (factor or 1.0)).fill_null(clock)


def plain_numbers(cells: pl.Series) -> pl.Series:
    """The lengths that are numbers, whose unit must be known."""
    if cells.dtype == pl.Duration:
        return pl.Series([None] * len(cells), dtype=pl.Float64)
    if cells.dtype != pl.String:
        return cells.cast(pl.Float64)
    return to_number(cells.set(cells.str.contains(":"), None))


def unit_by_times(frame: pl.DataFrame, column: str) -> str | None:
    """The unit of numbers of `duration` in which they are the times from start to end, in the middle of all
    rows; None where the name states it, a cell is no number, or no unit fits."""
    if unit_of(column) or not {"start", "end"} <= set(frame.columns):
        return None
    cells = frame["duration"]
    number = plain_numbers(cells)
    real = (frame["end"] - frame["start"]).dt.total_microseconds() / 1e6
    ratio = (real / number).filter((number > 0) & (real > 0)).median()
    units = {unit: UNITS_S[unit] for unit in ("s", "min", "h")}
    return next(
        (u for u, s in units.items() if isinstance(ratio, float) and abs(ratio / s - 1) < _NEAR), None
    )


def _clock_s(text: pl.Series) -> pl.Series:
    h, m, s = (text.str.extract(_CLOCK, group).cast(pl.Float64) for group in (1, 2, 3))
    return h * 3600 + m * 60 + s.fill_null(0.0)
