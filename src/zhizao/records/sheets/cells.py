"""Cells of a CSV file as text: encoding, separator, names of columns, numbers with a decimal point."""

from __future__ import annotations

import codecs

import polars as pl

from zhizao.quantities import InputError
from zhizao.records.encodings import HIGH, eight_bit

_SIGNED = r"^[+-]?"
_COMMA = rf"{_SIGNED}(?:\d+|[1-9]\d{{0,2}}(?:\.\d{{3}})+),\d+$"
_POINT_GROUPS = rf"{_SIGNED}[1-9]\d{{0,2}}(?:\.\d{{3}})+$"
_COMMA_GROUPS = rf"{_SIGNED}[1-9]\d{{0,2}}(?:,\d{{3}})+(?:\.\d+)?$"
_THREE = rf"{_SIGNED}[1-9]\d{{0,2}},\d{{3}}$"
_NUMBER = rf"{_SIGNED}\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$"


def sheet_of(content: bytes, file: str) -> pl.DataFrame:
    """Cells of a CSV file (comma, semicolon or tab) as text; numbers are written with a decimal point.

    Encodings are UTF-8, UTF-16 with a byte-order mark, GB 18030 and Windows-1252. A comma is the decimal sign
    of a column, or separates thousands, as all cells of the column, and else those of the table, show.

    Raises
    ------
    InputError
        Two columns have one name, or nothing shows what the commas of a column mean.
    """
    text = _decoded(content)
    head = text.split("\n", 1)[0].rstrip("\r")
    separator = max(",;\t", key=head.count)
    names = [name.strip().strip('"') for name in head.split(separator)]
    if twice := next((name for name in names if name and names.count(name) > 1), None):
        raise InputError(f"{file}:1: found two columns {twice!r}; give each column a name of its own")
    frame = pl.read_csv(text.encode(), separator=separator, infer_schema=False)
    decimal_comma = any(_decimal_comma(frame[name], separator) for name in frame.columns)
    return frame.with_columns(_plain(frame[name], file, decimal_comma, separator) for name in frame.columns)


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode(eight_bit(HIGH.findall(content)), errors="replace")


def _decimal_comma(cells: pl.Series, separator: str) -> bool:
    """Whether a column shows by itself that the comma is the decimal sign."""
    comma = cells.filter(cells.str.contains(_COMMA).fill_null(False))
    if not len(comma) or cells.str.contains(r",.*\.").any():
        return False
    return separator != "," or not bool(comma.str.contains(_THREE).all())


def _plain(cells: pl.Series, file: str, decimal_comma: bool, separator: str) -> pl.Series:
    """A column of numbers with decimal points; other columns as they are."""
    text = cells.str.strip_chars()
    if not text.str.contains(r"\d,\d|\d\.\d{3}").any():
        return cells
    comma, groups = (text.str.contains(form).fill_null(False) for form in (_COMMA, _COMMA_GROUPS))
    points, plain = (text.str.contains(form).fill_null(False) for form in (_POINT_GROUPS, _NUMBER))
    if decimal_comma and (comma | points).any() and not (plain & ~points & text.str.contains(r"\.")).any():
        made = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        return made.zip_with(comma | points, cells)
    if not groups.any():
        return cells
    if not decimal_comma and (~groups & comma).any():
        return cells
    settled = text.filter(groups).str.contains(r",.*[,.]").any() or (plain & text.str.contains(r"\.")).any()
    if not settled and separator == ",":
        row = int(groups.arg_max() or 0)
        raise InputError(
            f"{file}:{row + 2}: {cells.name}: found {text[row]!r}, whose comma may be a decimal sign or "
            "separate thousands; write numbers with a decimal point and without separators of thousands"
        )
    return text.str.replace_all(",", "", literal=True).zip_with(groups, cells)
